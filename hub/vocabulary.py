"""The words of the field: categories, sectors, purposes, and which category the existence of an event carries.

Labels are handled as bit sets (`int`): bit 0 means *unknown* and is never permitted to anyone but the citizen; the
others are the categories in the order below. In events and schemas labels are written out, separated by a space,
so that the log can be read without this table.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache


class Category(StrEnum):
    """What a piece of information is about (DOMAIN, "Categories of information")."""

    CONTACT = "contact"
    ADDRESS = "address"
    WISHES = "wishes"
    PLAN = "plan"
    MEETINGS = "meetings"
    AGREEMENTS = "agreements"
    ATTENDANCE = "attendance"
    EVERYDAY = "everyday"
    FINANCES = "finances"
    WORK = "work"
    HEALTH = "health"
    DIAGNOSIS = "diagnosis"
    MEDICATION = "medication"
    ADDICTION = "addiction"
    CRIMINAL = "criminal"
    SAFETY = "safety"
    NETWORK = "network"
    THIRD_PARTY = "third_party"
    MEASURES = "measures"


class Sector(StrEnum):
    """The kind of organisation a partner is."""

    AUTHORITY = "authority"
    SOCIAL_PSYCHIATRY = "social_psychiatry"
    REGIONAL_PSYCHIATRY = "regional_psychiatry"
    ADDICTION_TREATMENT = "addiction_treatment"
    GP = "gp"
    HOME_NURSING = "home_nursing"
    HOME_CARE = "home_care"
    JOBCENTRE = "jobcentre"
    CIVIL_SOCIETY = "civil_society"
    EMPLOYER = "employer"
    EDUCATION = "education"


class Purpose(StrEnum):
    """Why somebody reads. Anything else is denied, the forbidden ones by name."""

    COORDINATION = "coordination"
    TREATMENT = "treatment"
    SUPPORT = "support"
    CASEWORK = "casework"
    EMPLOYMENT = "employment"
    EMERGENCY = "emergency"


FORBIDDEN_PURPOSES = frozenset(
    {"sanction", "benefit_control", "recruitment", "insurance", "criminal_investigation"},
)


class Channel(StrEnum):
    """Through what a partner reads. Screens (the command line too) need a person."""

    SCREEN = "screen"
    TOPIC = "topic"
    API = "api"
    FEED = "feed"
    CALENDAR = "calendar"
    MAIL = "mail"
    EXPORT = "export"


class Role(StrEnum):
    """Who acts: the citizen, a representative within a recorded scope, somebody at a partner, or the hub itself."""

    CITIZEN = "citizen"
    REPRESENTATIVE = "representative"
    PARTNER = "partner"
    HUB = "hub"


class Source(StrEnum):
    """How a command came in. What was imported is history, whatever its date."""

    SCREEN = "screen"
    API = "api"
    INBOX = "inbox"
    IMPORT = "import"
    HUB = "hub"


UNKNOWN = 1
CATEGORY_BIT = {category: 2 << index for index, category in enumerate(Category)}
ALL_CATEGORIES = sum(CATEGORY_BIT.values())
PURPOSE_BIT = {purpose: 1 << index for index, purpose in enumerate(Purpose)}


def label_mask(names: Iterable[str]) -> int:
    """Labels as a bit set; a name that is no category sets the bit that nobody is permitted."""
    mask = 0
    for name in names:
        mask |= CATEGORY_BIT.get(name, UNKNOWN)  # type: ignore[call-overload]
    return mask


@lru_cache(maxsize=4096)
def mask_of(written: str) -> int:
    """The bit set of labels as events write them, separated by spaces; none at all is unknown."""
    return label_mask(written.split()) or UNKNOWN


def label_names(mask: int) -> list[str]:
    """The names of the categories in a bit set, in the order of the vocabulary."""
    return [str(category) for category, bit in CATEGORY_BIT.items() if mask & bit]


def purpose_mask(names: Iterable[str]) -> int:
    """Purposes as a bit set; a purpose that is none is left out, so that it permits nothing."""
    mask = 0
    for name in names:
        mask |= PURPOSE_BIT.get(name, 0)  # type: ignore[call-overload]
    return mask


def purpose_names(mask: int) -> list[str]:
    """The names of the purposes in a bit set, in the order of the vocabulary."""
    return [str(purpose) for purpose, bit in PURPOSE_BIT.items() if mask & bit]


def _all_but(*left_out: Category) -> frozenset[Category]:
    return frozenset(Category) - frozenset(left_out)


_BROAD = _all_but(Category.ATTENDANCE)
_DAILY = frozenset(
    {
        Category.CONTACT,
        Category.ADDRESS,
        Category.WISHES,
        Category.PLAN,
        Category.MEETINGS,
        Category.AGREEMENTS,
        Category.EVERYDAY,
    },
)
_CLINICAL = _DAILY | {Category.HEALTH, Category.DIAGNOSIS, Category.MEDICATION, Category.ADDICTION}

DEFAULT_CEILINGS: dict[Sector, frozenset[Category]] = {
    Sector.AUTHORITY: _BROAD,
    Sector.SOCIAL_PSYCHIATRY: _BROAD,
    Sector.REGIONAL_PSYCHIATRY: _BROAD,
    Sector.ADDICTION_TREATMENT: _BROAD
    - {Category.WORK, Category.MEASURES, Category.FINANCES, Category.CRIMINAL},
    Sector.GP: _CLINICAL,
    Sector.HOME_NURSING: _CLINICAL,
    Sector.HOME_CARE: _DAILY,
    Sector.JOBCENTRE: frozenset(
        {
            Category.CONTACT,
            Category.WISHES,
            Category.PLAN,
            Category.MEETINGS,
            Category.AGREEMENTS,
            Category.WORK,
        },
    ),
    Sector.CIVIL_SOCIETY: frozenset(),
    Sector.EMPLOYER: frozenset(),
    Sector.EDUCATION: frozenset(),
}
"""What a sector can ever receive, offered when a partner adopts its ceiling (DOMAIN, "Sector ceilings")."""

EMERGENCY_SECTORS = frozenset(
    {Sector.AUTHORITY, Sector.SOCIAL_PSYCHIATRY, Sector.REGIONAL_PSYCHIATRY, Sector.GP},
)
"""Whose people may open emergency access, unless HUB_EMERGENCY_SECTORS says otherwise."""

EXISTENCE: dict[str, Category] = {
    "citizen.enrolled": Category.CONTACT,
    "citizen.hope_told": Category.WISHES,
    "citizen.hope_retold": Category.WISHES,
    "citizen.coordinator_assigned": Category.CONTACT,
    "citizen.coordinator_released": Category.CONTACT,
    "citizen.contact_person_assigned": Category.CONTACT,
    "citizen.contact_person_ended": Category.CONTACT,
    "citizen.relation_started": Category.CONTACT,
    "citizen.relation_ended": Category.CONTACT,
    "citizen.contact_recorded": Category.MEETINGS,
    "citizen.representative_registered": Category.CONTACT,
    "citizen.representative_ended": Category.CONTACT,
    "citizen.address_protected": Category.ADDRESS,
    "citizen.address_unprotected": Category.ADDRESS,
    "citizen.crisis_agreement_made": Category.PLAN,
    "citizen.treatment_noted": Category.HEALTH,
    "citizen.died": Category.CONTACT,
    "consents.given": Category.CONTACT,
    "consents.confirmed": Category.CONTACT,
    "consents.narrowed": Category.CONTACT,
    "consents.renewed": Category.CONTACT,
    "consents.withdrawn": Category.CONTACT,
    "consents.expired": Category.CONTACT,
    "consents.refused": Category.CONTACT,
    "consents.block_set": Category.CONTACT,
    "consents.block_lifted": Category.CONTACT,
    "consents.disclosure_authorised": Category.CONTACT,
    "consents.statutory_basis_registered": Category.CONTACT,
    "consents.statutory_basis_ended": Category.CONTACT,
    "consents.statutory_disclosure_recorded": Category.CONTACT,
    "consents.emergency_access_opened": Category.CONTACT,
    "consents.emergency_access_closed": Category.CONTACT,
    "consents.emergency_access_reviewed": Category.CONTACT,
    "plan.opened": Category.PLAN,
    "plan.goal_set": Category.PLAN,
    "plan.goal_reworded": Category.PLAN,
    "plan.goal_progressed": Category.PLAN,
    "plan.goal_reached": Category.PLAN,
    "plan.goal_let_go": Category.PLAN,
    "plan.support_granted": Category.PLAN,
    "plan.support_adjusted": Category.PLAN,
    "plan.support_ended": Category.PLAN,
    "plan.closed": Category.PLAN,
    "meeting.convened": Category.MEETINGS,
    "meeting.participant_invited": Category.MEETINGS,
    "meeting.participant_approved_by_citizen": Category.MEETINGS,
    "meeting.approval_withdrawn": Category.MEETINGS,
    "meeting.participant_removed": Category.MEETINGS,
    "meeting.held": Category.MEETINGS,
    "meeting.cancelled": Category.MEETINGS,
    "meeting.agreement_made": Category.AGREEMENTS,
    "meeting.agreement_done": Category.AGREEMENTS,
    "meeting.agreement_delayed": Category.AGREEMENTS,
    "meeting.agreement_dropped": Category.AGREEMENTS,
    "meeting.agreement_party_removed": Category.AGREEMENTS,
    "handover.proposed": Category.PLAN,
    "handover.accepted": Category.PLAN,
    "handover.declined": Category.PLAN,
    "handover.read": Category.PLAN,
    "handover.completed": Category.PLAN,
    "handover.withdrawn": Category.PLAN,
    "citizen.help_card_written": Category.WISHES,
    "citizen.help_card_read": Category.WISHES,
    "citizen.important_told": Category.WISHES,
    "citizen.portrait_written": Category.WISHES,
    "citizen.strength_suggested": Category.WISHES,
    "citizen.strength_confirmed": Category.WISHES,
    "citizen.strength_rested": Category.WISHES,
    "citizen.difficulty_noted": Category.WISHES,
    "citizen.wish_made": Category.WISHES,
    "citizen.wish_answered": Category.WISHES,
    "citizen.risk_talked_over": Category.WISHES,
    "citizen.success_told": Category.WISHES,
    "citizen.choice_explained": Category.PLAN,
    "citizen.decision_made": Category.PLAN,
    "citizen.expectations_aligned": Category.PLAN,
    "citizen.question_asked": Category.WISHES,
    "citizen.discontent_told": Category.WISHES,
    "citizen.question_answered": Category.WISHES,
    "citizen.experience_acknowledged": Category.WISHES,
    "citizen.contribution_offered": Category.WISHES,
    "citizen.feedback_given": Category.WISHES,
    "citizen.feedback_acted_on": Category.WISHES,
    "citizen.plain_words_given": Category.CONTACT,
    "citizen.meeting_preference_told": Category.MEETINGS,
    "citizen.hard_period_marked": Category.EVERYDAY,
    "citizen.hard_period_ended": Category.EVERYDAY,
    "citizen.contact_level_agreed": Category.EVERYDAY,
    "citizen.need_change_reported": Category.PLAN,
    "citizen.need_change_acknowledged": Category.PLAN,
    "citizen.need_change_assessed": Category.PLAN,
    "citizen.acute_problem_reported": Category.EVERYDAY,
    "citizen.acute_problem_solved": Category.EVERYDAY,
    "citizen.help_sought": Category.PLAN,
    "citizen.inquiry_answered": Category.PLAN,
    "citizen.support_decided": Category.PLAN,
    "citizen.dialogue_rhythm_agreed": Category.PLAN,
    "citizen.status_given": Category.PLAN,
    "citizen.pathway_changed": Category.PLAN,
    "citizen.phase_changed": Category.PLAN,
    "citizen.life_area_told": Category.EVERYDAY,
    "citizen.method_used": Category.PLAN,
    "citizen.measurement_recorded": Category.MEASURES,
    "citizen.transition_expected": Category.PLAN,
    "citizen.transition_prepared": Category.PLAN,
    "citizen.address_noted": Category.ADDRESS,
    "citizen.future_support_discussed": Category.PLAN,
    "citizen.way_back_agreed": Category.PLAN,
    "citizen.match_wished": Category.WISHES,
    "citizen.worker_change_wished": Category.WISHES,
    "citizen.worker_change_decided": Category.WISHES,
    "citizen.network_person_added": Category.NETWORK,
    "citizen.network_person_removed": Category.NETWORK,
    "citizen.relative_agreement_made": Category.NETWORK,
    "citizen.community_wished": Category.NETWORK,
    "citizen.community_tried": Category.NETWORK,
    "citizen.community_joined": Category.NETWORK,
    "citizen.community_left": Category.NETWORK,
    "citizen.welcome_planned": Category.NETWORK,
    "citizen.company_agreed": Category.NETWORK,
    "citizen.company_kept": Category.NETWORK,
    "citizen.barrier_noted": Category.NETWORK,
    "citizen.barrier_help_sought": Category.NETWORK,
    "citizen.peer_offered": Category.NETWORK,
    "citizen.peer_joined": Category.NETWORK,
    "citizen.peer_left": Category.NETWORK,
    "citizen.offer_told": Category.NETWORK,
    "citizen.workplace_talk_held": Category.WORK,
    "citizen.closed": Category.CONTACT,
    "citizen.reopened": Category.CONTACT,
    "citizen.correction_taken_in": Category.CONTACT,
    "meeting.purpose_explained": Category.MEETINGS,
    "meeting.participant_answered": Category.MEETINGS,
    "meeting.agenda_item_proposed": Category.MEETINGS,
    "meeting.agenda_item_accepted": Category.MEETINGS,
    "meeting.input_given": Category.MEETINGS,
    "meeting.citizen_message_given": Category.MEETINGS,
    "meeting.companion_chosen": Category.MEETINGS,
    "meeting.chair_appointed": Category.MEETINGS,
    "meeting.preparation_shared": Category.MEETINGS,
    "meeting.talked_before": Category.MEETINGS,
    "meeting.place_chosen": Category.MEETINGS,
    "meeting.rescheduled": Category.MEETINGS,
    "meeting.split": Category.MEETINGS,
    "meeting.talked_afterwards": Category.MEETINGS,
    "meeting.minutes_approved": Category.MEETINGS,
    "plan.order_sent": Category.PLAN,
    "plan.order_received": Category.PLAN,
    "plan.order_ended": Category.PLAN,
    "plan.linked_to_order": Category.PLAN,
    "plan.revised": Category.PLAN,
    "plan.handed_out": Category.PLAN,
    "plan.self_checked": Category.PLAN,
    "plan.support_paused": Category.PLAN,
    "plan.support_shaped": Category.PLAN,
    "plan.follow_up_planned": Category.PLAN,
    "plan.reflection_shared": Category.PLAN,
    "plan.follow_up_held": Category.PLAN,
    "plan.view_given": Category.PLAN,
    "handover.carried_over": Category.PLAN,
    "handover.let_go": Category.PLAN,
    "handover.retelling_reported": Category.PLAN,
}
"""The category of an event's existence; an event whose type is not here is absent for every partner."""

PARAGRAPHS: dict[str, str] = {
    "§ 82": "plan",
    "§ 85": "plan",
    "§ 99": "plan",
    "§ 101": "plan addiction",
    "§ 103": "plan work",
    "§ 104": "plan",
    "§ 107": "plan",
    "§ 108": "plan",
}
"""Paragraphs of serviceloven under which support is granted, with what naming them reveals."""
