import json
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    NewTopic,
    ResourcePattern,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from kafka.errors import KafkaError
from kafka.structs import TopicPartition

from hub.artifacts import PROJECT
from hub.broker import SETTINGS, VERSION, LocalBroker, Tls, fetch, missing_tools
from hub.errors import BrokerUnavailable, Misconfigured
from hub.kafka.connection import Cluster

CHECKOUT = Path(__file__).parents[2]
DEPLOY = CHECKOUT / "deploy"
COMPOSE = DEPLOY / "compose"

USER = """
import sys, pathlib
from hub.broker import LocalBroker
with LocalBroker(pathlib.Path(sys.argv[1])) as broker:
    print(broker.pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="session")
def made(broker: LocalBroker) -> Iterator[tuple[Path, set[str]]]:
    """A folder in which a broker was made, and stopped, and every command line that was seen meanwhile."""
    parent = Path(tempfile.mkdtemp(prefix="hub-test-"))
    seen: set[str] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            seen.update(running(parent))
            time.sleep(0.01)

    watching = threading.Thread(target=watch)
    watching.start()
    with LocalBroker(parent / "kafka"):
        over.set()
        watching.join()
    yield parent / "kafka", seen
    shutil.rmtree(parent, ignore_errors=True)


@pytest.fixture
def new_folder() -> Iterator[Path]:
    """A folder for a broker of one test's own, with nothing in it yet."""
    parent = Path(tempfile.mkdtemp(prefix="hub-test-"))
    yield parent / "kafka"
    until_nothing_runs(parent)
    shutil.rmtree(parent, ignore_errors=True)


@pytest.fixture
def folder(made: tuple[Path, set[str]], new_folder: Path) -> Path:
    """A folder for a broker of one test's own, made but not running."""
    subprocess.run(["cp", "-a", str(made[0]), str(new_folder)], check=True)
    return new_folder


def running(folder: Path) -> list[str]:
    """List the processes that work in the folder: keepers and brokers."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def until_nothing_runs(folder: Path, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while running(folder):
        assert time.monotonic() < deadline, running(folder)
        time.sleep(0.02)


def another_user(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """Another process that uses the broker until its standard input closes; and the broker's process number."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def as_hub(broker: LocalBroker) -> Cluster:
    return Cluster(broker.bootstrap, broker.user, broker.password)


def with_user(cluster: Cluster, user: str, mechanism: str) -> Cluster:
    """Make a user who may write and read the topic `<prefix>.events`, and the topic."""
    admin = KafkaAdminClient(**cluster.options())
    admin.create_topics([NewTopic(cluster.events, 1, 1)])
    kind = ScramMechanism[mechanism.replace("-", "_")]
    assert {user: None} == admin.alter_user_scram_credentials(
        [UserScramCredentialUpsertion(user, kind, "a secret")]
    )
    topic = ResourcePattern(ResourceType.TOPIC, cluster.events)
    permitted = [
        ACL(f"User:{user}", "*", operation, ACLPermissionType.ALLOW, topic)
        for operation in (ACLOperation.READ, ACLOperation.WRITE)
    ]
    assert not admin.create_acls(permitted)["failed"]
    admin.close()
    return replace(cluster, user=user, password="a secret", mechanism=mechanism)


def write(cluster: Cluster, value: bytes) -> None:
    producer = KafkaProducer(acks="all", **cluster.options())
    producer.send(cluster.events, value).get(10)
    producer.close()


def read(cluster: Cluster, count: int = 1) -> list[bytes]:
    consumer = KafkaConsumer(auto_offset_reset="earliest", **cluster.options())
    consumer.assign([TopicPartition(cluster.events, 0)])
    found: list[bytes] = []
    deadline = time.monotonic() + 10
    while len(found) < count and time.monotonic() < deadline:
        found += [record.value for records in consumer.poll(100).values() for record in records]
    consumer.close()
    return found


def is_refused(cluster: Cluster, *, patience: int = 600) -> bool:
    options = {**cluster.options(), "bootstrap_timeout_ms": patience}
    try:
        KafkaAdminClient(**options).close()
    except KafkaError:
        return True
    return False


def place_of(address: str) -> tuple[str, int]:
    host, port = address.split(":")
    return host, int(port)


