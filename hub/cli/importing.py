"""Taking history in from other systems."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any

import orjson

from hub.cli.base import group, note, out, out_json, verb
from hub.cli.fhir_consent import fhir_consent
from hub.cli.history import history
from hub.cli.import_words import reason_text, type_text
from hub.cli.options import Json, argument, option
from hub.cli.session import OPERATOR, session
from hub.cli.show import wrapped
from hub.errors import BadInput
from hub.interop.fhir_facts import Fact, Line, Report
from hub.interop.importing import Importer
from hub.texts import say

app = group(
    "Hent historik ind fra andre systemer.",
    "Take history in from other systems.",
    'hub import fhir udtraek/ --source-organisation "Regionspsykiatrien Nord"',
)


@verb(
    app,
    "fhir",
    "Læs FHIR R4 (.json og .ndjson, også .gz). Kan afbrydes og gentages: intet noteres to gange.",
    "Read FHIR R4 (.json and .ndjson, .gz too). Can be interrupted and repeated: nothing is recorded twice.",
    'hub import fhir udtraek/ --source-organisation "Regionspsykiatrien Nord" --refused afvist.jsonl',
)
def fhir(
    paths: Annotated[list[Path], argument("PATH", "Filer og mapper.", "Files and folders.")],
    source_organisation: Annotated[
        str,
        option(
            "--source-organisation",
            "Hvem der har skrevet det: en registreret organisation.",
            "Who recorded it: a registered organisation.",
            "PARTNER",
        ),
    ],
    as_: Annotated[
        str,
        option(
            "--as",
            "Hvem der henter ind: driften, eller en medarbejder i organisationen.",
            "Who imports: the operator, or one of the organisation's people.",
            "WHO",
        ),
    ] = "operator",
    refused: Annotated[
        Path | None,
        option(
            "--refused",
            "Skriv sted og grund for hver afvist post hertil (intet indhold).",
            "Write place and reason of every refused record here (no content).",
            "FILE.jsonl",
        ),
    ] = None,
    references: Annotated[
        Path | None,
        option(
            "--references",
            "Skriv borgernes referencer hertil, ved siden af kildens id'er (kun ejeren kan læse filen).",
            "Write the citizens' references here, beside the source's ids (only the owner can read the file).",
            "FILE.jsonl",
        ),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Import FHIR files."""
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise BadInput(
            say(
                f"PATH: {len(missing)} af stierne findes ikke. Ret dem; intet er hentet ind.",
                f"PATH: {len(missing)} of the paths do not exist. Set them right; nothing is imported.",
            )
        )
    with (
        session() as s,
        _lines(refused, "--refused") as listed,
        _lines(references, "--references") as citizens,
    ):
        no: Counter[str] = Counter()

        def tell(fact: Fact, reason: str) -> None:
            no[reason] += 1
            if listed is not None:
                listed.write(
                    orjson.dumps({"place": fact.place, "type": fact.source_type, "reason": reason}) + b"\n"
                )

        importer = Importer(
            s.hub,
            s.partner(source_organisation, "--source-organisation"),
            None if as_ in OPERATOR else s.person(as_),
            by_name=s.wired.settings.demo,
            refused=tell,
        )
        try:
            with _bar() as progress:
                report = importer.run(paths, progress=progress)
        except KeyboardInterrupt:
            note(
                say(
                    "Afbrudt. Hver borger er hentet helt ind eller slet ikke: kør kommandoen igen for at blive færdig.",
                    "Interrupted. Every citizen is imported whole or not at all: run the command again to finish.",
                )
            )
            raise
        for name, citizen in importer.citizens.items() if citizens is not None else ():
            line = {"patient": name, "citizen": str(citizen), "dead": name in importer.dead}
            citizens.write(orjson.dumps(line) + b"\n")  # type: ignore[union-attr]
    if json:
        out_json(as_json(report, importer))
    else:
        show(report, importer, no)


