"""The decision, rules 1 to 5: who is let in at all, and what a grant covers."""

from typing import Any

import pytest

from hub.application import disclosure
from hub.application.disclosure import Disclosure, Reason, Request, Shown, Viewer, decide
from hub.application.standing import State
from hub.items import Item
from hub.statements import Statement
from hub.vocabulary import UNKNOWN, Channel, Purpose
from tests.deciding import (
    ACCESS,
    ANNA,
    ANY,
    BENT,
    CLINIC,
    CONSENT,
    EMERGENCY,
    HOUR,
    LAW,
    NOW,
    SCREEN,
    STRANGER,
    SUPPORT,
    THEM,
    TREATMENT,
    US,
    basis,
    block,
    ceiling,
    confirmed_row,
    emergency,
    ended,
    field,
    grant,
    granted,
    item,
    names,
    purposes,
    registered,
    say,
    state,
    task,
    uid,
)

HOPE = item()
WORDS = Shown("words", SUPPORT)


def look(said: State, **how: Any) -> Viewer:
    """We look, through our topic unless the test says something else."""
    return said.viewer(how.pop("partner", US), how.pop("now", NOW), **{"purpose": "support", **how})


def shown(said: State, which: Item = HOPE, **how: Any) -> tuple[Shown, ...]:
    """The fields that we are shown."""
    seen = look(said, **how).disclose(which)
    return () if seen is None else seen.fields


def codes(said: State, which: Item = HOPE, **how: Any) -> list[str]:
    """The codes of the reasons why we are denied."""
    return [reason.code for reason in look(said, **how).decide(which).reasons]


def test_the_module_offers_what_it_says() -> None:
    """Every name that others may import from the decision is there."""
    assert all(isinstance(getattr(disclosure, name), type) for name in disclosure.__all__ if name != "decide")
    assert "decide" in disclosure.__all__


def test_a_viewer_is_small() -> None:
    """Publishing makes one for each partner of each citizen: it has no dictionary of its own."""
    assert not hasattr(look(state()), "__dict__")


def test_a_consent_shows_what_it_covers() -> None:
    """With a consent to its label and purpose the field is shown, for that purpose, because of the consent."""
    assert Disclosure("consent", SUPPORT, (WORDS,), 1000 * HOUR) == look(state(grant())).disclose(HOPE)


def test_without_a_consent_nothing_is_shown() -> None:
    """Deny unless permitted: a partner that is related and has no grant is shown nothing."""
    assert () == shown(state(task()))
    assert ["no_consent"] == codes(state(task()))


def test_a_decision_says_what_it_rests_on() -> None:
    """One answer holds the fields for the purpose asked, the one word why, and the grants; no reasons."""
    decision = look(state(grant(purposes="support treatment"))).decide(HOPE)

    assert (True, (WORDS,), "consent", (), (CONSENT,)) == decision


def test_a_denial_holds_nothing_but_its_reasons() -> None:
    """No field, no why and no grants: neither where we are shut out nor where the item is denied."""
    assert (False, (), None, (Reason("no_relation"),), ()) == look(state()).decide(HOPE)
    missing = (Reason("not_this_category", names("wishes")),)
    assert (False, (), None, missing, ()) == look(state(grant("plan"))).decide(HOPE)


def test_what_is_shown_for_another_purpose_is_denied() -> None:
    """An item that is seen for one purpose alone is denied for the other, and says so."""
    said = state(grant(purposes="treatment"))
    denied = (Reason("not_this_purpose", names("wishes")),)

    assert (Shown("words", TREATMENT),) == shown(said)
    assert (False, (), None, denied, ()) == look(said).decide(HOPE)


