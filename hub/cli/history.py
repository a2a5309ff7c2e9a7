"""Taking a citizen's whole history in from another hub: `hub import history`."""

from pathlib import Path
from typing import Annotated, Any

from hub.cli.base import out, out_json
from hub.cli.options import Json, argument
from hub.cli.session import session
from hub.cli.show import wrapped
from hub.errors import BadInput
from hub.interop.history_import import Outcome, take_in
from hub.interop.history_read import read_history
from hub.texts import say


def history(
    path: Annotated[
        Path,
        argument("FILE", "En fil fra hub export citizen.", "A file from hub export citizen."),
    ],
    *,
    json: Json = False,
) -> None:
    """Take a citizen's history in, as it was in the hub that it came from."""
    try:
        content = path.read_bytes()
    except OSError:
        raise BadInput(
            say(
                "FILE kan ikke læses. Ret stien; intet er hentet ind.",
                "FILE cannot be read. Set the path right; nothing is imported.",
            )
        ) from None
    with session() as s:
        moved = read_history(content, s.wired.store.sealer.schemas)
        outcome = take_in(s.hub, moved, by_name=s.wired.settings.demo)
    if json:
        out_json(_as_json(outcome))
        return
    out(
        say(
            f"hentet ind {outcome.imported}, var der {outcome.already_there}",
            f"imported {outcome.imported}, was there {outcome.already_there}",
        )
    )
    for line in _besides(outcome):
        wrapped(line)


def _besides(outcome: Outcome) -> list[str]:
    """What else became of the file."""
    found = []
    if outcome.persons:
        found.append(
            say(f"{outcome.persons} personer er registreret.", f"{outcome.persons} persons are registered.")
        )
    if outcome.originals:
        found.append(
            say(
                f"{outcome.originals} poster fra tidligere indlæsninger er gemt igen.",
                f"{outcome.originals} records of earlier imports are kept again.",
            )
        )
    if outcome.originals_not_kept:
        found.append(
            say(
                f"{outcome.originals_not_kept} poster fra tidligere indlæsninger er ikke med, eller kan ikke gemmes.",
                f"{outcome.originals_not_kept} records of earlier imports are not in the file, or cannot be kept.",
            )
        )
    if outcome.looks:
        found.append(
            say(
                f"{outcome.looks} opslag bliver i filen: adgangsloggen her er over det, der læses her.",
                f"{outcome.looks} looks stay in the file: the access log here is of what is read here.",
            )
        )
    if outcome.address_held_back:
        found.append(
            say(
                f"Adressen er beskyttet og ikke med i filen; {outcome.words_held_back} tekster er holdt tilbage. "
                "Skriv den igen, hvis den skal stå her.",
                f"The address is protected and not in the file; {outcome.words_held_back} texts are held back. "
                "Write it again if it is to stand here.",
            )
        )
    return found


def _as_json(outcome: Outcome) -> dict[str, Any]:
    """The report for a script."""
    return {**outcome._asdict(), "citizen": str(outcome.citizen)}
