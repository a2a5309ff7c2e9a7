"""What stands: each kind of statement folded in log order, whatever the order in which they arrive."""

from typing import Any
from uuid import UUID

import pytest

from hub.application import standing
from hub.application.amendments import UNAMENDED, Amendment
from hub.application.grants import Emergency, Grant, ItemGrant, Task, lapse, year_later
from hub.application.standing import State
from hub.statements import Statement
from hub.vocabulary import Channel
from tests.deciding import (
    ACCESS,
    ANNA,
    BENT,
    CLINIC,
    CONSENT,
    EMERGENCY,
    HOUR,
    ITEM,
    LAW,
    NOW,
    STRANGER,
    SUPPORT,
    THEM,
    TREATMENT,
    US,
    approved,
    basis,
    block,
    confirmed_row,
    corrected,
    emergency,
    ended,
    grant,
    granted,
    handover,
    misfiled,
    names,
    registered,
    relabelled,
    say,
    state,
    task,
    uid,
)

SPOKEN = {"role": "partner"}
SECOND = uid(64)
KEEP = "wishes plan"


def in_force(said: State, now: int = NOW, partner: UUID | None = None, person: Any = None) -> list[Any]:
    """The ids of the grants to us that are in force."""
    return [each.id for each in said.grants_in_force(partner or US, now, person)]


def confirm(role: str = "citizen", representative: UUID | None = None, at: int | None = None) -> Statement:
    """The spoken consent is confirmed, perhaps at another time than its position says."""
    body = {"grant": str(CONSENT), "role": role, "representative": representative and str(representative)}
    said = say("confirmed", US, **body)
    return said if at is None else said._replace(position=999, recorded_at=at)


def represents(scope: str, person: UUID = BENT, number: int = 75) -> Statement:
    """Somebody is registered to act for the citizen."""
    return say("representative", representative=str(uid(number)), person=str(person), scope=scope)


def no_longer(number: int = 75) -> Statement:
    """Somebody acts for the citizen no more."""
    return say("representative_ended", representative=str(uid(number)), person=str(BENT), scope="")


def narrowed(**body: Any) -> Statement:
    """A consent has new terms."""
    terms = {
        "grant": str(CONSENT),
        "categories": "plan",
        "purposes": "treatment",
        "sources": None,
        "until": None,
    }
    return say("narrowed", US, **{**terms, **body})


def test_the_module_offers_what_it_says() -> None:
    """Every name that others may import from here is there."""
    assert all(hasattr(standing, name) for name in standing.__all__)


# Consents.


def test_a_consent_is_folded_as_it_was_said() -> None:
    """Labels, purposes, sources, window and end; what no category is and emergency are left out."""
    window = {"happened_from": 1, "happened_to": 2, "include_undated": True}
    terms = {"sources": [str(THEM)], "window": window, "until": NOW}
    said = state(grant("wishes nonsense", "support emergency nonsense", **terms))

    assert {CONSENT: Grant(
        CONSENT, US, names("wishes"), SUPPORT, frozenset({THEM}), (1, 2, True), NOW, 50, 50 * HOUR
    )} == said.grants  # fmt: skip
    assert {CONSENT: Grant(CONSENT, US, names("wishes"), SUPPORT, None, None, None, 50, 50 * HOUR)} == state(
        grant("wishes")
    ).grants
    assert frozenset() == state(grant(sources=[])).grants[CONSENT].sources


def test_a_consent_to_nobody_is_none() -> None:
    """A statement that touches no partner gives nothing."""
    assert {} == state(grant()._replace(partner=None), basis()._replace(partner=None)).grants


def test_a_consent_is_in_force_until_its_end() -> None:
    """Exclusive; to that partner alone."""
    said = state(grant(until=NOW))

    assert [CONSENT] == in_force(said, NOW - 1)
    assert [] == in_force(said, NOW)
    assert [] == in_force(said, NOW - 1, THEM)
    assert [CONSENT] == in_force(state(grant()), 10**18)


def test_section_43_ends_a_consent_after_a_year() -> None:
    """Whatever was said, and again from each renewal; without it nothing caps a consent."""
    capped, plain = state(grant(section_43=True)), state(grant(section_43=False))

    assert year_later(50 * HOUR) == capped.grants[CONSENT].cap
    assert plain.grants[CONSENT].cap is None
    renewal = say("renewed", US, grant=str(CONSENT), until=NOW)
    again = state(grant(section_43=True), renewal).grants[CONSENT]
    assert (NOW, year_later(60 * HOUR)) == (again.until, again.cap)
    assert (NOW, None) == (
        state(grant(), renewal).grants[CONSENT].until,
        state(grant(), renewal).grants[CONSENT].cap,
    )
    assert {} == state(renewal).grants


