"""Handovers: proposed item by item, accepted or declined, read, completed, withdrawn; opened with their items."""

from collections.abc import Callable
from typing import Annotated, Final

from hub.aggregates import Act, Handover
from hub.application import commands
from hub.cli.base import group, out, out_json, verb
from hub.cli.options import (
    As,
    Citizen,
    CommandId,
    Json,
    Labels,
    Partner,
    Purpose,
    TextOption,
    argument,
    done,
    meta,
    option,
)
from hub.cli.reading import Refs, operator_sees_counts, sentence
from hub.cli.session import needed, needed_uuid, session, written
from hub.cli.show import as_json, show_entries
from hub.cli.telling import add_told
from hub.cli.told_verbs import HANDOVER
from hub.texts import say

app: Final = group(
    "Overleveringer: viden eller ansvar givet videre, punkt for punkt.",
    "Handovers: knowledge or responsibility passed on, item by item.",
    "hub handover propose CITIZEN jobcenter --kind knowledge --item REF --as mette",
)
HandoverArgument = Annotated[str, argument("HANDOVER", "Overleveringen.", "The handover.")]


@verb(
    app,
    "propose",
    "Foreslå at give punkter videre; hvert skal være dækket af samtykke.",
    "Propose to pass items on; each must be covered by consent.",
    "hub handover propose CITIZEN jobcenter --kind knowledge --item REF --item REF --as mette",
)
def propose(
    citizen: Citizen,
    partner: Partner,
    as_: As,
    kind: Annotated[
        str,
        option(
            "--kind",
            "knowledge, contact_person, responsibility.",
            "knowledge, contact_person, responsibility.",
            "KIND",
        ),
    ] = "knowledge",
    item: Annotated[
        list[str] | None,
        option(
            "--item",
            "Et punkts ref (hub timeline --refs); kan gentages.",
            "An item's ref (hub timeline --refs); can be repeated.",
            "REF",
        ),
    ] = None,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    *,
    approved: Annotated[
        bool,
        option(
            "--approved",
            "Borgeren har sagt ja til, at modtageren kender jer.",
            "The citizen agreed that the receiver knows of you.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Propose a handover."""
    terms, said = meta(command_id), written(text, label)
    wanted = tuple(dict.fromkeys(item or ()))
    for one in wanted:
        needed_uuid(one, "--item")
    with session() as s:
        actor, who = s.actor(as_), s.citizen(citizen)
        answer = commands.propose_handover(
            s.hub,
            actor,
            who,
            s.partner(partner),
            kind=kind,
            items=tuple(s.event(who, one, "--item") for one in wanted),
            approved=approved,
            text=said,
            **terms,
        )
        done(answer, "overleveringen er foreslået", "the handover is proposed", as_json=json)


def _answer(
    handover: str,
    who: str,
    do: Callable[[Handover, Act], None],
    da: str,
    en: str,
    command_id: str | None,
    *,
    json: bool,
) -> None:
    which, terms = needed_uuid(handover, "HANDOVER"), meta(command_id)
    with session() as s:
        done(commands.on_handover(s.hub, s.actor(who), which, do, **terms), da, en, as_json=json)


@verb(app, "accept", "Tag imod.", "Take it on.", "hub handover accept HANDOVER --as ann")
def accept(
    handover: HandoverArgument,
    as_: As,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Accept."""
    said = written(text, label)
    tell = ("overleveringen er taget imod", "the handover is accepted")
    _answer(handover, as_, lambda found, act: found.accept(act, text=said), *tell, command_id, json=json)


@verb(
    app,
    "decline",
    "Sig nej, med en grund.",
    "Say no, with a reason.",
    'hub handover decline HANDOVER --reason "Ikke vores opgave" --label plan --as ann',
)
def decline(
    handover: HandoverArgument,
    reason: Annotated[
        str, option("--reason", "Grunden (- læser fra stdin).", "The reason (- reads stdin).", "TEXT")
    ],
    as_: As,
    label: Labels = None,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Decline."""
    said = needed(reason, label)
    tell = ("overleveringen er afvist", "the handover is declined")
    _answer(handover, as_, lambda found, act: found.decline(said, act), *tell, command_id, json=json)


@verb(
    app,
    "read",
    "Noter, at modtageren har læst den.",
    "Record that the receiver has read it.",
    "hub handover read HANDOVER --as ann",
)
def mark_read(
    handover: HandoverArgument,
    as_: As,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Mark as read."""
    said = written(text, label)
    tell = ("overleveringen er læst", "the handover is read")
    _answer(handover, as_, lambda found, act: found.mark_read(act, text=said), *tell, command_id, json=json)


@verb(
    app,
    "complete",
    "Afslut den; modtagerens adgang ved den slutter.",
    "Complete it; the receiver's access by it ends.",
    "hub handover complete HANDOVER --as ann",
)
def complete(
    handover: HandoverArgument,
    as_: As,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Complete."""
    said = written(text, label)
    tell = ("overleveringen er afsluttet", "the handover is completed")
    _answer(handover, as_, lambda found, act: found.complete(act, text=said), *tell, command_id, json=json)


@verb(
    app,
    "withdraw",
    "Tag forslaget tilbage (afsenderen).",
    "Take the proposal back (the sender).",
    "hub handover withdraw HANDOVER --as mette",
)
def withdraw(
    handover: HandoverArgument,
    as_: As,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    *,
    json: Json = False,
) -> None:
    """Withdraw."""
    said = written(text, label)
    tell = ("overleveringen er taget tilbage", "the handover is withdrawn")
    _answer(handover, as_, lambda found, act: found.withdraw(act, text=said), *tell, command_id, json=json)


@verb(
    app,
    "open",
    "Læs en overlevering med det, den giver videre.",
    "Read a handover with what it passes on.",
    "hub handover open HANDOVER --as ann --purpose employment",
)
def open_handover(
    handover: HandoverArgument, as_: As, purpose: Purpose = None, *, refs: Refs = False, json: Json = False
) -> None:
    """Open a handover."""
    which = needed_uuid(handover, "HANDOVER")
    with session() as s:
        reader = s.reader(as_)
        if reader.role == "operator":
            raise operator_sees_counts()
        first, items = s.wired.access.handover(reader, which, purpose)
        if json:
            own = reader.role == "citizen"
            proposal, *_ = as_json(s, [first], positions=own)
            out_json({"proposal": proposal, "items": as_json(s, items, positions=own)})
            return
        show_entries(s, [first], refs=refs)
        out()
        if items:
            show_entries(s, items, refs=refs)
        else:
            out(say("Ingen punkter at vise.", "No items to show."))
        sentence(reader)


add_told(app, "hub handover", HANDOVER)
