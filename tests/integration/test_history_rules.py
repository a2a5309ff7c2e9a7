"""Who may take a whole history out, what stays out of it, and what an import of one refuses."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest

from hub.aggregates import Text
from hub.application import commands
from hub.application.access import Reader
from hub.application.exporting import Exports
from hub.clock import FixedClock, to_microseconds
from hub.errors import AccessDenied, BadInput, HubError, NotLogged, Unreadable, WrongStatus
from hub.interop.fhir_document import document_bundle
from hub.interop.history import bytes_of, document_of
from hub.interop.history_values import HELD_WORDS
from hub.postgres import Database, EmbeddedServer
from hub.vault import Identity
from tests.building import CITIZEN, HUB_ITSELF, Town, rich, settle
from tests.fhir_files import encounter, goal, patient, plan
from tests.integration.test_withholding import noted, withhold
from tests.moving import FAR, another, exported, resigned, taken
from tests.taking_in import figures, take_in

Document = dict[str, Any]


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """A settled town."""
    return settle(database, tmp_path)


@pytest.fixture
def empty(server: EmbeddedServer, template: str, tmp_path: Path) -> Iterator[Town]:
    """An empty hub beside the first, with keys of its own."""
    with another(server, template, tmp_path / "another", FixedClock(FAR)) as found:
        yield found


def rows(town: Town, query: str) -> list[tuple[Any, ...]]:
    """What a query finds."""
    with psycopg.connect(town.database.conninfo) as connection:
        return connection.execute(query).fetchall()  # type: ignore[arg-type]


def run(town: Town, change: str) -> None:
    """Change the database behind the hub's back."""
    with psycopg.connect(town.database.conninfo) as connection:
        connection.execute(change)  # type: ignore[arg-type]


def nothing(town: Town) -> bool:
    """Whether a hub holds nothing at all."""
    tables = ("events", "statements", "commands", "vault_citizens", "vault_persons", "vault_text_keys",
              "vault_originals")  # fmt: skip
    return all(rows(town, f"SELECT count(*) FROM {table}") == [(0,)] for table in tables)


# ------------------------------------------------------------------------------------------- who may read it


@pytest.mark.parametrize("who", ["lene", "mette", "ann", "eva", "auditor", "operator"])
def test_nobody_but_the_citizen_takes_a_whole_history_out(town: Town, who: str) -> None:
    """The tovholder, the authority, the auditor and the operator are all told the same: there is nothing to show."""
    citizen = rich(town)
    reader = {"auditor": Reader.auditor(), "operator": Reader.operator()}.get(who) or town.reader(who)

    with pytest.raises(AccessDenied):
        Exports(town.hub).history(reader, citizen)

    log = rows(town, "SELECT surface, permitted, reasons, events FROM access_log")
    assert [("export", False, ["not_entitled"], 0)] == log


def test_a_citizen_who_does_not_exist_has_no_history(town: Town) -> None:
    """Whoever asks for nobody is told what everybody is told, and it is logged."""
    with pytest.raises(AccessDenied):
        Exports(town.hub).history(Reader.citizen(), uuid4())

    assert [("export", False)] == rows(town, "SELECT surface, permitted FROM access_log")


def test_taking_it_out_is_logged_before_it_is_answered(town: Town) -> None:
    """The citizen's own export stands in the access log; if it cannot be logged, it is not given."""
    citizen = rich(town)
    exported(town, citizen)
    assert [("citizen", "export", True)] == rows(town, "SELECT role, surface, permitted FROM access_log")

    run(town, "ALTER TABLE access_log ADD CONSTRAINT never CHECK (false) NOT VALID")
    with pytest.raises(NotLogged):
        exported(town, citizen)


