"""A citizen's whole history, exported and taken in by an empty hub: the same events, byte for byte."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from uuid import UUID

import orjson
import psycopg
import pytest

from hub.aggregates import Text
from hub.aggregates.base import event_id
from hub.application import commands
from hub.clock import FixedClock
from hub.interop.history_schema import schema_of, wrong
from hub.postgres import Database, EmbeddedServer
from hub.schemas import Envelope
from hub.sealing import place
from tests import comparing_history as by_hand
from tests.building import CITIZEN, Town, build, rich, settle
from tests.integration.test_older_versions import Earlier
from tests.living import Living, first_moment, with_scaffold
from tests.moving import FAR, another, bring_up, compared, exported, root, taken
from tests.worlds.histories import base_history

STORIES = ("hanne", "omar", "kirsten")
SEED = "20261123"


@pytest.fixture
def empty(server: EmbeddedServer, template: str, tmp_path: Path) -> Iterator[Town]:
    """An empty hub beside the first, with keys of its own."""
    with another(server, template, tmp_path / "another", FixedClock(FAR)) as town:
        yield town


def planted(town: Town, citizen: UUID) -> None:
    """Change one byte, one word or one number in each of the places that are compared."""
    vault, schemas = town.wired.vault, town.wired.store.sealer.schemas
    with psycopg.connect(town.database.conninfo) as connection:
        for table in ("events", f'"{by_hand.live(connection, "timeline")}".timeline'):
            row = connection.execute(
                f"SELECT position, value FROM {table} WHERE citizen_id = %s ORDER BY position DESC LIMIT 1",  # type: ignore[arg-type]
                (citizen,),
            ).fetchone()
            assert row is not None
            envelope = schemas.unpack(bytes(row[1]))
            key = vault.keys([(envelope.key_id, citizen)])[envelope.key_id]
            originator, version = envelope.originator_id, envelope.version
            at = place(event_id(originator, version), citizen, originator, version)
            inside = bytearray(vault.open(key, envelope, at))
            inside[-1] ^= 1
            nonce, ciphertext = vault.seal(key, bytes(inside), at)
            value = schemas.pack(Envelope(key.id, originator, version, nonce, ciphertext, envelope.texts))
            connection.execute(f"UPDATE {table} SET value = %s WHERE position = %s", (value, row[0]))  # type: ignore[arg-type]
        view = by_hand.live(connection, "partner_view")
        last = "SELECT max(position) FROM"
        other = """'{"by": "somebody"}'"""
        mine = f"({last} commands JOIN events USING (position) WHERE citizen_id = %s)"
        due, ids = f'"{by_hand.live(connection, "due")}".due', ", ".join(["gen_random_uuid()"] * 3)
        changes = (
            f"UPDATE statements SET ordinal = 7 WHERE position = ({last} statements WHERE citizen_id = %s)",
            f"UPDATE commands SET answer = answer || {other} WHERE position = {mine}",
            f"INSERT INTO {due} VALUES (%s, 0, 'x', 'opens', {ids}, '2026-01-01', NULL, NULL, NULL, '{{}}', '{{}}')",
            f'UPDATE "{view}".partner_view SET purposes = purposes + 1 WHERE citizen_id = %s',
        )
        for change in changes:
            assert 0 < connection.execute(change, (citizen,)).rowcount  # type: ignore[arg-type]


def round_trip(first: Town, second: Town, citizen: UUID) -> str:
    """Export, take in, compare; and again with a changed byte. The figures, for the note."""
    bring_up(first, second)
    content = exported(first, citizen)
    assert content == exported(first, citizen), "the same history gives the same bytes"
    assert wrong(orjson.loads(content), schema_of("citizen-history.v1")) is None
    outcome = taken(second, content)
    assert 0 == outcome.already_there
    bring_up(first, second)

    found = compared(first, second, citizen)
    assert found == dict.fromkeys(found), found
    again = taken(second, content)
    assert (0, outcome.imported) == (again.imported, again.already_there)
    theirs, ours = json.loads(exported(second, citizen)), json.loads(content)
    for document in (theirs, ours):  # the new hub's own log of reads, and what follows from it
        del document["looks"], document["digest"]
    assert ours == theirs

    rows = by_hand.on_the_timeline(second.database.conninfo, root(second), citizen)
    seen = by_hand.partner_rows(second.database.conninfo, root(second), citizen)
    planted(second, citizen)
    caught = compared(first, second, citizen)
    assert None not in caught.values(), caught
    return (
        f"{len(content):,} bytes, {outcome.imported} events taken in ({len(rows)} on the timeline, {len(seen)} partner "
        f"rows), 0 differ; taken in again: {again.imported}; control: caught ({len(caught)} of {len(caught)})"
    )


@pytest.mark.shared
@pytest.mark.parametrize("name", STORIES)
def test_a_life_moves_to_an_empty_hub_byte_for_byte(
    name: str,
    database: Database,
    empty: Town,
    tmp_path: Path,
    shared: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A whole life, moved to a hub that knew nobody, says the same of everything to everybody there."""
    history = with_scaffold(json.loads((shared / "stories" / f"{name}.json").read_text(encoding="utf-8")))
    town = build(database, tmp_path, clock=FixedClock(first_moment(history)))
    life = Living(town, history, codes=True)
    for step in history["steps"]:
        life.play(step)
    told = round_trip(town, empty, life.citizen)
    with capsys.disabled():
        print(f"\n{name}: {told}")


