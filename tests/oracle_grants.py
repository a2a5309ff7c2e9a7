"""Grants and blocks for the naive oracle: what is in force, what it covers, and what takes it away (rules 2, 3, 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.oracle_log import (
    CATEGORIES,
    LEAVES_THE_HUB,
    UNKNOWN,
    Labels,
    Question,
    Step,
    after,
    by_citizen,
    ceiling,
    instant,
    names_partner,
    occurred,
    occurrences,
    on_the_wall,
    once,
    position,
    recorded,
    registration,
    rule,
    sources,
)

IN_AN_EMERGENCY = (
    "citizen.contact_person_assigned",
    "citizen.contact_person_ended",
    "citizen.crisis_agreement_made",
    "citizen.treatment_noted",
)


@dataclass(frozen=True, eq=False)
class Terms:
    """What a grant covers now, and the step from which it counts."""

    route: str
    counts_from: Step
    categories: Labels
    purposes: Labels
    sources: Labels | None
    window: dict[str, Any] | None


@once
def grants_in_force(q: Question) -> list[Terms]:
    """Every grant to the asking partner that is in force at the reading; each stands on its own."""
    return consents_in_force(q) + bases_in_force(q)


# ---------------------------------------------------------------------------------------------------------- consents


@once
def consents_in_force(q: Question) -> list[Terms]:
    """Every consent to the asking partner that is in force at the reading."""
    found = []
    for step in q.past:
        if step["event"] != "consents.given" or not names_partner(step, "partner", q.partner):
            continue
        begins = counts_from(q, step)
        if begins is not None and not has_ended(q, step) and rule_3_until(q, valid_until(q, step)):
            found.append(terms(q, step, begins))
    return found


def counts_from(q: Question, consent: Step) -> Step | None:
    """The step from which a consent counts: its own, or the citizen's confirmation; None when it does not."""
    if not within_scope(q, consent, frozenset(consent["data"]["categories"])):
        return None
    if by_citizen(consent):
        return consent
    confirmed = confirmation(q, consent)
    if spoken_after_withdrawal(q, consent):
        return confirmed
    return None if confirmed is None and spoken_lapses(q, consent) else consent


@rule(when_off=True)
def within_scope(q: Question, statement: Step, categories: Labels) -> bool:
    """A representative acts within the scope recorded at that position; everybody else has none to keep."""
    if statement["by"]["who"] != "representative":
        return True
    current: dict[str, Step] = {}
    for step in q.past[: position(q, statement)]:
        if step["event"] == "citizen.representative_registered":
            current[step["id"]] = step
        if step["event"] == "citizen.representative_ended":
            current.pop(step["data"]["ends"], None)
    return any(
        step["data"]["person"]["person"] == statement["by"]["person"]
        and categories <= frozenset(step["data"]["scope"])
        for step in current.values()
    )


def confirmation(q: Question, consent: Step) -> Step | None:
    """The first confirmation of a spoken consent by the citizen (or within scope), before it lapsed."""
    for step in after(q, consent):
        if (
            names_consent(step, "consents.confirmed", consent)
            and rule_spoken_by_citizen(q, step)
            and rule_spoken_in_time(q, step, consent)
            and within_scope(q, step, terms(q, consent, consent, position(q, step)).categories)
        ):
            return step
    return None


@rule(when_off=True)
def rule_spoken_by_citizen(q: Question, confirmed: Step) -> bool:
    """The citizen confirms, or a representative: nobody on the staff."""
    return by_citizen(confirmed)


@rule(when_off=True)
def rule_spoken_in_time(q: Question, confirmed: Step, consent: Step) -> bool:
    """A confirmation after the 30 days opens nothing."""
    return recorded(confirmed) < lapse(consent)


@rule(when_off=False)
def spoken_lapses(q: Question, consent: Step) -> bool:
    """A spoken consent that nobody confirmed lapses after 30 days."""
    return q.now >= lapse(consent)


def lapse(consent: Step) -> datetime:
    """The first moment at which an unconfirmed spoken consent is not in force."""
    return on_the_wall(recorded(consent), days=30)


@rule(when_off=False)
def spoken_after_withdrawal(q: Question, consent: Step) -> bool:
    """After a withdrawal of any consent to a partner, one registered by staff counts only from the confirmation."""
    to = consent["data"]["partner"]["partner"]
    named = {
        each
        for step in q.past[: position(q, consent)]
        if step["event"] == "consents.withdrawn"
        for each in step["data"]["consents"]
    }
    return any(
        step["id"] in named and step["event"] == "consents.given" and names_partner(step, "partner", to)
        for step in q.past
    )


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
    """Death ends consents at once; bases, item grants and own records follow their own ends."""
    return step["event"] == "citizen.died"


