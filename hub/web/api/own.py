"""What is the citizen's own to know: who has looked, and what an organisation sees and why."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from hub.application.explain import Asked, At, Cause, Explanation
from hub.application.hub import DENIAL
from hub.application.reading import Look
from hub.application.reasons import About, reason_pair
from hub.application.redact import day_of
from hub.desk.desk import NOBODY
from hub.desk.saying import as_uuid
from hub.errors import AccessDenied, BadInput
from hub.texts import say
from hub.vocabulary import Category, label_names
from hub.web.api.bodies import Moment
from hub.web.api.callers import Called, Caller
from hub.web.api.models import REF, Answered, LookOut, LooksOut
from hub.web.api.problems import READING
from hub.web.api.things import Citizen, For

router: Final = APIRouter(responses=READING, tags=["the citizen's own"])
_ALL: Final = 100_000


class BecauseOut(Answered):
    """Why something is absent."""

    code: str = Field(description="A stable word.", examples=["no_consent"])
    sentence: str = Field(description="The same in a sentence.")
    field: str | None = Field(description="The field; null: the event itself.")
    labels: list[Category]
    purposes: list[str] = Field(description="The purposes it was asked for.")


class SeenOut(Answered):
    """An event that the organisation sees."""

    ref: str
    event: str
    happened: str | None
    how: str = Field(description="own, how it is addressed, law, emergency or consent.", examples=["consent"])
    fields: list[str] = Field(description="The fields that are seen.")
    missing: list[BecauseOut] = Field(description="Why the other fields are absent.")


class AbsentOut(Answered):
    """An event that the organisation does not see."""

    ref: str
    event: str
    happened: str | None
    because: list[BecauseOut]


class ChangedOut(Answered):
    """An event that is seen otherwise than at the other moment."""

    ref: str
    event: str
    kind: str = Field(examples=["gained"])
    because: list[str] = Field(description="What made the difference, as stable words.")


class ExplainedOut(Answered):
    """What an organisation sees of the citizen, and why; what it does not see, and why."""

    partner: str
    purposes: list[str]
    shut: BecauseOut | None = Field(description="What shuts the organisation out altogether.")
    seen: list[SeenOut]
    absent: list[AbsentOut]
    changed: list[ChangedOut] = Field(description="The difference to the other moment, where one was named.")


@router.get("/citizens/{citizen}/access", summary="Who has looked")
def read_access_log(
    place: Called,
    citizen: Citizen,
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most.")] = 50,
    before: Annotated[
        str | None, Query(description="The `next` of the page before.", max_length=64, examples=["9c0f"])
    ] = None,
) -> LooksOut:
    """Read who has looked, newest first, refusals included; it is the citizen's to know."""
    whom = place.citizen(citizen)
    if whom == NOBODY:  # nobody's entries are everybody's mistaken ones
        place.access.turned_away(place.reader, "access", "no_such_citizen")
    found = place.access.who_looked(place.reader, whom, _ALL)
    if before is not None:
        ours = [number for number, look in enumerate(found) if _cursor(place, look) == before]
        if not ours:
            raise AccessDenied(DENIAL)
        found = found[ours[0] + 1 :]
    shown = found[:limit]
    names = place.names({look.partner for look in shown if look.partner is not None})
    return LooksOut(
        entries=[_look(look, names) for look in shown],
        next=_cursor(place, shown[-1]) if len(found) > limit else None,
    )


@router.get("/citizens/{citizen}/explanation", summary="What an organisation sees, and why")
def explain(  # noqa: PLR0917 - the question has this many parts
    place: Called,
    citizen: Citizen,
    partner: Annotated[str, Query(description="The organisation.", max_length=60, examples=[REF])],
    purpose: For = None,
    at: Annotated[Moment | None, Query(description="As it was before this moment; without it, now.")] = None,
    against: Annotated[Moment | None, Query(description="The difference to how it was before this.")] = None,
) -> ExplainedOut:
    """Explain what an organisation sees, event by event, and what it does not see; the citizen's to know."""
    whom, which = place.citizen(citizen), as_uuid(partner) or NOBODY
    asked = Asked(_at(at) or At(), _at(against), purpose)
    if which not in place.partners() and place.kind == "citizen":
        raise BadInput(say("Organisationen er ikke registreret.", "The organisation is not registered."))
    found = place.access.explain(place.reader, whom, which, asked)
    return _explained(place, found)


def _at(moment: datetime | None) -> At | None:
    return None if moment is None else At(before=moment)


def _explained(place: Caller, found: Explanation) -> ExplainedOut:
    name, sector = place.partners()[found.partner]
    about = About(name, sector, you=True, person=None)
    return ExplainedOut(
        partner=str(found.partner),
        purposes=list(found.purposes),
        shut=None if found.shut is None else _because(about, [Cause(found.shut, found.purposes)])[0],
        seen=[
            SeenOut(
                ref=str(sight.item.event_id),
                event=sight.item.event,
                happened=day_of(sight.disclosure.happened),
                how=sight.how,
                fields=[shown.name for shown in sight.disclosure.fields],
                missing=_because(about, sight.missing),
            )
            for sight in found.seen
        ],
        absent=[
            AbsentOut(
                ref=str(one.item.event_id),
                event=one.item.event,
                happened=day_of(one.item.occurred_at),
                because=_because(about, one.causes),
            )
            for one in found.absent
        ],
        changed=[
            ChangedOut(
                ref=str(turn.item.event_id),
                event=turn.item.event,
                kind=turn.kind,
                because=[one.event or one.kind for one in turn.because],
            )
            for turn in found.turns
        ],
    )


def _because(about: About, causes: Iterable[Cause]) -> list[BecauseOut]:
    return [
        BecauseOut(
            code=cause.reason.code,
            sentence=say(
                *reason_pair(cause.reason, about, cause.purposes[0] if len(cause.purposes) == 1 else None)
            ),
            field=cause.reason.field,
            labels=[Category(one) for one in label_names(max(cause.reason.labels, 0))],
            purposes=list(cause.purposes),
        )
        for cause in causes
    ]


def _look(look: Look, names: dict[UUID, str]) -> LookOut:
    return LookOut(
        at=look.at.isoformat(),
        role=look.role,
        organisation=None if look.partner is None else names.get(look.partner),
        function=look.function,
        purpose=look.purpose,
        through=look.surface,
        permitted=look.permitted,
        events=look.events,
    )


def _cursor(place: Caller, look: Look) -> str:
    """A place in the log that tells nothing of how many entries there are on others."""
    return place.hub.vault.mark(f"look {look.id}".encode()).decode()
