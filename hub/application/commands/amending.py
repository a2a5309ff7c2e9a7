"""What is said of an event afterwards: corrected, labelled anew, disputed, or written on the wrong person.

Whoever may not see an event is told of it what a stranger is told: the one uniform denial.
"""

from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple, Unpack
from uuid import UUID

import orjson

from hub.aggregates import Act, Actor, Amendable, Text
from hub.aggregates.amending import OCCURRED
from hub.aggregates.meeting import MeetingKind
from hub.application.amendments import Amendment
from hub.application.commands.base import Meta, on_citizen
from hub.application.disclosure import State
from hub.application.hub import DENIAL, Answer, Hub, Work
from hub.clock import to_microseconds
from hub.errors import AccessDenied, BadInput, NotFound, NotPermitted
from hub.items import Item
from hub.schemas import FieldShape
from hub.store import Opened
from hub.vocabulary import (
    PARAGRAPHS,
    PURPOSE_BIT,
    UNKNOWN,
    Channel,
    Purpose,
    Role,
    Sector,
    label_mask,
    label_names,
    purpose_names,
)

_NO_FIELD: Final = "That field is not there to change: name one that you see in it (hub timeline --refs)."
_NO_VALUE: Final = (
    "That is no value for the field: give a day, a time, yes or no, or a word that it can have."
)
_KINDS: Final = {("meeting.convened", "kind"): frozenset(MeetingKind)}
"""Words that can be corrected. Other kinds (of a plan, of a handover) decided what followed, and so stand."""
_EARLIEST, _LATEST = (to_microseconds(datetime(year, 1, 1, tzinfo=UTC)) for year in (2, 9999))


class Subject(NamedTuple):
    """The event that something is said of, and what stands about it now."""

    item: Item
    opened: Opened
    amended: Amendment
    fields: frozenset[str]
    """The fields that the actor may see, or wrote."""

    def on(self, work: Work) -> Amendable:
        """The aggregate that it is recorded on."""
        return work.get(Amendable, self.opened.originator_id, "record")

    def shape(self, field: str) -> FieldShape:
        """What its schema says of a field; refused, in one way, where there is none that the actor may know of."""
        if field not in self.fields:
            raise BadInput(_NO_FIELD)
        return next(shape for shape in self.opened.schema.fields if shape.name == field)

    def labels(self, field: str | None) -> int:
        """The labels of a field (None: of the existence) now, without what names reveal."""
        if field is None:
            return self.amended.existence(self.item.existence)
        return next(self.amended.labels(each) for each in self.item.fields if each.name == field)


def subject_of(hub: Hub, actor: Actor, citizen: UUID, event: UUID) -> Subject:
    """The event with this id, as far as the actor may know of it; otherwise the uniform denial."""
    state = hub.state(citizen)
    for item, opened in hub.items(citizen):
        if item.event_id == event and (fields := _seen(hub, state, actor, citizen, item)) is not None:
            return Subject(item, opened, state.amendment(event), fields)
    if actor.role is Role.CITIZEN:
        raise NotFound("There is no such event: hub timeline --refs shows what each is called.")
    raise AccessDenied(DENIAL)


def _seen(hub: Hub, state: State, actor: Actor, citizen: UUID, item: Item) -> frozenset[str] | None:
    """The fields that the actor may see, everything of what it wrote itself; None: nothing of it at all."""
    everything = frozenset(field.name for field in item.fields)
    if actor.role is Role.REPRESENTATIVE:
        amended = state.amendment(item.event_id)
        labels = amended.existence(item.existence)
        for field in item.fields:
            labels |= amended.labels(field)
        return everything if not labels & ~label_mask(hub.scope_of(actor, citizen) or ()) else None
    if actor.role is not Role.PARTNER or actor.partner is None or actor.partner == item.source:
        return everything
    now = to_microseconds(hub.clock())
    if actor.person is None:
        disclosure = state.viewer(actor.partner, now).disclose(item)
        return disclosure and frozenset(shown.name for shown in disclosure.fields)
    seen: set[str] = set()
    for purpose in purpose_names(state.task_purposes(actor.partner, actor.person, now)):
        viewer = state.viewer(
            actor.partner, now, person=actor.person, channel=Channel.SCREEN, purpose=purpose
        )
        disclosure = None if viewer.refusal() else viewer.disclose(item)
        if disclosure is not None:
            seen |= {shown.name for shown in disclosure.narrowed(PURPOSE_BIT[Purpose(purpose)]).fields}
    return frozenset(seen) or None


