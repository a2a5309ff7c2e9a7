"""Reading FHIR files: places, order, Bundles, and everything that can be wrong with a file."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from hub.interop import fhir_read
from hub.interop.fhir_read import Broken, Resource, input_files, read, total_bytes


def patient(name: str = "p1") -> dict[str, object]:
    return {"resourceType": "Patient", "id": name}


def bundle(*resources: dict[str, object], kind: str = "collection") -> dict[str, object]:
    entries = [{"fullUrl": f"urn:x:{number}", "resource": one} for number, one in enumerate(resources)]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def write(path: Path, *lines: object) -> Path:
    text = "\n".join(json.dumps(line) for line in lines).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def places(found: Iterable[Resource | Broken]) -> list[str]:
    return [one.place for one in found]


def only(path: Path) -> Resource | Broken:
    (found,) = read([path])
    return found


@pytest.mark.parametrize("name", ["a.json", "a.json.gz", "a.ndjson", "a.ndjson.gz"])
def test_every_suffix_is_read(tmp_path: Path, name: str) -> None:
    """A resource reads the same from all four kinds of file."""
    found = only(write(tmp_path / name, patient()))

    assert isinstance(found, Resource)
    assert patient() == found.body


@pytest.mark.parametrize("kind", sorted(fhir_read.UNFOLDED))
def test_bundles_are_unfolded(tmp_path: Path, kind: str) -> None:
    """Every kind of Bundle that carries records hands out its entries, each with its number."""
    path = write(tmp_path / "b.json", bundle(patient("a"), patient("b"), kind=kind))

    assert ["b.json entry 1", "b.json entry 2"] == places(read([path]))


def test_a_bundle_knows_its_own_urls(tmp_path: Path) -> None:
    """A reference to an entry's full URL can be followed to type and id."""
    path = write(tmp_path / "b.json", bundle(patient("a")))

    found = only(path)

    assert isinstance(found, Resource)
    assert {"urn:x:0": "Patient/a"} == found.scope


def test_folders_are_walked_in_sorted_order_and_once(tmp_path: Path) -> None:
    """Two runs read the same files in the same order, and a file named twice is read once."""
    (tmp_path / "sub").mkdir()
    later = write(tmp_path / "sub" / "z.json", patient("z"))
    first = write(tmp_path / "a.json", patient("a"))
    (tmp_path / "notes.txt").write_text("not for us")

    assert [first, later] == input_files([later, tmp_path, first])


def test_lines_are_numbered_and_empty_ones_skipped(tmp_path: Path) -> None:
    """The place is the line in the file, empty lines counted."""
    path = tmp_path / "x.ndjson"
    path.write_text(json.dumps(patient("a")) + "\n\n" + json.dumps(patient("b")) + "\n")

    assert ["x.ndjson line 1", "x.ndjson line 3"] == places(read([path]))


def test_a_bad_line_does_not_stop_the_others(tmp_path: Path) -> None:
    """What is no JSON is reported with its line, and reading goes on."""
    path = tmp_path / "x.ndjson"
    path.write_text(json.dumps(patient("a")) + '\n{"resourceType": "Pat\n' + json.dumps(patient("b")))

    found = list(read([path]))

    assert [Resource, Broken, Resource] == [type(one) for one in found]
    assert Broken("x.ndjson line 2", fhir_read.NOT_JSON) == found[1]


@pytest.mark.parametrize("half", ["a.json.gz", "a.ndjson.gz"])
def test_half_a_gzip_is_reported(tmp_path: Path, half: str) -> None:
    """A compressed file that ends too early says so, after what could be read."""
    path = write(tmp_path / half, *(patient(f"p{number}") for number in range(5000)))
    path.write_bytes(path.read_bytes()[:-200])

    *_, last = read([path])

    assert isinstance(last, Broken)
    assert fhir_read.TRUNCATED == last.reason


