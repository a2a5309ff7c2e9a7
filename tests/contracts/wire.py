"""What goes over the wire to and from a partner: samples of each shape that is no event class."""

from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

_MOMENT = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
_CITIZEN = str(uuid5(NAMESPACE_OID, "citizen"))
_NOTICE = str(uuid5(NAMESPACE_OID, "notice"))
_RECORD = {"citizen": _CITIZEN, "recorded": "2026-03-01"}


def _told(value: Any, labels: list[str] | None = None, purposes: list[str] | None = None) -> dict[str, Any]:
    return {"value": value, "labels": labels, "purposes": purposes}


WIRE: dict[str, dict[str, dict[str, Any]]] = {
    "topic.record.v1": {
        "full": {
            **_RECORD,
            "event": "meeting.held",
            "happened": "2026-02-28",
            "purposes": ["employment", "support"],
            "why": "consent",
            "valid_until": _MOMENT,
            "fields": {
                "text": _told("Hun vil have en hund.", ["wishes", "plan"], ["support"]),
                "minutes": _told(45),
                "distance": _told(1.5),
                "citizen_took_part": _told(value=True),
                "came": _told(["Jobcenter", "Bostøtte Øst"]),
            },
        },
        "least": {
            **_RECORD,
            "event": "plan.opened",
            "happened": None,
            "purposes": [],
            "why": "own",
            "valid_until": None,
            "fields": {},
        },
    },
    "topic.notice.v1": {
        "full": {
            "notice": _NOTICE,
            "kind": "access_ended",
            "citizen": _CITIZEN,
            "records": [str(uuid5(NAMESPACE_OID, f"record {n}")) for n in range(2)],
            "purge_by": "2026-03-31",
        },
        "least": {"notice": "", "kind": "", "citizen": "", "records": [], "purge_by": ""},
    },
    "topic.tick.v1": {"full": {"at": _MOMENT}},
    "inbox.purge_confirmed.v1": {
        "full": {
            "message": str(uuid5(NAMESPACE_OID, "message")),
            "notice": _NOTICE,
            "confirmed_at": _MOMENT,
        }
    },
}
"""By schema; the bytes of each are kept in `published.json`."""
