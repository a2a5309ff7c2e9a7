"""Where the demonstration lives: a folder of its own, made anew each time, and never one that is not its own."""

import fcntl
import os
import shutil
from pathlib import Path
from typing import Final

from hub.broker import LocalBroker
from hub.config import Settings
from hub.errors import HubError, Misconfigured
from hub.postgres import open_database

MARK: Final = "invented-people-only"
"""A file in the folder that says what it is."""


def fresh_home(settings: Settings) -> None:
    """Empty the demonstration's folder; refuse to touch any other, or one that is in use."""
    if not settings.demo:
        raise Misconfigured(
            "The demonstration is played on a database of its own: use hub demo, or hub --demo."
        )
    if settings.database_url is not None:
        raise Misconfigured(
            "The demonstration uses a PostgreSQL of its own, never yours: unset HUB_DATABASE_URL and try again."
        )
    home = settings.home
    if home.exists() and any(home.iterdir()):
        if not (home / MARK).exists() and not _is_demo(settings):
            raise Misconfigured(
                f"{home} holds something that is not the demonstration's, so it is not touched: choose another "
                "folder with --home."
            )
        _not_in_use(home)
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    (home / MARK).write_text("Made by hub demo; made anew each time.\n", encoding="utf-8")


def is_stopped(settings: Settings) -> bool:
    """Whether the demonstration's PostgreSQL, and its Kafka, have ended."""
    kafka = LocalBroker(settings.home / "kafka")
    return not ((settings.home / "postgres" / "data" / "postmaster.pid").exists() or kafka.is_running())


def _is_demo(settings: Settings) -> bool:
    """Whether the folder holds a demonstration's database: its own record says so."""
    if not (settings.home / "postgres" / "data" / "PG_VERSION").exists():
        return False
    try:
        with open_database(settings) as database, database.connection() as connection:
            row = connection.execute("SELECT value FROM hub_meta WHERE name = 'demo'").fetchone()
    except HubError:
        return False
    return row is not None and row[0] == "yes"


def _not_in_use(home: Path) -> None:
    """Refuse while another process uses the database: each holds a lock on this file as long as it lives."""
    for server in ("postgres", "kafka"):
        users = home / server / "users.lock"
        if users.exists():
            _refuse_if_held(users)


def _refuse_if_held(users: Path) -> None:
    handle = os.open(users, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Misconfigured(
            "The demonstration is running in another window: stop it there (Ctrl-C), then try again."
        ) from None
    finally:
        os.close(handle)
