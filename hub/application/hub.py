"""Carrying out commands: load the aggregates, let them decide, save, and try again when somebody was first.

A command has an id. Whoever lost the answer sends it again with the same id and gets the first answer: the store
keeps ids and answers in the transaction of the events.
"""

import random
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4, uuid5

from hub.aggregates import Act, Actor, Citizen, Consents, Organisation
from hub.aggregates.base import event_id, own_id
from hub.application.standing import Partners, State
from hub.clock import Clock, to_microseconds
from hub.encoding import body_of
from hub.errors import AccessDenied, Conflict, NotFound, NotPermitted, Refused
from hub.items import Item, item_of
from hub.postgres import DatabaseUnavailable
from hub.statements import Statement, statements_of
from hub.store import AlreadyDone, Log, Opened, Store
from hub.vault import Person, Vault
from hub.vocabulary import Role, Sector, Source

A = TypeVar("A", bound=Organisation)

ATTEMPTS: Final = 12
EVEN: Final = 0.025
"""Seconds: a denial answers at a multiple of this after it was asked for, so that its time tells nothing."""
CACHE_SIZE: Final = 10_000
DENIAL: Final = (
    "Der er intet at vise. / There is nothing to show: no such citizen, or nothing that you may be told."
)
"""The one uniform denial, for every reason and for a citizen who does not exist."""


class _Now:
    """The default of `occurred_at`: it happened when it is recorded."""


NOW: Final = _Now()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answers: the ids it made, and the log position of its first event (0: nothing to record)."""

    ids: dict[str, str] = field(default_factory=dict)
    position: int = 0


@dataclass(slots=True)
class Rehearsal:
    """What commands would have recorded, had they been meant: decided as ever, and never saved."""

    head: int
    """The last position before what was rehearsed."""
    actors: list[Actor] = field(default_factory=list)
    items: list[tuple[UUID | None, Item]] = field(default_factory=list)
    """The citizen and the event as the decision would see it, at the positions after the head."""
    statements: list[Statement] = field(default_factory=list)
    touched: dict[UUID, Organisation] = field(default_factory=dict)
    """The aggregates as they would be: the next command of the same rehearsal finds them so."""


_REHEARSING: Final[ContextVar[Rehearsal | None]] = ContextVar("rehearsing", default=None)


def evened(begun: float) -> None:
    """Wait until the next multiple of `EVEN` after a moment (`time.monotonic`)."""
    gone = time.monotonic() - begun
    time.sleep(EVEN - gone % EVEN)


def nothing(what: str) -> NotFound:
    """What is not there, or not there for whoever asks."""
    return NotFound(f"There is no such {what}: check the reference.")


class Work:
    """The aggregates of one attempt. What was taken from the cache is nobody else's meanwhile."""

    def __init__(self, hub: "Hub", *, fresh: bool) -> None:
        self._hub = hub
        self._fresh = fresh
        self.touched: dict[UUID, Organisation] = {}
        self.from_cache = False

    def get(self, kind: type[A], identity: UUID, what: str) -> A:
        """Load an aggregate; NotFound (with this word for it) when there is none."""
        found = self.find(kind, identity)
        if found is None:
            raise nothing(what)
        return found

    def find(self, kind: type[A], identity: UUID) -> A | None:
        """Load an aggregate if there is one."""
        held = self.touched.get(identity)
        if held is None and not self._fresh and (held := self._hub.take(identity)) is not None:
            self.from_cache = True
        if held is None:
            held = self._hub.store.load(identity)
        if not isinstance(held, kind):
            return None
        self.touched[identity] = held
        return held

    def add(self, aggregate: Organisation) -> None:
        """A new aggregate; refuse when there is one already."""
        self.touched[aggregate.id] = aggregate

    def citizen(self, citizen: UUID) -> Citizen:
        """The citizen's own aggregate."""
        return self.get(Citizen, own_id(citizen, "citizen"), "citizen")

    def consents(self, citizen: UUID, act: Act) -> Consents:
        """The citizen's consents; the book is opened with the first of them."""
        found = self.find(Consents, own_id(citizen, "consents"))
        if found is None:
            self.citizen(citizen)
            found = Consents.begin(citizen, act)
            self.add(found)
        return found