def test_one_question_is_answered_from_the_statements() -> None:
    """Partner, person, purpose, channel, item and moment of a request are all heard."""
    said = [
        each._replace(position=n)
        for n, each in enumerate([registered(), ceiling(), grant(until=NOW), task(), block(person=BENT)], 1)
    ]

    def ask(**terms: Any) -> tuple[bool, list[str]]:
        asked = {"partner": US, "person": ANNA, "purpose": "support", "channel": SCREEN, "now": NOW - 1}
        got = decide(said, Request(**{**asked, "item": HOPE, **terms}))
        return got.permitted, [each.code for each in got.reasons]

    assert (True, []) == ask()
    assert (False, ["unknown_partner"]) == ask(partner=THEM)
    assert (False, ["no_task"]) == ask(person=uid(33))
    assert (False, ["no_person"]) == ask(person=None)
    assert (False, ["no_purpose"]) == ask(purpose=None)
    assert (False, ["screens_only"]) == ask(channel=Channel.TOPIC)
    assert (False, ["no_consent"]) == ask(now=NOW)


# Rule 1.


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (state(grant(partner=STRANGER), say("suspended", US)), "unknown_partner"),
        (
            state(say("suspended", STRANGER), grant(partner=STRANGER), block(partner=STRANGER)),
            "unknown_partner",
        ),
        (state(say("suspended", STRANGER), block(partner=STRANGER)), "unknown_partner"),
    ],
)
def test_whom_nobody_registered_is_told_nothing(said: State, code: str) -> None:
    """A partner that is not registered is unknown, whatever was said to it."""
    assert code == look(said, partner=STRANGER).shut
    assert () == shown(said, partner=STRANGER)
    assert Reason(code) == look(said, partner=STRANGER).refusal()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ([say("suspended", US), block(), block(person=BENT, number=82)], "suspended"),
        ([block(), block(person=BENT, number=82)], "no_relation"),
        ([grant(), block(), block(person=BENT, number=82)], "blocked"),
        ([grant(), block("plan"), block(person=BENT, number=82)], "screens_only"),
        ([grant(), block("plan"), block("plan", BENT, number=82)], "screens_only"),
        ([grant(), block("plan")], None),
        ([grant(), say("suspended", US), say("resumed", US)], None),
    ],
)
def test_what_shuts_us_out_is_named_by_precedence(said: list[Statement], code: str | None) -> None:
    """Suspended, not related, blocked, screens only: the first that holds, and then nothing is shown."""
    look_here = look(state(*said))

    assert code == look_here.shut
    assert (code is None) == (look_here.refusal() is None) == (look_here.disclose(HOPE) is not None)
    assert () == look_here.consented(HOPE) or code is None


@pytest.mark.parametrize("channel", Channel)
def test_a_person_block_leaves_the_screen_alone(channel: Channel) -> None:
    """With a block on one of our people the citizen is screens-only for us: every other channel is shut."""
    person = None if channel in {Channel.TOPIC, Channel.FEED} else ANNA
    said = state(grant(), task(), block("plan", BENT))

    assert (None if channel is SCREEN else "screens_only") == look(said, channel=channel, person=person).shut


def test_a_block_on_another_partners_person_is_not_ours() -> None:
    """A person-block elsewhere shuts none of our channels."""
    assert look(state(grant(), block(person=BENT, partner=THEM))).shut is None


@pytest.mark.parametrize("purpose", [None, ""])
def test_a_purpose_must_be_named(purpose: str | None) -> None:
    """Without a purpose nothing is decided, neither with a person nor without."""
    said = state(grant(), task())

    assert Reason("no_purpose") == look(said, purpose=purpose).refusal()
    assert Reason("no_purpose") == look(said, purpose=purpose, person=ANNA, channel=SCREEN).refusal()


@pytest.mark.parametrize(
    "purpose", ["sanction", "benefit_control", "recruitment", "insurance", "criminal_investigation"]
)
def test_some_purposes_are_forbidden(purpose: str) -> None:
    """Sanction, control, recruitment, insurance and investigation are refused by name, also to a person."""
    said = state(grant(), task(purpose=purpose))

    assert Reason("forbidden_purpose") == look(said, purpose=purpose).refusal()
    assert Reason("forbidden_purpose") == look(said, purpose=purpose, person=ANNA, channel=SCREEN).refusal()


