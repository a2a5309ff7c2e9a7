"""Moving a citizen from one hub to another, for tests: the file, the empty hub, and the comparison by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg

from hub.application.access import Reader
from hub.application.exporting import Exports
from hub.clock import FixedClock
from hub.interop.history import bytes_of, digest_of, document_of
from hub.interop.history_import import Outcome, take_in
from hub.interop.history_read import read_history
from hub.postgres import Database, EmbeddedServer, create_database, drop_database
from tests import comparing_history as by_hand
from tests.building import Town, build
from tests.living import first_moment


@contextmanager
def another(server: EmbeddedServer, template: str, folder: Path, clock: FixedClock) -> Iterator[Town]:
    """A hub with nothing in it, and a root key of its own."""
    name = f"moved_{uuid4().hex[:12]}"
    create_database(server.conninfo(), name, template=template)
    folder.mkdir()
    try:
        with Database(server.conninfo(name)) as opened:
            yield build(opened, folder, clock=clock)
    finally:
        drop_database(server.conninfo(), name)


FAR = first_moment({"steps": [{"at": "2027-01-02T00:00:00+00:00"}]})
"""After everything that is played: the second hub is opened then."""


def exported(town: Town, citizen: UUID) -> bytes:
    """What the citizen is given."""
    return bytes_of(document_of(Exports(town.hub).history(Reader.citizen(), citizen)))


def taken(town: Town, content: bytes) -> Outcome:
    """What the operator takes in."""
    return take_in(town.hub, read_history(content, town.wired.store.sealer.schemas))


def resigned(content: bytes, change: Any) -> bytes:
    """The file with something else in it, and a digest that fits again: as somebody would who means it."""
    document = orjson.loads(content)
    change(document)
    document["digest"] = digest_of(document)
    return bytes_of(document)


def root(town: Town) -> bytes:
    """A hub's root key."""
    return town.wired.settings.root_key_file.read_bytes()


def bring_up(*towns: Town) -> None:
    """Bring both hubs' read models up to date at one moment."""
    last = max(town.clock() for town in towns)
    for town in towns:
        town.clock.advance(last - town.clock())
        town.wired.catch_up()


def compared(first: Town, second: Town, citizen: UUID) -> dict[str, str | None]:
    """Where two hubs differ on a citizen, by what was compared: opened by hand, in the order of the log."""
    here, there = first.database.conninfo, second.database.conninfo
    with psycopg.connect(there) as connection:
        query = "SELECT DISTINCT originator_id FROM events WHERE citizen_id IS NULL"
        streams = [row[0] for row in connection.execute(query).fetchall()]
    keys, others = root(first), root(second)
    return {
        "log": by_hand.first_difference(
            by_hand.on_the_log(here, keys, citizen, streams),
            by_hand.on_the_log(there, others, citizen, streams),
        ),
        "timeline": by_hand.first_difference(
            by_hand.on_the_timeline(here, keys, citizen), by_hand.on_the_timeline(there, others, citizen)
        ),
        "statements": by_hand.first_difference(
            by_hand.statements(here, citizen, streams), by_hand.statements(there, citizen, streams)
        ),
        "commands": by_hand.first_difference(
            [one for one in by_hand.commands(here) if one in by_hand.commands(there)], by_hand.commands(there)
        ),
        "due": by_hand.first_difference(by_hand.due(here, citizen), by_hand.due(there, citizen)),
        "partner views": by_hand.first_difference(
            by_hand.partner_rows(here, keys, citizen), by_hand.partner_rows(there, others, citizen)
        ),
    }
