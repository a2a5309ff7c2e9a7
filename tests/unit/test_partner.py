"""Partners: the registered organisations."""

from datetime import date, timedelta
from typing import Any

import pytest

from hub.aggregates import Partner
from hub.aggregates.base import LINE_LIMIT
from hub.errors import BadInput, NotPermitted, WrongStatus
from hub.legal import legal_basis
from hub.vocabulary import Sector
from tests.acting import AT, JOBCENTRE, PROVIDER, as_citizen, as_hub, at_partner, only, refuses

TERMS: dict[str, Any] = {
    "name": " Rusbehandling Vest ",
    "sector": Sector.ADDICTION_TREATMENT,
    "purposes": frozenset({"treatment"}),
    "reveals": frozenset({"addiction"}),
}
OUTSIDERS = (as_citizen(), at_partner(PROVIDER), at_partner(JOBCENTRE))


@pytest.fixture
def partner() -> Partner:
    """A partner that was just registered."""
    registered = Partner.register(PROVIDER, as_hub(), **TERMS)
    registered.collect_events()
    return registered


def test_an_organisation_is_registered_with_what_its_name_reveals() -> None:
    """Name, sector, purposes and what the name reveals are recorded; nothing is adopted by that."""
    event = only(Partner.register(PROVIDER, at_partner(), **TERMS, cvr="12345678"))

    assert ("Rusbehandling Vest", "addiction_treatment", "treatment", "addiction", "12345678") == (
        event.name,
        event.sector,
        event.purposes,
        event.reveals,
        event.cvr,
    )


def test_only_the_operator_and_the_authority_rule_over_partners(partner: Partner) -> None:
    """Neither the citizen nor another organisation registers, adopts, suspends or lets in."""
    for act in OUTSIDERS:
        for command in (
            lambda act=act: Partner.register(PROVIDER, act, **TERMS),
            lambda act=act: partner.record_agreement("A-17", act),
            lambda act=act: partner.adopt_ceiling(frozenset({"plan"}), act),
            lambda act=act: partner.suspend("no agreement", act),
            lambda act=act: partner.resume(act),
            lambda act=act: partner.issue_credential(act),
            lambda act=act: partner.revoke_credential("SCRAM-SHA-512", "replaced", act),
        ):
            with refuses(NotPermitted, partner, "authority"):
                command()


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "\x1b[2J", "x" * (LINE_LIMIT + 1), "x" * 2**20])
def test_a_name_is_one_printable_line(name: str) -> None:
    """A name that is empty, steers a terminal or never ends is refused."""
    with refuses(BadInput, match="name of a partner"):
        Partner.register(PROVIDER, as_hub(), **{**TERMS, "name": name})


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"purposes": frozenset()}, BadInput),
        ({"purposes": frozenset({"emergency"})}, BadInput),
        ({"purposes": frozenset({"sanction"})}, NotPermitted),
        ({"reveals": frozenset({"nonsense"})}, BadInput),
    ],
)
def test_terms_that_are_none_are_refused(wrong: dict[str, Any], kind: Any) -> None:
    """A purpose or a category that there is not is refused, and a forbidden purpose by name."""
    with refuses(kind):
        Partner.register(PROVIDER, as_hub(), **{**TERMS, **wrong})


def test_a_ceiling_never_holds_attendance(partner: Partner) -> None:
    """`attendance` is refused; an empty ceiling is one; the categories are written in order."""
    with refuses(NotPermitted, partner, "sanction"):
        partner.adopt_ceiling(frozenset({"plan", "attendance"}), as_hub())
    with refuses(BadInput, partner, "categories"):
        partner.adopt_ceiling(frozenset({"plan", "nonsense"}), as_hub())
    partner.adopt_ceiling(frozenset({"plan", "contact"}), as_hub())
    partner.adopt_ceiling(frozenset(), as_hub())

    assert ["contact plan", ""] == [event.categories for event in partner.collect_events()]


def test_a_partner_is_suspended_and_let_in_again(partner: Partner) -> None:
    """Suspending twice, or letting in who is in, is refused."""
    with refuses(WrongStatus, partner, "not suspended"):
        partner.resume(as_hub())
    partner.suspend("no agreement", at_partner())
    with refuses(WrongStatus, partner, "already"):
        partner.suspend("no agreement", at_partner())
    partner.resume(as_hub())

    assert not partner.suspended


def test_reasons_and_references_are_lines(partner: Partner) -> None:
    """An empty or endless reason or reference is refused."""
    for bad in ("", "x" * 2**20, "a\x07"):
        with refuses(BadInput, partner, "one line"):
            partner.suspend(bad, as_hub())
        with refuses(BadInput, partner, "one line"):
            partner.record_agreement(bad, as_hub())
    partner.record_agreement("A-17", as_hub(), valid_until=date(2027, 1, 1))

    assert ("A-17", date(2027, 1, 1)) == ((event := only(partner)).reference, event.valid_until)


