"""A Kafka of our own in a folder: one node on loopback, with users and permissions, from pinned Maven artifacts.

`deploy/kafka/pom.xml` names the artifacts and `artifacts.sha256` every file of them. `hub.keeper` says who starts
and stops the broker. What lies in the folder:

- `data/`: the log. It is made beside its place and moved there, so that a crash leaves nothing half made.
- `secrets.json`: the superuser's secret and the controller's. They are in no command line.
- `ports.json`: the ports, chosen at the first start; a restart has the same address.
- `server.pid`: the broker's process number. The broker itself holds a lock on the file for as long as it lives.
- `started.log`: not empty when the broker has said that it is up; `server.log`: its warnings.
"""

import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import run
from typing import Final, NoReturn, Self

from hub.artifacts import PLACE, PROJECT, VERSION, fetch, missing_tools
from hub.errors import BrokerUnavailable, HubError
from hub.keeper import Endings, KeptServer, keep, locked

__all__ = ["SETTINGS", "VERSION", "LocalBroker", "Tls", "archive_classes", "fetch", "missing_tools"]

USER: Final = "hub"
"""The superuser: the hub itself, who makes topics, users and permissions."""

SETTINGS: Final[Mapping[str, str]] = {
    # one node is broker and controller
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "CLIENT",
    # nobody comes in without a name, and nobody may do what nothing permits
    "listener.security.protocol.map": "CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT,TLS:SASL_SSL",
    "listener.name.client.sasl.enabled.mechanisms": "SCRAM-SHA-256,SCRAM-SHA-512",
    "listener.name.tls.sasl.enabled.mechanisms": "SCRAM-SHA-256,SCRAM-SHA-512",
    "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
    "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
    "sasl.mechanism.controller.protocol": "PLAIN",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found": "false",
    "super.users": f"User:{USER}",
    "connections.max.reauth.ms": "60000",  # a secret that was taken back ends a connection within this time
    # topics are made by the hub, with their settings
    "auto.create.topics.enable": "false",
    "message.max.bytes": "2097152",
    "log.cleaner.backoff.ms": "1000",
    "log.cleaner.dedupe.buffer.size": "33554432",
    # one copy of everything, for there is one node
    "default.replication.factor": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "6",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "3",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    # back soon after it was killed
    "broker.session.timeout.ms": "1500",
    "broker.heartbeat.interval.ms": "250",
}
"""What this broker and the one of deploy/compose.yaml have in common; a test holds them equal."""

CLASSES: Final = PLACE.with_name(f"{PLACE.name}.jsa")
"""The broker's classes as Java has them in memory, made from the checked files; not needed, but quicker."""

_JAVA: Final = (
    *("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"),
    *("-XX:-UsePerfData", "-Djava.awt.headless=true", "-Djava.io.tmpdir=tmp"),
)
_ENDINGS: Final = Endings(gentle=signal.SIGTERM, hard=signal.SIGKILL)
_LISTENERS: Final = ("CLIENT", "CONTROLLER", "TLS")


@dataclass(frozen=True, slots=True)
class Tls:
    """What the TLS listener shows: a certificate with those above it, and its key (PKCS #8), each as PEM."""

    certificate_chain_pem: str
    key_pem: str = field(repr=False)


