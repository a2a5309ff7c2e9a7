"""Matters: what begins, goes on and ends, each by events whose classes say their own rule.

A wish is made and answered, a problem reported and solved, a community wished for, tried and joined. Such an event
needs no code of its own: its class says who may record it, which matter it begins or belongs to, in which states that
matter must be, and what it is then. `tell` decides by that; on replay nothing is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, get_args, get_type_hints
from uuid import UUID

from hub.aggregates.amending import Amendable
from hub.aggregates.base import Act, Aggregate, by_citizen, by_partner, by_sector, shared
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from hub.vocabulary import Role, Sector

Who = Callable[..., Any]
"""Refuses whoever may not: called with the act, and what it is (`what=`)."""


def anyone(act: Act, *, what: str) -> None:
    """The citizen, a representative within the scope, or somebody at a partner."""
    staff = act.by.role is Role.PARTNER and act.by.partner is not None
    if not staff and act.by.role not in {Role.CITIZEN, Role.REPRESENTATIVE}:
        raise NotPermitted(
            f"{what} is for the citizen, or for somebody who works at a partner: use --as with one of them."
        )


def for_the_citizen(act: Act, *, what: str) -> None:
    """The citizen, or a representative within the scope: nobody on the staff."""
    if act.by.role not in {Role.CITIZEN, Role.REPRESENTATIVE}:
        raise NotPermitted(f"{what} is for the citizen alone: let the citizen do it (--as citizen).")


CITIZEN: Final[Who] = by_citizen
STAFF: Final[Who] = by_partner
AUTHORITY: Final[Who] = partial(lambda act, *, what: by_sector(act, Sector.AUTHORITY, what=what))


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that is going on, or was."""

    kind: str
    state: str


@dataclass(frozen=True, slots=True)
class Rule:
    """When an event of a kind may be recorded, and what it makes of its matter."""

    what: str
    """What is done, as a refusal names it: "Answering a wish"."""
    who: Who
    matter: str | None = None
    """The field that names the matter; the kind of matter has the same name."""
    after: tuple[str, ...] = ()
    """The states that the matter may be in; none: it is new."""
    becomes: str = ""
    """The state of the matter from then on."""
    or_new: bool = False
    """Whether the matter may be new although it may also have begun before."""
    needs: tuple[str, ...] = ()
    """Of these fields at least one must be there."""
    one_of: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Fields with the few words that they may hold."""
    check: Callable[[Any, Act, dict[str, Any]], None] | None = None
    """A further rule, which refuses: given the aggregate, the act and the fields."""
    fill: Callable[[Any, Act, dict[str, Any]], None] | None = None
    """Fills a field that follows from who acts, or from what is there."""
    after_death: bool = False


class Told(Aggregate.Event):
    """An event whose class says its rule."""

    if TYPE_CHECKING:  # an annotation that stayed would be a field of the event
        TOPIC: ClassVar[str]
        RULE: ClassVar[Rule]

    def apply(self, aggregate: Any) -> None:
        """What becomes of the matter."""
        rule = self.RULE
        if rule.matter is not None:
            matters = aggregate.__dict__.setdefault("_matters", {})
            matters[getattr(self, rule.matter)] = Matter(rule.matter, rule.becomes)


T = TypeVar("T", bound=type[Told])
TOLD: Final[dict[str, type[Told]]] = {}
"""Every such event class, by its topic."""


def told(event_class: T) -> T:
    """Make an event class known."""
    TOLD[event_class.TOPIC] = event_class
    return shared(event_class)


class Telling(Amendable):
    """An aggregate on which such events are recorded."""

    def going_on(self) -> Mapping[UUID, Matter]:
        """The matters that there are, or were; asking leaves no trace."""
        found: dict[UUID, Matter] = self.__dict__.get("_matters", {})
        return found

    def tell(self, event_class: type[Told], act: Act, **fields: Any) -> None:
        """Record such an event, or refuse by its rule; a field that is left out is empty."""
        rule = event_class.RULE
        rule.who(act, what=rule.what)
        self.check_open(rule)
        fields = {**dict.fromkeys(fields_of(event_class)), **fields}
        if rule.fill is not None:
            rule.fill(self, act, fields)
        for name in required(event_class):
            if fields.get(name) is None:
                raise BadInput(
                    f"Something is missing (--{name.replace('_', '-')}): {_lowered(rule.what)} needs it."
                )
        if rule.needs and all(fields.get(name) is None for name in rule.needs):
            named = " or ".join(f"--{name.replace('_', '-')}" for name in rule.needs)
            raise BadInput(f"Nothing is said: give {named}.")
        for name, words in rule.one_of:
            if fields.get(name) is not None and fields[name] not in words:
                raise BadInput(f"Choose --{name.replace('_', '-')} among {', '.join(words)}.")
        if rule.matter is not None:
            self._check_matter(rule, rule.matter, fields[rule.matter])
        if rule.check is not None:
            rule.check(self, act, fields)
        self.record(event_class, act, **fields)

    def check_open(self, rule: Rule) -> None:
        """Refuse what can no longer be recorded here, whatever the matter."""

    def state_of(self, kind: str, identity: UUID) -> str | None:
        """The state of a matter; None where there is none of that kind."""
        found = self.going_on().get(identity)
        return found.state if found is not None and found.kind == kind else None

    def all_in(self, kind: str, *states: str) -> list[UUID]:
        """The matters of a kind that are in one of these states, in the order in which they began."""
        return [
            each for each, matter in self.going_on().items() if matter.kind == kind and matter.state in states
        ]

    def _check_matter(self, rule: Rule, kind: str, identity: UUID) -> None:
        found = self.going_on().get(identity)
        if rule.after and not rule.or_new and (found is None or found.kind != kind):
            raise NotFound(f"There is no such {_spoken(kind)}: hub timeline --refs shows those there are.")
        if found is None:
            return
        if not rule.after or found.kind != kind:
            raise WrongStatus("That is recorded already: give a new one an id of its own.")
        if found.state not in rule.after:
            raise WrongStatus(
                f"The {_spoken(kind)} is {found.state}, and {_lowered(rule.what)} is for one that is "
                f"{' or '.join(rule.after)}: hub timeline --refs shows those there are."
            )


_ENVELOPE: Final = frozenset({"originator_id", "originator_version", "timestamp", "citizen_id", "act"})


@cache
def fields_of(event_class: type[Told]) -> dict[str, Any]:
    """The fields that a command gives such an event, in order, with their types."""
    hints = get_type_hints(event_class)
    return {name: hints[name] for name in event_class.__dataclass_fields__ if name not in _ENVELOPE}


@cache
def required(event_class: type[Told]) -> tuple[str, ...]:
    """The fields that must be there."""
    return tuple(name for name, hint in fields_of(event_class).items() if type(None) not in get_args(hint))


def _spoken(kind: str) -> str:
    return kind.replace("_", " ")


def _lowered(what: str) -> str:
    return what[0].lower() + what[1:]