def answers_strangers(address: str) -> bool:
    """Ask how the controllers stand (DescribeQuorum) without saying who asks."""
    question = struct.pack(">hhihb", 55, 0, 1, -1, 0) + b"\x02\x13__cluster_metadata\x02" + bytes(7)
    with socket.create_connection(place_of(address), 5) as stranger, suppress(OSError):
        stranger.sendall(struct.pack(">i", len(question)) + question)
        return stranger.recv(4) != b""
    return False


# ------------------------------------------------------------------------------------------ the artifacts


@pytest.fixture
def jars(broker: LocalBroker, tmp_path: Path) -> Path:
    """The fetched files, in a folder in which a test may change some."""
    return Path(shutil.copytree(fetch(), tmp_path / "jars", copy_function=os.symlink))


def test_what_is_fetched_is_what_is_listed() -> None:
    """The list names each file once, with Kafka's version, and the project pins every version it names."""
    names = [line.split()[1] for line in (PROJECT / "artifacts.sha256").read_text().splitlines()]
    assert len(names) == len(set(names))
    assert f"kafka_2.13-{VERSION}.jar" in names

    project = (PROJECT / "pom.xml").read_text()
    assert f"<version>{VERSION}</version>" in project
    assert project.count("<artifactId>") == project.count("<version>")


def test_files_as_listed_are_taken(jars: Path) -> None:
    """Nothing is fetched when the files are there and right."""
    start = time.monotonic()
    assert jars == fetch(jars)
    assert time.monotonic() - start < 1


@pytest.mark.parametrize("change", ["changed", "removed", "added"])
def test_a_changed_file_is_refused_by_name(jars: Path, change: str) -> None:
    """A file that is another than the list says, is missing, or is one too many is named, and nothing starts."""
    jar = jars / ("one-too-many.jar" if change == "added" else f"kafka-clients-{VERSION}.jar")
    content = b"" if change == "added" else jar.read_bytes()
    jar.unlink(missing_ok=True)
    if change != "removed":
        jar.write_bytes(content + b"\0")

    with pytest.raises(Misconfigured, match=jar.name):
        fetch(jars)


def test_an_interrupted_fetch_leaves_nothing(broker: LocalBroker, tmp_path: Path) -> None:
    """A fetch that is killed leaves no folder that could be taken for a whole one, and the next one does it all."""
    if lacking := missing_tools(None):
        pytest.skip(lacking)
    place = tmp_path / "kafka"
    code = "import pathlib, sys; from hub.artifacts import fetch; fetch(pathlib.Path(sys.argv[1]))"
    fetching = subprocess.Popen([sys.executable, "-c", code, str(place)])
    while not list(tmp_path.glob("kafka.new-*/jars/*.jar")):
        assert fetching.poll() is None
        time.sleep(0.005)
    fetching.kill()
    fetching.wait()
    assert not place.exists()
    assert list(tmp_path.glob("kafka.new-*"))

    assert place == fetch(place)
    assert not list(tmp_path.glob("kafka.new-*"))


def test_maven_that_fails_says_so(broker: LocalBroker, tmp_path: Path) -> None:
    """When Maven fails, one sentence says so with Maven's reason, and nothing is left."""
    if lacking := missing_tools(None):
        pytest.skip(lacking)
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project)
    (project / "pom.xml").write_text("<project>")

    with pytest.raises(BrokerUnavailable, match=r"Maven could not fetch .*\[ERROR\]"):
        fetch(tmp_path / "kafka", project=project)
    assert ["kafka.lock", "project"] == sorted(path.name for path in tmp_path.iterdir())


