"""Leaks that are planted in what is answered over HTTP: the comparison of two worlds must find each."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final
from unittest.mock import patch

from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from hub.relay.feed import Feed, FeedPage
from hub.web.api import tags
from hub.web.place import Place
from tests.worlds.pipeline import World

_PAGE, _TAG, _AFTER, _PLAY = Place.page, tags.tag_of, Feed.after, World.play
_recorded: list[Callable[[], int]] = []


def _counted() -> int:
    """How much has been recorded of the one citizen in the world that is played now."""
    return _recorded[-1]()


def _counting(world: World) -> None:
    """Play, with a way to count what is hidden as well."""
    _recorded[:] = [lambda: len(list(world.life.hub.items(world.life.citizen)))]
    _PLAY(world)


def _with_a_count(place: Place, template: str, **context: Any) -> HTMLResponse:
    """A page that tells how much there is, hidden or not."""
    page = _PAGE(place, template, **context)
    text = bytes(page.body).decode().replace("</main>", f"<p>{_counted()}</p></main>")
    return HTMLResponse(text, page.status_code)


def _with_a_tag(answer: BaseModel) -> str:
    """A tag that changes when anything is recorded."""
    return f'{_TAG(answer)[:-3]}{_counted() % 100:02}"'


def _with_a_sequence(feed: Feed, *terms: Any, **more: Any) -> FeedPage:
    """A feed whose end is counted over all that is recorded."""
    return _AFTER(feed, *terms, **more)._replace(last=_counted())


@contextmanager
def _planted(where: Any, name: str, leak: Callable[..., Any]) -> Iterator[None]:
    """A leak, in worlds that can be counted in."""
    with patch.object(World, "play", _counting), patch.object(where, name, leak):
        yield


LEAKS_HTTP: Final[dict[str, Callable[[], AbstractContextManager[Any]]]] = {
    "a page with a count of what is hidden": lambda: _planted(Place, "page", _with_a_count),
    "a tag that tells of what is hidden": lambda: _planted(tags, "tag_of", _with_a_tag),
    "a feed that is numbered over all": lambda: _planted(Feed, "after", _with_a_sequence),
}
"""Every leak, as what plants it for as long as it is open."""
