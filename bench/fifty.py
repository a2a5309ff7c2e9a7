"""A citizen on whom fifty statements stand, as they come to somebody whom six organisations know.

Tasks with all of them; consents with and without a window, one spoken, one under § 43, one from a withdrawn partner;
items, blocks, a basis in law; and what was said later. Between them lie a hundred events of four fields.
"""

import random
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from bench.data import PARTNERS, SEED
from hub.application.grants import CITIZEN_SOURCE
from hub.clock import to_microseconds
from hub.items import Item, ItemField
from hub.statements import Statement
from hub.vocabulary import CATEGORY_BIT, DEFAULT_CEILINGS, EXISTENCE, Role, Sector, mask_of

ITEMS: Final = 100
BEGINNING: Final = datetime(2025, 6, 1, 9, tzinfo=UTC)
DAY: Final = 86_400_000_000
CITIZEN: Final = UUID(int=1 << 90)
PLACES: Final = dict(zip(PARTNERS, (UUID(int=1_000 + n) for n in range(len(PARTNERS))), strict=True))
AUTHORITY, SUPPORT, WARD, ADDICTION, GP, JOBCENTRE = PLACES.values()
PURPOSE: Final = "coordination"
SURFACE: Final = (
    "citizen.contact_recorded",
    "plan.goal_set",
    "plan.goal_progressed",
    "meeting.convened",
    "meeting.agreement_made",
    "citizen.hope_told",
    "plan.support_granted",
)
LABELS: Final = (
    "wishes",
    "work",
    "meetings",
    "plan",
    "health",
    "everyday",
    "addiction",
    "finances",
    "contact",
)
BROAD: Final = "contact meetings plan wishes agreements work health everyday"


