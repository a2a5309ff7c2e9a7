"""What is checked of those who are written into the vault: numbers and short names, the same whoever asks."""

import re
from typing import Final

_CPR: Final = re.compile(r"\d{6}-?[0-9A-Za-z]{4}")
_PHONE: Final = re.compile(r"\+?[0-9](?: ?[0-9]){2,14}")
_SHORT: Final = re.compile(r"[a-zæøå][a-zæøå0-9._-]{0,39}")
RESERVED: Final = frozenset({"citizen", "borger", "borgeren", "operator", "drift", "hub"})
"""Short names that mean somebody else on the command line."""


def cpr_number(text: str) -> str | None:
    """A CPR number as the vault has it, also one with letters; None where it is none."""
    found = text.strip()
    return found.replace("-", "") if _CPR.fullmatch(found) else None


def short_name(text: str) -> str | None:
    """The short name that somebody is called by; None where it is none."""
    found = text.strip().lower()
    return found if _SHORT.fullmatch(found) and found not in RESERVED else None


def is_phone_number(text: str) -> bool:
    """Whether this is a telephone number as it is written."""
    return bool(_PHONE.fullmatch(text))
