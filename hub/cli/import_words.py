"""The reasons of an import in Danish. What is not here is shown as the importer says it."""

from typing import Final

from hub.interop import (
    fhir,
    fhir_about,
    fhir_check,
    fhir_dates,
    fhir_facts,
    fhir_group,
    fhir_index,
    fhir_map,
    fhir_read,
    fhir_record,
    importing,
)
from hub.refusals import said
from hub.texts import say

_SOURCE: Final = "få det rettet ved kilden"

REASONS: Final[dict[str, str]] = {
    fhir.NO_ID: "intet id, eller et som FHIR ikke tillader: få kilden til at give det et id",
    fhir.NO_SUBJECT: "handler ikke om nogen borger",
    fhir.SEVERAL_CITIZENS: "handler om flere borgere: ikke gemt, for det kunne ikke slettes sammen med én af dem",
    fhir.BAD_SUBJECT: f"en henvisning til borgeren, som ikke kan følges: {_SOURCE}",
    fhir.UNKNOWN_SUBJECT: "borgeren er ikke med: hent Patient ind først eller samtidig",
    fhir_check.UNKNOWN_TYPE: "ingen type i FHIR R4B: undersøg, hvilket system det kommer fra",
    fhir_check.CONTROL: "styretegn i en tekst: få dem fjernet ved kilden",
    fhir_check.TEXT_TOO_LONG: "en tekst længere end 64 KiB: få den kortet af eller vedhæftet ved kilden",
    fhir_check.TOO_DEEP: "for mange lag i hinanden: undersøg, hvilket system det kommer fra",
    fhir_read.NOT_JSON: "det er ikke JSON (eller det slutter for tidligt): bed afsenderen om filen igen",
    fhir_read.TRUNCATED: "den pakkede fil slutter for tidligt eller er skadet: bed afsenderen om den igen",
    fhir_read.NOT_READABLE: "filen kan ikke åbnes: ret stien eller rettighederne",
    fhir_read.NOT_A_FHIR_FILE: "kun .json og .ndjson læses, begge også som .gz: giv en sådan fil eller en mappe",
    fhir_read.TOO_LONG: "for stort (16 MiB en linje, 256 MiB en fil): bed afsenderen om mindre filer",
    fhir_read.NO_RESOURCE_TYPE: "JSON, men ikke FHIR (ingen resourceType): undersøg, om det er en FHIR-fil",
    fhir_read.NO_ENTRY_LIST: "Bundle uden en læselig liste: bed afsenderen om hele Bundle",
    fhir_read.NO_RESOURCE: "en plads i Bundle er tom: bed afsenderen om hele Bundle",
    fhir_read.NOT_THE_LAST_PAGE: "Bundle er én side af flere: hent også de næste",
    fhir_read.WRONG_BUNDLE: "en Bundle af den slags har intet at hente ind: send collection eller searchset",
    fhir_read.TOO_DEEP: "Bundle inden i Bundle, mere end fire: pak dem ud først",
    fhir_group.REFUSED_SUBJECT: "dens Patient blev afvist: få Patient rettet først",
    fhir_index.SAME_CPR: "en anden Patient har samme CPR-nummer: få dem lagt sammen ved kilden",
    fhir_group.MERGED: "erstattet af en anden Patient",
    fhir_group.DEAD_ELSEWHERE: "siger, at borgeren er død, som ingen anden post gør: noter dødsfaldet selv "
    "(hub citizen died)",
    fhir_group.ONLY_TAKEN_BACK: "kun nævnt i beskeder, der er trukket tilbage: ingen oprettes på dem",
    fhir_group.NAMED_AGAIN: "samme borger, nævnt igen i en anden besked",
    fhir_group.OLDER: "en ældre udgave af noget, der også er med",
    fhir_map.BAD_CPR: f"et CPR-nummer, der ikke er et: {_SOURCE}",
    fhir_map.TWO_CPR: f"to CPR-numre i én Patient: {_SOURCE}",
    fhir_map.BAD_BIRTH: f"født i fremtiden eller før 1900: {_SOURCE}",
    fhir_map.BAD_DEATH: f"død i fremtiden, før 1900 eller før fødslen: {_SOURCE}",
    fhir_map.INACTIVE: "Patient er markeret som ikke i brug: få den gjort aktiv eller lagt sammen ved kilden",
    fhir_dates.NO_TIME: f"et tidspunkt, der ikke findes: {_SOURCE}",
    fhir_dates.BEFORE_1900: f"dateret før 1900: {_SOURCE}",
    fhir_dates.FUTURE: f"dateret i fremtiden: {_SOURCE}, eller hent det ind, når det er sket",
    fhir_dates.AFTER_DEATH: f"dateret efter borgerens død: {_SOURCE}",
    fhir_dates.BEFORE_BIRTH: f"dateret før borgerens fødsel: {_SOURCE}",
    fhir_dates.ENDS_FIRST: f"slutter, før det begynder: {_SOURCE}",
    fhir_map.IN_ERROR: "skrevet ved en fejl, siger kilden: er det hentet ind før, så få det rettet eller markeret "
    "som fejlplaceret",
    fhir_map.TAKEN_BACK: "trukket tilbage af afsenderen: er det hentet ind før, så få det rettet eller markeret som "
    "fejlplaceret",
    fhir_map.A_CONSENT: "et samtykke gives, det hentes ikke ind som historik: hub import fhir-consent",
    fhir_map.SOMEBODY_ELSE: "om en, der er tæt på borgeren: gemt forseglet, vises ikke for nogen",
    fhir_map.ASKED_BY_OTHERS: "en henvendelse fra andre, uden at borgeren siges at være indforstået: gemt forseglet",
    fhir_map.NOTHING_ASKED: "en henvendelse, der ikke beder om noget",
    fhir_map.NO_MESSAGE_TIME: "en besked uden tidspunkt",
    fhir_map.NO_EVENT: "hubben har ingen hændelse for den type",
    fhir_map.NO_MOMENT: "afsluttet, men uden tidspunkt",
    fhir_map.NO_TEXT: "et mål uden ordlyd",
    fhir_map.NO_PERSON: "intet medlem, der kan være kontaktperson",
    fhir_map.OPEN_END: "ikke aktiv, men uden slutdato",
    fhir_record.UNKNOWN_ORGANISATION: "nævner en organisation, hubben ikke kender: registrér den, og hent ind igen",
    fhir_record.NO_PURPOSE: "nævner en organisation uden et formål, en opgave kan have: registrér et først",
    fhir_record.NO_RELATION: "organisationens relation til borgeren er slut: få den begyndt igen først",
    importing.CHANGED: "ændret ved kilden, siden det blev hentet ind: ikke overtaget, skriv ændringen ind selv",
    importing.DIED: "kilden siger nu, at borgeren er død: noter dødsfaldet selv (hub citizen died)",
    importing.SAME_ID: "en anden borgers post har samme type og id: få kilden til at give dem hver sit",
    importing.CPR_TAKEN: "en borger med det CPR-nummer er oprettet før: få dem lagt sammen ved kilden",
}  # fmt: skip

_PATTERNS: Final = (
    ("not valid FHIR R4 at ", "ikke gyldig FHIR R4 ved "),
    (": have it put right at the source", f": {_SOURCE}"),
)


def reason_text(reason: str) -> str:
    """A reason in the reader's language."""
    danish = REASONS.get(reason, reason)
    if danish is reason:
        for english, translated in _PATTERNS:
            danish = danish.replace(english, translated)
    return said(reason) if danish == reason else say(danish, reason)


def type_text(name: str) -> str:
    """A resource type; FHIR's own names are the same in every language."""
    special = {fhir_facts.UNREADABLE: "(ulæselig)", fhir_about.UNKNOWN: "(ukendt type)"}
    return say(special.get(name, name), name)
