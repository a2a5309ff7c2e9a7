"""Consents and blocks."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.aggregates import Act, Actor, Consents, Window
from hub.aggregates.base import event_id
from hub.aggregates.terms import Block, written_categories, written_purposes
from hub.clock import wall_clock_later
from hub.encoding import OLDER, body_of, event_of
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from hub.schemas import Schemas
from hub.vocabulary import FORBIDDEN_PURPOSES, Category, Role, Source
from tests.acting import (
    AT,
    AUTHORITY,
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

CONSENT, SISTER, BLOCK = uid(31), uid(32), uid(41)
LATER = AT + timedelta(days=30)
TERMS: dict[str, Any] = {
    "categories": frozenset({"plan", "wishes"}),
    "purposes": frozenset({"support", "coordination"}),
}


@pytest.fixture
def consents() -> Consents:
    """A book with one consent, to the provider, until in thirty days."""
    book = Consents.begin(CITIZEN, as_citizen())
    book.give(CONSENT, PROVIDER, as_citizen(), **TERMS, sources=(JOBCENTRE,), until=LATER)
    book.collect_events()
    return book


def test_a_consent_says_what_to_whom_and_why(consents: Consents) -> None:
    """All terms are recorded, in the order of the vocabulary."""
    window = Window(AT - timedelta(days=365), AT, include_undated=True)
    consents.give(SISTER, JOBCENTRE, as_citizen(), **TERMS, window=window, words=words("contact"))
    event = only(consents)

    assert ("wishes plan", "coordination support") == (event.categories, event.purposes)
    assert (window, None, None, "written") == (event.window, event.sources, event.until, event.form)


@pytest.mark.parametrize(
    "terms",
    [
        {"categories": frozenset()},
        {"categories": frozenset({"plan", "nonsense"})},
        {"purposes": frozenset()},
        {"purposes": frozenset({"emergency"})},
        {"purposes": frozenset({"curiosity"})},
        {"until": AT},
        {"until": AT - timedelta(microseconds=1)},
        {"window": Window(AT, AT)},
        {"window": Window(AT, AT - timedelta(days=1))},
    ],
)
def test_a_consent_with_terms_that_make_no_sense_is_refused(
    consents: Consents, terms: dict[str, Any]
) -> None:
    """No category, no purpose, an end before the beginning: refused as bad input."""
    with refuses(BadInput, consents):
        consents.give(SISTER, PROVIDER, as_citizen(), **{**TERMS, **terms})


@pytest.mark.parametrize("purpose", sorted(FORBIDDEN_PURPOSES))
def test_no_consent_is_a_ground_for_sanctions(consents: Consents, purpose: str) -> None:
    """Sanction, control, recruitment, insurance and criminal investigation are refused by name."""
    with refuses(NotPermitted, consents, "never"):
        consents.give(
            SISTER, PROVIDER, as_citizen(), **{**TERMS, "purposes": frozenset({"support", purpose})}
        )


def test_only_the_citizen_opens(consents: Consents) -> None:
    """Staff and the hub give, narrow, renew, block, unblock and agree on nothing."""
    consents.set_block(BLOCK, PROVIDER, as_citizen())
    for act in (at_partner(), at_partner(PROVIDER), as_hub()):
        for command in (
            lambda act=act: consents.give(SISTER, PROVIDER, act, **TERMS),
            lambda act=act: consents.narrow(CONSENT, act),
            lambda act=act: consents.renew(CONSENT, None, act),
            lambda act=act: consents.set_block(uid(42), PROVIDER, act),
            lambda act=act: consents.lift_block(BLOCK, act),
            lambda act=act: consents.authorise_text(PROVIDER, words(), act),
            lambda act=act: consents.authorise_agreement(uid(51), PROVIDER, act),
        ):
            with refuses(NotPermitted, consents, "citizen"):
                command()


def test_a_consent_is_given_once(consents: Consents) -> None:
    """The id of a consent is not used again, also not when it has ended."""
    with refuses(WrongStatus, consents, "id of its own"):
        consents.give(CONSENT, JOBCENTRE, as_citizen(), **TERMS)
    consents.withdraw(CONSENT, as_citizen())
    with refuses(WrongStatus, consents, "id of its own"):
        consents.give(CONSENT, PROVIDER, as_citizen(), **TERMS)


@pytest.mark.parametrize(
    "wider",
    [
        {"categories": frozenset({"plan", "health"})},
        {"purposes": frozenset({"support", "treatment"})},
        {"sources": (JOBCENTRE, PROVIDER)},
        {"until": LATER + timedelta(microseconds=1)},
    ],
)
def test_narrowing_never_widens(consents: Consents, wider: dict[str, Any]) -> None:
    """A category, a purpose, a source or a moment more is refused."""
    with refuses(NotPermitted, consents, "never adds"):
        consents.narrow(CONSENT, as_citizen(), **wider)


def test_narrowing_to_nothing_is_a_withdrawal(consents: Consents) -> None:
    """A consent without a category or a purpose left is refused: it would be a withdrawal."""
    for nothing in ({"categories": frozenset()}, {"purposes": frozenset()}):
        with refuses(BadInput, consents):
            consents.narrow(CONSENT, as_citizen(), **nothing)


def test_what_narrowing_does_not_name_stays(consents: Consents) -> None:
    """Taking one category away leaves all other terms as they were."""
    consents.narrow(CONSENT, as_citizen(), categories=frozenset({"plan"}))
    event = only(consents)

    assert ("plan", "coordination support", (JOBCENTRE,), LATER, PROVIDER) == (
        event.categories,
        event.purposes,
        event.sources,
        event.until,
        event.partner,
    )


def test_a_consent_lasts_longer_only_before_it_has_ended(consents: Consents) -> None:
    """Renewing is for what is in force; at its exclusive end a consent is over."""
    consents.renew(CONSENT, LATER + timedelta(days=1), as_citizen(LATER - timedelta(microseconds=1)))
    ended = as_citizen(LATER + timedelta(days=1))
    with refuses(WrongStatus, consents, "new one"):
        consents.renew(CONSENT, None, ended)
    with refuses(WrongStatus, consents, "new one"):
        consents.narrow(CONSENT, ended, categories=frozenset({"plan"}))


def test_renewing_never_shortens(consents: Consents) -> None:
    """An earlier end is refused, and so is an end for a consent that had none: nobody would be told to look again."""
    consents.give(SISTER, PROVIDER, as_citizen(), **TERMS)
    for consent, until in ((CONSENT, LATER - timedelta(days=1)), (CONSENT, AT), (SISTER, LATER)):
        with refuses(BadInput, consents, "last longer"):
            consents.renew(consent, until, as_citizen())
    consents.renew(CONSENT, None, as_citizen())

    assert consents.grants[CONSENT].until is None


@pytest.mark.parametrize("act", [as_citizen(), at_partner(), at_partner(PROVIDER)])
def test_the_citizen_and_anyone_on_the_staff_withdraw(consents: Consents, act: Any) -> None:
    """A withdrawal is taken down at once by whomever the citizen tells it to, the receiver included."""
    consents.withdraw(CONSENT, act, channel="phone")
    event = only(consents)

    assert ((CONSENT,), PROVIDER, "phone") == (event.consents, event.partner, event.channel)
    with refuses(WrongStatus, consents, "has ended"):
        consents.withdraw(CONSENT, act)


def test_a_consent_that_ran_out_can_still_be_withdrawn(consents: Consents) -> None:
    """A withdrawal is never refused because time was faster, as long as no end is recorded."""
    consents.withdraw(CONSENT, as_citizen(LATER + timedelta(days=1)))

    assert {CONSENT} == consents.ended


def test_the_hub_withdraws_nothing(consents: Consents) -> None:
    """Taking back and refusing are for people."""
    for command in (
        lambda: consents.withdraw(CONSENT, as_hub()),
        lambda: consents.withdraw_all(PROVIDER, as_hub()),
        lambda: consents.refuse(PROVIDER, as_hub(), **TERMS),
    ):
        with refuses(NotPermitted, consents, "for people"):
            command()


def test_everything_to_one_partner_is_taken_back_in_one_event(consents: Consents) -> None:
    """Withdrawing from a partner names all of its consents and nobody else's."""
    consents.give(SISTER, PROVIDER, as_citizen(), **TERMS)
    consents.give(uid(33), JOBCENTRE, as_citizen(), **TERMS)
    consents.collect_events()
    consents.withdraw_all(PROVIDER, as_citizen())

    assert (CONSENT, SISTER) == only(consents).consents
    assert [uid(33)] == list(consents.grants)
    with refuses(WrongStatus, consents, "no consent"):
        consents.withdraw_all(PROVIDER, as_citizen())


