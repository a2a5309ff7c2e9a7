"""The feed of a partner's own system, and its word that what has ended is deleted."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from hub.application.commands import confirm_purge
from hub.consumers.inbox import SQL as INBOX
from hub.desk.saying import as_uuid
from hub.errors import NotFound
from hub.postgres import Database
from hub.relay.feed import LONGEST, Feed
from hub.texts import say
from hub.web.api.bodies import ConfirmIn
from hub.web.api.callers import Called
from hub.web.api.commanding import Sent
from hub.web.api.models import Answered
from hub.web.api.problems import READING, WRITING

router: Final = APIRouter(tags=["feed"])


class FieldOut(Answered):
    """A field of a record, as on the topic."""

    value: str | int | float | bool | list[str] | dict[str, Any] | None
    labels: list[str] | None = Field(description="For free text: the categories of information in it.")
    purposes: list[str] | None = Field(description="What the field may be used for, where that is less.")


class RowOut(Answered):
    """A record: the same as `topic.record.v1`."""

    citizen: str = Field(description="The organisation's own reference for the citizen.")
    event: str
    happened: str | None
    recorded: str
    purposes: list[str] = Field(description="What it may be used for, and for nothing else.")
    why: str
    valid_until: str | None = Field(description="From this moment on the copy is to be gone.")
    fields: dict[str, FieldOut]


class NoticeOut(Answered):
    """A notice: the same as `topic.notice.v1`."""

    notice: str
    kind: str
    citizen: str
    records: list[str] = Field(description="The keys that were taken away.")
    purge_by: str = Field(description="The last day on which one may still be deleting.")


class FedOut(Answered):
    """One record of the feed. Without a value it is a tombstone: delete what is under the key."""

    sequence: int
    key: str = Field(description="A disclosure id, or notice/<id>.")
    value: RowOut | NoticeOut | None


class FeedOut(Answered):
    """What came after a number, in order."""

    records: list[FedOut]
    last: int = Field(description="Ask again with `after` set to this.")


class ConfirmedOut(Answered):
    """A notice that is settled."""

    notice: str


@router.get("/feed", summary="The organisation's own rows", responses=READING)
def read_feed(
    place: Called,
    after: Annotated[
        int, Query(ge=0, le=2**62, description="The `last` of the answer before; 0 to start anew.")
    ] = 0,
    wait: Annotated[
        int, Query(ge=0, le=LONGEST, description="Seconds to wait where there is nothing yet.", examples=[0])
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many records at most.")] = 200,
) -> FeedOut:
    """Read the same records and tombstones as the organisation's topic has, under the same numbers."""
    place.only("system")
    feed: Feed = place.request.app.state.feed
    partner = place.system().partner
    found = feed.after(partner, after, wait=wait, limit=limit) if partner is not None else None
    records = [] if found is None else found.records
    return FeedOut(
        records=[FedOut.model_validate(one._asdict()) for one in records],
        last=after if found is None else found.last,
    )


@router.post(
    "/feed/confirmations",
    summary="Say that it is deleted",
    status_code=201,
    response_model=ConfirmedOut,
    responses=WRITING,
)
def confirm_deleted(sent: Sent, body: ConfirmIn) -> Response:
    """Confirm that what a notice names is deleted everywhere, which settles the notice."""
    place = sent.place
    place.only("system")
    actor, notice = place.system(), as_uuid(body.notice)
    found = (
        None if notice is None or actor.partner is None else _asked(place.hub.database, notice, actor.partner)
    )
    if found is None or notice is None or actor.partner is None:
        raise NotFound(say("Der er ingen sådan besked.", "There is no such notice."))
    (citizen, records, settled), partner = found, actor.partner
    if not settled:
        now = place.hub.clock()
        moment = now if body.confirmed_at is None else min(body.confirmed_at, now)
        answer = sent.carried_out(
            actor,
            lambda by, meta: confirm_purge(
                place.hub,
                by,
                citizen,
                partner,
                notice=notice,
                records=records,
                command_id=meta["command_id"],
                occurred_at=moment,
            ),
        )
        with place.hub.database.transaction() as connection:
            connection.execute(INBOX["settle"], (notice, answer.position))
            connection.execute(INBOX["notify"])
    return JSONResponse(ConfirmedOut(notice=str(notice)).model_dump(), 201)


def _asked(database: Database, notice: UUID, partner: UUID) -> tuple[UUID, int, bool] | None:
    """Whom a notice is about, how many records it names, and whether it is settled."""
    with database.connection() as connection:
        row = connection.execute(INBOX["asked"], (notice, partner)).fetchone()
    return None if row is None else (row[0], row[1], bool(row[2]))
