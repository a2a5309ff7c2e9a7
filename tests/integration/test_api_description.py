"""The description of the API: what is served, what is written in docs/api.md, and what each operation promises."""

import re
from pathlib import Path
from typing import Any, Final

import pytest

from hub.aggregates import TOLD
from hub.aggregates.matters import fields_of
from hub.postgres import Database
from hub.vocabulary import Category, Purpose
from hub.web.api import described, operations
from hub.web.api.problems import CODES
from tests.building import settle
from tests.calling import Api

DOCUMENT: Final = Path("docs/api.md")


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    """What the API says of itself."""
    return described().openapi()


def test_what_is_served_is_what_is_described(
    database: Database, tmp_path: Path, description: dict[str, Any]
) -> None:
    """Anybody can read the description, in OpenAPI 3.1, and it is the same as the one that is tested."""
    answer = Api(settle(database, tmp_path)).as_(None).read("/openapi.json")

    assert answer.status_code == 200
    assert answer.json() == description
    assert description["openapi"].startswith("3.1")


def test_the_document_names_every_operation(description: dict[str, Any]) -> None:
    """docs/api.md lists each operation with its id and what it does, and nothing that is not there."""
    rows = [
        f"| {method} | `{path}` | `{name}` | {what} |" for method, path, name, what in operations(description)
    ]

    assert rows == re.findall(r"^\| (?:GET|POST|PATCH|DELETE) \|.*\|$", DOCUMENT.read_text(), re.MULTILINE), (
        "the table is:\n" + "\n".join(rows)
    )


def test_the_document_names_every_code() -> None:
    """docs/api.md lists each code of a problem with its status."""
    rows = [f"| `{code}` | {status} | {words[1]} |" for code, (status, words) in CODES.items()]

    assert rows == re.findall(r"^\| `[a-z_]+` \| [0-9]{3} \|.*\|$", DOCUMENT.read_text(), re.MULTILINE), (
        "the table is:\n" + "\n".join(rows)
    )


def test_the_document_names_every_event_that_can_be_told() -> None:
    """docs/api.md lists each event that has no operation of its own, with its fields."""
    rows = [
        f"| `{topic.removesuffix('.v1')}` | {', '.join(fields_of(what))} |"
        for topic, what in sorted(TOLD.items())
        if topic.endswith(".v1")
    ]

    assert rows == re.findall(r"^\| `[a-z]+\.[a-z_]+` \|.*\|$", DOCUMENT.read_text(), re.MULTILINE), (
        "the table is:\n" + "\n".join(rows)
    )


def test_every_operation_says_what_can_go_wrong(description: dict[str, Any]) -> None:
    """Each operation has a stable id of its own, says what it does, and documents its problems as problems."""
    names = [name for _, _, name, _ in operations(description)]
    assert len(names) == len(set(names))
    for methods in description["paths"].values():
        for method, one in methods.items():
            assert one["description"]
            wanted = {"401", "403", "404", "422", "503"} | (
                set() if method == "get" else {"409", "412", "413"}
            )
            assert wanted <= one["responses"].keys(), one["operationId"]
            for status, response in one["responses"].items():
                if status >= "400":
                    assert list(response["content"]) == ["application/problem+json"], one["operationId"]


def test_words_of_the_field_are_those_of_the_vocabulary(description: dict[str, Any]) -> None:
    """Categories and purposes can be those of the vocabulary, and nothing else."""
    schemas = description["components"]["schemas"]
    assert [str(one) for one in Category] == schemas["Category"]["enum"]
    assert [str(one) for one in Purpose] == schemas["Purpose"]["enum"]


def test_every_command_has_a_key(description: dict[str, Any]) -> None:
    """Whatever changes something asks for an idempotency key."""
    for methods in description["paths"].values():
        for method, one in methods.items():
            keys = [p for p in one.get("parameters", []) if p["name"] == "Idempotency-Key" and p["required"]]
            assert bool(keys) == (method != "get"), one["operationId"]
