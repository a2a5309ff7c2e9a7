"""What every page of a citizen's own shows: whom to call, the way out, and that it can be hard."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from fastapi.responses import HTMLResponse

from hub.application.preview import Preview
from hub.desk.consents import Outcome, helpers, learned, outcomes
from hub.desk.saying import as_uuid
from hub.errors import NotFound
from hub.texts import ROLES, say, word
from hub.web.forms import Incomplete, Posted
from hub.web.place import Place


def my_page(place: Place, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page of the citizen's own. Whom to call is read and logged like everything else."""
    place.access.told_at(place.reader, place.myself, None, (), (), "page")
    return place.page(template, status=status, **around(place), **context)


def around(place: Place) -> dict[str, Any]:
    """Those who help, with their telephones, and the number that always answers."""
    known, found = place.partners(), helpers(place, place.myself)
    persons = place.hub.vault.persons(person for _, _, person in found if person is not None)
    people: dict[tuple[UUID, UUID | None], dict[str, Any]] = {}
    for role, partner, identity in found:
        person = persons.get(identity) if identity is not None else None
        one = people.setdefault(
            (partner, identity),
            {
                "roles": [],
                "name": None if person is None else person.name,
                "where": known.get(partner, ("", ""))[0],
                "phone": None if person is None else person.phone,
            },
        )
        one["roles"].append(word(ROLES, role))
    return {"people": list(people.values()), "always": place.wired.settings.crisis_phone}


def again(place: Place, template: str, form: Posted, error: Exception, **context: Any) -> HTMLResponse:
    """The same page once more, with what was written and what is wrong."""
    if not isinstance(error, Incomplete):
        form.refused(error)
    status = 422 if isinstance(error, Incomplete) else 409
    return my_page(place, template, status=status, form=form, errors=form.errors, **context)


def previewed(place: Place, do: Callable[[], object]) -> dict[str, Any]:
    """What commands would change, and nothing of it done: for the page that asks whether they are meant."""
    with place.hub.rehearse() as rehearsal:
        do()
    return effects(place, place.access.preview(rehearsal))


def effects(place: Place, found: Preview) -> dict[str, Any]:
    """A preview as a page shows it."""
    told: list[Outcome] = outcomes(found)
    learns = learned(found)
    ids = {one.partner for one in told} | {one for who, whom in learns for one in (who, *whom)}
    names = place.names(ids)
    return {
        "outcomes": sorted(told, key=lambda one: (names.get(one.partner, ""), one.kind)),
        "learns": [(names.get(who, ""), sorted(names.get(one, "") for one in whom)) for who, whom in learns],
        "names": names,
    }


def organisation(place: Place, text: str) -> UUID:
    """The organisation that an address names."""
    found = as_uuid(text)
    if found is None or found not in place.partners():
        raise NotFound(say("Den organisation findes ikke her.", "There is no such organisation here."))
    return found
