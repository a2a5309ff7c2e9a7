"""What the operator counts, in SQL."""

from pathlib import Path
from typing import Final

from hub.postgres import sql_blocks

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
