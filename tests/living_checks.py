"""What a reader sees of a history that is being played, as the stories ask it, and where that differs from a check."""

from typing import Any, NamedTuple

from hub.application.access import Reader
from hub.application.rows import open_row
from hub.errors import AccessDenied
from hub.vocabulary import purpose_mask, purpose_names
from tests.living import Living, uid

Check = dict[str, Any]


class Seen(NamedTuple):
    """One row as a reader sees it."""

    why: str
    fields: dict[str, Any]


def seen_by(life: Living, who: dict[str, Any]) -> dict[str, Seen]:
    """The rows that a reader sees now, by step: a person by reading, an organisation by its view."""
    life.catch_up()
    if who.get("person") is None or who["channel"] in ("topic", "feed"):
        return seen_by_partner(life, who["partner"], who["purpose"])
    reader = Reader.of(life.town.wired.vault.person(who["person"]))
    try:
        page = life.town.access.timeline(reader, life.citizen, who["purpose"], limit=1000)
    except AccessDenied:
        return {}
    steps = life.step_of()
    return {
        steps[entry.event_id]: Seen(entry.why, entry.fields)
        for entry in page.entries
        if entry.event_id in steps
    }


def seen_by_partner(life: Living, partner: str, purpose: str) -> dict[str, Seen]:
    """The rows of a partner's view, which its topic and its feed carry, for one of its purposes."""
    wired, bit, steps = life.town.wired, purpose_mask([purpose]), life.step_of()
    rows = wired.partner_views.rows(uid(partner), life.citizen, life.town.clock())
    key = wired.vault.key_of(life.citizen)
    texts = wired.vault.text_keys((event, key) for row in rows for event in row.text_events)
    found = {}
    for row in rows:
        if not row.purposes & bit or row.event_id not in steps:
            continue
        content, fields = open_row(wired.vault, uid(partner), row, key, texts)
        own = content.get("field_purposes", {})
        shown = {
            name: value
            for name, value in fields.items()
            if purpose in own.get(name, purpose_names(row.purposes))
        }
        found[steps[row.event_id]] = Seen(content["why"], shown)
    return found


class Asked:
    """The checks of a story, asked while it is played; what was skipped is counted, by the reason for it."""

    def __init__(self, life: Living) -> None:
        """Nothing is asked yet."""
        self.life = life
        self.asked = 0
        self.skipped: list[str] = []
        self.wrong: list[str] = []

    def ask(self, check: Check) -> None:
        """Ask one check now, and note every difference."""
        missing = sorted({name for name in mentioned(check) if self.life.is_not_yet(name)})
        where = check.get("after") or check["at"]
        if missing:
            self.skipped.append(f"{where}: not asked of {', '.join(missing)} (not yet)")
        found = seen_by(self.life, check["as"])
        self.asked += 1
        who = check["as"].get("person") or f"{check['as']['partner']} ({check['as']['channel']})"
        self.wrong += [f"{where}, {who}: {fault}" for fault in self.faults(check, found, set(missing))]

    def faults(self, check: Check, found: dict[str, Seen], missing: set[str]) -> list[str]:
        """Everything in which what is seen and the check differ."""
        faults = [f"{step} should be seen" for step in check["sees"] if step not in {*found, *missing}]
        faults += [f"{step} should be absent" for step in check["not"] if step in found]
        for step, names in check.get("fields_absent", {}).items():
            there = found[step].fields if step in found else {}
            faults += [f"{step}.{n} should be absent" for n in names if self.life.hub_name(step, n) in there]
        for step, values in check.get("values", {}).items():
            for name, value in values.items():
                there = found[step].fields if step in found else {}
                shown = plain(there.get(self.life.hub_name(step, name)))
                if step not in missing and shown != self.expected(step, name, value):
                    faults.append(f"{step}.{name} should be {value!r}, and is {shown!r}")
        for step, why in check.get("why", {}).items():
            if step in found and found[step].why != why:
                faults.append(f"{step} is seen by {found[step].why}, not by {why}")
        return faults

    def expected(self, step: str, name: str, value: Any) -> Any:
        """A check's value as the hub gives it: organisations by their ids, in no order."""
        named = self.life.step(step)["data"].get(name, {})
        if "partners" in named:
            return {str(uid(one)) for one in value}
        return str(uid(value)) if "partner" in named else value


def plain(value: Any) -> Any:
    """A field's value as it is shown: a text's words, a list as a set."""
    if isinstance(value, dict):
        return value.get("text")
    return set(value) if isinstance(value, list) else value


def mentioned(check: Check) -> set[str]:
    """The steps that must be there for a check to be asked of them."""
    return {*check["sees"], *check.get("values", {}), *check.get("why", {})}
