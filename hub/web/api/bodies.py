"""What commands are sent with: words with their labels, and moments that say where in the world they are."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from hub.aggregates import Text
from hub.vocabulary import Category, Purpose
from hub.web.api.models import REF
from hub.web.forms import LONGEST

_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_TEXT: Final = r"^[^\x00-\x08\x0b-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x08\x0b-\x1f\x7f]*$"
_LINE: Final = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"
"""Something that can be seen, and no control characters."""
PARTNER: Final = "5f0c2f0e-8d1b-4d0c-9c6e-2f6f6f0a7b11"


def _within(moment: datetime) -> datetime:
    """A moment that anything can happen in."""
    found = moment.astimezone(UTC) if moment.year not in {1, 9999} else _EARLIEST
    if not _EARLIEST < found < _LATEST:
        raise ValueError("a moment between 1900 and 2200")
    return found


Moment = Annotated[AwareDatetime, AfterValidator(_within), Field(examples=["2026-03-09T10:00:00+01:00"])]


class Sent(BaseModel):
    """A body: exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class Words(Sent):
    """Free text, with what it is about: whoever may not know of every label does not see it."""

    text: str = Field(min_length=1, max_length=LONGEST, pattern=_TEXT, examples=["En hund"])
    labels: list[Category] = Field(min_length=1, max_length=len(Category), examples=[["wishes"]])

    def taken(self) -> Text:
        """The text as the hub takes it."""
        return Text.of(self.text, *self.labels)


def taken(words: Words | None) -> Text | None:
    """Words, if there are any."""
    return None if words is None else words.taken()


Reference = Annotated[str, Field(max_length=60, examples=[REF])]


class HopeIn(Sent):
    """A hope, word for word."""

    words: Words
    undecided: bool = Field(False, description="Not known yet, which is an answer.")


class ContactIn(Sent):
    """There was contact."""

    text: Words | None = None
    together: bool = Field(False, description="Whether it was written together with the citizen.")


class EnrolIn(Sent):
    """Somebody who comes into the cooperation."""

    name: str = Field(min_length=1, max_length=200, pattern=_LINE, examples=["Karla Prøve"])
    cpr: str | None = Field(
        None, pattern=r"^[0-9]{6}-?[0-9A-Za-z]{4}$", description="A test number only in tests."
    )


class PlanIn(Sent):
    """A plan that begins."""

    kind: Literal["handleplan", "indsatsplan"] = Field(examples=["indsatsplan"])
    text: Words | None = None


class GoalIn(Sent):
    """A goal: in the citizen's own words, beside the professional wording."""

    words: Words | None = None
    professional: Words | None = None


class NewsIn(Sent):
    """How it goes with a goal."""

    outcome: Literal["progressed", "reached", "let_go"] = Field(examples=["progressed"])
    words: Words | None = None
    text: Words | None = Field(None, description="The professional's own words; only with `progressed`.")


class WindowIn(Sent):
    """Which past a consent opens; without a window it covers only what comes from now on."""

    happened_from: Moment
    happened_to: Moment | None = None
    include_undated: bool = False


class ConsentIn(Sent):
    """Who may know what, for what, until when."""

    partner: Reference = Field(description="The organisation.", examples=[PARTNER])
    categories: list[Category] = Field(min_length=1, examples=[["plan", "work"]])
    purposes: list[Purpose] = Field(min_length=1, examples=[["employment"]])
    sources: list[Reference] | None = Field(
        None, min_length=1, description="Only what these organisations recorded."
    )
    window: WindowIn | None = None
    until: Moment | None = Field(None, description="The first moment at which it is over.")
    words: Words | None = None
    section_43: bool = Field(False, description="Under sundhedsloven § 43: one year at most.")
    spoken_before: str | None = Field(
        None,
        max_length=200,
        pattern=_LINE,
        description="Taken down by staff: the witness, a person at another organisation, by short name.",
        examples=["lene"],
    )


class NarrowIn(Sent):
    """What remains of a consent: it never becomes wider."""

    categories: list[Category] | None = Field(None, min_length=1)
    purposes: list[Purpose] | None = Field(None, min_length=1)
    sources: list[Reference] | None = Field(None, min_length=1)
    until: Moment | None = None


class RenewIn(Sent):
    """A consent that lasts longer."""

    until: Moment | None = Field(
        None, description="The first moment at which it is over; null: until withdrawn."
    )


class SaidIn(Sent):
    """Words that go with it, if there are any."""

    words: Words | None = None


