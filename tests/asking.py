"""Questions about generated histories, which the oracle and the hub can both be asked.

`questions(history, rng, n)` returns so many, most of them by somebody with a task, at moments where something turns.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from tests.histories import HOUR, Data
from tests.oracle_log import instant

IN_AN_EMERGENCY = (
    "citizen.contact_person_assigned",
    "citizen.contact_person_ended",
    "citizen.crisis_agreement_made",
    "citizen.treatment_noted",
)


class Asked(NamedTuple):
    """One question about a history."""

    upto: int
    item: str
    partner: str
    person: str | None
    purpose: str | None
    channel: str
    now: str


def nudged(text: str, seconds: int) -> str:
    """An instant moved by some seconds."""
    return (datetime.fromisoformat(text) + timedelta(seconds=seconds)).isoformat()


def questions(history: Data, rng: Random, n: int) -> list[Asked]:
    """So many questions, most of them by somebody with a task, at moments where something turns."""
    return [question(history, rng) for _ in range(n)]


def question(history: Data, rng: Random) -> Asked:
    """One question: a prefix, an item in it, and a reader who mostly could have a task."""
    steps = history["steps"]
    focus = next(
        (asked for kind in STEERED if rng.random() < STEERED[kind] and (asked := kind(history, rng))), None
    )
    if focus is not None:
        return focus
    upto = len(steps) if rng.random() < 0.4 else rng.randint(1, len(steps))
    step, wanted = item_of(steps[:upto], rng)
    return asked_of(history, upto, step, wanted, rng)


def asked_of(history: Data, upto: int, step: Data, wanted: str | None, rng: Random) -> Asked:
    """One question about this item, by somebody of the wanted partner, or by anybody."""
    reader, person, purpose = reader_of(history, history["steps"][:upto], wanted, rng)
    channel = rng.choice(CHANNELS)
    if channel in ("topic", "feed") or (channel in ("api", "mail", "export") and rng.random() < 0.6):
        person = person if rng.random() < 0.05 else None
        purpose = rng.choice(purposes_of(history, reader) if rng.random() < 0.95 else FORBIDDEN)
    elif (chance := rng.random()) < 0.03:
        person = None if chance < 0.02 else rng.choice(history["persons"])["id"]
    return Asked(upto, step["id"], reader, person, purpose, channel, moment_of(history, upto, rng))


CHANNELS = ("screen",) * 6 + ("topic",) * 3 + ("feed", "calendar", "api", "mail", "export")


def found(history: Data, rng: Random, *events: str) -> tuple[int, Data] | None:
    """One step of these types, and its position."""
    places = [(n, step) for n, step in enumerate(history["steps"]) if step["event"] in events]
    return rng.choice(places) if places else None


def about_an_emergency(history: Data, rng: Random) -> Asked | None:
    """Somebody with an emergency access, or a colleague without, while it is open or just after."""
    place = found(history, rng, "consents.emergency_access_opened")
    if place is None:
        return None
    start, opened = place
    closed = [
        n
        for n, step in enumerate(history["steps"])
        if step["event"] == "consents.emergency_access_closed" and step["data"]["access"] == opened["id"]
    ]
    start = closed[0] if closed and rng.random() < 0.7 else start
    upto = min(len(history["steps"]), start + 1 + rng.randint(0, 6))
    past = history["steps"][:upto]
    meant = [step for step in past if step["event"] in IN_AN_EMERGENCY]
    item = rng.choice(meant) if meant and rng.random() < 0.8 else rng.choice(past)
    reader = opened["data"]["partner"]["partner"]
    person = opened["data"]["person"]["person"] if rng.random() < 0.85 else f"{reader}-{rng.randint(1, 3)}"
    ends = instant(opened["at"]) + 8 * HOUR
    late = rng.random() < 0.15
    now = (ends + timedelta(seconds=rng.choice((-1, 0, 0, 1)))).isoformat() if late else opened["at"]
    channel = "screen" if rng.random() < 0.9 else rng.choice(CHANNELS)
    purpose = "emergency" if rng.random() < 0.95 else rng.choice(purposes_of(history, reader))
    return Asked(upto, item["id"], reader, person, purpose, channel, now)


def about_a_change(history: Data, rng: Random) -> Asked | None:
    """Something that was corrected, relabelled or misfiled, asked about by anybody, its recorder oftener."""
    place = found(history, rng, "event.corrected", "event.relabelled", "event.misfiled")
    if place is None:
        return None
    upto = rng.randint(place[0] + 1, len(history["steps"]))
    name = place[1]["data"]["step"]
    step = next(step for step in history["steps"] if step["id"] == name)
    meant = recipients(step) if rng.random() < 0.5 else []
    if not meant and rng.random() < 0.4:
        meant = [step["by"].get("partner")]
        if meant[0] and rng.random() < 0.4:  # its own system, which has one row for all its purposes
            purpose = rng.choice(purposes_of(history, meant[0]))
            return Asked(
                upto,
                name,
                meant[0],
                None,
                purpose,
                rng.choice(("topic", "feed")),
                moment_after(history, upto),
            )
    return asked_of(history, upto, step, rng.choice(meant) if meant else None, rng)


def moment_after(history: Data, upto: int) -> str:
    """The moment of the last of so many steps."""
    return str(history["steps"][upto - 1]["at"])


def about_a_person_block(history: Data, rng: Random) -> Asked | None:
    """The partner of somebody whom the citizen blocked: that person, a colleague, or a system."""
    place = found(history, rng, "consents.block_set")
    if place is None or "person" not in place[1]["data"]:
        return None
    upto = rng.randint(place[0] + 1, len(history["steps"]))
    step, _ = item_of(history["steps"][:upto], rng)
    asked = asked_of(history, upto, step, place[1]["data"]["partner"]["partner"], rng)
    blocked = place[1]["data"]["person"]["person"]
    return asked._replace(person=blocked) if asked.person and rng.random() < 0.3 else asked


def about_a_grant(history: Data, rng: Random) -> Asked | None:
    """Whom a spoken consent or a basis in law is for, about something later."""
    place = found(history, rng, "consents.statutory_basis_registered", "consents.confirmed", "consents.given")
    if place is None or (place[1]["event"] == "consents.given" and place[1]["data"]["form"] != "spoken"):
        return None
    upto = rng.randint(place[0] + 1, len(history["steps"]))
    later = [
        s for s in history["steps"][place[0] : upto] if not s["event"].startswith(("consents.", "partner."))
    ]
    step = rng.choice(later) if later and rng.random() < 0.9 else rng.choice(history["steps"][:upto])
    return asked_of(history, upto, step, place[1]["data"]["partner"]["partner"], rng)


def about_an_address(history: Data, rng: Random) -> Asked | None:
    """Something that tells an address, after it was protected, wherever it could be read."""
    place = found(history, rng, "citizen.address_protected")
    if place is None:
        return None
    upto = rng.randint(place[0] + 1, len(history["steps"]))
    telling = [s for s in history["steps"][:upto] if any("address" in v.get("labels", ()) for v in values(s))]
    if not telling:
        return None
    step = rng.choice(telling)
    asked = asked_of(history, upto, step, step["by"].get("partner") if rng.random() < 0.3 else None, rng)
    return asked._replace(channel=rng.choice(("mail", "export"))) if rng.random() < 0.3 else asked


def about_a_block(history: Data, rng: Random) -> Asked | None:
    """A block, or its end, asked about by anybody: it is on nobody's surface."""
    place = found(history, rng, "consents.block_set", "consents.block_lifted")
    if place is None:
        return None
    return asked_of(history, rng.randint(place[0] + 1, len(history["steps"])), place[1], None, rng)


