"""The town: what organisations are for, what is open to everybody, what they do together, and words in plain language.

Nothing of it is about a citizen, and everybody who is logged in may read it.
"""

from typing import Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.aggregates.cooperation import Cooperation, Offer
from hub.application import commands
from hub.texts import SECTORS, word
from hub.web.gates import Someone
from hub.web.place import Place

router: Final = APIRouter()


@router.get("/byen", response_class=HTMLResponse)
def town(place: Someone) -> Response:
    """What there is, for everybody."""
    names = place.partners()
    said = {partner: found for partner, found in commands.cooperations(place.hub).items() if partner in names}
    order = sorted(said, key=lambda one: names[one][0].casefold())
    return place.page(
        "town_all.html",
        offers=_offers(said, place),
        frames=[
            (names[one][0], word(SECTORS, names[one][1]), said[one].frame) for one in order if said[one].frame
        ],
        together=[
            (names[one][0], names[each.other][0], each)
            for one in order
            for each in said[one].collaborations.values()
            if each.other in names
        ],
        occasions=[(names[one][0], each) for one in order for each in said[one].occasions.values()],
        glossary=sorted({**{w: m for one in order for w, m in said[one].words.items()}}.items()),
    )


def _offers(said: dict[UUID, Cooperation], place: Place) -> list[tuple[str, Offer]]:
    """The open offers, by name."""
    names = place.partners()
    found = [(names[partner][0], offer) for partner, one in said.items() for offer in one.offers.values()]
    return sorted(found, key=lambda pair: pair[1].name.casefold())