def test_the_citizen_reads_in_it_who_looked(town: Town) -> None:
    """Who looked, at what and for what, stands in the file with organisation and function, and nobody's name."""
    citizen = rich(town)
    town.wired.catch_up()
    town.access.timeline(town.reader("mette"), citizen, "coordination")

    document = orjson.loads(exported(town, citizen))
    again = orjson.loads(exported(town, citizen))

    (look,) = document["looks"]
    assert ("partner", "timeline", "coordination", "worker") == tuple(
        look[name] for name in ("role", "surface", "purpose", "function")
    )
    assert str(town.partner("social_psychiatry")) == look["organisation"]
    assert "person" not in look
    assert document == again


def test_a_history_with_a_record_that_does_not_open_is_not_exported(town: Town) -> None:
    """A file that said nothing of a damaged event would look whole: it is refused instead."""
    citizen = rich(town)
    run(town, f"UPDATE events SET value = value || 'x' WHERE citizen_id = '{citizen}' AND position % 3 = 0")

    with pytest.raises(Unreadable):
        exported(town, citizen)


# --------------------------------------------------------------------------------------------- what stays out


def addressed(town: Town) -> UUID:
    """A citizen with an address, a note about it and one that is not."""
    citizen = UUID(
        commands.enrol(
            town.hub,
            town.actor("lene"),
            Identity("Karla Prøve", "0101800000", "1980-01-01", "Hemmelig Vej 1"),
        ).ids["citizen"]
    )
    town.task(citizen, "mette")
    for words, label in (("Bor på Hemmelig Vej 1", "address"), ("Drak kaffe", "meetings")):
        town.later()
        commands.record_contact(town.hub, town.actor("mette"), citizen, text=Text.of(words, label))
    return citizen


def test_a_protected_address_is_in_no_export(town: Town, empty: Town) -> None:
    """While the address is protected, neither it nor what is labelled as an address is in the citizen's own file."""
    citizen = addressed(town)
    assert exported(town, citizen).count(b"Hemmelig Vej 1") == 2
    town.later()
    commands.protect_address(town.hub, town.actor("lene"), citizen)

    content = exported(town, citizen)

    assert b"Hemmelig Vej" not in content
    assert b"Drak kaffe" in content
    document = orjson.loads(content)
    assert document["citizen"]["address_held_back"]
    held = [e["fields"]["text"] for e in document["events"] if "held_back" in str(e["fields"].get("text"))]
    assert [{"held_back": "protected_address", "labels": ["address"]}] == held

    outcome = taken(empty, content)
    assert (True, 1) == (outcome.address_held_back, outcome.words_held_back)
    empty.wired.catch_up()
    shown = empty.access.timeline(empty.themself, citizen, None).entries
    words = [entry.fields["text"]["text"] for entry in shown if "text" in entry.fields]
    assert [HELD_WORDS, "Drak kaffe"] == sorted(words, reverse=True)
    assert 0 == taken(empty, content).imported


def test_what_was_labelled_an_address_later_stays_out_too(town: Town) -> None:
    """A text that got the label afterwards, and the words that corrected it, are held back as well."""
    citizen = addressed(town)
    (coffee,) = (
        item.event_id for item, opened in town.hub.items(citizen) if b"meetings" in str(opened.body).encode()
        and item.event == "citizen.contact_recorded"
    )  # fmt: skip
    mette = town.actor("mette")
    town.later()
    commands.correct(
        town.hub, mette, citizen, coffee, "text", text=Text.of("Drak te på Hemmelig Vej", "meetings")
    )
    town.later()
    commands.relabel(town.hub, mette, citizen, coffee, "text", add=frozenset({"address"}))
    town.later()
    commands.protect_address(town.hub, town.actor("lene"), citizen)

    content = exported(town, citizen)

    assert b"Hemmelig Vej" not in content
    assert b"Drak" not in content


def test_an_address_that_is_no_longer_protected_is_in_it(town: Town) -> None:
    """When the protection has ended, the file has everything again."""
    citizen = addressed(town)
    town.later()
    commands.protect_address(town.hub, town.actor("lene"), citizen)
    town.later()
    commands.unprotect_address(town.hub, town.actor("lene"), citizen)

    assert exported(town, citizen).count(b"Hemmelig Vej 1") == 2


