"""Consents: given, narrowed, renewed, withdrawn, expired; and the list of them. `consent_answers` has the rest."""

from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from hub.aggregates.giving import SPOKEN
from hub.application import commands
from hub.application.standing import CITIZEN_SOURCE
from hub.cli.base import group, out_json, verb
from hub.cli.consent_file import give_from_file
from hub.cli.consent_list import show_counts, show_own
from hub.cli.options import (
    As,
    AsReader,
    Categories,
    Citizen,
    CommandId,
    Json,
    Labels,
    Occurred,
    Purpose,
    Purposes,
    Until,
    Words,
    argument,
    categories_of,
    done,
    meta,
    option,
    purposes_of,
    taken_down,
)
from hub.cli.reading import hint, sentence
from hub.cli.session import Session, denied, last_moment, needed_uuid, session, window, written
from hub.cli.show import as_json, show_entries
from hub.errors import BadInput
from hub.texts import say

app: Final = group(
    "Samtykker: hvem må vide hvad, til hvad, hvor længe.",
    "Consents: who may know what, for what, for how long.",
    "hub consent give CITIZEN jobcenter --category plan --purpose employment --as citizen",
)

Consent = Annotated[str, argument("CONSENT", "Samtykket, eller dets ref.", "The consent, or its ref.")]
OnlySources = Annotated[
    list[str] | None,
    option(
        "--source",
        "Kun det, denne organisation (eller citizen) skrev.",
        "Only what this organisation (or citizen) recorded.",
        "PARTNER",
    ),
]
Maybe = Annotated[
    str | None, argument("[CITIZEN]", "Borgeren (ikke med --file).", "The citizen (not with --file).")
]
MaybePartner = Annotated[
    str | None,
    argument("[PARTNER]", "Organisationen (ikke med --file).", "The organisation (not with --file)."),
]


