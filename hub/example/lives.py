"""An ordinary year of one citizen: what happens is drawn by lot, and never more than the rules allow."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from hub.aggregates import Text, Window
from hub.clock import copenhagen_day
from hub.example import words
from hub.example.episodes import live_through
from hub.example.steps import CITIZEN, HUB, Consent, Life, Step
from hub.example.town import YEAR, Worker

OFFERED: Final = {
    "authority": "contact wishes plan meetings agreements finances",
    "social_psychiatry": "contact wishes plan meetings agreements everyday network health",
    "regional_psychiatry": "contact wishes plan meetings health medication",
    "jobcentre": "contact wishes meetings agreements work",
    "addiction_treatment": "contact wishes meetings health addiction",
    "home_care": "contact plan agreements everyday meetings",
}
"""What a consent to each kind of organisation usually lets it know."""
_NOTES: Final = {
    "authority": words.AUTHORITY_NOTES,
    "social_psychiatry": words.SOCIAL_NOTES,
    "regional_psychiatry": words.HEALTH_NOTES,
    "jobcentre": words.WORK_NOTES,
    "addiction_treatment": words.ADDICTION_NOTES,
    "home_care": words.EVERYDAY_NOTES,
}
_REVEALING: Final = ("regional_psychiatry", "addiction_treatment")
_OTHERS: Final = ("regional_psychiatry", "jobcentre", "addiction_treatment", "home_care")


class Year:
    """Writes one citizen's year."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.random = life.random
        self.start = self._spread(1, 60) if self.random.random() < 0.85 else self._spread(60, 260)  # noqa: PLR2004
        self.case = life.worker("authority")
        self.coordinator = life.worker("social_psychiatry")
        self.involved = sorted(self.random.sample(_OTHERS, self.random.choice((1, 2, 2, 2, 3, 3, 4))))
        self.workers: dict[str, Worker] = {
            "authority": self.case,
            "social_psychiatry": self.coordinator,
            **{key: life.worker(key) for key in self.involved},
        }
        self.consents: list[Consent] = []
        self.shareable: list[tuple[datetime, UUID, frozenset[str]]] = []
        """What a handover can pass on: when it was recorded, by which command, and its labels."""

    def write(self) -> list[Step]:
        """Everything that happens, in no particular order."""
        self._arrive()
        self._plan()
        for key in ("social_psychiatry", *self.involved):
            self._consent(key)
        if self._chance(0.35):
            self._consent("authority")
        for _ in range(self.random.randrange(3, 10)):
            self._contact()
        for _ in range(self.random.choice((0, 1, 1, 2))):
            self._meeting()
        if self._chance(0.55):
            self._handover()
        if self._chance(0.3):
            self._say_no()
        if self._chance(0.25):
            self._association()
        if self._chance(0.12):
            self._new_coordinator()
        live_through(self.life, self.start, self.workers)
        self.life.end_at(self.life.town.end)
        if self._chance(0.02) and not self.life.closed:
            self._die()
        return self.life.steps

    # Chance.

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _spread(self, first: int, last: int) -> int:
        """A day between these two; the first where there is no room."""
        return self.random.randrange(first, last) if last > first else first

    def _later(self, least: int = 10) -> int:
        """A day after the beginning."""
        return self._spread(self.start + least, YEAR)

    # What happens.

    def _arrive(self) -> None:
        life, case = self.life, self.case
        at = life.on(self.start)
        text = life.one_of(words.ENROLLED, "contact")
        life.do(at, case.slug, "enrol", life.identity, text=text)
        self._task(life.soon(at), "relation", case)
        at = life.on(self.start + self._spread(3, 8))
        self._task(at, "coordinator", self.coordinator, purpose="coordination")
        self._task(life.soon(at), "contact_person", self.coordinator)
        at = life.on(self.start + self._spread(11, 20))
        told = life.do(
            at,
            self._by(self.coordinator, 0.4),
            "tell_hope",
            Text.of(self.random.choice(words.HOPES), "wishes"),
        )
        if self._chance(0.3):
            again = Text.of(self.random.choice(words.HOPES_LATER), "wishes")
            day = self._spread(self.start + 60, self.start + 260)
            life.do(life.on(day), CITIZEN, "retell_hope", life.made(told, "hope"), again)
        for key in self.involved:
            self._task(life.on(self.start + self._spread(7, 20)), "relation", self.workers[key])

    def _task(self, at: datetime, role: str, worker: Worker, purpose: str | None = None) -> None:
        organisation = worker.organisation
        terms = (role, organisation.id, worker.id, purpose or organisation.task)
        self.life.do(at, self.case.slug, "assign", *terms)

    def _by(self, worker: Worker, citizen: float) -> str:
        """Who writes it: now and then the citizen."""
        return CITIZEN if self._chance(citizen) else worker.slug

    def _plan(self) -> None:
        life, random = self.life, self.random
        at = life.on(self.start + self._spread(21, 40))
        opened = life.do(at, self.case.slug, "open_plan", "handleplan", life.one_of(words.PLANS, "plan"))
        plan = life.made(opened, "plan")
        for words_, professional in random.sample(words.GOALS, random.choice((1, 1, 2, 2, 3))):
            at = life.soon(at)
            goal = life.made(plan, f"goal {len(life.steps)}")
            told: dict[str, Any] = {
                "words": Text.of(words_, "plan"),
                "professional": Text.of(professional, "plan"),
            }
            command = life.do(at, self.case.slug, "plan.set_goal", plan, goal, **told)
            self.shareable.append((at, command, frozenset({"plan"})))
            self._pursue(plan, goal, at)
        provider = "home_care" if "home_care" in self.involved and self._chance(0.4) else "social_psychiatry"
        paragraph, text = random.choice(words.SUPPORT)
        support = life.made(plan, "support")
        at = life.soon(at)
        terms = (plan, support, life.town.partner(provider), paragraph)
        life.do(at, self.case.slug, "plan.grant_support", *terms, text=Text.of(text, "plan"))
        if self._chance(0.35):
            change = life.one_of(words.SUPPORT_ADJUSTED, "plan")
            day = self._spread(self.start + 80, self.start + 160)
            life.do(life.on(day), self.workers[provider].slug, "plan.adjust_support", plan, support, change)
        if self._chance(0.12):
            at = life.on(self._spread(self.start + 200, self.start + 300))
            ended = life.one_of(words.SUPPORT_ENDED, "plan")
            life.do(at, self.case.slug, "plan.end_support", plan, support, text=ended)
            if self._chance(0.5):
                life.do(life.soon(at), self.case.slug, "plan.close", plan)
        if self._chance(0.4):
            text_ = life.one_of(words.PROVIDER_PLANS, "plan", "everyday")
            at = life.on(self.start + self._spread(42, 60))
            life.do(at, self.coordinator.slug, "open_plan", "indsatsplan", text_)

    def _pursue(self, plan: UUID, goal: UUID, since: datetime) -> None:
        """What becomes of a goal."""
        life = self.life
        at = since
        for _ in range(self.random.choice((0, 1, 1, 2))):
            at += timedelta(days=self._spread(20, 50), minutes=self._spread(1, 59))
            step = life.one_of(words.GOAL_STEPS, "plan")
            life.do(at, self._by(self.coordinator, 0.6), "plan.progress_goal", plan, goal, words=step)
        if self._chance(0.15):
            at += timedelta(days=self._spread(7, 20))
            said = life.one_of(words.GOAL_REWORDED, "plan")
            life.do(at, CITIZEN, "plan.reword_goal", plan, goal, words=said)
        if self._chance(0.35):
            verb, texts = self.random.choice(
                (("reach_goal", words.GOAL_REACHED), ("reach_goal", words.GOAL_REACHED),
                 ("let_goal_go", words.GOAL_LET_GO)),
            )  # fmt: skip
            at += timedelta(days=self._spread(20, 60))
            life.do(at, CITIZEN, f"plan.{verb}", plan, goal, words=life.one_of(texts, "plan"))

    def _consent(self, key: str) -> None:
        life = self.life
        day = self.start + self._spread(9, 45)
        offered = OFFERED[key].split()
        chosen = frozenset(
            self.random.sample(offered, self._spread(max(2, len(offered) - 2), len(offered) + 1))
        )
        fate = self.random.choices(
            ("open", "dated", "runs out", "withdrawn", "narrowed", "renewed", "given anew"),
            (30, 22, 12, 10, 12, 8, 6),
        )[0]
        until = {
            "dated": life.town.midnight(YEAR + self._spread(30, 200)),
            "runs out": life.town.midnight(day + self._spread(50, 150)),
            "renewed": life.town.midnight(day + 90),
        }.get(fate)
        consent = self._give(key, day, chosen, until)
        self.consents.append(Consent(key, consent, chosen, day, fate in {"open", "dated"}))
        then = life.on(day + self._spread(40, 80))
        if fate == "runs out" and until is not None:
            life.do(until + timedelta(minutes=10), HUB, "expire_consents")
        elif fate == "narrowed":
            left = frozenset(self.random.sample(sorted(chosen), max(1, len(chosen) - self._spread(1, 3))))
            life.do(then, CITIZEN, "narrow_consent", consent, categories=left)
        elif fate == "renewed":
            life.do(then, CITIZEN, "renew_consent", consent, life.town.midnight(YEAR + 60))
        elif fate in {"withdrawn", "given anew"}:
            by = self._by(self.coordinator, 0.6)
            channel = "screen" if by == CITIZEN else "phone"
            life.do(then, by, "withdraw_consent", consent, channel=channel)
            if fate == "given anew":
                self._give(key, day + self._spread(90, 140), chosen, None)

    def _give(self, key: str, day: int, categories: frozenset[str], until: datetime | None) -> UUID:
        life = self.life
        window = None
        if self._chance(0.15):  # the citizen lets them know what happened before, too
            window = Window(life.town.midnight(max(0, day - 60)), None)
        said = life.one_of((*words.CONSENT_WORDS, "", ""), "contact")
        purposes = frozenset(life.town.organisations[key].purposes)
        command = life.do(
            life.on(day),
            CITIZEN,
            "give_consent",
            life.town.partner(key),
            categories=categories,
            purposes=purposes,
            window=window,
            until=until,
            words=said,
        )
        return life.made(command, "consent")

    def _contact(self) -> None:
        life = self.life
        key = self.random.choice(("social_psychiatry", "social_psychiatry", "authority", *self.involved))
        at = life.on(self._later(25))
        happened = at - timedelta(minutes=self._spread(30, 1500))
        worker = self.workers[key]
        if self._chance(0.1):
            absence = life.one_of(words.ABSENCES, "attendance")
            life.do(at, worker.slug, "record_contact", occurred=happened, absence=absence)
            return
        text = life.note(_NOTES[key], self.random.choice(words.OPENINGS), self.random.choice(words.ENDINGS))
        day = copenhagen_day(happened)
        command = life.do(at, worker.slug, "record_contact", occurred=happened, day=day, text=text)
        if key not in _REVEALING:
            labels = frozenset({"meetings", *text.labels.split()})
            self.shareable.append((happened, command, labels))

    def _meeting(self) -> None:
        life, random, town = self.life, self.random, self.life.town
        held = self._spread(self.start + 60, YEAR + 15)
        at = life.on(held - 14)
        starts = life.on(held)
        kind, labels, purpose = random.choice(words.MEETINGS)
        what, place = Text.of(purpose, *labels), life.one_of(words.PLACES, "meetings")
        by = self.coordinator.slug
        command = life.do(at, by, "convene", kind=kind, starts=starts, purpose=what, place=place)
        meeting = life.made(command, "meeting")
        invited = sorted(random.sample(["authority", *self.involved], random.choice((1, 1, 2))))
        everybody = tuple(sorted(town.partner(key) for key in ("social_psychiatry", *invited)))
        for key in invited:
            at = life.soon(at)
            life.do(
                at, by, "meeting.invite", meeting, town.partner(key), everybody, purpose=what, place=place
            )
        approved = [key for key in invited if self._chance(0.85)]
        if approved:
            knows = tuple(town.partner(key) for key in approved if key in _REVEALING)
            terms = (meeting, tuple(town.partner(key) for key in approved), knows)
            at = life.on(held - 10)
            life.do(at, CITIZEN, "meeting.approve", *terms)
            if self._chance(0.08):
                at += timedelta(days=2)
                life.do(at, CITIZEN, "meeting.withdraw_approval", meeting, town.partner(approved.pop()))
        if self._chance(0.12):
            at = life.on(held - 3)
            life.do(at, by, "meeting.cancel", meeting, text=life.one_of(words.CANCELLED, "meetings"))
            return
        self._hold(meeting, starts + timedelta(minutes=70), approved)

    def _hold(self, meeting: UUID, at: datetime, approved: list[str]) -> None:
        life, town = self.life, self.life.town
        there = self._chance(0.9)
        came = tuple(sorted(town.partner(key) for key in ("social_psychiatry", *approved)))
        terms: dict[str, Any] = {"text": life.one_of(words.HELD, "meetings")}
        if not there:
            terms["why_not"] = life.one_of(words.NOT_THERE, "meetings", "attendance")
        life.do(
            at,
            self.coordinator.slug,
            "meeting.hold",
            meeting,
            came,
            citizen_took_part=there,
            told_by=None if there else self.coordinator.id,
            **terms,
        )
        for _ in range(self.random.choice((0, 1, 1, 2))):
            at = life.soon(at)
            self._agree(meeting, at, approved)

    def _agree(self, meeting: UUID, at: datetime, approved: list[str]) -> None:
        life, town, by = self.life, self.life.town, self.coordinator.slug
        others = (
            ["civil_society"] if self._chance(0.25) else [key for key in approved if key not in _REVEALING]
        )
        owner = self.random.choice((None, town.partner("social_psychiatry")))
        parties = tuple(sorted(town.partner(key) for key in others[:1]))
        agreement = life.made(meeting, f"agreement {len(life.steps)}")
        due = copenhagen_day(at) + timedelta(days=self._spread(14, 60))
        what = life.one_of(words.AGREEMENTS, "agreements")
        terms = (meeting, agreement)
        life.do(at, by, "meeting.agree", *terms, owner=owner, parties=parties, what=what, due=due)
        then = at + timedelta(days=self._spread(10, 55))
        outcome = self.random.choices(("done", "late", "dropped", "open"), (60, 14, 10, 16))[0]
        if outcome == "late":
            life.do(then, by, "meeting.delay", *terms, due + timedelta(days=21))
            then += timedelta(days=30)
        if outcome in {"done", "late"}:
            text = life.one_of(words.AGREEMENT_DONE, "agreements")
            life.do(then, self._by(self.coordinator, 0.4), "meeting.complete", *terms, text=text)
        elif outcome == "dropped":
            life.do(then, by, "meeting.drop", *terms)

    def _handover(self) -> None:
        life, town = self.life, self.life.town
        lasting = [each for each in self.consents if each.lasting and each.partner in self.involved]
        if not lasting:
            return
        consent = self.random.choice(lasting)
        day = self._spread(consent.day + 40, YEAR)
        at, given = life.on(day), life.on(consent.day + 1)
        known = [
            command
            for moment, command, labels in sorted(self.shareable, key=lambda each: (each[0], each[1].int))
            if given + timedelta(days=3) < moment < at - timedelta(days=3) and labels <= consent.categories
        ]
        kind = self.random.choice(("knowledge", "knowledge", "contact_person", "responsibility"))
        text = life.one_of(words.HANDOVERS, "plan")
        receiver = self.workers[consent.partner].slug
        to = town.partner(consent.partner)
        command = life.do(
            at, self.coordinator.slug, "propose_handover", to, kind=kind, items=tuple(known[-3:]), text=text
        )
        handover = life.made(command, "handover")
        at += timedelta(days=self._spread(1, 6))
        outcome = self.random.choices(
            ("accepted", "completed", "declined", "withdrawn", "open"), (41, 30, 12, 9, 8)
        )
        if outcome[0] in {"accepted", "completed"}:
            life.do(at, receiver, "handover.accept", handover, text=life.one_of(words.ACCEPTED, "plan"))
            life.do(life.soon(at), receiver, "handover.mark_read", handover)
            if outcome[0] == "completed":
                life.do(at + timedelta(days=30), receiver, "handover.complete", handover)
        elif outcome[0] == "declined":
            life.do(at, receiver, "handover.decline", handover, life.one_of(words.DECLINED, "plan"))
        elif outcome[0] == "withdrawn":
            life.do(at, self.coordinator.slug, "handover.withdraw", handover)

    def _say_no(self) -> None:
        """The citizen says no to somebody: a consent refused, or a block."""
        life, town = self.life, self.life.town
        away = [key for key in _OTHERS if key not in self.involved] or ["civil_society"]
        key = self.random.choice(away)
        at = life.on(self._later(15))
        if self._chance(0.6):
            wanted = frozenset(OFFERED.get(key, "contact wishes").split()[:3])
            purposes = frozenset(town.organisations[key].purposes)
            terms: dict[str, Any] = {"categories": wanted, "purposes": purposes}
            life.do(at, CITIZEN, "refuse_consent", town.partner(key), **terms)
            return
        words_ = life.one_of(words.BLOCK_WORDS, "contact")
        command = life.do(at, CITIZEN, "set_block", town.partner(key), words=words_)
        if self._chance(0.3):
            lifted = at + timedelta(days=self._spread(20, 90))
            life.do(lifted, CITIZEN, "lift_block", life.made(command, "block"))

    def _association(self) -> None:
        text = self.life.one_of(words.AGREED_TEXTS, "wishes")
        at = self.life.on(self._later(30))
        self.life.do(at, CITIZEN, "agree_text", self.life.town.partner("civil_society"), text)

    def _new_coordinator(self) -> None:
        life = self.life
        at = life.on(self._later(90))
        life.do(at, self.case.slug, "release_coordinator")
        self._task(life.soon(at), "coordinator", life.worker("social_psychiatry"), purpose="coordination")

    def _die(self) -> None:
        """Death ends the year; what happened before may still be written down afterwards."""
        life = self.life
        at = life.on(self._spread(self.start + 60, YEAR - 5))
        life.end_at(at - timedelta(days=2))
        day = copenhagen_day(at) - timedelta(days=1)
        text = life.one_of(words.DEATHS, "contact")
        life.do(at, self.case.slug, "record_death", day=day, text=text)
