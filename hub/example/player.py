"""Plays steps: each is given to the hub as the command it is, while the clock moves on."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from hub.aggregates import TOLD, Act, Actor, Cooperation, Handover
from hub.aggregates.base import event_id
from hub.aggregates.following import CarriedOver
from hub.application import commands
from hub.application.access import Reader
from hub.application.commands import changing, closing, settling
from hub.application.hub import NOW, Answer, Work
from hub.bootstrap import Wired
from hub.clock import Clock, FixedClock
from hub.example.municipality import Municipality
from hub.example.steps import CITIZEN, HUB, Made, Step
from hub.vocabulary import Purpose, Role

_COMMANDS: Final[dict[str, Callable[..., Answer]]] = {
    each.__name__: each
    for each in (
        commands.assign,
        commands.release_coordinator,
        closing.close_citizen,
        closing.reopen_citizen,
        changing.change_contact_person,
        commands.end_relation,
        commands.end_representative,
        commands.unprotect_address,
        commands.end_basis,
        commands.record_disclosure,
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
_ITEMISED: Final = frozenset({"propose_handover", "record_disclosure"})
"""What names events as items, by the commands that made them."""
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
                self._vault.register_person(*terms, invented_phone(worker.id))
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
            do = self._cooperate if step.verb == "cooperate" else self._found
            return do(step, actor, meta)
        if step.verb == "expire_consents":
            return commands.expire_consents(hub, citizen, **meta)
        others = {"change_coordinator": self._change, "tell": self._tell}
        if step.verb in others or "." in step.verb:
            return others.get(step.verb, self._method)(step, citizen, actor, meta)
        args, named = step.args, dict(step.named)
        if step.verb in _SAID_OF:
            args = (self._event(args[0]), *args[1:])
        elif step.verb in _ITEMISED:
            named["items"] = tuple(self._event(command) for command in named["items"])
        elif step.verb == "enrol":
            (named["identity"],) = args
            return commands.enrol(hub, actor, citizen=citizen, by_name=True, **named, **meta)
        return _COMMANDS[step.verb](hub, actor, citizen, *args, **named, **meta)

    def _change(self, step: Step, citizen: UUID, actor: Actor, meta: dict[str, Any]) -> Answer:
        """Another coordinator at another organisation: what is not let go is carried over."""
        to, gone = step.args, step.named["let_go"]
        rest = tuple(what for what in self._open(step.named["handover"]) if what not in gone)
        terms = changing.Settling(rest, gone, step.named["reason"])
        return changing.change_coordinator(self._hub, actor, citizen, to[0], to[1], to[2], terms, **meta)

    def _open(self, handover: UUID) -> list[UUID]:
        """The agreements and consents of whoever passes on that are still to be settled."""
        work = Work(self._hub, fresh=True)
        found = work.get(Handover, handover, "handover")
        return [one.what for one in settling.unsettled(self._hub, work, found)]

    def _tell(self, step: Step, citizen: UUID, actor: Actor, meta: dict[str, Any]) -> Answer:
        """An event whose class says its rule."""
        event, fields, on = step.args
        said = {name: self._event(v.command) if isinstance(v, Made) else v for name, v in fields.items()}
        return commands.tell(self._hub, actor, citizen, TOLD[f"{event}.v1"], said, on, **meta)

    def _method(self, step: Step, citizen: UUID, actor: Actor, meta: dict[str, Any]) -> Answer:
        """One of an aggregate's own commands."""
        kind, _, method = step.verb.partition(".")
        reference, args = step.args[0], step.args[1:]

        def do(aggregate: Any, act: Any) -> None:
            getattr(aggregate, method)(*args, act, **step.named)

        if step.verb == "handover.complete":
            for what in self._open(reference):
                said = {**meta, "command_id": uuid5(step.command, str(what))}
                commands.tell(self._hub, actor, citizen, CarriedOver, {"what": what}, reference, **said)
        if kind == "handover":
            return commands.on_handover(self._hub, actor, reference, do, **meta)
        on = {"plan": commands.on_plan, "meeting": commands.on_meeting}[kind]
        return on(self._hub, actor, citizen, reference, do, **meta)

    def _found(self, step: Step, actor: Actor, meta: dict[str, Any]) -> Answer:
        """An organisation's own step: it is registered, signs, adopts, confirms."""
        return _FOUNDING[step.verb](self._hub, actor, *step.args, **step.named, **meta)

    def _cooperate(self, step: Step, actor: Actor, meta: dict[str, Any]) -> Answer:
        """Something that an organisation says of itself, or does with others."""
        partner, method, *args = step.args

        def do(stream: Cooperation, act: Act) -> None:
            getattr(stream, method)(*args, act, **step.named)

        return commands.cooperate(self._hub, actor, partner, do, **meta)

    def _read(self, step: Step) -> None:
        """Somebody with emergency access reads what it opens, and is logged like anybody who reads."""
        person = self._vault.person(step.by)
        if step.citizen is not None and person.partner is not None:
            self._wired.access.view(Reader.of(person), person.partner, step.citizen, Purpose.EMERGENCY)

    def _event(self, command: UUID) -> UUID:
        """The id of the event that a command made."""
        record = self._hub.log.after(self.positions[command] - 1, 1)[0]
        return event_id(record.originator_id, record.version)


def invented_phone(person: UUID) -> str:
    """A telephone number that nobody has: no Danish number begins with 00."""
    digits = f"{person.int % 1_000_000:06}"
    return f"00 {digits[:2]} {digits[2:4]} {digits[4:]}"