@pytest.mark.parametrize("role", ["citizen", "partner", "hub", None])
def test_what_staff_register_waits_for_the_citizen(role: str | None) -> None:
    """It lapses after thirty days; what the citizen gave does not."""
    made = state(grant(role=role)).grants[CONSENT]

    assert (lapse(50 * HOUR) if role == "partner" else None) == made.lapses
    assert made.pending is False


def test_a_consent_without_a_role_is_the_citizens() -> None:
    """Early statements do not say who gave it."""
    said = grant()
    body = {name: value for name, value in said.body.items() if name != "role"}

    assert [CONSENT] == in_force(state(said._replace(body=body)))


def test_a_confirmed_consent_does_not_lapse() -> None:
    """The citizen confirms in time, and the consent counts from where it did."""
    made = state(grant(**SPOKEN), confirm()).grants[CONSENT]

    assert (None, False, 50, 50 * HOUR) == (made.lapses, made.pending, made.position, made.recorded_at)


@pytest.mark.parametrize(("late", "lapsed"), [(-1, False), (0, True), (1, True)])
def test_a_confirmation_that_comes_too_late_opens_nothing(late: int, lapsed: bool) -> None:
    """At the very instant of the lapse it is too late."""
    lapses = lapse(50 * HOUR)

    assert lapsed is (state(grant(**SPOKEN), confirm(at=lapses + late)).grants[CONSENT].lapses is not None)


def test_only_who_is_entitled_confirms() -> None:
    """The citizen, or a representative whose scope holds every category; no staff, and nobody for another's consent."""
    spoken = grant("wishes plan", **SPOKEN)
    lapses = lapse(60 * HOUR)

    def waits(*said: Statement) -> int | None:
        return state(represents("wishes plan health"), spoken, *said).grants[CONSENT].lapses

    assert lapses == waits()
    assert lapses == waits(confirm("partner"))
    assert lapses == waits(confirm("partner", BENT))
    assert lapses == waits(confirm("representative", ANNA))
    assert lapses == waits(confirm("representative"))
    assert waits(confirm("representative", BENT)) is None
    assert lapses == waits(no_longer(), confirm("representative", BENT))
    assert (
        lapse(50 * HOUR)
        == state(spoken, represents("wishes"), confirm("representative", BENT)).grants[CONSENT].lapses
    )
    assert {} == state(confirm()).grants


def test_a_confirmation_of_what_waits_for_nothing_changes_nothing() -> None:
    """A consent of the citizen's own stays as it was."""
    assert state(grant()).grants == state(grant(), confirm()).grants
    assert state(basis()).grants == state(basis(), confirm()).grants


def test_after_a_withdrawal_what_staff_register_is_pending() -> None:
    """It counts from its confirmation alone, and as long as it waits it is not in force."""
    gone = (grant(grant=str(SECOND)), ended(SECOND))
    said, then = state(*gone, grant(**SPOKEN)), state(*gone, grant(**SPOKEN), confirm())

    soon = 100 * HOUR  # before it lapses
    assert (True, []) == (said.grants[CONSENT].pending, in_force(said, soon))
    assert [CONSENT] == in_force(state(grant(**SPOKEN)), soon)
    made = then.grants[CONSENT]
    assert (False, None, 80, 80 * HOUR) == (made.pending, made.lapses, made.position, made.recorded_at)
    assert [CONSENT] == in_force(then)
    assert not state(*gone, grant()).grants[CONSENT].pending
    assert not state(*gone, grant(partner=THEM, **SPOKEN)).grants[CONSENT].pending
    assert (
        not state(grant(grant=str(SECOND)), ended(SECOND, withdrawn=False), grant(**SPOKEN))
        .grants[CONSENT]
        .pending
    )
    assert not state(ended(SECOND), grant(**SPOKEN)).grants[CONSENT].pending