# ------------------------------------------------------------------------------------------- what is withheld


def both(town: Town, citizen: UUID) -> tuple[bytes, str]:
    """The citizen's file in both formats."""
    history = Exports(town.hub).history(Reader.citizen(), citizen)
    ours = document_of(history)
    return bytes_of(ours), json.dumps(document_bundle(history, ours, to_microseconds(town.clock())))


def test_what_is_withheld_leaves_no_trace_in_the_file(town: Town) -> None:
    """The file is, to the byte, the one that was given before the item was written and withheld, in both formats."""
    citizen = rich(town)
    before = both(town, citizen)

    town.later()
    withhold(town, citizen, noted(town, citizen, "Naboens navn"))

    assert before == both(town, citizen)


def test_what_is_withheld_is_in_the_file_from_its_day(town: Town, empty: Town) -> None:
    """Until then neither the item, nor its words, nor a hole where it stood; from its day all of it is there."""
    citizen = rich(town)
    event = noted(town, citizen, "Naboens navn")
    noted(town, citizen, "Gik en tur")
    withhold(town, citizen, event)
    commands.correct(
        town.hub, town.actor("lene"), citizen, event, "text", text=Text.of("Genboens navn", "meetings")
    )
    noted(town, citizen, "Drak kaffe")

    content, fhir = both(town, citizen)

    for word in (b"Naboens navn", b"Genboens navn", b"item_withheld", b"sikkerhed", str(event).encode()):
        assert word not in content
        assert word.decode() not in fhir
    assert b"Drak kaffe" in content
    streams: dict[str, list[int]] = {}
    for told in orjson.loads(content)["events"]:
        streams.setdefault(told["stream"], []).append(told["version"])
    assert all(versions == list(range(1, len(versions) + 1)) for versions in streams.values())
    with pytest.raises(BadInput, match="whole history"):
        taken(empty, content)
    town.later(days=11)
    content = exported(town, citizen)
    assert b"Genboens navn" in content
    assert b"item_withheld" in content
    assert taken(empty, content).imported == len(orjson.loads(content)["events"])


def test_everybody_reads_that_something_can_be_withheld(town: Town) -> None:
    """The sentence stands in every file, and is the same whether anything is withheld or not."""
    citizen = rich(town)
    note = orjson.loads(exported(town, citizen))["note"]
    withhold(town, citizen, noted(town, citizen, "Naboens navn"))

    content, fhir = both(town, citizen)

    assert "holdt tilbage" in note
    assert note == orjson.loads(content)["note"]
    assert note in json.loads(fhir)["entry"][0]["resource"]["section"][0]["text"]["div"]


# ---------------------------------------------------------------------------------------- what an import does


def test_life_goes_on_where_the_history_was_taken_in(town: Town, empty: Town) -> None:
    """In the new hub the jobcentre reads on, the citizen withdraws, and the jobcentre sees no hope from then on."""
    citizen = rich(town)
    consent = next(UUID(c) for c in consents_of(town, citizen))
    taken(empty, exported(town, citizen))
    empty.wired.catch_up()
    jobcentre, ann = town.partner("jobcentre"), Reader.of(empty.wired.vault.person("ann"))
    before = {entry.event for entry in empty.access.view(ann, jobcentre, citizen, "employment")}
    assert "citizen.hope_told" in before

    empty.later()
    commands.withdraw_consent(empty.hub, CITIZEN, citizen, consent)

    seen = {entry.event for entry in empty.access.view(ann, jobcentre, citizen, "employment")}
    assert "citizen.hope_told" not in seen
    empty.hope(citizen, "citizen", "Et håb, fortalt i den nye hub")
    assert len(town.hub.items(citizen)) + 2 == len(empty.hub.items(citizen))