@pytest.mark.parametrize("channel", Channel)
def test_without_a_person_the_registered_purposes_count(channel: Channel) -> None:
    """Screens and calendars need a person; elsewhere the purpose must be one that we are registered with."""
    said = state(grant(purposes="support casework"))
    personal = channel in {Channel.SCREEN, Channel.CALENDAR}
    expected = Reason("no_person") if personal else None

    assert expected == look(said, channel=channel).refusal()
    other = Reason("no_person" if personal else "purpose_not_registered")
    assert other == look(said, channel=channel, purpose="casework").refusal()
    assert other == look(said, channel=channel, purpose="nonsense").refusal()
    everything = [registered(purposes=" ".join(Purpose)), ceiling()]
    assert other == look(state(grant(), us=everything), channel=channel, purpose="nonsense").refusal()


@pytest.mark.parametrize("channel", Channel)
def test_a_person_needs_a_task_of_their_own(channel: Channel) -> None:
    """A person is asked for the purposes of their tasks; topics and feeds have no person at all."""
    said = state(grant(), task(purpose="casework"))
    impersonal = channel in {Channel.TOPIC, Channel.FEED}

    assert (ANNA if not impersonal else None) == look(said, person=ANNA, channel=channel).person
    casework = look(said, person=ANNA, channel=channel, purpose="casework").refusal()
    support = look(said, person=ANNA, channel=channel, purpose="support").refusal()
    bents = look(said, person=BENT, channel=channel, purpose="casework").refusal()
    no_task = Reason("no_task")
    assert (
        (None, no_task, no_task),
        (Reason("purpose_not_registered"), None, Reason("purpose_not_registered")),
    )[impersonal] == (casework, support, bents)


def test_a_task_is_at_the_partner_that_asks() -> None:
    """A person's task at another partner is none here, nor is the whole unit's."""
    said = state(grant(), task(partner=THEM))
    unit = state(grant(), task(None))

    assert Reason("no_task") == look(said, person=ANNA, channel=SCREEN).refusal()
    assert Reason("no_task") == look(unit, person=ANNA, channel=SCREEN).refusal()
    first = state(grant(), task(purpose="coordination"))
    assert Reason("no_task") == look(first, person=ANNA, channel=SCREEN, purpose="nonsense").refusal()
    assert 0 == look(unit).purposes_of(ANNA)
    assert SUPPORT == look(state(task())).purposes_of(ANNA)


def test_the_purposes_in_question_are_the_persons_or_the_registered_ones() -> None:
    """With a person it is the purpose asked; without one every purpose registered; of a stranger none."""
    said = state(grant())

    assert SUPPORT == look(said, person=ANNA, channel=SCREEN).asked
    assert SUPPORT | TREATMENT == look(said, channel=SCREEN).asked
    assert 0 == look(said, person=ANNA, channel=SCREEN, purpose="nonsense").asked
    assert 0 == look(said, person=ANNA, channel=SCREEN, purpose=None).asked
    assert 0 == look(said, partner=STRANGER).asked


# Rule 2.


@pytest.mark.parametrize(
    ("under", "code"),
    [("wishes", None), ("plan", "over_ceiling"), ("", "over_ceiling")],
)
def test_a_ceiling_holds_whatever_is_granted(under: str, code: str | None) -> None:
    """What is not under our ceiling is denied, however wide the consent."""
    said = state(grant(), us=[registered(), ceiling(under)])

    assert ([] if code is None else [code]) == codes(said)


