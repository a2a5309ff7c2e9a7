"""What a partner installs, without a broker: the shapes, the file, and the page that tells of them."""

import ast
import json
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.client import Access, Client, ClientError
from hub.client.wire import SCHEMAS as FOLDER
from hub.client.wire import Foreign, Wire
from hub.schemas import Schemas
from tests.contracts.publish import read
from tests.contracts.wire import WIRE as SAMPLES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "partners.md").read_text(encoding="utf-8")
WIRE = Wire(FOLDER)
STORED = [bytes.fromhex(each) for topic in SAMPLES for each in read()[topic]["samples"].values()]
NOWHERE = Access("127.0.0.1:1", str(uuid4()), "secret")


# ------------------------------------------------------------------------------------------------ the shapes


@pytest.mark.parametrize("topic", SAMPLES)
def test_what_the_hub_writes_is_read_and_the_other_way_round(topic: str) -> None:
    """Each published sample is read as its shape; what the client writes is, byte for byte, what the hub writes."""
    for name, body in SAMPLES[topic].items():
        stored = bytes.fromhex(read()[topic]["samples"][name])
        assert (topic.removesuffix(".v1"), body) == WIRE.read(stored)
        assert stored == WIRE.write(topic, body) == Schemas().wire(topic, body)


@settings(max_examples=400, derandomize=True, database=None, deadline=None)
@given(
    st.sampled_from(STORED),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4),
    st.integers(0, 400),
    st.binary(max_size=8),
)
def test_bytes_that_came_apart_are_foreign_or_read(
    stored: bytes, changes: list[tuple[int, int]], cut: int, more: bytes
) -> None:
    """Whatever was changed, cut off or added, the value is read as a record or called foreign, and nothing else."""
    value = bytearray(stored[: len(stored) - cut] if cut < len(stored) else stored)
    for place, byte in changes:
        value[place % len(value)] = byte
    with suppress(Foreign):
        shape, body = WIRE.read(bytes(value + more))
        assert shape.startswith(("topic.", "inbox."))
        assert isinstance(body, dict)


def test_a_new_version_is_read_by_the_file_that_came_with_it(tmp_path: Path) -> None:
    """A second version of a shape is read as that shape as soon as its file lies beside the first."""
    folder = tmp_path / "avro"
    shutil.copytree(FOLDER, folder)
    grown = json.loads((folder / "topic.notice.v1.avsc").read_text(encoding="utf-8"))
    grown |= {
        "name": "notice_v2",
        "fields": [*grown["fields"], {"name": "more", "type": "string", "default": ""}],
    }
    (folder / "topic.notice.v2.avsc").write_text(json.dumps(grown), encoding="utf-8")
    body = {**SAMPLES["topic.notice.v1"]["full"], "more": "x"}
    value = Wire(folder).write("topic.notice.v2", body)

    assert ("topic.notice", body) == Wire(folder).read(value)
    with pytest.raises(Foreign, match="take the hub's schemas anew"):
        WIRE.read(value)


# ------------------------------------------------------------------------------------------- it stands alone