def correct(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    event: UUID,
    field: str,
    *,
    text: Text | None = None,
    value: str | None = None,
    reason: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Put a field right: words, or a plain value as JSON; `occurred` is the time (an ISO moment, or nothing)."""

    def decide(work: Work, act: Act) -> None:
        subject = subject_of(hub, actor, citizen, event)
        if field == OCCURRED:
            _check_moment(value)
        else:
            _check_field(subject, field, text, value)
        subject.on(work).correct(subject.opened.version, field, act, text=text, value=value, reason=reason)

    return on_citizen(hub, actor, citizen, decide, meta)


def relabel(
    hub: Hub,
    actor: Actor,
    citizen: UUID,
    event: UUID,
    field: str | None,
    *,
    add: frozenset[str] = frozenset(),
    remove: frozenset[str] = frozenset(),
    reason: Text | None = None,
    **meta: Unpack[Meta],
) -> Answer:
    """Give a field (None: the event itself) more labels; the citizen can take labels away, but never the last."""

    def decide(work: Work, act: Act) -> None:
        subject = subject_of(hub, actor, citizen, event)
        if field is not None:
            subject.shape(field)
        aggregate = subject.on(work)
        if actor.role is Role.CITIZEN:
            _check_removal(subject, field, label_mask(add), label_mask(remove))
        aggregate.relabel(subject.opened.version, field, act, add=add, remove=remove, reason=reason)

    return on_citizen(hub, actor, citizen, decide, meta)


def dispute(hub: Hub, actor: Actor, citizen: UUID, event: UUID, words: Text, **meta: Unpack[Meta]) -> Answer:
    """The citizen (or a representative) disagrees with what is written; it is shown beside it."""

    def decide(work: Work, act: Act) -> None:
        subject = subject_of(hub, actor, citizen, event)
        subject.on(work).dispute(subject.opened.version, words, act)

    return on_citizen(hub, actor, citizen, decide, meta)


def misfile(hub: Hub, actor: Actor, citizen: UUID, event: UUID, reason: Text, **meta: Unpack[Meta]) -> Answer:
    """Written on the wrong person: its words are destroyed; by whoever recorded it, or the authority."""

    def decide(work: Work, act: Act) -> None:
        found = next((pair for pair in hub.items(citizen) if pair[0].event_id == event), None)
        if found is None or not may_misfile(actor, found[0]):
            subject_of(hub, actor, citizen, event)  # who may not see it learns nothing of it
            raise NotPermitted(
                "What stands on the wrong person is marked by whoever wrote it, or the authority: ask them to."
            )
        opened = found[1]
        work.get(Amendable, opened.originator_id, "record").misfile(opened.version, reason, act)

    return on_citizen(hub, actor, citizen, decide, meta)


def may_misfile(actor: Actor, item: Item) -> bool:
    """Whether it is this actor's to say that the event stands on the wrong person."""
    if actor.role is not Role.PARTNER or actor.partner is None:
        return False
    return actor.partner == item.source or actor.sector is Sector.AUTHORITY


# What a correction can be.


def _check_field(subject: Subject, field: str, text: Text | None, value: str | None) -> None:
    shape = subject.shape(field)
    if shape.kind == "text":
        if text is None:
            raise BadInput("The field is words: give the right ones, with a label for what they are about.")
    elif shape.kind != "value" or shape.key:
        raise BadInput(
            "Names of organisations and people are not corrected: record it anew, and withdraw this."
        )
    elif value is None or not _fits(subject, shape, _read(value)):
        raise BadInput(_NO_VALUE)


def _fits(subject: Subject, shape: FieldShape, value: Any) -> bool:
    """Whether a plain value is of the kind that the field has."""
    if shape.type == "microseconds":
        return type(value) is int and _EARLIEST <= value < _LATEST
    if shape.type == "date":
        return isinstance(value, str) and _is_day(value)
    if shape.reveals == "paragraph":
        return value in PARAGRAPHS
    if isinstance(subject.opened.body[shape.name], bool):
        return isinstance(value, bool)
    return value in _KINDS.get((subject.item.event, shape.name), ())


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _check_moment(value: str | None) -> None:
    moment = None if value is None else _read(value)
    if moment is None:
        return
    try:
        written = datetime.fromisoformat(moment) if isinstance(moment, str) else None
        found = None if written is None or written.tzinfo is None else to_microseconds(written)
    except (ValueError, OverflowError):
        found = None
    if found is None or not _EARLIEST <= found < _LATEST:
        raise BadInput("That is no time: write it as 2026-03-01 10:00, or as undated.")


def _read(value: str) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise BadInput(_NO_VALUE) from None


def _check_removal(subject: Subject, field: str | None, add: int, remove: int) -> None:
    """Refuse to take away a label that is not there, and the last one."""
    labels = subject.labels(field)
    if remove & ~labels & ~UNKNOWN:
        raise BadInput(
            f"It has no such label of its own, only {', '.join(label_names(labels))}: "
            "what an organisation's name tells cannot be taken away."
        )
    if remove and not (labels | add) & ~remove & ~UNKNOWN:
        raise BadInput("That is its last label, and without one nobody could be let in: add another first.")