@rule(when_off=True)
def rule_3_until(q: Question, until: datetime | None) -> bool:
    """Rule 3: never after `valid_until`, an exclusive instant."""
    return until is None or q.now < until


def valid_until(q: Question, consent: Step) -> datetime | None:
    """The end as given, moved by each renewal that came while the consent was in force."""
    until = first_end(q, consent, consent["data"].get("until"), recorded(consent))
    for step in after(q, consent):
        if ends(q, step, consent):
            break
        if names_consent(step, "consents.narrowed", consent) and "until" in step["data"]:
            until = earlier(until, step["data"]["until"])
        if rule_4_renewed(q, step, consent, until):
            until = first_end(q, consent, step["data"]["until"], recorded(step))
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


def first_end(q: Question, consent: Step, until: str | None, start: datetime) -> datetime | None:
    """The end as stated, or sooner where sundhedsloven § 43 says so."""
    stated = None if until is None else instant(until)
    limit = rule_section_43(q, consent, start)
    if stated is None or limit is None:
        return stated or limit
    return min(stated, limit)


@rule(when_off=None)
def rule_section_43(q: Question, consent: Step, start: datetime) -> datetime | None:
    """Where sundhedsloven § 43 applies: at most one year."""
    return on_the_wall(start, years=1) if consent["data"].get("section_43") else None


def terms(q: Question, consent: Step, begins: Step, until: int | None = None) -> Terms:
    """What was given, less what every narrowing up to a position took away."""
    data = consent["data"]
    categories, purposes = frozenset(data["categories"]), frozenset(data["purposes"])
    named = None if data["sources"] is None else frozenset(data["sources"])
    for step in after(q, consent):
        if until is not None and position(q, step) > until:
            break
        if rule_4_narrowed(q, step, consent):
            narrower = step["data"]
            categories &= frozenset(narrower.get("categories", categories))
            purposes &= frozenset(narrower.get("purposes", purposes))
            named = fewer_sources(named, narrower.get("sources"))
    return Terms("consent", begins, categories, purposes, named, data["window"])


@rule(when_off=False)
def rule_4_narrowed(q: Question, step: Step, consent: Step) -> bool:
    """A narrowing takes away from its position on; it never adds a category or a window."""
    return names_consent(step, "consents.narrowed", consent)


def fewer_sources(named: Labels | None, only: list[str] | None) -> Labels | None:
    """The sources left after a narrowing, where None is every source."""
    if only is None:
        return named
    return frozenset(only) if named is None else named & frozenset(only)


# -------------------------------------------------------------------------------------------- bases in law, emergency


@once
def bases_in_force(q: Question) -> list[Terms]:
    """Every statutory basis of the asking partner that is in force at the reading."""
    found = []
    for step in q.past:
        if step["event"] != "consents.statutory_basis_registered" or not names_partner(
            step, "partner", q.partner
        ):
            continue
        data = step["data"]
        begins = in_use_from(q, step)
        until = None if data.get("until") is None else instant(data["until"])
        if begins is None or rule_basis_ended(q, step) or not rule_basis_until(q, until):
            continue
        named = None if data.get("sources") is None else frozenset(data["sources"])
        found.append(
            Terms(
                "law",
                begins,
                frozenset(data["categories"]),
                frozenset(data["purposes"]),
                named,
                data.get("window"),
            )
        )
    return found


def in_use_from(q: Question, registered: Step) -> Step | None:
    """The step from which a basis counts: the later of its registration and the lawyer's confirmation of its row."""
    for step in q.past:
        if (
            step["event"] == "partner.legal_basis_confirmed"
            and step["data"]["partner"] == q.partner
            and step["data"]["basis"] == basis_of(registered)
        ):
            later = position(q, step) > position(q, registered) and rule_basis_counts_from_later(q)
            return step if later else registered
    return None if rule_basis_confirmed(q) else registered


def basis_of(registered: Step) -> str:
    """The row of the table of legal bases."""
    row = registered["data"]["basis"]
    return row["value"] if isinstance(row, dict) else row


@rule(when_off=False)
def rule_basis_confirmed(q: Question) -> bool:
    """A row works only after the organisation's own lawyer confirmed it."""
    return True


@rule(when_off=False)
def rule_basis_counts_from_later(q: Question) -> bool:
    """A basis registered before the confirmation counts from the confirmation."""
    return True


