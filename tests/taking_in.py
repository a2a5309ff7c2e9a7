"""Taking invented FHIR resources in, and looking at what came of it; for tests of the import."""

from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from hub.interop.fhir_facts import Line, Report
from hub.interop.importing import Importer
from hub.postgres import Database
from hub.sealing import Opened
from tests.building import Town
from tests.fhir_files import Body, write

SOURCE = "social_psychiatry"


def importer(town: Town, partner: str = SOURCE, **more: Any) -> Importer:
    """An import from one partner, a second later."""
    town.later()
    return Importer(town.hub, town.partner(partner), **more)


def take_in(town: Town, folder: Path, *resources: Body, **more: Any) -> tuple[Report, Importer]:
    """Import these resources from a file."""
    found = importer(town, **more)
    report = found.run([write(folder / "in.ndjson", resources)])
    assert report.balanced
    return report, found


def line(report: Report, kind: str) -> tuple[int, int, int, int, int]:
    """The figures of one type."""
    of: Line = report.lines[kind]
    return (of.read, of.imported, of.already_there, of.not_mapped, of.refused)


def figures(of: Line) -> tuple[int, int, int, int, int]:
    """Read, imported, already there, not mapped, refused."""
    return (of.read, of.imported, of.already_there, of.not_mapped, of.refused)


def told(town: Town, citizen: UUID | None = None) -> list[tuple[str, Opened]]:
    """Every event on the log, opened, in order."""
    records = town.hub.log.after(0, 100_000)
    opened = list(town.wired.store.sealer.open_all(records))
    assert all(isinstance(one, Opened) for one in opened)
    return [
        (one.schema.event, one)
        for record, one in zip(records, opened, strict=True)
        if isinstance(one, Opened) and record.citizen is not None and citizen in (None, record.citizen)
    ]


def names(town: Town, citizen: UUID | None = None) -> list[str]:
    """The types of the events on the log, in order."""
    return [name for name, _ in told(town, citizen)]


def sql(database: Database, query: str, *terms: object) -> list[tuple[Any, ...]]:
    """Rows of the database, past the hub."""
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        return connection.execute(query, terms).fetchall()


def counts(database: Database) -> dict[str, Any]:
    """What must be equal, by raw SQL: how much of everything there is, by citizen too, and what belongs to nobody."""
    queries = {
        "tables": "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM statements), "
        "(SELECT count(*) FROM commands), (SELECT count(*) FROM vault_originals), "
        "(SELECT count(*) FROM vault_keys), (SELECT count(*) FROM vault_citizens), "
        "(SELECT count(*) FROM vault_persons), (SELECT count(*) FROM vault_text_keys)",
        "events of each citizen": "SELECT n, count(*) FROM (SELECT count(*) AS n FROM events "
        "WHERE citizen_id IS NOT NULL GROUP BY citizen_id) AS t GROUP BY n ORDER BY n",
        "originals of each citizen": "SELECT kind, n, count(*) FROM (SELECT kind, count(*) AS n "
        "FROM vault_originals GROUP BY citizen_id, kind) AS t GROUP BY kind, n ORDER BY kind, n",
        "statements": "SELECT kind, count(*) FROM statements GROUP BY kind ORDER BY kind",
        "events without citizen, key or identity": "SELECT count(*) FROM events AS e "
        "WHERE e.citizen_id IS NOT NULL AND (NOT EXISTS (SELECT FROM vault_keys AS k "
        "WHERE k.citizen_id = e.citizen_id) OR NOT EXISTS (SELECT FROM vault_citizens AS c "
        "WHERE c.citizen_id = e.citizen_id))",
        "citizens without events": "SELECT count(*) FROM vault_citizens AS c "
        "WHERE NOT EXISTS (SELECT FROM events AS e WHERE e.citizen_id = c.citizen_id)",
        "gaps": "SELECT (SELECT position FROM log_head) - count(*), coalesce(max(position), 0) - count(*) FROM events",
        "versions": "SELECT count(*) FROM (SELECT max(originator_version) - count(*) AS gap FROM events "
        "GROUP BY originator_id) AS t WHERE gap <> 0",
    }
    return {what: sql(database, query) for what, query in queries.items()}
