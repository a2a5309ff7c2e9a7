"""The citizen's voice: wishes and their answers, strengths, what matters, questions, feedback, decisions."""

from typing import Any, Final
from uuid import UUID

from hub.aggregates.base import Act, Text
from hub.aggregates.matters import CITIZEN, STAFF, Rule, Told, anyone, for_the_citizen, told
from hub.errors import BadInput

DECIDERS: Final = ("citizen", "together", "authority", "provider", "law")


def _reason_for_no(_: Any, __: Act, fields: dict[str, Any]) -> None:
    if not fields["met"] and fields.get("text") is None:
        raise BadInput("A wish that cannot be met gets a reason: say why (--text).")


def _room_for_one(_: Any, __: Act, fields: dict[str, Any]) -> None:
    if fields["most"] is not None and fields["most"] < 1:
        raise BadInput("At most how many may be there is 1 or more: choose another number (--most).")


@told
class HelpCardWritten(Told):
    """This is how you help me best; the last one counts, and every new worker is shown it."""

    TOPIC = "citizen.help_card_written.v1"
    RULE = Rule("Writing the help card", anyone)
    words: Text


@told
class HelpCardRead(Told):
    """A worker has read the card."""

    TOPIC = "citizen.help_card_read.v1"
    RULE = Rule("Reading the help card", STAFF)
    text: Text | None


@told
class ImportantTold(Told):
    """What matters to me, and how it would be without help. Never asked for as a must."""

    TOPIC = "citizen.important_told.v1"
    RULE = Rule("What is important", anyone)
    words: Text


@told
class PortraitWritten(Told):
    """Who I am, in whole; shared with those the citizen chooses."""

    TOPIC = "citizen.portrait_written.v1"
    RULE = Rule("Writing the portrait", for_the_citizen)
    words: Text


@told
class StrengthSuggested(Told):
    """Somebody sees a strength; the citizen says whether it is one."""

    TOPIC = "citizen.strength_suggested.v1"
    RULE = Rule("Suggesting a strength", anyone, "strength", becomes="suggested", needs=("words", "text"))
    strength: UUID
    words: Text | None
    text: Text | None


@told
class StrengthConfirmed(Told):
    """The citizen says yes to it."""

    TOPIC = "citizen.strength_confirmed.v1"
    RULE = Rule("Confirming a strength", CITIZEN, "strength", ("suggested", "resting"), "confirmed")
    strength: UUID
    words: Text | None


@told
class StrengthRested(Told):
    """It does not hold just now; strengths swing."""

    TOPIC = "citizen.strength_rested.v1"
    RULE = Rule("Letting a strength rest", for_the_citizen, "strength", ("suggested", "confirmed"), "resting")
    strength: UUID
    words: Text | None


@told
class DifficultyNoted(Told):
    """What is hard, and what is needed."""

    TOPIC = "citizen.difficulty_noted.v1"
    RULE = Rule("Noting what is hard", anyone, needs=("words", "text"))
    words: Text | None
    text: Text | None


@told
class WishMade(Told):
    """A wish to those who help; it is due until it is answered."""

    TOPIC = "citizen.wish_made.v1"
    RULE = Rule("Making a wish", anyone, "wish", becomes="open")
    wish: UUID
    words: Text


@told
class WishAnswered(Told):
    """It is met, or there is a reason why not."""

    TOPIC = "citizen.wish_answered.v1"
    RULE = Rule("Answering a wish", STAFF, "wish", ("open",), "answered", check=_reason_for_no)
    wish: UUID
    met: bool
    text: Text | None


@told
class RiskTalkedOver(Told):
    """For and against what somebody wishes, and a talk with a professional that was offered. No alarm, no sharing."""

    TOPIC = "citizen.risk_talked_over.v1"
    RULE = Rule("Talking a risk over", STAFF)
    text: Text
    offered: Text | None


@told
class SuccessTold(Told):
    """Something went well, small or big."""

    TOPIC = "citizen.success_told.v1"
    RULE = Rule("Telling a success", anyone)
    words: Text


@told
class ChoiceExplained(Told):
    """What there was to choose between, and what was explained and at hand."""

    TOPIC = "citizen.choice_explained.v1"
    RULE = Rule("Explaining a choice", STAFF, "choice", becomes="explained")
    choice: UUID
    text: Text


@told
class DecisionMade(Told):
    """What was decided, and by whom: there is always somebody who decides."""

    TOPIC = "citizen.decision_made.v1"
    RULE = Rule(
        "Deciding", anyone, "choice", ("explained",), "decided",
        or_new=True, needs=("words", "text"), one_of=(("decided_by", DECIDERS),),
    )  # fmt: skip
    choice: UUID
    decided_by: str
    words: Text | None
    text: Text | None


@told
class ExpectationsAligned(Told):
    """What each expects of the other."""

    TOPIC = "citizen.expectations_aligned.v1"
    RULE = Rule("Aligning expectations", STAFF, needs=("words", "text"))
    words: Text | None
    text: Text | None


@told
class QuestionAsked(Told):
    """Something the citizen is unsure of; a reply is due."""

    TOPIC = "citizen.question_asked.v1"
    RULE = Rule("Asking a question", anyone, "question", becomes="open")
    question: UUID
    words: Text


@told
class DiscontentTold(Told):
    """The citizen is not satisfied; a reply is due."""

    TOPIC = "citizen.discontent_told.v1"
    RULE = Rule("Telling of discontent", anyone, "question", becomes="open")
    question: UUID
    words: Text


@told
class QuestionAnswered(Told):
    """A reply to a question, or to discontent."""

    TOPIC = "citizen.question_answered.v1"
    RULE = Rule("Answering a question", STAFF, "question", ("open",), "answered")
    question: UUID
    text: Text


@told
class ExperienceAcknowledged(Told):
    """What was not helped in time, told once and acknowledged; it is not argued with."""

    TOPIC = "citizen.experience_acknowledged.v1"
    RULE = Rule("Acknowledging an experience", anyone)
    words: Text


@told
class ContributionOffered(Told):
    """What the citizen can do for others."""

    TOPIC = "citizen.contribution_offered.v1"
    RULE = Rule("Offering a contribution", anyone)
    words: Text


@told
class FeedbackGiven(Told):
    """How the cooperation is, to whom the citizen chooses; acting on it is due."""

    TOPIC = "citizen.feedback_given.v1"
    RULE = Rule("Giving feedback", anyone, "feedback", becomes="given")
    feedback: UUID
    partner: UUID | None
    words: Text


@told
class FeedbackActedOn(Told):
    """What was done about it."""

    TOPIC = "citizen.feedback_acted_on.v1"
    RULE = Rule("Acting on feedback", STAFF, "feedback", ("given",), "acted on")
    feedback: UUID
    text: Text


@told
class PlainWordsGiven(Told):
    """The same in plain language, beside a professional note."""

    TOPIC = "citizen.plain_words_given.v1"
    RULE = Rule("Saying it in plain words", STAFF)
    about: UUID
    text: Text


@told
class MeetingPreferenceTold(Told):
    """Where, how and with how many the citizen would rather meet."""

    TOPIC = "citizen.meeting_preference_told.v1"
    RULE = Rule("Saying how to meet", anyone, needs=("words", "most"), check=_room_for_one)
    words: Text | None
    most: int | None