def consents_of(town: Town, citizen: UUID) -> list[str]:
    """The consents to the jobcentre."""
    state, partner = town.hub.state(citizen), town.partner("jobcentre")
    return [str(grant.id) for grant in state.grants.values() if grant.partner == partner]


def test_a_command_sent_again_to_the_new_hub_answers_as_the_old_one_did(town: Town, empty: Town) -> None:
    """Whoever lost the answer before the move, and asks again after it, gets the first answer; nothing is recorded."""
    citizen, command = rich(town), uuid4()
    words = Text.of("En kat", "wishes")
    first = commands.tell_hope(town.hub, CITIZEN, citizen, words, command_id=command)
    taken(empty, exported(town, citizen))
    head = empty.hub.log.head()[0]

    again = commands.tell_hope(empty.hub, CITIZEN, citizen, words, command_id=command)

    assert first.ids == again.ids
    assert head == empty.hub.log.head()[0]


def test_two_citizens_of_one_hub_move_one_after_the_other(town: Town, empty: Town) -> None:
    """The second file finds the organisations there already, and brings only what is new."""
    one, other = rich(town), rich(town)
    first, second = taken(empty, exported(town, one)), taken(empty, exported(town, other))

    assert 0 == first.already_there
    assert second.already_there > 0
    assert second.imported == len(town.hub.items(other))


def test_what_was_imported_before_is_known_again_after_the_move(
    town: Town, empty: Town, tmp_path: Path
) -> None:
    """The records of an earlier import come along: the same import there finds that everything is there already."""
    files = (patient("p1", cpr="0101800000"), plan("c1", goals=["g1"]), goal("g1"), encounter("e1"))
    _, found = take_in(town, tmp_path, *files)
    citizen = found.citizens["p1"]

    outcome = taken(empty, exported(town, citizen))
    empty.partners = town.partners
    report, _ = take_in(empty, tmp_path, *files)

    assert (4, 0) == (outcome.originals, outcome.originals_not_kept)
    assert (4, 0, 4, 0, 0) == figures(report.total)


def spoil_event(change: Callable[[Document], None]) -> Callable[[Document], None]:
    """A change of the last event."""
    return lambda document: change(document["events"][-1])


def _gone(document: Document) -> None:
    del document["events"][-3]


def _swapped(document: Document) -> None:
    events = document["events"]
    events[-1], events[-2] = events[-2], events[-1]


def _nobody(document: Document) -> None:
    document["persons"][0]["organisation"] = str(uuid4())


SPOILED: dict[str, tuple[Callable[[Document], None], str]] = {
    "an event left out": (_gone, "not whole"),
    "two events changed about": (_swapped, "not whole"),
    "another id": (spoil_event(lambda e: e.update(id=str(uuid4()))), "another's place"),
    "another stream": (spoil_event(lambda e: e.update(stream=str(uuid4()))), "place"),
    "another version": (spoil_event(lambda e: e.update(version=99)), "place"),
    "an unknown type": (spoil_event(lambda e: e.update(schema="citizen.flown.v1")), "upgrade"),
    "another type": (spoil_event(lambda e: e.update(schema="citizen.died.v1")), "cannot be read"),
    "an organisation's event": (spoil_event(lambda e: e.update(about="organisation")), "somebody else"),
    "a field too many": (spoil_event(lambda e: e["fields"].update(more="x")), "fields are not those"),
    "a moment that is none": (
        spoil_event(lambda e: e["act"].update(recorded_at="2026-13-01T00:00:00.000000+00:00")),
        "cannot be read",
    ),
    "a colleague from nowhere": (_nobody, "not in it"),
    "a name too many": (lambda d: d.update(more=1), "schema says"),
    "a newer version": (lambda d: d.update(version=2), "upgrade"),
    "another kind of file": (lambda d: d.update(format="x"), "no history"),
    "an organisation by another name": (lambda d: d["organisations"][0].update(name="X"), "organisations"),
    "a command of something else": (lambda d: d["commands"][0].update(id=str(uuid4())), "command"),
}