def about_an_order(history: Data, rng: Random) -> Asked | None:
    """The provider of an order, while it stands or after it is over, about what it wrote itself or anything."""
    place = found(history, rng, "plan.order_sent", "plan.order_ended")
    if place is None:
        return None
    upto = rng.randint(place[0] + 1, len(history["steps"]))
    provider = place[1]["data"]["provider"]["partner"]
    own = [step for step in history["steps"][:upto] if step["by"].get("partner") == provider]
    step = rng.choice(own) if own and rng.random() < 0.6 else rng.choice(history["steps"][:upto])
    return asked_of(history, upto, step, provider, rng)


def pages(history: Data, rng: Random) -> list[tuple[int, str]]:
    """When the citizen reads: after some withholdings, and to the second when they end by themselves."""
    asked = []
    for place, step in enumerate(history["steps"]):
        if step["event"] == "citizen.item_withheld":
            upto = rng.randint(place + 1, len(history["steps"]))
            ends = nudged(step["data"]["until"]["value"], rng.choice((-1, 0, 1)))
            asked += [(upto, step["at"]), (len(history["steps"]), ends)]
    return asked


def values(step: Data) -> list[Data]:
    """The fields of a step."""
    return [value for value in step["data"].values() if isinstance(value, dict)]


STEERED: dict[Callable[[Data, Random], Asked | None], float] = {
    about_an_emergency: 0.06,
    about_a_change: 0.15,
    about_a_person_block: 0.07,
    about_a_grant: 0.2,
    about_an_address: 0.05,
    about_an_order: 0.06,
    about_a_block: 0.03,
}
"""What is asked about oftener than chance would, where a history holds it."""


