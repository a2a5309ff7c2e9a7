"""The account that an embedded PostgreSQL runs as: PostgreSQL refuses to run as root."""

import pwd
import stat
from contextlib import suppress
from pathlib import Path
from typing import Self, TypedDict

from hub.errors import DatabaseUnavailable


class Account:
    """The account a server started by root runs as."""

    def __init__(self, uid: int, gid: int) -> None:
        self.uid = uid
        self.gid = gid

    @classmethod
    def for_folder(cls, folder: Path) -> Self:
        """Take the folder's owner if it is not root, else the first of the usual accounts."""
        status = folder.stat()
        if status.st_uid != 0:
            return cls(status.st_uid, status.st_gid)
        for name in ("postgres", "nobody"):
            with suppress(KeyError):
                entry = pwd.getpwnam(name)
                return cls(entry.pw_uid, entry.pw_gid)
        raise DatabaseUnavailable(
            "PostgreSQL does not run as root, and there is no account `nobody`; run as a user."
        )

    def arguments(self) -> "RunAs":
        """Give the arguments that make `subprocess` run something as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


class RunAs(TypedDict, total=False):
    """Arguments of `subprocess` that run something as an account."""

    user: int
    group: int
    extra_groups: list[int]


def let_through(folder: Path) -> None:
    """Let the server's account walk through a folder and those above it; it still cannot list them."""
    for place in (folder, *folder.parents):
        mode = place.stat().st_mode
        if not mode & stat.S_IXOTH:
            place.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def let_read(folder: Path) -> None:
    """Let the server's account read the programs, if they were installed under a strict umask."""
    if folder.stat().st_mode & stat.S_IROTH:
        return
    for place in (*folder.rglob("*"), folder):
        mode = stat.S_IMODE(place.stat().st_mode)
        place.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
