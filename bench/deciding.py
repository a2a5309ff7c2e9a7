"""How many decisions a second, for a citizen on whom fifty statements stand, against a bare loop over ready masks.

Two ways of deciding: as the discloser does it (one state, six partners, every item: `Viewer.disclose` and until
when), and as reading does it (the statements folded anew, for one question or for one reader). Both give the rival's
answers, which is checked before anything is measured.
"""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import hub.application.disclosure
from bench.data import Place
from bench.fifty import AUTHORITY, ITEMS, PLACES, PURPOSE, Life
from bench.measure import PAIRS, Comparison, Profile, Section, Step, Stopwatch, timed, unburdened
from bench.rivals import masks
from bench.rivals.masks import Eyes, Granted, Row, Thing
from hub.application.disclosure import EVERY_PURPOSE, Request, State, Viewer, decide
from hub.application.facts import Partners
from hub.application.grants import CITIZEN_SOURCE, Grant
from hub.items import Item
from hub.vocabulary import CATEGORY_BIT, PURPOSE_BIT, Channel, Purpose

BIT: Final = PURPOSE_BIT[Purpose.COORDINATION]
RIVAL: Final = "bare loop over masks"
UNIT: Final = "decisions a second"


def steps() -> tuple[Step, ...]:
    """What is watched."""
    return (
        Step("fold: what is left of State.add", State, "add"),
        Step("a consent or basis begins (State.granted)", State, "granted"),
        Step("look with a partner's eyes (Viewer.of)", Viewer, "of"),
        Step("the grants in force (State.grants_in_force)", State, "grants_in_force"),
        Step("which moments end something (State.ends_after)", State, "ends_after"),
        Step("decide: what is left of Viewer.disclose", Viewer, "disclose"),
        Step("labels of the existence (Viewer.existence)", Viewer, "existence"),
        Step("labels of a field (Viewer.labels)", Viewer, "labels"),
        Step("which grants cover it (Viewer._covering)", Viewer, "_covering"),
        Step("does one grant cover it (Grant.covers)", Grant, "covers"),
        Step("is each label granted (Viewer._by_grants)", Viewer, "_by_grants"),
        Step("by which ways (Viewer.ways)", Viewer, "ways"),
        Step("what a name reveals (Partners.reveals)", Partners, "reveals"),
        Step("item grants, field by field (Viewer._granted)", Viewer, "_granted"),
        Step("until when: what is left of Viewer.valid_until", Viewer, "valid_until"),
        Step("rule 1 (Viewer.refusal)", Viewer, "refusal"),
        Step("reasons of a denial (reasons)", hub.application.disclosure, "reasons"),
        Step("what it rests on (Viewer.grants_behind)", Viewer, "grants_behind"),
    )


