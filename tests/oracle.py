"""A naive oracle for the disclosure decision, written from DOMAIN.md and the rules decided beside it.

It is slow and obvious on purpose. A history has the format of the stories (`stories/README.md`); every question
walks the steps again from the first one, and nothing is remembered between two questions. Each rule is a small
function named after its number. A rule can be switched off (`off`), so that a test can show that its absence is found.

`oracle_log` reads the log and works out labels; `oracle_grants` knows what is in force and what it covers; here are the
relation and the task (rule 1), item grants (rule 6), the routes, and the whole decision.

Beside the stories' steps a history may hold `partner.registered` (partner, sector, reveals, public_body, purposes),
`partner.ceiling_adopted` (partner, categories) and `partner.suspended` / `partner.resumed` (partner). A partner that is
listed but registered by no step counts as registered, with its sector's default ceiling, before the first step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tests.oracle_grants import (
    address_protected,
    blocked_person,
    blocks_in_force,
    clear,
    emergencies,
    grants_in_force,
    label_permitted,
    lapse,
    routes_of_label,
    rule_4_screens_only,
    rule_4_wholly_blocked,
    rule_4_withdrawn,
    why_not_labels,
)
from tests.oracle_log import (
    CHANNELS,
    NEEDS_A_PERSON,
    ORIGINAL,
    PURPOSES,
    RULES,
    WITHOUT_A_PERSON,
    History,
    Labels,
    Question,
    Step,
    after,
    ceiling,
    corrections,
    fields,
    instant,
    labels_of_existence,
    labels_of_field,
    labels_of_name,
    latest_words,
    names_partner,
    on_the_wall,
    once,
    organisations,
    own_labels,
    own_words,
    position,
    readable,
    recorder,
    registration,
    rule,
)

__all__ = [
    "ORIGINAL",
    "PRECEDENCE",
    "ROUTES",
    "RULES",
    "Answer",
    "address_protected",
    "answer",
    "blocked_person",
    "blocks_in_force",
    "instant",
    "lapse",
    "on_the_wall",
]

ASSIGNED = (
    "citizen.coordinator_assigned",
    "citizen.contact_person_assigned",
    "citizen.relation_started",
)
UNASSIGNED = (
    "citizen.coordinator_released",
    "citizen.contact_person_ended",
    "citizen.relation_ended",
)
INVITATION_FIELDS = ("participant", "starts", "place", "purpose", "participants")
PROPOSAL_FIELDS = ("from", "to", "kind")
ABOUT_A_CONSENT = ("consents.given", "consents.confirmed", "consents.narrowed", "consents.renewed")
ITS_END = ("consents.withdrawn", "consents.expired", "consents.refused")
ON_NO_SURFACE = ("consents.begun", "consents.block_set", "consents.block_lifted", "consents.purge_confirmed")
ROUTES = ("own", "addressed", "law", "consent")

PRECEDENCE = (
    *(
        "no_such_item",
        "unknown_channel",
        "unknown_partner",
        "suspended",
        "no_relation",
        "blocked",
        "screens_only",
    ),
    *("no_purpose", "forbidden_purpose", "no_person", "no_task", "purpose_not_registered", "not_on_surface"),
    *(
        "unlabelled",
        "protected_address",
        "over_ceiling",
        "no_consent",
        "not_this_category",
        "not_this_purpose",
    ),
    *("not_this_source", "not_this_time", "misfiled", "no_field"),
)
"""Every reason for a denial, the first to be named first; `blocked` stands for categories too."""

Shown = dict[str, str]
"""Fields that are shown, each with the step whose words they are."""


@dataclass(frozen=True)
class Answer:
    """What one reader is told about one item; `words` says for each field whose words: the first, or a correction's.

    `happened` is the time that the reader is told (None: undated).
    """

    visible: bool
    fields: Labels
    why: str | None
    reasons: tuple[str, ...]
    words: Mapping[str, str] = field(default_factory=dict)
    happened: str | None = None


# ------------------------------------------------------------------------------------------------------------ rule 1


@rule(when_off=True)
def rule_1_known_event(q: Question) -> bool:
    """Rule 1: an unknown event type is denied."""
    return q.item["event"] in q.history["types"]


@rule(when_off=True)
def rule_1_purpose(q: Question) -> bool:
    """Rule 1: a missing purpose is denied."""
    return q.purpose is not None


@rule(when_off=True)
def rule_1_no_forbidden_purpose(q: Question) -> bool:
    """Rule 1: every purpose but the six is denied (sanction, control, recruitment …)."""
    return q.purpose is None or q.purpose in PURPOSES


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
    """Rule 1: related by a grant, an item grant, a part in a plan, a relation, a task or an open handover."""
    return (
        bool(assignments(q))
        or bool(grants_in_force(q))
        or bool(emergencies(q))
        or has_part_in_plan(q)
        or any(item_grant(q, step) is not None for step in q.past)
        or any(rule_6_handover_open(q, step) for step in q.past)
    )


@rule(when_off=True)
def rule_1_person(q: Question) -> bool:
    """Rule 1: screens and calendars need a person."""
    return q.person is not None or q.channel not in NEEDS_A_PERSON


@rule(when_off=True)
def rule_1_task(q: Question) -> bool:
    """Rule 1: a person needs a task of their own."""
    return q.person is None or bool(purposes_of_tasks(q))


@rule(when_off=True)
def rule_1_purpose_of_task(q: Question) -> bool:
    """Rule 1: a person's purpose comes from the task."""
    return q.person is None or not purposes_of_tasks(q) or q.purpose in purposes_of_tasks(q)


