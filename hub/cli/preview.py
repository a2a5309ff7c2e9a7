"""`hub preview VERB …`: any command about a citizen, decided as ever and not saved; what it would change is told.

The command itself runs, with all its own options, in a rehearsal: nothing it decides is recorded.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from hub.application.preview import CHANGED, GAINED, LOST, Change, Effect, Preview
from hub.application.reasons import named
from hub.application.redact import day_of
from hub.cli.base import group, out, out_json, verb
from hub.cli.options import argument
from hub.cli.session import Session, session, shared
from hub.cli.show import wrapped
from hub.desk.saying import days_text, events_text, undated_text
from hub.errors import BadInput
from hub.texts import CONSTANT, say, word, words
from hub.vocabulary import Role
from hub.wording import EVENTS, FIELDS

app: Final = group(
    "Se det, før det gælder.",
    "See it before it counts.",
    "hub preview consent give CITIZEN jobcenter --category plan --purpose employment --as citizen",
)

GROUPS: Final = (
    "citizen", "voice", "need", "network", "consent", "block", "event", "plan", "meeting", "handover", "representative",
    "address", "basis", "emergency",
)  # fmt: skip
"""What can be previewed: commands about one citizen, whose every effect goes through the hub."""
NEVER: Final = frozenset(
    {("citizen", "enrol"), ("citizen", "code"), ("citizen", "link"), ("representative", "person")}
)
"""What writes to the vault, or hands out a code, before it decides."""


@verb(
    app,
    "preview",
    "Se, hvad en kommando ville ændre: hvem får eller mister hvad, og hvem lærer hvem at kende. Intet skrives. "
    "--all viser hver hændelse.",
    "See what a command would change: who gains or loses what, and who learns of whom. Nothing is recorded. "
    "--all shows every event.",
    "hub preview consent give CITIZEN jobcenter --category plan --purpose employment --as citizen\n"
    "hub preview consent withdraw CITIZEN --partner jobcenter --as citizen\n"
    "hub preview block set CITIZEN jobcenter --category health --as citizen --all",
    ignore_unknown_options=True,
    allow_interspersed_args=False,
)
def preview(
    context: typer.Context,
    command: Annotated[
        list[str],
        argument("COMMAND", "Kommandoen, som den ellers skrives.", "The command as it is written otherwise."),
    ],
) -> None:
    """Rehearse a command and say what it would change."""
    arguments = [one for one in command if one != "--all"]
    if tuple(arguments[:1]) not in {(name,) for name in GROUPS} or tuple(arguments[:2]) in NEVER:
        raise BadInput(
            say(
                f"Det kan ikke forhåndsvises: det kan kommandoer om en borger ({', '.join(GROUPS)}).",
                f"That cannot be previewed: commands about a citizen can ({', '.join(GROUPS)}).",
            )
        )
    root: Any = context.find_root().command
    if "--help" in arguments:
        root.main(arguments, prog_name="hub", standalone_mode=False)
        return
    with session() as s:
        with s.hub.rehearse() as rehearsal, shared(s), _silent():
            root.main(arguments, prog_name="hub", standalone_mode=False)
        if not rehearsal.actors:
            raise BadInput(
                say(
                    "Den kommando skriver intet, så der er intet at forhåndsvise: kør den, som den er.",
                    "That command records nothing, so there is nothing to preview: run it as it is.",
                )
            )
        found = s.wired.access.preview(rehearsal)
        staff = rehearsal.actors[0].role is not Role.CITIZEN
        if "--json" in arguments:
            out_json(_plain(s, found, refs=not staff))
        else:
            _show(s, found, staff=staff, every="--all" in command)


@contextmanager
def _silent() -> Iterator[None]:
    """Without what the command would say, as if it had been carried out; what it is refused with is an exception."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        yield