@verb(
    app,
    "give",
    "Giv samtykke. Uden --from gælder det kun det, der sker fra nu af.",
    "Give a consent. Without --from it covers only what happens from now on.",
    "hub consent give CITIZEN jobcenter --category plan --category work \\\n"
    "    --purpose employment --until 2026-06-01 --as citizen\n"
    "hub consent give CITIZEN jobcenter --category plan --purpose employment \\\n"
    "    --spoken --witness lene --as mette\n"
    "hub consent give --file consents.jsonl\n"
    '  {"citizen": "…", "partner": "jobcenter", "categories": ["plan"],\n'
    '   "purposes": ["employment"], "until": "2026-06-01"}',
)
def give(
    citizen: Maybe = None,
    partner: MaybePartner = None,
    category: Categories = None,
    purpose: Purposes = None,
    until: Until = None,
    begins: Annotated[
        str | None,
        option("--from", "Også det, der skete fra denne dag.", "Also what happened from this day.", "DATE"),
    ] = None,
    ends: Annotated[
        str | None, option("--to", "… til og med denne dag.", "… until and including this day.", "DATE")
    ] = None,
    source: OnlySources = None,
    said: Words = None,
    label: Labels = None,
    as_: As = "citizen",
    witness: Annotated[
        str | None,
        option(
            "--witness",
            "Vidnet til det, der blev sagt: en i en anden organisation.",
            "The witness to what was spoken: somebody at another organisation.",
            "PERSON",
        ),
    ] = None,
    file: Annotated[
        Path | None,
        option("--file", "JSON-linjer, et samtykke på hver.", "JSON lines, a consent on each.", "FILE"),
    ] = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    undated: Annotated[
        bool, option("--include-undated", "Også det, der ingen dato har.", "Also what has no date.")
    ] = False,
    spoken: Annotated[
        bool,
        option(
            "--spoken",
            "Sagt mundtligt: en medarbejder noterer det, og borgeren bekræfter inden 30 dage.",
            "Spoken: staff take it down, and the citizen confirms it within 30 days.",
        ),
    ] = False,
    section_43: Annotated[
        bool,
        option(
            "--section-43",
            "Efter sundhedsloven § 43: højst et år.",
            "Under sundhedsloven § 43: one year at most.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Give one consent, or one for each line of a file."""
    if file is not None:
        if citizen is not None or category or purpose:
            raise BadInput(
                say(
                    "--file står alene: linjerne siger resten.",
                    "--file stands alone: its lines say the rest.",
                )
            )
        give_from_file(file, as_, json=json)
        return
    if citizen is None or partner is None:
        raise BadInput(
            say(
                "CITIZEN og PARTNER mangler: hvem må vide noget om hvem?",
                "CITIZEN and PARTNER are missing: who may know of whom?",
            )
        )
    terms, last = meta(command_id, occurred), last_moment(until)
    past, words = window(begins, ends, undated=undated), written(said, label)
    with session() as s:
        answer = commands.give_consent(
            s.hub,
            s.actor(as_),
            s.citizen(citizen),
            s.partner(partner),
            categories=categories_of(category) or frozenset(),
            purposes=purposes_of(purpose) or frozenset(),
            sources=sources_of(s, source),
            window=past,
            until=last,
            words=words,
            form=SPOKEN if spoken else "written",
            witness=None if witness is None else s.staff(witness)[0],
            section_43=section_43,
            **terms,
        )
        if spoken:
            done(
                answer,
                "samtykket er noteret; borgeren bekræfter det inden 30 dage (hub consent confirm)",
                "the consent is taken down; the citizen confirms it within 30 days (hub consent confirm)",
                as_json=json,
            )
            return
        done(answer, "samtykket er givet", "the consent is given", as_json=json)


def sources_of(s: Session, names: list[str] | None) -> tuple[UUID, ...] | None:
    """Whose records a consent covers; None for everybody's."""
    if not names:
        return None
    return tuple(CITIZEN_SOURCE if name == "citizen" else s.partner(name, "--source") for name in names)


@verb(
    app,
    "narrow",
    "Gør et samtykke snævrere; det kan aldrig blive bredere.",
    "Narrow a consent; it never becomes wider.",
    "hub consent narrow CITIZEN CONSENT --category meetings --as citizen",
)
def narrow(
    citizen: Citizen,
    consent: Consent,
    as_: As,
    category: Categories = None,
    purpose: Purposes = None,
    until: Until = None,
    source: OnlySources = None,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Narrow a consent."""
    needed_uuid(consent, "CONSENT")
    terms, last = meta(command_id), last_moment(until)
    with session() as s:
        who, actor = s.citizen(citizen), s.actor(as_)
        which = s.resolved(who, consent, "consent")
        answer = commands.narrow_consent(
            s.hub,
            actor,
            who,
            which,
            categories=categories_of(category),
            purposes=purposes_of(purpose),
            sources=sources_of(s, source),
            until=last,
            **terms,
        )
        done(answer, "samtykket er snævrere nu", "the consent is narrower now", as_json=json)


@verb(
    app,
    "renew",
    "Lad et samtykke gælde længere (uden --until: til det trækkes tilbage).",
    "Let a consent last longer (without --until: until it is withdrawn).",
    "hub consent renew CITIZEN CONSENT --until 2026-12-31 --as citizen",
)
def renew(
    citizen: Citizen,
    consent: Consent,
    as_: As,
    until: Until = None,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Renew a consent."""
    needed_uuid(consent, "CONSENT")
    terms, last = meta(command_id), last_moment(until)
    with session() as s:
        who, actor = s.citizen(citizen), s.actor(as_)
        answer = commands.renew_consent(s.hub, actor, who, s.resolved(who, consent, "consent"), last, **terms)
        done(answer, "samtykket gælder længere", "the consent lasts longer", as_json=json)


@verb(
    app,
    "withdraw",
    "Træk samtykke tilbage, straks. Alle medarbejdere kan tage imod det.",
    "Withdraw consent, at once. Anyone on the staff takes it down.",
    "hub consent withdraw CITIZEN --partner jobcenter --as citizen\n"
    "hub consent withdraw CITIZEN --text TEXT --as citizen",
)
def withdraw(
    citizen: Citizen,
    as_: As,
    consent: Annotated[str | None, option("--consent", "Dette samtykke.", "This consent.", "CONSENT")] = None,
    partner: Annotated[
        str | None,
        option(
            "--partner", "Alle samtykker til organisationen.", "Every consent to the organisation.", "PARTNER"
        ),
    ] = None,
    text: Annotated[
        str | None,
        option("--text", "Denne aftalte tekst.", "This agreed text.", "TEXT"),
    ] = None,
    channel: Annotated[
        str, option("--channel", "screen, phone eller paper.", "screen, phone or paper.", "HOW")
    ] = "screen",
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Withdraw."""
    if [consent, partner, text].count(None) != 2:  # noqa: PLR2004 - exactly one of the three
        raise BadInput(
            say(
                "Sig hvilket samtykke, hvilken organisation eller hvilken tekst: --consent, --partner eller --text.",
                "Say which consent, which organisation or which text: --consent, --partner or --text.",
            )
        )
    if channel not in ("screen", "phone", "paper"):
        raise BadInput(say("--channel er screen, phone eller paper.", "--channel is screen, phone or paper."))
    if consent is not None:
        needed_uuid(consent, "--consent")
    terms = meta(command_id)
    with session() as s:
        who, actor = s.citizen(citizen), s.actor(as_)
        which = None if consent is None else s.resolved(who, consent, "consent")
        which = which if text is None else s.event(who, text, "--text")
        where = None if partner is None else s.partner(partner, "--partner")
        answer = commands.withdraw_consent(s.hub, actor, who, which, partner=where, channel=channel, **terms)
        if text is None:
            taken_down(answer, "samtykket er trukket tilbage", "the consent is withdrawn", as_json=json)
        else:
            taken_down(answer, "teksten er trukket tilbage", "the text is withdrawn", as_json=json)


@verb(
    app,
    "expire",
    "Noter det, der er løbet ud (adgangen sluttede til tiden alligevel).",
    "Record what has run out (the access ended in time anyway).",
    "hub consent expire CITIZEN",
)
def expire(citizen: Citizen, command_id: CommandId = None, *, json: Json = False) -> None:
    """Record what has expired."""
    terms = meta(command_id)
    with session() as s:
        answer = commands.expire_consents(s.hub, s.citizen(citizen), **terms)
        done(answer, "det udløbne er noteret", "what has expired is recorded", as_json=json)


@verb(
    app,
    "list",
    "Vis samtykker og spærringer, som de gælder nu.",
    "Show consents and blocks as they stand now.",
    "hub consent list CITIZEN --as citizen",
)
def list_consents(citizen: Citizen, as_: AsReader, purpose: Purpose = None, *, json: Json = False) -> None:
    """List consents."""
    with session() as s:
        reader, who = s.reader(as_), s.citizen(citizen)
        if reader.role == "operator":
            s.wired.access.counted(purpose, "consents", who)
            show_counts(s.wired.consents.of_citizen(who), as_json=json)
        elif reader.role == "citizen":
            show_own(s, reader, who, as_json=json)
        else:
            positions = [one.position for one in s.wired.consents.of_citizen(who)]
            entries = s.wired.access.events_at(reader, who, purpose, positions, "consents")
            if not entries:
                raise denied()
            if json:
                out_json({"consents": as_json(s, entries, positions=False)})
                return
            show_entries(s, entries)
            sentence(reader)
        hint(s, reader, "consents")
