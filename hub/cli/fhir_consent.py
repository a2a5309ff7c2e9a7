"""Consents to and from FHIR (R4): `hub export consents`, and what `hub import fhir-consent` does."""

import os
from pathlib import Path
from typing import Annotated, Any, Final

import orjson

from hub.application.standing import CITIZEN_SOURCE
from hub.cli.base import group, note, out, out_json, verb
from hub.cli.import_words import reason_text
from hub.cli.options import As, AsReader, Citizen, Json, argument, option
from hub.cli.session import Session, denied, session
from hub.cli.show import wrapped
from hub.clock import copenhagen_day, from_microseconds, to_microseconds
from hub.errors import BadInput, Refused
from hub.interop.fhir_consent import ConsentImporter, ConsentReport, Outcome
from hub.interop.fhir_consent_export import bundle_of, consents_in_force
from hub.interop.fhir_consent_refusals import REFUSALS
from hub.interop.fhir_consent_terms import BlockTerms, GrantTerms
from hub.texts import CATEGORIES, PURPOSES, day_text, say, until_text, words
from hub.vocabulary import Category, Purpose

app: Final = group(
    "Tag noget med ud af hubben.",
    "Take something out of the hub.",
    "hub export consents CITIZEN --as citizen --file samtykker.json",
)


@app.callback()
def _group() -> None:
    """Make `consents` a verb of the group, though it is the only one."""


@verb(
    app,
    "consents",
    "Borgerens samtykker og spærringer som FHIR Consent (R4), til borgeren selv.",
    "The citizen's consents and blocks as FHIR Consent (R4), for the citizen.",
    "hub export consents CITIZEN --as citizen --file samtykker.json",
)
def consents(
    citizen: Citizen,
    as_: AsReader,
    file: Annotated[
        Path | None,
        option(
            "--file",
            "Skriv hertil (kun ejeren kan læse filen), ellers på skærmen.",
            "Write here (only the owner can read the file), otherwise to the screen.",
            "FILE.json",
        ),
    ] = None,
) -> None:
    """Write the consents in force and the blocks."""
    with session() as s:
        reader, who = s.reader(as_), s.citizen(citizen)
        if reader.role != "citizen":
            raise denied()
        state, now = s.hub.state(who), to_microseconds(s.hub.clock())
        positions = [grant.position for grant in consents_in_force(state, now)]
        s.wired.access.events_at(reader, who, None, positions, "export")  # logged before it is answered
        names = {partner: name for partner, (name, _) in s.partners().items()}
        bundle = bundle_of(state, who, now, names)
    written = orjson.dumps(bundle, option=orjson.OPT_INDENT_2)
    if file is None:
        out(written.decode())
        return
    _write(file, written + b"\n")
    number = len(bundle["entry"])  # type: ignore[arg-type]
    out(say(f"{number} samtykker og spærringer er skrevet.", f"{number} consents and blocks are written."))


