"""Reasons as sentences, in Danish and English: for the citizen, an auditor and the preview, and for nobody else.

Everybody else gets the one uniform denial. A sentence names labels, purposes, organisations and fields, never content.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from hub.application.disclosure import Reason
from hub.clock import copenhagen_day
from hub.legal import legal_bases
from hub.texts import CATEGORIES, PURPOSES, Pair, day_pair
from hub.vocabulary import label_names
from hub.wording import FIELDS

__all__ = [
    "REASONS",
    "WAYS",
    "About",
    "Terms",
    "listed",
    "named",
    "reason_pair",
    "until_pair",
    "way_pair",
]


class About(NamedTuple):
    """Whom a sentence is about, and whom it is told."""

    partner: str
    """The organisation's name."""
    sector: str
    you: bool = True
    """Told to the citizen; otherwise of the citizen."""
    person: str | None = None
    """The name of the person whose eyes it is about, if it is one's."""


class Terms(NamedTuple):
    """What a consent or a basis in law says, in words that can be shown."""

    labels: int
    purposes: Sequence[str]
    sources: Sequence[str] | None
    """The names of those whose records it covers; None for everybody's."""
    until: datetime | None
    basis: str | None = None
    """The row of the table of legal bases; None for a consent."""


KINDS: Final[dict[str, Pair]] = {
    "authority": ("en myndighed", "an authority"),
    "social_psychiatry": ("socialpsykiatrien", "social psychiatry"),
    "regional_psychiatry": ("regionspsykiatrien", "regional psychiatry"),
    "addiction_treatment": ("en rusmiddelbehandling", "addiction treatment"),
    "gp": ("en praktiserende læge", "a general practitioner"),
    "home_nursing": ("hjemmesygeplejen", "home nursing"),
    "home_care": ("hjemmeplejen", "home care"),
    "jobcentre": ("et jobcenter", "a jobcentre"),
    "civil_society": ("en forening", "an association"),
    "employer": ("en arbejdsplads", "a workplace"),
    "education": ("et uddannelsessted", "a place of education"),
}
"""A sector, as one speaks of one of its organisations."""