def test_each_label_may_rest_on_another_grant() -> None:
    """A field with two labels is shown for the purposes that both of them are granted for."""
    both = item(field(labels="wishes health"))
    one = grant("wishes", "support treatment coordination")
    other = grant("health", "support casework", grant=str(LAW))

    assert (WORDS,) == shown(state(one, other), both)
    assert (CONSENT, LAW) == look(state(one, other)).decide(both).grants
    assert () == shown(state(one, grant("health", "casework", grant=str(LAW))), both)
    assert () == shown(state(one), both)


def test_every_label_of_a_field_counts() -> None:
    """The purposes are those of all its labels, neither of the first alone nor of the last."""
    both = item(field(labels="wishes health"), labels="plan")
    said = state(
        grant("plan", "support treatment casework"),
        grant("wishes", "support treatment", grant=str(LAW)),
        grant("health", "support casework", grant=str(ACCESS)),
    )

    assert (WORDS,) == shown(said, both)


def test_one_label_may_rest_on_several_grants() -> None:
    """The purposes of all the grants that cover a label are put together."""
    said = state(grant("wishes", "support"), grant("wishes plan", "treatment", grant=str(LAW)))

    assert (Shown("words", SUPPORT | TREATMENT),) == shown(said)


def test_a_field_needs_the_purposes_of_the_existence_too() -> None:
    """A field is shown only for the purposes for which the event itself may be known of."""
    health = item(field(labels="health"))
    said = state(grant("wishes", "support"), grant("health", "support treatment", grant=str(LAW)))
    apart = state(grant("wishes", "support"), grant("health", "treatment", grant=str(LAW)))

    assert (WORDS,) == shown(said, health)
    assert () == shown(apart, health)
    assert (CONSENT, LAW) == look(said).consented(health)
    assert () == look(apart).consented(health)


def test_a_field_that_is_not_permitted_is_absent_and_the_others_stay() -> None:
    """A field with a label that is not granted is left out, between two that are shown."""
    three = item(field("a"), field("b", "health"), field("c"))

    assert ("a", "c") == tuple(each.name for each in shown(state(grant("wishes")), three))
    assert () == shown(state(grant("wishes")), item(field("b", "health")))
    assert (CONSENT,) == look(state(grant("wishes"))).consented(three)
    assert () == look(state(grant("wishes"))).consented(item(field("b", "health")))


def test_an_item_is_seen_for_the_purposes_of_its_fields() -> None:
    """The purposes of the whole are those of its fields put together, each field has its own."""
    said = state(
        grant("wishes", "support treatment"), grant("plan", "support", grant=str(LAW)),
        grant("health", "treatment", grant=str(ACCESS)),
    )  # fmt: skip
    two = item(field("a", "plan"), field("b", "health"))

    expected = (Shown("a", SUPPORT), Shown("b", TREATMENT))
    assert Disclosure("consent", SUPPORT | TREATMENT, expected, 1000 * HOUR) == look(said).disclose(two)


def test_an_existence_that_is_not_permitted_takes_the_item_away() -> None:
    """A field that is granted is not shown when the event's own category is not."""
    said = state(grant("wishes"))

    assert () == shown(said, item(labels="health"))
    assert [Reason("not_this_category", names("health"))] == list(
        look(said).decide(item(labels="health")).reasons
    )


@pytest.mark.parametrize("where", ["existence", "field"])
def test_what_is_unlabelled_is_denied(where: str) -> None:
    """Neither an existence nor a field without a known label is ever shown, and nothing rests on it."""
    unknown = item(labels="nonsense") if where == "existence" else item(field(labels="nonsense"))

    for said in (state(grant()), state(grant(), granted())):
        assert () == shown(said, unknown)
        assert ["unlabelled"] == codes(said, unknown)
        assert () == look(said).consented(unknown)
        assert () == shown(said, unknown._replace(source=US))


