"""Generated histories in the format of the stories.

`Maker(rng, steps).history()` returns {"types", "partners", "persons", "steps"}; list order is the position in the log.
`tests.histories_told` draws the rest of the vocabulary as well; `tests.asking` asks about both.

Instants lie on a grid of hours around a night on which the clock changes, or 30 days or a year before one, so that
facts, grants, windows and ends collide. Clocks mostly run forward, sometimes stand still, sometimes run backwards,
sometimes jump to where a spoken consent lapses. Labels, partners and persons are few. What the hub's commands refuse is
mostly not here: assignments end once, a consent is renewed by the citizen while it is in force, narrowing only takes
away, only the citizen lifts a block, nothing is given or proposed after a death. Some things that a careful command
refuses are here all the same, because the decision must hold without the command: a task or a name for a
partner not registered yet, a task with a forbidden purpose or for emergencies, `attendance` in a consent and in a
ceiling, a representative outside the scope, and a confirmation by the staff or too late.

Shapes follow the stories. Those that no story shows (fields carry labels; the rest is terms; * = key field):

| event | fields | terms |
|---|---|---|
| citizen.relation_started (unit) | partner* | purpose |
| citizen.relation_ended | partner*, person | ends |
| consents.renewed | partner* | consent, until |
| consents.narrowed | partner* | consent, categories, sometimes purposes or sources |
| consents.refused | partner*, words | categories, purposes |
| consents.block_set | partner*, person, words | categories, or none = everything |
| consents.confirmed | partner*, words | consent |
| consents.statutory_basis_registered | basis, partner*, words | categories, purposes, sources, window, until |
| consents.statutory_basis_ended | partner* | basis_step |
| consents.emergency_access_closed | partner* | access |
| consents.disclosure_authorised (agreement) | partner* | kind, agreement |
| citizen.representative_ended | person | ends |
| citizen.address_protected / unprotected | text | (none) |
| event.* | (none) | step, field, new, add, remove (see the stories; field "occurred" has a value: when it happened) |
| consents.block_lifted | partner* | block |
| meeting.approval_withdrawn | words | meeting, invitations |
| meeting.cancelled | text | meeting |
| meeting.participant_removed | participant* | meeting, invitation |
| meeting.agreement_party_removed | partner* | agreement |
| meeting.agreement_dropped | text | agreement |
| handover.proposed | kind, from*, to*, text | items, knows (names the citizen approved for the recipient) |
| handover.completed / withdrawn | text | handover |
| plan.support_adjusted / ended | text | support |
| plan.closed | text | plan |
| partner.registered | (none) | partner, sector, reveals, public_body, purposes |
| partner.ceiling_adopted | (none) | partner, categories |
| partner.suspended / resumed | (none) | partner, reason |
| partner.legal_basis_confirmed | (none) | partner, basis |

A partner that a step registers is listed under `partners` too; before that step the hub does not know it. A sender
whose name reveals something always stands in its handover's `knows`: without that approval the hub refuses it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, ClassVar

from tests.oracle_log import COPENHAGEN, instant, on_the_wall

Data = dict[str, Any]

TYPES = {
    "citizen.address_protected": "address",
    "citizen.address_unprotected": "address",
    "citizen.contact_person_assigned": "contact",
    "citizen.contact_person_ended": "contact",
    "citizen.contact_recorded": "meetings",
    "citizen.coordinator_assigned": "contact",
    "citizen.coordinator_released": "contact",
    "citizen.crisis_agreement_made": "plan",
    "citizen.died": "contact",
    "citizen.enrolled": "contact",
    "citizen.hope_retold": "wishes",
    "citizen.hope_told": "wishes",
    "citizen.relation_ended": "contact",
    "citizen.relation_started": "contact",
    "citizen.representative_ended": "contact",
    "citizen.representative_registered": "contact",
    "citizen.treatment_noted": "health",
    "consents.block_lifted": "contact",
    "consents.block_set": "contact",
    "consents.confirmed": "contact",
    "consents.disclosure_authorised": "contact",
    "consents.emergency_access_closed": "contact",
    "consents.emergency_access_opened": "contact",
    "consents.emergency_access_reviewed": "contact",
    "consents.expired": "contact",
    "consents.given": "contact",
    "consents.narrowed": "contact",
    "consents.refused": "contact",
    "consents.renewed": "contact",
    "consents.statutory_basis_ended": "contact",
    "consents.statutory_basis_registered": "contact",
    "consents.statutory_disclosure_recorded": "contact",
    "consents.withdrawn": "contact",
    "handover.accepted": "plan",
    "handover.completed": "plan",
    "handover.declined": "plan",
    "handover.proposed": "plan",
    "handover.read": "plan",
    "handover.withdrawn": "plan",
    "meeting.agreement_delayed": "agreements",
    "meeting.agreement_done": "agreements",
    "meeting.agreement_dropped": "agreements",
    "meeting.agreement_made": "agreements",
    "meeting.agreement_party_removed": "agreements",
    "meeting.approval_withdrawn": "meetings",
    "meeting.cancelled": "meetings",
    "meeting.convened": "meetings",
    "meeting.held": "meetings",
    "meeting.participant_approved_by_citizen": "meetings",
    "meeting.participant_invited": "meetings",
    "meeting.participant_removed": "meetings",
    "plan.closed": "plan",
    "plan.goal_let_go": "plan",
    "plan.goal_progressed": "plan",
    "plan.goal_reached": "plan",
    "plan.goal_reworded": "plan",
    "plan.goal_set": "plan",
    "plan.opened": "plan",
    "plan.support_adjusted": "plan",
    "plan.support_ended": "plan",
    "plan.support_granted": "plan",
}

COMMON = ("contact", "wishes", "plan", "meetings", "agreements")
RARER = ("everyday", "work", "health", "medication", "addiction", "network", "address")
WIDE = (*COMMON, *RARER, "diagnosis", "finances")

# id, sector, what its name reveals, a public body, purposes
PEOPLE_AND_PLACES: tuple[tuple[str, str, tuple[str, ...], bool, tuple[str, ...]], ...] = (
    ("my", "authority", (), True, ("casework", "coordination")),
    ("bo", "social_psychiatry", (), True, ("support", "coordination")),
    ("bo2", "social_psychiatry", (), False, ("support",)),
    ("rus", "addiction_treatment", ("addiction",), True, ("treatment",)),
    ("psyk", "regional_psychiatry", ("health",), True, ("treatment",)),
    ("job", "jobcentre", (), True, ("employment",)),
    ("hj", "home_care", (), True, ("support",)),
    ("gp", "gp", (), False, ("treatment",)),
    ("klub", "civil_society", (), False, ("coordination",)),
    ("aa", "civil_society", ("addiction",), False, ("coordination",)),
    ("cykel", "employer", ("work",), False, ("employment",)),
)

CEILING_OF_SECTOR = {
    "jobcentre": ("contact", "wishes", "plan", "meetings", "agreements", "work"),
    "home_care": (*COMMON, "everyday", "address"),
    "gp": (*COMMON, "everyday", "address", "health", "diagnosis", "medication", "addiction"),
    "addiction_treatment": (*COMMON, "everyday", "address", "health", "medication", "addiction", "network"),
    "civil_society": (),
    "employer": (),
}

BEGINNINGS = (
    datetime(2025, 3, 29, 12, 0, tzinfo=UTC),  # summer time begins the night after
    datetime(2025, 2, 27, 12, 0, tzinfo=UTC),  # what is spoken lapses around that night
    datetime(2025, 9, 25, 12, 0, tzinfo=UTC),  # or around the night when summer time ends
    datetime(2024, 2, 28, 12, 0, tzinfo=UTC),  # a year later there is no 29 February
)
HOUR = timedelta(hours=1)
MONTH = 30 * 24
BASES = ("sundhedsloven-41", "retssikkerhedsloven-11a")
EMERGENCY_SECTORS = ("authority", "social_psychiatry", "regional_psychiatry", "gp")


class Maker:
    """One history while it is being made: what has been written, and what is still open."""

    types: ClassVar[dict[str, str]] = TYPES

    def __init__(self, rng: Random, steps: int) -> None:
        """Choose the partners; nothing is written yet."""
        self.rng = rng
        self.length = steps
        self.steps: list[Data] = []
        self.hour = 0
        self.start = rng.choice(BEGINNINGS) if rng.random() < 0.7 else BEGINNINGS[0]
        self.turns: list[tuple[int, str]] = []
        others = rng.sample(PEOPLE_AND_PLACES[2:], rng.randint(1, 4))
        self.partners = [partner(*row) for row in (*PEOPLE_AND_PLACES[:2], *others)]
        self.late = [p["id"] for p in self.partners[2:] if rng.random() < 0.3]
        self.known = [p["id"] for p in self.partners if p["id"] not in self.late]
        self.suspended: set[str] = set()
        self.tasks: dict[str, Data] = {}
        self.consents: dict[str, Data] = {}
        self.blocks: dict[str, str] = {}
        self.meetings: list[str] = []
        self.invited: dict[str, str] = {}
        self.approved: dict[str, str] = {}
        self.agreements: list[str] = []
        self.handovers: dict[str, tuple[str, str]] = {}
        self.plans: list[str] = []
        self.goals: list[str] = []
        self.supports: list[str] = []
        self.hopes: list[str] = []
        self.dead = False
        self.spoken: dict[str, int] = {}
        self.representatives: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.bases: dict[str, tuple[str, str]] = {}
        self.accesses: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.misfiled: set[str] = set()
        self.parties: dict[str, list[str]] = {}
        self.protected = False

    # ------------------------------------------------------------------------------------------------ small helpers

    def moment(self, hours: int) -> str:
        """The instant on the grid, as a clock in Denmark shows it."""
        return (self.start + hours * HOUR).astimezone(COPENHAGEN).isoformat()

    def turn(self, when: datetime) -> None:
        """Remember a moment at which something turns without anybody's doing."""
        self.turns.append((len(self.steps), when.astimezone(COPENHAGEN).isoformat()))

    def chance(self, share: float) -> bool:
        """Whether something of this likelihood happens."""
        return self.rng.random() < share

    def some(self, pool: Any, least: int = 1) -> list[Any]:
        """Some of the pool, at least so many, in the pool's order."""
        pool = list(pool)
        count = self.rng.randint(min(least, len(pool)), len(pool))
        chosen = set(self.rng.sample(range(len(pool)), count))
        return [one for place, one in enumerate(pool) if place in chosen]

    def entry(self, partner_id: str) -> Data:
        """The list entry of a partner."""
        return next(p for p in self.partners if p["id"] == partner_id)

    def someone(self) -> str:
        """A partner that can write: known and not suspended, most often one with a task."""
        writers = [p for p in self.known if p not in self.suspended] or ["my"]
        busy = [task["partner"] for task in self.tasks.values() if task["partner"] in writers]
        return self.rng.choice(busy if busy and self.chance(0.7) else writers)

    def anyone(self) -> str:
        """Any partner to be named, now and then one that the hub does not know yet."""
        pool = [p["id"] for p in self.partners] if self.chance(0.15) else self.known
        return self.rng.choice(pool)

    def staff(self, partner_id: str | None = None) -> Data:
        """Who writes for a partner."""
        partner_id = partner_id or self.someone()
        person = None if self.chance(0.05) else f"{partner_id}-{self.rng.randint(1, 2)}"
        return {"who": "partner", "partner": partner_id, "person": person}

    def either(self, citizens: float) -> Data:
        """The citizen with this likelihood, else a partner."""
        return {"who": "citizen"} if self.chance(citizens) else self.staff()

    def labels(self, base: str, extra: float = 0.35) -> list[str]:
        """The labels of one field: its category, sometimes one or two more."""
        found = [base]
        while self.chance(extra):
            found.append(self.rng.choice(RARER))
        return sorted(set(found))

    def text(self, base: str, extra: float = 0.35) -> Data:
        """A field of free text; its words are different each time."""
        return {"text": f"ord {self.rng.randint(0, 999)}", "labels": self.labels(base, extra)}

    def write(self, by: Data, event: str, data: Data, *, fact: bool = False) -> str:
        """Append a step; a fact may be back-dated, undated or imported."""
        self.hour += self.rng.choice((0, 1, 1, 1, 2, 3)) if self.chance(0.94) else -self.rng.randint(1, 6)
        step: Data = {
            "id": f"s{len(self.steps)}",
            "at": self.moment(self.hour),
            "by": by,
            "event": event,
            "data": data,
            "imported": fact and self.chance(0.08),
        }
        if step["imported"] or (fact and self.chance(0.2)):
            step["occurred"] = None if self.chance(0.2) else self.earlier()
        self.steps.append(step)
        return step["id"]

    def earlier(self) -> str:
        """An earlier instant: now and then exactly that of an earlier step, rarely a later one."""
        if self.steps and self.chance(0.4):
            return self.rng.choice(self.steps)["at"]
        return self.moment(
            self.hour + (self.rng.randint(1, 4) if self.chance(0.1) else -self.rng.randint(0, 12))
        )

    # ----------------------------------------------------------------------------------------------------- partners

    def register(self) -> None:
        """A partner becomes known, mostly with a ceiling."""
        if not self.late:
            return
        new = self.entry(self.late.pop(0))
        terms = {key: new[key] for key in ("sector", "reveals", "public_body", "purposes")}
        self.write(self.staff("my"), "partner.registered", {"partner": new["id"], **terms})
        self.known.append(new["id"])
        if self.chance(0.7):
            self.adopt(new["id"], whole=True)

    def adopt(self, partner_id: str | None = None, *, whole: bool = False) -> None:
        """A ceiling is adopted: the sector's, or a smaller one, rarely one that wrongly holds attendance."""
        partner_id = partner_id or self.rng.choice(self.known)
        full = CEILING_OF_SECTOR.get(self.entry(partner_id)["sector"], WIDE)
        chosen = list(full) if whole or self.chance(0.4) else self.some(full, least=len(full) * 2 // 3)
        if self.chance(0.35):
            chosen.append("attendance")
        self.write(self.staff("my"), "partner.ceiling_adopted", {"partner": partner_id, "categories": chosen})

    def suspend_or_resume(self) -> None:
        """A partner is suspended, or one that was comes back."""
        if self.suspended and self.chance(0.9):
            back = self.rng.choice(sorted(self.suspended))
            self.suspended.discard(back)
            self.write(self.staff("my"), "partner.resumed", {"partner": back})
        elif self.chance(0.5):
            gone = self.rng.choice([p for p in self.known if p != "my"] or ["my"])
            if gone not in self.suspended:
                self.suspended.add(gone)
                self.write(
                    self.staff("my"), "partner.suspended", {"partner": gone, "reason": "aftale udløbet"}
                )

    # -------------------------------------------------------------------------------------------- relations and tasks

    def assign(self, partner_id: str | None = None, kind: str | None = None) -> None:
        """A person, or a whole unit, gets a task."""
        partner_id = partner_id or self.anyone()
        kind = kind or self.rng.choice(("citizen.contact_person_assigned", "citizen.relation_started"))
        if kind == "citizen.coordinator_assigned" and any(t["kind"] == kind for t in self.tasks.values()):
            return
        person = f"{partner_id}-{1 if self.chance(0.7) else 2}"
        purpose = (
            self.rng.choice(self.entry(partner_id)["purposes"])
            if self.chance(0.97)
            else self.rng.choice(("recruitment", "emergency"))
        )
        data: Data = {"partner": named(partner_id, "contact"), "purpose": purpose}
        if kind == "citizen.relation_started" and self.chance(0.12):
            person = ""
        else:
            data["person"] = {"person": person, "labels": ["contact"]}
        if kind == "citizen.coordinator_assigned":
            data["purpose"] = "coordination"
        step = self.write(self.staff(), kind, data)
        self.tasks[step] = {"kind": kind, "partner": partner_id, "person": person, "purpose": data["purpose"]}

    def release(self) -> None:
        """One assignment ends."""
        if not self.tasks:
            return
        started = self.rng.choice(list(self.tasks))
        task = self.tasks.pop(started)
        event = {
            "citizen.coordinator_assigned": "citizen.coordinator_released",
            "citizen.contact_person_assigned": "citizen.contact_person_ended",
            "citizen.relation_started": "citizen.relation_ended",
        }[task["kind"]]
        data: Data = {"ends": started, "partner": named(task["partner"], "contact")}
        if task["person"]:
            data["person"] = {"person": task["person"], "labels": ["contact"]}
        self.write(self.staff(), event, data)

    def coordinator(self) -> None:
        """Somebody becomes the coordinator, if nobody is."""
        self.assign(self.rng.choice(self.known[:3]), "citizen.coordinator_assigned")

    # ----------------------------------------------------------------------------------------------------- consents

    def give(
        self,
        partner_id: str | None = None,
        *,
        whole: bool = False,
        spoken: bool = False,
        former: Data | None = None,
    ) -> None:
        """A consent: written or spoken; with or without a window, an end, sources and several purposes."""
        if self.dead:
            return
        by = former or (self.staff() if spoken else self.giver(whole=whole))
        partner_id = partner_id or self.rng.choice(self.known)
        full = list(CEILING_OF_SECTOR.get(self.entry(partner_id)["sector"], WIDE) or COMMON)
        own = self.entry(partner_id)["purposes"]
        categories = self.some(full, least=len(full) * 3 // 4) if self.chance(0.8) else self.some(WIDE)
        if whole and self.chance(0.6):
            categories = list(full)
        if self.chance(0.2):
            categories.append("attendance")
        end = self.hour + self.rng.randint(1, 40)
        data = {
            "partner": named(partner_id, "contact"),
            "categories": categories,
            "purposes": list(own) if self.chance(0.75) else self.some((*own, "casework", "support")),
            "sources": self.sources() if self.chance(0.15) else None,
            "window": self.window() if self.chance(0.5) else None,
            "until": self.moment(end) if self.chance(0.1 if whole else 0.35) else None,
            "form": "written",
            "witness": None,
        }
        if by["who"] == "partner":
            data |= {"form": "spoken", "witness": self.witness(by["partner"], partner_id)}
        if by["who"] == "representative":
            scope = by["scope"]
            data["categories"] = [c for c in categories if c in scope] if self.chance(0.7) else categories
            data["categories"] = data["categories"] or categories
            by = {"who": "representative", "person": by["person"]}
        if self.chance(0.12):
            data["section_43"] = True
        step = self.write(by, "consents.given", data)
        said = instant(self.steps[-1]["at"])
        if data.get("section_43"):
            self.turn(on_the_wall(said, years=1))
        if by["who"] == "partner":
            lapse = on_the_wall(said, days=30)
            self.turn(lapse)
            self.spoken[step] = (lapse - self.start) // HOUR
        if self.chance(0.15):
            self.steps[-1]["occurred"] = self.earlier()
        self.consents[step] = data | {"open": True, "until_hour": end}

    def giver(self, *, whole: bool) -> Data:
        """Who gives a consent: mostly the citizen; a representative; or somebody on the staff, by the spoken word."""
        if self.representatives and self.chance(0.3):
            step = self.rng.choice(list(self.representatives))
            person, scope = self.representatives[step]
            return {"who": "representative", "person": person, "scope": scope}
        if self.chance(0.02):
            return {"who": "representative", "person": "ven", "scope": ()}
        return self.staff() if self.chance(0.15 if whole else 0.45) else {"who": "citizen"}

    def witness(self, registrar: str, receiver: str) -> Data | None:
        """Somebody who is not of the receiving partner."""
        others = [p for p in self.known if p != receiver] or [registrar]
        return {"partner": self.rng.choice(others), "person": "vidne"}

    def confirm(self) -> None:
        """A spoken consent is confirmed: in time, at the last moment, too late, or by somebody who may not."""
        waiting = [step for step in self.spoken if self.consents[step]["open"]]
        if self.dead or not waiting:
            return
        step = self.rng.choice(waiting)
        if self.chance(0.25):
            self.hour = self.spoken[step] + self.rng.choice((-30, -3, -1, 0, 1))
        if self.chance(0.8):
            del self.spoken[step]
        by: Data = {"who": "citizen"}
        if self.representatives and self.chance(0.35):
            by = {"who": "representative", "person": self.rng.choice(list(self.representatives.values()))[0]}
        elif self.chance(0.12):
            by = self.staff()
        data = {"consent": step, "partner": self.consents[step]["partner"]}
        if self.chance(0.4):
            data["words"] = self.text("contact", 0.15)
        self.write(by, "consents.confirmed", data)

    def wait(self) -> None:
        """Time passes: to where a spoken consent lapses, or just on."""
        if self.spoken and self.chance(0.5):
            self.hour = max(self.rng.choice(list(self.spoken.values())) - self.rng.randint(0, 4), self.hour)
        elif self.chance(0.2):
            self.hour += MONTH
        else:
            self.hour += self.rng.randint(6, 48)

    # ---------------------------------------------------------------------------- representatives, bases, emergencies

    def represent(self) -> None:
        """Somebody is registered to act for the citizen, in some matters; or no longer acts."""
        if self.representatives and self.chance(0.4):
            step = self.rng.choice(list(self.representatives))
            person, scope = self.representatives.pop(step)
            data: Data = {"ends": step, "person": {"person": person, "labels": ["contact", "network"]}}
            self.write(self.staff(), "citizen.representative_ended", data)
            if self.chance(0.5):
                self.give(whole=True, former={"who": "representative", "person": person, "scope": scope})
            return
        free = [
            p for p in ("bodil", "viggo") if p not in {person for person, _ in self.representatives.values()}
        ]
        if free:
            scope = tuple(self.some((*WIDE, "attendance"), least=7))
            data = {
                "person": {"person": free[0], "labels": ["contact", "network"]},
                "scope": list(scope),
                "text": self.text("contact", 0.3),
            }
            self.representatives[self.write(self.staff(), "citizen.representative_registered", data)] = (
                free[0],
                scope,
            )

    def register_basis(self, partner_id: str | None = None) -> None:
        """A partner states that a law lets it know something."""
        partner_id = partner_id or self.rng.choice(self.known)
        full = list(CEILING_OF_SECTOR.get(self.entry(partner_id)["sector"], WIDE) or COMMON)
        row = self.rng.choice(BASES)
        end = self.hour + self.rng.randint(1, 40)
        data: Data = {
            "basis": {"value": row, "labels": ["contact"]},
            "partner": named(partner_id, "contact"),
            "categories": self.some(full, least=len(full) // 2) if self.chance(0.5) else list(full),
            "purposes": list(self.entry(partner_id)["purposes"]),
            "sources": self.sources() if self.chance(0.3) else None,
            "window": self.window() if self.chance(0.5) else None,
            "until": self.moment(end) if self.chance(0.3) else None,
        }
        if self.chance(0.4):
            data["words"] = self.text("contact", 0.15)
        step = self.write(self.staff(partner_id), "consents.statutory_basis_registered", data)
        self.bases[step] = (partner_id, row)
        if self.chance(0.5):
            self.confirm_basis(partner_id, row)

    def confirm_basis(self, partner_id: str | None = None, row: str | None = None) -> None:
        """The organisation's own lawyer has confirmed a row of the table of legal bases."""
        partner_id = partner_id or self.rng.choice(self.known)
        data = {"partner": partner_id, "basis": row or self.rng.choice(BASES)}
        self.write(self.staff(partner_id), "partner.legal_basis_confirmed", data)

    def end_basis(self) -> None:
        """A basis in law is over."""
        if self.bases:
            step = self.rng.choice(list(self.bases))
            partner_id, _ = self.bases.pop(step)
            data = {"basis_step": step, "partner": named(partner_id, "contact")}
            self.write(self.staff(partner_id), "consents.statutory_basis_ended", data)

    def disclose_by_law(self) -> None:
        """One disclosure by law was made, outside the hub's surfaces."""
        data = {
            "partner": named(self.rng.choice(self.known), "contact"),
            "basis": {"value": "retssikkerhedsloven-11c", "labels": ["contact"]},
            "duty": self.chance(0.5),
            "disclosed": [self.rng.choice(self.steps)["id"]],
            "text": self.text("contact", 0.4),
        }
        self.write(self.staff(), "consents.statutory_disclosure_recorded", data)

    def open_emergency(self) -> None:
        """Somebody opens emergency access; sometimes what it may show was noted just before."""
        able = [
            p for p in self.known if self.entry(p)["sector"] in EMERGENCY_SECTORS and p not in self.suspended
        ]
        if not able:
            return
        if self.chance(0.5):
            self.note_crisis()
        partner_id = self.rng.choice(able)
        person = f"{partner_id}-{self.rng.randint(1, 3)}"
        data: Data = {
            "partner": named(partner_id, "contact"),
            "person": {"person": person, "labels": ["contact"]},
            "reason": self.text("contact", 0.4),
        }
        data |= {"confirmed_by": f"{partner_id}-4"} if self.chance(0.5) else {"call_back": True}
        by = {"who": "partner", "partner": partner_id, "person": person}
        step = self.write(by, "consents.emergency_access_opened", data)
        self.accesses[step] = partner_id
        self.turn(instant(self.steps[-1]["at"]) + 8 * HOUR)
        if self.chance(0.25):
            self.block(partner_id, person)

    def close_emergency(self) -> None:
        """Emergency access is closed, or reviewed afterwards."""
        if self.accesses:
            step = self.rng.choice(list(self.accesses))
            data: Data = {"access": step, "partner": named(self.accesses[step], "contact")}
            if self.chance(0.5):
                del self.accesses[step]
                self.write(self.staff(), "consents.emergency_access_closed", data)
            else:
                data["text"] = self.text("contact", 0.4)
                self.write(self.staff(), "consents.emergency_access_reviewed", data)

    def note_crisis(self) -> None:
        """The crisis agreement, or current treatment."""
        if self.chance(0.5):
            data = {"text": self.text("plan", 0.4)}
            self.write(self.either(0.2), "citizen.crisis_agreement_made", data, fact=True)
        else:
            data = {"text": self.text("health", 0.4)}
            if self.chance(0.4):
                data["next"] = self.text("health", 0.2)
            self.write(self.staff(), "citizen.treatment_noted", data, fact=True)

    def protect(self) -> None:
        """The address is protected, or no longer is."""
        self.protected = not self.protected
        event = "citizen.address_protected" if self.protected else "citizen.address_unprotected"
        self.write(self.either(0.4), event, {"text": self.text("address", 0.1)})

    # ------------------------------------------------------------------------------------------------ changes to events

    def changeable(self) -> Data | None:
        """A step that is about the citizen, most often a recent one that tells something."""
        pool = [step for step in self.steps if step["event"] in self.types]
        if self.chance(0.85):
            pool = [step for step in pool if not step["event"].startswith("consents.")]
        if not pool:
            return None
        return self.rng.choice(pool[-12:] if self.chance(0.6) else pool)

    def changer(self, step: Data) -> Data:
        """Who changes it: most often the one who wrote it."""
        if step["by"]["who"] == "partner" and self.chance(0.5):
            return self.staff(step["by"]["partner"])
        return self.either(0.35)

    def correct(self) -> None:
        """A field, or when it happened, was written wrong."""
        step = self.changeable()
        if step is None:
            return
        by = self.changer(step)
        names = [
            n
            for n, v in step["data"].items()
            if isinstance(v, dict) and ("text" in v or "value" in v) and "labels" in v
        ]
        if not names or self.chance(0.2):
            new: Data = {"value": None if self.chance(0.15) else self.earlier()}
            data = {"step": step["id"], "field": "occurred", "new": new, "reason": "fejl"}
        else:
            name = self.rng.choice(names)
            old = step["data"][name]
            if "text" in old:
                labels = (
                    old["labels"]
                    if self.chance(0.4)
                    else self.labels(self.rng.choice((*COMMON, "health")), 0.3)
                )
                new = {"text": f"rettet {self.rng.randint(0, 999)}", "labels": labels}
            else:
                new = {"value": "rettet", "labels": []}
                if name == "paragraph":
                    new = self.rng.choice(
                        (
                            {"value": "§ 85", "labels": ["plan"]},
                            {"value": "§ 101", "labels": ["plan", "addiction"]},
                        )
                    )
            data = {"step": step["id"], "field": name, "new": new, "reason": "fejl"}
        self.write(by, "event.corrected", data)

    def relabel(self) -> None:
        """Labels are added by anybody, or taken away by the citizen."""
        step = self.changeable()
        if step is None:
            return
        names = [n for n, v in step["data"].items() if isinstance(v, dict) and "labels" in v]
        name = self.rng.choice(names) if names and self.chance(0.8) else None
        data: Data = {"step": step["id"], "field": name, "add": [], "remove": [], "reason": "andet"}
        by = self.changer(step)
        own = [self.types[step["event"]]] if name is None else step["data"][name]["labels"]
        if self.chance(0.45):
            by = {"who": "citizen"} if self.chance(0.93) else by
            data["remove"] = self.rng.sample(own, 1) if len(own) == 1 or self.chance(0.8) else list(own)
        if by["who"] != "citizen" or self.chance(0.3):
            data["add"] = [
                label for label in self.rng.sample((*COMMON, *RARER), 1) if label not in data["remove"]
            ]
        self.write(by, "event.relabelled", data)

    def misfile(self) -> None:
        """A note was written on the wrong person; or the citizen says that something is not so."""
        step = self.changeable()
        if step is None or step["id"] in self.misfiled:
            return
        if self.chance(0.3):
            said = {"step": step["id"], "words": self.text("contact", 0.2)}
            self.write({"who": "citizen"}, "event.disputed", said)
            return
        self.misfiled.add(step["id"])
        self.write(self.changer(step), "event.misfiled", {"step": step["id"], "reason": "forkert borger"})

    # ---------------------------------------------------------------------------------- narrowing, ends, blocks, texts

    def sources(self) -> list[str]:
        """Some sources, the citizen among them or not."""
        return self.some([*self.known, "citizen"], least=2)

    def window(self) -> Data:
        """What happened from and to, around now."""
        start = self.hour - self.rng.randint(0, 24)
        end = self.moment(start + self.rng.randint(1, 40)) if self.chance(0.4) else None
        return {"happened_from": self.moment(start), "happened_to": end, "include_undated": self.chance(0.5)}

    def open_consents(self) -> list[str]:
        """The consents that no step has ended."""
        return [step for step, consent in self.consents.items() if consent["open"]]

    def narrow(self) -> None:
        """The citizen takes something away from a consent."""
        if self.dead or not self.open_consents():
            return
        step = self.rng.choice(self.open_consents())
        consent = self.consents[step]
        consent["categories"] = self.some(
            consent["categories"], least=max(1, len(consent["categories"]) // 2)
        )
        data: Data = {"consent": step, "partner": consent["partner"], "categories": consent["categories"]}
        if len(consent["purposes"]) > 1 and self.chance(0.2):
            consent["purposes"] = data["purposes"] = consent["purposes"][:1]
        if self.chance(0.1):
            pool = consent["sources"] or [*self.known, "citizen"]
            consent["sources"] = data["sources"] = self.some(pool, least=1)
        self.write({"who": "citizen"}, "consents.narrowed", data)

    def renew(self) -> None:
        """The citizen renews a consent that has an end and has not reached it."""
        if self.dead:
            return
        ahead = [
            step
            for step in self.open_consents()
            if self.consents[step]["until"] and self.consents[step]["until_hour"] > self.hour + 6
        ]
        if ahead:
            step = self.rng.choice(ahead)
            consent = self.consents[step]
            later = consent["until_hour"] + self.rng.randint(1, 30)
            consent["until_hour"] = later
            consent["until"] = None if self.chance(0.2) else self.moment(later)
            data = {"consent": step, "partner": consent["partner"], "until": consent["until"]}
            self.write({"who": "citizen"}, "consents.renewed", data)

    def withdraw(self) -> None:
        """One consent is withdrawn, or every one to a partner, or an agreed text; anyone on the staff takes it."""
        if self.texts and self.chance(0.25):
            step = self.rng.choice(list(self.texts))
            data = {"consents": [step], "partner": named(self.texts.pop(step), "contact")}
            self.write(self.either(0.6), "consents.withdrawn", data | {"words": self.text("contact", 0.15)})
            return
        if not self.open_consents():
            return
        first = self.rng.choice(self.open_consents())
        who = self.consents[first]["partner"]
        ended = [s for s in self.open_consents() if self.consents[s]["partner"] == who and self.chance(0.4)]
        ended = sorted({first, *ended}, key=lambda step: int(step[1:]))
        for step in ended:
            self.consents[step]["open"] = False
        data = {"consents": ended, "partner": who, "words": self.text("contact", 0.15)}
        self.write(self.either(0.6), "consents.withdrawn", data)
        if self.chance(0.5):
            self.give(who["partner"], whole=True, spoken=True)

    def expire(self) -> None:
        """The hub writes down that a consent has ended: its time is over, or (closing) before that."""
        over = [
            step
            for step in self.open_consents()
            if (self.consents[step]["until"] and self.consents[step]["until_hour"] <= self.hour)
            or self.chance(0.05)
        ]
        if over:
            step = self.rng.choice(over)
            self.consents[step]["open"] = False
            by = {"who": "partner", "partner": "my", "person": None}
            data = {"consents": [step], "partner": self.consents[step]["partner"]}
            self.write(by, "consents.expired", data)

    def refuse(self) -> None:
        """The citizen says no to a consent that somebody asked for."""
        data = {
            "partner": named(self.rng.choice(self.known), "contact"),
            "categories": self.some(COMMON),
            "purposes": ["support"],
            "words": self.text("contact", 0.15),
        }
        self.write(self.either(0.5), "consents.refused", data)

    def block(self, partner_id: str | None = None, person: str | None = None) -> None:
        """The citizen blocks a partner, or one person there, wholly or for some categories."""
        partner_id = partner_id or self.rng.choice(self.known)
        data: Data = {"partner": named(partner_id, "contact"), "words": self.text("contact", 0.15)}
        if self.chance(0.4):
            person = person or f"{partner_id}-{self.rng.randint(1, 2)}"
            data["person"] = {"person": person, "labels": ["contact"]}
        if self.chance(0.65):
            data["categories"] = self.rng.sample((*COMMON, *RARER), self.rng.randint(1, 3))
        self.blocks[self.write({"who": "citizen"}, "consents.block_set", data)] = partner_id

    def lift(self) -> None:
        """The citizen lifts a block."""
        if self.blocks:
            step = self.rng.choice(list(self.blocks))
            data = {"block": step, "partner": named(self.blocks.pop(step), "contact")}
            self.write({"who": "citizen"}, "consents.block_lifted", data)

    def agree_text(self) -> None:
        """A text that the citizen agreed for one partner."""
        if not self.dead:
            partner_id = self.rng.choice(self.known)
            data = {"kind": "text", "partner": named(partner_id, "contact"), "text": self.text("wishes", 0.5)}
            step = self.write(self.either(0.8), "consents.disclosure_authorised", data)
            self.texts[step] = partner_id

    def agree_wording(self) -> None:
        """The citizen approves the whole text of an agreement for one of its parties; or a party is removed."""
        open_ones = [step for step, parties in self.parties.items() if parties]
        if not open_ones:
            return
        step = self.rng.choice(open_ones)
        partner_id = self.rng.choice(self.parties[step])
        if self.chance(0.75):
            data = {"kind": "agreement", "partner": named(partner_id, "contact"), "agreement": step}
            self.write(self.either(0.8), "consents.disclosure_authorised", data)
        else:
            self.parties[step].remove(partner_id)
            data = {"agreement": step, "partner": named(partner_id, "agreements")}
            self.write(self.staff(), "meeting.agreement_party_removed", data)

    # ----------------------------------------------------------------------------------------------------- meetings

    def convene(self) -> None:
        """A meeting is convened and somebody invited to it."""
        data = {
            "kind": {"value": "coordinating", "labels": ["meetings"]},
            "starts": {"value": "2025-04-02T10:00", "labels": ["meetings"]},
            "purpose": self.text("meetings"),
        }
        self.meetings.append(self.write(self.staff(), "meeting.convened", data))
        for _ in range(self.rng.randint(1, 3)):
            self.invite()

    def invite(self) -> None:
        """One participant is invited, with the list of all."""
        if not self.meetings:
            return
        meeting, guest = self.rng.choice(self.meetings), self.anyone()
        people = sorted(
            {guest, *self.some([p["id"] for p in self.partners] if self.chance(0.2) else self.known)}
        )
        data = {
            "meeting": meeting,
            "participant": named(guest, "meetings"),
            "starts": {"value": "2025-04-02T10:00", "labels": ["meetings"]},
            "place": {"value": "biblioteket", "labels": self.labels("meetings", 0.1)},
            "purpose": self.text("meetings", 0.25),
            "participants": {"partners": people, "labels": ["meetings"]},
        }
        step = self.write(self.staff(), "meeting.participant_invited", data)
        self.invited[step] = meeting
        if self.chance(0.6):
            self.approve(step)

    def approve(self, invitation: str | None = None) -> None:
        """The citizen approves invitations; who may be known differs."""
        if not self.invited or self.dead:
            return
        first = invitation or self.rng.choice(list(self.invited))
        meeting = self.invited[first]
        chosen = [s for s, m in self.invited.items() if s == first or (m == meeting and self.chance(0.3))]
        knows = list(self.known) if self.chance(0.5) else self.some(self.known, least=0)
        data = {"meeting": meeting, "invitations": chosen, "knows": knows, "text": self.text("meetings")}
        self.write({"who": "citizen"}, "meeting.participant_approved_by_citizen", data)
        self.approved |= dict.fromkeys(chosen, meeting)

    def disapprove(self) -> None:
        """The citizen withdraws the approval of an invitation."""
        if self.approved:
            step = self.rng.choice(list(self.approved))
            data = {"meeting": self.approved.pop(step), "invitations": [step], "words": self.text("meetings")}
            self.write({"who": "citizen"}, "meeting.approval_withdrawn", data)

    def remove(self) -> None:
        """Somebody invited is removed from the list, approved or not."""
        if self.invited:
            step = self.rng.choice(list(self.approved or self.invited))
            meeting = self.invited.pop(step)
            self.approved.pop(step, None)
            guest = next(s for s in self.steps if s["id"] == step)["data"]["participant"]["partner"]
            data = {"meeting": meeting, "participant": named(guest, "meetings"), "invitation": step}
            self.write(self.either(0.5), "meeting.participant_removed", data)

    def hold(self) -> None:
        """A meeting was held; who came is a key field."""
        if self.meetings:
            data = {
                "meeting": self.rng.choice(self.meetings),
                "came": {"partners": self.some(self.known), "labels": ["meetings"], "key": True},
                "citizen_took_part": {"value": self.chance(0.7), "labels": ["meetings"]},
                "text": self.text("meetings"),
            }
            self.write(self.staff(), "meeting.held", data)

    def cancel(self) -> None:
        """A meeting is cancelled; nobody is invited to it or approved for it any more."""
        if self.meetings:
            meeting = self.meetings.pop(self.rng.randrange(len(self.meetings)))
            self.invited = {s: m for s, m in self.invited.items() if m != meeting}
            self.approved = {s: m for s, m in self.approved.items() if m != meeting}
            self.write(
                self.either(0.3), "meeting.cancelled", {"meeting": meeting, "text": self.text("meetings")}
            )

    def agree(self) -> None:
        """An agreement with an owner, parties and names that were approved."""
        parties = sorted({self.anyone() for _ in range(self.rng.randint(1, 4))})
        owner = self.rng.choice(parties) if self.chance(0.7) else self.anyone()
        data: Data = {
            "owner": named(owner, "agreements"),
            "parties": {"partners": parties, "labels": ["agreements"]},
            "due": {"value": "2025-04-09", "labels": ["agreements"]},
            "what": self.text("agreements", 0.5),
        }
        if self.meetings and self.chance(0.5):
            data["meeting"] = self.rng.choice(self.meetings)
        if self.chance(0.7):
            data["knows"] = parties if self.chance(0.5) else self.some(parties, least=0)
        self.agreements.append(self.write(self.staff(), "meeting.agreement_made", data))
        self.parties[self.agreements[-1]] = sorted({owner, *parties})

    def agreement_news(self) -> None:
        """An agreement is done, delayed or dropped."""
        if self.agreements:
            event = self.rng.choice(("agreement_done", "agreement_delayed", "agreement_dropped"))
            data: Data = {"agreement": self.rng.choice(self.agreements)}
            if self.chance(0.8):
                data["text"] = self.text("agreements")
            if event == "agreement_delayed":
                data["new_due"] = {"value": "2025-04-16", "labels": ["agreements"]}
            self.write(self.either(0.2), f"meeting.{event}", data, fact=True)

    # ---------------------------------------------------------------------------------------------------- handovers

    def propose(self) -> None:
        """A handover; a sender whose name reveals something was approved by the citizen."""
        if self.dead:
            return
        sender, recipient = self.someone(), self.rng.choice(self.known)
        kind = self.rng.choice(("knowledge", "contact person", "responsibility"))
        data: Data = {
            "kind": {"value": kind, "labels": ["plan"]},
            "from": named(sender, "plan"),
            "to": named(recipient, "plan"),
            "items": self.rng.sample(self.goals, min(len(self.goals), 2)),
            "text": self.text("plan"),
        }
        if self.entry(sender)["reveals"]:
            data["knows"] = [sender]
        self.handovers[self.write(self.staff(sender), "handover.proposed", data)] = (sender, recipient)

    def handover_news(self) -> None:
        """A handover is accepted, read, declined, withdrawn or completed."""
        if not self.handovers:
            return
        step = self.rng.choice(list(self.handovers))
        sender, recipient = self.handovers[step]
        event = self.rng.choice(("accepted", "read", "declined", "withdrawn", "completed"))
        if event not in ("accepted", "read"):
            del self.handovers[step]
        by = self.staff(sender if event == "withdrawn" else recipient)
        name = "reason" if event == "declined" else "text"
        silent = self.chance(0.25) and event != "declined"  # who declines always says why
        words = {} if silent else {name: self.text("plan")}
        self.write(by, f"handover.{event}", {"handover": step, **words})

    # --------------------------------------------------------------------------------------------------------- plan

    def open_plan(self) -> None:
        """The authority opens the action plan, or a provider its own."""
        kind, author = ("handleplan", "my") if self.chance(0.5) else ("indsatsplan", self.someone())
        data = {"kind": {"value": kind, "labels": ["plan"]}, "text": self.text("plan")}
        self.plans.append(self.write(self.staff(author), "plan.opened", data, fact=True))

    def close_plan(self) -> None:
        """A plan is closed."""
        if self.plans:
            plan = self.plans.pop(self.rng.randrange(len(self.plans)))
            words = {"text": self.text("plan")} if self.chance(0.7) else {}
            self.write(self.staff(), "plan.closed", {"plan": plan, **words})

    def set_goal(self) -> None:
        """A goal in the citizen's words, beside the professional wording."""
        data = {"words": self.text("plan"), "professional": self.text("plan", 0.5)}
        self.goals.append(self.write(self.either(0.2), "plan.goal_set", data, fact=True))

    def goal_news(self) -> None:
        """Something happens to a goal."""
        if self.goals:
            event = self.rng.choice(("reworded", "progressed", "reached", "let_go"))
            data = {"goal": self.rng.choice(self.goals), "words": self.text("plan")}
            self.write(self.either(0.4), f"plan.goal_{event}", data, fact=True)

    def grant_support(self) -> None:
        """Support under a paragraph, by a provider that thereby has a part in the plan."""
        provider = self.anyone()
        extra = ["addiction"] if "addiction" in self.entry(provider)["reveals"] else []
        paragraph = "§ 101" if extra else "§ 85"
        data = {
            "provider": named(provider, "plan"),
            "paragraph": {"value": paragraph, "labels": ["plan", *extra]},
            "text": self.text("plan"),
        }
        self.supports.append(self.write(self.staff("my"), "plan.support_granted", data))

    def support_news(self) -> None:
        """Support is adjusted, or ends."""
        if self.supports:
            step = self.rng.choice(self.supports)
            event = "plan.support_ended" if self.chance(0.6) else "plan.support_adjusted"
            if event == "plan.support_ended":
                self.supports.remove(step)
            self.write(self.staff("my"), event, {"support": step, "text": self.text("plan")})

    # ------------------------------------------------------------------------------------------- what happens daily

    def contact(self) -> None:
        """A contact, sometimes with an absence."""
        data = {"text": self.text("meetings"), "day": {"value": "2025-03-30", "labels": ["meetings"]}}
        if self.chance(0.3):
            data["absence"] = self.text("attendance", 0.1)
        self.write(self.either(0.1), "citizen.contact_recorded", data, fact=True)

    def hope(self) -> None:
        """A hope is told, or told anew."""
        if self.hopes and self.chance(0.5):
            data = {"hope": self.rng.choice(self.hopes), "words": self.text("wishes")}
            self.write(self.either(0.5), "citizen.hope_retold", data, fact=True)
        else:
            words = {"words": self.text("wishes")}
            self.hopes.append(self.write(self.either(0.5), "citizen.hope_told", words, fact=True))

    def die(self) -> None:
        """The citizen dies, once."""
        if not self.dead and len(self.steps) > self.length * 2 // 3:
            self.dead = True
            for consent in self.consents.values():
                consent["open"] = False
            self.write(self.staff(), "citizen.died", {"text": self.text("contact", 0.1)})

    # ---------------------------------------------------------------------------------------------------- the whole

    def begin(self) -> None:
        """Enrolment, the first tasks, the first consents and bases in law."""
        words = {} if self.chance(0.1) else {"text": self.text("contact")}
        self.write(self.staff("my"), "citizen.enrolled", words)
        for partner_id in list(self.known):
            if self.chance(0.15):
                self.adopt(partner_id)
            if self.chance(0.85):
                self.give(partner_id, whole=True)
            if self.chance(0.15):
                self.register_basis(partner_id)
            if self.chance(0.8):
                self.assign(partner_id)
        self.coordinator()

    def go_on(self) -> None:
        """One more thing happens."""
        deed = self.rng.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0]
        deed(self)

    def history(self) -> Data:
        """Write until the history is long enough."""
        self.begin()
        while len(self.steps) < self.length:
            self.go_on()
        persons = [
            {"id": f"{p['id']}-{n}", "name": f"{p['id']} {n}", "partner": p["id"], "function": "medarbejder"}
            for p in self.partners
            for n in (1, 2, 3, 4)
        ]
        return {
            "types": dict(self.types),
            "partners": self.partners,
            "persons": persons,
            "steps": self.steps[: self.length],
            "turns": self.turns,
        }


WEIGHTS: dict[Callable[[Maker], None], float] = {
    Maker.contact: 12,
    Maker.hope: 6,
    Maker.set_goal: 8,
    Maker.goal_news: 6,
    Maker.open_plan: 3,
    Maker.close_plan: 1,
    Maker.grant_support: 3,
    Maker.support_news: 2,
    Maker.convene: 2,
    Maker.invite: 2,
    Maker.approve: 2,
    Maker.disapprove: 1.5,
    Maker.hold: 2,
    Maker.cancel: 0.7,
    Maker.agree: 4,
    Maker.agreement_news: 3,
    Maker.propose: 2.5,
    Maker.handover_news: 3,
    Maker.agree_text: 2,
    Maker.give: 5,
    Maker.narrow: 2,
    Maker.renew: 2,
    Maker.withdraw: 2.5,
    Maker.expire: 1.5,
    Maker.refuse: 1,
    Maker.block: 1.5,
    Maker.lift: 2,
    Maker.assign: 4,
    Maker.coordinator: 1.5,
    Maker.release: 2,
    Maker.confirm: 4,
    Maker.wait: 1.2,
    Maker.represent: 2,
    Maker.register_basis: 3,
    Maker.confirm_basis: 1,
    Maker.end_basis: 0.6,
    Maker.disclose_by_law: 0.7,
    Maker.open_emergency: 1.8,
    Maker.close_emergency: 1,
    Maker.note_crisis: 3,
    Maker.protect: 1,
    Maker.correct: 5,
    Maker.relabel: 4,
    Maker.misfile: 1.6,
    Maker.agree_wording: 2.5,
    Maker.remove: 0.8,
    Maker.register: 1.5,
    Maker.adopt: 1.5,
    Maker.suspend_or_resume: 1.6,
    Maker.die: 0.8,
}
"""How often each thing happens."""


def partner(key: str, sector: str, reveals: tuple[str, ...], public: bool, purposes: tuple[str, ...]) -> Data:
    """A partner as the stories list it."""
    return {
        "id": key,
        "name": key.capitalize(),
        "sector": sector,
        "reveals": list(reveals),
        "public_body": public,
        "purposes": list(purposes),
    }


def named(partner_id: str, label: str) -> Data:
    """A key field that names one organisation."""
    return {"partner": partner_id, "labels": [label], "key": True}