@pytest.mark.parametrize("present", [(), ("java",)])
def test_the_build_does_not_pass_without_a_broker(tmp_path: Path, present: tuple[str, ...]) -> None:
    """With CI=true and no Java or no Maven on the PATH the tests fail at once, in a sentence."""
    for name in present:
        (tmp_path / name).symlink_to(shutil.which(name) or pytest.skip("no Java here"))
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--collect-only", "tests/unit/test_config.py"],
        cwd=CHECKOUT,
        env={**os.environ, "CI": "true", "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 4 == finished.returncode
    assert f"{'Maven (mvn)' if present else 'Java 17 or newer'} is not on the PATH" in finished.stderr


# ------------------------------------------------------------------------------------- the same with Docker


def test_the_broker_of_the_compose_file_is_set_as_this_one() -> None:
    """The compose file's Kafka has the same version and settings; only addresses and folders are its own."""
    lines = (COMPOSE / "server.properties").read_text().splitlines()
    theirs = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    own = {key for key in theirs if key not in SETTINGS}

    assert SETTINGS == {key: value for key, value in theirs.items() if key in SETTINGS}
    assert own == {
        *("log.dirs", "listeners", "controller.quorum.bootstrap.servers"),
        "listener.name.tls.ssl.keystore.type",
    }
    assert f"image: apache/kafka:{VERSION}\n" in (DEPLOY / "compose.yaml").read_text()


def test_the_compose_file_names_what_is_there() -> None:
    """Each file that the compose file names is in the checkout, and each secret is made by the script."""
    text = (DEPLOY / "compose.yaml").read_text()
    named = re.findall(r"\./compose/[\w./]+|deploy/\w+", text)
    secrets = {name.rpartition("/")[2] for name in named if "/secrets/" in name}
    made = (COMPOSE / "secrets.sh").read_text()

    assert len(named) > 5
    assert [] == [name for name in named if "/secrets/" not in name and not is_there(name)]
    assert [] == [name for name in secrets if name not in made]


def is_there(name: str) -> bool:
    return (DEPLOY / name).exists() or (CHECKOUT / name).exists()


# ----------------------------------------------------------------------------------------- who may come in


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_a_user_writes_and_reads_with_its_secret(cluster: Cluster, mechanism: str) -> None:
    """A user with permissions on a topic writes to it and reads from it, with either kind of secret."""
    someone = with_user(cluster, f"{cluster.prefix}-someone", mechanism)
    write(someone, b"one")
    assert [b"one"] == read(someone)


def test_a_wrong_password_is_refused(cluster: Cluster) -> None:
    """Nobody comes in with another password, under an unknown name, or with no name."""
    assert not is_refused(cluster, patience=8_000)
    assert is_refused(replace(cluster, password="another"))
    assert is_refused(replace(cluster, user="nobody"))
    assert is_refused(replace(cluster, user=None, password=None))


def test_nothing_is_permitted_that_is_not_written(cluster: Cluster) -> None:
    """A user without permissions sees no topic, not even one whose name it knows."""
    someone = with_user(cluster, f"{cluster.prefix}-someone", "SCRAM-SHA-512")
    topic = f"{cluster.prefix}.other"
    admin = KafkaAdminClient(**cluster.options())
    admin.create_topics([NewTopic(topic, 1, 1)])
    assert {topic, cluster.events} <= set(admin.list_topics())
    admin.close()

    stranger = KafkaAdminClient(**someone.options())
    assert [cluster.events] == stranger.list_topics()
    stranger.close()


def test_strangers_are_refused_by_broker_and_controller(broker: LocalBroker) -> None:
    """Neither broker nor controller answers who has not said who it is; the hub's secret is not the controller's."""
    assert not answers_strangers(broker.bootstrap)
    assert not answers_strangers(broker.controller)
    assert is_refused(Cluster(broker.controller, broker.user, broker.password, "PLAIN"))


def test_an_open_door_would_be_found(folder: Path) -> None:
    """The question of the test above is answered by a broker and a controller that let anybody in."""
    settings = {
        "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "super.users": "User:ANONYMOUS",
    }
    with LocalBroker(folder, settings=settings) as broker:
        assert answers_strangers(broker.bootstrap)
        assert answers_strangers(broker.controller)


def test_a_user_comes_in_through_tls(folder: Path, tmp_path: Path) -> None:
    """With a certificate there is a TLS listener too; a client that trusts its CA comes in, another does not."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=hub"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    tls = Tls(certificate.read_text(), key.read_text())
    with LocalBroker(folder, tls=tls) as broker:
        cluster = Cluster(broker.tls_bootstrap, broker.user, broker.password, ca_file=certificate)
        assert not is_refused(cluster, patience=8_000)
        assert is_refused(replace(cluster, password="another"))
        assert not is_refused(as_hub(broker), patience=8_000)

        with socket.create_connection(place_of(broker.tls_bootstrap), 5) as plain:
            with pytest.raises(ssl.SSLCertVerificationError):
                ssl.create_default_context().wrap_socket(plain, server_hostname="127.0.0.1")


def test_without_a_certificate_there_is_no_tls(broker: LocalBroker) -> None:
    """Asking for the TLS address of a broker without one is refused in a sentence."""
    with pytest.raises(BrokerUnavailable, match="without TLS"):
        _ = broker.tls_bootstrap


def test_the_folder_is_closed_and_its_secrets_are_in_no_command_line(made: tuple[Path, set[str]]) -> None:
    """Nobody else on the machine reads the data or the secrets, neither in files nor in the list of processes."""
    folder, seen = made
    assert 0 == folder.stat().st_mode & 0o077
    for name in ("secrets.json", "server.properties", "server.log", "server.pid", "ports.json"):
        assert 0 == (folder / name).stat().st_mode & 0o077, name
    assert not list(folder.glob("new-*"))
    for tool in ("StorageTool", "kafka.Kafka"):
        assert any(tool in command for command in seen)
    for secret in json.loads((folder / "secrets.json").read_text()).values():
        assert not [command for command in seen if secret in command]
        assert secret not in (folder / "server.log").read_text()


# --------------------------------------------------------------------------------------- starting and ending


def test_two_share_a_broker_until_the_last_is_killed(folder: Path) -> None:
    """Two processes share one broker; either may leave first, and when the last is killed nothing is left."""
    other, pid = another_user(folder)
    third, same = another_user(folder)
    with LocalBroker(folder) as broker:
        assert pid == same == broker.pid
        other.communicate(timeout=30)
        assert 0 == other.returncode
        assert not is_refused(as_hub(broker), patience=8_000)
    assert Path(f"/proc/{pid}").exists()
    third.kill()
    third.communicate(timeout=30)
    until_nothing_runs(folder)
    assert not Path(f"/proc/{pid}").exists()


def test_what_was_acknowledged_survives_a_kill(folder: Path) -> None:
    """A broker that was killed comes back at the same address with every record that it had acknowledged."""
    with LocalBroker(folder) as broker:
        cluster = with_user(as_hub(broker), "someone", "SCRAM-SHA-512")
        address, pid = broker.bootstrap, broker.pid
        for value in (b"one", b"two"):
            write(cluster, value)
        broker.kill()
        with pytest.raises(BrokerUnavailable, match="not running"):
            _ = broker.pid
        broker.start_again()
        assert address == broker.bootstrap
        assert pid != broker.pid
        assert [b"one", b"two"] == read(cluster, 2)
        broker.start_again()
        assert not is_refused(cluster, patience=8_000)


def test_a_port_that_was_taken_meanwhile_is_chosen_anew(made: tuple[Path, set[str]]) -> None:
    """A folder whose ports others took gets new ones; spaces, commas and Danish letters in its name do no harm."""
    folder = Path(tempfile.mkdtemp(prefix="hub-test-")) / "Sørens, 'data' \\ %d ${hub} <kafka>"
    shutil.copytree(made[0], folder)
    with LocalBroker(folder) as own:
        cluster = with_user(as_hub(own), "someone", "SCRAM-SHA-512")
        write(cluster, b"one")
        before, pid = [own.bootstrap, own.controller], own.pid
    assert not Path(f"/proc/{pid}").exists()
    with socket.create_server(place_of(before[0])), socket.create_server(place_of(before[1])):
        with LocalBroker(folder) as own:
            assert not {own.bootstrap, own.controller} & set(before)
            assert [b"one"] == read(replace(cluster, bootstrap=own.bootstrap))
    shutil.rmtree(folder.parent)


def test_a_broker_that_cannot_start_says_where_to_look(folder: Path) -> None:
    """A setting that Kafka refuses is answered with the file that says why, and nothing is left running."""
    with pytest.raises(BrokerUnavailable, match=r"server\.log"):
        LocalBroker(folder, settings={"num.io.threads": "nonsense"}).start()
    until_nothing_runs(folder)
    assert "num.io.threads" in (folder / "server.log").read_text()


def test_a_broker_that_does_not_run_says_so(tmp_path: Path) -> None:
    """Asking a broker that was not started for its address, secret or process, or to start again, is refused."""
    broker = LocalBroker(tmp_path / "kafka")
    for ask in (
        lambda: broker.bootstrap,
        lambda: broker.password,
        lambda: broker.pid,
        broker.kill,
        broker.start_again,
    ):
        with pytest.raises(BrokerUnavailable, match="start it first"):
            ask()