class Life:
    """A citizen whose consents, tasks, items and second thoughts are fifty statements."""

    def __init__(self) -> None:
        self.organisations: list[Statement] = []
        self.statements: list[Statement] = []
        self.items: list[Item] = []
        self._dice = random.Random(SEED)
        self._position = 0
        self._now = to_microseconds(BEGINNING)
        self.persons = {partner: self._uid() for partner in PLACES.values()}
        self._town()
        consents = self._first()
        self._record(ITEMS // 2)
        self._second(consents)
        self._record(ITEMS - ITEMS // 2)
        self._last(consents)
        self.now = self._now + DAY

    def _uid(self) -> UUID:
        return UUID(int=self._dice.getrandbits(128), version=4)

    def _next(self) -> int:
        self._position += 1
        self._now += DAY // 2
        return self._position

    def say(self, kind: str, partner: UUID | None, **body: Any) -> None:
        """One more statement on the citizen."""
        self.statements.append(Statement(kind, partner, body, self._next(), self._now, CITIZEN))

    def _town(self) -> None:
        for sector, partner in PLACES.items():
            registered = {
                "sector": sector,
                "purposes": " ".join({*PARTNERS[sector].split(), "coordination"}),
                "reveals": "addiction" if sector is Sector.ADDICTION_TREATMENT else "",
                "public": sector is not Sector.GP,
            }
            ceiling = {"categories": " ".join(DEFAULT_CEILINGS[sector])}
            for kind, body in (("registered", registered), ("ceiling", ceiling)):
                self.organisations.append(Statement(kind, partner, body, self._next(), self._now))
        confirmed = {"basis": "serviceloven-141"}
        self.organisations.append(Statement("basis_confirmed", AUTHORITY, confirmed, self._next(), self._now))

    def give(self, partner: UUID, categories: str, *, back: int | None = None, **terms: Any) -> str:
        """A consent: from now on, or `back` so many days."""
        consent = str(self._uid())
        window = None
        if back is not None:
            begins = self._now - back * DAY
            window = {"happened_from": begins, "happened_to": None, "include_undated": True}
        body = {
            "grant": consent,
            "categories": categories,
            "purposes": "coordination",
            "sources": None,
            "window": window,
            "until": None,
            "section_43": False,
            "role": Role.CITIZEN,
            "representative": None,
        }
        self.say("grant", partner, **{**body, **terms})
        return consent

    def _first(self) -> dict[str, str]:
        """Tasks with everybody, then what the citizen gives at the beginning: 24 statements."""
        for partner in PLACES.values():
            for role in ("coordinator" if partner == SUPPORT else "relation",):
                self._task(partner, role)
        ended = [
            self._task(partner, role) for partner, role in ((WARD, "contact_person"), (JOBCENTRE, "relation"))
        ]
        self._task(SUPPORT, "contact_person")
        for partner, task in zip((WARD, JOBCENTRE), ended, strict=True):
            self.say("task_ended", partner, task=task)
        self.say("part", SUPPORT, part=str(self._uid()))
        scope = {"representative": str(self._uid()), "person": str(self._uid()), "scope": "contact meetings"}
        self.say("representative", None, **scope)
        later = self._now + 400 * DAY
        consents = {
            "authority": self.give(AUTHORITY, BROAD + " finances", back=900),
            "support": self.give(SUPPORT, BROAD),
            "ward": self.give(WARD, BROAD + " addiction", back=365, purposes="treatment coordination"),
            "addiction": self.give(ADDICTION, "contact meetings wishes addiction", until=later),
            "gp": self.give(GP, "contact health meetings", purposes="treatment", section_43=True),
            "jobcentre": self.give(JOBCENTRE, "contact work wishes", purposes="employment", until=later),
            "sources": self.give(AUTHORITY, "health addiction", sources=[str(WARD), str(CITIZEN_SOURCE)]),
            "spoken": self.give(SUPPORT, "finances health", role=Role.PARTNER),
        }
        self.say("confirmed", SUPPORT, grant=consents["spoken"], role=Role.CITIZEN, representative=None)
        self.say("block", WARD, block=str(self._uid()), categories="work finances", person=None)
        terms = {
            "categories": "contact plan meetings",
            "purposes": "casework",
            "sources": None,
            "until": None,
        }
        self.say("basis", AUTHORITY, grant=str(self._uid()), basis="serviceloven-141", window=None, **terms)
        return consents

    def _task(self, partner: UUID, role: str) -> str:
        task = str(self._uid())
        purpose = "coordination"
        self.say("task", partner, task=task, person=str(self.persons[partner]), purpose=purpose, role=role)
        return task

    def _second(self, consents: dict[str, str]) -> None:
        """What was granted item by item, and what was given beside: 16 statements."""
        items = [item.event_id for item in self.items]
        for item, partner, how in (
            (items[3], JOBCENTRE, "text"),
            (items[8], GP, "text"),
            (items[13], ADDICTION, "invitation"),
            (items[13], JOBCENTRE, "invitation"),
            (items[21], GP, "agreement"),
            (items[21], SUPPORT, "agreement"),
        ):
            self.say("item", partner, item=str(item), how=how, knows=[str(ADDICTION)])
        self.say("item_approved", GP, item=str(items[21]))
        self.say("item_ended", JOBCENTRE, item=str(items[13]), final=False)
        handover = str(self._uid())
        self.say("handover", WARD, handover=handover, item=str(items[30]), knows=[])
        self.say("handover_ended", WARD, handover=handover)
        self.say("renewed", JOBCENTRE, grant=consents["jobcentre"], until=self._now + 500 * DAY)
        self.say("renewed", GP, grant=consents["gp"], until=self._now + 300 * DAY)
        consents["wide"] = self.give(SUPPORT, BROAD, back=2_000, until=self._now + 700 * DAY)
        consents["brief"] = self.give(WARD, "everyday wishes", back=60, until=self._now + 90 * DAY)
        block = str(self._uid())
        self.say("block", JOBCENTRE, block=block, categories="health", person=None)
        self.say("unblock", JOBCENTRE, block=block)

    def _last(self, consents: dict[str, str]) -> None:
        """Second thoughts, and what was said later about items: 10 statements."""
        narrowed = {"purposes": "coordination", "sources": None, "until": None}
        self.say("narrowed", AUTHORITY, grant=consents["authority"], categories=BROAD, **narrowed)
        self.say(
            "narrowed", WARD, grant=consents["ward"], categories="contact meetings plan health", **narrowed
        )
        self.say("ended", ADDICTION, grants=[consents["addiction"]], withdrawn=True)
        self.say("ended", WARD, grants=[consents["brief"]], withdrawn=False)
        corrected = {"correction": str(self._uid()), "field": "text", "labels": "plan", "occurred": None}
        self.say("corrected", None, item=str(self.items[60].event_id), by=str(SUPPORT), **corrected)
        relabelled = {"field": "text", "add": "health", "remove": ""}
        self.say("relabelled", None, item=str(self.items[71].event_id), **relabelled)
        self.say("misfiled", None, item=str(self.items[80].event_id))
        self.say("address_protected", None)
        self.give(ADDICTION, "contact meetings addiction", role=Role.PARTNER)  # waits for the citizen
        begins, ends = self._now - 700 * DAY, self._now - 20 * DAY
        window = {"happened_from": begins, "happened_to": ends, "include_undated": False}
        self.give(GP, "contact wishes plan everyday", window=window)

    def _record(self, count: int) -> None:
        """So many events of four fields, some of them about something that happened long ago."""
        dice = self._dice
        for _ in range(count):
            event, position = dice.choice(SURFACE), self._next()
            ago = dice.choice((1, 1, 1, 40, 400))
            existence = CATEGORY_BIT[EXISTENCE[event]]
            fields = (
                ItemField("partner", existence, (dice.choice([*PLACES.values()]),), key=True),
                ItemField("kind", existence, (), key=False),
                ItemField("text", self._labels(), (), key=False, text=True),
                ItemField("next", self._labels(), (), key=False, text=True),
            )
            source = dice.choice([None, *PLACES.values()])
            times = (self._now - ago * DAY + 2 * 3_600_000_000 * (ago == 1), self._now)
            self.items.append(
                Item(self._uid(), event, position, source, *times, False, existence, fields, None)
            )

    def _labels(self) -> int:
        return mask_of(" ".join(self._dice.sample(LABELS, self._dice.choice((1, 1, 2)))))