def test_a_source_that_is_not_named_is_not_covered() -> None:
    """A consent that names its sources covers those; the citizen is one of them."""
    ours = state(grant(sources=[str(THEM), str(uid(0))]))

    assert (WORDS,) == shown(ours, item(source=THEM))
    assert (WORDS,) == shown(ours, item())
    assert ["not_this_source"] == codes(ours, item(source=CLINIC))
    assert ["not_this_source"] == codes(state(grant(sources=[])), item())


def test_who_recorded_it_belongs_to_the_existence() -> None:
    """What the recorder's name reveals must be granted too; of an unknown recorder nothing is shown."""
    said = state(grant("wishes"))

    assert ["not_this_category"] == codes(said, item(source=CLINIC))
    assert ["unlabelled"] == codes(said, item(source=STRANGER))
    assert (WORDS,) == shown(state(grant("wishes addiction")), item(source=CLINIC))


def test_key_fields_belong_to_the_existence() -> None:
    """Whom the event is about decides whether it is there; an ordinary field only whether it is shown."""
    key = item(field("owner", "wishes", CLINIC, key=True), field())
    ordinary = item(field("parties", "wishes", THEM, CLINIC), field())

    assert () == shown(state(grant("wishes")), key)
    assert (WORDS,) == shown(state(grant("wishes")), ordinary)
    assert ("owner", "words") == tuple(f.name for f in shown(state(grant("wishes addiction")), key))
    two = key._replace(existence=names("plan"), source=CLINIC)
    assert names("plan", "wishes", "addiction") == look(state()).existence(
        two, state().amendment(key.event_id)
    )


def test_labels_are_those_of_the_field_and_of_every_name_in_it() -> None:
    """Each organisation named adds what its name reveals; one that is unknown makes the field unlabelled."""
    said = state(registered(STRANGER, "health"))
    amended = said.amendment(HOPE.event_id)

    assert names("plan") == look(said).labels(field("p", "plan", THEM), amended)
    assert names("plan", "addiction", "health") == look(said).labels(
        field("p", "plan", CLINIC, STRANGER), amended
    )
    assert names("plan") | UNKNOWN == look(state()).labels(field("p", "plan", STRANGER), amended)


# Rule 3.


def test_a_consent_counts_until_its_end_exclusive() -> None:
    """At the very instant of its end a consent is over, and with it the relation."""
    said = state(grant(until=NOW))

    assert (WORDS,) == shown(said, now=NOW - 1)
    assert "no_relation" == look(said).shut


def test_from_now_on_means_later_in_the_log_and_later_in_time() -> None:
    """Without a window an item must stand after the grant and have happened after it; no import, nothing undated."""
    said = state(grant())  # position 50, hour 50

    assert (WORDS,) == shown(said, item(position=51, occurred_at=50 * HOUR + 1))
    for other in (
        item(position=50, occurred_at=51 * HOUR),
        item(position=51, occurred_at=50 * HOUR),
        item(position=51, occurred_at=None),
        item(imported=True),
    ):
        assert ["not_this_time"] == codes(said, other)


def test_a_window_covers_whenever_it_was_recorded() -> None:
    """From its begin until its end exclusive; imports too, undated facts where it says so."""
    window = {"happened_from": 5, "happened_to": 9, "include_undated": False}
    said = state(grant(window=window))
    early = {"position": 1, "imported": True}

    assert [False, True, True, False] == [
        bool(shown(said, item(occurred_at=moment, **early))) for moment in (4, 5, 8, 9)
    ]
    assert not shown(said, item(occurred_at=None))
    assert shown(state(grant(window={**window, "include_undated": True})), item(occurred_at=None))
    assert shown(state(grant(window={**window, "happened_to": None})), item(occurred_at=10**18))


# Rule 4.


def test_a_withdrawal_ends_what_it_names_and_nothing_else() -> None:
    """The consent named is over; its sister goes on."""
    said = state(grant(), grant("wishes", "treatment", grant=str(LAW)), ended())

    assert (Shown("words", TREATMENT),) == shown(said)


