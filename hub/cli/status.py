"""How far everything is: counts, positions and lag, and no content."""

from datetime import datetime
from typing import Any, Final

from hub.bootstrap import VIEWS
from hub.cli.base import group, out, out_json, verb
from hub.cli.options import AsOperator, Json
from hub.cli.reading import operator_sees_counts
from hub.cli.session import OPERATOR, Session, session
from hub.cli.show import width
from hub.cli.sql import SQL
from hub.projections.base import checkpoints, live_generation
from hub.texts import VIEWS as WORDS
from hub.texts import moment_text, say, word

app: Final = group("Status.", "Status.", "hub status")


@verb(
    app,
    "status",
    "Vis loggen, læsemodellerne og antal. Intet indhold.",
    "Show the log, the read models and counts. No content.",
    "hub status\nhub status --json",
)
def status(as_: AsOperator = "operator", *, json: Json = False) -> None:
    """Show how far everything is."""
    with session() as s:
        if as_ not in OPERATOR:
            raise operator_sees_counts()
        s.wired.access.counted(None, "status")
        found = _status(s)
        if json:
            out_json(found)
        else:
            _show_status(found)


def _status(s: Session) -> dict[str, Any]:
    head, at = s.hub.log.head()
    citizens, alone, dead = s.wired.overview.totals()
    given, ended, blocks = s.wired.consents.totals(s.hub.clock())
    rows = s.wired.partner_views.counts(s.hub.clock())
    with s.wired.database.connection() as connection:
        log = {row[0]: row[1:] for row in connection.execute(SQL["log"]).fetchall()}
    return {
        "log": {"position": head, "at": at.isoformat() if head else None},
        "views": [_view_status(s, view, head) for view in VIEWS],
        "partners": [
            {
                "partner": str(identity),
                "name": name,
                "rows": rows.get(identity, (0, 0))[0],
                "citizens": rows.get(identity, (0, 0))[1],
                "log": log.get(identity, (0, 0, 0))[0],
                "log_deletes": log.get(identity, (0, 0, 0))[1],
            }
            for identity, (name, _) in sorted(s.partners().items(), key=lambda pair: pair[1])
        ],
        "citizens": {"total": citizens, "without_coordinator": alone, "dead": dead},
        "consents": {"in_force": given, "ended": ended, "blocks": blocks},
    }


def _view_status(s: Session, view: str, head: int) -> dict[str, Any]:
    with s.wired.database.connection() as connection:
        schema = live_generation(connection, view)
        positions = checkpoints(connection, schema)
        parked = connection.execute(SQL["parked"], (schema,)).fetchone() or (0, 0)
        error = connection.execute(SQL["error"], (view,)).fetchone()
        running = connection.execute(SQL["running"], (f"consumer {view}",)).fetchone()
    return {
        "view": view,
        "generation": schema,
        "running": bool(running and running[0]),
        "checkpoints": {str(partition): positions[partition] for partition in sorted(positions)},
        "lag": max(0, head - min(positions.values(), default=0)),
        "parked": {"records": parked[0], "citizens": parked[1]},
        "last_error": None if error is None else {"at": error[0].isoformat(), "what": error[1]},
    }


def _show_status(found: dict[str, Any]) -> None:
    from rich.console import Console  # noqa: PLC0415 - for people only
    from rich.table import Table  # noqa: PLC0415 - as above

    console = Console(width=width(), highlight=False)
    log = found["log"]
    since = f", {moment_text(datetime.fromisoformat(log['at']))}" if log["at"] else ""
    out(f"{say('Loggen', 'The log')}: {log['position']}{since}")
    table = Table(box=None, pad_edge=False)
    for heading in (say("læsemodel", "read model"), say("udgave", "generation"), say("kører", "runs")):
        table.add_column(heading)
    for heading in (say("bagud", "lag"), say("parkeret", "parked")):
        table.add_column(heading, justify="right")
    for one in found["views"]:
        runs = say("ja", "yes") if one["running"] else say("nej", "no")
        parked = str(one["parked"]["records"])
        table.add_row(word(WORDS, one["view"]), one["generation"], runs, str(one["lag"]), parked)
    console.print(table)
    for one in found["views"]:
        if one["last_error"]:
            error = one["last_error"]
            out(f"{one['view']}: {say('sidste fejl', 'last error')} {error['at']}: {error['what']}")
    if found["partners"]:
        table = Table(box=None, pad_edge=False)
        table.add_column(say("organisation", "organisation"))
        for heading in (
            say("rækker", "rows"),
            say("borgere", "citizens"),
            say("udsendt", "log"),
            say("heraf slettet", "deletes"),
        ):
            table.add_column(heading, justify="right")
        for one in found["partners"]:
            counts = (one["rows"], one["citizens"], one["log"], one["log_deletes"])
            table.add_row(one["name"], *map(str, counts))
        console.print(table)
    total, alone, dead = found["citizens"].values()
    out(
        say(
            f"{total} borgere, {alone} uden tovholder, {dead} døde.",
            f"{total} citizens, {alone} without a coordinator, {dead} dead.",
        )
    )
    given, ended, blocks = found["consents"].values()
    out(
        say(
            f"{given} samtykker gælder, {ended} er sluttet; {blocks} spærringer.",
            f"{given} consents in force, {ended} ended; {blocks} blocks.",
        )
    )
