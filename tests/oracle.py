"""A naive oracle for the disclosure decision, written from DOMAIN.md alone.

It is slow and obvious on purpose. A history has the format of the stories (`stories/README.md`); every question
walks the steps again from the first one, and nothing is remembered between two questions. Each rule is a small
function named after its number. A rule can be switched off (`off`), so that a test can show that its absence is found.

Beside the stories' steps a history may hold `partner.registered` (partner, sector, reveals, public_body, purposes),
`partner.ceiling_adopted` (partner, categories) and `partner.suspended` / `partner.resumed` (partner). A partner that is
listed but registered by no step counts as registered, with its sector's default ceiling, before the first step.

Not here yet: corrections, relabelling and misfiled notes, representatives' scope, the rules of spoken consent,
blocks on a person, bases in law, emergency access, protected addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, wraps
from typing import Any

Step = dict[str, Any]
History = dict[str, Any]


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


CATEGORIES = words(
    "contact address wishes plan meetings agreements attendance everyday finances work health diagnosis medication "
    "addiction criminal safety network third_party measures"
)
PURPOSES = frozenset({"coordination", "treatment", "support", "casework", "employment", "emergency"})
CHANNELS = frozenset({"screen", "topic", "api", "feed", "calendar", "mail", "export"})
PER_PERSON = frozenset({"screen", "calendar"})
PER_PARTNER = frozenset({"topic", "feed"})

WIDE = CATEGORIES - {"attendance"}
HEALTH_AT_HOME = words(
    "contact address wishes plan meetings agreements everyday health diagnosis medication addiction"
)
DEFAULT_CEILINGS: dict[str, frozenset[str]] = {
    "authority": WIDE,
    "social_psychiatry": WIDE,
    "regional_psychiatry": WIDE,
    "addiction_treatment": WIDE - {"work", "measures", "finances", "criminal"},
    "gp": HEALTH_AT_HOME,
    "home_nursing": HEALTH_AT_HOME,
    "home_care": words("contact address wishes plan meetings agreements everyday"),
    "jobcentre": words("contact wishes plan meetings agreements work"),
    "civil_society": frozenset(),
    "employer": frozenset(),
    "education": frozenset(),
}

ASSIGNED = frozenset(
    {"citizen.coordinator_assigned", "citizen.contact_person_assigned", "citizen.relation_started"}
)
UNASSIGNED = frozenset(
    {"citizen.coordinator_released", "citizen.contact_person_ended", "citizen.relation_ended"}
)
INVITATION_FIELDS = frozenset({"participant", "starts", "place", "purpose", "participants"})
PROPOSAL_FIELDS = frozenset({"from", "to", "kind"})
ROUTES = ("own", "addressed", "law", "consent")

UNKNOWN = "?"
"""The label of what the hub cannot label: no grant, no right and no item grant ever covers it."""


@dataclass(frozen=True)
class Answer:
    """What one reader is told about one item."""

    visible: bool
    fields: frozenset[str]
    why: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One question: the log up to a position, one item, and who asks for what, where and when."""

    history: History
    past: tuple[Step, ...]
    item: Step
    partner: str
    purpose: str | None
    channel: str
    now: datetime
    person: str | None
    off: frozenset[str]


# --------------------------------------------------------------------------------------------- rules that can be off

RULES: list[str] = []
"""The names of every rule that can be switched off."""


