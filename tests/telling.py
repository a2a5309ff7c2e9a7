"""Events whose classes say their own rule, for tests: who may record each, with what, and after what.

Who may is written down here once more, from DOMAIN and the inventory, so that a rule that is loosened is noticed.
"""

from datetime import date, timedelta
from functools import cache
from typing import Any, Final, TypeVar, get_args, get_origin
from uuid import UUID

from hub.aggregates import TOLD, Act, Citizen, Handover, Meeting, Plan, Text, Told
from hub.aggregates.matters import Telling, fields_of
from hub.vocabulary import Sector
from tests.acting import (
    AT,
    AUTHORITY,
    CITIZEN,
    JOBCENTRE,
    PROVIDER,
    as_citizen,
    as_representative,
    at_partner,
    uid,
    words,
)

T = TypeVar("T", bound=Telling)
MATTER, GOAL, SUPPORT, ITEM, NOWHERE = uid(301), uid(302), uid(303), uid(304), uid(399)
"""The matter that is told of; a goal and a support of the plan; an event; and what nobody ever heard of."""
TOPICS: Final = tuple(sorted(TOLD))

CITIZEN_ALONE: Final = {"citizen.strength_confirmed", "citizen.peer_joined", "citizen.peer_left"}
"""Not even a representative: only the citizen says who they are, and whom they meet."""
FOR_THE_CITIZEN: Final = {"citizen.portrait_written", "citizen.strength_rested"}
"""The citizen's own, or said by a representative within the scope: nobody on the staff writes it down instead."""
BY_THE_AUTHORITY: Final = {
    "citizen.need_change_acknowledged", "citizen.need_change_assessed", "citizen.pathway_changed",
    "citizen.item_withheld", "citizen.support_decided", "citizen.withholding_ended", "plan.order_sent",
    "plan.revised",
}  # fmt: skip
"""Only the authority decides about need and level, authors the action plan, and withholds an item for a time."""
BY_WHO_TREATS: Final = {"citizen.treatment_noted"}
BY_STAFF: Final = {
    "citizen.choice_explained", "citizen.closed", "citizen.correction_taken_in", "citizen.dialogue_rhythm_agreed",
    "citizen.expectations_aligned", "citizen.feedback_acted_on", "citizen.future_support_discussed",
    "citizen.help_card_read", "citizen.inquiry_answered", "citizen.method_used", "citizen.peer_offered",
    "citizen.phase_changed", "citizen.plain_words_given", "citizen.question_answered", "citizen.risk_talked_over",
    "citizen.status_given", "citizen.transition_expected", "citizen.transition_prepared", "citizen.way_back_agreed",
    "citizen.wish_answered", "citizen.worker_change_decided", "citizen.workplace_talk_held",
    "handover.carried_over", "handover.let_go",
    "meeting.input_given", "meeting.participant_answered", "meeting.purpose_explained", "meeting.talked_before",
    "plan.follow_up_held", "plan.follow_up_planned", "plan.handed_out", "plan.linked_to_order", "plan.order_ended",
    "plan.order_received", "plan.self_checked", "plan.support_paused", "plan.support_shaped",
}  # fmt: skip
"""What is the work of those who are paid for it. Everything else anybody may tell."""
NOT_FOR_REPRESENTATIVES: Final = {"citizen.crisis_agreement_made"}
"""The citizen or staff."""
AFTER_DEATH: Final = {"citizen.treatment_noted", "citizen.correction_taken_in"}
_VALUES: Final = {
    "value": "27",
    "instrument": "ORS",
    "again": "noget af det",
    "basis": "Forvaltningsloven § 15 a",
}


def name_of(topic: str) -> str:
    """The event without its version."""
    return topic.rsplit(".v", 1)[0]


def may(topic: str, act: Act) -> bool:
    """Whether somebody may record such an event at all, whatever is going on."""
    name, role = name_of(topic), act.by.role
    staff = role == "partner" and act.by.partner is not None
    for names, allowed in (
        (CITIZEN_ALONE, role == "citizen"),
        (FOR_THE_CITIZEN, role in {"citizen", "representative"}),
        (BY_THE_AUTHORITY, staff and act.by.sector is Sector.AUTHORITY),
        (
            BY_WHO_TREATS,
            staff and act.by.sector is Sector.SOCIAL_PSYCHIATRY,
        ),  # the only one of the three who do
        (BY_STAFF, staff),
        (NOT_FOR_REPRESENTATIVES, staff or role == "citizen"),
    ):
        if name in names:
            return allowed
    return staff or role in {"citizen", "representative"}


def who(topic: str) -> Act:
    """Somebody who may."""
    for act in (as_citizen(), at_partner(PROVIDER), at_partner(AUTHORITY)):
        if may(topic, act):
            return act
    raise AssertionError(topic)


def everybody() -> tuple[Act, ...]:
    """The citizen, a representative, and somebody at each of three organisations."""
    return (
        as_citizen(),
        as_representative(),
        at_partner(AUTHORITY),
        at_partner(PROVIDER),
        at_partner(JOBCENTRE),
    )


