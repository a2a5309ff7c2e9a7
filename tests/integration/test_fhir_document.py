"""A citizen's whole history as a FHIR R4 document: it stands alone, and nothing is left out of it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree as ET

import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhir.resources.R4B.bundle import Bundle

from hub.aggregates import Text
from hub.application import commands
from hub.application.access import Reader
from hub.application.exporting import Exports
from hub.clock import FixedClock, to_microseconds
from hub.errors import AccessDenied
from hub.interop.fhir_consent import ConsentImporter
from hub.interop.fhir_document import document_bundle
from hub.interop.history import document_of
from hub.postgres import Database
from hub.vault import Identity
from tests.building import CITIZEN, Town, build, rich, settle
from tests.living import Living, first_moment, with_scaffold

STORIES = ("hanne", "omar", "kirsten")
Resource = dict[str, Any]


def document(town: Town, citizen: UUID) -> tuple[Resource, Resource]:
    """The hub's own document, and the FHIR document, of one history."""
    history = Exports(town.hub).history(Reader.citizen(), citizen)
    ours = document_of(history)
    return ours, document_bundle(history, ours, to_microseconds(town.clock()))


def inside(value: Any) -> Iterator[Any]:
    """Every value in a resource, at any depth."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from inside(each)
    elif isinstance(value, list):
        for each in value:
            yield from inside(each)
    else:
        yield value


def dangling(bundle: Resource) -> list[str]:
    """References that lead nowhere in the bundle: to no entry, or to nothing that its own resource contains."""
    there = {entry["fullUrl"] for entry in bundle["entry"]}
    found = []
    for entry in bundle["entry"]:
        contained = {f"#{one['id']}" for one in entry["resource"].get("contained", ())}
        for one in inside(entry["resource"]):
            if isinstance(one, dict) and isinstance(one.get("reference"), str):
                found += [one["reference"]] if one["reference"] not in there | contained else []
    return found


def unreachable(bundle: Resource) -> list[str]:
    """Entries that the Composition leads to by no way: a document holds none."""
    by_url = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    waiting, met = [bundle["entry"][0]["fullUrl"]], set()
    while waiting:
        url = waiting.pop()
        if url in by_url and url not in met:
            met.add(url)
            waiting += [one["reference"] for one in inside(by_url[url]) if isinstance(one, dict) and "reference" in one
                        and isinstance(one["reference"], str)]  # fmt: skip
    return sorted(by_url.keys() - met)


def texts_of(ours: Resource) -> dict[str, list[str]]:
    """The words of each of the citizen's events."""
    return {
        event["id"]: [v["text"] for v in event["fields"].values() if isinstance(v, dict) and "text" in v]
        for event in ours["events"]
        if event["about"] == "citizen"
    }


class Words(HTMLParser):
    """The words of a narrative, as a reader has them."""

    def __init__(self) -> None:
        super().__init__()
        self.said = ""

    def handle_data(self, data: str) -> None:
        """Text."""
        self.said += data

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """A line break is one."""
        self.said += "\n" if tag == "br" else ""


def narrated(bundle: Resource) -> str:
    """All that the sections of the document say."""
    words = Words()
    for section in bundle["entry"][0]["resource"]["section"]:
        ET.fromstring(section["text"]["div"])  # noqa: S314 - our own; it must be well-formed
        words.feed(section["text"]["div"])
    return words.said


def left_out(ours: Resource, bundle: Resource) -> list[str]:
    """Events that have no resource, or words that stand in none, or not in a section."""
    by_id = {entry["resource"]["id"]: entry["resource"] for entry in bundle["entry"]}
    said, missing = narrated(bundle), []
    for event, texts in texts_of(ours).items():
        values = {one for one in inside(by_id.get(event, {})) if isinstance(one, str)}
        if event not in by_id or any(text not in values or text not in said for text in texts):
            missing.append(event)
    return missing


def judged(ours: Resource, bundle: Resource) -> str:
    """Hold a document against every rule; the figures."""
    Bundle.model_validate(bundle)
    for entry in bundle["entry"]:
        get_fhir_model_class(entry["resource"]["resourceType"]).model_validate(entry["resource"])
    assert ("document", "Composition") == (bundle["type"], bundle["entry"][0]["resource"]["resourceType"])
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(urls) == len(set(urls))
    assert [] == dangling(bundle)
    assert [] == unreachable(bundle)
    assert [] == left_out(ours, bundle)
    kinds: dict[str, int] = {}
    for entry in bundle["entry"]:
        kinds[entry["resource"]["resourceType"]] = kinds.get(entry["resource"]["resourceType"], 0) + 1

    broken = json.loads(json.dumps(bundle))
    gone = next(e for e in broken["entry"] if e["resource"]["resourceType"] == "Organization")
    broken["entry"].remove(gone)
    assert gone["fullUrl"] in dangling(broken)
    event = next(event for event, texts in texts_of(ours).items() if texts)
    broken["entry"] = [entry for entry in bundle["entry"] if entry["resource"]["id"] != event]
    assert [event] == left_out(ours, broken)
    return f"{len(urls)} resources, 0 references lead nowhere, 0 events left out; control: caught; {kinds}"