@rule(when_off=True)
def rule_1_purpose_registered(q: Question) -> bool:
    """Rule 1: without a person, each purpose registered for the partner is decided, and no other."""
    known = registration(q, q.partner)
    return q.person is not None or (
        known is not None and q.purpose in known["purposes"] and q.purpose != "emergency"
    )


@once
def purposes_of_tasks(q: Question) -> Labels:
    """The purposes of the asking person's tasks; `emergency` by an emergency access alone."""
    tasks = {task["data"]["purpose"] for task in assignments(q) if person_of(task) == q.person} - {
        "emergency"
    }
    return frozenset(tasks | ({"emergency"} if emergencies(q) else set()))


def person_of(task: Step) -> str | None:
    """Whose task it is; None when it is the unit's."""
    return (task["data"].get("person") or {}).get("person")


@once
def assignments(q: Question) -> list[Step]:
    """The relations and tasks of the asking partner that have started and not ended."""
    current = {}
    for step in q.past:
        if step["event"] in ASSIGNED and names_partner(step, "partner", q.partner):
            current[step["id"]] = step
        if step["event"] in UNASSIGNED:
            current.pop(step["data"]["ends"], None)
    return list(current.values())


def has_part_in_plan(q: Question) -> bool:
    """A provider of granted support, or of an order, has a part in the plan until that support or order is over."""
    current = set()
    for step in q.past:
        if step["event"] == "plan.support_granted" and names_partner(step, "provider", q.partner):
            current.add(step["id"])
        if step["event"] == "plan.support_ended":
            current.discard(step["data"]["support"])
        if rule_1_part_by_order(q, step):
            current.add(step["id"])
        if rule_1_order_over(q, step):
            current.discard(step["data"]["order"])
    return bool(current)


@rule(when_off=False)
def rule_1_part_by_order(q: Question, step: Step) -> bool:
    """Rule 1: an order gives the provider it went to a part in the plan."""
    return step["event"] == "plan.order_sent" and names_partner(step, "provider", q.partner)


@rule(when_off=False)
def rule_1_order_over(q: Question, step: Step) -> bool:
    """Rule 1: an order that is over (carried out, taken back or declined) gives nothing any more."""
    return step["event"] == "plan.order_ended"


