"""Taking one's own out of the hub: the whole history, as the hub's own JSON or as a FHIR document."""

import os
from pathlib import Path
from typing import Annotated, Final

import orjson

from hub.application.exporting import Exports
from hub.cli.base import out, verb
from hub.cli.fhir_consent import app
from hub.cli.options import AsReader, Citizen, option
from hub.cli.session import session
from hub.clock import to_microseconds
from hub.errors import BadInput
from hub.interop.fhir_audit import audit_bundle
from hub.interop.fhir_document import document_bundle
from hub.interop.history import bytes_of, document_of
from hub.texts import say

__all__ = ["app"]

FORMATS: Final = ("json", "fhir")


@verb(
    app,
    "citizen",
    "Hele din historie i én fil, til dig selv: alt, der står, og hvem der har set det.",
    "Your whole history in one file, for you: all that is written, and who has looked.",
    "hub export citizen CITIZEN --as citizen --out min-historie.json",
)
def citizen(
    citizen: Citizen,
    as_: AsReader,
    form: Annotated[
        str,
        option(
            "--format",
            "json (hubbens egen, kan hentes ind igen) eller fhir (FHIR R4-dokument). Ellers json.",
            "json (the hub's own, can be imported again) or fhir (a FHIR R4 document). Otherwise json.",
            "FORMAT",
        ),
    ] = "json",
    file: Annotated[
        Path | None,
        option(
            "--out",
            "Skriv hertil (kun ejeren kan læse filen), ellers på skærmen.",
            "Write here (only the owner can read the file), otherwise to the screen.",
            "FILE.json",
        ),
    ] = None,
) -> None:
    """Write the whole history of a citizen, for the citizen."""
    if form not in FORMATS:
        raise BadInput(
            say(
                "--format er json eller fhir. Vælg en af dem; intet er skrevet.",
                "--format is json or fhir. Choose one of them; nothing is written.",
            )
        )
    with session() as s:
        history = Exports(s.hub).history(s.reader(as_), s.citizen(citizen))  # logged before it is answered
        document = document_of(history)
        if form == "json":
            written = bytes_of(document)
        else:
            bundle = document_bundle(history, document, to_microseconds(s.hub.clock()))
            written = orjson.dumps(bundle, option=orjson.OPT_INDENT_2) + b"\n"
    if file is None:
        out(written.decode().rstrip("\n"))
        return
    _write(file, written)
    own = sum(event["about"] == "citizen" for event in document["events"])
    out(say(f"{own} hændelser er skrevet.", f"{own} events are written."))
    if history.address_held_back:
        out(
            say(
                "Din adresse er beskyttet. Den er ikke i filen, og det er heller ikke det, der er mærket som adresse.",
                "Your address is protected. It is not in the file, and neither is what is labelled as an address.",
            )
        )


@verb(
    app,
    "access",
    "Hvem der har set, som FHIR AuditEvent (R4): til borgeren selv, og til en revisor med en grund.",
    "Who has looked, as FHIR AuditEvents (R4): for the citizen, and for an auditor who gives a ground.",
    "hub export access CITIZEN --as citizen --out hvem-har-set.json\n"
    'hub export access CITIZEN --as auditor --ground "klage 7" --out adgang.json',
)
def access(
    citizen: Citizen,
    as_: AsReader,
    ground: Annotated[
        str | None,
        option("--ground", "Hvorfor revisor spørger (skal med).", "Why the auditor asks (needed).", "TEXT"),
    ] = None,
    file: Annotated[
        Path | None,
        option(
            "--out",
            "Skriv hertil (kun ejeren kan læse filen), ellers på skærmen.",
            "Write here (only the owner can read the file), otherwise to the screen.",
            "FILE.json",
        ),
    ] = None,
) -> None:
    """Write the access log of a citizen."""
    with session() as s:
        reader, who = s.reader(as_), s.citizen(citizen)
        auditor = reader.role == "auditor"
        if auditor and not (ground or "").strip():
            raise BadInput(
                say("--ground mangler: sig, hvorfor du spørger.", "--ground is missing: say why you ask.")
            )
        looks = s.wired.access.audited(reader, who, grounds=auditor)
        partners = {one for look in looks for one in (look.partner,) if one is not None}
        named = {
            look.person
            for look in looks
            if look.person is not None
            and (auditor or look.partner is None or s.wired.settings.show_employee_names)
        }
        bundle = audit_bundle(who, looks, s.names(partners), s.names(named), s.hub.clock())
    written = orjson.dumps(bundle, option=orjson.OPT_INDENT_2) + b"\n"
    if file is None:
        out(written.decode().rstrip("\n"))
        return
    _write(file, written)
    out(say(f"{len(looks)} opslag er skrevet.", f"{len(looks)} looks are written."))


def _write(path: Path, content: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(content)
    except OSError:
        raise BadInput(
            say(
                "--out: filen kan ikke skrives. Ret stien.",
                "--out: the file cannot be written. Set the path right.",
            )
        ) from None
