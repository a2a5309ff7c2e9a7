"""The citizen's own aggregate."""

from datetime import date, timedelta

import pytest

from hub.aggregates import Citizen
from hub.aggregates.needs import CrisisAgreementMade, TreatmentNoted
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from tests.acting import (
    AT,
    CITIZEN,
    JOBCENTRE,
    PROVIDER,
    as_citizen,
    as_hub,
    as_representative,
    at_partner,
    only,
    refuses,
    uid,
    words,
)

HOPE, TASK, OTHER = uid(31), uid(41), uid(42)
ANNE, BENT = uid(21), uid(22)


@pytest.fixture
def citizen() -> Citizen:
    """A citizen who was just enrolled."""
    enrolled = Citizen.enrol(CITIZEN, at_partner())
    enrolled.collect_events()
    return enrolled


def test_somebody_at_a_partner_enrols() -> None:
    """Enrolling records the citizen, by whom and with what was said."""
    event = only(Citizen.enrol(CITIZEN, at_partner(), text=words()))

    assert (CITIZEN, words(), at_partner()) == (event.citizen_id, event.text, event.act)


def test_nobody_else_enrols() -> None:
    """The citizen and the hub enrol nobody."""
    for act in (as_citizen(), as_hub()):
        with refuses(NotPermitted, match="--as"):
            Citizen.enrol(CITIZEN, act)


def test_a_citizen_has_one_aggregate_of_a_kind() -> None:
    """The id of a citizen's aggregate follows from the citizen."""
    assert (
        Citizen.enrol(CITIZEN, at_partner()).id == Citizen.enrol(CITIZEN, at_partner(PROVIDER)).id != CITIZEN
    )


def test_a_hope_is_told_word_for_word(citizen: Citizen) -> None:
    """The words of a hope are recorded as they were said, also by staff who write them down."""
    citizen.tell_hope(HOPE, words(), as_citizen())
    event = only(citizen)

    assert (HOPE, words(), "citizen") == (event.hope, event.words, event.act.by.role)


def test_a_hope_is_told_once_and_retold_often(citizen: Citizen) -> None:
    """A hope with an id that is taken is refused; retelling keeps both in the history."""
    citizen.tell_hope(HOPE, words(), as_citizen())
    with refuses(WrongStatus, citizen, "retell"):
        citizen.tell_hope(HOPE, words("plan"), as_citizen())
    citizen.retell_hope(HOPE, words("plan"), as_citizen())
    citizen.retell_hope(HOPE, words("work"), as_citizen())

    assert 2 == len(citizen.collect_events())


def test_an_unknown_hope_is_not_retold(citizen: Citizen) -> None:
    """What was never told cannot be retold."""
    with refuses(NotFound, citizen, "tell it first"):
        citizen.retell_hope(HOPE, words(), as_citizen())


def test_there_is_exactly_one_coordinator(citizen: Citizen) -> None:
    """A second coordinator is refused until the first is released."""
    citizen.assign_coordinator(TASK, PROVIDER, ANNE, "coordination", at_partner())
    with refuses(WrongStatus, citizen, "release"):
        citizen.assign_coordinator(OTHER, JOBCENTRE, BENT, "coordination", at_partner())
    citizen.release_coordinator(at_partner())
    released = only(citizen)
    citizen.assign_coordinator(OTHER, JOBCENTRE, BENT, "coordination", at_partner())

    assert (TASK, PROVIDER, ANNE) == (released.task, released.partner, released.person)
    assert OTHER == citizen.coordinator


def test_without_a_coordinator_there_is_none_to_release(citizen: Citizen) -> None:
    """Releasing nobody is refused."""
    with refuses(WrongStatus, citizen, "assign"):
        citizen.release_coordinator(at_partner())


@pytest.mark.parametrize("purpose", ["", "emergency", "sanction", "benefit_control", "Support"])
def test_a_task_has_a_purpose_that_a_task_can_have(citizen: Citizen, purpose: str) -> None:
    """Emergency is no task, sanction and control never are, and a purpose that is none is refused."""
    for command in (citizen.assign_coordinator, citizen.assign_contact_person, citizen.start_relation):
        with refuses(BadInput, citizen, "purpose"):
            command(TASK, PROVIDER, ANNE, purpose, at_partner())


def test_a_task_begins_once(citizen: Citizen) -> None:
    """The id of a task, also of one that has ended, is not used for another: who reads by it would be unclear."""
    citizen.start_relation(TASK, PROVIDER, ANNE, "support", at_partner())
    with refuses(WrongStatus, citizen, "id of its own"):
        citizen.assign_contact_person(TASK, JOBCENTRE, BENT, "employment", at_partner())
    citizen.end_relation(PROVIDER, ANNE, at_partner())
    with refuses(WrongStatus, citizen, "id of its own"):
        citizen.assign_coordinator(TASK, JOBCENTRE, BENT, "employment", at_partner())


