"""Consents and blocks → FHIR Consent (R4): one resource each, in a Bundle.

The base policy is "nothing unless it is said" (OPTOUT), and the root says nothing by itself: the permission, or the
denial, is the one rule inside it. Read back, each gives exactly the same consent or block.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from hub.application.standing import CITIZEN_SOURCE, Grant, State
from hub.clock import copenhagen_day, from_microseconds, start_of_day, to_microseconds
from hub.interop.fhir_consent_codes import (
    ACCESS,
    CATEGORY_SYSTEM,
    DISCLOSURE,
    FROM_NOW_ON,
    INCLUDES_UNDATED,
    OPT_OUT,
    PRIVACY,
    PURPOSE_SYSTEM,
    RECIPIENT,
    URI,
    urn,
)
from hub.interop.fhir_consent_terms import BlockTerms, GrantTerms
from hub.interop.fhir_read import Body
from hub.vocabulary import Category, Purpose, label_names, purpose_names

_EVERYTHING: Final = -1


def bundle_of(state: State, citizen: UUID, now: int, names: Mapping[UUID, str] | None = None) -> Body:
    """Every consent in force and every block, oldest first. What rests on the law is no consent, and is not here."""
    writer = _Writer(citizen, names or {})
    grants = sorted(consents_in_force(state, now), key=lambda grant: grant.position)
    consents = [writer.consent(grant) for grant in grants]
    consents += [writer.block(block, terms_of_block(state, block)) for block in state.blocks]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": _instant(now),
        "entry": [{"fullUrl": urn(one["id"]), "resource": one} for one in consents],
    }


def consents_in_force(state: State, now: int) -> list[Grant]:
    """The consents (no bases in law, no emergency access) in force now."""
    partners = {grant.partner for grant in state.grants.values()}
    return [
        grant
        for partner in sorted(partners)
        for grant in state.grants_in_force(partner, now)
        if not grant.law
    ]


def terms_of_grant(grant: Grant) -> GrantTerms:
    """The terms of a consent as they stand."""
    return GrantTerms(
        grant.partner,
        frozenset(label_names(grant.labels)),
        frozenset(purpose_names(grant.purposes)),
        grant.sources,
        grant.window,
        grant.ends,
    )


def terms_of_block(state: State, block: UUID) -> BlockTerms:
    """The terms of a block as it stands."""
    partner, labels, person = state.blocks[block]
    return BlockTerms(partner, None if labels == _EVERYTHING else frozenset(label_names(labels)), person)


class _Writer:
    def __init__(self, citizen: UUID, names: Mapping[UUID, str]) -> None:
        self._citizen = citizen
        self._names = names

    def consent(self, grant: Grant) -> Body:
        """A consent as a permission."""
        terms = terms_of_grant(grant)
        rule: Body = {
            "type": "permit",
            "period": {"start": _instant(grant.recorded_at), **_end(terms.until)},
            "actor": [self._recipient(terms.partner)],
            "action": [_concept(ACCESS)],
            "securityLabel": _categories(terms.categories),
            "purpose": [
                {"system": PURPOSE_SYSTEM, "code": str(purpose)}
                for purpose in Purpose
                if purpose in terms.purposes
            ],
        }
        if terms.sources is not None:
            rule["data"] = [
                {"meaning": "authoredby", "reference": self._source(source)}
                for source in sorted(terms.sources)
            ]
        rule |= _data(terms)
        whole = self._whole(grant.id, rule)
        whole["dateTime"] = _instant(grant.recorded_at)
        if grant.lapses is not None:  # spoken, and not confirmed yet: nobody may take it for more
            whole["verification"] = [{"verified": False}]
        return whole

    def block(self, block: UUID, terms: BlockTerms) -> Body:
        """A block as a denial."""
        rule: Body = {"type": "deny", "actor": [self._recipient(terms.partner)], "action": [_concept(ACCESS)]}
        if terms.categories is not None:
            rule["securityLabel"] = _categories(terms.categories)
        whole = self._whole(block, rule)
        if terms.person is not None:
            rule["actor"] = [{"role": _concept(RECIPIENT), "reference": {"reference": "#person"}}]
            whole["contained"] = [
                {
                    "resourceType": "PractitionerRole",
                    "id": "person",
                    "practitioner": {"type": "Practitioner", "identifier": _identifier(terms.person)},
                    "organization": self._organisation(terms.partner),
                }
            ]
        return whole

    def _whole(self, identity: UUID, rule: Body) -> Body:
        return {
            "resourceType": "Consent",
            "id": str(identity),
            "identifier": [_identifier(identity)],
            "status": "active",
            "scope": _concept(PRIVACY),
            "category": [_concept(DISCLOSURE)],
            "patient": {"type": "Patient", "identifier": _identifier(self._citizen)},
            "policyRule": _concept(OPT_OUT),
            "provision": {"provision": [rule]},
        }

    def _recipient(self, partner: UUID) -> Body:
        return {"role": _concept(RECIPIENT), "reference": self._organisation(partner)}

    def _organisation(self, partner: UUID) -> Body:
        named = {"display": self._names[partner]} if partner in self._names else {}
        return {"type": "Organization", "identifier": _identifier(partner), **named}

    def _source(self, source: UUID) -> Body:
        if source == CITIZEN_SOURCE:
            return {"type": "Patient", "identifier": _identifier(self._citizen)}
        return self._organisation(source)


def _data(terms: GrantTerms) -> Body:
    """Which data by its date."""
    if terms.window is None:
        return {"modifierExtension": [{"url": FROM_NOW_ON, "valueBoolean": True}]}
    begins, ends, undated = terms.window
    found: Body = {"dataPeriod": {"start": _start(begins), **_end(ends)}}
    if undated:
        found["modifierExtension"] = [{"url": INCLUDES_UNDATED, "valueBoolean": True}]
    return found


def _categories(names: Iterable[str]) -> list[Body]:
    wanted = set(names)
    return [{"system": CATEGORY_SYSTEM, "code": str(name)} for name in Category if name in wanted]


def _identifier(identity: UUID) -> dict[str, Any]:
    return {"system": URI, "value": urn(identity)}


def _concept(code: tuple[str, str]) -> dict[str, Any]:
    return {"coding": [{"system": code[0], "code": code[1]}]}


def _instant(moment: int) -> str:
    """A moment to the microsecond, in UTC."""
    return from_microseconds(moment).isoformat(timespec="microseconds")


def _start(moment: int) -> str:
    """The beginning of a period: a day where it is one."""
    day = copenhagen_day(from_microseconds(moment))
    return day.isoformat() if to_microseconds(start_of_day(day)) == moment else _instant(moment)


def _end(moment: int | None) -> Body:
    """The end of a period, which FHIR includes: the last day, or the last microsecond, before the moment."""
    if moment is None:
        return {}
    day = copenhagen_day(from_microseconds(moment))
    if to_microseconds(start_of_day(day)) == moment:
        return {"end": (day - timedelta(days=1)).isoformat()}
    return {"end": _instant(moment - 1)}