def test_an_unknown_consent_is_not_found(consents: Consents) -> None:
    """What never was cannot be withdrawn, narrowed, renewed or rested on."""
    for command in (
        lambda: consents.withdraw(SISTER, as_citizen()),
        lambda: consents.narrow(SISTER, as_citizen()),
        lambda: consents.renew(SISTER, None, as_citizen()),
        lambda: consents.authorise_handover(uid(5), PROVIDER, frozenset({SISTER}), at_partner()),
    ):
        with refuses(NotFound, consents, "no such consent"):
            command()


def test_time_ends_what_has_run_out_and_nothing_else(consents: Consents) -> None:
    """At its exclusive end a consent is over, one event for each partner; one moment before, it is not."""
    consents.give(SISTER, JOBCENTRE, as_citizen(), **TERMS)
    consents.collect_events()
    consents.expire(as_hub(LATER - timedelta(microseconds=1)))
    assert [] == list(consents.collect_events())
    consents.expire(as_hub(LATER))
    event = only(consents)

    assert ((CONSENT,), PROVIDER, "time") == (event.consents, event.partner, event.reason)
    assert [SISTER] == list(consents.grants)


def test_a_death_ends_every_consent(consents: Consents) -> None:
    """Death ends everything at once, and once."""
    consents.give(SISTER, JOBCENTRE, as_citizen(), **TERMS)
    consents.collect_events()
    for expected in ([PROVIDER, JOBCENTRE], []):
        consents.expire(at_partner(), reason="death")
        assert expected == [event.partner for event in consents.collect_events()]