class Bench:
    """The same citizen for the hub, and as ready masks for the rival."""

    def __init__(self) -> None:
        self.life = life = Life()
        self.raw = [*life.organisations, *life.statements]
        self.state = State.of(self.raw)
        self.known = State.of(life.organisations).partners
        self.things = [self._thing(item) for item in life.items]
        self.eyes = [self._eyes(partner, life.now) for partner in PLACES.values()]
        self.later = [
            (
                eyes,
                [
                    (end, self._eyes(eyes.partner, end))
                    for end in self.state.ends_after(eyes.partner, life.now)
                ],
            )
            for eyes in self.eyes
        ]
        self.blank = [eyes._replace(grants=(), kept=self._unblocked(eyes)) for eyes in self.eyes]
        self.rows = self._rows()
        self.requests = [self._request(number) for number in range(len(PLACES) * ITEMS)]
        self.permitted = self.check()

    # What the rival is handed.

    def _thing(self, item: Item) -> Thing:
        viewer = self.state.viewer(AUTHORITY, self.life.now)
        amended = self.state.amendment(item.event_id)
        sources = tuple(source or CITIZEN_SOURCE for source in (item.source, *amended.sources))
        times = (item.occurred_at, *(moment for moment, _ in amended.times))
        fields = tuple(
            (field.name, viewer.labels(field, amended))
            for field in item.fields
            if not (field.text and amended.misfiled)
        )
        return Thing(item.position, sources[0], sources, times, viewer.existence(item, amended), fields)

    def _eyes(self, partner: UUID, now: int) -> Eyes:
        viewer = self.state.viewer(partner, now)
        assert viewer.facts is not None
        given = {}
        for item in self.life.items:
            disclosure = viewer.disclose(item) if item.event_id in viewer.items else None
            if disclosure is not None:
                given[item.position] = {shown.name: shown.purposes for shown in disclosure.fields}
        grants = [_granted(grant) for grant in viewer.grants]
        return Eyes(partner, viewer.facts.ceiling, viewer.kept, grants, given, EVERY_PURPOSE)

    def _unblocked(self, eyes: Eyes) -> int:
        """What is kept from a partner besides by blocks."""
        return eyes.kept & ~self.state.blocked(eyes.partner)

    def _rows(self) -> list[Row]:
        """Each statement on the citizen, with the masks that its consent came to in the end."""
        rows = []
        for statement in self.life.statements:
            body, partner, key = statement.body, statement.partner, None
            if statement.kind in ("grant", "basis", "narrowed"):
                key = UUID(body["grant"])
                grant = self.state.grants.get(key)
                if grant is None and statement.kind != "narrowed":  # it has ended; what it said is enough
                    grant = State(Partners()).granted(statement)
                if grant is not None and not grant.pending:
                    used = self.state.used(grant) if grant.basis else grant
                    assert used is not None
                    does = masks.CHANGE if statement.kind == "narrowed" else masks.BEGIN
                    rows.append(Row(does, key, partner, _granted(used), used.ends))
                    continue
            if statement.kind == "ended":
                rows += [Row(masks.END, UUID(ended), partner) for ended in body["grants"]]
            elif statement.kind == "block":
                mask = sum(CATEGORY_BIT[label] for label in body["categories"].split())
                rows.append(Row(masks.KEEP, UUID(body["block"]), partner, mask=mask))
            elif statement.kind == "unblock":
                rows.append(Row(masks.OPEN, UUID(body["block"]), partner))
            else:
                rows.append(Row(masks.OTHER, key, partner))
        return rows

    def _request(self, number: int) -> Request:
        """A person with a task asks about one item, on a screen."""
        partner = list(PLACES.values())[number % len(PLACES)]
        item = self.life.items[number // len(PLACES)]
        return Request(partner, self.life.persons[partner], PURPOSE, Channel.SCREEN, item, self.life.now)

    # What is measured.

    def viewers(self) -> list[Viewer]:
        """The six partners' eyes, made anew."""
        return [self.state.viewer(partner, self.life.now) for partner in PLACES.values()]

    def disclose(self) -> int:
        """Every item for every partner; how many they may see."""
        return sum(
            1 for viewer in self.viewers() for item in self.life.items if viewer.disclose(item) is not None
        )

    def publish(self) -> int:
        """The same, and until when: how many there are whose time will come."""
        ending = 0
        for viewer in self.viewers():
            for item in self.life.items:
                disclosure = viewer.disclose(item)
                if disclosure is not None:
                    ending += viewer.valid_until(item, disclosure) is not None
        return ending

    def folded(self) -> State:
        """What stands, folded for one reading: the organisations are known, the citizen's statements are read anew."""
        state = State(self.known)
        for statement in self.life.statements:
            state.add(statement)
        return state

    def _reader(self, request: Request) -> Viewer:
        partner, person, purpose, channel, _, now = request
        return self.folded().viewer(partner, now, person=person, channel=channel, purpose=purpose)

    def ask(self, count: int) -> int:
        """So many questions, the statements folded for each; how many are permitted."""
        return sum(self._reader(request).decide(request.item).permitted for request in self.requests[:count])

    def read(self, count: int) -> int:
        """So many people read: the statements folded for each, then every item decided; how many they may see."""
        seen = 0
        for request in self.requests[:count]:
            viewer = self._reader(request)
            for item in self.life.items:
                disclosure = viewer.disclose(item)
                seen += disclosure is not None and bool(disclosure.purposes & BIT)
        return seen

    def answers(self, count: int) -> int:
        """The rival's answers to the same questions."""
        asked = [self._asked(number) for number in range(count)]
        return sum(1 for eyes, thing in asked if masks.answer(self.rows, eyes, thing, BIT, self.life.now))

    def reads(self, count: int) -> int:
        """The rival's reading: its statements gone through once, then every event."""
        seen = 0
        for number in range(count):
            eyes = masks.fold(self.rows, self._asked(number)[0], self.life.now)
            for thing in self.things:
                seen += any(may & BIT for _, may in masks.disclose(eyes, thing))
        return seen

    def _asked(self, number: int) -> tuple[Eyes, Thing]:
        return self.blank[number % len(PLACES)], self.things[number // len(PLACES)]

    def check(self) -> int:
        """The rival answers as the hub does, whichever way it is asked; how many decisions permit something."""
        permitted = 0
        for viewer, eyes in zip(self.viewers(), self.eyes, strict=True):
            for item, thing in zip(self.life.items, self.things, strict=True):
                disclosure = viewer.disclose(item)
                ours = [] if disclosure is None else [shown[:2] for shown in disclosure.fields]
                assert ours == masks.disclose(eyes, thing), "the rival decides otherwise"
                permitted += bool(ours)
        for number, request in enumerate(self.requests):
            decision = decide(self.raw, request)
            assert decision == self._reader(request).decide(request.item), (
                "known organisations decide otherwise"
            )
            ours = [shown[:2] for shown in decision.fields]
            theirs = masks.answer(self.rows, *self._asked(number), BIT, self.life.now)
            assert ours == theirs, "the rival answers otherwise"
        assert self.publish() == masks.sweep_until(self.later, self.things), "the rival sees another end"
        assert self.read(len(PLACES)) == self.reads(len(PLACES)), "the rival reads otherwise"
        return permitted

    def profile(self, title: str, work: Callable[[], int], decisions: int) -> Profile:
        """Where the time goes."""
        watch = Stopwatch()
        with watch.watching(steps()):
            took = timed(work)
        return watch.profile(f"{title}, for each decision", took, decisions)


def _granted(grant: Grant) -> Granted:
    return Granted(
        grant.labels, grant.purposes, grant.sources, grant.window, grant.position, grant.recorded_at
    )


def run(_place: Place | None = None, *, quick: bool) -> Section:
    """Measure."""
    section, bench = Section("Deciding, with fifty statements on the citizen"), Bench()
    rounds, questions, reads = (3, 120, 12) if quick else (20, 600, 120)
    every = len(PLACES) * ITEMS

    def again(work: Callable[[], int]) -> Callable[[], None]:
        def repeated() -> None:
            for _ in range(rounds):
                work()

        return repeated

    measured: tuple[tuple[str, Callable[[], Any], Callable[[], Any], int], ...] = (
        (
            "one state, six partners, every item (Viewer.disclose)",
            again(bench.disclose),
            again(lambda: masks.sweep(bench.eyes, bench.things)),
            every * rounds,
        ),
        (
            "the same and until when, as the discloser writes rows (Viewer.valid_until)",
            again(bench.publish),
            again(lambda: masks.sweep_until(bench.later, bench.things)),
            every * rounds,
        ),
        (
            "one reader: statements folded, every item (State.add, Viewer.disclose)",
            lambda: bench.read(reads),
            lambda: bench.reads(reads),
            reads * ITEMS,
        ),
        (
            "one question: statements folded for it alone (State.add, Viewer.decide)",
            lambda: bench.ask(questions),
            lambda: bench.answers(questions),
            questions,
        ),
    )
    with unburdened():
        taken = [[(timed(ours), timed(theirs)) for _, ours, theirs, _ in measured] for _ in range(PAIRS)]
        for which, (what, _, _, count) in enumerate(measured):
            pairs = tuple((turn[which][0] / count, turn[which][1] / count) for turn in taken)
            section.comparisons.append(Comparison(what, RIVAL, None, UNIT, pairs, batch=True))
        section.profiles += [bench.profile(what, ours, count) for what, ours, _, count in measured]
    section.notes += [
        (
            f"{len(bench.life.statements)} statements on one citizen (consents with and without a window, one spoken, "
            "one under § 43, tasks, items, blocks, a basis in law, corrections and labels), and "
            f"{len(bench.life.organisations)} on six organisations, which are known; {ITEMS} items of four fields. "
            f" Of {every} decisions {bench.permitted} permit something."
        ),
        (
            f"{PAIRS} pairs. The rival is handed every mask ready made (labels as they are now, what each consent came "
            "to, item grants by field, the eyes of each later moment); it gives the same answers, which was checked, "
            "but no reasons. In the last two it goes through the statements as rows of whole numbers."
        ),
    ]
    return section