def test_a_citizen_moves_to_an_empty_hub_byte_for_byte(
    database: Database, empty: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A citizen with notes corrected, disputed and misfiled moves whole; what was made unreadable stays unreadable."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    other = rich(town)
    mette = town.actor("mette")
    for number in range(3):
        town.later()
        note = Text.of(f"Note <nr. {number}> & mere\nen linje til", "meetings", "health")
        commands.record_contact(town.hub, mette, citizen, text=note)
    contacts = [item for item, _ in town.hub.items(citizen) if item.event == "citizen.contact_recorded"]
    town.later()
    commands.correct(
        town.hub, mette, citizen, contacts[0].event_id, "text", text=Text.of("Rettet", "meetings")
    )
    town.later()
    commands.dispute(town.hub, CITIZEN, citizen, contacts[1].event_id, Text.of("Nej", "meetings"))
    town.later()
    commands.misfile(town.hub, mette, citizen, contacts[2].event_id, Text.of("En anden borger", "meetings"))
    told = round_trip(town, empty, citizen)
    assert not empty.hub.items(other), "nobody else came along"
    gone = [
        e for e in json.loads(exported(empty, citizen))["events"] if "gone" in str(e["fields"].get("text"))
    ]
    assert [str(contacts[2].event_id)] == [event["id"] for event in gone]
    with capsys.disabled():
        print(f"\na citizen of the town: {told}")


@pytest.mark.parametrize("number", range(2))
def test_a_generated_life_moves_to_an_empty_hub_byte_for_byte(
    number: int, database: Database, empty: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A life that nobody wrote, with blocks, deaths and clocks that stand still, moves whole as well."""
    history = base_history(Random(f"{SEED} {number}"), 40)
    # What tells of a protected address stays out of every export, so such a history does not come back to the byte:
    # test_history_rules.py has it.
    history["steps"] = [step for step in history["steps"] if step["event"] != "citizen.address_protected"]
    town = build(database, tmp_path, clock=FixedClock(first_moment(history)))
    life = Living(town, history)
    for step in history["steps"]:
        life.play(step)
    told = round_trip(town, empty, life.citizen)
    with capsys.disabled():
        print(f"\na generated life ({SEED} {number}): {told}")


def test_what_was_written_in_older_versions_moves_as_it_was_written(
    database: Database, empty: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What an earlier hub wrote is not rewritten on the way: it arrives in the version that it was written in."""
    town = settle(database, tmp_path)
    citizen, partner = town.enrol("lene"), town.partner("jobcentre")
    sealer = town.hub.store.sealer
    today, sealer.schemas = sealer.schemas, Earlier()
    given = {"categories": frozenset({"plan"}), "purposes": frozenset({"employment"})}
    commands.give_consent(town.hub, CITIZEN, citizen, partner, **given)
    commands.set_block(town.hub, CITIZEN, citizen, partner, categories=frozenset({"health"}))
    sealer.schemas = today
    town.task(citizen, "ann")
    town.hope(citizen, "citizen", "Et håb")

    told = round_trip(town, empty, citizen)

    topics = {opened.schema.topic for _, opened in empty.hub.items(citizen)}
    assert {"consents.given.v1", "consents.block_set.v1"} <= topics
    with capsys.disabled():
        print(f"\nolder versions: {told}")