def test_a_representative_gives_within_its_scope() -> None:
    """At the position of the consent, by that person, for all its categories; else there is no consent."""

    def given(*said: Statement, by: UUID | None = BENT) -> list[Any]:
        terms = {"role": "representative", "representative": by and str(by)}
        return in_force(state(*said, grant(KEEP, **terms)))

    assert [CONSENT] == given(represents(KEEP))
    assert [CONSENT] == given(represents("wishes"), represents("wishes plan health", number=76))
    assert [] == given(represents("wishes"))
    assert [] == given(represents("wishes"), represents("plan", number=76))
    assert [] == given(represents(KEEP), by=ANNA)
    assert [] == given(represents(KEEP), by=None)
    assert [] == given(represents(KEEP), no_longer())
    assert [] == given(no_longer(), represents(KEEP))
    assert [CONSENT] == given(represents(KEEP), no_longer(76))
    assert [] == given()


def test_a_narrowed_consent_has_its_new_terms() -> None:
    """Categories, purposes, sources and end are the new ones; window and position stay; nothing comes of nothing."""
    until = {
        "sources": [str(THEM)],
        "until": NOW,
        "categories": "plan nonsense",
        "purposes": "treatment emergency",
    }
    window = {"happened_from": 1, "happened_to": 2, "include_undated": True}
    made = state(grant(window=window), narrowed(**until)).grants[CONSENT]

    expected = Grant(
        CONSENT, US, names("plan"), TREATMENT, frozenset({THEM}), (1, 2, True), NOW, 50, 50 * HOUR
    )
    assert expected == made
    assert {} == state(narrowed()).grants
    assert state(grant(), narrowed(grant=str(SECOND))).grants == state(grant()).grants


def test_what_has_ended_never_comes_back() -> None:
    """Its ending counts also when it came first; a sister goes on."""
    for said in ([grant(), ended()], [ended(), grant()]):
        assert {} == state(*said).grants
    assert [SECOND] == in_force(state(grant(), grant(grant=str(SECOND)), ended()))
    over = say("basis_ended", US, grant=str(LAW))
    for said in ([basis(), over], [over, basis()]):
        assert {} == state(*said).grants
    assert {LAW} == state(over).over
    assert {CONSENT} == state(ended()).over


def test_several_consents_end_at_once() -> None:
    """Each that is named."""
    both = say("ended", US, grants=[str(CONSENT), str(SECOND)], withdrawn=True)

    assert {} == state(grant(), grant(grant=str(SECOND)), both).grants


def test_an_ending_says_whether_it_was_a_withdrawal() -> None:
    """A withdrawal of a consent that was ever stated, also one that opens nothing, makes what staff register wait."""
    unscoped = grant(role="representative", representative=str(BENT))

    assert {US} == state(grant(), ended()).withdrawn
    assert {US} == state(unscoped, ended()).withdrawn
    assert {US} == state(grant(), ended(withdrawn=False), ended()).withdrawn
    assert set() == state(grant(), ended(withdrawn=False)).withdrawn
    assert set() == state(ended()).withdrawn
    assert set() == state(basis(), ended(LAW)).withdrawn
    assert {THEM} == state(grant(partner=THEM), ended(partner=THEM)).withdrawn
    assert set() == state(grant(), ended()._replace(partner=None)).withdrawn


def test_death_ends_consents_and_no_basis() -> None:
    """Every consent is over for good; a basis in law stands."""
    said = state(grant(), grant(grant=str(SECOND), partner=THEM), basis(), confirmed_row(), say("died"))

    assert [LAW] == in_force(said)
    assert {CONSENT, SECOND} == said.over
    assert set() == said.withdrawn


# Bases in law.


def test_a_basis_counts_from_the_later_of_its_two_positions() -> None:
    """Registered and its row confirmed by that partner's lawyer; without that it is not in use."""
    first, then = state(confirmed_row(), basis()), state(basis(), confirmed_row())

    assert [(60, 60 * HOUR)] == [(g.position, g.recorded_at) for g in first.grants_in_force(US, NOW)]
    assert [(60, 60 * HOUR)] == [(g.position, g.recorded_at) for g in then.grants_in_force(US, NOW)]
    assert (50, "row") == (then.grants[LAW].position, then.grants[LAW].basis)
    assert [] == in_force(state(basis()))
    assert [] == in_force(state(basis(), confirmed_row(THEM)))
    assert [] == in_force(state(basis(), confirmed_row(row="other")))
    assert [] == in_force(state(basis(partner=STRANGER), confirmed_row(STRANGER)), partner=STRANGER)
    assert [] == in_force(state(basis(until=NOW), confirmed_row()))


