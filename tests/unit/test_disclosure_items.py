"""The decision, rules 6 and 9: own records, item grants, and statements themselves."""

from typing import Any

import pytest

from hub.application import disclosure
from hub.application.disclosure import Disclosure, ItemGrant, Reason, Shown, Viewer
from hub.application.standing import State
from hub.items import Item
from hub.statements import Statement
from hub.vocabulary import Channel
from tests.deciding import (
    ANNA,
    ANY,
    CLINIC,
    CONSENT,
    HOUR,
    NOW,
    SCREEN,
    STRANGER,
    SUPPORT,
    THEM,
    TREATMENT,
    US,
    approved,
    ceiling,
    field,
    grant,
    granted,
    handover,
    item,
    names,
    registered,
    relabelled,
    say,
    state,
    task,
)

HOPE = item()
OURS = item(source=US)
NARROW = [registered(US), registered(THEM), registered(CLINIC, "addiction"), ceiling("wishes agreements")]


def look(said: State, **how: Any) -> Viewer:
    """We look, through our topic unless the test says something else."""
    return said.viewer(US, NOW, **{"purpose": "support", **how})


def seen(said: State, which: Item = HOPE, **how: Any) -> tuple[str, ...]:
    """The names of the fields that we are shown."""
    found = look(said, **how).disclose(which)
    return () if found is None else tuple(each.name for each in found.fields)


def test_our_own_record_is_ours_for_every_purpose() -> None:
    """What we recorded we see, with labels beyond every grant and ceiling, while we are related."""
    wide = item(field("a", "attendance"), field("b", "health"), labels="criminal", source=US)

    assert Disclosure("own", ANY, (Shown("a", ANY), Shown("b", ANY)), 1000 * HOUR) == look(
        state(task())
    ).disclose(wide)
    assert () == seen(state(), wide)
    assert () == seen(state(task()), wide._replace(source=THEM))
    assert () == seen(state(task()), wide._replace(source=None))


def test_an_own_record_has_no_part_in_what_may_be_handed_on() -> None:
    """Consented is what rules 2 and 3 alone permit: neither own records nor item grants."""
    assert () == look(state(task())).consented(OURS)
    assert () == look(state(granted())).consented(HOPE)
    assert (CONSENT,) == look(state(grant())).consented(OURS)


def test_an_item_grant_shows_one_item_whatever_the_ceiling() -> None:
    """The item that was granted is seen, with any label; another is not."""
    wide = item(field("a", "health"), labels="criminal")
    said = state(granted(), us=NARROW)

    assert Disclosure("addressed", ANY, (Shown("a", ANY),), 1000 * HOUR) == look(said).disclose(wide)
    assert () == seen(said, HOPE._replace(event_id=CLINIC))
    assert () == seen(state(granted(partner=THEM), task()))


def test_why_is_addressed_where_the_grant_opens_a_field() -> None:
    """One field that the item grant opens is enough; where nothing opens any, the item is absent."""
    meeting = item(field("owner", "agreements health"), field("what", "agreements"))
    said = state(granted("agreement"), grant("wishes"), us=NARROW)

    assert "addressed" == getattr(look(said).disclose(meeting), "why", None)
    low = state(grant(), granted("agreement"), us=[registered(), ceiling("health wishes")])
    assert look(low).disclose(item(field("a", "plan"))) is None


def test_an_agreement_shows_its_own_category_and_what_is_under_the_ceiling() -> None:
    """Other labels only when the citizen approved that text for that party."""
    three = item(field("what", "agreements"), field("hope", "wishes"), field("why", "health"))
    only_agreements = [registered(), ceiling("health")]

    assert ("what", "hope") == seen(state(granted("agreement"), us=NARROW), three)
    assert ("what", "hope", "why") == seen(state(granted("agreement"), approved(), us=NARROW), three)
    assert ("what", "why") == seen(state(granted("agreement"), us=only_agreements), three)
    assert ("what", "hope", "why") == seen(state(granted("invitation"), us=NARROW), three)
    assert ("what",) == seen(state(granted("agreement"), us=[registered()]), three)
    assert ("what", "hope", "why") == seen(state(granted("text"), us=NARROW), three)