@once
def coordinating_partner(q: Question) -> str | None:
    """The organisation of the one coordinator."""
    current: dict[str, str] = {}
    for step in q.past:
        if step["event"] == "citizen.coordinator_assigned":
            current[step["id"]] = step["data"]["partner"]["partner"]
        if step["event"] == "citizen.coordinator_released":
            current.pop(step["data"]["ends"], None)
    return next(reversed(current.values()), None)


def refusals(q: Question) -> tuple[str, ...]:
    """Every reason for which anything is denied before the item is looked at, in their order."""
    checks = (
        ("unknown_channel", q.channel in CHANNELS),
        ("unknown_partner", rule_1_known_partner(q)),
        ("suspended", rule_1_not_suspended(q)),
        ("no_relation", rule_1_related(q)),
        ("blocked", not rule_4_wholly_blocked(q)),
        ("screens_only", not rule_4_screens_only(q)),
        ("no_purpose", rule_1_purpose(q)),
        ("forbidden_purpose", rule_1_no_forbidden_purpose(q)),
        ("no_person", rule_1_person(q)),
        ("no_task", rule_1_task(q) and rule_1_purpose_of_task(q)),
        ("purpose_not_registered", rule_1_purpose_registered(q) or not rule_1_person(q)),
        ("unlabelled", rule_1_known_event(q) or q.item["event"] in ON_NO_SURFACE),
    )
    return tuple(reason for reason, holds in checks if not holds)


# ------------------------------------------------------------------------------------------------------------ rule 6


@dataclass(frozen=True)
class Addressed:
    """One item that is for one recipient: whose names were approved, and when it was granted (a position)."""

    kind: str
    knows: Labels
    granted: int
    approved: bool = False


def item_grant(q: Question, step: Step) -> Addressed | None:
    """Rule 6: an item grant covers exactly one item for one recipient."""
    return rule_6_invitation(q, step) or rule_6_agreement(q, step) or rule_6_text(q, step)


@rule(when_off=None)
def rule_6_invitation(q: Question, step: Step) -> Addressed | None:
    """Rule 6: an invitation that the citizen approved, for the one invited."""
    if step["event"] != "meeting.participant_invited" or not names_partner(step, "participant", q.partner):
        return None
    found: Addressed | None = None
    for later in after(q, step):
        if (
            later["event"] == "meeting.participant_approved_by_citizen"
            and step["id"] in later["data"]["invitations"]
        ):
            knows = frozenset() if found is None else found.knows
            knows |= frozenset(later["data"].get("knows") or ())
            found = Addressed("invitation", knows, position(q, later))
        if rule_6_approval_withdrawn(q, later, step):
            found = None
    ended = rule_6_cancelled(q, step) or rule_6_removed(q, step)
    return None if ended else found


@rule(when_off=False)
def rule_6_approval_withdrawn(q: Question, later: Step, invitation: Step) -> bool:
    """Rule 6: an item grant ends when the approval is withdrawn; a later approval stands on its own."""
    return later["event"] == "meeting.approval_withdrawn" and invitation["id"] in later["data"]["invitations"]


@rule(when_off=False)
def rule_6_cancelled(q: Question, invitation: Step) -> bool:
    """Rule 6: an item grant ends when the item is cancelled."""
    meeting = invitation["data"]["meeting"]
    return any(step["event"] == "meeting.cancelled" and step["data"]["meeting"] == meeting for step in q.past)


@rule(when_off=False)
def rule_6_removed(q: Question, invitation: Step) -> bool:
    """Rule 6: an item grant ends when the one invited is removed."""
    return any(
        step["event"] == "meeting.participant_removed" and step["data"]["invitation"] == invitation["id"]
        for step in after(q, invitation)
    )