def test_a_refusal_opens_nothing(consents: Consents) -> None:
    """Saying no is recorded with what was asked for, and no consent comes of it."""
    consents.refuse(JOBCENTRE, at_partner(), **TERMS)

    assert "wishes plan" == only(consents).categories
    assert [CONSENT] == list(consents.grants)


def test_a_block_is_set_and_lifted_once(consents: Consents) -> None:
    """The same block, or another with its id, is refused; a lifted one never comes back under its id."""
    consents.set_block(BLOCK, PROVIDER, as_citizen(), categories=frozenset({"health"}))
    with refuses(WrongStatus, consents, "already"):
        consents.set_block(uid(42), PROVIDER, as_citizen(), categories=frozenset({"health"}))
    with refuses(WrongStatus, consents, "id of its own"):
        consents.set_block(BLOCK, PROVIDER, as_citizen())
    consents.lift_block(BLOCK, as_citizen())
    assert (BLOCK, PROVIDER) == ((event := only(consents)).block, event.partner)
    with refuses(NotFound, consents, "no such block"):
        consents.lift_block(BLOCK, as_citizen())
    with refuses(WrongStatus, consents, "id of its own"):
        consents.set_block(BLOCK, JOBCENTRE, as_citizen())


def test_a_block_of_nothing_is_refused(consents: Consents) -> None:
    """The block "not them" has no categories; "not this" has at least one."""
    with refuses(BadInput, consents, "categories"):
        consents.set_block(BLOCK, PROVIDER, as_citizen(), categories=frozenset())
    consents.set_block(BLOCK, PROVIDER, as_citizen())

    assert only(consents).categories is None