class Hub:
    """What use cases are given: the store, the vault, the log and a clock."""

    def __init__(self, store: Store, vault: Vault, clock: Clock) -> None:
        self.store = store
        self.vault = vault
        self.clock = clock
        self.database = store.database
        self.log = Log(store.database)
        self._cache: OrderedDict[UUID, Organisation] = OrderedDict()
        self._lock = Lock()
        self._known: tuple[int, Partners] = (0, Partners())
        """The organisations as they stood after the statement at a position; replaced, never changed."""

    # Commands.

    def do(
        self,
        actor: Actor,
        decide: Callable[[Work, Act], dict[str, UUID] | None],
        *,
        command_id: UUID | None = None,
        occurred_at: datetime | _Now | None = NOW,
        source: Source = Source.SCREEN,
        before_save: Callable[[], None] | None = None,
    ) -> Answer:
        """Carry out one command. `decide` gets the aggregates and the act, and returns the ids it made.

        Raises what the aggregate refuses with, or Conflict when it was overtaken every time.
        """
        if (rehearsal := _REHEARSING.get()) is not None:
            recorded = self.clock()
            happened = recorded if isinstance(occurred_at, _Now) else occurred_at
            act = Act(actor, happened, recorded, source, command_id or uuid4())
            return self._rehearse(rehearsal, act, decide)
        known, command = command_id is not None, command_id or uuid4()
        fresh = False
        for attempt in range(ATTEMPTS):
            work = Work(self, fresh=fresh)
            recorded = self.clock()
            happened = recorded if isinstance(occurred_at, _Now) else occurred_at
            act = Act(actor, happened, recorded, source, command)
            try:
                ids = {name: str(value) for name, value in (decide(work, act) or {}).items()}
            except Refused:
                if known and (done := self.answered(command, actor)) is not None:
                    return done
                if work.from_cache:
                    fresh = True  # what we had in memory may be behind: ask the store before saying no
                    continue
                raise
            if before_save is not None:
                before_save()
            try:
                position = self.store.record(work.touched.values(), command, {"ids": ids, "by": _who(actor)})
            except AlreadyDone:
                return self._replayed(command, actor)
            except (Conflict, DatabaseUnavailable):
                if known and (done := self.answered(command, actor)) is not None:
                    return done
                # A lost answer may have been a commit: from here on the store is asked before saying no.
                known = fresh = True
                time.sleep(random.uniform(0, 0.002 * 2 ** min(attempt, 6)))  # noqa: S311 - jitter, no secret
                continue
            self._give_back(work)
            return Answer(ids, position)
        raise Conflict("Others kept recording on the same citizen: try again in a moment.")

    @property
    def rehearsing(self) -> bool:
        """Whether what is done now is only decided, and not saved."""
        return _REHEARSING.get() is not None

    @contextmanager
    def rehearse(self) -> Iterator[Rehearsal]:
        """Carry commands out as if: inside this, each is decided on what stands, and nothing is saved."""
        rehearsal = Rehearsal(self.log.head()[0])
        token = _REHEARSING.set(rehearsal)
        try:
            yield rehearsal
        finally:
            _REHEARSING.reset(token)

    def _rehearse(
        self, rehearsal: Rehearsal, act: Act, decide: Callable[[Work, Act], dict[str, UUID] | None]
    ) -> Answer:
        """One command of a rehearsal. No aggregate comes from the cache or goes there: none of this has happened."""
        rehearsal.actors.append(act.by)
        if (done := self.answered(act.command_id, act.by)) is not None:
            return done
        work = Work(self, fresh=True)
        work.touched = rehearsal.touched
        ids = {name: str(value) for name, value in (decide(work, act) or {}).items()}
        first, schemas = rehearsal.head + len(rehearsal.items) + 1, self.store.sealer.schemas
        pending: list[Any] = [
            event for aggregate in work.touched.values() for event in aggregate.collect_events()
        ]
        for position, event in enumerate(pending, first):
            schema, body = schemas.decode(schemas.encode(event.TOPIC, body_of(event)[0]))
            originator, version = event.originator_id, event.originator_version
            citizen: UUID | None = getattr(event, "citizen_id", None)
            identity = event_id(originator, version)
            rehearsal.items.append((citizen, item_of(schema, body, identity, position)))
            recorded = to_microseconds(act.recorded_at)
            rehearsal.statements.extend(
                said._replace(position=position, recorded_at=recorded, citizen=citizen)
                for said in statements_of(schema.event, body, originator, version)
            )
        return Answer(ids, first if pending else 0)

    def answered(self, command: UUID, actor: Actor) -> Answer | None:
        """What a command answered when it was carried out; for whoever sent it, and nobody else."""
        done = self.store.answer(command)
        return None if done is None or done[1]["by"] != _who(actor) else Answer(done[1]["ids"], done[0])

    def _replayed(self, command: UUID, actor: Actor) -> Answer:
        done = self.answered(command, actor)
        if done is None:
            raise Conflict("That command id was used for something else: send a new one.")
        return done

    def take(self, identity: UUID) -> Organisation | None:
        """Take an aggregate out of the cache: until it is given back it is the taker's alone."""
        with self._lock:
            return self._cache.pop(identity, None)

    def _give_back(self, work: Work) -> None:
        with self._lock:
            for identity, aggregate in work.touched.items():
                self._cache[identity] = aggregate
            while len(self._cache) > CACHE_SIZE:
                self._cache.popitem(last=False)

    # Who acts, and on whom.

    def actor(self, person: Person, unit: str | None = None) -> Actor:
        """Somebody at a partner, as the actor of a command; refused while the partner is suspended.

        Somebody at no partner acts for a citizen: `check_may_write` says for whom.
        """
        if person.left is not None:
            raise NotPermitted("The person works there no longer: somebody else does it.")
        if person.partner is None:
            return Actor(Role.REPRESENTATIVE, person=person.id, function=person.function)
        facts = self.partners().get(person.partner)
        if facts is None or facts.suspended:
            raise NotPermitted("The organisation is not registered, or is suspended: ask the authority.")
        return Actor(Role.PARTNER, person.partner, unit, person.id, person.function, Sector(facts.sector))

    def partners(self) -> Partners:
        """The registered organisations, as they stand now."""
        known = self._known
        return self._with(known, self.log.partner_statements(after=known[0]))

    def partners_at(self) -> tuple[int, Partners]:
        """The registered organisations, and the position of the last statement about any of them."""
        partners = self.partners()
        return self._known[0], partners

    def state(self, citizen: UUID) -> State:
        """What stands about a citizen, from the statements written with the events: no consumer's lag."""
        known = self._known
        statements = self.log.statements([citizen], partners_after=known[0])
        state = State(self._with(known, [said for said in statements if said.citizen is None]))
        for statement in statements:
            if statement.citizen is not None:
                state.add(statement)
        if (rehearsal := _REHEARSING.get()) is not None:
            for statement in rehearsal.statements:
                if statement.citizen == citizen:
                    state.add(statement)
        return state

    def _with(self, known: tuple[int, Partners], newer: Sequence[Statement]) -> Partners:
        """The organisations as they were known, with all that was said of them after that position.

        Commit order is position order, so nothing can appear later below a position that was read. What is known is
        replaced, never changed: whoever holds an older one keeps it, and asks for what came after it.
        """
        if not newer:
            return known[1]
        partners = known[1].copy()
        for statement in newer:
            partners.add(statement)
        self._known = (newer[-1].position, partners)
        return partners

    def check_may_write(self, actor: Actor, citizen: UUID) -> None:
        """Refuse a stranger: who writes is the citizen, a representative, the hub, or at a related partner.

        The partner that enrolled the citizen may write too, or nobody could begin.
        """
        begun = time.monotonic()
        if actor.role in (Role.CITIZEN, Role.HUB) or self.may_write(actor, citizen):
            return
        evened(begun)
        raise AccessDenied(DENIAL)

    def may_write(self, actor: Actor, citizen: UUID) -> bool:
        """Whether somebody is no stranger to a citizen: who represents them, is related, or enrolled them."""
        if actor.role is Role.REPRESENTATIVE:
            return self.scope_of(actor, citizen) is not None
        if actor.partner is None:
            return True
        if self.log.met(citizen, actor.partner):
            viewer = self.state(citizen).viewer(actor.partner, to_microseconds(self.clock()))
            if viewer.related:
                return True
        first = self.log.first(citizen)
        return first is not None and (
            self.store.sealer.open(first.value, citizen).body["act"]["partner"] == actor.partner.bytes
        )

    def scope_of(self, actor: Actor, citizen: UUID) -> frozenset[str] | None:
        """In which categories a representative acts for this citizen, as it stands now; None for nobody's."""
        found = Work(self, fresh=True).find(Citizen, own_id(citizen, "citizen"))
        return None if found is None or actor.person is None else found.scope_of(actor.person)

    def items(self, citizen: UUID) -> list[tuple[Item, Opened]]:
        """Everything recorded on a citizen, as the decision sees it, with what was opened for it."""
        records = self.log.of_citizens([citizen])
        found = []
        for record, opened in zip(records, self.store.sealer.open_all(records), strict=True):
            if isinstance(opened, Opened):
                found.append((item_of(opened.schema, opened.body, opened.event_id, record.position), opened))
        return found


def _who(actor: Actor) -> str:
    """Who sent a command, as it is kept beside its answer."""
    return f"{actor.role}:{actor.partner or ''}:{actor.person or ''}"


def made(act: Act, what: str) -> UUID:
    """An id for something that a command makes: the same when the command is sent again."""
    return uuid5(act.command_id, what)


__all__ = ["DENIAL", "NOW", "Answer", "Hub", "Rehearsal", "Work", "made"]
