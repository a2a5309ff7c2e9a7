"""The form that a consent is given with, for the citizen and for staff who write a spoken one down."""

from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from hub.aggregates import Window
from hub.clock import copenhagen_day, end_of_day, start_of_day
from hub.desk.yours import WHAT_FOR, YOURS
from hub.texts import CATEGORIES, PURPOSES, say, word
from hub.vocabulary import Purpose, label_names, purpose_names
from hub.web.forms import Posted
from hub.web.place import Place

GIVEN: Final = ("partner", "categories", "purposes", "last", "past", "past_from")
_EVER: Final = date(1900, 1, 1)
_PURPOSES: Final = tuple(str(one) for one in Purpose if one != "emergency")


class Terms(NamedTuple):
    """What is permitted to an organisation."""

    categories: frozenset[str]
    purposes: frozenset[str]
    until: datetime | None
    window: Window | None

    @property
    def given(self) -> dict[str, Any]:
        """The same, for the command."""
        return self._asdict()


def choices(place: Place, partner: UUID, *, yours: bool) -> dict[str, Any]:
    """What the form offers: what the organisation's sector can receive, and what it is for."""
    facts = place.hub.partners().get(partner)
    can = [] if facts is None else label_names(facts.ceiling)
    usual = [] if facts is None else purpose_names(facts.purposes)
    return {
        "partner": partner,
        "partner_name": place.partners()[partner][0],
        "can": [(one, word(YOURS if yours else CATEGORIES, one)) for one in can if one != "attendance"],
        "ways": [(one, word(WHAT_FOR if yours else PURPOSES, one)) for one in _PURPOSES],
        "usual": [one for one in usual if one in _PURPOSES],
        "pasts": [
            ("no", say("Nej, kun det, der sker fra nu af", "No, only what happens from now on")),
            ("all", say("Ja, alt det, der er sket før", "Yes, all that happened before")),
            ("from", say("Ja, det, der er sket fra en bestemt dag", "Yes, what happened from a certain day")),
        ],
    }


def read_terms(place: Place, form: Posted) -> Terms:
    """The terms as the form says them; what is wrong is noted on the form."""
    categories = form.choices(
        "categories", CATEGORIES, needed=say("Vælg, hvad de må vide.", "Choose what they may know.")
    )
    purposes = form.choices(
        "purposes", _PURPOSES, needed=say("Vælg, hvad det skal bruges til.", "Choose what it is for.")
    )
    past = form.choice("past", ("no", "all", "from"), needed=say("Vælg et af svarene.", "Choose an answer."))
    begins = None
    if past == "from":
        begins = form.day("past_from", needed=say("Skriv dagen.", "Write the day."))
    window = None
    if past == "all":
        window = Window(start_of_day(_EVER), None, include_undated=True)
    elif begins is not None:
        window = Window(start_of_day(begins), None)
    return Terms(frozenset(categories), frozenset(purposes), last_day(place, form, "last"), window)


def last_day(place: Place, form: Posted, name: str, *, needed: str | None = None) -> datetime | None:
    """The end of the last day of a permission, which is today or later."""
    found = form.day(name, needed=needed)
    if found is not None and found < copenhagen_day(place.hub.clock()):
        form.wrong(name, say("Dagen er gået. Vælg en senere dag.", "That day is over. Choose a later one."))
        return None
    return None if found is None else end_of_day(found)
