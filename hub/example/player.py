"""Plays steps: each is given to the hub as the command it is, while the clock moves on."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from hub.aggregates import Actor
from hub.aggregates.base import event_id
from hub.application import commands
from hub.application.access import Reader
from hub.application.hub import NOW, Answer
from hub.bootstrap import Wired
from hub.clock import Clock, FixedClock
from hub.example.municipality import Municipality
from hub.example.steps import CITIZEN, HUB, Step
from hub.vocabulary import Purpose, Role

_COMMANDS: Final[dict[str, Callable[..., Answer]]] = {
    each.__name__: each
    for each in (
        commands.assign,
        commands.release_coordinator,
        commands.tell_hope,
        commands.retell_hope,
        commands.record_contact,
        commands.record_death,
        commands.give_consent,
        commands.narrow_consent,
        commands.renew_consent,
        commands.withdraw_consent,
        commands.refuse_consent,
        commands.set_block,
        commands.confirm_consent,
        commands.register_basis,
        commands.open_emergency,
        commands.close_emergency,
        commands.review_emergency,
        commands.register_representative,
        commands.protect_address,
        commands.make_crisis_agreement,
        commands.note_treatment,
        commands.correct,
        commands.relabel,
        commands.dispute,
        commands.misfile,
        commands.lift_block,
        commands.agree_text,
        commands.open_plan,
        commands.convene,
        commands.propose_handover,
    )
}
_FOUNDING: Final[dict[str, Callable[..., Answer]]] = {
    "register_partner": commands.register_partner,
    "record_partner_agreement": commands.record_partner_agreement,
    "adopt_ceiling": commands.adopt_ceiling,
    "confirm_legal_basis": commands.confirm_legal_basis,
}
_SAID_OF: Final = frozenset({"correct", "relabel", "dispute", "misfile"})
"""What is said of an event; the step names the command that made it."""
RELATIVE: Final = "pårørende med fuldmagt"


class YearClock:
    """Tells the invented year's time while it is played, and then the real one's."""

    def __init__(self, begin: datetime, after: Clock) -> None:
        self._year: FixedClock | None = FixedClock(begin)
        self._after = after

    def __call__(self) -> datetime:
        """Tell the time."""
        return self._after() if self._year is None else self._year()

    def move_to(self, moment: datetime) -> None:
        """It is now this moment of the year."""
        if self._year is not None:
            self._year.advance(moment - self._year())

    def stop(self) -> None:
        """The year is over."""
        self._year = None


class Player:
    """Gives the hub one step after the other."""

    def __init__(
        self, wired: Wired, clock: YearClock, place: Municipality, follow: Callable[[], None]
    ) -> None:
        """`follow` brings the list of consents in step with the log, for the scheduler."""
        self._wired = wired
        self._hub = wired.hub
        self._vault = wired.vault
        self._follow = follow
        self._clock = clock
        self._place = place
        self._actors: dict[str, Actor] = {CITIZEN: Actor(Role.CITIZEN), HUB: Actor(Role.HUB)}
        self.positions: dict[UUID, int] = {}
        """The position of the first event of each command."""

    def play(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """The whole year; the number of commands carried out."""
        for step in self._place.founding:
            self._one(step)
        for workers in self._place.town.workers.values():
            for worker in workers:
                organisation = worker.organisation
                terms = (worker.id, worker.slug, organisation.id, organisation.function, worker.name)
                self._vault.register_person(*terms)
                self._actors[worker.slug] = self._hub.actor(self._vault.person(worker.slug))
        for relative in self._place.town.relatives:
            self._vault.register_person(relative.id, relative.slug, None, RELATIVE, relative.name)
            self._actors[relative.slug] = self._hub.actor(self._vault.person(relative.slug))
        for done, step in enumerate(self._place.steps, 1):
            self._one(step)
            if done % 20 == 0:
                progress(done)
        progress(len(self._place.steps))
        return len(self.positions)

    def _one(self, step: Step) -> None:
        self._clock.move_to(step.at)
        if step.verb == "look":
            self._follow()
            self._wired.scheduler().look()
            return
        if step.verb == "read_in_emergency":
            self._read(step)
            return
        meta = {"command_id": step.command, "occurred_at": step.occurred or NOW}
        self.positions[step.command] = self._command(step, self._actors[step.by], meta).position

    def _command(self, step: Step, actor: Actor, meta: dict[str, Any]) -> Answer:
        """Call the command that the step names."""
        hub, citizen = self._hub, step.citizen
        if citizen is None:
            return _FOUNDING[step.verb](hub, actor, *step.args, **step.named, **meta)
        if step.verb == "expire_consents":
            return commands.expire_consents(hub, citizen, **meta)
        if "." in step.verb:
            return self._method(step, citizen, actor, meta)
        args, named = step.args, dict(step.named)
        if step.verb in _SAID_OF:
            args = (self._event(args[0]), *args[1:])
        elif step.verb == "propose_handover":
            named["items"] = tuple(self._event(command) for command in named["items"])
        elif step.verb == "enrol":
            (named["identity"],) = args
            return commands.enrol(hub, actor, citizen=citizen, by_name=True, **named, **meta)
        return _COMMANDS[step.verb](hub, actor, citizen, *args, **named, **meta)

    def _method(self, step: Step, citizen: UUID, actor: Actor, meta: dict[str, Any]) -> Answer:
        """One of an aggregate's own commands."""
        kind, _, method = step.verb.partition(".")
        reference, args = step.args[0], step.args[1:]

        def do(aggregate: Any, act: Any) -> None:
            getattr(aggregate, method)(*args, act, **step.named)

        if kind == "handover":
            return commands.on_handover(self._hub, actor, reference, do, **meta)
        on = {"plan": commands.on_plan, "meeting": commands.on_meeting}[kind]
        return on(self._hub, actor, citizen, reference, do, **meta)

    def _read(self, step: Step) -> None:
        """Somebody with emergency access reads what it opens, and is logged like anybody who reads."""
        person = self._vault.person(step.by)
        if step.citizen is not None and person.partner is not None:
            self._wired.access.view(Reader.of(person), person.partner, step.citizen, Purpose.EMERGENCY)

    def _event(self, command: UUID) -> UUID:
        """The id of the event that a command made."""
        record = self._hub.log.after(self.positions[command] - 1, 1)[0]
        return event_id(record.originator_id, record.version)