@rule(when_off=False)
def rule_basis_ended(q: Question, registered: Step) -> bool:
    """A basis ends by its own event; a death does not end it."""
    return any(
        step["event"] == "consents.statutory_basis_ended" and step["data"]["basis_step"] == registered["id"]
        for step in after(q, registered)
    )


@rule(when_off=True)
def rule_basis_until(q: Question, until: datetime | None) -> bool:
    """A basis is never in force after its end, an exclusive instant."""
    return until is None or q.now < until


@once
def emergencies(q: Question) -> list[Step]:
    """The emergency accesses open for the asking person."""
    return [
        step
        for step in q.past
        if step["event"] == "consents.emergency_access_opened"
        and names_partner(step, "partner", q.partner)
        and rule_emergency_person(q, step)
        and rule_emergency_hours(q, step)
        and not rule_emergency_closed(q, step)
    ]


@rule(when_off=True)
def rule_emergency_person(q: Question, opened: Step) -> bool:
    """Emergency access is one person's."""
    return opened["data"]["person"]["person"] == q.person


@rule(when_off=True)
def rule_emergency_on_screen(q: Question) -> bool:
    """Emergency access is for screens only."""
    return q.channel == "screen"


@rule(when_off=True)
def rule_emergency_hours(q: Question, opened: Step) -> bool:
    """Emergency access lasts eight hours."""
    return q.now < recorded(opened) + timedelta(hours=8)


@rule(when_off=False)
def rule_emergency_closed(q: Question, opened: Step) -> bool:
    """Emergency access can be closed sooner."""
    return any(
        step["event"] == "consents.emergency_access_closed" and step["data"]["access"] == opened["id"]
        for step in after(q, opened)
    )


@rule(when_off=False)
def emergency_covers(q: Question) -> bool:
    """Emergency access covers contact persons, the crisis agreement and current treatment, whenever and by whomever."""
    return (
        q.purpose == "emergency"
        and bool(emergencies(q))
        and rule_emergency_on_screen(q)
        and emergency_item(q)
    )


@rule(when_off=True)
def emergency_item(q: Question) -> bool:
    """Emergency access covers no more than that."""
    return q.item["event"] in IN_AN_EMERGENCY


# ------------------------------------------------------------------------------------------------ the time of a grant


@once
def covers_time(q: Question, grant: Terms) -> bool:
    """Rule 3: event time decides what a grant covers."""
    if grant.window is not None and rule_3_window_counts(q):
        return all(rule_3_window(q, grant.window, happened) for happened in occurrences(q))
    return (
        rule_3_later_position(q, grant)
        and rule_3_not_imported(q)
        and all(rule_3_later_occurrence(q, happened, granted_at(q, grant)) for happened in occurrences(q))
    )


@rule(when_off=False)
def rule_3_window_counts(q: Question) -> bool:
    """Rule 3: a window replaces "from now on" and covers facts whenever recorded."""
    return True


@rule(when_off=True)
def rule_3_later_position(q: Question, grant: Terms) -> bool:
    """Rule 3: without a window only what has a later position."""
    return position(q, q.item) > position(q, grant.counts_from)


@rule(when_off=True)
def rule_3_not_imported(q: Question) -> bool:
    """Rule 3: what was imported is history, whatever its date."""
    return not q.item["imported"]


@rule(when_off=True)
def rule_3_later_occurrence(q: Question, happened: datetime | None, start: datetime) -> bool:
    """Rule 3: without a window only what happened later than the grant was recorded; nothing undated."""
    return happened is not None and happened > start


@rule(when_off=True)
def rule_3_window(q: Question, window: dict[str, Any], happened: datetime | None) -> bool:
    """Rule 3: from `happened_from` to `happened_to` (exclusive, null = open); undated only where it says so."""
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
        return recorded(grant.counts_from)
    return occurred(grant.counts_from) or recorded(grant.counts_from)


@rule(when_off=False)
def rule_7_back_dated_opens_nothing(q: Question) -> bool:
    """Rule 7: a back-dated statement opens nothing: only when it was recorded counts."""
    return True


# ------------------------------------------------------------------------------------------------------------ blocks


@once
def blocks_in_force(q: Question) -> list[Step]:
    """The citizen's blocks of the asking partner or its people that only the citizen could have lifted, and has not."""
    current = {}
    for step in q.past:
        if step["event"] == "consents.block_set" and names_partner(step, "partner", q.partner):
            current[step["id"]] = step
        if rule_4_lifted(q, step):
            current.pop(step["data"]["block"], None)
    return list(current.values())