def _write(path: Path, content: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(content)
    except OSError:
        raise BadInput(
            say(
                "--file: filen kan ikke skrives. Ret stien.",
                "--file: the file cannot be written. Set the path right.",
            )
        ) from None


def fhir_consent(
    path: Annotated[Path, argument("FILE", "En FHIR-fil (.json, .ndjson).", "A FHIR file (.json, .ndjson).")],
    citizen: Citizen,
    as_: As,
    patient: Annotated[
        list[str] | None,
        option(
            "--patient",
            "Filens egen henvisning til borgeren, fx Patient/f001.",
            "The file's own reference to the citizen, for example Patient/f001.",
            "REFERENCE",
        ),
    ] = None,
    *,
    trial: Annotated[
        bool, option("--dry-run", "Sig kun, hvad der ville ske.", "Only say what would happen.")
    ] = False,
    json: Json = False,
) -> None:
    """Take consents in from a FHIR file: the citizen gives them, today."""
    if not path.is_file():
        raise BadInput(
            say(
                "FILE findes ikke, eller er ingen fil. Ret stien; intet er noteret.",
                "FILE does not exist, or is no file. Set the path right; nothing is recorded.",
            )
        )
    with session() as s:
        importer = ConsentImporter(
            s.hub, s.actor(as_), s.citizen(citizen), frozenset(patient or ()), trial=trial
        )
        report = importer.run([path])
        if json:
            out_json(_as_json(report))
        else:
            _show(s, report)
    refused = report.count("refused") + len(report.broken)
    if refused:
        raise Refused(
            say(
                f"{refused} blev afvist; af dem er intet noteret.",
                f"{refused} were refused; nothing of them is recorded.",
            )
        )


def _show(s: Session, report: ConsentReport) -> None:
    """What became of each Consent, and why."""
    names = {partner: name for partner, (name, _) in s.partners().items()}
    for outcome in report.outcomes:
        result = {
            "given": say("givet", "given"),
            "would": say("ville blive givet", "would be given"),
            "there": say("noteret før", "recorded before"),
            "refused": say("afvist", "refused"),
        }[outcome.result]
        wrapped(f"{outcome.place}: {result}")
        if outcome.result in ("given", "would"):
            for block in outcome.terms.blocks:
                wrapped(_block_text(block, names), "  ")
            for grant in outcome.terms.grants:
                wrapped(_grant_text(grant, names), "  ")
        for code, path, text in _reasons(outcome):
            wrapped(f"{text} [{code}: {path}]", "  ")
    for broken in report.broken:
        wrapped(f"{broken.place}: {say('afvist', 'refused')}. {reason_text(broken.reason)}")
    if report.others:
        note(
            say(
                f"{report.others} andre poster er ikke samtykker og er ikke brugt.",
                f"{report.others} other records are no consents, and were not used.",
            )
        )
    given, would, there = (report.count(result) for result in ("given", "would", "there"))
    read = len(report.outcomes) + len(report.broken)
    no = report.count("refused") + len(report.broken)
    out()
    out(
        say(
            f"læst {read}, givet {given + would}, noteret før {there}, afvist {no}",
            f"read {read}, given {given + would}, recorded before {there}, refused {no}",
        )
        + (say(" (prøve: intet er noteret)", " (dry run: nothing is recorded)") if would else "")
    )


def _reasons(outcome: Outcome) -> list[tuple[str, str, str]]:
    """Code, place in the resource, and the sentence for a person."""
    return [
        (code, path, outcome.told if outcome.told is not None else say(*REFUSALS[code]))
        for code, path in outcome.refusals
    ]


def _block_text(block: BlockTerms, names: dict[Any, str]) -> str:
    about = (
        words(CATEGORIES, [str(one) for one in Category if one in block.categories])
        if block.categories is not None
        else say("alt", "everything")
    )
    whom = names.get(block.partner, "")
    if block.person is not None:
        whom = say(f"en medarbejder i {whom}", f"one person at {whom}")
    return say(f"spærring: {whom} må ikke få {about}", f"block: {whom} may not have {about}")


def _grant_text(grant: GrantTerms, names: dict[Any, str]) -> str:
    about = words(CATEGORIES, [str(one) for one in Category if one in grant.categories])
    why = words(PURPOSES, [str(one) for one in Purpose if one in grant.purposes])
    until = until_text(None if grant.until is None else from_microseconds(grant.until))
    whom = names.get(grant.partner, "")
    return say(
        f"samtykke: {whom} må vide {about} til {why}: {_dates_text(grant)}{_sources_text(grant, names)}; {until}",
        f"consent: {whom} may know {about} for {why}: {_dates_text(grant)}{_sources_text(grant, names)}; {until}",
    )


def _dates_text(grant: GrantTerms) -> str:
    """Which past it opens."""
    if grant.window is None:
        return say("det, der sker fra nu af", "what happens from now on")
    begins, ends, undated = grant.window
    first = day_text(copenhagen_day(from_microseconds(begins)))
    told = say(f"det, der skete fra {first}", f"what happened from {first}")
    if ends is not None:
        told = f"{told} {until_text(from_microseconds(ends))}"
    return told + (say(", og det udaterede", ", and what has no date") if undated else "")


def _sources_text(grant: GrantTerms, names: dict[Any, str]) -> str:
    """Whose records it covers, where not everybody's."""
    if grant.sources is None:
        return ""
    citizen = say("borgeren selv", "the citizen")
    told = ", ".join(
        sorted(citizen if one == CITIZEN_SOURCE else names.get(one, "?") for one in grant.sources)
    )
    return say(f", kun fra {told}", f", only from {told}")


def _as_json(report: ConsentReport) -> dict[str, Any]:
    """The report for a script."""
    return {
        "read": len(report.outcomes) + len(report.broken),
        **{result: report.count(result) for result in ("given", "would", "there")},
        "refused": report.count("refused") + len(report.broken),
        "others": report.others,
        "consents": [
            {
                "place": outcome.place,
                "result": outcome.result,
                "grants": len(outcome.terms.grants),
                "blocks": len(outcome.terms.blocks),
                "ids": [str(one) for one in outcome.ids],
                "reasons": [
                    {"code": code, "path": path, "text": text} for code, path, text in _reasons(outcome)
                ],
            }
            for outcome in report.outcomes
        ],
        "unreadable": [{"place": one.place, "reason": one.reason} for one in report.broken],
    }
