"""What a FHIR Consent and the hub call the same thing: categories, purposes, actions, roles, identifiers.

A code of another system stands here only where it means exactly what the hub's own word means, in a permission and in
a denial alike, or with the side on which it does. What is not here is refused: nothing is guessed.
"""

from typing import Final

from hub.vocabulary import Category, Purpose

BASE: Final = "https://koordineringshub.dk/fhir"
CATEGORY_SYSTEM: Final = f"{BASE}/CodeSystem/category"
"""The categories of DOMAIN. A record of several categories is several pieces, and is shown when every piece may be."""
PURPOSE_SYSTEM: Final = f"{BASE}/CodeSystem/purpose"
FROM_NOW_ON: Final = f"{BASE}/StructureDefinition/from-now-on"
"""Modifier of a provision: only what happens, and is recorded, after whoever reads this has recorded the consent."""
INCLUDES_UNDATED: Final = f"{BASE}/StructureDefinition/includes-undated"
"""Modifier of a provision with a dataPeriod: also what has no date."""

_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem"
ACT_CODE: Final = f"{_TERMINOLOGY}/v3-ActCode"
ACT_REASON: Final = f"{_TERMINOLOGY}/v3-ActReason"
PARTICIPATION: Final = f"{_TERMINOLOGY}/v3-ParticipationType"
CONSENT_ACTION: Final = f"{_TERMINOLOGY}/consentaction"
CONSENT_SCOPE: Final = f"{_TERMINOLOGY}/consentscope"
LOINC: Final = "http://loinc.org"

URI: Final = "urn:ietf:rfc:3986"
SOR: Final = "urn:oid:1.2.208.176.1.1"
CVR: Final = "http://cvr.dk"
CVR_AS_OID: Final = "urn:oid:2.16.840.1.113883.2.24.1.1"

OPT_OUT: Final = (ACT_CODE, "OPTOUT")
"""The base policy under which nothing is shared unless it is said: the hub's own."""
OPT_IN: Final = (ACT_CODE, "OPTIN")
PRIVACY: Final = (CONSENT_SCOPE, "patient-privacy")
DISCLOSURE: Final = (ACT_CODE, "IDSCL")
ACCESS: Final = (CONSENT_ACTION, "access")
RECIPIENT: Final = (PARTICIPATION, "PRCP")

KINDS: Final = frozenset(
    {DISCLOSURE, (ACT_CODE, "INFA"), (ACT_CODE, "INFAO"), (LOINC, "59284-0"), (LOINC, "57016-8")}
)
"""Kinds of consent (`category`) that say no more than that it is about information: others can carry a rule."""
RECIPIENTS: Final = frozenset({RECIPIENT, (PARTICIPATION, "IRCP")})

CATEGORIES: Final[dict[tuple[str, str], str]] = {
    **{(CATEGORY_SYSTEM, str(name)): str(name) for name in Category},
    (ACT_CODE, "ETH"): str(Category.ADDICTION),
}
"""ETH is information on alcohol and drugs: `addiction`. PSY, SEX, SDV, DIA and the others cut elsewhere."""

PURPOSES: Final[dict[tuple[str, str], str]] = {
    **{(PURPOSE_SYSTEM, str(name)): str(name) for name in Purpose if name is not Purpose.EMERGENCY},
    (ACT_REASON, "TREAT"): str(Purpose.TREATMENT),
    (ACT_REASON, "COC"): str(Purpose.COORDINATION),
}
BROADER: Final = frozenset({(ACT_REASON, "TREAT")})
"""Purposes with others beneath them: permitting one permits itself alone, denying one would deny those too."""
EMERGENCIES: Final = frozenset(
    {
        (PURPOSE_SYSTEM, str(Purpose.EMERGENCY)),
        (ACT_REASON, "ETREAT"),
        (ACT_REASON, "BTG"),
        (ACT_REASON, "ERTREAT"),
    }
)


def urn(identity: object) -> str:
    """An id of the hub as a URI."""
    return f"urn:uuid:{identity}"
