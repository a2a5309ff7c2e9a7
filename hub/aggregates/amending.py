"""What can be said of any event: it is corrected, labelled anew, disputed, or was written on the wrong person.

Each is recorded on the aggregate of the event that it concerns (the subject), so that the aggregate's own version
decides between two who do it at once. The words of an event are no state of an aggregate: a correction changes what
readers see, never what was decided.
"""

from typing import Any

from hub.aggregates.base import Act, Aggregate, Text, by_citizen, shared
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from hub.vocabulary import UNKNOWN, Role, label_mask, label_names

OCCURRED = "occurred"
"""Stands for the time in a correction: no event has a field of that name."""


@shared
class Corrected(Aggregate.Event):
    """A field, or the time, is another. `value` is JSON; null for a time that nobody knows."""

    TOPIC = "event.corrected.v1"
    subject: int
    field: str
    text: Text | None
    value: str | None
    reason: Text | None

    def apply(self, aggregate: Any) -> None:
        """Remember that this is no subject."""
        aggregate.amendments |= {self.originator_version}


@shared
class Relabelled(Aggregate.Event):
    """Labels come to a field (null: the existence), or the citizen took them away."""

    TOPIC = "event.relabelled.v1"
    subject: int
    field: str | None
    add: str
    remove: str
    reason: Text | None

    def apply(self, aggregate: Any) -> None:
        """Remember that this is no subject."""
        aggregate.amendments |= {self.originator_version}


@shared
class Disputed(Aggregate.Event):
    """The citizen disagrees; it is shown beside what is disputed."""

    TOPIC = "event.disputed.v1"
    subject: int
    words: Text

    def apply(self, aggregate: Any) -> None:
        """Remember that this is no subject."""
        aggregate.amendments |= {self.originator_version}


@shared
class Misfiled(Aggregate.Event):
    """It was written on the wrong person: its words are destroyed in this event's own transaction."""

    TOPIC = "event.misfiled.v1"
    subject: int
    reason: Text

    def apply(self, aggregate: Any) -> None:
        """Remember it, so that nothing is written into it again."""
        aggregate.amendments |= {self.originator_version}
        aggregate.misfiled |= {self.subject}


AMENDMENTS = (Corrected, Relabelled, Disputed, Misfiled)
"""The events that every aggregate of a citizen can have."""


class Amendable(Aggregate):
    """An aggregate of a citizen, of whose events all this can be said."""

    amendments = frozenset[int]()
    misfiled = frozenset[int]()

    def correct(
        self,
        subject: int,
        field: str,
        act: Act,
        *,
        text: Text | None = None,
        value: str | None = None,
        reason: Text | None = None,
    ) -> None:
        """Put a field right: other words, or another plain value (as JSON); the history keeps both."""
        _by_people(act, "Correcting")
        self._subject(subject)
        if subject in self.misfiled:
            raise WrongStatus("That was written on the wrong person, and its words are gone: write it anew.")
        if text is not None and (value is not None or field == OCCURRED):
            raise BadInput("A field is words or a value, never both: give the one that the field is.")
        if text is None and value is None and field != OCCURRED:
            raise BadInput("The correction is empty: say what the field should be.")
        self.record(Corrected, act, subject=subject, field=field, text=text, value=value, reason=reason)

    def relabel(
        self,
        subject: int,
        field: str | None,
        act: Act,
        *,
        add: frozenset[str] = frozenset(),
        remove: frozenset[str] = frozenset(),
        reason: Text | None = None,
    ) -> None:
        """Give a field (None: the event itself) more labels; take labels away, which is the citizen's alone."""
        _by_people(act, "Labelling anew")
        if remove:
            by_citizen(act, what="Taking a label away")
        self._subject(subject)
        if not add and not remove:
            raise BadInput("No label is named: say which to add or to remove.")
        if add & remove:
            raise BadInput("A label cannot be added and removed at once: choose one.")
        self.record(
            Relabelled,
            act,
            subject=subject,
            field=field,
            add=_labels(add),
            remove=_labels(remove),
            reason=reason,
        )

    def dispute(self, subject: int, words: Text, act: Act) -> None:
        """Disagree with what is written; nothing is taken away by that."""
        if act.by.role not in {Role.CITIZEN, Role.REPRESENTATIVE}:
            raise NotPermitted(
                "Only the citizen, or a representative, disputes what is written: correct it instead."
            )
        self._subject(subject)
        self.record(Disputed, act, subject=subject, words=words)

    def misfile(self, subject: int, reason: Text, act: Act) -> None:
        """Mark an event as written on the wrong person: its words can be read by nobody any more."""
        if act.by.role is not Role.PARTNER or act.by.partner is None:
            raise NotPermitted(
                "What stands on the wrong person is marked by whoever wrote it, or the authority: ask them to."
            )
        self._subject(subject)
        if subject in self.misfiled:
            raise WrongStatus("That is marked as written on the wrong person already: nothing to do.")
        self.record(Misfiled, act, subject=subject, reason=reason)

    def _subject(self, version: int) -> None:
        if not 1 <= version <= self.version or version in self.amendments:
            raise NotFound("There is no such event to change: hub timeline --refs shows those there are.")


def _by_people(act: Act, what: str) -> None:
    if act.by.role is Role.CITIZEN or (act.by.role is Role.PARTNER and act.by.partner is not None):
        return
    raise NotPermitted(f"{what} is for the citizen and for somebody who works at a partner: ask one of them.")


def _labels(names: frozenset[str]) -> str:
    mask = label_mask(names)
    if mask & UNKNOWN:
        raise BadInput(f"A label is no category: choose among {', '.join(label_names(~0))}.")
    return " ".join(label_names(mask))