def test_the_same_position_counts_once() -> None:
    """A confirmation at the very position of the registration is not earlier."""
    at = {"position": 70, "recorded_at": 70 * HOUR}
    said = state(basis()._replace(**at), confirmed_row()._replace(position=70, recorded_at=71 * HOUR))

    assert [71 * HOUR] == [g.recorded_at for g in said.grants_in_force(US, NOW)]


# Ends.


def test_the_moments_at_which_something_runs_out() -> None:
    """Those after now of that partner, each once, in order."""
    said = state(
        grant(until=NOW + 9), grant(grant=str(SECOND), until=NOW + 3), basis(until=NOW + 9),
        grant(grant=str(uid(65)), until=NOW), grant(grant=str(uid(66)), until=NOW - 1),
        grant(grant=str(uid(67)), until=NOW + 5, partner=THEM), grant(grant=str(uid(68))),
    )  # fmt: skip

    assert [NOW + 3, NOW + 9] == said.ends_after(US, NOW)
    assert [] == said.ends_after(US, NOW + 9)


# Blocks.


def test_a_block_keeps_labels_from_a_partner_or_from_a_person() -> None:
    """Everything is -1; several blocks are put together; each is the partner's it names."""
    assert -1 == state(block()).blocked(US)
    assert 0 == state(block()).blocked(THEM)
    assert 0 == state().blocked(US)
    two = state(block("wishes"), block("plan", number=82), block("health", ANNA, number=83))
    assert names("wishes", "plan") == two.blocked(US) == two.blocked(US, BENT)
    assert names("wishes", "plan", "health") == two.blocked(US, ANNA)
    assert -1 == state(block("wishes"), block(number=82)).blocked(US)
    assert (True, False) == (two.screens_only(US), two.screens_only(THEM))
    assert not state(block("wishes")).screens_only(US)
    unnamed = block("wishes")
    body = {name: value for name, value in unnamed.body.items() if name != "person"}
    assert {uid(81): (US, names("wishes"), None)} == state(unnamed._replace(body=body)).blocks


def test_a_lifted_block_never_comes_back() -> None:
    """Also when it was lifted before it was set; another block stays."""
    lifted = say("unblock", US, block=str(uid(81)))

    for said in ([block(), lifted], [lifted, block()]):
        assert {} == state(*said).blocks
    assert {uid(82)} == set(state(block(), block(number=82), lifted).blocks)
    assert {} == state(block()._replace(partner=None)).blocks


# Emergency access.


def test_emergency_access_is_one_persons_until_its_end() -> None:
    """On its partner, for that person, until an instant or until it is closed."""
    said = state(emergency(until=NOW + 1))
    closed = say("emergency_ended", US, access=str(ACCESS))

    assert {ACCESS: Emergency(US, ANNA, NOW + 1)} == said.emergencies
    assert [ACCESS] == in_force(said, person=ANNA)
    assert [] == in_force(said, person=BENT) == in_force(said) == in_force(said, NOW + 1, person=ANNA)
    assert [] == in_force(said, partner=THEM, person=ANNA)
    for order in ([emergency(), closed], [closed, emergency()]):
        assert {} == state(*order).emergencies
    assert {} == state(emergency()._replace(partner=None)).emergencies
    assert [Emergency(US, ANNA, NOW + 1).grant(ACCESS)] == said.grants_in_force(US, NOW, ANNA)


# Tasks.


def test_a_persons_purposes_are_those_of_their_tasks() -> None:
    """Put together over their tasks at that partner; emergency only by emergency access."""
    more = say("task", US, task=str(uid(72)), person=str(ANNA), purpose="treatment", role="relation")
    said = state(task(), more, emergency(until=NOW + 1))

    assert SUPPORT | TREATMENT | EMERGENCY == said.task_purposes(US, ANNA, NOW)
    assert SUPPORT | TREATMENT == said.task_purposes(US, ANNA, NOW + 1)
    assert 0 == said.task_purposes(US, BENT, NOW) == said.task_purposes(THEM, ANNA, NOW)
    assert 0 == state(task(purpose="emergency")).task_purposes(US, ANNA, NOW)
    assert 0 == state(task(purpose="sanction")).task_purposes(US, ANNA, NOW)
    assert 0 == state(emergency(partner=THEM)).task_purposes(US, ANNA, NOW)
    assert EMERGENCY == state(emergency()).task_purposes(US, ANNA, NOW)