@rule(when_off=None)
def rule_6_agreement(q: Question, step: Step) -> Addressed | None:
    """Rule 6: an agreement, for its owner and its parties; neither "done" nor "dropped" ends it."""
    if step["event"] != "meeting.agreement_made":
        return None
    if not (names_partner(step, "owner", q.partner) or names_partner(step, "parties", q.partner)):
        return None
    if rule_6_party_removed(q, step):
        return None
    knows = frozenset(step["data"].get("knows") or ())
    found = Addressed("agreement", knows, position(q, step))
    for later in after(q, step):
        if rule_6_text_approved(q, later, step):
            found = Addressed("agreement", knows, position(q, later), approved=True)
    return found


@rule(when_off=False)
def rule_6_party_removed(q: Question, agreement: Step) -> bool:
    """Rule 6: an item grant ends when the party is removed."""
    return any(
        step["event"] == "meeting.agreement_party_removed"
        and step["data"]["agreement"] == agreement["id"]
        and names_partner(step, "partner", q.partner)
        for step in after(q, agreement)
    )


@rule(when_off=False)
def rule_6_text_approved(q: Question, later: Step, agreement: Step) -> bool:
    """Rule 6: the citizen approved the text of an agreement for the asking party."""
    return (
        later["event"] == "consents.disclosure_authorised"
        and later["data"].get("kind") == "agreement"
        and later["data"]["agreement"] == agreement["id"]
        and names_partner(later, "partner", q.partner)
    )


@rule(when_off=None)
def rule_6_text(q: Question, step: Step) -> Addressed | None:
    """Rule 6: an agreed text, for the partner it names; it ends when a withdrawal names the text itself."""
    if step["event"] != "consents.disclosure_authorised" or step["data"].get("kind") != "text":
        return None
    if not names_partner(step, "partner", q.partner):
        return None
    if any(rule_4_withdrawn(q, later, step) for later in after(q, step)):
        return None
    return Addressed("text", frozenset(), position(q, step))


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
    return Addressed("proposal", frozenset(step["data"].get("knows") or ()), position(q, step))


@once
def addressed_field(q: Question, how: Addressed, name: str) -> bool:
    """Rule 6: whether a field shows within an item that is for the asking partner."""
    labels = labels_of_field(q, q.item, name)
    then = labels_of_field(q, q.item, name, how.granted)
    if not clear(q, labels) or not rule_6_names(q, how, name) or rule_6_gained(q, labels, then):
        return False
    if how.kind == "invitation":
        return name in INVITATION_FIELDS
    if how.kind == "proposal":
        return rule_6_only_the_proposal(q, name)
    if how.kind == "named":
        return name == "partner"
    return how.kind == "text" or how.approved or rule_6_agreement_labels(q, name)


@rule(when_off=False)
def rule_6_gained(q: Question, labels: Labels, then: Labels) -> bool:
    """Rule 6: an item grant covers the labels that the item had when granted; what has gained one is not covered."""
    return not labels <= then


@rule(when_off=True)
def rule_6_only_the_proposal(q: Question, name: str) -> bool:
    """Rule 6: of a proposal only from, to and kind."""
    return name in PROPOSAL_FIELDS


@rule(when_off=True)
def rule_6_agreement_labels(q: Question, name: str) -> bool:
    """Rule 6: of an agreement the fields whose every label is `agreements` or under the party's ceiling."""
    return own_labels(q, q.item, name) <= ceiling(q) | {"agreements"}


@rule(when_off=True)
def rule_6_names(q: Question, how: Addressed, name: str) -> bool:
    """Rule 6: another organisation whose name reveals something: approved knowing so, or permitted by rule 2."""
    return all(
        partner == q.partner
        or partner in how.knows
        or all(label_permitted(q, label) for label in labels_of_name(q, partner))
        for partner in organisations(q.item, name)
    )


# ---------------------------------------------------------------------------------------------------- the four routes


def fields_own(q: Question) -> Shown | None:
    """Rule 6: what the partner recorded itself, while it is related; None when it is not its own."""
    if not rule_6_own(q) or not clear(q, labels_of_existence(q, q.item)):
        return None
    return {
        name: rule_7_own_latest_words(q, name) or latest_words(q, q.item, name)
        for name in fields(q.item)
        if readable(q, q.item, name) and clear(q, labels_of_field(q, q.item, name))
    }


