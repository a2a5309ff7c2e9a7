"""Everything that is told by an event whose class says its own rule: one operation for all of them."""

import types
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Final, Union, get_args, get_origin
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import ValidationError

from hub.aggregates import TOLD, Text, Told
from hub.aggregates.matters import fields_of
from hub.application import commands
from hub.desk.saying import as_uuid
from hub.errors import BadInput
from hub.texts import say
from hub.web.api.bodies import EventIn, Words
from hub.web.api.callers import Caller
from hub.web.api.commanding import PREVIEW, Tried
from hub.web.api.models import Recorded
from hub.web.api.problems import WRITING
from hub.web.api.things import Citizen, event, identity

router: Final = APIRouter(responses=WRITING)
_ORGANISATIONS: Final = frozenset({"partner", "provider", "participant"})
_ON: Final = frozenset({"plan", "meeting", "handover"})
_LONGEST: Final = 200


@router.post(
    "/citizens/{citizen}/events",
    tags=["citizens"],
    summary="Tell of something",
    status_code=201,
    response_model=Recorded,
    responses=PREVIEW,
)
def tell_event(sent: Tried, citizen: Citizen, body: EventIn) -> Response:
    """Record an event that has no operation of its own: a wish, a question, a strength, a message to a meeting."""
    place, what = sent.place, TOLD.get(f"{body.event}.v1")
    if what is None:
        raise BadInput(
            say(
                "Sådan en hændelse kendes ikke: se docs/api.md.",
                "There is no such event: docs/api.md lists them.",
            )
        )
    whom = place.citizen(citizen)
    on = identity(place, whom, body.on) if body.on is not None and body.event.split(".")[0] in _ON else None
    said = given(place, whom, what, body.fields)
    return sent.run(
        whom, "timeline", lambda actor, meta: commands.tell(place.hub, actor, whom, what, said, on, **meta)
    )


def given(place: Caller, citizen: UUID, what: type[Told], fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of such an event, as the hub takes them."""
    known = fields_of(what)
    if unknown := set(fields) - known.keys():
        raise BadInput(
            say(
                f"Hændelsen har ikke {len(unknown)} af felterne: den har {', '.join(known)}.",
                f"The event does not have {len(unknown)} of the fields: it has {', '.join(known)}.",
            )
        )
    said: dict[str, Any] = {}
    for name, value in fields.items():
        try:
            said[name] = None if value is None else _value(place, citizen, name, _bare(known[name]), value)
        except (ValueError, TypeError, OverflowError, ValidationError):
            raise BadInput(
                say(f"Feltet {name} kan ikke læses.", f"The field {name} cannot be read.")
            ) from None
    if said.get("person") is not None and "partner" in known:
        person = place.hub.vault.persons([said["person"]]).get(said["person"])
        said["partner"] = None if person is None else person.partner
    return said


def _bare(hint: Any) -> Any:
    """A field's type without the None that it may be."""
    if get_origin(hint) in {Union, types.UnionType}:
        return next((each for each in get_args(hint) if each is not type(None)), hint)
    return hint


def _value(place: Caller, citizen: UUID, name: str, hint: Any, value: Any) -> Any:
    if get_origin(hint) is tuple:
        return tuple(_reference(place, citizen, name, each) for each in value)
    readers: dict[Any, Callable[[], Any]] = {
        Text: lambda: Words.model_validate(value).taken(),
        date: lambda: date.fromisoformat(value),
        datetime: lambda: _moment(value),
        UUID: lambda: _reference(place, citizen, name, value),
        bool: lambda: _exactly(bool, value),
        int: lambda: _number(value),
        str: lambda: _line(value),
    }
    return readers[hint]()


def _reference(place: Caller, citizen: UUID, name: str, value: Any) -> UUID:
    """Whom or what a reference means: an organisation by id, a person by short name, the rest by reference."""
    written = _line(value)
    if name in _ORGANISATIONS:
        found = as_uuid(written)
        if found is None:
            raise ValueError(name)
        return found
    if name == "person":
        return place.hub.vault.person(written.lower()).id
    if name == "about":
        return event(place, citizen, written)
    if name == "what":
        itself = identity(place, citizen, written)
        named = (identity(place, citizen, written, field) for field in ("agreement", "consent"))
        return next((found for found in named if found != itself), itself)
    return identity(place, citizen, written, name)


def _line(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable() or len(value) > _LONGEST:
        raise ValueError("a line of text")
    return value


def _exactly(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(kind.__name__)
    return value


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 2**31 - 1:
        raise ValueError("a number")
    return value


def _moment(value: Any) -> datetime:
    found = datetime.fromisoformat(_line(value))
    if found.tzinfo is None or not 1900 <= found.year <= 2200:  # noqa: PLR2004 - when anything can happen
        raise ValueError("a moment")
    return found.astimezone(UTC)