verb(
    app,
    "fhir-consent",
    "Giv de samtykker og spærringer, som borgeren har i en FHIR-fil (Consent, R4). De gælder fra i dag.",
    "Give the consents and blocks that the citizen has in a FHIR file (Consent, R4). They hold from today.",
    "hub import fhir-consent samtykker.json CITIZEN --as citizen --dry-run",
)(fhir_consent)


verb(
    app,
    "history",
    "Hent en borgers hele historie ind, som hub export citizen har skrevet den: de samme hændelser, i samme orden.",
    "Take in a citizen's whole history as hub export citizen wrote it: the same events, in the same order.",
    "hub import history min-historie.json",
)(history)


@contextmanager
def _lines(path: Path | None, what: str) -> Iterator[IO[bytes] | None]:
    """A file to write lines to, for its owner only."""
    if path is None:
        yield None
        return
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.fchmod(handle, 0o600)
    except OSError:
        raise BadInput(
            say(
                f"{what}: filen kan ikke skrives. Ret stien.",
                f"{what}: the file cannot be written. Set the path right.",
            )
        ) from None
    with os.fdopen(handle, "wb") as file:
        yield file


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar beside the answer; a line now and then where nobody looks at a terminal."""
    if not sys.stderr.isatty():
        yield _Steps().told
        return
    from rich.console import Console  # noqa: PLC0415 - only when somebody is looking
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(say("læser", "reading"), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class _Steps:
    """Says every quarter how far it is."""

    def __init__(self) -> None:
        self._next = 25

    def told(self, done: int, total: int) -> None:
        """Take a report of progress."""
        share = 100 * done // total if total else 100
        if share >= self._next:
            note(say(f"læst {share} %", f"read {share} %"))
            self._next = share - share % 25 + 25


def show(report: Report, importer: Importer, no: Counter[str]) -> None:
    """The report: what became of every record, and why."""
    heads = say(
        "type læst|hentet ind|var der|ikke brugt|afvist", "type read|imported|was there|not mapped|refused"
    )
    first, _, rest = heads.partition(" ")
    out(f"{first:<22}" + "".join(f"{head:>11}" for head in rest.split("|")))
    for name, line in sorted(report.lines.items()):
        out(_row(type_text(name), line))
    out(_row(say("i alt", "all"), report.total))
    kept_as = say(
        "Ikke brugt (hvad der er om en borger, er gemt forseglet):",
        "Not mapped (what is about a citizen is kept, sealed):",
    )
    for heading, reasons in ((say("Afvist:", "Refused:"), no), (kept_as, report.total.reasons - no)):
        if reasons:
            out()
            out(heading)
        for reason, count in reasons.most_common():
            wrapped(f"{count:>8} {reason_text(reason)}")
    if report.missing_references:
        out()
        out(say("Henvisninger til noget, der ikke er med:", "References to something that is not there:"))
        for name, count in report.missing_references.most_common():
            out(f"{count:>8} {name}")
    out()
    wrapped(
        say(
            f"{importer.events} hændelser er noteret; kilden har {len(importer.citizens)} borgere her. "
            "Det giver ingen andre adgang.",
            f"{importer.events} events are recorded; the source has {len(importer.citizens)} citizens here. "
            "That gives nobody else access.",
        )
    )


def _row(name: str, line: Line) -> str:
    figures = (line.read, line.imported, line.already_there, line.not_mapped, line.refused)
    return f"{name:<22.22}" + "".join(f"{figure:>11}" for figure in figures)


def as_json(report: Report, importer: Importer) -> dict[str, Any]:
    """The report for a script."""
    return {
        "types": {name: _figures(line) for name, line in sorted(report.lines.items())},
        "all": _figures(report.total),
        "missing_references": dict(report.missing_references),
        "events": importer.events,
        "citizens": len(importer.citizens),
    }


def _figures(line: Line) -> dict[str, Any]:
    return {
        "read": line.read,
        "imported": line.imported,
        "already_there": line.already_there,
        "not_mapped": line.not_mapped,
        "refused": line.refused,
        "reasons": dict(line.reasons),
    }