def test_a_contact_person_is_one_once(citizen: Citizen) -> None:
    """The same person is not made a contact person twice, and ends once."""
    citizen.assign_contact_person(TASK, PROVIDER, ANNE, "support", at_partner())
    with refuses(WrongStatus, citizen, "already"):
        citizen.assign_contact_person(OTHER, PROVIDER, ANNE, "support", at_partner())
    citizen.end_contact_person(ANNE, at_partner())

    assert (TASK, PROVIDER, ANNE) == ((event := only(citizen)).task, event.partner, event.person)
    with refuses(NotFound, citizen, "no such task"):
        citizen.end_contact_person(ANNE, at_partner())


def test_a_unit_can_have_a_task_without_a_person(citizen: Citizen) -> None:
    """A relation of a whole unit stands beside that of a person in it, and each ends on its own."""
    citizen.start_relation(TASK, PROVIDER, None, "support", at_partner())
    citizen.start_relation(OTHER, PROVIDER, ANNE, "support", at_partner())
    citizen.end_relation(PROVIDER, None, at_partner())

    assert [OTHER] == list(citizen.tasks)
    with refuses(WrongStatus, citizen, "already"):
        citizen.start_relation(uid(43), PROVIDER, ANNE, "support", at_partner())


def test_the_citizen_and_the_hub_hand_out_no_tasks(citizen: Citizen) -> None:
    """Only somebody at a partner assigns and ends."""
    for act in (as_citizen(), as_hub()):
        for command in (
            lambda act=act: citizen.assign_coordinator(TASK, PROVIDER, ANNE, "support", act),
            lambda act=act: citizen.assign_contact_person(TASK, PROVIDER, ANNE, "support", act),
            lambda act=act: citizen.start_relation(TASK, PROVIDER, ANNE, "support", act),
            lambda act=act: citizen.release_coordinator(act),
            lambda act=act: citizen.end_contact_person(ANNE, act),
            lambda act=act: citizen.record_contact(act),
        ):
            with refuses(NotPermitted, citizen):
                command()


def test_anybody_ends_a_relation(citizen: Citizen) -> None:
    """Ending a relation opens nothing, so the citizen can do it too; what is not there is not found."""
    for act in (as_citizen(), as_hub(), at_partner()):
        citizen.start_relation(task := uid(50 + len(citizen.ended)), PROVIDER, ANNE, "support", at_partner())
        citizen.end_relation(PROVIDER, ANNE, act)
        assert task in citizen.ended
        with refuses(NotFound, citizen, "no such task"):
            citizen.end_relation(PROVIDER, ANNE, act)


def test_a_contact_keeps_absence_apart(citizen: Citizen) -> None:
    """Why somebody did not come is a field of its own."""
    citizen.record_contact(at_partner(), day=AT.date(), text=words(), absence=words("attendance"))

    assert (AT.date(), "wishes", "attendance") == (
        (event := only(citizen)).day,
        event.text.labels,
        event.absence.labels,
    )


def test_after_a_death_nothing_new_begins(citizen: Citizen) -> None:
    """A hope, a task, a contact and a second death are refused; what runs can still be ended."""
    citizen.assign_coordinator(TASK, PROVIDER, ANNE, "support", at_partner())
    citizen.die(at_partner())
    for command in (
        lambda: citizen.tell_hope(HOPE, words(), as_citizen()),
        lambda: citizen.start_relation(OTHER, PROVIDER, ANNE, "support", at_partner()),
        lambda: citizen.record_contact(at_partner(occurred_at=None)),
        lambda: citizen.die(at_partner()),
    ):
        with refuses(WrongStatus, citizen, "dead"):
            command()
    citizen.release_coordinator(at_partner())

    assert citizen.coordinator is None


def test_what_happened_before_a_death_is_written_down_after_it(citizen: Citizen) -> None:
    """A late note of a contact is taken up to the day of death, and refused from the day after."""
    later = AT + timedelta(days=30)
    citizen.die(at_partner(at=later, occurred_at=later), day=date(2026, 3, 2))
    citizen.record_contact(at_partner(at=later, occurred_at=AT + timedelta(days=1)))
    with refuses(WrongStatus, citizen, "dead"):
        citizen.record_contact(at_partner(at=later, occurred_at=AT + timedelta(days=2)))


def test_nobody_records_their_own_death(citizen: Citizen) -> None:
    """A death is recorded by staff or by the hub, never by the citizen."""
    with refuses(NotPermitted, citizen, "partner"):
        citizen.die(as_citizen())
    citizen.die(as_hub())

    assert citizen.dead


# Who acts for the citizen, and what somebody must know in an emergency.


def test_the_authority_registers_a_representative_with_a_scope(citizen: Citizen) -> None:
    """Who it is, and in which categories, in the order of the vocabulary; nobody else is asked."""
    citizen.register_representative(TASK, ANNE, frozenset({"everyday", "plan"}), at_partner(), text=words())
    event = only(citizen)

    assert (TASK, ANNE, "plan everyday") == (event.representative, event.person, event.scope)
    assert frozenset({"plan", "everyday"}) == citizen.scope_of(ANNE)
    assert citizen.scope_of(BENT) is None