@rule(when_off=False)
def rule_6_own(q: Question) -> bool:
    """Rule 6: a partner sees what it recorded itself."""
    return recorder(q.item) == q.partner


@rule(when_off=None)
def rule_7_own_latest_words(q: Question, name: str) -> str | None:
    """Rule 7: the recorder sees its own latest words, unless rule 2 permits it the newest (None)."""
    if latest_words(q, q.item, name) == own_words(q, q.item, name):
        return None
    newest = all(name in fields_granted(each) for each in rule_7_one_wording(q) or (q,))
    return None if newest else own_words(q, q.item, name)


@rule(when_off=None)
def rule_7_one_wording(q: Question) -> tuple[Question, ...] | None:
    """A row that is for no person stands for every registered purpose at once: the newest words only if all permit."""
    known = registration(q, q.partner)
    if q.person is not None or known is None:
        return None
    return tuple(replace(q, purpose=purpose, memo={}) for purpose in known["purposes"])


def fields_addressed(q: Question) -> Shown | None:
    """Rule 6: what an item grant or an open handover shows; None when the item is not for the partner."""
    how = item_grant(q, q.item) or rule_6_proposal(q, q.item) or rule_9_named(q)
    if how is None:
        return None
    labels = labels_of_existence(q, q.item)
    then = labels_of_existence(q, q.item, how.granted)
    if not clear(q, labels) or rule_6_gained(q, labels, then):
        return None
    return {
        name: latest_words(q, q.item, name)
        for name in fields(q.item)
        if readable(q, q.item, name) and addressed_field(q, how, name)
    }


@once
def fields_granted(q: Question) -> Shown:
    """Rule 5: the fields whose labels are all permitted, by whichever grants."""
    return {
        name: latest_words(q, q.item, name)
        for name in fields(q.item)
        if readable(q, q.item, name) and rule_5_field(q, labels_of_field(q, q.item, name))
    }


def rule_5_field(q: Question, labels: Labels) -> bool:
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
def rule_5_some_field(q: Question, shown: Shown) -> bool:
    """An event with no permitted field is absent."""
    return bool(shown)


@rule(when_off=False)
def rests_on_law(q: Question, shown: Shown) -> bool:
    """Whether a basis in law, or emergency access, carries some label of what the grants show."""
    named = [labels_of_existence(q, q.item), *(labels_of_field(q, q.item, name) for name in shown)]
    return any("law" in routes_of_label(q, label) for label in frozenset().union(*named))


# ------------------------------------------------------------------------------------------------------------ rule 9


@rule(when_off=True)
def rule_9_statements(q: Question, route: str) -> bool:
    """Rule 9: on whose surface a statement may stand at all, and by which route."""
    event = q.item["event"]
    if event in ON_NO_SURFACE or event.startswith("event."):
        return False
    if event == "consents.disclosure_authorised":
        return route == "addressed"
    by_grant = route in ("law", "consent")
    if event in ABOUT_A_CONSENT:
        named = names_partner(q.item, "partner", q.partner)
        return not by_grant or named or on_coordinators_screen(q)
    if event in ITS_END:
        return route == "own" or (by_grant and on_coordinators_screen(q))
    return True


@rule(when_off=None)
def rule_9_named(q: Question) -> Addressed | None:
    """Rule 9: given, confirmed, narrowed and renewed stand on the surface of the partner named, by right."""
    if q.item["event"] not in ABOUT_A_CONSENT or not names_partner(q.item, "partner", q.partner):
        return None
    return Addressed("named", frozenset(), position(q, q.item))


def on_coordinators_screen(q: Question) -> bool:
    """Rule 9: on screens, the coordinator's organisation."""
    return q.channel == "screen" and coordinating_partner(q) == q.partner


# ------------------------------------------------------------------------------------------------- the whole decision