REASONS: Final[dict[str, Pair]] = {
    "unknown_partner": (
        "Hubben kender ikke den organisation, så der går intet til den.",
        "The hub does not know that organisation, so nothing goes to it.",
    ),
    "suspended": (
        "{partner} er sat på pause og ser intet, så længe det varer.",
        "{partner} is suspended and sees nothing while that lasts.",
    ),
    "no_relation": (
        "{partner} har ikke noget med {whom} at gøre lige nu, så de ser intet.",
        "{partner} has nothing to do with {whom} at present, so they see nothing.",
    ),
    "blocked": ("{Who} har spærret for {eyes}.", "{Who} {have} blocked {eyes}."),
    "screens_only": (
        "{Who} har spærret for en medarbejder hos {partner}. Derfor ser de kun noget på hubbens egne skærme.",
        "{Who} {have} blocked one of the staff at {partner}. So they see things on the hub's own screens only.",
    ),
    "no_purpose": (
        "Der er ikke sagt, hvad det skal bruges til, og uden et formål vises intet.",
        "Nobody has said what it is for, and without a purpose nothing is shown.",
    ),
    "forbidden_purpose": (
        "Det formål åbner aldrig noget: hubben bruges ikke til sanktioner, kontrol, ansættelse eller straffesager.",
        "That purpose never opens anything: the hub is not for sanctions, control, recruitment or prosecution.",
    ),
    "no_person": (
        "Det læses kun af en bestemt medarbejder, og der er ikke sagt hvem.",
        "It is read by a person only, and nobody has said whom.",
    ),
    "no_task": (
        "{Reader} har ikke selv en opgave hos {whom}{for}.",
        "{Reader} has no task of their own with {whom}{for}.",
    ),
    "purpose_not_registered": (
        "{partner} er ikke registreret til at få noget{for}.",
        "{partner} is not registered to be given anything{for}.",
    ),
    "not_on_surface": (
        "Den slags vises ikke for {partner}: om samtykker og spærringer ser de kun det, der angår dem selv.",
        "{partner} is not shown such things: of consents and blocks they see only what concerns themselves.",
    ),
    "unlabelled": (
        "Det siges ikke, hvad det handler om, og så vises det kun for {whom}.",
        "It does not say what it is about, so it is shown to {whom} alone.",
    ),
    "protected_address": (
        "{Whose} adresse er beskyttet, så den går ikke videre her.",
        "{Whose} address is protected, so it goes no further here.",
    ),
    "over_ceiling": (
        "{partner} må ikke få noget om {labels}: det ligger uden for det, {kind} kan modtage.",
        "{partner} may not be told about {labels}: that is beyond what {kind} can receive.",
    ),
    "no_consent": (
        "{Who} har ikke sagt ja til, at {partner} får det at vide.",
        "{Who} {have} not agreed that {partner} is told.",
    ),
    "not_this_category": (
        "{Who} har ikke sagt ja til, at {partner} får noget om {labels}.",
        "{Who} {have} not agreed that {partner} is told about {labels}.",
    ),
    "not_this_purpose": (
        "{Who} har sagt ja til, at {partner} får noget om {labels}, men ikke{for}.",
        "{Who} {have} agreed that {partner} is told about {labels}, but not{for}.",
    ),
    "not_this_source": (
        "{Who} har sagt ja til noget om {labels}, men ikke fra dem, der har skrevet dette.",
        "{Who} {have} agreed to something about {labels}, but not from those who wrote this.",
    ),
    "not_this_time": (
        "{Who} har sagt ja til noget om {labels}, men ikke fra den tid, det her er fra.",
        "{Who} {have} agreed to something about {labels}, but not from the time that this is from.",
    ),
    "misfiled": (
        "Det blev skrevet det forkerte sted, så teksten er væk for alle.",
        "It was written in the wrong place, so the text is gone for everybody.",
    ),
    "no_field": (
        "Der står ikke noget i det, som andre kan få.",
        "There is nothing in it that others can be given.",
    ),
}
"""Every reason that the decision gives."""

_BLOCKED_LABELS: Final[Pair] = (
    "{Who} har spærret for, at {eyes} får noget om {labels}.",
    "{Who} {have} blocked {eyes} from what is about {labels}.",
)

_OTHERWISE: Final[Pair] = ("{partner} får det ikke at vide.", "{partner} is not told.")

WAYS: Final[dict[str, Pair]] = {
    "own": ("{partner} har selv skrevet det.", "{partner} wrote it themselves."),
    "invitation": (
        "Det er en invitation til {partner}, som {who} har godkendt.",
        "It is an invitation to {partner} that {who} {have} approved.",
    ),
    "agreement": ("{partner} er selv med i aftalen.", "{partner} is party to the agreement."),
    "text": (
        "{Who} har aftalt præcis den tekst med {partner}.",
        "{Who} {have} agreed on exactly that text with {partner}.",
    ),
    "handover": (
        "Det er stilet til {partner}: et forslag om at give noget videre til dem.",
        "It is addressed to {partner}: a proposal to pass something on to them.",
    ),
    "named": (
        "Det er {whose} samtykke til {partner}, så det kender de.",
        "It is {whose} consent to {partner}, so they know of it.",
    ),
    "addressed": ("Det er stilet til {partner}.", "It is addressed to {partner}."),
    "law": (
        "{partner} får det efter loven{basis}, {until}{only}.",
        "{partner} is given it by law{basis}, {until}{only}.",
    ),
    "emergency": (
        "Det var akut: {reader} åbnede med værdispring, {until}.",
        "It was an emergency: {reader} opened it by emergency access, {until}.",
    ),
    "consent": (
        "{Who} har sagt ja til, at {partner} får noget om {labels}{for}, {until}{only}.",
        "{Who} {have} agreed that {partner} is told about {labels}{for}, {until}{only}.",
    ),
}
"""Every way in which something comes to be seen."""


