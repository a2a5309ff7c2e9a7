"""The one-time code by which an organisation is linked to a citizen: no look-up by CPR or name, but a word handed over.

The citizen or the coordinator makes a code for one organisation and hands it over; somebody there uses it once, and
begins a task. A code is kept as a keyed digest of it and the organisation, so it can be neither read from the
database nor used by another. It says nothing of anybody before it is taken: a code that is wrong, used, run out,
another's, or of a citizen with whom nothing can begin is answered with the one denial, in the same time, and so is
every try after too many.

An attempt is written down before it is judged: however many come at once, no more than the limit are. The code is
spent just before the task is recorded; a crash in between leaves a code that only the same command can use.
"""

import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple, Unpack
from uuid import UUID, uuid4

from hub.aggregates import Act, Actor
from hub.aggregates.base import task_purpose
from hub.application.commands.base import Meta, check_not_closed, check_registered
from hub.application.hub import DENIAL, Answer, Hub, Work, evened, made
from hub.errors import AccessDenied, BadInput, NotPermitted, Refused, WrongStatus
from hub.logs import logger
from hub.postgres import sql_blocks
from hub.vocabulary import Category, Role

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""What a code is made of: nothing that is mistaken for another when it is read aloud or from a note."""
LENGTH: Final = 8
DAYS: Final = 7
"""For how many days a code can be used, unless it is set otherwise."""
PER_PERSON: Final = 5
PER_PARTNER: Final = 20
WITHIN: Final = timedelta(hours=1)
"""How many tries that came to nothing are judged within this time; the ones after are refused unheard."""
KEPT: Final = timedelta(days=1)

ROLES: Final = ("relation", "contact_person")
"""The tasks that can begin with a code."""


def make_code(hub: Hub, actor: Actor, citizen: UUID, partner: UUID, *, days: int = DAYS) -> str:
    """A code for an organisation, to be handed over; an earlier one that nobody used is void."""
    _not_rehearsed(hub)
    hub.check_may_write(actor, citizen)
    work = Work(hub, fresh=True)
    found = work.citizen(citizen)
    _may_hand_over(actor, found.scope_of, {t.person for t in found.tasks.values() if t.kind == "coordinator"})
    check_registered(hub, partner)
    if found.dead:
        raise WrongStatus("The citizen is dead: nobody begins anything new.")
    code, now = "".join(secrets.choice(LETTERS) for _ in range(LENGTH)), hub.clock()
    with hub.database.transaction() as connection:
        connection.execute(SQL["forget"], {"now": now, "citizen": citizen, "partner": partner})
        connection.execute(
            SQL["put"], (_digest(hub, partner, code), citizen, partner, now + timedelta(days=days))
        )
    logger().info("a code was made", partner=partner)
    half = LENGTH // 2
    return f"{code[:half]}-{code[half:]}"


def link(
    hub: Hub, actor: Actor, code: str, purpose: str, *, role: str = "relation", **meta: Unpack[Meta]
) -> Answer:
    """Begin one's own task with the citizen whose code it is; the answer tells whom."""
    _not_rehearsed(hub)
    if actor.role is not Role.PARTNER or actor.partner is None or actor.person is None:
        raise NotPermitted("A code is used by somebody who works at a partner: use --as with such a person.")
    if role not in ROLES:
        raise BadInput(f"With a code a task begins as {' or '.join(ROLES)}: choose one of them.")
    task_purpose(purpose)
    begun, command = time.monotonic(), meta.setdefault("command_id", uuid4())
    attempt, digest = uuid4(), _digest(hub, actor.partner, plain(code))
    begin = _Beginning(actor.partner, actor.person, purpose, role, digest, command)
    try:
        citizen = _judged(hub, begin, attempt)
        answer = _begin(hub, actor, citizen, begin, meta)
    except (Refused, AccessDenied):
        logger().warning("a code was refused", partner=actor.partner, command_id=command)
        evened(begun)
        raise AccessDenied(DENIAL) from None
    with hub.database.connection() as connection:
        connection.execute(SQL["succeeded"], (attempt, hub.clock() - KEPT))
    logger().info("a code was taken", partner=actor.partner, command_id=command)
    return answer


def plain(code: str) -> str:
    """A code as it was made, however it was written: letters big or small, with or without spaces and a dash."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


class _Beginning(NamedTuple):
    """What somebody would begin, and the code they say it by."""

    partner: UUID
    person: UUID
    purpose: str
    role: str
    digest: bytes
    command: UUID


def _judged(hub: Hub, asked: _Beginning, attempt: UUID) -> UUID:
    """Whose code it is; denied when it is nobody's, or when there were too many tries."""
    now, partner, person = hub.clock(), asked.partner, asked.person
    with hub.database.connection() as connection:
        connection.execute(SQL["tried"], (attempt, partner, person, now))
        counted = connection.execute(SQL["attempts"], (person, partner, now - WITHIN)).fetchone()
        row = connection.execute(SQL["find"], (asked.digest, partner, now, asked.command)).fetchone()
    of_partner, of_person = counted or (0, 0)
    if row is None or of_partner > PER_PARTNER or of_person > PER_PERSON:
        raise AccessDenied(DENIAL)
    citizen: UUID = row[0]
    return citizen


def _begin(hub: Hub, actor: Actor, citizen: UUID, asked: _Beginning, meta: Meta) -> Answer:
    """Record the task, and spend the code with it."""

    def decide(work: Work, act: Act) -> dict[str, UUID]:
        task, found = made(act, "task"), work.citizen(citizen)
        if asked.role == "contact_person":
            found.assign_contact_person(task, asked.partner, asked.person, asked.purpose, act)
        else:
            found.start_relation(task, asked.partner, asked.person, asked.purpose, act)
        check_not_closed(work, citizen)
        return {"task": task, "citizen": citizen}

    def spend() -> None:
        with hub.database.connection() as connection:
            spent = {"digest": asked.digest, "command": asked.command}
            if connection.execute(SQL["use"], spent).fetchone() is None:
                raise AccessDenied(DENIAL)  # somebody else was just before

    meta["before_save"] = spend
    return hub.do(actor, decide, **meta)


def _may_hand_over(
    actor: Actor, scope_of: Callable[[UUID], frozenset[str] | None], coordinators: set[UUID | None]
) -> None:
    """The citizen, a representative for contact, or the coordinator: whoever decides who is let in."""
    if actor.role in (Role.CITIZEN, Role.HUB):
        return
    if actor.role is Role.REPRESENTATIVE and actor.person is not None:
        allowed = Category.CONTACT in (scope_of(actor.person) or ())
    else:
        allowed = actor.person is not None and actor.person in coordinators
    if not allowed:
        raise NotPermitted("A code is handed over by the citizen or the coordinator: ask one of them.")


def _not_rehearsed(hub: Hub) -> None:
    if hub.rehearsing:
        raise BadInput("A code cannot be previewed: make it, or use it, as it is.")


def _digest(hub: Hub, partner: UUID, code: str) -> bytes:
    """What is kept of a code: it opens only with the hub's own key, and only for the organisation it was made for."""
    return hub.vault.lookup("link code", f"{partner.hex}{code}")