def test_it_imports_nothing_else_of_the_hub(tmp_path: Path) -> None:
    """The folder and the schemas, taken elsewhere, are enough: it opens a copy there, with no hub to import."""
    allowed = {"kafka", "fastavro", *sys.stdlib_module_names}
    for module in (ROOT / "hub" / "client").glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            assert {name.split(".")[0] for name in names} <= allowed
    shutil.copytree(ROOT / "hub" / "client", tmp_path / "taken", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(FOLDER, tmp_path / "avro")
    script = f"""
import pathlib, sys
sys.path.insert(0, {str(tmp_path)!r})
sys.modules["hub"] = None
from taken import Access, Client
with Client(Access("127.0.0.1:1", {NOWHERE.partner!r}, "s"), "c.sqlite", schemas=pathlib.Path("avro")) as client:
    print(client.records(), client.in_step)
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )

    assert (0, "[] None\n") == (ran.returncode, ran.stdout), ran.stderr


def test_a_secret_is_in_no_word_of_it() -> None:
    """What a program prints of its access has no secret in it."""
    assert "secret" not in repr(NOWHERE)


def test_a_copy_that_others_may_read_is_closed(tmp_path: Path) -> None:
    """The file is made for its owner alone, and one that was open to others is closed to them."""
    file = tmp_path / "copy.sqlite"
    for _ in range(2):
        Client(NOWHERE, file).close()
        assert 0o600 == file.stat().st_mode & 0o777
        file.chmod(0o644)


def test_without_a_broker_the_copy_can_be_read_and_says_what_is_wrong(tmp_path: Path) -> None:
    """A new copy is empty and not in step; keeping it in step, and confirming, are refused with a sentence."""
    with Client(NOWHERE, tmp_path / "copy.sqlite") as client:
        assert ([], [], [], None) == (client.records(), client.notices(), client.aside(), client.in_step)
        for refused in (client.step, client.catch_up, lambda: client.confirm("n")):
            with pytest.raises(ClientError) as caught:
                refused()
            assert str(caught.value).endswith(".")


# -------------------------------------------------------------------------------------------------- the page


def table(heading: str) -> dict[str, str]:
    """The rows of the page's first table behind some words: name → type."""
    section = PAGE.split(heading)[1].split("\n\n|")[1]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section.split("\n\n")[0], flags=re.MULTILINE)
    return dict(rows)


def in_words(avro: Any) -> str:
    """An Avro type as the page has it."""
    if isinstance(avro, list):
        *others, last = sorted((in_words(each) for each in avro), key=["null"].count)
        return f"{', '.join(others)} or {last}"
    if isinstance(avro, dict):
        return "array of string" if avro["type"] == "array" else avro.get("logicalType", avro["type"])
    return str(avro)


def test_the_page_tells_every_field() -> None:
    """Each field of each shape stands in its table, with its type, and no table has one that is not there."""
    shapes = {topic: Schemas().by_topic[topic].avro["fields"] for topic in SAMPLES}
    inner = shapes["topic.record.v1"][-1]["type"]["values"]["fields"]
    for heading, fields in (
        ("### A record: `topic.record.v1`", shapes["topic.record.v1"]),
        ("and each of `fields`:", inner),
        ("### A notice: `topic.notice.v1`", shapes["topic.notice.v1"]),
        ("## When access ends", shapes["inbox.purge_confirmed.v1"]),
    ):
        assert {each["name"]: in_words(each["type"]) for each in fields} == table(heading)
    assert "`at` (timestamp-micros)" in PAGE


def test_the_page_tells_every_schema_id() -> None:
    """Ids and schemas are paired as the hub pairs them."""
    told = {
        name: int(number) for name, number in re.findall(r"^\| `([\w.]+)` \| (\d+) \|", PAGE, re.MULTILINE)
    }

    assert {topic: Schemas().by_topic[topic].id for topic in SAMPLES} == told


def test_the_page_quotes_what_the_client_says() -> None:
    """The beginning of each refusal, as the page has it, stands in the client."""
    code = (ROOT / "hub" / "client" / "broker.py").read_text(encoding="utf-8")
    rows = [row.split(" | ")[1] for row in PAGE.split("## When you are refused")[1].splitlines()[4:]]
    said = [
        part.strip() for row in rows if not row.startswith("(") for part in row.split("…") if part.strip()
    ]

    assert len(said) > 8
    assert [] == [
        part for part in said if part not in re.sub(r'"\s+f?"', "", code) and "hub.partner" not in part
    ]


def test_the_page_says_what_may_not_be_concluded() -> None:
    """Nothing follows from absence, in the words that every view of the hub has."""
    assert "Du ser det, I må få at vide. Der kan være andet, og der kan være intet andet." in PAGE
