"""The words of a FHIR document: narratives in XHTML, everything that people wrote escaped."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from html import escape
from typing import Any, Final

from hub.clock import COPENHAGEN
from hub.interop.history import Document
from hub.texts import CATEGORIES, PURPOSES, ROLES, SURFACES, VALUES, day_pair
from hub.wording import EVENTS, FIELDS

XHTML: Final = "http://www.w3.org/1999/xhtml"
GONE: Final = "teksten er væk"
HELD: Final = "holdt tilbage: adressen er beskyttet"
_SAID: Final = {True: "ja", False: "nej", None: "ikke sagt"}
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LISTS: Final = {"categories": CATEGORIES, "purposes": PURPOSES, "scope": CATEGORIES, "add": CATEGORIES,
                 "remove": CATEGORIES, "purpose": PURPOSES}  # fmt: skip
UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
DAY: Final = re.compile(r"\d{4}-\d\d-\d\d\Z")
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00\Z")

Names = Mapping[str, str]
"""What an id is called: organisations, persons, the citizen."""


def narrative(parts: Iterable[str]) -> dict[str, str]:
    """A narrative of finished XHTML."""
    return {"status": "generated", "div": f'<div xmlns="{XHTML}">{"".join(parts)}</div>'}


def clean(text: str) -> str:
    """A text without what XML cannot hold, escaped; its lines stay lines."""
    return escape(_NOT_XML.sub("\ufffd", text)).replace("\r", "").replace("\n", "<br/>")


def title_of(name: str) -> str:
    """What an event is called; its own name where nobody has given it another."""
    return EVENTS[name][0] if name in EVENTS else name


def event_words(event: Document, names: Names) -> str:
    """One event: when, what, by whom, and everything it says."""
    act = event["act"]
    when = day_words(act["occurred_at"]) if act["occurred_at"] else "uden dato"
    head = f"<b>{clean(title_of(event['schema'].rsplit('.v', 1)[0]))}</b> {clean(when)} ({clean(who(act, names))})"
    rows = [
        f"<li>{clean(_label(name))}: {value_words(name, value, names)}</li>"
        for name, value in event["fields"].items()
        if value is not None and not _is_number(value, names)
    ]
    return f"<p>{head}</p>" + (f"<ul>{''.join(rows)}</ul>" if rows else "")


def _is_number(value: Any, names: Names) -> bool:
    """Whether a value is the hub's own number for something: a person has no use for it, and the resource has it."""
    ids = value if isinstance(value, list) else [value]
    return bool(ids) and all(isinstance(one, str) and UUID.match(one) and one not in names for one in ids)


def who(act: Document, names: Names) -> str:
    """Who recorded it."""
    if act["role"] != "partner":
        told = {"citizen": "borgeren", "representative": "en repræsentant", "hub": "hubben"}[act["role"]]
        return f"{told}, {names[act['person']]}" if act["person"] in names else told
    parts = [names.get(act["person"] or ""), act["function"], names.get(act["partner"] or "")]
    return ", ".join(part for part in parts if part) or "en organisation"


def value_words(name: str, value: Any, names: Names) -> str:
    """A value for a person, as XHTML."""
    if isinstance(value, dict) and "held_back" in value:
        return f"<i>{HELD}</i>{_labels(value)}"
    if isinstance(value, dict) and "labels" in value:
        text = clean(value["text"]) if "text" in value else f"<i>{GONE}</i>"
        return f"{text}{_labels(value)}"
    if isinstance(value, dict):
        inner = (f"{clean(_label(key))}: {value_words(key, one, names)}" for key, one in value.items())
        return ", ".join(inner)
    if isinstance(value, list):
        return ", ".join(value_words(name, one, names) for one in value) or "ingen"
    return clean(
        _SAID[value] if value is None or isinstance(value, bool) else _plain(name, str(value), names)
    )


def _plain(name: str, value: str, names: Names) -> str:
    if value in names:
        return names[value]
    if MOMENT.match(value):
        return until_words(value) if name == "until" else moment_words(value)
    if DAY.match(value):
        return day_pair(date.fromisoformat(value))[0]
    if name in _LISTS:
        known = _LISTS[name]
        return ", ".join(known[one][0] if one in known else one for one in value.split()) or "ingen"
    if name == "field":
        return _label(value)
    return VALUES[value][0] if value in VALUES else value


def _labels(value: Mapping[str, Any]) -> str:
    known = [CATEGORIES[one][0] if one in CATEGORIES else one for one in value.get("labels", ())]
    return f" <i>({clean(', '.join(known))})</i>" if known else ""


def _label(name: str) -> str:
    return FIELDS[name][0] if name in FIELDS else name.replace("_", " ")


def day_words(moment: str) -> str:
    """The day of a moment, in Denmark."""
    return day_pair(_local(moment).date())[0]


def moment_words(moment: str) -> str:
    """A moment, in Denmark."""
    local = _local(moment)
    return f"{day_pair(local.date())[0]} kl. {local:%H.%M}"


def until_words(moment: str) -> str:
    """Until when something holds, for an end that is not included: until and including a day, where it is one."""
    local = _local(moment)
    if (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0):
        return f"til og med {day_pair(local.date() - timedelta(days=1))[0]}"
    return f"indtil {moment_words(moment)}"


def _local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(COPENHAGEN)


def looks_words(looks: Iterable[Document], names: Names) -> str:
    """Who looked, as a table."""
    rows = [
        "<tr>"
        + "".join(
            f"<td>{clean(cell)}</td>"
            for cell in (
                moment_words(look["at"]),
                names.get(look["organisation"] or "", "") or _role(look["role"]),
                look["function"] or "",
                PURPOSES[look["purpose"]][0] if look["purpose"] in PURPOSES else "",
                SURFACES[look["surface"]][0] if look["surface"] in SURFACES else look["surface"],
                "ja" if look["permitted"] else "nej, afvist",
                str(look["events"]),
            )
        )
        + "</tr>"
        for look in looks
    ]
    heads = ("Hvornår", "Hvem", "Funktion", "Formål", "Hvor", "Fik lov", "Antal")
    if not rows:
        return "<p>Ingen har set noget.</p>"
    head = "".join(f"<th>{one}</th>" for one in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _role(role: str) -> str:
    return ROLES[role][0] if role in ROLES else role