def test_a_block_can_be_on_a_person(consents: Consents) -> None:
    """Not that person: a block of its own, beside one on the whole organisation."""
    for block, person in ((BLOCK, None), (uid(42), uid(21)), (uid(43), uid(22))):
        consents.set_block(block, PROVIDER, as_citizen(), person=person)
    assert Block(PROVIDER, None, uid(22)) == consents.blocks[uid(43)]
    with refuses(WrongStatus, consents, "already"):
        consents.set_block(uid(44), PROVIDER, as_citizen(), person=uid(21))


def test_a_handover_rests_only_on_what_is_in_force(consents: Consents) -> None:
    """What ran out or was withdrawn carries no handover; what is in force is named in order."""
    consents.give(SISTER, PROVIDER, as_citizen(), **TERMS)
    consents.collect_events()
    consents.authorise_handover(uid(5), PROVIDER, frozenset({SISTER, CONSENT}), at_partner())
    assert (CONSENT, SISTER) == only(consents).grants
    with refuses(WrongStatus, consents, "has ended"):
        consents.authorise_handover(uid(5), PROVIDER, frozenset({CONSENT}), at_partner(at=LATER))
    consents.withdraw(SISTER, as_citizen())
    with refuses(WrongStatus, consents, "has ended"):
        consents.authorise_handover(uid(5), PROVIDER, frozenset({SISTER}), at_partner())


def test_an_agreed_text_is_for_one_partner(consents: Consents) -> None:
    """The text goes to the partner named, rests on no consent and opens nothing else."""
    consents.authorise_text(JOBCENTRE, words(), as_citizen())
    event = only(consents)

    assert ("text", JOBCENTRE, words(), None, ()) == (
        event.kind,
        event.partner,
        event.text,
        event.handover,
        event.grants,
    )


def by_system(partner: UUID, person: UUID | None = None) -> Act:
    """A partner's own system does it, or, where somebody is named, a person."""
    return Act(Actor(Role.PARTNER, partner, None, person), AT, AT, Source.INBOX, uid(99))


def test_a_purge_is_confirmed_once_by_the_partners_own_system(consents: Consents) -> None:
    """It says whose notice it was and of how many records; the same notice again is refused."""
    consents.confirm_purge(uid(71), PROVIDER, 3, by_system(PROVIDER))
    event = only(consents)

    assert (PROVIDER, uid(71), 3) == (event.partner, event.notice, event.records)
    with refuses(WrongStatus, consents, "already"):
        consents.confirm_purge(uid(71), PROVIDER, 3, by_system(PROVIDER))
    consents.confirm_purge(uid(72), PROVIDER, 1, by_system(PROVIDER))
    assert {uid(71), uid(72)} == consents.purged


def test_a_purge_is_confirmed_by_somebody_there_on_the_screen(consents: Consents) -> None:
    """A clerk confirms it by name, where the organisation's system does not."""
    consents.confirm_purge(uid(71), PROVIDER, 3, at_partner(PROVIDER))

    assert uid(21) == only(consents).act.by.person


@pytest.mark.parametrize(
    "act", [as_citizen(), as_hub(), at_partner(JOBCENTRE), by_system(JOBCENTRE), by_system(PROVIDER, uid(21))]
)
def test_nobody_else_confirms_a_purge(consents: Consents, act: Act) -> None:
    """Neither the citizen, the hub, anybody at another partner, nor a person in the name of a system."""
    with refuses(NotPermitted, consents, "own system"):
        consents.confirm_purge(uid(71), PROVIDER, 3, act)


