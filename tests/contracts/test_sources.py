"""What must hold of the source files themselves."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

HUB = Path(__file__).resolve().parents[2] / "hub"
MODULES = sorted(HUB.rglob("*.py"))
SQL = sorted(HUB.rglob("*.sql"))
LONGEST, SHORTEST = 400, 6
SPEAKS = {"__main__.py", "cli"}
"""The command line may print; a library module returns."""
_BLOCK = re.compile(r"^--[ \t]*name:[ \t]*(\S+)[ \t]*$", re.MULTILINE)


def name(path: Path) -> str:
    """A file as failures name it."""
    return str(path.relative_to(HUB.parent))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_is_neither_long_nor_a_crumb(path: Path) -> None:
    """No source file is over 400 lines, and none but a package's own is under 6."""
    lines = len(path.read_text(encoding="utf-8").splitlines())

    assert lines <= LONGEST
    assert lines >= SHORTEST or path.name in {"__init__.py", "__main__.py"}


@cache
def tree_of(path: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def strings() -> set[str]:
    """Every string in the hub's modules."""
    nodes = (node for module in MODULES for node in ast.walk(tree_of(module)))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def calls(path: Path) -> list[str]:
    """The names that are called in a module: `print`, `connection.pipeline`."""
    return [ast.unparse(node.func) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_module_uses_pipeline_mode(path: Path) -> None:
    """Psycopg's pipeline mode can hang for ever on a large parameter; nobody asks for it."""
    assert [] == [call for call in calls(path) if call.split(".")[-1] in {"pipeline", "enter_pipeline_mode"}]


@pytest.mark.parametrize("path", [path for path in MODULES if not SPEAKS & set(path.parts)], ids=name)
def test_no_library_module_prints(path: Path) -> None:
    """What is printed is said by the command line alone."""
    assert [] == [call for call in calls(path) if call in {"print", "pprint.pprint", "breakpoint"}]


@pytest.mark.parametrize("path", SQL, ids=name)
def test_every_sql_block_is_used(path: Path) -> None:
    """Each block is named, as a string, in a module of the hub: none is left over."""
    blocks = _BLOCK.findall(path.read_text(encoding="utf-8"))

    assert blocks
    assert [] == [block for block in blocks if block not in strings()]


@pytest.mark.parametrize("path", SQL, ids=name)
def test_every_sql_file_stands_beside_its_module(path: Path) -> None:
    """SQL stands beside the module that uses it."""
    assert path.with_suffix(".py").exists()
