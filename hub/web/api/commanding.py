"""Commands over HTTP: a key each, the first answer again, previews, and no edit of what has changed meanwhile.

The idempotency key is the command's id, which the store keeps with the answer. What came with the key is kept as a
keyed digest, so that the same key with another body is refused; where a command is refused the key is free again.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from hub.aggregates import Actor
from hub.aggregates.base import event_id
from hub.application.commands.base import Meta
from hub.application.entries import Entries
from hub.application.hub import Answer, Rehearsal
from hub.application.preview import CHANGED, GAINED, LOST, Change, Effect
from hub.application.redact import day_of
from hub.errors import HubError
from hub.postgres import sql_blocks
from hub.vocabulary import Purpose, Source
from hub.web.api.callers import Called, Caller
from hub.web.api.models import ChangeOut, EffectOut, PreviewOut, Recorded
from hub.web.api.problems import Reused
from hub.web.api.tags import IfMatch, check
from hub.web.api.things import For

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
Do = Callable[[Actor, Meta], Answer]


class Command(NamedTuple):
    """One command as it was sent."""

    place: Caller
    key: UUID
    digest: bytes
    preview: bool
    if_match: str | None
    purpose: Purpose | None
    """What it was read for, where it is edited under a tag."""

    def run(
        self, citizen: UUID, surface: str, do: Do, *, current: Callable[[], BaseModel] | None = None
    ) -> Response:
        """Carry it out on a citizen, unless the caller is a stranger; or say what it would change."""
        place = self.place
        if self.preview:
            return self._preview(place.check_may_write(citizen, surface), do)
        actor = place.check_may_write(citizen, surface)
        answer = self.carried_out(actor, do, current)
        return recorded(self.made(citizen, answer))

    def open(self, citizen: UUID, do: Do) -> Response:
        """Carry out what anybody on the staff may take down: the use case itself answers a stranger alike."""
        actor = self.place.actor()
        if self.preview:
            return self._preview(actor, do)
        return recorded(self.made(citizen, self.carried_out(actor, do)))

    def carried_out(self, actor: Actor, do: Do, current: Callable[[], BaseModel] | None = None) -> Answer:
        """Carry it out once: sent again it is the first answer."""
        self._claim()
        if (done := self.place.hub.answered(self.key, actor)) is not None:
            return done
        meta: Meta = {"command_id": self.key, "source": Source.API}
        if self.if_match is not None and current is not None:
            meta["before_save"] = lambda: self._check(current)
        try:
            return do(actor, meta)
        except HubError:
            self._release(actor)
            raise

    def _check(self, current: Callable[[], BaseModel]) -> None:
        """Between deciding and saving: what comes after this makes the saving fail, and it is checked again."""
        if self.if_match is not None:
            check(current(), self.if_match)

    def _claim(self) -> None:
        database = self.place.hub.database
        with database.connection() as connection:
            connection.execute(SQL["claim"], (self.key, self.digest, self.place.hub.clock()))
            row = connection.execute(SQL["claimed"], (self.key,)).fetchone()
        if row is not None and bytes(row[0]) != self.digest:
            raise Reused

    def _release(self, actor: Actor) -> None:
        """A command that was refused has used nothing up."""
        if self.place.hub.answered(self.key, actor) is None:
            with self.place.hub.database.connection() as connection:
                connection.execute(SQL["release"], (self.key, self.digest))

    # What it made.

    def made(self, citizen: UUID, answer: Answer) -> dict[str, str]:
        """What the caller calls the things that it made: by the events that made them."""
        wanted = {name: UUID(value) for name, value in answer.ids.items() if name != "citizen"}
        if not answer.position:
            return {}
        found: dict[str, str] = {}
        records = [
            one for one in self.place.hub.log.of_citizens([citizen]) if one.position >= answer.position
        ]
        first = None
        for _, opened in Entries(self.place.hub).opened(records):
            ref = str(self.place.event_ref(event_id(opened.originator_id, opened.version)))
            first = first or ref
            for name, value in wanted.items():
                if name not in found and (
                    opened.originator_id == value or value.bytes in opened.body.values()
                ):
                    found[name] = ref
        return {**found, **({"event": first} if first else {})}

    # What it would do.

    def _preview(self, actor: Actor, do: Do) -> Response:
        meta: Meta = {"command_id": self.key, "source": Source.API}
        with self.place.hub.rehearse() as rehearsal:
            do(actor, meta)
        return JSONResponse(self.previewed(rehearsal).model_dump(mode="json"))

    def previewed(self, rehearsal: Rehearsal) -> PreviewOut:
        """What the rehearsed command would change, as far as the caller may know."""
        found = self.place.access.preview(rehearsal)
        names = self.place.names({effect.partner for effect in found.effects})
        return PreviewOut(
            events=[item.event for item in found.events],
            effects=[_effect(effect, names.get(effect.partner)) for effect in found.effects],
        )


def _effect(effect: Effect, name: str | None) -> EffectOut:
    def of(kind: str) -> list[ChangeOut]:
        return [_change(change) for change in effect.changes if change.kind == kind]

    return EffectOut(
        partner=str(effect.partner),
        name=name,
        gained=of(GAINED),
        lost=of(LOST),
        changed=of(CHANGED),
        learns_of=[str(one) for one in effect.learns],
    )


def _change(change: Change) -> ChangeOut:
    return ChangeOut(
        event=change.item.event,
        happened=day_of(change.happened),
        gained=list(change.gained),
        lost=list(change.lost),
        altered=list(change.altered),
    )


def recorded(made: dict[str, str]) -> Response:
    """The answer to a command that was carried out."""
    return JSONResponse(Recorded(made=made).model_dump(mode="json"), 201)


async def _digest(request: Request) -> bytes:
    """What came, in short: who sent what, and where to."""
    body = await request.body()
    return f"{request.method} {request.url.path}\n".encode() + body


def command(
    place: Called,
    body: Annotated[bytes, Depends(_digest)],
    key: Annotated[
        UUID,
        Header(
            alias="Idempotency-Key",
            description="An id of the caller's own making, one for each command: sent again it is the same command.",
            examples=["7b0e2c54-0c52-4d0e-8a54-2f0b6cbb1f6d"],
        ),
    ],
    if_match: IfMatch = None,
    purpose: For = None,
) -> Command:
    """A command that is carried out."""
    vouched = place.hub.vault.mark(body)
    return Command(place, key, vouched, preview=False, if_match=if_match, purpose=purpose)


def rehearsable(
    sent: Annotated[Command, Depends(command)],
    preview: Annotated[  # noqa: FBT002 - a query parameter
        bool, Query(description="Say what it would change, and record nothing.", examples=[True])
    ] = False,
) -> Command:
    """A command that may be tried first."""
    return sent._replace(preview=preview)


Sent = Annotated[Command, Depends(command)]
Tried = Annotated[Command, Depends(rehearsable)]
PREVIEW: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": PreviewOut, "description": "What it would change; nothing is recorded."}
}