def test_a_confirmed_purge_opens_and_ends_nothing(consents: Consents) -> None:
    """Consents and blocks stand as they stood."""
    before = (dict(consents.grants), set(consents.ended), dict(consents.blocks))
    consents.confirm_purge(uid(71), PROVIDER, 3, by_system(PROVIDER))

    assert before == (consents.grants, consents.ended, consents.blocks)


def test_terms_are_written_in_one_way() -> None:
    """The same terms are written alike, whatever order they came in."""
    assert "contact wishes measures" == written_categories(frozenset({"measures", "contact", "wishes"}))
    assert "coordination employment" == written_purposes(frozenset({"employment", "coordination"}))
    assert set(Category) == set(written_categories(frozenset(map(str, Category))).split())


# ------------------------------------------------------------------------------------------ spoken, and confirmed

HEARD: dict[str, Any] = {"form": "spoken", "witness": (AUTHORITY, uid(61))}
LAPSE = wall_clock_later(AT, days=30)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def spoken(consents: Consents) -> Consents:
    """A book with a spoken consent as well, that nobody has confirmed."""
    consents.give(SISTER, JOBCENTRE, at_partner(JOBCENTRE), **TERMS, **HEARD)
    return consents


def test_what_was_spoken_names_its_witness(spoken: Consents) -> None:
    """Staff register it, the receiver's included, with the witness and the form."""
    event = only(spoken)

    assert ("spoken", AUTHORITY, uid(61)) == (event.form, event.witness_partner, event.witness_person)
    assert (LAPSE, False) == (spoken.grants[SISTER].lapses, spoken.grants[SISTER].pending)


def test_a_witness_is_outside_and_somebody_else(consents: Consents) -> None:
    """Nobody of the receiving organisation, not who registers it, and not nobody."""
    act = at_partner(JOBCENTRE, person=uid(21))
    for kind, witness in (
        (NotPermitted, (JOBCENTRE, uid(61))),
        (NotPermitted, (AUTHORITY, uid(21))),
        (BadInput, None),
    ):
        with refuses(kind, consents, "witness"):
            consents.give(SISTER, JOBCENTRE, act, **TERMS, form="spoken", witness=witness)


def test_only_staff_take_down_what_was_spoken(consents: Consents) -> None:
    """The citizen gives it themselves, without a witness; there is no other form."""
    for act in (as_citizen(), as_hub(), as_representative()):
        with refuses(NotPermitted, consents):
            consents.give(SISTER, JOBCENTRE, act, **TERMS, **HEARD, scope=frozenset({"wishes", "plan"}))
    with refuses(BadInput, consents, "witness"):
        consents.give(SISTER, JOBCENTRE, as_citizen(), **TERMS, witness=(AUTHORITY, uid(61)))
    with refuses(BadInput, consents, "form"):
        consents.give(SISTER, JOBCENTRE, as_citizen(), **TERMS, form="nodded")


def test_a_spoken_consent_is_confirmed_once_and_in_time(spoken: Consents) -> None:
    """The last moment is the one before the same time of day thirty days later."""
    with refuses(WrongStatus, spoken, "not confirmed within 30 days"):
        spoken.confirm(SISTER, as_citizen(LAPSE))
    spoken.confirm(SISTER, as_citizen(LAPSE - MOMENT), words=words("contact"))
    assert (SISTER, JOBCENTRE) == ((event := only(spoken)).consent, event.partner)
    assert spoken.grants[SISTER].ends is None
    for consent in (SISTER, CONSENT):
        with refuses(WrongStatus, spoken, "waits for no confirmation"):
            spoken.confirm(consent, as_citizen())


def test_staff_confirm_nothing(spoken: Consents) -> None:
    """A confirmation is the citizen's, or a representative's whose scope holds it all."""
    for act in (at_partner(), at_partner(JOBCENTRE), as_hub()):
        with refuses(NotPermitted, spoken, "citizen"):
            spoken.confirm(SISTER, act)
    with refuses(NotPermitted, spoken, "does not hold plan"):
        spoken.confirm(SISTER, as_representative(), scope=frozenset({"wishes"}))
    spoken.confirm(SISTER, as_representative(), scope=frozenset({"wishes", "plan"}))