def test_a_block_beats_everything() -> None:
    """What is blocked is not shown: not by consent, nor as an own record, nor as an item grant."""
    for said in (state(grant(), block("wishes")), state(grant(), granted(), block("wishes"))):
        for which in (HOPE, item(source=US), item(field(labels="plan")), item(labels="plan", source=US)):
            assert () == shown(said, which)
            assert () == look(said).consented(which)
            assert {"blocked"} == set(codes(said, which))


def test_a_block_on_a_person_is_for_that_person() -> None:
    """On a screen Bent is shown nothing of what is blocked for him; Anna is."""
    said = state(grant(), task(), block("wishes", BENT))

    assert (WORDS,) == shown(said, channel=SCREEN, person=ANNA)
    assert () == shown(said, channel=SCREEN, person=BENT)
    assert (WORDS,) == shown(said, channel=SCREEN)
    assert look(state(grant(), block(person=BENT)), channel=SCREEN, person=BENT).shut == "blocked"


# Protected address.


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("public", [True, False])
def test_a_protected_address_stays_in_public_bodies(channel: Channel, public: bool) -> None:
    """Only a public body has it, and never through a calendar, a mail or an export; it beats own records."""
    us = [registered(public=public), ceiling()]
    said = state(grant(), say("address_protected"), us=us)
    address = item(field("street", "address"), field())
    allowed = public and channel not in {Channel.CALENDAR, Channel.MAIL, Channel.EXPORT}
    expected = ("street", "words") if allowed else ("words",)

    for which in (address, address._replace(source=US)):
        assert expected == tuple(each.name for each in shown(said, which, channel=channel))
    again = state(grant(), say("address_protected"), say("address_unprotected"), us=us)
    assert ("street", "words") == tuple(each.name for each in shown(again, address, channel=channel))


def test_of_a_stranger_a_protected_address_is_kept() -> None:
    """A partner that nobody registered is no public body."""
    assert look(state(say("address_protected")), partner=STRANGER).kept == names("address") | UNKNOWN
    assert look(state(), partner=STRANGER).kept == UNKNOWN
    assert look(state(block("plan"))).kept == names("plan") | UNKNOWN
    both = state(block("address plan"), say("address_protected"), us=[registered(public=False), ceiling()])
    assert look(both).kept == names("address", "plan") | UNKNOWN
    assert look(state(block(), say("address_protected"), us=[registered(public=False)])).kept == -1


# Why, and the law.


def test_a_basis_in_law_is_told_apart_from_a_consent() -> None:
    """Where a confirmed basis carries a label that is shown, for a purpose in question, the word is law."""
    both = item(field(labels="health"))
    law = (confirmed_row(), basis("health"))

    def why(*said: Statement, which: Item = both, **how: Any) -> str | None:
        seen = look(state(*said), **how).disclose(which)
        return None if seen is None else seen.why

    assert "law" == why(grant("wishes"), *law)
    assert "law" == why(grant("health"), confirmed_row(), basis("wishes"))
    assert "consent" == why(grant(), *law, which=HOPE)
    assert "consent" == why(grant(), confirmed_row(), basis("plan"), which=HOPE)
    assert "law" == why(confirmed_row(), basis("wishes"), which=HOPE)
    assert "consent" == why(grant(), confirmed_row(), basis("health", "casework"))
    assert "law" == why(grant(), confirmed_row(), basis("health", "treatment"))
    assert "consent" == why(
        grant(), confirmed_row(), basis("health", "treatment"), task(), person=ANNA, channel=SCREEN
    )
    assert "consent" == why(grant(), basis("health"))
    assert "consent" == why(grant(), confirmed_row(), basis("health", sources=[str(THEM)]))


def test_every_field_that_is_shown_can_make_it_law() -> None:
    """A basis for the first of two fields is enough."""
    two = item(field("a", "health"), field("b"))

    found = look(state(grant("wishes"), confirmed_row(), basis("health"))).disclose(two)
    assert ("law", 2) == (found and found.why, found and len(found.fields))


