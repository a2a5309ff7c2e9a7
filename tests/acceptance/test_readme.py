"""The README and the glossary say what is so: their words are held against what runs."""

import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.config import Settings
from hub.example.demo import run
from hub.vocabulary import Category

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUOTED_ON = datetime(2026, 11, 22, 12, tzinfo=UTC)
COMMANDS = sorted(
    {
        " ".join(
            re.sub(r"--demo ", "", found).split()[: 2 if found.split()[0] in ("consent", "import") else 1]
        )
        for found in re.findall(r"`hub (?:--demo )?((?:[a-z-]+ ?){1,2})", README)
    }
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the database's account can reach."""
    with tempfile.TemporaryDirectory(prefix="hub-readme-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def test_the_lines_of_the_demonstration_are_its_own(folder: Path) -> None:
    """What the README quotes of the demonstration stands in what it prints, line for line."""
    quoted = README.split("(all people in it are invented):\n\n```\n")[1].split("\n```")[0]
    out = io.StringIO()
    settings = Settings(home=folder / "demo", root_key_file=folder / "demo.key", demo=True)

    run(settings, citizens=12, seed=1, lang="da", out=out, now=QUOTED_ON)

    assert len(quoted.splitlines()) >= 10
    assert quoted in out.getvalue()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_readme_is_one(command: str) -> None:
    """Each `hub …` in the README is a command that explains itself."""
    asked = [sys.executable, "-m", "hub", *command.split(), "--help"]

    assert 0 == subprocess.run(asked, cwd=ROOT, capture_output=True, check=False, timeout=60).returncode


def test_the_readme_names_files_and_targets_that_are_there() -> None:
    """Every test file, document and make target that the README names is there."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    paths = re.findall(r"(?:tests|docs|bench)/[\w/]+\.(?:py|md)", README)
    targets = re.findall(r"`make (\w+)`", README)

    assert paths
    assert targets
    assert [] == [path for path in paths if not (ROOT / path).exists()]
    assert [] == [target for target in targets if f"\n{target}:" not in makefile]


def test_the_glossary_has_every_category() -> None:
    """No category of the vocabulary is missing from the glossary, and none is there that is none."""
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    section = glossary.split("## Categories")[1].split("##")[0]
    rows = set(re.findall(r"^\| (\w+) \|", section, flags=re.MULTILINE)) - {"code"}

    assert rows == {str(category) for category in Category}


def test_every_decision_is_listed() -> None:
    """The list of decisions names each page, and each page is dated."""
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8")))
    pages = {path.name for path in folder.glob("0*.md")}

    assert listed == pages
    assert all(
        re.search(r"^20\d\d-\d\d-\d\d$", (folder / p).read_text(encoding="utf-8"), re.MULTILINE)
        for p in pages
    )


def test_every_setting_is_told_to_who_operates_the_hub() -> None:
    """The operator's page names each setting, and none that there is not."""
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `HUB_(\w+)` \|", page, flags=re.MULTILINE))

    assert told == {name.upper() for name in Settings.model_fields}
