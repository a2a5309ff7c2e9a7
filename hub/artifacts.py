"""Apache Kafka as Maven artifacts: fetched once, each file checked against a committed list.

`deploy/kafka/pom.xml` names them, `deploy/kafka/artifacts.sha256` lists every file and its SHA-256. They lie in
`.cache` of the checkout. They are fetched beside their place and moved there when all of them are right; who was killed
while fetching leaves only a folder that the next one removes.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import hub
from hub.errors import BrokerUnavailable, Misconfigured

VERSION: Final = "4.2.1"
"""Apache Kafka's."""
OLDEST_JAVA: Final = 17

_CHECKOUT: Final = Path(hub.__file__).parents[1]
PROJECT: Final = _CHECKOUT / "deploy" / "kafka"
"""The committed files: what to fetch, what it must be, and how the broker writes its log."""

PLACE: Final = _CHECKOUT / ".cache" / f"kafka-{VERSION}"
"""Where the fetched files lie."""


def missing_tools(place: Path | None = PLACE) -> str | None:
    """Say what is missing for a Kafka on this machine, or None: Java, and Maven until the artifacts are in a place."""
    java = shutil.which("java")
    if java is None:
        return f"Java {OLDEST_JAVA} or newer is not on the PATH, so there is no Kafka on this machine."
    if _java_version(java) < OLDEST_JAVA:
        return f"The Java on the PATH is older than {OLDEST_JAVA}, so there is no Kafka on this machine."
    if shutil.which("mvn") is None and (place is None or not place.is_dir()):
        return "Maven (mvn) is not on the PATH, so Apache Kafka cannot be fetched."
    return None


def fetch(place: Path = PLACE, *, project: Path = PROJECT) -> Path:
    """Fetch the artifacts if they are not there, check every file, and return their folder."""
    listed = _listed(project / "artifacts.sha256")
    if not place.is_dir():
        lacking = missing_tools(place)
        if lacking is not None:
            raise BrokerUnavailable(lacking)
        place.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(place.with_name(f"{place.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for half_made in place.parent.glob(f"{place.name}.new-*"):
                shutil.rmtree(half_made)
            if not place.is_dir():
                with tempfile.TemporaryDirectory(prefix=f"{place.name}.new-", dir=place.parent) as beside:
                    jars = Path(beside) / "jars"
                    _copy(project / "pom.xml", jars, lock)
                    _check(jars, listed)
                    jars.rename(place)
        finally:
            os.close(lock)
    _check(place, listed)
    return place


def _copy(pom: Path, to: Path, lock: int) -> None:
    """Let Maven fetch and copy; it holds our lock too, so that nobody starts anew while it still writes."""
    finished = subprocess.run(  # noqa: S603 - found on the PATH, as a person would
        [
            *(shutil.which("mvn") or "mvn", "--batch-mode", "--quiet", "--strict-checksums"),
            *("--no-transfer-progress", "--file", str(pom)),
            *("dependency:copy-dependencies", f"-DoutputDirectory={to}"),
        ],
        cwd=to.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        pass_fds=[lock],
    )
    if finished.returncode != 0:
        reasons = [line for line in finished.stdout.splitlines() if "[ERROR]" in line]
        raise BrokerUnavailable(
            f"Maven could not fetch Apache Kafka {VERSION}: {reasons[0] if reasons else 'no reason given'}"
        )


def _check(folder: Path, listed: dict[str, str]) -> None:
    """Refuse a file that is missing, one too many, or another than the list says."""
    found = {file.name for file in folder.iterdir()} if folder.is_dir() else set()
    wrong = [f"{name} is missing" for name in listed.keys() - found]
    wrong += [f"{name} is not on the list" for name in found - listed.keys()]
    wrong += [
        f"{name} is another file than the list says"
        for name in sorted(found & listed.keys())
        if _sha256(folder / name) != listed[name]
    ]
    if wrong:
        raise Misconfigured(
            f"Apache Kafka's files are not those in deploy/kafka/artifacts.sha256: {min(wrong)}; "
            f"remove {folder} to fetch them anew."
        )


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _listed(file: Path) -> dict[str, str]:
    lines = (line.split() for line in file.read_text().splitlines())
    return {name: digest for digest, name in lines}


def _java_version(java: str) -> int:
    """Ask a Java how old it is: `17.0.15` is 17, `1.8.0` is 1, and one that does not run is 0."""
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603 - as above
    version = re.search(r'version "(\d+)', told)
    return int(version[1]) if version is not None else 0
