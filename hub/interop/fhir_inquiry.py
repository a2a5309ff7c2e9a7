"""An inquiry (*henvendelse*) as KL writes it: a ServiceRequest that says who asked, and whether the citizen agrees.

The citizen asked for help where it was the citizen who did, or somebody else with the citizen's agreement. An inquiry
that others made without saying so is theirs: a referral, a word from one department to another.
"""

from typing import Final

from hub.interop.fhir_codes import CodeTable, Described
from hub.interop.fhir_read import Body
from hub.interop.fhir_values import codings, part, parts, word

REQUESTER: Final = "http://fhir.kl.dk/core/StructureDefinition/RequesterType"
AGREEMENT: Final = "http://fhir.kl.dk/core/StructureDefinition/SubjectConsentToLiaising"

_CITIZEN: Final = "A1"
_RELATIVE: Final = "A2"
_AGREES: Final = "e67035da-9179-466b-99ad-ea86835d38c9"
_REQUESTERS: Final = {
    "A2": "pårørende",
    "A3": "en sagsbehandler i en anden forvaltning",
    "A4": "hjemmeplejen",
    "A5": "hjemmesygeplejen",
    "A6": "træningen",
    "A7": "sundhedsfremme og forebyggelse",
    "A8": "en anden kommune",
    "A9": "egen læge eller vagtlæge",
    "A10": "en speciallæge",
}
_THIRD: Final = frozenset({"network", "third_party"})


def is_inquiry(body: Body) -> bool:
    """Whether a ServiceRequest says who asked."""
    return _code(body, REQUESTER) is not None


def is_the_citizens(body: Body) -> bool:
    """Whether the citizen asked, or agrees with it that somebody else did."""
    agreed = _code(body, AGREEMENT)
    return agreed == _AGREES or (agreed is None and _code(body, REQUESTER) == _CITIZEN)


def asked(body: Body, table: CodeTable) -> Described:
    """Return who asked for what, and why, with what that reveals; no text where nothing is asked for."""
    requester = _code(body, REQUESTER) or ""
    wanted = table.describe([part(body, "code"), *parts(body, "orderDetail")])
    reasons = [text for one in parts(body, "reasonCode") if (text := table.describe([one]).text)]
    if wanted.text is None and not reasons:
        return Described(None, frozenset())
    if requester == _CITIZEN:
        who = "Borgeren henvendte sig"
    else:
        who = f"Henvendelse fra {_REQUESTERS.get(requester, 'andre')}, og borgeren er indforstået"
    text = "\n".join([f"{who}: {wanted.text}" if wanted.text else f"{who}.", *reasons])
    why = frozenset[str]().union(*(table.describe([one]).labels for one in parts(body, "reasonCode")))
    revealed = wanted.labels | why | table.of_text(text)
    return Described(text, revealed | _THIRD if requester == _RELATIVE else revealed)


def _code(body: Body, url: str) -> str | None:
    said = [part(one, "valueCodeableConcept") for one in parts(body, "extension") if word(one, "url") == url]
    return next((code for _, code, _ in codings(said)), None)
