"""Partners and Kafka from the command line: a secret is told once, and what differs is said."""

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from hub.broker import LocalBroker
from hub.kafka.admin import Admin
from hub.kafka.connection import Cluster
from hub.postgres import Database
from hub.vault import new_root_key
from tests.cli import Home


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that is away is waited for a second only."""
    monkeypatch.setattr("hub.kafka.connection.PATIENCE", 1_000)


@pytest.fixture
def hub(database: Database, broker: LocalBroker, cluster: Cluster, tmp_path: Path) -> Home:
    """A home for the command line, with the session's Kafka."""
    home = Home(tmp_path, database.conninfo)
    new_root_key(tmp_path / "root.key")
    password = tmp_path / "kafka.password"
    password.write_text(broker.password, encoding="utf-8")
    password.chmod(0o600)
    home.settings |= {
        "HUB_KAFKA_BOOTSTRAP": broker.bootstrap,
        "HUB_KAFKA_USER": broker.user,
        "HUB_KAFKA_PASSWORD_FILE": str(password),
        "HUB_KAFKA_PREFIX": cluster.prefix,
    }
    return home


def but_with(hub: Home, **settings: str) -> Home:
    """The same home with other settings."""
    other = Home(hub.folder)
    other.settings = {**hub.settings, **settings}
    return other


def register(hub: Home, name: str, sector: str = "jobcentre", *more: str) -> Any:
    """Register a partner, as a script does."""
    terms = ("--name", name, "--sector", sector, "--purpose", "employment", "--json")
    return hub.ok("partner", "register", *terms, *more)


def holds(database: Database, secret: str) -> list[str]:
    """The tables that hold a secret, as it is or in hexadecimal."""
    with database.connection() as connection:
        tables = connection.execute(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables "
            "WHERE schemaname <> ALL (ARRAY['pg_catalog', 'information_schema'])"
        ).fetchall()
        return [
            table
            for (table,) in tables
            for found in connection.execute(
                f"SELECT count(*) FROM {table} AS t WHERE strpos(t::text, %s) > 0 OR strpos(t::text, %s) > 0",
                (secret, secret.encode().hex()),
            )
            if found[0]
        ]


def files_with(folder: Path, secret: str) -> list[str]:
    """The files under a folder, PostgreSQL's and Kafka's own among them, that hold a secret."""
    found = []
    for path in folder.rglob("*"):
        with suppress(OSError):  # a server may take a file away meanwhile
            indexes = path.suffix in {".index", ".timeindex"}  # of offsets and times, 10 MB of nothing each
            if path.is_file() and not indexes and secret.encode() in path.read_bytes():
                found.append(str(path))
    return found


def test_a_secret_is_told_once_and_kept_nowhere(
    hub: Home, database: Database, broker: LocalBroker, cluster: Cluster
) -> None:
    """Registering prints what the system needs, in one place; no table, file or log holds the secret, nor Kafka's."""
    made = register(hub, "Jobcenter Syd")
    told = made.json["broker"]
    rotated = hub.ok("partner", "rotate", "Jobcenter Syd", "--overlap", "2h")
    (second,) = re.findall(r"^  hemmelighed +(\S+)$", rotated.out, re.MULTILINE)

    for secret, where in ((told["secret"], made), (second, rotated)):
        assert 1 == where.out.count(secret)
        assert secret not in where.err
        assert ([], []) == (holds(database, secret), files_with(hub.folder, secret))
        assert [] == files_with(broker.folder, secret)
    for line in ("partner list", "partner list --json", "kafka status", "kafka status --json", "status"):
        assert told["secret"] not in (shown := hub.ok(*line.split())).out + shown.err
    assert {"user", "mechanism", "secret", "topic", "inbox", "groups", "earlier_until", "settled"} == set(
        told
    )
    assert "Den forrige hemmelighed virker til" in rotated.out
    with Admin(replace(cluster, user=told["user"], password=told["secret"])):
        pass

    planted = hub.folder / "forgotten.log"
    planted.write_text(f"password={told['secret']}", encoding="utf-8")
    with database.connection() as connection:
        words, raw = f"({told['secret']})", told["secret"].encode()
        connection.execute("INSERT INTO consumer_errors (consumer, what) VALUES ('x', %s)", (words,))
        connection.execute("INSERT INTO vault_keys VALUES (%s, %s, %s)", (uuid4(), uuid4(), raw))
    assert {"public.consumer_errors", "public.vault_keys"} == set(holds(database, told["secret"]))
    assert [str(planted)] == files_with(hub.folder, told["secret"])


def test_those_who_work_on_screens_get_a_topic_only_when_asked(hub: Home) -> None:
    """An association gets none by itself; --topic gives it one, --no-topic keeps it from a jobcentre."""
    assert "broker" not in register(hub, "Værestedet", "civil_society").json
    assert register(hub, "Forening To", "civil_society", "--topic").json["broker"]["secret"]
    assert "broker" not in register(hub, "Jobcenter Syd", "jobcentre", "--no-topic").json
    assert hub.ok("partner", "topic", "Jobcenter Syd", "--json").json["broker"]["secret"]
    assert hub.ok("partner", "topic", "Jobcenter Syd", "--json").json["broker"] is None