def test_what_nobody_confirmed_lapses_by_itself(spoken: Consents) -> None:
    """It ends as `lapsed`, and once; with an end before that it ends as any other."""
    spoken.give(uid(33), JOBCENTRE, at_partner(), **TERMS, **HEARD, until=LAPSE - MOMENT)
    spoken.narrow(CONSENT, as_citizen(), until=LAPSE - MOMENT)
    spoken.collect_events()
    for expected in (
        [(PROVIDER, (CONSENT,), "time"), (JOBCENTRE, (SISTER,), "lapsed"), (JOBCENTRE, (uid(33),), "time")],
        [],
    ):
        spoken.expire(as_hub(LAPSE))
        assert expected == [(e.partner, e.consents, e.reason) for e in spoken.collect_events()]


def test_after_a_withdrawal_what_staff_register_waits(spoken: Consents) -> None:
    """It is pending until it is confirmed, and no handover rests on it; what runs out is no withdrawal."""
    spoken.expire(as_hub(LATER))
    spoken.give(uid(33), PROVIDER, at_partner(), **TERMS, **HEARD)
    assert not spoken.grants[uid(33)].pending
    spoken.withdraw(uid(33), as_citizen())
    spoken.give(uid(34), PROVIDER, at_partner(), **TERMS, **HEARD)
    spoken.give(uid(35), PROVIDER, as_citizen(), **TERMS)
    assert (True, False) == (spoken.grants[uid(34)].pending, spoken.grants[uid(35)].pending)
    with refuses(WrongStatus, spoken, "not confirmed yet"):
        spoken.authorise_handover(uid(5), PROVIDER, frozenset({uid(34)}), at_partner())
    spoken.confirm(uid(34), as_citizen())
    spoken.authorise_handover(uid(5), PROVIDER, frozenset({uid(34)}), at_partner())


def test_what_waits_is_not_renewed(spoken: Consents) -> None:
    """Renewing confirms nothing; narrowing is always possible."""
    with refuses(WrongStatus, spoken, "not confirmed yet"):
        spoken.renew(SISTER, None, as_citizen())
    spoken.narrow(SISTER, as_citizen(), categories=frozenset({"plan"}))
    assert LAPSE == spoken.grants[SISTER].lapses


# ------------------------------------------------------------------------------------- representatives, and § 43


@pytest.mark.parametrize("scope", [None, frozenset(), frozenset({"wishes"}), frozenset({"plan", "health"})])
def test_a_representative_stays_within_the_scope(consents: Consents, scope: frozenset[str] | None) -> None:
    """One category outside it, or no registration: nothing is given, narrowed or renewed."""
    for command in (
        lambda: consents.give(SISTER, PROVIDER, as_representative(), **TERMS, scope=scope),
        lambda: consents.narrow(CONSENT, as_representative(), categories=frozenset({"wishes"}), scope=scope),
        lambda: consents.renew(CONSENT, None, as_representative(), scope=scope),
    ):
        with refuses(NotPermitted, consents, "representative"):
            command()


def test_within_the_scope_a_representative_does_as_the_citizen(consents: Consents) -> None:
    """Gives, narrows and renews; blocks and texts stay the citizen's; anyone withdraws."""
    scope = frozenset({"wishes", "plan", "everyday"})
    consents.give(SISTER, PROVIDER, as_representative(), **TERMS, scope=scope)
    assert consents.grants[SISTER].lapses is None
    consents.renew(CONSENT, None, as_representative(), scope=scope)
    consents.narrow(CONSENT, as_representative(), categories=frozenset({"plan"}), scope=scope)
    consents.set_block(BLOCK, PROVIDER, as_citizen())
    for command in (
        lambda: consents.set_block(uid(42), JOBCENTRE, as_representative()),
        lambda: consents.lift_block(BLOCK, as_representative()),
        lambda: consents.authorise_text(PROVIDER, words(), as_representative()),
    ):
        with refuses(NotPermitted, consents, "citizen alone"):
            command()
    consents.withdraw(CONSENT, as_representative())