def _show(s: Session, found: Preview, *, staff: bool, every: bool) -> None:
    if found.citizen is None:
        out(say("Der ville intet være at notere.", "There would be nothing to record."))
        return
    out(say("Forhåndsvisning: intet er skrevet.", "Preview: nothing is recorded."))
    named = {effect.partner for effect in found.effects}
    named.update(partner for effect in found.effects for partner in effect.learns)
    named.update(
        eyes for effect in found.effects for change in effect.changes for eyes in change.eyes if eyes
    )
    names = s.names(named)
    if found.events:
        what = say("Det, der vil blive noteret", "What will be recorded")
        wrapped(f"{what}: {', '.join(word(EVENTS, item.event) for item in found.events)}")
    for effect in sorted(found.effects, key=lambda one: names.get(one.partner, "")):
        out()
        _show_effect(effect, names, staff=staff, every=every)
    out()
    if staff:
        wrapped(say(*CONSTANT))
    elif found.effects:
        wrapped(say("For alle andre ændrer det intet.", "For everybody else it changes nothing."))
    else:
        wrapped(say("Det ændrer intet for nogen.", "It changes nothing for anybody."))


def _show_effect(effect: Effect, names: dict[UUID, str], *, staff: bool, every: bool) -> None:
    name = names.get(effect.partner, str(effect.partner))
    for kind, da, en in (
        (GAINED, "vil kunne se", "will see"),
        (LOST, "vil ikke længere kunne se", "will no longer see"),
        (CHANGED, "vil se noget andet i", "will see something else in"),
    ):
        changes = [change for change in effect.changes if change.kind == kind]
        if not changes:
            continue
        events = len({change.item.event_id for change in changes})
        wrapped(f"{name} {say(da, en)} {events_text(events)}:")
        for eyes in dict.fromkeys(change.eyes for change in changes):
            ours = [change for change in changes if change.eyes == eyes]
            if eyes:
                wrapped(_eyes(eyes, names), "  ")
            _show_changes(ours, every=every)
    if effect.learns:
        others = named(sorted(names.get(one, str(one)) for one in effect.learns))
        you = say("borgeren", "the citizen") if staff else say("du", "you")
        wrapped(
            say(
                f"{name} vil få at vide, at {you} har med {others[0]} at gøre.",
                f"{name} will learn that {others[1]} and {you} have to do with each other.",
            )
        )


def _eyes(eyes: Sequence[UUID | None], names: dict[UUID, str]) -> str:
    """Whose eyes it is about."""
    system = [say("deres eget system", "their own system")] if None in eyes else []
    who = say(*named([*system, *(names.get(one, str(one)) for one in eyes if one is not None)]))
    return f"{say('For', 'For')} {who}:"


def _show_changes(changes: Sequence[Change], *, every: bool) -> None:
    if every:
        for change in changes:
            wrapped(f"{word(EVENTS, change.item.event)}, {undated_text(change.happened)}", "    ")
            for line in _fields(change):
                wrapped(line, "      ")
        return
    kinds: dict[str, list[Change]] = {}
    for change in changes:
        kinds.setdefault(change.item.event, []).append(change)
    for event, alike in kinds.items():
        wrapped(f"{word(EVENTS, event)}: {len(alike)} ({days_text(one.happened for one in alike)})", "    ")


def _fields(change: Change) -> Iterable[str]:
    for names, da, en in (
        (change.gained, "kommer til", "comes"),
        (change.lost, "forsvinder", "goes"),
        (change.altered, "bliver anderledes", "differs"),
    ):
        if names:
            yield f"{say(da, en)}: {words(FIELDS, list(names))}"


def _plain(s: Session, found: Preview, *, refs: bool) -> dict[str, Any]:
    named = {effect.partner for effect in found.effects}
    named.update(partner for effect in found.effects for partner in effect.learns)
    names = s.names(named)

    def plain(change: Change) -> dict[str, Any]:
        return {
            **({"ref": str(change.item.event_id)} if refs else {}),
            "event": change.item.event,
            "happened": day_of(change.happened),
            "gained": list(change.gained),
            "lost": list(change.lost),
            "changed": list(change.altered),
            **(
                {"system": None in change.eyes, "persons": [str(one) for one in change.eyes if one]}
                if change.eyes
                else {}
            ),
        }

    return {
        "recorded": False,
        "events": [item.event for item in found.events],
        "partners": [
            {
                "partner": str(effect.partner),
                "name": names.get(effect.partner),
                **{
                    kind: [plain(change) for change in effect.changes if change.kind == kind]
                    for kind in (GAINED, LOST, CHANGED)
                },
                "learns_of": [{"partner": str(one), "name": names.get(one)} for one in effect.learns],
            }
            for effect in found.effects
        ],
    }