def test_a_field_outside_an_agreement_may_rest_on_a_consent() -> None:
    """What the item grant does not open a consent may, for its own purposes; the rest of the item stays addressed."""
    two = item(field("what", "agreements"), field("why", "health"))
    said = state(granted("agreement"), grant("health agreements"), us=[registered(), ceiling("health")])

    assert Disclosure("addressed", ANY, (Shown("what", ANY), Shown("why", ANY)), 1000 * HOUR) == look(
        said
    ).disclose(two)
    low = item(field("why", "health", CLINIC))
    said = state(granted(), grant("health addiction"), us=[*NARROW[:3], ceiling("health addiction")])
    assert Disclosure("addressed", SUPPORT, (Shown("why", SUPPORT),), 1000 * HOUR) == look(said).disclose(low)


def test_what_a_consent_alone_shows_of_a_granted_item_is_by_consent() -> None:
    """An open handover shows whom and what; a field beside them is there by the consent, and the word says so."""
    text = item(field("text", "wishes"))
    both = item(field("kind", "wishes"), field("text", "wishes"))
    said = state(handover(), grant("wishes"))

    assert Disclosure("consent", SUPPORT, (Shown("text", SUPPORT),), 1000 * HOUR) == look(said).disclose(text)
    expected = (Shown("kind", ANY), Shown("text", SUPPORT))
    assert Disclosure("addressed", ANY, expected, 1000 * HOUR) == look(said).disclose(both)


def test_an_open_handover_shows_from_to_and_kind() -> None:
    """The proposal itself is shown, and nothing else of it."""
    proposal = item(
        field("from_partner"), field("to_partner"), field("kind"), field("text"), field("partner")
    )

    assert ("from_partner", "to_partner", "kind") == seen(state(handover()), proposal)
    over = say("handover_ended", US, handover=handover().body["handover"])
    assert () == seen(state(handover(), over, task()), proposal)


@pytest.mark.parametrize(("knows", "expected"), [((), ("what",)), ((CLINIC,), ("what", "who"))])
def test_names_of_others_only_as_approved(knows: tuple[Any, ...], expected: tuple[str, ...]) -> None:
    """A field that names an organisation whose name reveals something needs the citizen's approval of that."""
    two = item(field("what"), field("who", "wishes", THEM, CLINIC))

    assert expected == seen(state(granted("invitation", *knows)), two)
    assert expected == seen(state(granted("invitation", *knows), grant("wishes")), two)


def test_names_of_others_may_rest_on_a_consent() -> None:
    """Without approval, a consent to what the name reveals shows it, for that consent's purposes."""
    one = item(field("who", "wishes", CLINIC))
    said = state(granted(), grant("addiction", "treatment"))

    assert (Shown("who", TREATMENT),) == look(said).disclose(one).fields  # type: ignore[union-attr]
    assert () == seen(state(granted(), grant("addiction", sources=[str(THEM)])), one)


def test_two_names_need_both() -> None:
    """Each organisation that is named must be known of, for the same purpose."""
    two = item(field("who", "wishes", CLINIC, THEM))
    us = [registered(US), registered(THEM, "health"), registered(CLINIC, "addiction"), ceiling()]
    some = grant("addiction", "support treatment")

    assert () == seen(state(granted(), some, us=us), two)
    said = state(granted(), some, grant("health", "treatment casework", grant=str(ANNA)), us=us)
    assert (Shown("who", TREATMENT),) == look(said).disclose(two).fields  # type: ignore[union-attr]
    assert () == seen(state(granted("invitation", CLINIC), some, us=us), two)
    assert () == seen(state(granted("invitation", THEM), us=us), two)


def test_our_own_name_reveals_nothing_to_us() -> None:
    """A field that names ourselves needs nobody's approval, whatever our name reveals to others."""
    us = [registered(US, "addiction"), ceiling()]

    assert ("who",) == seen(state(granted(), us=us), item(field("who", "wishes", US)))


def test_a_stranger_named_in_a_granted_item_is_not_shown() -> None:
    """An organisation that the hub does not know makes a field unlabelled, also when its name was approved."""
    assert ("what",) == seen(
        state(granted("invitation", STRANGER)), item(field("what"), field("who", "wishes", STRANGER))
    )