def routes(q: Question) -> dict[str, Shown]:
    """The routes that permit the event's existence, in order of precedence, each with the fields it shows."""
    granted = fields_granted(q) if rule_5_existence(q) else None
    by_law = granted is not None and rests_on_law(q, granted)
    found = {
        "own": fields_own(q),
        "addressed": fields_addressed(q),
        "law": granted if by_law else None,
        "consent": granted if not by_law else None,
    }
    return {
        route: shown
        for route in ROUTES
        if (shown := found[route]) is not None
        and rule_9_statements(q, route)
        and emergency_and_no_more(q, route)
    }


@rule(when_off=True)
def emergency_and_no_more(q: Question, route: str) -> bool:
    """Emergency access shows what the law names and no more: no own records, nothing addressed."""
    return q.purpose != "emergency" or route == "law"


def rule_8_why(q: Question, open_routes: dict[str, Shown]) -> str:
    """Rule 8: `why` names the first of own, addressed, law, consent."""
    carrying = [route for route, shown in open_routes.items() if shown] or list(open_routes)
    return carrying[0] if rule_8_first(q) else carrying[-1]


@rule(when_off=False)
def rule_8_first(q: Question) -> bool:
    """Rule 8: the first, not the last."""
    return True


def decide(q: Question) -> Answer:
    """Rule 8: suspended, then block, then protected address, own record or item grant, then ceiling and grant."""
    refused = refusals(q)
    if refused:
        return denied(refused[0])
    open_routes = routes(q)
    if not open_routes:
        return denied(*why_no_route(q))
    shown = fields_granted(q) if rule_9_statements(q, "consent") else {}
    shown = shown | open_routes.get("addressed", {}) | open_routes.get("own", {})
    if not rule_5_some_field(q, shown):
        return denied(*why_no_field(q))
    return Answer(True, frozenset(shown), rule_8_why(q, open_routes), (), shown, time_told(q, open_routes))


def time_told(q: Question, open_routes: dict[str, Shown]) -> str | None:
    """When it happened, as the reader is told: the newest time, but to its recorder as it wrote it itself."""
    found = corrections(q, q.item, "occurred")
    if "own" in open_routes and not all(rule_5_existence(each) for each in rule_7_one_wording(q) or (q,)):
        found = [change for change in found if recorder(change) == q.partner]
    return found[-1]["data"]["new"]["value"] if found else q.item.get("occurred", q.item["at"])


def denied(*reasons: str) -> Answer:
    """A denial with its reasons in their order, which no reader ever sees."""
    return Answer(False, frozenset(), None, tuple(sorted(dict.fromkeys(reasons), key=PRECEDENCE.index)))


def why_no_route(q: Question) -> tuple[str, ...]:
    """Why the existence is permitted by no route."""
    nowhere = () if rule_9_statements(q, "consent") else ("not_on_surface",)
    return nowhere + why_not_labels(q, labels_of_existence(q, q.item))


def why_no_field(q: Question) -> tuple[str, ...]:
    """Why no field is left, each field's labels first."""
    reasons: tuple[str, ...] = ()
    for name in fields(q.item):
        reasons += why_not_labels(q, labels_of_field(q, q.item, name))
        reasons += () if readable(q, q.item, name) else ("misfiled",)
    return reasons or ("no_field",)


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
        return denied("no_such_item")
    moment = instant(now) if isinstance(now, str) else now
    asking = person if channel not in WITHOUT_A_PERSON or "rule_7_nobody_on_topics" in off else None
    return decide(Question(history, past, step, partner, purpose, channel, moment, asking, off))


RULES.append("rule_7_nobody_on_topics")


def value(history: History, item: str, name: str, words: str) -> Any:
    """What a field says in the words that an answer names."""
    step = next(step for step in history["steps"] if step["id"] == (item if words == ORIGINAL else words))
    said = step["data"][name] if words == ORIGINAL else step["data"]["new"]
    return next(said[kind] for kind in ("text", "value", "partner", "partners", "person") if kind in said)
