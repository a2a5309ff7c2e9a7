"""Needs and rhythm: hard periods, changed needs, acute problems, applying for help, status, phases, methods."""

import re
from datetime import date
from typing import Any, Final
from uuid import UUID

from hub.aggregates.base import Act, Text, by_citizen_or_partner, by_sector, line
from hub.aggregates.matters import AUTHORITY, STAFF, Rule, Told, anyone, told
from hub.aggregates.people import TREATING
from hub.errors import BadInput

PATHWAYS: Final = ("1", "2", "3")
PHASES: Final = ("beginning", "running", "follow_up", "ending")
LIFE_AREAS: Final = ("home", "finances", "health", "relations", "work", "leisure")
METHODS: Final = (
    "motivational_interviewing", "narrative", "cognitive", "systemic", "open_dialogue", "low_arousal", "recovery",
    "peer_support", "other",
)  # fmt: skip
_NUMBER: Final = re.compile(r"-?\d{1,4}([.,]\d{1,3})?( ?(/|af|of) ?\d{1,4})?")
_NAME_LIMIT: Final = 60


def _in_days(_: Any, __: Act, fields: dict[str, Any]) -> None:
    if fields["every_days"] is not None and not 1 <= fields["every_days"] <= 366:  # noqa: PLR2004 - a year
        raise BadInput("Choose a number of days from 1 to 366 (--every-days), or leave it out: flexible.")


def _a_number(_: Any, __: Act, fields: dict[str, Any]) -> None:
    if not _NUMBER.fullmatch(fields["value"]):
        raise BadInput(
            "A measurement is the number alone, for example 27 or 4/10 (--value): what was said of it goes into "
            "--words or --text."
        )
    named = line(fields["instrument"], "The name of the instrument")
    if len(named) > _NAME_LIMIT or "?" in named:
        raise BadInput(
            "An instrument is named by its name alone, for example ORS (--instrument): its questions are never written "
            "down."
        )


def _by_who_treats(act: Act, *, what: str) -> None:
    by_sector(act, *TREATING, what=what)


@told
class HardPeriodMarked(Told):
    """It is hard now: reminders soften, and nobody calls it absence."""

    TOPIC = "citizen.hard_period_marked.v1"
    RULE = Rule("Marking a hard period", anyone, "period", becomes="going on")
    period: UUID
    words: Text | None
    until: date | None
    outreach: Text | None


@told
class HardPeriodEnded(Told):
    """It is better again."""

    TOPIC = "citizen.hard_period_ended.v1"
    RULE = Rule("Ending a hard period", anyone, "period", ("going on",), "over")
    period: UUID
    words: Text | None


@told
class ContactLevelAgreed(Told):
    """How much, and in which way, to reach out."""

    TOPIC = "citizen.contact_level_agreed.v1"
    RULE = Rule("Agreeing on contact", anyone, needs=("words", "text"))
    words: Text | None
    text: Text | None


@told
class NeedChangeReported(Told):
    """The need has changed; the authority is to acknowledge it, and alone assesses it."""

    TOPIC = "citizen.need_change_reported.v1"
    RULE = Rule("Reporting a changed need", anyone, "need", becomes="reported", needs=("words", "text"))
    need: UUID
    with_citizen: bool | None
    words: Text | None
    text: Text | None


@told
class NeedChangeAcknowledged(Told):
    """The authority has read it."""

    TOPIC = "citizen.need_change_acknowledged.v1"
    RULE = Rule("Acknowledging a changed need", AUTHORITY, "need", ("reported",), "acknowledged")
    need: UUID
    text: Text | None


@told
class NeedChangeAssessed(Told):
    """The authority has assessed it, and says what follows."""

    TOPIC = "citizen.need_change_assessed.v1"
    RULE = Rule("Assessing a changed need", AUTHORITY, "need", ("reported", "acknowledged"), "assessed")
    need: UUID
    text: Text


@told
class AcuteProblemReported(Told):
    """Something cannot wait: rent, bills, the power."""

    TOPIC = "citizen.acute_problem_reported.v1"
    RULE = Rule("Reporting an acute problem", anyone, "problem", becomes="open", needs=("words", "text"))
    problem: UUID
    due: date | None
    words: Text | None
    text: Text | None


@told
class AcuteProblemSolved(Told):
    """It is solved."""

    TOPIC = "citizen.acute_problem_solved.v1"
    RULE = Rule("Solving an acute problem", anyone, "problem", ("open",), "solved")
    problem: UUID
    text: Text | None


@told
class HelpSought(Told):
    """The citizen asks for help; from here the first reply is timed."""

    TOPIC = "citizen.help_sought.v1"
    RULE = Rule("Seeking help", anyone, "inquiry", becomes="open", needs=("words", "text"))
    inquiry: UUID
    words: Text | None
    text: Text | None


@told
class InquiryAnswered(Told):
    """The first reply."""

    TOPIC = "citizen.inquiry_answered.v1"
    RULE = Rule("Replying to somebody who seeks help", STAFF, "inquiry", ("open",), "answered")
    inquiry: UUID
    text: Text | None