def test_a_task_ends_for_good() -> None:
    """Also when its end came first; another one stays."""
    over = say("task_ended", US, task=str(uid(71)))
    other = say("task", US, task=str(uid(72)), person=None, purpose="treatment", role="relation")

    for said in ([task(), over], [over, task()]):
        assert {} == state(*said).tasks
    assert {uid(72): Task(US, None, TREATMENT, "relation")} == state(task(), other, over).tasks
    assert {uid(71): Task(US, ANNA, SUPPORT, "contact_person")} == state(task()).tasks
    assert {} == state(task()._replace(partner=None)).tasks


def test_the_coordinators_organisation() -> None:
    """That of the task with that role, and no other."""
    assert {THEM} == state(task(role="coordinator", partner=THEM)).coordinators()
    assert set() == state(task()).coordinators()


# Relations.


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([], False),
        ([task()], True),
        ([task(partner=THEM)], False),
        ([say("part", US, part=str(uid(73)))], True),
        ([say("part", THEM, part=str(uid(73)))], False),
        ([granted()], True),
        ([granted(partner=THEM)], False),
        ([handover()], True),
        ([grant()], False),
        ([emergency()], False),
        ([granted(), say("item_ended", US, item=str(ITEM), final=False)], False),
    ],
)
def test_who_has_a_part(said: list[Statement], expected: bool) -> None:
    """By a task, a part in a plan, an item grant or an open handover."""
    assert expected is state(*said).has_part(US)


def test_who_may_be_related() -> None:
    """With a consent, task, part, item or handover; an item grant that ended leaves nothing."""
    said = [
        grant(partner=uid(1), until=1), basis(partner=uid(7)), task(partner=uid(2)),
        say("part", uid(3), part=str(uid(73))), granted(partner=uid(4)), handover(partner=uid(5)),
        granted(partner=uid(6)), say("item_ended", uid(6), item=str(ITEM), final=True), block(partner=uid(8)),
    ]  # fmt: skip

    assert {uid(1), uid(7), uid(2), uid(3), uid(4), uid(5)} == state(*said).related()


def test_a_part_in_a_plan_ends_for_good() -> None:
    """Also when its end came first."""
    part, over = say("part", US, part=str(uid(73))), say("part_ended", US, part=str(uid(73)))

    for said in ([part, over], [over, part]):
        assert {} == state(*said).parts
    assert {uid(73): US} == state(part, say("part_ended", US, part=str(uid(74)))).parts
    assert {} == state(part._replace(partner=None)).parts


# Item grants.


def test_an_open_handover_grants_the_proposal() -> None:
    """Until it has ended; an end that came first counts."""
    over = say("handover_ended", US, handover=str(uid(91)))
    expected = ItemGrant("handover", frozenset({CLINIC}))

    assert {ITEM: expected} == state(handover(CLINIC)).item_grants(US)
    assert {uid(91): (US, ITEM)} == state(handover()).proposals
    for said in ([handover(), over], [over, handover()]):
        assert {} == state(*said).item_grants(US)
        assert {} == state(*said).proposals
    assert {} == state(handover()._replace(partner=None)).proposals
    assert {ITEM} == set(state(handover(), say("handover_ended", US, handover=str(uid(92)))).item_grants(US))
    kept = state(granted(item=uid(99)), handover(), over).item_grants(US)
    assert {uid(99)} == set(kept)
    assert {} == state(handover(), ended(ITEM), over).item_grants(US)


def test_an_item_is_granted_with_what_had_been_said_of_it() -> None:
    """A later grant takes the labels of then, and keeps the names that were approved before."""
    first = state(relabelled(add="health"), granted("invitation", CLINIC))
    again = state(granted("invitation", CLINIC), relabelled(add="health"), granted("invitation", THEM))

    assert ItemGrant("invitation", frozenset({CLINIC}), first.amendment(ITEM)) == first.item_grants(US)[ITEM]
    expected = ItemGrant("invitation", frozenset({CLINIC, THEM}), again.amendment(ITEM))
    assert expected == again.item_grants(US)[ITEM]
    assert {} == again.item_grants(THEM)
    assert {} == state(granted()._replace(partner=None)).items


def test_an_agreed_text_ends_by_its_own_withdrawal() -> None:
    """For good, to that partner alone; it is no withdrawal of a consent."""
    for said in ([granted("text"), ended(ITEM)], [ended(ITEM), granted("text")]):
        assert {} == state(*said).item_grants(US)
        assert set() == state(*said).withdrawn
    assert {ITEM} == set(state(granted("text"), ended(ITEM, THEM)).item_grants(US))
    assert {(US, ITEM)} == state(ended(ITEM)).spent
    assert set() == state(ended(ITEM)._replace(partner=None)).spent