def test_apply_says_what_differs_and_then_nothing(hub: Home, cluster: Cluster) -> None:
    """A dry run tells, the run makes, the third says that nothing differs; in two languages, and for a script."""
    dry = hub.ok("kafka", "apply", "--dry-run", "--json").json
    assert {"changed": False, "topics": [cluster.events, cluster.relay]} == {
        "changed": dry["changed"],
        "topics": [one["what"] for one in dry["differences"]],
    }
    assert "emnet mangler" in hub.ok("kafka", "apply").out
    assert "Intet afviger." in hub.ok("kafka", "apply").out
    assert "Nothing differs." in hub.ok("kafka", "apply", lang="en_GB.UTF-8").out
    status = hub.ok("kafka", "status", "--json").json
    assert ([6, 1], []) == ([one["partitions"] for one in status["topics"]], status["differences"])

    refused = but_with(hub, HUB_KAFKA_PASSWORD_FILE=str(hub.folder / "root.key")).hub("kafka", "apply")
    assert refused.code != 0
    assert 1 == refused.err.count("\n")


def test_suspended_from_the_command_line(hub: Home, cluster: Cluster) -> None:
    """The secret and the permits are gone when the command ends; resume says that a new secret is needed."""
    told = register(hub, "Jobcenter Syd").json["broker"]
    hub.ok("partner", "suspend", "Jobcenter Syd", "--reason", "Brud på aftalen")
    with Admin(cluster) as admin:
        assert not admin.credentials()
        assert not [permit for permit, _ in admin.permits() if permit.user == told["user"]]
    assert "hub partner rotate" in hub.ok("partner", "resume", "Jobcenter Syd").err
    assert hub.ok("partner", "rotate", "Jobcenter Syd", "--json").json["broker"]["secret"] != told["secret"]


def test_a_broker_that_is_away_stops_no_registration_and_no_suspension(
    hub: Home, cluster: Cluster, impatient: None
) -> None:
    """Both are recorded, and say what to run later; what was suspended meanwhile is out when the broker is back."""
    told = register(hub, "Jobcenter Syd").json["broker"]
    away = but_with(hub, HUB_KAFKA_BOOTSTRAP="127.0.0.1:1")
    registered = register(away, "Jobcenter Øst")
    partner = registered.json["ids"]["partner"]
    suspended = away.ok("partner", "suspend", "Jobcenter Syd", "--reason", "Brud på aftalen")

    assert registered.json["broker"] is None
    assert f"hub partner topic {partner}" in registered.err
    assert "hub kafka apply" in suspended.err
    with Admin(cluster) as admin:
        assert admin.credentials()
    done = hub.ok("kafka", "apply", "--json").json["differences"]
    assert {"credential_gone", "permit_gone"} <= {one["kind"] for one in done}
    with Admin(cluster) as admin:
        assert not admin.credentials()
    assert told["topic"] != hub.ok("partner", "topic", partner, "--json").json["broker"]["topic"]


def test_without_kafka_nothing_of_it_is_missed(hub: Home) -> None:
    """Registering says nothing of topics; asking for one is refused with what to set, and registers nobody."""
    hub.settings = {name: value for name, value in hub.settings.items() if "KAFKA" not in name}
    assert "broker" not in register(hub, "Jobcenter Syd").json
    terms = ("--name", "Jobcenter Øst", "--sector", "jobcentre", "--purpose", "employment", "--topic")
    for command in (
        ("partner", "register", *terms),
        ("partner", "topic", "Jobcenter Syd"),
        ("kafka", "apply"),
    ):
        refused = hub.hub(*command)
        assert (8, 1) == (refused.code, refused.err.count("HUB_KAFKA_BOOTSTRAP"))
    assert 1 == len(
        [
            one
            for one in hub.ok("partner", "list", "--json").json
            if one["name"] in ("Jobcenter Syd", "Jobcenter Øst")
        ]
    )


def test_the_programs_of_a_local_broker_are_fetched(hub: Home) -> None:
    """The folder is told, and holds what was checked."""
    assert list(Path(hub.ok("kafka", "fetch").out.strip()).glob("kafka_2.13-*.jar"))


@pytest.mark.parametrize("overlap", ["", "7", "7x", "-1d", "1w", "99999d"])
def test_an_overlap_is_a_time(tmp_path: Path, overlap: str) -> None:
    """Anything else is refused in one line that names it."""
    refused = Home(tmp_path).hub("partner", "rotate", "Jobcenter Syd", f"--overlap={overlap}")

    assert (2, 1) == (refused.code, refused.err.count("\n"))
    assert "overlap" in refused.err