@pytest.mark.shared
@pytest.mark.parametrize("name", STORIES)
def test_a_life_as_a_document_stands_alone(
    name: str, database: Database, tmp_path: Path, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A life as a FHIR document holds every event and every word, and refers to nothing outside itself."""
    history = with_scaffold(json.loads((shared / "stories" / f"{name}.json").read_text(encoding="utf-8")))
    town = build(database, tmp_path, clock=FixedClock(first_moment(history)))
    life = Living(town, history, codes=True)
    for step in history["steps"]:
        life.play(step)
    told = judged(*document(town, life.citizen))
    with capsys.disabled():
        print(f"\n{name}: {told}")


def test_what_people_write_cannot_break_the_page(database: Database, tmp_path: Path) -> None:
    """Words that look like markup are words, in the narrative and in the resource."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    town.later()
    written = "<script>alert('nej')</script> & <b>fed</b>\nnæste \"linje\" \u0007"[:-1]
    commands.record_contact(town.hub, town.actor("mette"), citizen, text=Text.of(written, "meetings"))

    ours, bundle = document(town, citizen)

    judged(ours, bundle)
    page = json.dumps(bundle["entry"][0]["resource"])
    assert "<script" not in page
    assert "<b>fed" not in page


def test_the_same_history_is_the_same_document(database: Database, tmp_path: Path) -> None:
    """Nothing in the document says when it was taken: asked for twice, it is the same to the byte."""
    town = settle(database, tmp_path)
    citizen = rich(town)

    _, first = document(town, citizen)
    town.later(hours=1)
    _, second = document(town, citizen)

    assert json.dumps(first) == json.dumps(second)


def test_plans_meetings_and_consents_are_what_they_are_in_fhir(database: Database, tmp_path: Path) -> None:
    """A plan is a CarePlan with its goals, a meeting asked for an Appointment, one that was held an Encounter."""
    town = settle(database, tmp_path)
    citizen, mette = rich(town), town.actor("mette")
    town.later()
    plan = UUID(commands.open_plan(town.hub, mette, citizen, "indsatsplan").ids["plan"])
    set_, worded = uuid4(), Text.of("Søvnrytme", "plan")
    told = {"words": Text.of("Sove igen", "wishes"), "professional": worded}
    town.later()
    commands.on_plan(town.hub, mette, citizen, plan, lambda one, act: one.set_goal(set_, act, **told))
    meetings = []
    for _ in range(2):
        town.later()
        called = commands.convene(
            town.hub,
            mette,
            citizen,
            kind="coordinating",
            starts=town.clock() + timedelta(days=2),
            purpose=Text.of("Tale sammen", "meetings"),
        )
        meetings.append(UUID(called.ids["meeting"]))
    town.later(days=3)
    came = (town.partner("jobcentre"),)
    commands.on_meeting(
        town.hub, mette, citizen, meetings[0], lambda one, act: one.hold(came, act, citizen_took_part=True)
    )

    ours, bundle = document(town, citizen)

    judged(ours, bundle)
    by_id = {entry["resource"]["id"]: entry["resource"] for entry in bundle["entry"]}
    assert ("Encounter", "finished") == (
        by_id[str(meetings[0])]["resourceType"],
        by_id[str(meetings[0])]["status"],
    )
    assert ("Appointment", "proposed") == (
        by_id[str(meetings[1])]["resourceType"],
        by_id[str(meetings[1])]["status"],
    )
    (goal,) = by_id[str(plan)]["goal"]
    found = by_id[goal["reference"].removeprefix("urn:uuid:")]
    assert ("Sove igen", "Faglige ord: Søvnrytme") == (found["description"]["text"], found["note"][0]["text"])


def test_the_consents_of_a_document_are_known_where_they_came_from(
    database: Database, tmp_path: Path
) -> None:
    """The document is read by the import of consents: each stands already, with the same terms."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    town.later()
    commands.set_block(
        town.hub, CITIZEN, citizen, town.partner("jobcentre"), categories=frozenset({"health"})
    )
    file = tmp_path / "document.json"
    file.write_text(json.dumps(document(town, citizen)[1]), encoding="utf-8")

    report = ConsentImporter(town.hub, CITIZEN, citizen, frozenset(), trial=True).run([file])

    assert ["there"] * 3 == [outcome.result for outcome in report.outcomes]
    assert not report.broken


def test_who_looked_and_the_protected_address_are_as_in_the_other_file(
    database: Database, tmp_path: Path
) -> None:
    """Whoever looked, or was refused, stands in a section; a protected address stands nowhere."""
    town = settle(database, tmp_path)
    identity = Identity("Karla Prøve", "0101800000", "1980-01-01", "Hemmelig Vej 1")
    citizen = UUID(commands.enrol(town.hub, town.actor("lene"), identity).ids["citizen"])
    town.task(citizen, "mette")
    town.wired.catch_up()
    with pytest.raises(AccessDenied):
        town.access.timeline(town.reader("mette"), citizen, "coordination")
    open_to = json.dumps(document(town, citizen)[1], ensure_ascii=False)
    assert open_to.count("Hemmelig Vej 1") == 1
    town.later()
    commands.record_contact(
        town.hub, town.actor("mette"), citizen, text=Text.of("Hemmelig Vej 1, 2.", "address")
    )
    town.later()
    commands.record_contact(town.hub, town.actor("mette"), citizen, text=Text.of("Kaffe", "meetings"))
    town.later()
    commands.protect_address(town.hub, town.actor("lene"), citizen)

    ours, bundle = document(town, citizen)

    judged(ours, bundle)
    written = json.dumps(bundle, ensure_ascii=False)
    assert "Hemmelig" not in written
    assert "masked" in written
    assert "tidslinjennej, afvist0" in narrated(bundle)
    patient = bundle["entry"][1]["resource"]
    assert ("Karla Prøve", "1980-01-01") == (patient["name"][0]["text"], patient["birthDate"])