class WithdrawIn(Sent):
    """A consent taken back, at once."""

    channel: Literal["screen", "phone", "paper"] = Field(
        "screen",
    )
    words: Words | None = None


class BlockIn(Sent):
    """Not them, or not this to them."""

    partner: Reference = Field(examples=[PARTNER])
    categories: list[Category] | None = Field(None, min_length=1, description="Null: everything.")
    words: Words | None = None


class MeetingIn(Sent):
    """A meeting: without a purpose there is none."""

    kind: Literal["coordinating", "network", "open_dialogue", "follow_up"] = Field(
        "coordinating",
    )
    starts: Moment
    purpose: Words
    place: Words | None = None


class MoveIn(Sent):
    """Another time for a meeting."""

    starts: Moment
    text: Words | None = None


class InviteIn(Sent):
    """Somebody who is asked to come; they see it when the citizen approves."""

    participant: Reference = Field(examples=[PARTNER])
    others: list[Reference] = Field(default=[], max_length=50, description="Who else is invited.")
    purpose: Words
    place: Words | None = None


class ApproveIn(Sent):
    """The citizen approves who comes, knowing who thereby learns of whom."""

    participants: list[Reference] = Field(min_length=1, max_length=50, examples=[[PARTNER]])
    knows: list[Reference] = Field(default=[], max_length=50)
    words: Words | None = None


class HoldIn(Sent):
    """A meeting that was held."""

    came: list[Reference] = Field(default=[], max_length=50)
    citizen_took_part: bool
    why_not: Words | None = Field(None, description="Why the citizen did not take part.")
    text: Words | None = None


class TextIn(Sent):
    """A text that goes with it, if there is one."""

    text: Words | None = None


class AgreementIn(Sent):
    """Who does what by when; without an owner it is the citizen's own."""

    what: Words
    owner: Reference | None = Field(None, examples=[PARTNER])
    parties: list[Reference] = Field(default=[], max_length=50)
    knows: list[Reference] = Field(default=[], max_length=50)
    due: str | None = Field(None, pattern=r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]$", examples=["2026-03-09"])


class HandoverIn(Sent):
    """Knowledge or responsibility passed on; each item must be covered by consent."""

    partner: Reference = Field(examples=[PARTNER])
    kind: Literal["knowledge", "contact_person", "responsibility"] = Field(
        "knowledge",
    )
    items: list[Reference] = Field(default=[], max_length=200, description="Events, by reference.")
    approved: bool = Field(False, description="The citizen agreed that the receiver knows of the sender.")
    text: Words | None = None


class AnswerIn(Sent):
    """What becomes of a handover."""

    answer: Literal["accept", "decline", "read", "complete", "withdraw"] = Field(examples=["accept"])
    text: Words | None = Field(None, description="The reason; `decline` needs one.")


class EventIn(Sent):
    """Anything else that is told: a wish, a question, a strength, a message to a meeting."""

    event: str = Field(examples=["citizen.wish_made"])
    on: Reference | None = Field(None, description="The plan, meeting or handover that it is recorded on.")
    fields: dict[str, Any] = Field(
        description="The event's fields: words as {text, labels}, organisations by id, everything else by reference.",
        examples=[{"words": {"text": "En tur til havet", "labels": ["wishes"]}}],
    )


class ConfirmIn(Sent):
    """A notice that is carried out: what it names is deleted everywhere."""

    notice: Reference
    confirmed_at: Moment | None = Field(None, description="When the last copy was gone; null: now.")


class CorrectIn(Sent):
    """A field that is put right: by words where it holds words, otherwise by a value."""

    field: str = Field(
        min_length=1,
        max_length=60,
        pattern=r"^[a-z_]+$",
        description="`occurred` is the time.",
        examples=["words"],
    )
    text: Words | None = None
    value: str | bool | int | None = Field(
        None, description="A day, a moment, yes or no, a word; null with `occurred`: undated."
    )
    reason: Words | None = None


class RelabelIn(Sent):
    """What a text is about as well, or not at all."""

    field: str | None = Field(
        None, max_length=60, pattern=r"^[a-z_]+$", description="Null: the event itself."
    )
    add: list[Category] = Field(default=[], examples=[["health"]])
    remove: list[Category] = Field(default=[], description="The citizen alone.")
    reason: Words | None = None


class DisputeIn(Sent):
    """What the citizen says against it."""

    words: Words


class LinkIn(Sent):
    """A one-time code that the citizen or the coordinator handed over."""

    code: str = Field(min_length=1, max_length=40, pattern=_LINE, examples=["ABCD-EFGH"])
    purpose: Purpose
    role: Literal["relation", "contact_person"] = "relation"