def test_a_field_that_is_not_shown_does_not_make_it_law() -> None:
    """The word is that of what is shown: a basis for a field that is denied does not count."""
    two = item(field(), field("other", "health work"))
    said = state(grant("wishes"), confirmed_row(), basis("health"))

    assert Disclosure("consent", SUPPORT, (WORDS,), 1000 * HOUR) == look(said).disclose(two)


def test_own_comes_before_addressed_and_addressed_before_law() -> None:
    """The one word is the first of own, addressed, law, consent."""
    law = (confirmed_row(), basis())
    own = look(state(granted(), *law)).disclose(item(source=US))
    addressed = look(state(granted(), *law)).disclose(HOPE)

    assert Disclosure("own", ANY, (Shown("words", ANY),), 1000 * HOUR) == own
    assert Disclosure("addressed", ANY, (Shown("words", ANY),), 1000 * HOUR) == addressed


# Emergency access.

CRISIS = item(
    event="citizen.crisis_agreement_made", labels="plan", position=1, imported=True, occurred_at=None
)


def test_emergency_access_opens_what_its_rule_names() -> None:
    """That person, on a screen, for that purpose, sees the crisis agreement whenever recorded, by law; no more."""
    said = state(emergency())
    how = {"person": ANNA, "channel": SCREEN, "purpose": "emergency"}
    seen = look(said, **how)

    assert Disclosure("law", EMERGENCY, (Shown("words", EMERGENCY),), None) == seen.disclose(CRISIS)
    assert (True, (ACCESS,)) == (seen.decide(CRISIS).permitted, seen.decide(CRISIS).grants)
    assert seen.disclose(HOPE) is None
    assert "no_relation" == look(said, **{**how, "person": BENT}).shut
    assert "no_relation" == look(said, **{**how, "channel": Channel.API}).shut
    assert "no_relation" == look(said, channel=Channel.TOPIC).shut
    assert "no_relation" == look(said, **how, now=NOW + HOUR).shut


def test_in_an_emergency_own_records_and_item_grants_open_nothing() -> None:
    """For the purpose emergency nothing is own and nothing addressed, also where the partner is registered with it."""
    how = {"person": ANNA, "channel": SCREEN, "purpose": "emergency"}
    said = state(emergency(), granted(), task(purpose="emergency"))

    assert look(said, **how).disclose(item(source=US)) is None
    assert look(said, **how).disclose(HOPE) is None
    assert (False, None, True) == look(said, **how).ways(item(source=US))
    given = item(event="consents.given", source=US, named=US)
    assert (False, None, True) == look(said, **how).ways(given)
    assert (True, disclosure._NAMED, True) == look(said, person=ANNA, channel=SCREEN).ways(given)


def test_a_partner_registered_with_emergency_has_its_own_records() -> None:
    """Among other purposes the purpose emergency takes nothing away on a topic."""
    us = [registered(purposes="support emergency"), ceiling()]
    found = look(state(task(), us=us)).disclose(item(source=US))

    assert "own" == (found and found.why)


def test_emergency_access_stays_under_the_ceiling_and_under_a_block() -> None:
    """What the partner can never receive, and what is blocked, stays closed."""
    how = {"person": ANNA, "channel": SCREEN, "purpose": "emergency"}
    low = state(emergency(), us=[registered(), ceiling("wishes")])

    assert ["over_ceiling"] == codes(low, CRISIS, **how)
    assert ["blocked"] == codes(state(emergency(), block("plan")), CRISIS, **how)


def test_every_purpose_is_a_bit_of_its_own() -> None:
    """All purposes together are what an own record is seen for."""
    assert purposes("coordination", "treatment", "support", "casework", "employment", "emergency") == (
        disclosure.EVERY_PURPOSE
    )
