"""The code by which a companion, who has no login, sees one meeting's sheet until the meeting is over.

The citizen makes it, or the coordinator or a contact person when the citizen has chosen a companion. It is shown
once and kept as a keyed digest. It opens the purpose, the time and the place of that one meeting, and the citizen's
message if the citizen wants it so; nobody else's words, and nobody's name. A newer code makes an older one void.

An attempt is written down before it is judged, so that however many come at once no more than the limit are heard.
"""

import secrets
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID, uuid4

from hub.aggregates import Actor, Meeting
from hub.application.commands.base import check_not_closed
from hub.application.commands.linking import LETTERS, plain
from hub.application.hub import DENIAL, Hub, Work, evened, nothing
from hub.clock import copenhagen_day, end_of_day
from hub.errors import AccessDenied, BadInput, NotPermitted, WrongStatus
from hub.logs import logger
from hub.postgres import sql_blocks
from hub.vocabulary import Category, Role

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
LENGTH: Final = 12
PER_ORIGIN: Final = 10
PER_HUB: Final = 300
WITHIN: Final = timedelta(hours=1)
"""How many tries that came to nothing are judged within this time; the ones after are refused unheard."""
KEPT: Final = timedelta(days=1)
HELPERS: Final = frozenset({"coordinator", "contact_person"})
"""Those on the staff who can make a code, when the citizen has chosen a companion."""


class TooMany(AccessDenied):
    """So many codes were tried that no more are heard for a while."""


class Opens(NamedTuple):
    """What a code opens."""

    citizen: UUID
    meeting: UUID
    with_message: bool
    until: datetime


def companion_code(
    hub: Hub, actor: Actor, citizen: UUID, meeting: UUID, *, with_message: bool
) -> tuple[str, datetime]:
    """A code for the companion at one meeting, and when it ends: with the day of the meeting."""
    if hub.rehearsing:
        raise BadInput("A code cannot be previewed: make it as it is.")
    hub.check_may_write(actor, citizen)
    work = Work(hub, fresh=True)
    found = work.get(Meeting, meeting, "meeting")
    if found.citizen_id != citizen:
        raise nothing("meeting")
    check_not_closed(work, citizen)
    _may_make(hub, work, actor, citizen, meeting)
    now, until = hub.clock(), over_at(found)
    if found.status != "convened" or until <= now:
        raise WrongStatus("The meeting is over or cancelled: a companion's code is for one to come.")
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    with hub.database.transaction() as connection:
        connection.execute(SQL["forget"], {"now": now, "meeting": meeting})
        connection.execute(SQL["put"], (_digest(hub, code), citizen, meeting, with_message, until))
    logger().info("a code was made")
    return "-".join(code[at : at + 4] for at in range(0, LENGTH, 4)), until


def opened_by(hub: Hub, code: str, origin: str) -> Opens:
    """What a code opens now. Raises AccessDenied, in the same time for every reason, or TooMany."""
    begun, attempt, now = time.monotonic(), uuid4(), hub.clock()
    digest = hub.vault.lookup("companion origin", origin)
    with hub.database.connection() as connection:
        connection.execute(SQL["tried"], (attempt, digest, now))
        counted = connection.execute(SQL["attempts"], (digest, now - WITHIN)).fetchone() or (0, 0)
        row = connection.execute(SQL["find"], (_digest(hub, plain(code)), now)).fetchone()
    if counted[0] > PER_HUB or counted[1] > PER_ORIGIN:
        evened(begun)
        raise TooMany(DENIAL)
    found = None if row is None else Opens(*row)
    meeting = None if found is None else Work(hub, fresh=True).find(Meeting, found.meeting)
    if found is None or meeting is None or meeting.status != "convened" or over_at(meeting) <= now:
        logger().warning("a code was refused")
        evened(begun)
        raise AccessDenied(DENIAL)
    with hub.database.connection() as connection:
        connection.execute(SQL["succeeded"], (attempt, now - KEPT))
    return found


def over_at(meeting: Meeting) -> datetime:
    """When a meeting is over for a companion: at the end of its day."""
    return end_of_day(copenhagen_day(meeting.starts))


def _may_make(hub: Hub, work: Work, actor: Actor, citizen: UUID, meeting: UUID) -> None:
    if actor.role is Role.CITIZEN:
        return
    if actor.role is Role.REPRESENTATIVE and actor.person is not None:
        allowed = Category.CONTACT in (work.citizen(citizen).scope_of(actor.person) or ())
    else:
        tasks = hub.state(citizen).tasks.values()
        allowed = any(
            task.role in HELPERS and (task.partner, task.person) == (actor.partner, actor.person)
            for task in tasks
        ) and _chosen(hub, citizen, meeting)
    if not allowed:
        raise NotPermitted(
            "A companion's code is made by the citizen, or by the coordinator or a contact person when the citizen has "
            "chosen a companion."
        )


def _chosen(hub: Hub, citizen: UUID, meeting: UUID) -> bool:
    """Whether the citizen has chosen a companion for this meeting."""
    return any(
        item.event == "meeting.companion_chosen" and opened.originator_id == meeting
        for item, opened in hub.items(citizen)
    )


def _digest(hub: Hub, code: str) -> bytes:
    return hub.vault.lookup("companion code", code)