def test_a_grant_covers_the_labels_that_the_item_had_then() -> None:
    """A field, or an existence, that has gained a label since is not covered; one that had it before is."""
    two = item(field("a"), field("b"))

    assert ("b",) == seen(state(granted(), relabelled("a", "health")), two)
    assert ("a", "b") == seen(state(relabelled("a", "health"), granted()), two)
    assert () == seen(state(granted(), relabelled(None, "health")), two)
    assert ("a", "b") == seen(state(relabelled(None, "health"), granted()), two)
    assert ("a", "b") == seen(state(granted(), relabelled("a", "wishes")), two)
    assert ("a", "b") == seen(state(granted(), relabelled(None, "wishes")), two)
    assert ("a", "b") == seen(
        state(relabelled(None, "health"), granted(), relabelled(None, remove="health")), two
    )


def test_a_label_that_a_name_revealed_already_is_not_gained() -> None:
    """Labels are compared with what names reveal: what the name told then was no news when it was said."""
    one = item(field("who", "wishes", CLINIC))

    assert ("who",) == seen(state(granted("invitation", CLINIC), relabelled("who", "addiction")), one)
    assert () == seen(state(granted("invitation", CLINIC), relabelled("who", "health")), one)
    key = item(field("who", "wishes", CLINIC, key=True))
    assert ("who",) == seen(state(granted("invitation", CLINIC), relabelled("who", "addiction")), key)


def test_what_a_key_field_has_gained_the_existence_has() -> None:
    """A label on a key field closes the whole item grant; then a consent may still show it."""
    two = item(field("a", key=True), field("b"))
    said = state(granted(), relabelled("a", "health"))

    assert () == seen(said, two)
    assert (Reason("no_consent", names("wishes", "health")),) == look(said).decide(two).reasons
    found = look(state(granted(), grant(), relabelled("a", "health"))).disclose(two)
    assert ("consent", SUPPORT) == (found and found.why, found and found.purposes)


def test_gained_compares_now_with_then() -> None:
    """Nothing is gained while nothing was said since, nor when labels went."""
    viewer = look(state(granted(), relabelled(None, "health", "wishes")))
    now = viewer.state.amendment(HOPE.event_id)
    grant_of = viewer.items[HOPE.event_id]

    assert viewer.gained(HOPE, grant_of, now) is True
    assert viewer.gained(HOPE, grant_of, grant_of.amended) is False
    had = ItemGrant("text", frozenset(), now)
    assert viewer.gained(HOPE, had, grant_of.amended) is True
    assert viewer.gained(item(labels="health"), had, grant_of.amended) is False
    assert viewer.gained(HOPE, had, now) is False


# Rule 9.


@pytest.mark.parametrize(
    "event",
    ["consents.begun", "consents.block_set", "consents.block_lifted", "consents.purge_confirmed"],
)
@pytest.mark.parametrize("channel", [Channel.TOPIC, SCREEN])
def test_some_statements_are_on_nobodys_surface(event: str, channel: Channel) -> None:
    """Neither who recorded it nor who is named, nor the coordinator, nor anybody with every consent sees it."""
    said = state(grant(), granted(), task(role="coordinator"))
    which = item(field("partner"), event=event, source=US, named=US)
    viewer = look(said, channel=channel, person=ANNA if channel is SCREEN else None)

    assert (False, None, False) == viewer.ways(which)
    assert viewer.disclose(which) is None
    assert (Reason("not_on_surface"),) == viewer.decide(which).reasons


@pytest.mark.parametrize(
    "event", ["consents.given", "consents.confirmed", "consents.narrowed", "consents.renewed"]
)
def test_whom_a_consent_is_to_is_told_of_it(event: str) -> None:
    """The partner named sees whom it is to, as addressed; the rest as rule 2 permits."""
    two = item(field("partner", "contact", US, key=True), field("words", "contact"), event=event, named=US)

    assert Disclosure("addressed", ANY, (Shown("partner", ANY),), 1000 * HOUR) == look(
        state(task())
    ).disclose(two)
    assert ("partner", "words") == seen(state(grant()), two)
    assert () == seen(state(grant()), two._replace(named=THEM))
    assert () == seen(state(task()), two._replace(fields=(field("partner", "contact", CLINIC),)))
    assert (False, disclosure._NAMED, True) == look(state(task())).ways(two)
    assert (False, None, False) == look(state(task())).ways(two._replace(named=THEM))
    assert (True, None, False) == look(state(task())).ways(two._replace(named=THEM, source=US))