@once
def blocks_of_reader(q: Question) -> list[Step]:
    """The blocks that meet this reader: those of the partner, and those of the person who asks."""
    return [
        block
        for block in blocks_in_force(q)
        if blocked_person(block) is None or rule_4_of_person(q, blocked_person(block))
    ]


def blocked_person(block: Step) -> str | None:
    """The person that a block names, if it names one."""
    person: dict[str, str] = block["data"].get("person") or {}
    return person.get("person")


@rule(when_off=False)
def rule_4_of_person(q: Question, person: str) -> bool:
    """Rule 4: a block may name a person; it takes from that person."""
    return q.person == person


@rule(when_off=False)
def rule_4_lifted(q: Question, step: Step) -> bool:
    """Rule 4: only the citizen lifts a block."""
    return step["event"] == "consents.block_lifted" and step["by"]["who"] == "citizen"


@rule(when_off=False)
def rule_4_wholly_blocked(q: Question) -> bool:
    """Rule 4: a block of everything beats consents, relations, own records, item grants, bases and emergencies."""
    return any(not block["data"].get("categories") for block in blocks_of_reader(q))


@rule(when_off=False)
def rule_4_screens_only(q: Question) -> bool:
    """Rule 4: a block of one person makes the citizen screens-only for that partner."""
    return q.channel != "screen" and any(blocked_person(block) for block in blocks_in_force(q))


@rule(when_off=False)
def rule_4_category_blocked(q: Question, labels: Labels) -> bool:
    """Rule 4: a block of categories beats the same, wherever one of these labels stands."""
    return any(labels & frozenset(block["data"].get("categories") or ()) for block in blocks_of_reader(q))


@rule(when_off=False)
def rule_8_protected_address(q: Question, labels: Labels) -> bool:
    """A protected address never leaves public bodies, nor enters a calendar, mail or export."""
    known = registration(q, q.partner)
    public = known is not None and known["public_body"]
    return "address" in labels and address_protected(q) and (not public or q.channel in LEAVES_THE_HUB)


@once
def address_protected(q: Question) -> bool:
    """Whether the citizen's address is protected."""
    protected = False
    for step in q.past:
        if step["event"] in ("citizen.address_protected", "citizen.address_unprotected"):
            protected = step["event"] == "citizen.address_protected"
    return protected


def clear(q: Question, labels: Labels) -> bool:
    """Whether nothing that beats every right stands in the way: block, protected address, or no label."""
    return (
        UNKNOWN not in labels
        and not rule_4_category_blocked(q, labels)
        and not rule_8_protected_address(q, labels)
    )


# ------------------------------------------------------------------------------------------------------------ rule 2


@once
def label_permitted(q: Question, label: str) -> bool:
    """Rule 2: under the ceiling, covered by no block, and covered by some grant; each label by whichever."""
    return (
        label in CATEGORIES
        and rule_2_ceiling(q, label)
        and rule_2_no_block(q, label)
        and not rule_8_protected_address(q, frozenset({label}))
        and bool(routes_of_label(q, label))
    )


@once
def routes_of_label(q: Question, label: str) -> Labels:
    """By which kind of grant a label is covered: law (emergency access too) or consent, or both."""
    found = {grant.route for grant in grants_in_force(q) if grant_covers(q, grant, label)}
    return frozenset(found | ({"law"} if emergency_covers(q) else set()))


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
    return grant.sources is None or sources(q) <= grant.sources


def why_not_labels(q: Question, labels: Labels) -> tuple[str, ...]:
    """For each label that is not permitted: the first of the reasons, in their order."""
    reasons = []
    for label in sorted(labels):
        alone = frozenset({label})
        if label not in CATEGORIES:
            reasons.append("unlabelled")
        elif rule_4_category_blocked(q, alone):
            reasons.append("blocked")
        elif rule_8_protected_address(q, alone):
            reasons.append("protected_address")
        elif not rule_2_ceiling(q, label):
            reasons.append("over_ceiling")
        elif not label_permitted(q, label):
            reasons.append(why_no_grant(q, label))
    return tuple(reasons)


def why_no_grant(q: Question, label: str) -> str:
    """Why no grant in force covers the label: none at all, or not this label, purpose, source or time."""
    grants = grants_in_force(q)
    if not grants:
        return "no_consent"
    grants = [grant for grant in grants if rule_2_label(q, grant, label)]
    if not grants:
        return "not_this_category"
    grants = [grant for grant in grants if rule_2_purpose(q, grant)]
    if not grants:
        return "not_this_purpose"
    if not any(rule_2_source(q, grant) for grant in grants):
        return "not_this_source"
    return "not_this_time"