def test_no_gzip_at_all_is_reported(tmp_path: Path) -> None:
    """A file that only calls itself compressed is reported."""
    path = tmp_path / "a.json.gz"
    path.write_bytes(b"plain text")

    assert Broken("a.json.gz", fhir_read.TRUNCATED) == only(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"resourceType": "Bundle", "type": "collection", "entry": [{"resource"', fhir_read.NOT_JSON),
        (b"\x89PNG\r\n", fhir_read.NOT_JSON),
        (b"", fhir_read.NOT_JSON),
        ('{"resourceType": "Patient", "id": "æ"}'.encode("latin-1"), fhir_read.NOT_JSON),
        (b"[1, 2]", fhir_read.NO_RESOURCE_TYPE),
        (b'{"name": "package"}', fhir_read.NO_RESOURCE_TYPE),
        (b'{"resourceType": "Bundle", "type": "collection", "entry": 7}', fhir_read.NO_ENTRY_LIST),
        (b'{"resourceType": "Bundle", "type": "history"}', fhir_read.WRONG_BUNDLE),
        (b'{"resourceType": "Bundle", "type": {"a": []}}', fhir_read.WRONG_BUNDLE),
        (b"[" * 100_000, fhir_read.NOT_JSON),
    ],
)
def test_a_bad_file_is_reported(tmp_path: Path, content: bytes, reason: str) -> None:
    """Half a Bundle, a picture, nothing, another encoding, another JSON: one sentence each."""
    path = tmp_path / "a.json"
    path.write_bytes(content)

    assert Broken("a.json", reason) == only(path)


def test_an_entry_without_a_resource_is_reported(tmp_path: Path) -> None:
    """An empty entry is reported with its number; the entry behind it is read."""
    document = {"resourceType": "Bundle", "type": "batch", "entry": [{}, {"resource": patient()}]}
    path = write(tmp_path / "b.json", document)

    first, second = read([path])

    assert Broken("b.json entry 1", fhir_read.NO_RESOURCE) == first
    assert isinstance(second, Resource)


def test_only_a_message_brings_its_company(tmp_path: Path) -> None:
    """Each resource of a message Bundle knows all that came with it; those of any other Bundle know nothing of it."""
    both = [patient(), {"resourceType": "Organization", "id": "o1"}]

    assert [2, 2] == [
        len(one.message) for one in resources(write(tmp_path / "m.json", bundle(*both, kind="message")))
    ]
    assert [0, 0] == [len(one.message) for one in resources(write(tmp_path / "c.json", bundle(*both)))]


def resources(path: Path) -> list[Resource]:
    return [one for one in read([path]) if isinstance(one, Resource)]


def test_one_page_of_a_search_says_that_it_is_one(tmp_path: Path) -> None:
    """A searchset that goes on elsewhere is read, and the missing pages are reported."""
    page = {**bundle(patient(), kind="searchset"), "link": [{"relation": "next", "url": "https://x"}]}

    first, second = read([write(tmp_path / "b.json", page)])

    assert Broken("b.json", fhir_read.NOT_THE_LAST_PAGE) == first
    assert isinstance(second, Resource)


def test_bundles_inside_bundles_end_somewhere(tmp_path: Path) -> None:
    """Bundles are unfolded four deep and no deeper."""
    nested: dict[str, object] = patient()
    for _ in range(6):
        nested = bundle(nested)

    found = only(write(tmp_path / "b.json", nested))

    assert isinstance(found, Broken)
    assert fhir_read.TOO_DEEP == found.reason


def test_too_long_a_line_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line above the limit is reported without being held, and the next line is read."""
    monkeypatch.setattr(fhir_read, "MAX_LINE", 100)
    path = tmp_path / "x.ndjson"
    path.write_text(json.dumps({**patient(), "x": "y" * 1000}) + "\n" + json.dumps(patient()))

    first, second = read([path])

    assert Broken("x.ndjson line 1", fhir_read.TOO_LONG) == first
    assert "x.ndjson line 2" == second.place


def test_too_long_a_document_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document above the limit is reported, compressed or not."""
    monkeypatch.setattr(fhir_read, "MAX_DOCUMENT", 10)

    assert Broken("a.json.gz", fhir_read.TOO_LONG) == only(write(tmp_path / "a.json.gz", patient()))


def test_a_missing_or_foreign_file_is_reported(tmp_path: Path) -> None:
    """A path that is not there, or is no FHIR file, does not stop the others."""
    (tmp_path / "a.txt").write_text("x")

    found = list(read([tmp_path / "none.json", tmp_path / "a.txt", write(tmp_path / "b.json", patient())]))

    reasons = [one.reason for one in found if isinstance(one, Broken)]
    assert [fhir_read.NOT_A_FHIR_FILE, fhir_read.NOT_READABLE] == reasons
    assert 3 == len(found)


def test_a_place_never_shows_a_cpr_number_or_a_control_character(tmp_path: Path) -> None:
    """A file named after a CPR number is masked, whatever its form."""
    for name in ("0101905555.json", "010190-5555.json", "070392-1VJ4\x07.json"):
        write(tmp_path / name, patient())

    shown = " ".join(places(read([tmp_path])))

    assert "5555" not in shown
    assert "1VJ4" not in shown
    assert "\x07" not in shown


def test_progress_reaches_the_total(tmp_path: Path) -> None:
    """The bytes told never fall and end at the bytes there were."""
    for number in range(3):
        write(tmp_path / f"{number}.ndjson.gz", *(patient(f"{number}-{one}") for one in range(20_000)))
    told: list[int] = []

    assert 60_000 == sum(1 for _ in read([tmp_path], on_bytes=told.append))
    assert sorted(told) == told
    assert total_bytes(input_files([tmp_path])) == told[-1]


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    """A file that Windows saved with a mark in front reads like any other."""
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(patient()).encode())

    assert isinstance(only(path), Resource)