@pytest.mark.parametrize("what", SPOILED)
def test_a_file_that_is_not_whole_is_refused_before_anything_is_written(
    town: Town, empty: Town, what: str
) -> None:
    """Whatever is wrong with the file, the reason is said, without content, and nothing at all is written."""
    citizen = rich(town)
    change, reason = SPOILED[what]

    with pytest.raises(BadInput, match=reason) as refused:
        taken(empty, resigned(exported(town, citizen), change))

    assert "Håb" not in str(refused.value)
    assert nothing(empty)


def test_a_file_that_was_changed_is_refused(town: Town, empty: Town) -> None:
    """A file that lost or gained a letter on the way is not what was written."""
    content = exported(town, rich(town)).replace("Håb nummer 1".encode(), "Håb nummer 7".encode())

    with pytest.raises(BadInput, match="changed"):
        taken(empty, content)
    with pytest.raises(BadInput, match="no JSON"):
        taken(empty, content[:-20])

    assert nothing(empty)


def test_other_content_under_the_same_place_is_refused(town: Town, empty: Town) -> None:
    """Where the citizen is known with other words, nothing is overwritten and nothing is added."""
    citizen = rich(town)
    content = exported(town, citizen)
    taken(empty, content)
    head = empty.hub.log.head()

    def reword(document: Document) -> None:
        event = next(e for e in reversed(document["events"]) if e["schema"].startswith("citizen.hope_told"))
        event["fields"]["words"]["text"] = "Noget andet"

    with pytest.raises(WrongStatus, match="other content"):
        taken(empty, resigned(content, reword))
    town.hope(citizen, "citizen", "Et håb mere")
    with pytest.raises(WrongStatus, match="shorter"):
        taken(empty, exported(town, citizen))

    assert head == empty.hub.log.head()
    assert (0, True) == (taken(empty, content).imported, taken(empty, content).already_there > 0)


def test_another_organisation_history_refuses_the_file(town: Town, empty: Town) -> None:
    """An organisation that has adopted another ceiling since is not the one that the file knows: it is refused."""
    one, other = rich(town), rich(town)
    taken(empty, exported(town, one))
    town.later()
    commands.adopt_ceiling(town.hub, HUB_ITSELF, town.partner("jobcentre"), frozenset({"contact"}))

    with pytest.raises(WrongStatus, match="organisation"):
        taken(empty, exported(town, other))

    assert not empty.hub.items(other)


def test_somebody_else_with_the_same_number_or_short_name_refuses_the_file(town: Town, empty: Town) -> None:
    """A CPR number that another citizen has, or a colleague's short name that is taken, is told and nothing written."""
    citizen = addressed(town)
    empty.add_partner("authority", "authority", "casework")
    empty.add_person("lene", "authority")

    with pytest.raises(WrongStatus, match="short name"):
        taken(empty, exported(town, citizen))

    run(empty, "UPDATE vault_persons SET slug = 'lone'")
    commands.enrol(empty.hub, empty.actor("lone"), Identity("En anden", "0101800000"))
    with pytest.raises(WrongStatus, match="CPR"):
        taken(empty, exported(town, citizen))

    assert not empty.hub.items(citizen)


def test_an_import_that_fails_half_way_leaves_nothing(town: Town, empty: Town) -> None:
    """One transaction: when the last row cannot be written, neither is the first."""
    content = exported(town, rich(town))
    run(empty, "ALTER TABLE commands ADD CONSTRAINT never CHECK (position < 15)")

    with pytest.raises(HubError):
        taken(empty, content)

    run(empty, "ALTER TABLE commands DROP CONSTRAINT never")
    assert nothing(empty)
    assert taken(empty, content).imported > 10
