"""The README and the glossary say what is so: their words are held against what runs."""

import re
from pathlib import Path

import pytest

from hub.config import Settings
from hub.vocabulary import Category
from tests.cli import Home

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(
    {
        " ".join(
            re.sub(r"--demo ", "", found).split()[: 2 if found.split()[0] in ("consent", "import") else 1]
        )
        for found in re.findall(r"`hub (?:--demo )?((?:[a-z-]+ ?){1,2})", README)
    }
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_readme_is_one(command: str, tmp_path: Path) -> None:
    """Each `hub …` in the README is a command that explains itself."""
    told = Home(tmp_path).hub(*command.split(), "--help")

    assert (0, "") == (told.code, told.err)
    assert f"hub {command.removesuffix('--help')}".strip() in told.out


def test_a_command_that_is_none_does_not_explain_itself(tmp_path: Path) -> None:
    """The control: what is no command is told from what is one, in this process and in one of its own."""
    home = Home(tmp_path)

    assert 0 != home.hub("nonsense", "--help").code
    assert 0 != home.process("nonsense", "--help").code
    assert 0 == home.process(*COMMANDS[0].split(), "--help").code
    print("control: caught")


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
