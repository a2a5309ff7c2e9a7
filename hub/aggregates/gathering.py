"""Around a meeting: its purpose known, its agenda made together, voices of those who are not there."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from hub.aggregates.base import Act, Text
from hub.aggregates.matters import STAFF, Rule, Told, anyone, told
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus

OPEN_DIALOGUE: Final = "open_dialogue"
AHEAD: Final = frozenset({"convened"})
NOT_CANCELLED: Final = frozenset({"convened", "held"})


def _agenda_is_free(meeting: Any, _: Act, __: dict[str, Any]) -> None:
    if meeting.kind == OPEN_DIALOGUE:
        raise WrongStatus("An Open Dialogue meeting has no fixed agenda: bring it up when you meet.")
    _ahead(meeting, _, __)


def _ahead(meeting: Any, _: Act, __: dict[str, Any]) -> None:
    if meeting.status not in AHEAD:
        raise WrongStatus(f"The meeting is {meeting.status} already: convene a new one.")


def _not_cancelled(meeting: Any, _: Act, __: dict[str, Any]) -> None:
    if meeting.status not in NOT_CANCELLED:
        raise WrongStatus("The meeting is cancelled: convene a new one.")


def _under_an_item(meeting: Any, act: Act, fields: dict[str, Any]) -> None:
    _not_cancelled(meeting, act, fields)
    item = fields["agenda_item"]
    if item is not None and meeting.state_of("agenda_item", item) is None:
        raise NotFound("There is no such item on the agenda: propose it first, or leave --agenda-item out.")


def _into_others(meeting: Any, act: Act, fields: dict[str, Any]) -> None:
    _ahead(meeting, act, fields)
    if not fields["into"] or meeting.id in fields["into"]:
        raise BadInput("A meeting is split into other ones: convene them first, and name each (--into).")


def _held(meeting: Any, act: Act, fields: dict[str, Any]) -> None:
    _not_cancelled(meeting, act, fields)
    if meeting.status != "held":
        raise WrongStatus("The meeting is not held yet: wait until it is (hub meeting hold).")


def _whoever_acts(_: Any, act: Act, fields: dict[str, Any]) -> None:
    fields["participant"] = fields["participant"] or act.by.partner


def _answers_for_itself(meeting: Any, act: Act, fields: dict[str, Any]) -> None:
    if act.by.partner != fields["participant"]:
        raise NotPermitted("An invitation is answered by whoever is invited: ask them to do it.")
    _ahead(meeting, act, fields)
    if fields["participant"] not in meeting.invitations:
        raise NotFound("That organisation is not invited: invite it first (hub meeting invite).")


@told
class PurposeExplained(Told):
    """The citizen knows what the meeting is for, and perhaps says something to it."""

    TOPIC = "meeting.purpose_explained.v1"
    RULE = Rule("Explaining a purpose", STAFF, check=_ahead)
    words: Text | None
    text: Text | None


@told
class ParticipantAnswered(Told):
    """An invitation is answered; who cannot come is asked for input."""

    TOPIC = "meeting.participant_answered.v1"
    RULE = Rule(
        "Answering an invitation",
        STAFF,
        needs=("coming", "text"),
        fill=_whoever_acts,
        check=_answers_for_itself,
    )
    participant: UUID
    coming: bool | None
    text: Text | None


@told
class AgendaItemProposed(Told):
    """Something to talk about; the citizen may propose it too."""

    TOPIC = "meeting.agenda_item_proposed.v1"
    RULE = Rule(
        "Proposing an item of the agenda", anyone, "agenda_item", becomes="proposed",
        needs=("words", "text"), check=_agenda_is_free,
    )  # fmt: skip
    agenda_item: UUID
    words: Text | None
    text: Text | None


@told
class AgendaItemAccepted(Told):
    """It is on the agenda."""

    TOPIC = "meeting.agenda_item_accepted.v1"
    RULE = Rule(
        "Accepting an item of the agenda", anyone, "agenda_item", ("proposed",), "accepted", check=_ahead
    )
    agenda_item: UUID
    text: Text | None


@told
class InputGiven(Told):
    """What somebody who cannot come wants to be said."""

    TOPIC = "meeting.input_given.v1"
    RULE = Rule("Giving input", STAFF, check=_under_an_item)
    agenda_item: UUID | None
    text: Text


@told
class CitizenMessageGiven(Told):
    """The citizen's own words to the meeting; the page of the meeting opens with them."""

    TOPIC = "meeting.citizen_message_given.v1"
    RULE = Rule("Giving a message", anyone, check=_not_cancelled)
    words: Text


@told
class CompanionChosen(Told):
    """Somebody whom the citizen brings. Whatever they may know ends with the meeting."""

    TOPIC = "meeting.companion_chosen.v1"
    RULE = Rule("Choosing a companion", anyone, needs=("person", "words"), check=_ahead)
    person: UUID | None
    words: Text | None


@told
class ChairAppointed(Told):
    """Who leads the meeting; that person is shown what helps the citizen."""

    TOPIC = "meeting.chair_appointed.v1"
    RULE = Rule("Appointing a chair", anyone, check=_ahead)
    partner: UUID
    person: UUID


@told
class PreparationShared(Told):
    """What the citizen prepared, when the citizen shares it; an unshared draft is no event."""

    TOPIC = "meeting.preparation_shared.v1"
    RULE = Rule("Sharing a preparation", anyone, check=_ahead)
    words: Text


@told
class TalkedBefore(Told):
    """How the citizen can get said what they want to say."""

    TOPIC = "meeting.talked_before.v1"
    RULE = Rule("Talking before a meeting", STAFF, needs=("words", "text"), check=_ahead)
    words: Text | None
    text: Text | None


@told
class PlaceChosen(Told):
    """Where it is, or that it is on screens, and what the citizen thinks of it."""

    TOPIC = "meeting.place_chosen.v1"
    RULE = Rule("Choosing a place", anyone, check=_ahead)
    place: Text
    words: Text | None


@told
class Rescheduled(Told):
    """It begins at another time; what was sent to participants is put right beside this."""

    TOPIC = "meeting.rescheduled.v1"
    RULE = Rule("Moving a meeting", anyone, check=_ahead)
    starts: datetime
    text: Text | None

    def apply(self, aggregate: Any) -> None:
        """The new time counts."""
        aggregate.starts = self.starts


@told
class Split(Told):
    """Fewer people in more meetings: this one becomes these."""

    TOPIC = "meeting.split.v1"
    RULE = Rule("Splitting a meeting", anyone, check=_into_others)
    into: tuple[UUID, ...]
    words: Text | None


@told
class TalkedAfterwards(Told):
    """How it was; what is still open becomes questions."""

    TOPIC = "meeting.talked_afterwards.v1"
    RULE = Rule("Talking after a meeting", anyone, needs=("words", "text"), check=_held)
    words: Text | None
    text: Text | None


@told
class MinutesApproved(Told):
    """The citizen has read what was written, and perhaps comments on it."""

    TOPIC = "meeting.minutes_approved.v1"
    RULE = Rule("Approving minutes", anyone, check=_held)
    words: Text | None