OTHER, FIRST = "SCRAM-SHA-256", "SCRAM-SHA-512"
LATER = AT + timedelta(days=7)


def secrets_of(partner: Partner) -> list[tuple[str, ...]]:
    """What was recorded of a partner's secrets since we last looked."""
    return [
        (type(event).__name__, event.mechanism, getattr(event, "reason", ""))
        for event in partner.collect_events()
        if hasattr(event, "mechanism")
    ]


def test_secrets_alternate_so_that_two_are_valid_for_a_while(partner: Partner) -> None:
    """The next one is for the other mechanism; the earlier one is over when its time is, to the microsecond."""
    assert FIRST == partner.issue_credential(as_hub())
    assert OTHER == partner.issue_credential(as_hub(), earlier_until=LATER)

    assert {FIRST, OTHER} == partner.credentials(LATER - timedelta(microseconds=1))
    assert {OTHER} == partner.credentials(LATER)
    assert [("CredentialIssued", FIRST, ""), ("CredentialIssued", OTHER, "")] == secrets_of(partner)


def test_there_is_room_for_two_secrets(partner: Partner) -> None:
    """A third ends the first; one without overlap ends all before it; each ending is recorded."""
    partner.issue_credential(as_hub())
    partner.issue_credential(as_hub(), earlier_until=LATER)
    secrets_of(partner)
    assert FIRST == partner.issue_credential(as_hub(), earlier_until=LATER)
    assert [("CredentialRevoked", FIRST, "replaced"), ("CredentialIssued", FIRST, "")] == secrets_of(partner)

    assert OTHER == partner.issue_credential(as_hub())
    assert [
        ("CredentialRevoked", OTHER, "replaced"),
        ("CredentialIssued", OTHER, ""),
        ("CredentialRevoked", FIRST, "replaced"),
    ] == secrets_of(partner)
    assert {OTHER} == partner.credentials(AT)


def test_the_first_secret_has_none_before_it(partner: Partner) -> None:
    """An overlap with nothing is none: no time is recorded for it."""
    partner.issue_credential(as_hub(), earlier_until=LATER)

    assert only(partner).earlier_until is None
    assert (None, {FIRST}) == (partner.earlier, partner.credentials(AT))


def test_suspension_ends_every_secret(partner: Partner) -> None:
    """Both are over with the suspension, none is given meanwhile, and letting in again gives none back."""
    partner.issue_credential(as_hub())
    partner.issue_credential(as_hub(), earlier_until=LATER)
    secrets_of(partner)
    partner.suspend("no agreement", at_partner())
    assert [("CredentialRevoked", each, "suspended") for each in (FIRST, OTHER)] == secrets_of(partner)
    with refuses(WrongStatus, partner, "suspended"):
        partner.issue_credential(as_hub())
    partner.resume(as_hub())

    assert frozenset() == partner.credentials(AT)
    assert FIRST == partner.issue_credential(as_hub())


def test_what_is_over_is_over_once(partner: Partner) -> None:
    """Taking a secret that there is not records nothing."""
    partner.issue_credential(as_hub())
    partner.collect_events()
    for mechanism in (None, OTHER, "PLAIN"):
        partner.revoke_credential(mechanism, "expired", as_hub())
    assert [] == list(partner.collect_events())
    partner.revoke_credential(FIRST, "expired", as_hub())
    partner.revoke_credential(FIRST, "expired", as_hub())

    assert [("CredentialRevoked", FIRST, "expired")] == secrets_of(partner)


def test_a_legal_basis_is_confirmed_once(partner: Partner) -> None:
    """Its own lawyer has read the row: the operator, the authority or the organisation itself records it."""
    rows = ("psykiatriloven-13a", "psykiatriloven-13b", "serviceloven-141")
    for row, act in zip(rows, (as_hub(), at_partner(), at_partner(PROVIDER)), strict=True):
        partner.confirm_basis(legal_basis(row), act)
        assert row == only(partner).basis
    assert set(rows) == partner.bases
    with refuses(WrongStatus, partner, "already"):
        partner.confirm_basis(legal_basis(rows[0]), as_hub())


def test_nobody_else_confirms_a_legal_basis(partner: Partner) -> None:
    """Neither the citizen nor another organisation, and no row that is for another sector."""
    for act in (as_citizen(), at_partner(JOBCENTRE)):
        with refuses(NotPermitted, partner):
            partner.confirm_basis(legal_basis("serviceloven-141"), act)
    with refuses(NotPermitted, partner, "not for this kind"):
        partner.confirm_basis(legal_basis("retssikkerhedsloven-11c"), as_hub())
