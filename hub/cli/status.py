"""How far everything is, and how fast a withdrawal is everywhere: counts, positions and times, and no content."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from hub.bootstrap import LOCAL, VIEWS
from hub.broker import LocalBroker
from hub.cli.base import group, out_json, verb
from hub.cli.options import AsOperator, Json, option
from hub.cli.reading import operator_sees_counts
from hub.cli.session import OPERATOR, Session, moment, session
from hub.cli.sql import SQL
from hub.cli.status_show import show_status
from hub.clock import copenhagen_day
from hub.config import Settings
from hub.errors import BrokerUnavailable
from hub.projections.base import checkpoints, live_generation
from hub.relay import progress
from hub.relay.measure import LAST, TARGET, Measured, Stage, measure

app: Final = group("Status.", "Status.", "hub status")

Since = Annotated[
    str | None,
    option(
        "--since",
        f"Mål det, der er lukket siden da (højst {LAST}, højst 30 dage gammelt).",
        f"Measure what was closed since then (at most {LAST}, at most 30 days old).",
        "WHEN",
    ),
]


@verb(
    app,
    "status",
    "Vis loggen, relæet, læsemodellerne, antal, og hvor hurtigt der lukkes. Intet indhold.",
    "Show the log, the relay, the read models, counts, and how fast access ends. No content.",
    "hub status\nhub status --since 2026-03-01\nhub status --json",
)
def status(as_: AsOperator = "operator", since: Since = None, *, json: Json = False) -> None:
    """Show how far everything is."""
    begin = None if since is None else moment(since, "--since")
    with session() as s:
        if as_ not in OPERATOR:
            raise operator_sees_counts()
        s.wired.access.counted(None, "status")
        found = _status(s)
        measured = {
            "consents": measure(s.wired.database, withdrawals=True, since=begin),
            "closings": measure(s.wired.database, withdrawals=False, since=begin),
        }
        if json:
            out_json(found | {"withdrawals": _told(measured, begin)})
        else:
            show_status(found, measured["consents"], measured["closings"])


def _status(s: Session) -> dict[str, Any]:
    head, at = s.hub.log.head()
    citizens, alone, dead = s.wired.overview.totals()
    given, ended, blocks = s.wired.consents.totals(s.hub.clock())
    kafka = _kafka(s.wired.settings)
    with s.wired.database.connection() as connection:
        relay = _relay(progress.relay_progress(connection), head, known=kafka["state"] != "not_configured")
        foreign = progress.foreign(connection)
    return {
        "log": {"position": head, "at": at.isoformat() if head else None},
        "kafka": kafka,
        "relay": relay,
        "views": [_view_status(s, view, head) for view in VIEWS],
        "foreign": foreign,
        "partners": _partners(s),
        "citizens": {"total": citizens, "without_coordinator": alone, "dead": dead},
        "consents": {"in_force": given, "ended": ended, "blocks": blocks},
    }


def _kafka(settings: Settings) -> dict[str, Any]:
    """Whether Kafka answers. Asking never starts the local one."""
    place = settings.kafka_bootstrap
    if place is None:
        return {"state": "not_configured", "address": None}
    if place == LOCAL:
        try:
            place = LocalBroker(settings.home / "kafka").bootstrap
        except BrokerUnavailable:
            return {"state": "not_started", "address": None}
    return {"state": "reachable" if progress.answers(place) else "away", "address": place}


def _relay(found: progress.RelayProgress, head: int, *, known: bool) -> dict[str, Any]:
    """How far the relay is; without a Kafka it only numbers lines, and there is nothing to lag behind."""
    return {
        "running": found.running,
        "position": found.position,
        "sent_at": None if found.sent_at is None else found.sent_at.isoformat(),
        "lag": max(0, head - (found.position or 0)) if known else None,
        "lines": found.lines if known else None,
        "unnumbered": found.unnumbered,
        "last_error": _failure(found.error),
    }


def _failure(error: progress.Failure | None) -> dict[str, str] | None:
    return None if error is None else {"at": error.at.isoformat(), "what": error.what}


def _view_status(s: Session, view: str, head: int) -> dict[str, Any]:
    with s.wired.database.connection() as connection:
        schema = live_generation(connection, view)
        positions = checkpoints(connection, schema)
        records, citizens = progress.parked(connection, schema)
        sweeps = progress.sweeps(connection, schema)
        workers = progress.workers(connection, f"consumer {view}")
        error = progress.last_error(connection, view)
        if s.wired.settings.kafka_bootstrap is None:
            lag = max(0, head - min(positions.values(), default=0))
        else:
            lag = progress.lag(connection, positions, head)
    return {
        "view": view,
        "generation": schema,
        "running": workers > 0,
        "workers": workers,
        "checkpoints": {str(partition): positions[partition] for partition in sorted(positions)},
        "lag": lag,
        "parked": {"records": records, "citizens": citizens},
        "sweeps": _sweeps(s, sweeps),
        "last_error": _failure(error),
    }


def _sweeps(s: Session, found: dict[UUID, tuple[int, int]]) -> list[dict[str, Any]]:
    """How far each organisation's change has come among its citizens: counts, and nobody's name but its own."""
    names = s.partners() if found else {}
    return [
        {"partner": str(partner), "name": names[partner][0], "done": done, "total": total}
        for partner, (done, total) in found.items()
    ]


def _partners(s: Session) -> list[dict[str, Any]]:
    rows = s.wired.partner_views.counts(s.hub.clock())
    with s.wired.database.connection() as connection:
        log = {row[0]: row[1:] for row in connection.execute(SQL["log"]).fetchall()}
        topics = progress.topics(connection, copenhagen_day(s.hub.clock()))
    nothing = progress.Topic(0, 0, 0)
    return [
        {
            "partner": str(identity),
            "name": name,
            "rows": rows.get(identity, (0, 0))[0],
            "citizens": rows.get(identity, (0, 0))[1],
            "log": log.get(identity, (0, 0, 0))[0],
            "log_deletes": log.get(identity, (0, 0, 0))[1],
            "topic": identity in topics,
            **topics.get(identity, nothing)._asdict(),
        }
        for identity, (name, _) in sorted(s.partners().items(), key=lambda pair: pair[1])
    ]


# What was measured.


def _told(measured: dict[str, Measured], since: datetime | None) -> dict[str, Any]:
    return {
        "since": None if since is None else since.isoformat(),
        "target_ms": TARGET,
        **{
            name: {
                "count": one.count,
                "nothing_taken": one.apart,
                "clock_ahead": one.backwards,
                "other_clock": one.elsewhen,
                "stages": {stage.name: _stage(stage) for stage in one.stages},
            }
            for name, one in measured.items()
        },
    }


def _stage(stage: Stage) -> dict[str, Any]:
    said = asdict(stage)
    return {
        "count": len(stage.values),
        "waiting": stage.waiting,
        "oldest_waiting_ms": stage.oldest,
        **{f"{name}_ms": said[name] for name in ("median", "p95", "p99")},
        "max_ms": stage.most,
        "within_target": stage.within,
    }
