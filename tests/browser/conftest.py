"""A town with much in it, its pages on loopback, and one browser for each file."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from hub.postgres import Database
from tests.browser.filled import Filled, filled
from tests.browser.windows import CHROMIUM, Home, browsing, serving
from tests.conftest import skip

_HERE = Path(__file__).parent
_WHY = "Chromium is missing: make test installs it where it may; otherwise: sudo apt-get install chromium"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without Chromium the tests here are skipped, loudly; a run of the build is never called complete without."""
    if CHROMIUM is None and _HERE in item.path.parents:
        if os.environ.get("CI") == "true":
            pytest.fail(_WHY, pytrace=False)
        skip(item, _WHY, _WHY)


@pytest.fixture(scope="module")
def life(lasting_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """The town, and Karla, whose pages are full."""
    return filled(lasting_database, tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def home(life: Filled) -> Iterator[Home]:
    """Its pages, served."""
    with serving(life.town) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all windows of a file."""
    with browsing() as opened:
        yield opened
