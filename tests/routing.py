"""The route table of the application: every route that it has, whoever added it, and who it is for."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple
from uuid import UUID

from hub.web.acts import ON_CITIZEN, ON_PLAN

OPEN: Final = frozenset({"/login", "/login/begynd", "/login/tilbage", "/vaelg", "/sprog"})
"""For whoever it is: they tell of nobody."""
WITHOUT_LOGIN: Final = ("/bisidder", "/static/", "/kalender")
"""Opened by a secret in the address or by nothing, with rules of their own."""


FOR_ALL: Final = frozenset({"/byen"})
"""For whoever is logged in, citizens too: nothing there is about anybody."""


class Line(NamedTuple):
    """One route."""

    method: str
    path: str

    @property
    def api(self) -> bool:
        """Whether it is the API's."""
        return self.path.startswith("/api/")

    @property
    def open(self) -> bool:
        """Whether anybody may come."""
        return self.path in OPEN or self.path.startswith(WITHOUT_LOGIN) or self.path.endswith("/openapi.json")

    @property
    def for_all(self) -> bool:
        """Whether whoever is logged in may come."""
        return self.path in FOR_ALL

    @property
    def of_a_citizen(self) -> bool:
        """Whether it is about one citizen whom the address names."""
        return "{ref}" in self.path and self.path.startswith(("/borger/", "/vaerdispring/"))

    @property
    def ones_own(self) -> bool:
        """Whether it is a citizen's own."""
        return self.path == "/mit" or self.path.startswith("/mit/")

    def at(self, **values: object) -> str:
        """The address with values."""
        return self.path.format_map({key: str(value) for key, value in values.items()})

    def __str__(self) -> str:
        """As a table says it."""
        return f"{self.method} {self.path}"


def table(app: Any) -> list[Line]:
    """Every route of an application, of its routers and of what is mounted in it."""
    return sorted(set(_lines(app.routes, "")))


def _lines(routes: Iterable[Any], before: str) -> Iterator[Line]:
    for route in routes:
        if (router := getattr(route, "original_router", None)) is not None:
            yield from _lines(router.routes, before)
        elif (methods := getattr(route, "methods", None)) is not None:
            for method in methods - {"HEAD", "OPTIONS"}:
                yield Line(method, before + route.path)
        elif (mounted := getattr(route, "app", None)) is not None and hasattr(mounted, "routes"):
            yield from _lines(mounted.routes, before + route.path)


class Values(dict[str, str]):
    """What stands in an address for what a route does not say: an id that is nobody's."""

    def __missing__(self, key: str) -> str:
        return str(UUID(int=7))


WORDS: Final[dict[str, dict[str, str]]] = {
    "/borger/{ref}/aftaler/{agreement}/{verb}": {"verb": "holdt"},
    "/borger/{ref}/moeder/{meeting}/{verb}": {"verb": "besked"},
    "/borger/{ref}/overlevering/{handover}/{verb}": {"verb": "laest"},
    "/borger/{ref}/skriv/{slug}": {"slug": "haab"},
    "/organisationer/{partner}/{verb}": {"verb": "person"},
    "/borger/{ref}/plan/{at}/{what}": {
        "what": next(one for one, act in ON_PLAN.items() if not act.authority)
    },
    "/borger/{ref}/myndighed/{at}/{what}": {"what": next(iter(ON_CITIZEN))},
}
"""Words that a route knows, where any other word is no page at all."""
