"""Every refusal that the hub's modules word, found in their syntax trees."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple

from hub import errors

HUB: Final = Path(__file__).resolve().parents[1] / "hub"
KINDS: Final = frozenset(
    {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    | {"DatabaseBusy", "DatabaseFailure"}
) - {"AccessDenied"}
"""What can be said no with; the uniform denial has words of its own."""
ASKED: Final = frozenset(
    {"Refused", "NotPermitted", "WrongStatus", "NotFound", "BadInput", "Conflict", "NotLogged"}
)
"""Those that people at work meet; the rest is for who runs the hub."""
BY_HELPERS: Final = frozenset({"_unavailable"})
"""Functions that are given the rest of a sentence."""


class Site(NamedTuple):
    """A sentence, with `{}` for what is put in, and where it stands."""

    template: str
    kind: str
    where: str


def sites(folder: Path = HUB) -> list[Site]:
    """Every sentence that a module says no with, unless `say` words it in both languages there."""
    return [
        site
        for path in sorted(folder.rglob("*.py"))
        if "client" not in path.parts
        for site in in_module(path)
    ]


def in_module(path: Path) -> Iterator[Site]:
    """The sentences of one module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    fixed = {target.id: found for node in tree.body for target, found in _named(node)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        kind = ast.unparse(node.func).split(".")[-1]
        if kind in KINDS | BY_HELPERS:
            for template in templates(node.args[0], fixed, path):
                yield Site(template, kind, f"{path.name}:{node.lineno}")


def _named(node: ast.stmt) -> Iterator[tuple[ast.Name, ast.expr]]:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
        yield node.target, node.value
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        yield node.targets[0], node.value


def templates(node: ast.expr, fixed: dict[str, ast.expr], path: Path) -> list[str]:
    """What an expression can say; nothing where it was said elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return ["".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)]  # type: ignore[misc]
    if isinstance(node, ast.IfExp):
        return templates(node.body, fixed, path) + templates(node.orelse, fixed, path)
    if isinstance(node, ast.Name) and node.id in fixed:
        return templates(fixed[node.id], fixed, path)
    if isinstance(node, ast.Name) and node.id.isupper() and HUB in path.parents:
        module = ".".join(path.relative_to(HUB.parent).with_suffix("").parts)
        value = getattr(import_module(module), node.id)
        return [value] if isinstance(value, str) and " / " not in value else []
    return []