FORBIDDEN: tuple[str | None, ...] = (None, "sanction", "benefit_control", "emergency", "employment")


def purposes_of(history: Data, partner_id: str) -> list[str]:
    """The purposes registered for a partner."""
    return next((p["purposes"] for p in history["partners"] if p["id"] == partner_id), ["support"])


def item_of(past: list[Data], rng: Random) -> tuple[Data, str | None]:
    """An item, and now and then a partner it is for; statements are asked about less often than facts."""
    meant = [(step, who) for step in past for who in recipients(step)]
    if meant and rng.random() < 0.2:
        return rng.choice(meant)
    telling = [step for step in past if not step["event"].startswith(("consents.", "partner."))]
    pool = telling if telling and rng.random() < 0.85 else past
    return (rng.choice(pool) if rng.random() < 0.8 else pool[-1]), None


def recipients(step: Data) -> list[str]:
    """The partners that an invitation, an agreement, an agreed text or a handover is for."""
    data = step["data"]
    if step["event"] == "meeting.agreement_made":
        return sorted({data["owner"]["partner"], *data["parties"]["partners"]})
    key = {
        "meeting.participant_invited": "participant",
        "consents.disclosure_authorised": "partner",
        "handover.proposed": "to",
    }.get(step["event"])
    return [data[key]["partner"]] if key else []


def reader_of(
    history: Data, past: list[Data], wanted: str | None, rng: Random
) -> tuple[str, str | None, str | None]:
    """Mostly somebody with an assignment and its purpose; else anyone, for anything."""
    assigned = [step for step in past if "purpose" in step["data"] and "person" in step["data"]]
    if rng.random() < 0.85:
        ended = {step["data"].get("ends") for step in past}
        assigned = [step for step in assigned if step["id"] not in ended]
    tasks = [step["data"] for step in assigned if wanted in (None, step["data"]["partner"]["partner"])]
    if tasks and rng.random() < 0.9:
        task = rng.choice(tasks)
        purpose = task["purpose"] if rng.random() < 0.95 else rng.choice(FORBIDDEN)
        return task["partner"]["partner"], task["person"]["person"], purpose
    if rng.random() < 0.05:
        return "ukendt", "ukendt-1", "support"
    reader = wanted or rng.choice(history["partners"])["id"]
    return reader, f"{reader}-{rng.randint(1, 2)}", rng.choice(purposes_of(history, reader))


def moment_of(history: Data, upto: int, rng: Random) -> str:
    """Mostly the moment of the last step; else one at which something turns, to the second, or beside it."""
    steps = history["steps"]
    chance = rng.random()
    if chance < 0.12:
        ends = [until for step in steps[:upto] if isinstance(until := step["data"].get("until"), str)]
        if ends:
            return nudged(rng.choice(ends), rng.choice((-1, 0, 0, 1)))
    if chance < 0.2:
        turns = [when for place, when in history["turns"] if place <= upto]
        if turns:
            return nudged(rng.choice(turns), rng.choice((-1, 0, 0, 1)))
    if chance > 0.94:
        return nudged(steps[upto - 1]["at"], rng.choice((-7200, 3600, 86400, 864000)))
    return steps[upto - 1]["at"]