def test_a_representative_is_nobody_elses_to_register_or_end(citizen: Citizen) -> None:
    """The citizen, the hub, another partner and the representative are refused."""
    for act in (as_citizen(), as_hub(), at_partner(PROVIDER), as_representative(ANNE)):
        with refuses(NotPermitted, citizen, "authority"):
            citizen.register_representative(TASK, ANNE, frozenset({"plan"}), act)
        with refuses(NotPermitted, citizen, "authority"):
            citizen.end_representative(ANNE, act)


def test_a_representative_has_a_scope_that_there_is(citizen: Citizen) -> None:
    """Nothing at all and what is no category are refused, with the categories that there are."""
    for scope in (frozenset(), frozenset({"plan", "hygge"})):
        with refuses(BadInput, citizen, "contact, address"):
            citizen.register_representative(TASK, ANNE, scope, at_partner())


def test_a_person_represents_once_until_it_ends(citizen: Citizen) -> None:
    """Twice is refused; after the end it can begin again, under an id of its own, and its end is not found twice."""
    citizen.register_representative(TASK, ANNE, frozenset({"plan"}), at_partner())
    with refuses(WrongStatus, citizen, "already"):
        citizen.register_representative(OTHER, ANNE, frozenset({"work"}), at_partner())
    citizen.end_representative(ANNE, at_partner(), text=words())
    assert citizen.scope_of(ANNE) is None
    with refuses(NotFound, citizen):
        citizen.end_representative(ANNE, at_partner())
    with refuses(WrongStatus, citizen, "id of its own"):
        citizen.register_representative(TASK, ANNE, frozenset({"work"}), at_partner())
    citizen.register_representative(OTHER, ANNE, frozenset({"work"}), at_partner())

    assert frozenset({"work"}) == citizen.scope_of(ANNE)


def test_an_address_is_protected_and_unprotected_in_turn(citizen: Citizen) -> None:
    """By the citizen or staff, each once; the hub and a representative are refused."""
    for act in (as_hub(), as_representative()):
        with refuses(NotPermitted, citizen):
            citizen.protect_address(act)
        with refuses(NotPermitted, citizen):
            citizen.unprotect_address(act)
    with refuses(WrongStatus, citizen, "not protected"):
        citizen.unprotect_address(as_citizen())
    citizen.protect_address(as_citizen(), text=words("address"))
    with refuses(WrongStatus, citizen, "already"):
        citizen.protect_address(at_partner())
    citizen.unprotect_address(at_partner())

    assert not citizen.address_protected


def test_a_crisis_agreement_is_made_anew_as_often_as_needed(citizen: Citizen) -> None:
    """The citizen and staff make it; the hub makes none."""
    citizen.tell(CrisisAgreementMade, as_citizen(), text=words("plan"))
    citizen.tell(CrisisAgreementMade, at_partner(PROVIDER), text=words("plan"))
    assert ["plan", "plan"] == [event.text.labels for event in citizen.collect_events()]
    with refuses(NotPermitted, citizen):
        citizen.tell(CrisisAgreementMade, as_hub(), text=words("plan"))


def test_those_who_treat_note_the_treatment(citizen: Citizen) -> None:
    """The jobcentre, the authority and the citizen are refused; something must be said."""
    for act in (at_partner(JOBCENTRE), at_partner(), as_citizen()):
        with refuses(NotPermitted, citizen, "psychiatry"):
            citizen.tell(TreatmentNoted, act, text=words("health"))
    with refuses(BadInput, citizen, "--next"):
        citizen.tell(TreatmentNoted, at_partner(PROVIDER))
    citizen.tell(TreatmentNoted, at_partner(PROVIDER), text=None, next=words("health"))
    event = only(citizen)

    assert (None, "health") == (event.text, event.next.labels)


def test_a_death_ends_what_can_begin_and_not_what_can_end(citizen: Citizen) -> None:
    """No representative or crisis agreement begins after it; a representative ends, and a treatment is closed."""
    citizen.register_representative(TASK, ANNE, frozenset({"plan"}), at_partner())
    citizen.die(at_partner())
    for command in (
        lambda: citizen.register_representative(OTHER, BENT, frozenset({"plan"}), at_partner()),
        lambda: citizen.tell(CrisisAgreementMade, at_partner(), text=words("plan")),
    ):
        with refuses(WrongStatus, citizen, "dead"):
            command()
    citizen.tell(TreatmentNoted, at_partner(PROVIDER), text=words("health"), next=None)
    citizen.end_representative(ANNE, at_partner())

    assert {} == citizen.representatives


def test_no_representative_records_a_death(citizen: Citizen) -> None:
    """Somebody who acts for the citizen is refused like the citizen."""
    with refuses(NotPermitted, citizen, "partner"):
        citizen.die(as_representative())