class LocalBroker(KeptServer):
    """Apache Kafka in one folder, shared by every process that names the folder."""

    endings = _ENDINGS

    def __init__(
        self, folder: Path, *, settings: Mapping[str, str] | None = None, tls: Tls | None = None
    ) -> None:
        super().__init__(folder)
        self.settings = {**SETTINGS, **(settings or {})}
        self.tls = tls
        # Java itself refuses an archive of other files or another Java, and then goes on without.
        self._class_archive = [f"-XX:SharedArchiveFile={CLASSES}"] if CLASSES.exists() else []

    @property
    def data(self) -> Path:
        """Kafka's log directory."""
        return self.folder / "data"

    @property
    def bootstrap(self) -> str:
        """Where clients connect, within this machine."""
        return self._address("CLIENT")

    @property
    def tls_bootstrap(self) -> str:
        """Where clients connect with TLS."""
        return self._address("TLS")

    @property
    def controller(self) -> str:
        """Where the controller listens; only the broker itself has its secret."""
        return self._address("CONTROLLER")

    @property
    def user(self) -> str:
        """The superuser's name."""
        return USER

    @property
    def password(self) -> str:
        """The superuser's secret."""
        return self._secrets()["user"]

    @property
    def pid(self) -> int:
        """The broker's process number."""
        pid = self._server_pid()
        if pid is None:
            raise self._unavailable(f"in {self.folder} is not running; start it first.")
        return pid

    def is_running(self) -> bool:
        """Whether the broker lives, whoever started it."""
        return self._server_pid() is not None

    def kill(self) -> None:
        """End the broker as a power cut would, and return when it is gone; `start_again` brings it back."""
        pid = self.pid
        os.kill(pid, signal.SIGKILL)
        self._ended(pid)

    def start_again(self) -> None:
        """Start the broker anew, at the same address, if it is not running."""
        if self._users is None:
            raise self._unavailable(f"in {self.folder} is not ours to start again; start it first.")
        with self._starting():
            if not self._is_ready():
                self._launch()

    def _prepare(self) -> None:
        lacking = missing_tools()
        if lacking is not None:
            raise BrokerUnavailable(lacking)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.folder.chmod(0o700)
        except PermissionError as error:
            raise self._unavailable(
                f"has no folder: {self.folder} belongs to another user; set HUB_HOME to a folder of your own."
            ) from error

    def _launch(self) -> None:
        """Format the log directory if there is none, then start the broker.

        Every path that Java sees is relative to the folder, so that the folder may be called anything.
        """
        for half_made in self.folder.glob("new-*"):  # by a starter that was killed; we hold the start lock
            shutil.rmtree(half_made, ignore_errors=True)
        java = [shutil.which("java") or "java", *_JAVA, *self._class_archive, "-cp", f"{fetch()}/*"]
        ports = self._choose_ports()
        self._make_secrets()
        environment = {**self._environment(), "LC_ALL": "C.UTF-8"}
        if not self.data.exists():
            self._format(java, ports, environment)
        temporary = self.folder / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)  # libraries that a killed broker unpacked there
        temporary.mkdir(mode=0o700)
        _write(self.folder / "server.properties", self._properties(ports))
        (self.folder / "started.log").unlink(missing_ok=True)
        logging = f"-Dlog4j2.configurationFile={(PROJECT / 'log4j2.xml').as_uri()}"
        self._keep("hub.broker", [*java, logging, "kafka.Kafka", "server.properties"], environment)

    def _format(self, java: list[str], ports: Mapping[str, int], environment: dict[str, str]) -> None:
        """Make the log directory beside its place, with the superuser in it, and move it there."""
        with tempfile.TemporaryDirectory(
            prefix="new-", dir=self.folder, ignore_cleanup_errors=True
        ) as beside:
            made = Path(beside)
            (made / "tmp").mkdir()
            _write(made / "server.properties", self._properties(ports))
            # StorageTool reads arguments from a file, one a line: the secret is in no command line.
            scram = f"SCRAM-SHA-512=[name={USER},password={self.password}]"
            identity = (
                "h" + secrets.token_urlsafe(16)[1:]
            )  # one that begins with a dash is taken for an option
            what = ("format", "--standalone", "--cluster-id", identity)
            _write(made / "arguments", "\n".join((*what, "--config=server.properties", "--add-scram", scram)))
            finished = run(  # noqa: S603 - a program of our own installation
                [*java, "kafka.tools.StorageTool", "@arguments"],
                cwd=made,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            if finished.returncode != 0 or not (made / "data").exists():
                _write(self.log, finished.stderr)  # in the other output are keys
                raise self._unavailable(f"could not make its data directory; {self.log} says why.")
            (made / "data").rename(self.data)

    def _properties(self, ports: Mapping[str, int]) -> str:
        """Write the broker's settings, its secrets among them."""
        kept = self._secrets()
        addresses = {name: f"{name}://127.0.0.1:{port}" for name, port in ports.items()}
        scram, plain = (
            f"org.apache.kafka.common.security.{kind}LoginModule required"
            for kind in ("scram.Scram", "plain.Plain")
        )
        hub, controller = (f'username="{USER}" password="{kept[key]}"' for key in ("user", "controller"))
        values = {
            **self.settings,
            "log.dirs": "data",
            "listeners": ",".join(addresses.values()),
            "advertised.listeners": ",".join(
                address for name, address in addresses.items() if name != "CONTROLLER"
            ),
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{ports['CONTROLLER']}",
            "listener.name.client.scram-sha-256.sasl.jaas.config": f"{scram};",
            "listener.name.client.scram-sha-512.sasl.jaas.config": f"{scram} {hub};",
            "listener.name.tls.scram-sha-256.sasl.jaas.config": f"{scram};",
            "listener.name.tls.scram-sha-512.sasl.jaas.config": f"{scram};",
            "listener.name.controller.plain.sasl.jaas.config": (
                f'{plain} {controller} user_{USER}="{kept["controller"]}";'
            ),
        }
        if self.tls is not None:
            values |= {
                "listener.name.tls.ssl.keystore.type": "PEM",
                "listener.name.tls.ssl.keystore.certificate.chain": self.tls.certificate_chain_pem,
                "listener.name.tls.ssl.keystore.key": self.tls.key_pem,
            }
        return "".join(f"{key}={_in_properties(value)}\n" for key, value in values.items())

    def _choose_ports(self) -> dict[str, int]:
        """Take the ports of the last time, or free ones for those that are new or taken."""
        file = self.folder / "ports.json"
        known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
        wanted = [name for name in _LISTENERS if name != "TLS" or self.tls is not None]
        with _Claims() as claims:
            ports = {name: claims.port(known.get(name)) for name in wanted}
        _write(file, json.dumps(ports))
        return ports

    def _make_secrets(self) -> None:
        file = self.folder / "secrets.json"
        if not file.exists():
            _write(file, json.dumps({name: secrets.token_urlsafe(32) for name in ("user", "controller")}))

    def _secrets(self) -> dict[str, str]:
        try:
            kept: dict[str, str] = json.loads((self.folder / "secrets.json").read_text())
        except FileNotFoundError:
            raise self._unavailable(f"in {self.folder} has not been started yet; start it first.") from None
        return kept

    def _address(self, listener: str) -> str:
        if self._server_pid() is not None or self._users is not None:
            ports: dict[str, int] = json.loads((self.folder / "ports.json").read_text())
            if listener in ports:
                return f"127.0.0.1:{ports[listener]}"
            raise self._unavailable(f"in {self.folder} runs without TLS; stop it, and start it with TLS.")
        raise self._unavailable(f"in {self.folder} is not running; start it first.")

    def _server_pid(self) -> int | None:
        """Read who the broker is; while it lives, it holds the lock on the file."""
        with suppress(FileNotFoundError), (self.folder / "server.pid").open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                with suppress(ValueError):  # being written
                    return int(file.read())
        return None

    def _is_ready(self) -> bool:
        with suppress(FileNotFoundError):
            return self._server_pid() is not None and (self.folder / "started.log").stat().st_size > 0
        return False

    def _unavailable(self, sentence: str) -> HubError:
        return BrokerUnavailable(f"The local Kafka {sentence}")


def archive_classes() -> None:
    """Let Java keep the broker's classes as it has them in memory: every later start takes a second less."""
    with tempfile.TemporaryDirectory(prefix=f"{CLASSES.name}.new-", dir=CLASSES.parent) as beside:
        made = Path(beside) / "classes"
        CLASSES.unlink(missing_ok=True)
        broker = LocalBroker(Path(beside) / "kafka")
        broker._class_archive = [f"-XX:ArchiveClassesAtExit={made}"]  # noqa: SLF001 - the same module
        with broker:
            pass
        if made.exists():
            made.replace(CLASSES)


class _Claims:
    """Ports on loopback, each held until all are chosen."""

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for claim in self._held:
            claim.close()

    def port(self, wanted: int | None) -> int:
        """Claim the port that is wanted, or any when it is taken."""
        claim = socket.socket()
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just left is free
        self._held.append(claim)
        try:
            claim.bind(("127.0.0.1", wanted or 0))
        except OSError:
            claim.bind(("127.0.0.1", 0))
        port: int = claim.getsockname()[1]
        return port


def _write(file: Path, text: str) -> None:
    """Write a file that only we read, whole or not at all."""
    beside = file.with_name(f"{file.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(text)
    beside.replace(file)


def _in_properties(value: str) -> str:
    """Write a value as Java's properties files want it."""
    return value.replace("\\", "\\\\").replace("\n", "\\n").encode("ascii", "backslashreplace").decode()


def _main() -> NoReturn:
    """Be the keeper; arguments: the folder, and the broker's command line."""
    folder, command = Path(sys.argv[1]), sys.argv[2:]
    lock = locked(folder / "server.pid", fcntl.LOCK_EX)  # waits for a broker that is still ending

    def started(pid: int) -> None:
        os.truncate(lock, 0)
        os.write(lock, str(pid).encode())
        os.close(lock)  # the broker keeps its own copy, and with it the lock

    sys.exit(keep(folder, command, _ENDINGS, started=started, inherited=[lock]))


if __name__ == "__main__":
    _main()
