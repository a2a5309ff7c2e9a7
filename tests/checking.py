"""What is in the database, told by raw SQL: the checkers of tests that plant faults, and of those that look for them.

Nothing here uses `hub`: a fault in the hub must not hide itself.
"""

from itertools import pairwise
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import sql

COLUMNS: Final = {
    "timeline": "citizen_id, position, originator_id, originator_version, log_time, value",
    "overview": "citizen_id, persons, coordinator, dead, latest, facts",
    "consents": "consent_id, citizen_id, partner_id, kind, position, changed, status, categories, purposes, until",
    "due": "citizen_id, position, rule, what, matter, originator_id, event_id, day, clock, recorder, named, persons,"
    " but_not",
    "partner_view": "partner_id, citizen_id, position, event_id, disclosure_id, partition, purposes, valid_until,"
    " digest, texts",
}
"""The columns of each read model that are a function of the log (a row sealed twice differs in its nonce)."""

Rows = list[tuple[Any, ...]]


def ask(conninfo: str, query: str, *terms: Any) -> Rows:
    """The rows of one query."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        return connection.execute(query, terms).fetchall()  # type: ignore[arg-type]


def do(conninfo: str, statement: str, *terms: Any) -> int:
    """Change something behind the hub's back; the number of rows."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        return connection.execute(statement, terms).rowcount  # type: ignore[arg-type]


def live(conninfo: str, view: str) -> str:
    """The schema of the live generation."""
    return str(ask(conninfo, "SELECT schema_name FROM generations WHERE view = %s AND live", view)[0][0])


def rows(conninfo: str, view: str, schema: str | None = None) -> Rows:
    """A read model's rows, in a fixed order."""
    schema = schema or live(conninfo, view)
    return ask(conninfo, f"SELECT {COLUMNS[view]} FROM {schema}.{view} ORDER BY 1, 2, 3, 4, 5")


def everything(conninfo: str) -> dict[str, Rows]:
    """All read models, the log of what partners were sent, the checkpoints and what is parked."""
    found = {view: rows(conninfo, view) for view in COLUMNS}
    found["partner_log"] = ask(conninfo, "SELECT * FROM partner_log ORDER BY id")
    found["checkpoints"] = ask(conninfo, "SELECT * FROM checkpoints ORDER BY 1, 2")
    found["parked"] = ask(conninfo, "SELECT * FROM parked ORDER BY 1, 2, 3")
    return found


def differences(conninfo: str, view: str, one: str, other: str) -> Rows:
    """The rows that are in one generation and not in the other, either way round."""
    columns = COLUMNS[view]
    with psycopg.connect(conninfo, autocommit=True) as connection:
        query = sql.SQL("(TABLE a EXCEPT ALL TABLE b) UNION ALL (TABLE b EXCEPT ALL TABLE a)")
        both = [
            sql.SQL("{} AS (SELECT {} FROM {})").format(
                sql.Identifier(name), sql.SQL(columns), sql.Identifier(schema, view)
            )
            for name, schema in (("a", one), ("b", other))
        ]
        return connection.execute(sql.SQL("WITH {} {}").format(sql.SQL(", ").join(both), query)).fetchall()


def told(conninfo: str, after: int = 0) -> dict[UUID, list[tuple[str, int]]]:
    """For each disclosure what its partner was told of it, in order: operation and position."""
    found: dict[UUID, list[tuple[str, int]]] = {}
    query = "SELECT disclosure_id, operation, position FROM partner_log WHERE id > %s ORDER BY id"
    for disclosure, operation, position in ask(conninfo, query, after):
        found.setdefault(disclosure, []).append((operation, position))
    return found


def wrong_with_log(conninfo: str) -> list[str]:
    """Where `partner_log`, folded, is not the live partner view, or tells what was no change."""
    schema = live(conninfo, "partner_view")
    there = {row[0] for row in ask(conninfo, f"SELECT disclosure_id FROM {schema}.partner_view")}
    wrong = []
    for disclosure, lines in told(conninfo).items():
        if (lines[-1][0] == "upsert") != (disclosure in there):
            wrong.append(f"{disclosure} ends in {lines[-1]}, row there: {disclosure in there}")
        if lines[0][0] == "delete":
            wrong.append(f"{disclosure} begins with a delete")
        if any(a[0] == b[0] == "delete" for a, b in pairwise(lines)):
            wrong.append(f"{disclosure} is deleted twice")
        if any(a == b for a, b in pairwise(lines)):
            wrong.append(f"{disclosure} is told twice: {lines}")
    wrong.extend(f"{disclosure} was never told" for disclosure in there - told(conninfo).keys())
    return wrong


def wrong_with_store(conninfo: str) -> list[str]:
    """Where the store is not whole: gaps, a head beside the log, statements, commands or text keys of nothing."""
    checks = {
        "gap": "SELECT 1 FROM events HAVING count(*) <> coalesce(max(position), 0)",
        "head": "SELECT 1 FROM log_head WHERE position <> (SELECT coalesce(max(position), 0) FROM events)",
        "log time": "SELECT 1 FROM log_head WHERE log_time <> (SELECT max(log_time) FROM events)",
        "version": "SELECT 1 FROM events GROUP BY originator_id HAVING count(*) <> max(originator_version)",
        "statement": "SELECT 1 FROM statements WHERE position NOT IN (SELECT position FROM events)",
        "command": "SELECT 1 FROM commands WHERE position NOT IN (SELECT position FROM events)",
        "order": "SELECT 1 FROM (SELECT log_time, lag(log_time) OVER (ORDER BY position) AS before FROM events) AS t"
        " WHERE log_time < before",
    }
    return [name for name, query in checks.items() if ask(conninfo, query)]