def rule(when_off: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a rule; switched off, it answers `when_off` instead."""

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        """Put the switch in front of one rule."""
        RULES.append(function.__name__)

        @wraps(function)
        def switched(q: Question, *args: Any) -> Any:
            """Answer as the rule does, unless it is switched off."""
            return when_off if function.__name__ in q.off else function(q, *args)

        return switched

    return wrap


# ---------------------------------------------------------------------------------------------------- reading a step


@cache
def instant(text: str) -> datetime:
    """The moment that an ISO text with an offset names."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"an instant needs an offset: {text}")
    return moment


def recorded(step: Step) -> datetime:
    """When the hub wrote the step (`recorded_at`)."""
    return instant(step["at"])


def occurred(step: Step) -> datetime | None:
    """When it happened (`occurred_at`); None when undated."""
    happened = step.get("occurred", step["at"])
    return None if happened is None else instant(happened)


def recorder(step: Step) -> str:
    """The source: the partner that recorded it, or `citizen` (a representative writes for the citizen)."""
    return step["by"]["partner"] if step["by"]["who"] == "partner" else "citizen"


def by_citizen(step: Step) -> bool:
    """Whether the citizen, or a representative, made the statement."""
    return step["by"]["who"] in ("citizen", "representative")


def fields(step: Step) -> dict[str, dict[str, Any]]:
    """The disclosable fields: entries of `data` that are objects with `labels`."""
    return {
        name: value for name, value in step["data"].items() if isinstance(value, dict) and "labels" in value
    }


def organisations(field: dict[str, Any]) -> list[str]:
    """The organisations that a field names."""
    return [field["partner"]] if "partner" in field else list(field.get("partners", []))


def names_partner(step: Step, name: str, partner: str) -> bool:
    """Whether the field `name` of the step names this partner."""
    field = step["data"].get(name)
    return isinstance(field, dict) and partner in organisations(field)


def position(q: Question, step: Step) -> int:
    """The step's position in the log."""
    return next(place for place, other in enumerate(q.past) if other["id"] == step["id"])


def after(q: Question, step: Step) -> Iterator[Step]:
    """The later steps of the log, in order."""
    yield from q.past[position(q, step) + 1 :]


# ----------------------------------------------------------------------------------- partners, ceilings, suspensions


def registered_by_step(q: Question, partner: str) -> bool:
    """Whether the whole history registers this partner by a step of its own."""
    return any(
        step["event"] == "partner.registered" and step["data"]["partner"] == partner
        for step in q.history["steps"]
    )


def registration(q: Question, partner: str) -> dict[str, Any] | None:
    """What the hub knows of the partner by now; None for an organisation unknown to the hub."""
    if not registered_by_step(q, partner):
        return next((known for known in q.history["partners"] if known["id"] == partner), None)
    found = None
    for step in q.past:
        if step["event"] == "partner.registered" and step["data"]["partner"] == partner:
            found = step["data"]
    return found


def ceiling(q: Question) -> frozenset[str]:
    """The ceiling of the asking partner as it is at reading; none adopted = nothing."""
    known = registration(q, q.partner)
    if known is None:
        return frozenset()
    adopted = frozenset() if registered_by_step(q, q.partner) else DEFAULT_CEILINGS[known["sector"]]
    for step in q.past:
        if step["event"] == "partner.ceiling_adopted" and step["data"]["partner"] == q.partner:
            adopted = frozenset(step["data"]["categories"])
    return adopted - {"attendance"} if ceiling_never_holds_attendance(q) else adopted


@rule(when_off=False)
def ceiling_never_holds_attendance(q: Question) -> bool:
    """`attendance` can be in no ceiling."""
    return True


# ------------------------------------------------------------------------------------------------------------ labels


@rule(when_off=frozenset())
def labels_of_name(q: Question, partner: str) -> frozenset[str]:
    """Every organisation named adds the labels of what its name tells; one unknown to the hub cannot be labelled."""
    known = registration(q, partner)
    return frozenset({UNKNOWN}) if known is None else frozenset(known["reveals"])


def labels_of_field(q: Question, field: dict[str, Any]) -> frozenset[str]:
    """The labels on the field and those of every organisation that it names."""
    labels = known_labels(frozenset(field["labels"]))
    for partner in organisations(field):
        labels |= labels_of_name(q, partner)
    return labels


def known_labels(labels: frozenset[str]) -> frozenset[str]:
    """An unlabelled field and an unknown label are denied to everyone but the citizen."""
    return labels if labels and labels <= CATEGORIES else labels | {UNKNOWN}


def labels_of_existence(q: Question, step: Step) -> frozenset[str]:
    """The category of the type, the labels of the recording organisation and those of the key fields."""
    labels = known_labels(frozenset({q.history["types"].get(step["event"], UNKNOWN)}))
    return labels | labels_of_recorder(q, step) | labels_of_key_fields(q, step)


@rule(when_off=frozenset())
def labels_of_recorder(q: Question, step: Step) -> frozenset[str]:
    """The existence carries the labels of the organisation that recorded the event."""
    return frozenset() if by_citizen(step) else labels_of_name(q, recorder(step))


@rule(when_off=frozenset())
def labels_of_key_fields(q: Question, step: Step) -> frozenset[str]:
    """The existence carries the labels of the key fields, the names in them included."""
    found: frozenset[str] = frozenset()
    for field in fields(step).values():
        if field.get("key"):
            found |= labels_of_field(q, field)
    return found


# ------------------------------------------------------------------------------------------------------------ rule 1


@rule(when_off=True)
def rule_1_known_event(q: Question) -> bool:
    """Rule 1: an unknown event type is denied."""
    return q.item["event"] in q.history["types"]


@rule(when_off=True)
def rule_1_purpose(q: Question) -> bool:
    """Rule 1: a missing purpose is denied, and so is every purpose but the six (sanction, control, recruitment …)."""
    return q.purpose in PURPOSES


@rule(when_off=True)
def rule_1_known_partner(q: Question) -> bool:
    """Rule 1: an unknown partner is denied."""
    return registration(q, q.partner) is not None


@rule(when_off=True)
def rule_1_not_suspended(q: Question) -> bool:
    """Rule 1: a suspended partner is denied, until it is resumed."""
    suspended = False
    for step in q.past:
        if step["event"] in ("partner.suspended", "partner.resumed") and step["data"]["partner"] == q.partner:
            suspended = step["event"] == "partner.suspended"
    return not suspended


@rule(when_off=True)
def rule_1_related(q: Question) -> bool:
    """Rule 1: related by a consent, an item grant, a part in a plan, a relation, a task or an open handover."""
    return (
        bool(consents_in_force(q))
        or any(item_grant(q, step) is not None for step in q.past)
        or has_part_in_plan(q)
        or bool(assignments(q))
        or any(rule_6_handover_open(q, step) for step in q.past)
    )


@rule(when_off=True)
def rule_1_person(q: Question) -> bool:
    """Rule 1: screens and calendars need a person; a person needs a task of their own."""
    if q.person is None:
        return q.channel not in PER_PERSON
    return any(is_task_of(task, q.person) for task in assignments(q))


@rule(when_off=True)
def rule_1_purpose_of_task(q: Question) -> bool:
    """Rule 1: a person's purpose comes from the task."""
    tasks = [task for task in assignments(q) if q.person is not None and is_task_of(task, q.person)]
    return not tasks or any(task["data"]["purpose"] == q.purpose for task in tasks)


@rule(when_off=True)
def rule_1_purpose_registered(q: Question) -> bool:
    """Rule 1: without a person, each purpose registered for the partner is decided, and no other."""
    known = registration(q, q.partner)
    return q.person is not None or (known is not None and q.purpose in known["purposes"])


def assignments(q: Question) -> list[Step]:
    """The relations and tasks of the asking partner that have started and not ended."""
    current = {}
    for step in q.past:
        if step["event"] in ASSIGNED and names_partner(step, "partner", q.partner):
            current[step["id"]] = step
        if step["event"] in UNASSIGNED:
            current.pop(step["data"]["ends"], None)
    return list(current.values())


def is_task_of(task: Step, person: str) -> bool:
    """Whether an assignment is this person's; one that names nobody is the unit's."""
    return task["data"].get("person", {}).get("person") == person


def has_part_in_plan(q: Question) -> bool:
    """A provider of granted support has a part in the plan until that support ends."""
    current = set()
    for step in q.past:
        if step["event"] == "plan.support_granted" and names_partner(step, "provider", q.partner):
            current.add(step["id"])
        if step["event"] == "plan.support_ended":
            current.discard(step["data"]["support"])
    return bool(current)


def coordinating_partner(q: Question) -> str | None:
    """The organisation of the one coordinator."""
    current: dict[str, str] = {}
    for step in q.past:
        if step["event"] == "citizen.coordinator_assigned":
            current[step["id"]] = step["data"]["partner"]["partner"]
        if step["event"] == "citizen.coordinator_released":
            current.pop(step["data"]["ends"], None)
    return next(reversed(current.values()), None)


def refusals_of_rule_1(q: Question) -> tuple[str, ...]:
    """Every reason for which rule 1 denies before anything else is looked at."""
    checks = {
        "unknown-channel": q.channel in CHANNELS,
        "unknown-event": rule_1_known_event(q),
        "purpose-missing-or-forbidden": rule_1_purpose(q),
        "unknown-partner": rule_1_known_partner(q),
        "suspended": rule_1_not_suspended(q),
        "no-relation": rule_1_related(q),
        "no-task": rule_1_person(q),
        "purpose-not-of-task": rule_1_purpose_of_task(q),
        "purpose-not-registered": rule_1_purpose_registered(q),
    }
    return tuple(reason for reason, passed in checks.items() if not passed)


# --------------------------------------------------------------------------------------------- consents: rules 3, 4, 7


@dataclass(frozen=True)
class Terms:
    """What a consent covers as it stands at the reading."""

    consent: Step
    categories: frozenset[str]
    purposes: frozenset[str]
    sources: frozenset[str] | None
    window: dict[str, Any] | None


def consents_in_force(q: Question) -> list[Terms]:
    """Every consent to the asking partner that is in force at the reading; each stands on its own."""
    found = []
    for step in q.past:
        given = step["event"] == "consents.given" and names_partner(step, "partner", q.partner)
        if given and not has_ended(q, step) and rule_3_until(q, valid_until(q, step)):
            found.append(terms(q, step))
    return found


def has_ended(q: Question, consent: Step) -> bool:
    """Whether a later step has ended the consent."""
    return any(ends(q, step, consent) for step in after(q, consent))


def ends(q: Question, step: Step, consent: Step) -> bool:
    """Whether this step ends the consent: withdrawn, expired, or the citizen died."""
    return rule_4_withdrawn(q, step, consent) or rule_3_expired(q, step, consent) or rule_3_death(q, step)


@rule(when_off=False)
def rule_4_withdrawn(q: Question, step: Step, consent: Step) -> bool:
    """Rule 4: a withdrawal ends the grants it names from its position; a sister grant goes on."""
    return step["event"] == "consents.withdrawn" and consent["id"] in step["data"]["consents"]


@rule(when_off=False)
def rule_3_expired(q: Question, step: Step, consent: Step) -> bool:
    """Rule 3: a grant is in force until withdrawn, expired or ended."""
    return step["event"] == "consents.expired" and consent["id"] in step["data"]["consents"]


@rule(when_off=False)
def rule_3_death(q: Question, step: Step) -> bool:
    """Death ends consents at once; item grants and own records follow their own ends."""
    return step["event"] == "citizen.died"


@rule(when_off=True)
def rule_3_until(q: Question, until: datetime | None) -> bool:
    """Rule 3: never after `valid_until`, an exclusive instant."""
    return until is None or q.now < until


def valid_until(q: Question, consent: Step) -> datetime | None:
    """The end as given, moved by each renewal that came while the consent was in force."""
    until = first_end(consent, consent["data"].get("until"), recorded(consent))
    for step in after(q, consent):
        if ends(q, step, consent):
            break
        if names_consent(step, "consents.narrowed", consent) and "until" in step["data"]:
            until = earlier(until, step["data"]["until"])
        if rule_4_renewed(q, step, consent, until):
            until = first_end(consent, step["data"]["until"], recorded(step))
    return until


@rule(when_off=False)
def rule_4_renewed(q: Question, step: Step, consent: Step, until: datetime | None) -> bool:
    """A renewal moves the end; staff cannot renew, and renewal after the end is a new consent, not a renewal."""
    in_time = until is None or recorded(step) < until
    return names_consent(step, "consents.renewed", consent) and by_citizen(step) and in_time


def names_consent(step: Step, event: str, consent: Step) -> bool:
    """Whether the step is of this type and names this consent."""
    return step["event"] == event and step["data"]["consent"] == consent["id"]


def earlier(until: datetime | None, text: str | None) -> datetime | None:
    """The earlier of two ends, where None is no end."""
    if text is None:
        return until
    return instant(text) if until is None else min(until, instant(text))


def first_end(consent: Step, until: str | None, start: datetime) -> datetime | None:
    """The end as stated; where sundhedsloven § 43 applies, at most one year from the start."""
    stated = None if until is None else instant(until)
    if not consent["data"].get("section_43"):
        return stated
    day = 28 if (start.month, start.day) == (2, 29) else start.day
    year = start.replace(year=start.year + 1, day=day)
    return year if stated is None else min(stated, year)


def terms(q: Question, consent: Step) -> Terms:
    """What was given, less what every later narrowing took away."""
    data = consent["data"]
    categories, purposes = frozenset(data["categories"]), frozenset(data["purposes"])
    sources = None if data["sources"] is None else frozenset(data["sources"])
    for step in after(q, consent):
        if rule_4_narrowed(q, step, consent):
            narrower = step["data"]
            categories &= frozenset(narrower.get("categories", categories))
            purposes &= frozenset(narrower.get("purposes", purposes))
            sources = fewer_sources(sources, narrower.get("sources"))
    return Terms(consent, categories, purposes, sources, data["window"])


@rule(when_off=False)
def rule_4_narrowed(q: Question, step: Step, consent: Step) -> bool:
    """A narrowing takes away from its position on; it never adds a category or a window."""
    return names_consent(step, "consents.narrowed", consent)


def fewer_sources(sources: frozenset[str] | None, only: list[str] | None) -> frozenset[str] | None:
    """The sources left after a narrowing, where None is every source."""
    if only is None:
        return sources
    return frozenset(only) if sources is None else sources & frozenset(only)


def covers_time(q: Question, grant: Terms) -> bool:
    """Rule 3: event time decides what a grant covers."""
    if grant.window is not None and rule_3_window_counts(q):
        return rule_3_window(q, grant.window)
    return (
        rule_3_later_position(q, grant)
        and rule_3_not_imported(q)
        and rule_3_later_occurrence(q, granted_at(q, grant))
    )


@rule(when_off=False)
def rule_3_window_counts(q: Question) -> bool:
    """Rule 3: a window replaces "from now on" and covers facts whenever recorded."""
    return True


@rule(when_off=True)
def rule_3_later_position(q: Question, grant: Terms) -> bool:
    """Rule 3: without a window only what has a later position."""
    return position(q, q.item) > position(q, grant.consent)


@rule(when_off=True)
def rule_3_not_imported(q: Question) -> bool:
    """Rule 3: what was imported is history, whatever its date."""
    return not q.item["imported"]


@rule(when_off=True)
def rule_3_later_occurrence(q: Question, start: datetime) -> bool:
    """Rule 3: without a window only what happened later than the grant was recorded; nothing undated."""
    happened = occurred(q.item)
    return happened is not None and happened > start


@rule(when_off=True)
def rule_3_window(q: Question, window: dict[str, Any]) -> bool:
    """Rule 3: from `happened_from` to `happened_to` (exclusive, null = open); undated only where it says so."""
    happened = occurred(q.item)
    if happened is None:
        return rule_3_undated(q, window)
    begins = window["happened_from"] is None or instant(window["happened_from"]) <= happened
    return begins and (window["happened_to"] is None or happened < instant(window["happened_to"]))


@rule(when_off=True)
def rule_3_undated(q: Question, window: dict[str, Any]) -> bool:
    """Rule 3: undated facts only where the window says so."""
    return bool(window["include_undated"])


def granted_at(q: Question, grant: Terms) -> datetime:
    """The moment from which a grant looks forward."""
    if rule_7_back_dated_opens_nothing(q):
        return recorded(grant.consent)
    return occurred(grant.consent) or recorded(grant.consent)


@rule(when_off=False)
def rule_7_back_dated_opens_nothing(q: Question) -> bool:
    """Rule 7: a back-dated statement opens nothing: only when it was recorded counts."""
    return True


# ------------------------------------------------------------------------------------------------------------ blocks


def blocks_in_force(q: Question) -> list[Step]:
    """The citizen's blocks of the asking partner that only the citizen could have lifted, and has not."""
    current = {}
    for step in q.past:
        if step["event"] == "consents.block_set" and blocks_partner(step, q.partner):
            current[step["id"]] = step
        if rule_4_lifted(q, step):
            current.pop(step["data"]["block"], None)
    return list(current.values())


def blocks_partner(step: Step, partner: str) -> bool:
    """Whether a block names the partner itself; a block of one person is not decided here yet."""
    return names_partner(step, "partner", partner) and "person" not in step["data"]


@rule(when_off=False)
def rule_4_lifted(q: Question, step: Step) -> bool:
    """Rule 4: only the citizen lifts a block."""
    return step["event"] == "consents.block_lifted" and step["by"]["who"] == "citizen"


@rule(when_off=False)
def rule_4_wholly_blocked(q: Question) -> bool:
    """Rule 4: a block of the whole partner beats consents, relations, own records and item grants."""
    return any(not block["data"].get("categories") for block in blocks_in_force(q))


@rule(when_off=False)
def rule_4_category_blocked(q: Question, labels: frozenset[str]) -> bool:
    """Rule 4: a block of categories beats the same, wherever one of these labels stands."""
    return any(labels & frozenset(block["data"].get("categories") or ()) for block in blocks_in_force(q))


# ------------------------------------------------------------------------------------------------------------ rule 2


def label_permitted(q: Question, label: str) -> bool:
    """Rule 2: under the ceiling, covered by no block, and covered by some grant; each label by whichever grant."""
    return (
        label in CATEGORIES
        and rule_2_ceiling(q, label)
        and rule_2_no_block(q, label)
        and any(grant_covers(q, grant, label) for grant in consents_in_force(q))
    )


@rule(when_off=True)
def rule_2_ceiling(q: Question, label: str) -> bool:
    """Rule 2: a label is permitted only under the sector's ceiling."""
    return label in ceiling(q)


@rule(when_off=True)
def rule_2_no_block(q: Question, label: str) -> bool:
    """Rule 2: a label is permitted only when no block in force covers it."""
    return not rule_4_category_blocked(q, frozenset({label}))


def grant_covers(q: Question, grant: Terms, label: str) -> bool:
    """Rule 2: a grant covers partner, source, label and purpose; rule 3: and the time."""
    return (
        rule_2_label(q, grant, label)
        and rule_2_purpose(q, grant)
        and rule_2_source(q, grant)
        and covers_time(q, grant)
    )


@rule(when_off=True)
def rule_2_label(q: Question, grant: Terms, label: str) -> bool:
    """Rule 2: the grant covers the label."""
    return label in grant.categories


@rule(when_off=True)
def rule_2_purpose(q: Question, grant: Terms) -> bool:
    """Rule 2: the grant covers the purpose."""
    return q.purpose in grant.purposes


@rule(when_off=True)
def rule_2_source(q: Question, grant: Terms) -> bool:
    """Rule 2: the grant covers the source, the recording partner or `citizen`; none named = all."""
    return grant.sources is None or recorder(q.item) in grant.sources


# ------------------------------------------------------------------------------------------------------------ rule 6


@dataclass(frozen=True)
class Addressed:
    """One item that is for one recipient: which fields may show, and whose names were approved."""

    kind: str
    knows: frozenset[str]


def item_grant(q: Question, step: Step) -> Addressed | None:
    """Rule 6: an item grant covers exactly one item for one recipient."""
    return rule_6_invitation(q, step) or rule_6_agreement(q, step) or rule_6_text(q, step)


@rule(when_off=None)
def rule_6_invitation(q: Question, step: Step) -> Addressed | None:
    """Rule 6: an invitation that the citizen approved, for the one invited."""
    if step["event"] != "meeting.participant_invited" or not names_partner(step, "participant", q.partner):
        return None
    knows = None
    for later in after(q, step):
        if (
            later["event"] == "meeting.participant_approved_by_citizen"
            and step["id"] in later["data"]["invitations"]
        ):
            knows = (knows or frozenset()) | frozenset(later["data"].get("knows") or ())
        if rule_6_approval_withdrawn(q, later, step):
            knows = None
    if knows is None or rule_6_cancelled(q, step):
        return None
    return Addressed("invitation", knows)


@rule(when_off=False)
def rule_6_approval_withdrawn(q: Question, later: Step, invitation: Step) -> bool:
    """Rule 6: an item grant ends when the approval is withdrawn; a later approval stands on its own."""
    return later["event"] == "meeting.approval_withdrawn" and invitation["id"] in later["data"]["invitations"]


@rule(when_off=False)
def rule_6_cancelled(q: Question, invitation: Step) -> bool:
    """Rule 6: an item grant ends when the item is cancelled, or the one invited is removed."""
    meeting = invitation["data"]["meeting"]
    return any(
        step["data"].get("meeting") == meeting
        and (
            step["event"] == "meeting.cancelled"
            or (
                step["event"] == "meeting.participant_removed"
                and names_partner(step, "participant", q.partner)
            )
        )
        for step in q.past
    )


@rule(when_off=None)
def rule_6_agreement(q: Question, step: Step) -> Addressed | None:
    """Rule 6: an agreement, for its owner and its parties; neither "done" nor "dropped" ends it."""
    if step["event"] != "meeting.agreement_made":
        return None
    if not (names_partner(step, "owner", q.partner) or names_partner(step, "parties", q.partner)):
        return None
    return Addressed("agreement", frozenset(step["data"].get("knows") or ()))


@rule(when_off=None)
def rule_6_text(q: Question, step: Step) -> Addressed | None:
    """Rule 6: an agreed text, for the partner it names; it ends when a withdrawal names the text itself."""
    if step["event"] != "consents.disclosure_authorised" or step["data"].get("kind") != "text":
        return None
    if not names_partner(step, "partner", q.partner):
        return None
    if any(rule_4_withdrawn(q, later, step) for later in after(q, step)):
        return None
    return Addressed("text", frozenset())


@rule(when_off=False)
def rule_6_handover_open(q: Question, step: Step) -> bool:
    """Rule 6: a handover gives its recipient a relation from proposed until declined, withdrawn or completed."""
    if step["event"] != "handover.proposed" or not names_partner(step, "to", q.partner):
        return False
    closing = ("handover.declined", "handover.withdrawn", "handover.completed")
    return not any(
        later["event"] in closing and later["data"]["handover"] == step["id"] for later in after(q, step)
    )


@rule(when_off=None)
def rule_6_proposal(q: Question, step: Step) -> Addressed | None:
    """Rule 6: a handover shows the recipient the proposal itself (from, to, kind), no item."""
    if not rule_6_handover_open(q, step):
        return None
    return Addressed("proposal", frozenset(step["data"].get("knows") or ()))


def addressed_field(q: Question, how: Addressed, name: str, field: dict[str, Any]) -> bool:
    """Rule 6: whether a field shows within an item that is for the asking partner."""
    if not clear_of_blocks(q, labels_of_field(q, field)) or not rule_6_names(q, how, field):
        return False
    if how.kind == "invitation":
        return name in INVITATION_FIELDS
    if how.kind == "proposal":
        return rule_6_only_the_proposal(q, name)
    if how.kind == "named":
        return name == "partner"
    return how.kind == "text" or rule_6_agreement_labels(q, field)


@rule(when_off=True)
def rule_6_only_the_proposal(q: Question, name: str) -> bool:
    """Rule 6: of a proposal only from, to and kind."""
    return name in PROPOSAL_FIELDS


@rule(when_off=True)
def rule_6_agreement_labels(q: Question, field: dict[str, Any]) -> bool:
    """Rule 6: of an agreement the fields whose every label is `agreements` or under the party's ceiling."""
    return frozenset(field["labels"]) <= ceiling(q) | {"agreements"}


@rule(when_off=True)
def rule_6_names(q: Question, how: Addressed, field: dict[str, Any]) -> bool:
    """Rule 6: another organisation whose name reveals something: approved knowing so, or permitted by rule 2."""
    return all(
        partner == q.partner
        or partner in how.knows
        or all(label_permitted(q, label) for label in labels_of_name(q, partner))
        for partner in organisations(field)
    )


def clear_of_blocks(q: Question, labels: frozenset[str]) -> bool:
    """Whether a right that needs no grant meets neither a block nor something the hub cannot label."""
    return UNKNOWN not in labels and not rule_4_category_blocked(q, labels)


# ---------------------------------------------------------------------------------------------------- the four routes


def fields_own(q: Question) -> frozenset[str] | None:
    """Rule 6: what the partner recorded itself, while it is related; None when it is not its own."""
    if not rule_6_own(q) or not clear_of_blocks(q, labels_of_existence(q, q.item)):
        return None
    return frozenset(
        name for name, field in fields(q.item).items() if clear_of_blocks(q, labels_of_field(q, field))
    )


@rule(when_off=False)
def rule_6_own(q: Question) -> bool:
    """Rule 6: a partner sees what it recorded itself."""
    return recorder(q.item) == q.partner


def fields_addressed(q: Question) -> frozenset[str] | None:
    """Rule 6: what an item grant or an open handover shows; None when the item is not for the partner."""
    how = item_grant(q, q.item) or rule_6_proposal(q, q.item) or rule_9_named(q)
    if how is None or not clear_of_blocks(q, labels_of_existence(q, q.item)):
        return None
    return frozenset(name for name, field in fields(q.item).items() if addressed_field(q, how, name, field))


def fields_law(q: Question) -> frozenset[str] | None:
    """Bases in law and emergency access are not decided here yet."""
    return None


def fields_consent(q: Question) -> frozenset[str]:
    """Rule 5: the fields whose labels are all permitted."""
    return frozenset(
        name for name, field in fields(q.item).items() if rule_5_field(q, labels_of_field(q, field))
    )


def rule_5_field(q: Question, labels: frozenset[str]) -> bool:
    """Rule 5: a field is shown when all its labels are permitted."""
    permitted = [label for label in labels if label_permitted(q, label)]
    return len(permitted) == len(labels) if rule_5_all_labels(q) else bool(permitted)


@rule(when_off=False)
def rule_5_all_labels(q: Question) -> bool:
    """Rule 5: every label counts, not only one."""
    return True


@rule(when_off=True)
def rule_5_existence(q: Question) -> bool:
    """Rule 5: an event whose existence is not permitted is absent."""
    return all(label_permitted(q, label) for label in labels_of_existence(q, q.item))


@rule(when_off=True)
def rule_5_some_field(q: Question, shown: frozenset[str]) -> bool:
    """An event with no permitted field is absent."""
    return bool(shown)


# ------------------------------------------------------------------------------------------------------------ rule 9


@rule(when_off=True)
def rule_9_statements(q: Question, route: str) -> bool:
    """Rule 9: on whose surface a statement may stand at all, and by which route."""
    event = q.item["event"]
    if event in ("consents.block_set", "consents.block_lifted", "consents.purge_confirmed"):
        return False
    if event == "consents.disclosure_authorised":
        return route == "addressed"
    if event in ("consents.given", "consents.confirmed", "consents.narrowed", "consents.renewed"):
        named = names_partner(q.item, "partner", q.partner)
        return route in ("own", "addressed") or (route == "consent" and (named or on_coordinators_screen(q)))
    if event in ("consents.withdrawn", "consents.expired", "consents.refused"):
        return route == "own" or (route == "consent" and on_coordinators_screen(q))
    return True


@rule(when_off=None)
def rule_9_named(q: Question) -> Addressed | None:
    """Rule 9: given, confirmed, narrowed and renewed stand on the surface of the partner named, by right."""
    if q.item["event"] not in (
        "consents.given",
        "consents.confirmed",
        "consents.narrowed",
        "consents.renewed",
    ):
        return None
    return Addressed("named", frozenset()) if names_partner(q.item, "partner", q.partner) else None


def on_coordinators_screen(q: Question) -> bool:
    """Rule 9: on screens, the coordinator's organisation."""
    return q.channel == "screen" and coordinating_partner(q) == q.partner


# ------------------------------------------------------------------------------------------------- the whole decision


def routes(q: Question) -> dict[str, frozenset[str]]:
    """The routes that permit the event's existence, in order of precedence, each with the fields it shows."""
    found = {
        "own": fields_own(q),
        "addressed": fields_addressed(q),
        "law": fields_law(q),
        "consent": fields_consent(q) if rule_5_existence(q) else None,
    }
    return {
        route: found[route] for route in ROUTES if found[route] is not None and rule_9_statements(q, route)
    }


def rule_8_why(q: Question, open_routes: dict[str, frozenset[str]]) -> str:
    """Rule 8: `why` names the first of own, addressed, law, consent."""
    carrying = [route for route, shown in open_routes.items() if shown] or list(open_routes)
    return carrying[0] if rule_8_first(q) else carrying[-1]


@rule(when_off=False)
def rule_8_first(q: Question) -> bool:
    """Rule 8: the first, not the last."""
    return True


def decide(q: Question) -> Answer:
    """Rule 8: suspended, then block, then own record or item grant, then ceiling and grant."""
    refusals = refusals_of_rule_1(q)
    if rule_4_wholly_blocked(q):
        refusals += ("block",)
    if refusals:
        return denied(*refusals)
    open_routes = routes(q)
    if not open_routes:
        return denied(*why_no_route(q))
    shown = frozenset().union(*open_routes.values())
    if rule_9_statements(q, "consent"):
        shown |= fields_consent(q)
    if not rule_5_some_field(q, shown):
        return denied("no-field", *why_not_labels(q, everything_named(q)))
    return Answer(True, shown, rule_8_why(q, open_routes), ())


def denied(*reasons: str) -> Answer:
    """A denial with its reasons, which no reader ever sees."""
    return Answer(False, frozenset(), None, tuple(dict.fromkeys(reasons)))


def why_no_route(q: Question) -> tuple[str, ...]:
    """Why the existence is permitted by no route."""
    statement = () if all(rule_9_statements(q, route) for route in ROUTES) else ("statement",)
    return statement + why_not_labels(q, labels_of_existence(q, q.item))


def everything_named(q: Question) -> frozenset[str]:
    """Every label on any field of the item."""
    return frozenset().union(*(labels_of_field(q, field) for field in fields(q.item).values()))


def why_not_labels(q: Question, labels: frozenset[str]) -> tuple[str, ...]:
    """For each label that is not permitted: unlabelled, block, ceiling or no grant, in this order."""
    reasons = []
    for label in sorted(labels):
        if label not in CATEGORIES:
            reasons.append("unlabelled")
        elif rule_4_category_blocked(q, frozenset({label})):
            reasons.append("block-of-category")
        elif not rule_2_ceiling(q, label):
            reasons.append("ceiling")
        elif not label_permitted(q, label):
            reasons.extend(why_no_grant(q, label))
    return tuple(reasons)


def why_no_grant(q: Question, label: str) -> tuple[str, ...]:
    """Why no consent in force covers the label: none at all, or not this label, purpose, source or time."""
    grants = consents_in_force(q)
    if not grants:
        return ("no-consent",)
    grants = [grant for grant in grants if rule_2_label(q, grant, label)]
    if not grants:
        return ("not-this-category",)
    if not any(rule_2_purpose(q, grant) for grant in grants):
        return ("not-this-purpose",)
    if not any(rule_2_source(q, grant) for grant in grants):
        return ("not-this-source",)
    return ("not-this-time",)


def answer(
    history: History,
    upto: int,
    item: str,
    partner: str,
    purpose: str | None,
    channel: str,
    now: datetime | str,
    person: str | None = None,
    off: frozenset[str] = frozenset(),
) -> Answer:
    """Whether the reader sees the item after the first `upto` steps, at the moment `now`, and which fields."""
    past = tuple(history["steps"][:upto])
    step = next((step for step in past if step["id"] == item), None)
    if step is None:
        return denied("no-such-item")
    moment = instant(now) if isinstance(now, str) else now
    person = None if channel in PER_PARTNER else person
    return decide(Question(history, past, step, partner, purpose, channel, moment, person, off))


def everything(
    history: History,
    upto: int,
    partner: str,
    purpose: str | None,
    channel: str,
    now: datetime | str,
    person: str | None = None,
    off: frozenset[str] = frozenset(),
) -> dict[str, Answer]:
    """The answer for every step of the prefix."""
    return {
        step["id"]: answer(history, upto, step["id"], partner, purpose, channel, now, person, off)
        for step in history["steps"][:upto]
    }
