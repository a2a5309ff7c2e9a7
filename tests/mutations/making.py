"""Mutants: a module with exactly one small change, by mutmut's operators and three of our own.

mutmut itself leaves out functions with a decorator and what stands at the top of a module; here both are changed too,
and every mutant is a whole source text, so that nothing is written into the tree.
"""

import re
from collections import Counter
from collections.abc import Iterator
from types import CodeType
from typing import Any, Final, NamedTuple

import libcst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper
from mutmut.mutation.mutators import mutation_operators

from tests.mutations.judging import source_of

_NOT_CODE: Final = (libcst.Annotation, libcst.Decorator, libcst.Import, libcst.ImportFrom)
"""Types, decorators and imports stay: what mypy and the import of the module itself hold."""


class Mutant(NamedTuple):
    """One change. `before` and `after` are the changed lines, which name it in the list of survivors."""

    module: str
    where: str
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        """What a person reads."""
        return f"{self.module.rpartition('.')[2]}.{self.where}\n  - {self.before}\n  + {self.after}"


def mutants(module: str) -> list[Mutant]:
    """Every mutant of a module, each once; those that compile to the same code are one, or none at all."""
    source = source_of(module)
    wrapper = MetadataWrapper(libcst.parse_module(source), unsafe_skip_copy=True)
    spans = wrapper.resolve(ByteSpanPositionProvider)
    visitor = _Visitor()
    wrapper.module.visit(visitor)
    encoded, seen, found = source.encode(), {_compiled(source)}, []
    named: Counter[tuple[str, ...]] = Counter()
    for node, changed, where in visitor.made:
        span = spans[node]
        code = wrapper.module.code_for_node(changed).encode()
        text = (encoded[: span.start] + code + encoded[span.start + span.length :]).decode()
        compiled = _compiled(text)
        if compiled is None or compiled in seen:
            continue
        seen.add(compiled)
        before, after = _lines(source, text)
        named[where, before, after] += 1
        nth = named[where, before, after]  # the same change to two equal lines of one function
        found.append(Mutant(module, where if nth == 1 else f"{where} ({nth})", before, after, text))
    return found


def _compiled(source: str) -> Any:
    """What the interpreter would run, without the places in the text; None for what is no Python."""
    try:
        return _code(compile(source, "mutant", "exec"))
    except SyntaxError:
        return None


def _code(code: CodeType) -> Any:
    constants = tuple(_code(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts)
    return code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_name, constants


def _lines(source: str, changed: str) -> tuple[str, str]:
    """The lines that differ, before and after, each as one line."""
    one, other = source.splitlines(), changed.splitlines()
    first = next(n for n, (a, b) in enumerate(zip([*one, None], [*other, None], strict=False)) if a != b)
    left, right = one[first:], other[first:]
    while left and right and left[-1] == right[-1]:
        left.pop()
        right.pop()
    return _joined(left), _joined(right)


def _joined(lines: list[str]) -> str:
    return re.sub(r"\s+", " ", " ".join(lines)).strip()


class _Visitor(libcst.CSTVisitor):
    """Collects what each node can become, and in which function it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[tuple[libcst.CSTNode, libcst.CSTNode, str]] = []
        self._inside: list[str] = []

    def on_visit(self, node: libcst.CSTNode) -> bool:
        if isinstance(node, _NOT_CODE):
            return False
        if isinstance(node, libcst.FunctionDef | libcst.ClassDef):
            self._inside.append(node.name.value)
        where = ".".join(self._inside) or "(module)"
        if isinstance(node, libcst.If) and _code_of(node.test) == "TYPE_CHECKING":
            return False  # never run
        if isinstance(node, libcst.If | libcst.IfExp | libcst.While):  # its body would lose its indentation
            for value in ("False",) if isinstance(node, libcst.While) else ("True", "False"):
                self.made.append((node.test, libcst.Name(value), where))
        for changed in (*_by_mutmut(node), *_by_us(node)):
            self.made.append((node, changed, where))
        return True

    def on_leave(self, original_node: libcst.CSTNode) -> None:
        if isinstance(original_node, libcst.FunctionDef | libcst.ClassDef):
            self._inside.pop()


def _by_mutmut(node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
    for kind, operator in mutation_operators:
        if isinstance(node, kind):
            yield from operator(node)


def _by_us(node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
    """A part of a condition or of a set of labels goes; a filter lets all through; nothing is returned or done."""
    if isinstance(node, libcst.BooleanOperation | libcst.BinaryOperation):
        yield _bracketed(node.left)
        yield _bracketed(node.right)
    if isinstance(node, libcst.CompIf):
        yield node.with_changes(test=libcst.Name("True"))
    if isinstance(node, libcst.Return) and node.value is not None:
        yield node.with_changes(value=libcst.Name("None"))
    if isinstance(node, libcst.SimpleStatementLine) and isinstance(
        node.body[0], libcst.Expr | libcst.AugAssign | libcst.Continue
    ):
        first: Any = node.body[0]
        if not (isinstance(first, libcst.Expr) and isinstance(first.value, libcst.SimpleString)):
            yield node.with_changes(body=[libcst.Pass()], leading_lines=[])


def _code_of(node: libcst.CSTNode) -> str:
    return libcst.Module([]).code_for_node(node)


def _bracketed(node: Any) -> libcst.CSTNode:
    return node.with_changes(lpar=[libcst.LeftParen()], rpar=[libcst.RightParen()])