@pytest.mark.parametrize("final", [True, False])
def test_an_item_grant_ends_for_good_or_until_it_comes_again(final: bool) -> None:
    """A party that was removed stays so; a withdrawn approval can be given anew."""
    over = say("item_ended", US, item=str(ITEM), final=final)

    assert {} == state(granted(), over).item_grants(US)
    assert {} == state(over).item_grants(US)
    assert final == ({} == state(granted(), over, granted()).item_grants(US))
    assert {ITEM} == set(state(granted(), over._replace(partner=None)).item_grants(US))
    assert set() == state(granted(), over._replace(partner=None)).spent
    assert {ITEM} == set(state(granted(), over._replace(partner=THEM)).item_grants(US))
    assert {ITEM} == set(state(granted(partner=THEM), over, granted(partner=THEM)).item_grants(THEM))


def test_the_text_of_an_agreement_is_approved_as_it_stands() -> None:
    """For that party, with the labels of now; of anything else, or without a grant, nothing is approved."""
    said = state(granted("agreement", CLINIC), relabelled(add="health"), approved())

    assert (
        ItemGrant("agreement", frozenset({CLINIC}), said.amendment(ITEM), whole=True)
        == said.item_grants(US)[ITEM]
    )
    assert not state(granted("invitation"), approved()).item_grants(US)[ITEM].whole
    assert not state(granted("agreement"), approved(THEM)).item_grants(US)[ITEM].whole
    assert not state(granted("agreement"), approved()._replace(partner=None)).item_grants(US)[ITEM].whole
    assert {} == state(approved()).item_grants(US)


# Items, addresses, representatives.


def test_what_is_said_of_an_item_is_kept_by_the_item() -> None:
    """Corrections, labels and misfiling, in order; of another item nothing was said."""
    said = state(corrected(by=US), relabelled(add="health"), misfiled())
    expected = UNAMENDED
    for n, each in enumerate([corrected(by=US), relabelled(add="health"), misfiled()], 5):
        expected = expected.with_statement(each._replace(position=10 * n))

    assert {ITEM: expected} == said.amended
    assert Amendment() == said.amendment(uid(99))
    assert UNAMENDED is said.amendment(uid(99))


def test_an_address_is_protected_until_it_is_not() -> None:
    """The last word counts."""
    on, off = say("address_protected"), say("address_unprotected")

    assert [False, True, False, True] == [
        state(*said).protected for said in ([], [on], [on, off], [on, off, on])
    ]


def test_a_scope_holds_labels_of_one_representative() -> None:
    """Every label, of that person, in one registration."""
    said = state(represents(KEEP), represents("health", ANNA, 76))

    assert said.within(str(BENT), names("wishes"))
    assert said.within(str(BENT), names("wishes", "plan"))
    assert said.within(str(BENT), 0)
    assert not said.within(str(BENT), names("wishes", "health"))
    assert not said.within(str(ANNA), names("wishes"))
    assert not said.within(None, 0)
    assert {
        uid(75): (BENT, names("wishes", "plan")),
        uid(76): (ANNA, names("health")),
    } == said.representatives


# The whole.


def test_statements_are_folded_in_the_order_of_their_positions() -> None:
    """Whatever the order in which they arrive."""
    said = [grant()._replace(position=1), narrowed()._replace(position=2), registered()._replace(position=0)]

    assert State.of(said).grants == State.of(reversed(said)).grants
    assert names("plan") == State.of(reversed(said)).grants[CONSENT].labels


def test_what_is_said_of_partners_goes_to_the_partners() -> None:
    """A statement of a kind that is not the citizen's is the partner's; an unknown one changes nothing."""
    said = state(say("suspended", US), say("nonsense", US))

    assert [True, False] == [facts.suspended for p in (US, THEM) if (facts := said.partners.get(p))]


def test_a_viewer_looks_as_it_was_asked_to() -> None:
    """Partner, moment, person, channel and purpose are passed on; a topic and no person unless said."""
    said = state(grant())
    one, plain = (
        said.viewer(US, NOW, person=ANNA, channel=Channel.API, purpose="support"),
        said.viewer(US, NOW),
    )

    assert (said, US, NOW, ANNA, Channel.API, "support") == (
        one.state, one.partner, one.now, one.person, one.channel, one.purpose
    )  # fmt: skip
    assert (None, Channel.TOPIC, None) == (plain.person, plain.channel, plain.purpose)