def test_staff_cannot_renew(consents: Consents) -> None:
    """That is said whether the consent is in force or not."""
    for consent in (CONSENT, uid(33)):
        with refuses(NotPermitted, consents, "Staff cannot renew"):
            consents.renew(consent, None, at_partner())


def test_section_43_lasts_a_year_at_most(consents: Consents) -> None:
    """Without an end it is a year, at a renewal too; one moment more is refused."""
    year, two = wall_clock_later(AT, years=1), wall_clock_later(AT, years=2)
    with refuses(BadInput, consents, "§ 43"):
        consents.give(SISTER, PROVIDER, as_citizen(), **TERMS, section_43=True, until=year + MOMENT)
    consents.give(SISTER, PROVIDER, as_citizen(), **TERMS, section_43=True)
    assert (year, True) == ((event := only(consents)).until, event.section_43)
    last = as_citizen(year - MOMENT)
    with refuses(BadInput, consents, "§ 43"):
        consents.renew(SISTER, two, last)
    consents.renew(SISTER, None, last)
    assert two - MOMENT == only(consents).until


# -------------------------------------------------------------------------------------- agreed texts, agreements


def test_an_agreed_text_is_taken_back_by_its_event(consents: Consents) -> None:
    """The withdrawal names the text's event, and once; it is no withdrawal of a consent."""
    consents.authorise_text(JOBCENTRE, words(), as_citizen())
    text = event_id(consents.id, consents.version)
    consents.collect_events()
    consents.withdraw(text, at_partner(), channel="phone", words=words("contact"))
    assert ((text,), JOBCENTRE, "phone") == ((event := only(consents)).consents, event.partner, event.channel)
    assert set() == consents.left
    with refuses(WrongStatus, consents, "has ended"):
        consents.withdraw(text, as_citizen())


def test_withdrawing_every_consent_leaves_the_texts(consents: Consents) -> None:
    """Each agreed text is taken back by itself."""
    consents.authorise_text(PROVIDER, words(), as_citizen())
    consents.withdraw_all(PROVIDER, as_citizen())

    assert [PROVIDER] == list(consents.texts.values())


def test_an_approval_names_the_agreement(consents: Consents) -> None:
    """It is for one party and one agreement, and holds no text of its own."""
    consents.authorise_agreement(uid(51), JOBCENTRE, as_citizen())
    event = only(consents)

    assert ("agreement", JOBCENTRE, uid(51), None) == (event.kind, event.partner, event.item, event.text)
    assert {} == consents.texts


# ----------------------------------------------------------------------------------------------- older versions


def test_what_was_written_before_is_read_as_it_was_meant() -> None:
    """A book whose events stand in the versions of before: no witness, no § 43, no person, no agreement."""
    schemas, book = Schemas(), Consents.begin(CITIZEN, as_citizen())
    book.give(CONSENT, PROVIDER, as_citizen(), **TERMS, until=LATER, words=words("contact"))
    book.set_block(BLOCK, JOBCENTRE, as_citizen(), categories=frozenset({"health"}))
    book.authorise_text(PROVIDER, words(), as_citizen())
    older, again = {now: then for then, (now, _) in OLDER.items()}, None
    written = set()
    for event in book.collect_events():
        topic = older.get(event.TOPIC, event.TOPIC)
        written.add(topic)
        schema, body = schemas.decode(schemas.encode(topic, body_of(event)[0]))
        assert topic == schema.topic
        read = event_of(topic, body, event.originator_id, event.originator_version)
        assert type(event) is type(read)
        again = read.mutate(again)

    assert {topic for topic in OLDER if topic.startswith("consents.")} <= written
    assert book == again