@pytest.mark.parametrize("event", ["consents.withdrawn", "consents.expired", "consents.refused"])
def test_the_end_of_a_consent_is_not_told_to_whom_it_was_to(event: str) -> None:
    """Only who registered it sees it, and on screens the coordinator; never the partner named."""
    one = item(field("partner", "contact", US), event=event, named=US, labels="contact")
    coordinates = state(grant(), task(role="coordinator"))

    assert () == seen(state(grant()), one)
    assert (False, None, False) == look(state(grant())).ways(one)
    assert ("partner",) == seen(state(grant()), one._replace(source=US))
    assert ("partner",) == seen(coordinates, one, channel=SCREEN, person=ANNA)
    assert () == seen(coordinates, one)
    assert () == seen(coordinates, one, channel=Channel.API)
    assert () == seen(state(grant(), task()), one, channel=SCREEN, person=ANNA)
    assert () == seen(state(grant(), task(role="coordinator", partner=THEM)), one, channel=SCREEN)


@pytest.mark.parametrize("event", ["consents.given", "consents.withdrawn"])
def test_the_coordinator_is_told_where_rule_2_lets_it(event: str) -> None:
    """On a screen the coordinator sees a consent to another partner, when it may know of that partner."""
    one = item(field("partner", "contact", CLINIC, key=True), event=event, named=CLINIC, labels="contact")
    how = {"channel": SCREEN, "person": ANNA}

    assert ("partner",) == seen(state(grant("contact addiction"), task(role="coordinator")), one, **how)
    assert () == seen(state(grant("contact"), task(role="coordinator")), one, **how)


@pytest.mark.parametrize("event", ["consents.statutory_basis_registered", "consents.emergency_access_opened"])
def test_a_basis_and_an_emergency_access_are_seen_as_any_event(event: str) -> None:
    """Of a basis in law and of an emergency access who recorded it knows, and whoever a consent lets know."""
    one = item(field("partner", "contact", US), event=event, named=US, labels="contact")

    assert (False, None, True) == look(state(task())).ways(one)
    assert ("partner",) == seen(state(grant("contact")), one)
    assert () == seen(state(grant("wishes")), one)
    assert ("partner",) == seen(state(task()), one._replace(source=US))


def test_an_agreed_text_is_for_whom_it_was_agreed() -> None:
    """Not even who recorded it sees an agreed text without its grant, and no consent opens it."""
    text = item(field("text", "health"), event="consents.disclosure_authorised", source=US)

    assert () == seen(state(grant(), task()), text)
    assert (Reason("not_on_surface"),) == look(state(grant())).decide(text).reasons
    found = look(state(granted("text"), grant())).disclose(text)
    assert Disclosure("addressed", ANY, (Shown("text", ANY),), 1000 * HOUR) == found
    assert (False, ItemGrant("text", frozenset()), False) == look(state(granted("text"))).ways(text)


def test_an_ordinary_event_can_be_seen_by_every_way() -> None:
    """Own record, item grant and ordinary grants, each where it holds."""
    assert (False, None, True) == look(state(task())).ways(HOPE)
    assert (True, None, True) == look(state(task())).ways(OURS)
    assert (True, ItemGrant("invitation", frozenset()), True) == look(state(granted())).ways(OURS)


def test_a_consent_is_never_handed_on() -> None:
    """What tells of consents is nothing that a handover can hold."""
    given = item(field("partner"), event="consents.given", named=US)

    assert ("partner",) == seen(state(grant()), given)
    assert () == look(state(grant())).consented(given)
    assert (CONSENT,) == look(state(grant())).consented(given._replace(event="citizen.hope_told"))


def test_whoever_is_shut_out_hands_nothing_on() -> None:
    """A suspended partner has no part in a handover, whatever it was granted."""
    suspended: list[Statement] = [grant(), say("suspended", US)]

    assert () == look(state(*suspended)).consented(HOPE)


def test_an_item_without_fields_is_absent() -> None:
    """An event with no field that may be seen is absent, also to who recorded it."""
    bare = item(source=US)._replace(fields=())

    assert look(state(grant())).disclose(bare) is None
    assert () == look(state(grant())).consented(bare)
    assert (Reason("no_field"),) == look(state(grant())).decide(bare).reasons