def sample(event_class: type[Told], **said: Any) -> dict[str, Any]:
    """Something for every field that such an event has, and what a test says instead."""
    return {
        **{name: _value(event_class, name, hint) for name, hint in fields_of(event_class).items()},
        **said,
    }


def _value(event_class: type[Told], name: str, hint: Any) -> Any:
    bare = next((each for each in get_args(hint) if each is not type(None)), hint)
    rule = event_class.RULE
    if get_origin(hint) is tuple:
        return (uid(305), uid(306))
    ids: dict[str, UUID | None] = {
        rule.matter or "": MATTER, "goal": GOAL, "support": SUPPORT, "provider": PROVIDER, "participant": PROVIDER,
        "agenda_item": MATTER if rule.matter else None, "what": ITEM, "about": ITEM, "partner": PROVIDER,
    }  # fmt: skip
    if bare is UUID:
        return ids.get(name, uid(307))
    if bare is Text:
        return words("third_party", "network") if name == "who" else words("plan")
    if bare is str:
        return dict(rule.one_of).get(name, (_VALUES.get(name),))[0]
    return {bool: True, int: 7, date: date(2026, 4, 1)}.get(bare, AT + timedelta(days=9))


@cache
def path(kind: str, state: str) -> tuple[type[Told], ...]:
    """The shortest way by which a matter of a kind comes into a state."""
    ways: list[tuple[tuple[type[Told], ...], str]] = [((), "")]
    for way, at in ways:
        if at == state:
            return way
        for event_class in TOLD.values():
            rule = event_class.RULE
            follows = rule.matter == kind and (at in rule.after if at else not rule.after or rule.or_new)
            if follows and event_class not in way:
                ways.append(((*way, event_class), rule.becomes))
    raise AssertionError((kind, state))


def states(kind: str) -> set[str]:
    """The states that a matter of a kind can be in."""
    return {event_class.RULE.becomes for event_class in TOLD.values() if event_class.RULE.matter == kind}


def quiet(made: T) -> T:
    """The same, with what happened so far left behind: what comes now is what a test is about."""
    made.collect_events()
    return made


def citizen() -> Citizen:
    """A citizen who was just enrolled."""
    return quiet(an_enrolled_citizen())


def an_enrolled_citizen() -> Citizen:
    """The same, with what happened."""
    return Citizen.enrol(CITIZEN, at_partner())


def plan(kind: str = "handleplan") -> Plan:
    """A plan with a goal; the authority's grants support."""
    return quiet(a_plan(kind))


def a_plan(kind: str) -> Plan:
    """The same, with what happened."""
    made = Plan.begin(uid(2), CITIZEN, kind, at_partner(AUTHORITY if kind == "handleplan" else PROVIDER))
    made.set_goal(GOAL, as_citizen(), words=words("plan"))
    if kind == "handleplan":
        made.grant_support(SUPPORT, PROVIDER, "§ 85", at_partner())
    return made


def meeting(kind: str = "network", *, held: bool = False, cancelled: bool = False) -> Meeting:
    """A meeting to which the provider is invited."""
    made = a_meeting(kind)
    if held:
        made.hold((PROVIDER,), at_partner(), citizen_took_part=True)
    if cancelled:
        made.cancel(at_partner())
    return quiet(made)


def a_meeting(kind: str) -> Meeting:
    """The same, with what happened."""
    made = Meeting.convene(uid(3), CITIZEN, at_partner(), kind=kind, starts=AT, purpose=words("meetings"))
    made.invite(PROVIDER, (), at_partner(), purpose=words("meetings"))
    return made


def handover(*, accepted: bool = True) -> Handover:
    """The provider hands knowledge over to the jobcentre."""
    made = a_handover()
    if accepted:
        made.accept(at_partner(JOBCENTRE))
    return quiet(made)


def a_handover() -> Handover:
    """The same, with what happened: it is not accepted yet."""
    terms = {"kind": "knowledge", "to_partner": JOBCENTRE, "items": (ITEM,), "grants": frozenset[UUID]()}
    return Handover.propose(uid(4), CITIZEN, at_partner(PROVIDER), **terms)  # type: ignore[arg-type]


def stage(event_class: type[Told], state: str | None = None) -> Any:
    """Where such an event can be recorded: its matter in a state that it follows, unless another is named."""
    rule, name = event_class.RULE, name_of(event_class.TOPIC)
    made: Telling
    if name.startswith("plan."):
        made = plan("indsatsplan" if name == "plan.linked_to_order" else "handleplan")
    elif name.startswith("meeting."):
        made = meeting(held=name in {"meeting.talked_afterwards", "meeting.minutes_approved"})
    elif name.startswith("handover."):
        made = handover()
    else:
        made = citizen()
    if name == "citizen.reopened":
        made.tell(TOLD["citizen.closed.v1"], at_partner())
    state = state if state is not None else next(iter(rule.after), "")
    if rule.matter and state and not (rule.or_new and state == ""):
        for before in path(rule.matter, state):
            made.tell(before, who(before.TOPIC), **sample(before))
    made.collect_events()
    return made
