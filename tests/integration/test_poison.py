"""A read model that cannot take one event: that citizen is parked, and nobody else waits."""

from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest
from psycopg import Connection

from hub.consumers.runner import Runner
from hub.consumers.source import StoreSource
from hub.errors import BadInput
from hub.postgres import Database
from hub.projections.base import Event
from hub.projections.timeline import Timeline
from hub.vault import Identity
from tests.building import rich, settle


class Choking(Timeline):
    """The timeline, but it cannot take one position."""

    def __init__(self, position: int, error: Exception) -> None:
        self.position = position
        self.error = error

    def apply(self, connection: Connection, schema: str, events: Sequence[Event]) -> None:
        """Fail on the one event, as a bug would."""
        if any(event.position == self.position for event in events):
            raise self.error
        super().apply(connection, schema, events)


@pytest.mark.parametrize("error", [KeyError("x"), psycopg.errors.NumericValueOutOfRange("x")])
def test_what_a_read_model_cannot_take_is_found_and_parked_alone(
    database: Database, tmp_path: Path, error: Exception
) -> None:
    """One event in a batch that the code chokes on parks its citizen from there on; every other event is taken in."""
    town = settle(database, tmp_path)
    sick, well = rich(town), rich(town)
    bad = town.hope(sick, "citizen", "Et håb", "wishes").position
    later = [town.hope(citizen, "citizen", "Et til", "wishes").position for citizen in (sick, well)]
    with StoreSource(database, town.wired.partitions) as source:
        Runner(database, source, Choking(bad, error), town.wired.store.sealer).catch_up()

    with psycopg.connect(database.conninfo) as raw:
        parked = raw.execute("SELECT position, citizen_id FROM parked ORDER BY 1").fetchall()
        taken = {row[0] for row in raw.execute("SELECT position FROM timeline_1.timeline")}
        all_of_citizens = {
            row[0] for row in raw.execute("SELECT position FROM events WHERE citizen_id IS NOT NULL")
        }
    assert parked == [(bad, sick), (later[0], sick)]
    assert all_of_citizens - taken == {bad, later[0]}
    assert later[1] in taken


def test_an_enrolment_that_was_cut_off_can_be_made_again(database: Database, tmp_path: Path) -> None:
    """A CPR number that the vault kept, for a citizen of whom nothing was recorded, can be enrolled once more."""
    town = settle(database, tmp_path)
    cut_off = town.enrol(name="Karla Test", cpr="640781-0T09")
    with psycopg.connect(database.conninfo, autocommit=True) as raw:
        raw.execute("DELETE FROM events WHERE citizen_id = %s", (cut_off,))

    again = town.enrol(name="Karla Test", cpr="640781-0T09")

    assert again == cut_off
    with pytest.raises(BadInput):
        town.enrol(name="Another Test", cpr="640781-0T09")
    assert town.wired.vault.identity(again) == Identity("Karla Test", "640781-0T09")