@told
class SupportDecided(Told):
    """The authority's own decision on what was sought, after looking at this person's situation."""

    TOPIC = "citizen.support_decided.v1"
    RULE = Rule("Deciding on support", AUTHORITY, "inquiry", ("open", "answered"), "decided")
    inquiry: UUID
    granted: bool
    text: Text


@told
class DialogueRhythmAgreed(Told):
    """How often provider and authority talk; null days: flexible."""

    TOPIC = "citizen.dialogue_rhythm_agreed.v1"
    RULE = Rule("Agreeing on a rhythm", STAFF, check=_in_days)
    every_days: int | None
    text: Text | None


@told
class StatusGiven(Told):
    """How it goes, told to the authority as agreed."""

    TOPIC = "citizen.status_given.v1"
    RULE = Rule("Giving a status", STAFF)
    text: Text


@told
class PathwayChanged(Told):
    """Another pathway; the citizen's own view stands beside it, and standing still is no failure."""

    TOPIC = "citizen.pathway_changed.v1"
    RULE = Rule("Changing the pathway", AUTHORITY, needs=("pathway", "text"), one_of=(("pathway", PATHWAYS),))
    pathway: str | None
    text: Text | None
    words: Text | None


@told
class PhaseChanged(Told):
    """Beginning, running, follow-up, ending."""

    TOPIC = "citizen.phase_changed.v1"
    RULE = Rule("Changing the phase", STAFF, one_of=(("phase", PHASES),))
    phase: str
    text: Text | None


@told
class LifeAreaTold(Told):
    """How it is in one of six areas of life."""

    TOPIC = "citizen.life_area_told.v1"
    RULE = Rule("Telling of an area of life", anyone, needs=("words", "text"), one_of=(("area", LIFE_AREAS),))
    area: str
    words: Text | None
    text: Text | None


@told
class MethodUsed(Told):
    """Which method was used and why, so that the citizen and the others know."""

    TOPIC = "citizen.method_used.v1"
    RULE = Rule("Using a method", STAFF, one_of=(("method", METHODS),))
    method: str
    text: Text


@told
class MeasurementRecorded(Told):
    """A number of an instrument, never its texts; what was said of it stands beside it."""

    TOPIC = "citizen.measurement_recorded.v1"
    RULE = Rule("Recording a measurement", anyone, check=_a_number)
    instrument: str
    value: str
    words: Text | None
    text: Text | None


@told
class TransitionExpected(Told):
    """An age limit or another change of law is near, and is to be prepared."""

    TOPIC = "citizen.transition_expected.v1"
    RULE = Rule("Expecting a transition", STAFF, "transition", becomes="expected")
    transition: UUID
    due: date
    text: Text | None


@told
class TransitionPrepared(Told):
    """It is prepared."""

    TOPIC = "citizen.transition_prepared.v1"
    RULE = Rule("Preparing a transition", STAFF, "transition", ("expected",), "prepared")
    transition: UUID
    text: Text


@told
class AddressNoted(Told):
    """Where the citizen lives; a protected address leaves no public body."""

    TOPIC = "citizen.address_noted.v1"
    RULE = Rule("Noting an address", anyone)
    address: Text


@told
class FutureSupportDiscussed(Told):
    """What help there can be later, and that progress takes none away by itself."""

    TOPIC = "citizen.future_support_discussed.v1"
    RULE = Rule("Talking about later help", STAFF, needs=("words", "text"))
    words: Text | None
    text: Text | None


@told
class WayBackAgreed(Told):
    """How to come back, and to whom."""

    TOPIC = "citizen.way_back_agreed.v1"
    RULE = Rule("Agreeing on the way back", STAFF)
    text: Text


@told
class MatchWished(Told):
    """Whom the citizen would rather be helped by."""

    TOPIC = "citizen.match_wished.v1"
    RULE = Rule("Wishing for a match", anyone)
    words: Text


@told
class WorkerChangeWished(Told):
    """The citizen would rather have another worker; the leader sees it, also when it is about the worker."""

    TOPIC = "citizen.worker_change_wished.v1"
    RULE = Rule("Wishing for another worker", anyone, "change", becomes="wished")
    change: UUID
    words: Text


@told
class WorkerChangeDecided(Told):
    """What came of it."""

    TOPIC = "citizen.worker_change_decided.v1"
    RULE = Rule("Deciding on another worker", STAFF, "change", ("wished",), "decided")
    change: UUID
    text: Text


@told
class CrisisAgreementMade(Told):
    """What helps in a crisis, and whom to call; the last one counts."""

    TOPIC = "citizen.crisis_agreement_made.v1"
    RULE = Rule("Making a crisis agreement", by_citizen_or_partner)
    text: Text


@told
class TreatmentNoted(Told):
    """What treatment there is now, and what comes next; after a death too, to close it."""

    TOPIC = "citizen.treatment_noted.v1"
    RULE = Rule("Noting a treatment", _by_who_treats, needs=("text", "next"), after_death=True)
    text: Text | None
    next: Text | None
