"""A meeting begins at another time, and whoever is invited sees the new one. Completes the group `meeting`."""

from typing import Annotated

from hub.aggregates.gathering import Rescheduled
from hub.application import commands
from hub.cli import agreement
from hub.cli.base import verb
from hub.cli.meeting import MeetingArgument, app
from hub.cli.options import As, Citizen, CommandId, Json, Labels, Occurred, TextOption, done, meta, option
from hub.cli.session import moment, needed_uuid, session, written

__all__ = ["agreement", "app"]


@verb(
    app,
    "move",
    "Flyt mødet; de inviterede ser det nye tidspunkt.",
    "Move the meeting; whoever is invited sees the new time.",
    'hub meeting move CITIZEN MEETING --starts "2026-03-05 10:00" --as mette',
)
def move(
    citizen: Citizen,
    meeting: MeetingArgument,
    starts: Annotated[
        str,
        option(
            "--starts", "Hvornår, fx “2026-03-05 10:00”.", "When, for example “2026-03-05 10:00”.", "WHEN"
        ),
    ],
    as_: As,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Move a meeting."""
    needed_uuid(meeting, "MEETING")
    terms = meta(command_id, occurred)
    said = {"starts": moment(starts, "--starts"), "text": written(text, label)}
    with session() as s:
        actor, who = s.actor(as_), s.citizen(citizen)
        s.hub.check_may_write(actor, who)
        answer = commands.tell(s.hub, actor, who, Rescheduled, said, s.resolved(who, meeting), **terms)
        done(answer, "mødet er flyttet", "the meeting is moved", as_json=json)