def reason_pair(reason: Reason, about: About, purpose: str | None = None) -> Pair:
    """Why something is not seen, as a sentence in Danish and in English."""
    template = (
        _BLOCKED_LABELS
        if reason.code == "blocked" and reason.labels > 0
        else REASONS.get(reason.code, _OTHERWISE)
    )
    terms = Terms(max(reason.labels, 0), () if purpose is None else (purpose,), None, None)
    da, en = _filled(template, about, terms)
    if reason.field is None:
        return da, en
    field = FIELDS.get(reason.field, (reason.field, reason.field))
    return f"“{field[0]}”: {da}", f"“{field[1]}”: {en}"


def way_pair(how: str, about: About, terms: Terms | None = None) -> Pair:
    """Why something is seen, as a sentence in Danish and in English."""
    return _filled(WAYS.get(how, WAYS["addressed"]), about, terms or Terms(0, (), None, None))


def listed(names: Sequence[Pair], last: Pair = (" samt ", " as well as ")) -> Pair:
    """Several words in a sentence; the words of a category can hold an `and` of their own, names cannot."""
    if len(names) < 2:  # noqa: PLR2004 - one or none
        return names[0] if names else ("ingenting", "nothing")
    da, en = (f"{', '.join(name[n] for name in names[:-1])}{last[n]}{names[-1][n]}" for n in (0, 1))
    return da, en


def named(names: Sequence[str]) -> Pair:
    """Several names in a sentence."""
    return listed([(name, name) for name in names], (" og ", " and "))


def until_pair(until: datetime | None) -> Pair:
    """How long something holds; the end itself is exclusive."""
    if until is None:
        return "indtil det trækkes tilbage", "until it is withdrawn"
    da, en = day_pair(copenhagen_day(until - timedelta(microseconds=1)))
    return f"til og med {da}", f"until and including {en}"


def _filled(template: Pair, about: About, terms: Terms) -> Pair:
    labels = listed([CATEGORIES[name] for name in label_names(terms.labels)])
    purposes = listed([PURPOSES.get(name, (name, name)) for name in terms.purposes])
    kind, until = KINDS.get(about.sector, KINDS["civil_society"]), until_pair(terms.until)
    only = ("", "")
    if terms.sources is not None:
        names = named(terms.sources)
        only = f"; kun det, der er skrevet af {names[0]}", f"; only what was recorded by {names[1]}"
    words = _DANISH if about.you else _DANISH_OF, _ENGLISH if about.you else _ENGLISH_OF
    reader = about.person or "medarbejderen", about.person or "the person"
    found = [
        template[n].format(
            **words[n],
            partner=about.partner,
            eyes=about.person or about.partner,
            reader=reader[n],
            Reader=reader[n][:1].upper() + reader[n][1:],
            labels=labels[n],
            kind=kind[n],
            until=until[n],
            only=only[n],
            basis=f" ({_law(terms.basis)[n]})" if terms.basis else "",
            **{"for": f" {('til', 'for')[n]} {purposes[n]}" if terms.purposes else ""},
        )
        for n in (0, 1)
    ]
    return found[0], found[1]


def _law(row: str) -> Pair:
    """What a row of the table of legal bases is called."""
    found = legal_bases().get(row)
    return (row, row) if found is None else found.name


_DANISH: Final = {"who": "du", "Who": "Du", "whom": "dig", "whose": "dit", "Whose": "Din"}
_DANISH_OF: Final = {
    "who": "borgeren", "Who": "Borgeren", "whom": "borgeren", "whose": "borgerens", "Whose": "Borgerens",
}  # fmt: skip
_ENGLISH: Final = {
    "who": "you",
    "Who": "You",
    "whom": "you",
    "whose": "your",
    "Whose": "Your",
    "have": "have",
}
_ENGLISH_OF: Final = {
    "who": "the citizen", "Who": "The citizen", "whom": "the citizen", "whose": "the citizen's",
    "Whose": "The citizen's", "have": "has",
}  # fmt: skip
