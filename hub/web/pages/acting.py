"""A small form for one thing that is done on a plan or about a need: shown, previewed, carried out."""

from typing import Any
from uuid import UUID

from fastapi.responses import Response

from hub.errors import Conflict, Refused
from hub.web.acts import Act, fields_of_act, needs_of, recorder
from hub.web.forms import Incomplete, Posted
from hub.web.pages.citizen import head
from hub.web.place import Place
from hub.web.readers import who_would_read
from hub.web.telling import read


def show_act(
    place: Place,
    ref: str,
    citizen: UUID,
    act: Act,
    back: str,
    *,
    form: Posted | None = None,
    status: int = 200,
    **more: Any,
) -> Response:
    """The form, for whoever may know the citizen: also where something is wrong in it."""
    place.access.page(place.reader, citizen, place.purpose(citizen))
    return place.page(
        "act.html",
        status=status,
        **head(place, ref, citizen, place.purpose(citizen)),
        **{"readers": None, "looked": False, **more},
        act=act,
        back=back,
        fields=fields_of_act(place, act),
        form=form,
        errors=form.errors if form else {},
    )


def open_act(place: Place, ref: str, act: Act, back: str) -> Response:
    """The form, for whoever may know the citizen."""
    return show_act(place, ref, place.citizen(ref), act, back)


def carry_out(place: Place, form: Posted, ref: str, act: Act, at: str, back: str) -> Response:  # noqa: PLR0917
    """What the form says, carried out or previewed."""
    citizen = place.citizen(ref)
    actor = place.check_may_write(citizen, "write")
    try:
        said = read(form, fields_of_act(place, act), needs=needs_of(act))
        form.check()
        do = recorder(place, actor, citizen, act, at, said)
        if form.get("trin") == "se":
            readers = who_would_read(place, do)
            return show_act(place, ref, citizen, act, back, form=form, readers=readers, looked=True)
        do(command_id=form.command_id)
    except Incomplete:
        return show_act(place, ref, citizen, act, back, form=form, status=422)
    except (Refused, Conflict) as no:
        form.refused(no)
        return show_act(place, ref, citizen, act, back, form=form, status=409)
    return place.go(back)
