import ast
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from hub.aggregates import Citizen, Text
from hub.aggregates.base import TEXT_LIMIT, event_id, own_id
from hub.application import commands
from hub.consumers.source import Place, StoreSource
from hub.errors import AccessDenied, Conflict, HubError, Unreadable, WrongStatus
from hub.postgres import Database, DatabaseBusy, DatabaseFailure, DatabaseUnavailable
from hub.statements import Statement
from hub.store import AlreadyDone, Log, Recorder, SealedEvent
from hub.vault import Identity
from tests.building import CITIZEN, Town, rich, settle

HUB_CODE = Path(__file__).resolve().parents[2] / "hub"
EVENTS = 100_000
WRITERS = 8
MADE_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)

STORED = ("events", "statements", "commands", "log_head", "vault_text_keys")
"""The tables that one call of the store writes, in one transaction."""


def sealed(originator: UUID, version: int, value: bytes = b"sealed", **other: Any) -> SealedEvent:
    """An event as the recorder takes it, without the cost of sealing one."""
    keeps = {"citizen_id": originator, "recorded_at": MADE_AT, "text_key": None, "statements": (), **other}
    return SealedEvent(originator, version, "", value, event_id(originator, version), **keeps)


@contextmanager
def raw(database: Database) -> Iterator[psycopg.Connection]:
    """A connection of the checker's own."""
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        yield connection


def everything(database: Database, tables: tuple[str, ...] = STORED) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of some tables."""
    with raw(database) as connection:
        return {
            table: sorted(
                connection.execute(sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(table)))
            )
            for table in tables
        }


# ----------------------------------------------------------------- the log: nothing missed, and no gap


def wrong_with(database: Database, seen: list[int], table: str = "events") -> list[str]:
    """What a reader missed, saw twice or saw in another order, and the gaps in the table's positions."""
    with raw(database) as connection:
        there = [
            row[0]
            for row in connection.execute(
                sql.SQL("SELECT position FROM {} ORDER BY position").format(sql.Identifier(table))
            )
        ]
    found = []
    if missed := set(there) - set(seen):
        found.append(f"missed {len(missed)}")
    if len(seen) != len(set(seen)):
        found.append("seen twice")
    if seen != sorted(seen):
        found.append("out of order")
    if there != list(range(1, len(there) + 1)):
        found.append("gap")
    return found


def write_in_parallel(database: Database, events: int, *, refused: float) -> tuple[int, int]:
    """Eight writers, each with aggregates of its own; so many of their saves are stale. (stored, refused)."""

    def write(number: int) -> tuple[int, int]:
        random, recorder = Random(number), Recorder(database)
        stored = refusals = 0
        originator, version = uuid4(), 0
        while stored < events // WRITERS:
            if version and random.random() < refused:
                with pytest.raises(Conflict):
                    recorder.insert_events([sealed(originator, version)], command_id=uuid4())
                refusals += 1
                continue
            if random.random() < 0.2:
                originator, version = uuid4(), 0
            size = min(random.randint(1, 60), events // WRITERS - stored)
            got = recorder.insert_events(
                [sealed(originator, version + n) for n in range(1, size + 1)], command_id=uuid4()
            )
            assert got is not None
            assert list(range(got[0], got[0] + size)) == list(got)
            stored, version = stored + size, version + size
        return stored, refusals

    with ThreadPoolExecutor(WRITERS) as pool:
        done = list(pool.map(write, range(WRITERS)))
    return sum(stored for stored, _ in done), sum(refusals for _, refusals in done)


def tail_log(database: Database, enough: Callable[[int], bool]) -> list[int]:
    """Read the log as it grows, by position."""
    log, seen = Log(database), []
    while not enough(len(seen)):
        seen.extend(record.position for record in log.after(seen[-1] if seen else 0, 2_000))
    return seen


def tail_source(database: Database, enough: Callable[[int], bool]) -> list[int]:
    """Read the log as consumers do, woken by its notifications."""
    seen: list[int] = []
    with StoreSource(database, 6) as source:
        source.follow(lambda partitions: dict.fromkeys(partitions, Place(0)))
        while not enough(len(seen)):
            seen.extend(record.position for record in source.poll(2_000, 0.2).records)
    return seen


@pytest.mark.parametrize(("tail", "refused"), [(tail_log, 0.0), (tail_source, 1 / 3)])
def test_a_tailing_reader_misses_nothing_of_eight_writers(
    database: Database, tail: Callable[..., list[int]], refused: float
) -> None:
    """Of 100,000 events by eight writers a tailing reader misses none, and positions have no gap."""
    patience = time.monotonic() + 90
    with Database(database.conninfo, size=WRITERS + 1) as crowd, ThreadPoolExecutor(1) as pool:
        reading = pool.submit(tail, crowd, lambda n: n >= EVENTS or time.monotonic() > patience)
        stored, refusals = write_in_parallel(crowd, EVENTS, refused=refused)
        seen = reading.result()

    assert EVENTS == stored
    if refused:
        assert refusals > 1_000
    assert [] == wrong_with(database, seen)
    with raw(database) as connection:
        assert (EVENTS,) == connection.execute("SELECT position FROM log_head").fetchone()
        assert (0,) == connection.execute(
            "SELECT count(*) FROM commands AS c WHERE NOT EXISTS (SELECT FROM events WHERE position = c.position)"
        ).fetchone()


def test_a_log_without_lock_and_counter_is_found_out(database: Database) -> None:
    """Control: positions from a sequence, taken without the lock, are missed by a reader and have gaps."""
    with raw(database) as one, raw(database) as other, raw(database) as reader:
        one.execute("CREATE TABLE careless (position bigserial PRIMARY KEY, originator uuid UNIQUE)")
        read = "SELECT position FROM careless WHERE position > %s ORDER BY position"
        seen: list[int] = []
        known = uuid4()
        with one.transaction():
            one.execute("INSERT INTO careless (originator) VALUES (%s)", (uuid4(),))
            other.execute("INSERT INTO careless (originator) VALUES (%s)", (known,))
            seen += [row[0] for row in reader.execute(read, (0,))]
        seen += [row[0] for row in reader.execute(read, (seen[-1],))]
        assert ["missed 1"] == wrong_with(database, seen, "careless")
        with pytest.raises(psycopg.errors.UniqueViolation):
            one.execute("INSERT INTO careless (originator) VALUES (%s)", (known,))
        one.execute("INSERT INTO careless (originator) VALUES (%s)", (uuid4(),))
        seen += [row[0] for row in reader.execute(read, (seen[-1],))]

    assert ["missed 1", "gap"] == wrong_with(database, seen, "careless")
    print("control: caught")


def test_a_later_writer_waits_for_an_earlier_one(database: Database) -> None:
    """Nobody gets a position while somebody else's is not committed, so commit order is position order."""
    with raw(database) as connection, ThreadPoolExecutor(1) as pool:
        with connection.transaction():
            assert 1 == Recorder.append(connection, [sealed(uuid4(), 1)], None, None)
            later = pool.submit(Recorder(database).insert_events, [sealed(uuid4(), 1)])
            time.sleep(0.2)
            assert not later.done()
        assert [2] == later.result(timeout=5)


# ------------------------------------------------------------------------------- VACUUM, and large batches


@pytest.mark.parametrize("what", ["SHARE UPDATE EXCLUSIVE", "VACUUM"])
def test_an_insert_does_not_wait_for_a_vacuum(database: Database, tmp_path: Path, what: str) -> None:
    """While VACUUM's lock is held on every table of the store, saving goes on at once."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    names = ", ".join(STORED)
    with raw(database) as cleaner, raw(database) as library:
        if what == "VACUUM":
            assert "ShareUpdateExclusiveLock" in locks_of_a_vacuum(cleaner, library)
        with cleaner.transaction():
            cleaner.execute(f"LOCK TABLE {names} IN SHARE UPDATE EXCLUSIVE MODE")
            library.execute("SET lock_timeout = '100ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable), library.transaction():
                library.execute(
                    "LOCK TABLE events IN EXCLUSIVE MODE"
                )  # as the library would, before an insert
            print("control: caught")
            began = time.monotonic()
            answer = town.hope(citizen, "citizen", "Et arbejde med dyr", "wishes")
            assert time.monotonic() - began < 2
    assert answer.position == Log(database).head()[0]


def locks_of_a_vacuum(cleaner: psycopg.Connection, other: psycopg.Connection) -> set[str]:
    """The locks on `events` that a real VACUUM holds while it is at work, slowed down so that it can be seen."""
    cleaner.execute("INSERT INTO events SELECT -n, gen_random_uuid(), 1, NULL, now(), now(), 'x'"
                    " FROM generate_series(1, 20000) AS n")  # fmt: skip
    cleaner.execute("DELETE FROM events WHERE position < 0")
    cleaner.execute("SET vacuum_cost_delay = 100; SET vacuum_cost_limit = 1")
    running = threading.Thread(target=_vacuum, args=(cleaner,))
    running.start()
    seen: set[str] = set()
    until = time.monotonic() + 5
    while not seen and time.monotonic() < until:
        seen = {
            row[0]
            for row in other.execute(
                "SELECT mode FROM pg_locks WHERE relation = 'events'::regclass AND granted AND pid = %s",
                (cleaner.info.backend_pid,),
            )
        }
    other.execute("SELECT pg_cancel_backend(%s)", (cleaner.info.backend_pid,))
    running.join()
    return seen


def _vacuum(connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.QueryCanceled):
        connection.execute("VACUUM events")


def within(seconds: float, do: Callable[[], Any]) -> Any:
    """What a call answers; fails when it hangs, instead of hanging too."""
    answer: Future[Any] = Future()

    def run() -> None:
        try:
            answer.set_result(do())
        except HubError as error:
            answer.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return answer.result(timeout=seconds)


def test_four_megabytes_of_events_are_stored_at_once(database: Database, tmp_path: Path) -> None:
    """One save of 70 events with the longest free texts, more than 4 MB together, is stored whole."""
    town = settle(database, tmp_path)
    citizen = town.enrol()
    before = Log(database).head()[0]

    def decide(work: Any, act: Any) -> None:
        for number in range(70):
            words = f"{number:02}" * (TEXT_LIMIT // 2)
            work.citizen(citizen).tell_hope(uuid4(), Text.of(words, "wishes"), act)

    within(30, lambda: town.hub.do(CITIZEN, decide))
    records = Log(database).after(before, 1_000)
    assert 70 == len(records)
    assert sum(len(record.value) for record in records) > 4_000_000
    town.run("timeline")
    newest = town.access.timeline(town.themself, citizen, None).entries[0]
    assert "69" * (TEXT_LIMIT // 2) == newest.fields["words"]["text"]


@pytest.mark.parametrize(("count", "size"), [(1, 3_000_000), (1, 8_000_000), (4_000, 1_000), (8_000, 20)])
def test_large_parameters_and_many_of_them_do_not_hang(database: Database, count: int, size: int) -> None:
    """One value of megabytes, and thousands of small ones, are stored by one call that comes back."""
    originator, value = uuid4(), bytes(range(256)) * (size // 256 + 1)
    events = [sealed(originator, version, value[:size]) for version in range(1, count + 1)]
    positions = within(30, lambda: Recorder(database).insert_events(events))
    assert list(range(1, count + 1)) == positions
    with raw(database) as connection:
        row = connection.execute("SELECT count(*), sum(length(value)) FROM events").fetchone()
    assert (count, count * size) == row


def pipelined(source: str) -> list[str]:
    """Calls that put psycopg into pipeline mode: `pipeline`, and `executemany`, which uses it by itself."""
    return [
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and node.attr in ("pipeline", "executemany")
    ]


def test_nothing_uses_pipeline_mode() -> None:
    """No line of the hub asks psycopg for its pipeline mode, openly or through `executemany`."""
    assert ["executemany"] == pipelined("def f(c): c.executemany('INSERT', rows)")
    assert ["pipeline"] == pipelined("with connection.pipeline(): pass")
    print("control: caught")
    files = sorted(HUB_CODE.rglob("*.py"))
    assert len(files) > 40
    found = {file.name: calls for file in files if (calls := pipelined(file.read_text()))}
    assert {} == found


# ----------------------------------------------------------------------------------------------- sealing


def opened_one_by_one(town: Town) -> list[bool]:
    """For each event of the log, whether it opens where it stands."""
    return [
        not isinstance(opened, Unreadable)
        for opened in town.wired.store.sealer.open_all(Log(town.database).after(0, 10_000))
    ]


@pytest.mark.parametrize("same", ["citizen", "aggregate", "neither"])
def test_a_sealed_event_opens_in_no_other_place(database: Database, tmp_path: Path, same: str) -> None:
    """Two events with their values swapped open in neither place, whether of one citizen or of two."""
    town = settle(database, tmp_path)
    one, other = rich(town), rich(town)
    assert all(opened_one_by_one(town))
    pick = "SELECT position FROM events WHERE originator_id = %s ORDER BY position LIMIT 1 OFFSET %s"
    first, second = {
        "citizen": ((own_id(one, "citizen"), 0), (own_id(one, "consents"), 0)),
        "aggregate": ((own_id(one, "citizen"), 1), (own_id(one, "citizen"), 2)),
        "neither": ((own_id(one, "citizen"), 0), (own_id(other, "citizen"), 0)),
    }[same]
    with raw(database) as connection:
        row = connection.execute(pick, first).fetchone(), connection.execute(pick, second).fetchone()
        places = [each[0] for each in row if each]
        connection.execute(
            "UPDATE events AS e SET value = o.value FROM events AS o WHERE e.position = ANY(%s)"
            " AND o.position = ANY(%s) AND o.position <> e.position",
            (places, places),
        )
    assert sorted(places) == [n for n, opens in enumerate(opened_one_by_one(town), 1) if not opens]
    for originator in {first[0], second[0]}:
        with pytest.raises(Unreadable):
            town.wired.store.repository.get(originator)


def test_a_sealed_event_opens_with_no_other_citizens_key(database: Database, tmp_path: Path) -> None:
    """An envelope that names another citizen's key, or stands under another citizen, stays closed."""
    town = settle(database, tmp_path)
    one, other = rich(town), rich(town)
    sealer, vault = town.wired.store.sealer, town.wired.vault
    record = Log(database).of_citizens([one])[0]
    envelope = sealer.schemas.unpack(record.value)
    assert one == UUID(bytes=sealer.open(record.value, one).body["citizen_id"])
    theirs = sealer.schemas.pack(
        type(envelope)(
            vault.key_of(other).id,
            envelope.originator_id,
            envelope.version,
            envelope.nonce,
            envelope.ciphertext,
            envelope.texts,
        )
    )
    for value, citizen in ((theirs, one), (theirs, other), (record.value, other), (record.value, None)):
        with pytest.raises(Unreadable):
            sealer.open(value, citizen)


def all_of(town: Town, value: bytes, citizen: UUID) -> list[Any]:
    """Everything that one envelope holds: its body, and each text in clear."""
    opened = town.wired.store.sealer.open(value, citizen)
    ciphers = town.wired.vault.text_keys([(opened.event_id, opened.key)])
    names = opened.schema.texts
    return [
        opened.body,
        [
            town.wired.vault.open_text(ciphers[opened.event_id], text, opened.event_id, name)
            for name, text in zip(names, opened.texts, strict=True)
            if text
        ],
    ]


def a_goal(town: Town, citizen: UUID) -> Any:
    """An event with two texts, sealed on the log."""
    town.later()
    plan = UUID(commands.open_plan(town.hub, town.actor("lene"), citizen, "handleplan").ids["plan"])
    words, professional = Text.of("Jeg vil have en hund", "wishes"), Text.of("Ro i hverdagen", "plan")
    answer = commands.on_plan(
        town.hub,
        town.actor("lene"),
        citizen,
        plan,
        lambda p, act: p.set_goal(uuid4(), act, words=words, professional=professional),
    )
    return Log(town.database).after(answer.position - 1, 1)[0]


def test_a_flipped_bit_anywhere_is_noticed(database: Database, tmp_path: Path) -> None:
    """Whichever bit of a stored event is flipped, something in it stays closed, with a sentence that says so."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    record = a_goal(town, citizen)
    assert ["Jeg vil have en hund", "Ro i hverdagen"] == all_of(town, record.value, citizen)[1]
    unnoticed = []
    for place in range(len(record.value) * 8):
        flipped = bytearray(record.value)
        flipped[place // 8] ^= 1 << place % 8
        try:
            all_of(town, bytes(flipped), citizen)
        except Unreadable:
            continue
        unnoticed.append(place)
    assert [] == unnoticed


def test_a_text_opens_in_no_other_event_or_field(database: Database, tmp_path: Path) -> None:
    """Texts swapped between fields or events, left out or doubled, stay closed, and so do swapped text keys."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    one, other = a_goal(town, citizen), a_goal(town, citizen)
    schemas = town.wired.store.sealer.schemas
    mine, theirs = schemas.unpack(one.value), schemas.unpack(other.value)

    def with_texts(*texts: bytes) -> bytes:
        return schemas.pack(
            type(mine)(mine.key_id, mine.originator_id, mine.version, mine.nonce, mine.ciphertext, texts)
        )

    a, b = mine.texts
    assert all_of(town, with_texts(a, b), citizen) == all_of(town, one.value, citizen)
    for texts in (
        (b, a),
        theirs.texts,
        (a, theirs.texts[1]),
        (a, a),
        (a,),
        (),
        (a, b, b),
        (a, b""),
        (b"", b""),
    ):
        with pytest.raises(Unreadable):
            all_of(town, with_texts(*texts), citizen)

    places = [event_id(each.originator_id, each.version) for each in (one, other)]
    with raw(database) as connection:
        connection.execute(
            "UPDATE vault_text_keys AS k SET wrapped = o.wrapped FROM vault_text_keys AS o"
            " WHERE k.event_id = ANY(%s) AND o.event_id = ANY(%s) AND o.event_id <> k.event_id",
            (places, places),
        )
    for record in (one, other):
        with pytest.raises(Unreadable):
            all_of(town, record.value, citizen)


# -------------------------------------------------------------------------------------- commands, sent again


def lose_the_next_answer(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next save is committed, and then its connection is gone before the answer comes."""
    recorder = town.wired.store.own_recorder
    whole = recorder.insert

    def insert(*args: Any) -> Any:
        monkeypatch.setattr(recorder, "insert", whole)
        whole(*args)
        raise DatabaseUnavailable("The database does not answer.")

    monkeypatch.setattr(recorder, "insert", insert)


Again = Callable[[Town, UUID, UUID], Any]

VERBS: dict[str, Again] = {
    "hope": lambda town, citizen, command: commands.tell_hope(
        town.hub, CITIZEN, citizen, Text.of("En hund", "wishes"), command_id=command
    ),
    "consent": lambda town, citizen, command: commands.give_consent(
        town.hub,
        CITIZEN,
        citizen,
        town.partner("jobcentre"),
        categories=frozenset({"work"}),
        purposes=frozenset({"employment"}),
        command_id=command,
    ),
    "withdraw": lambda town, citizen, command: commands.withdraw_consent(
        town.hub, CITIZEN, citizen, partner=town.partner("jobcentre"), command_id=command
    ),
    "death": lambda town, citizen, command: commands.record_death(
        town.hub, town.actor("lene"), citizen, command_id=command
    ),
    "plan": lambda town, citizen, command: commands.open_plan(
        town.hub, town.actor("lene"), citizen, "handleplan", command_id=command
    ),
    "enrol": lambda town, _citizen, command: commands.enrol(
        town.hub,
        town.actor("lene"),
        Identity("Otto Prøve", "0202810000"),
        by_name=True,
        command_id=command,
    ),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("meanwhile", ["nothing", "others", "another process"])
def test_a_command_sent_again_answers_as_the_first_did(
    database: Database, tmp_path: Path, verb: str, meanwhile: str
) -> None:
    """The same command id gives the same ids and position again, and records nothing, whatever came between."""
    town = settle(database, tmp_path)
    citizen, command = rich(town), uuid4()
    town.later()
    first = VERBS[verb](town, citizen, command)
    assert first.position == Log(database).head()[0] + 1 - number_of(town, first.position)
    if meanwhile == "others":
        town.hope(rich(town), "citizen", "Noget andet", "wishes")
    elif meanwhile == "another process":
        town.hub._cache.clear()
    before = everything(database, (*STORED, "vault_citizens"))
    town.later()
    assert first == VERBS[verb](town, citizen, command)
    assert before == everything(database, (*STORED, "vault_citizens"))


def number_of(town: Town, first: int) -> int:
    """How many events one command recorded."""
    return len(Log(town.database).after(first - 1, 100))


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("named", [True, False])
def test_a_lost_answer_is_no_second_command(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, named: bool
) -> None:
    """When the commit's answer is lost, the caller gets it all the same, and everything is recorded once."""
    town = settle(database, tmp_path)
    citizen, command = rich(town), uuid4() if named else None
    town.later()
    before = Log(database).head()[0]
    lose_the_next_answer(town, monkeypatch)
    answer = VERBS[verb](town, citizen, command)  # type: ignore[arg-type]
    assert before + 1 == answer.position
    with raw(database) as connection:
        assert (1,) == connection.execute(
            "SELECT count(*) FROM commands WHERE position > %s", (before,)
        ).fetchone()
        row = connection.execute("SELECT answer FROM commands WHERE position > %s", (before,)).fetchone()
    assert row is not None
    assert answer.ids == row[0]["ids"]


def test_an_answer_is_for_whoever_sent_the_command(database: Database, tmp_path: Path) -> None:
    """Sent again by the same person a command answers as before; by somebody else its ids are not told."""
    town = settle(database, tmp_path)
    citizen, other, command = town.enrol(), town.enrol(), uuid4()
    words = Text.of("En hund", "wishes")
    first = commands.tell_hope(town.hub, town.actor("lene"), citizen, words, command_id=command)
    assert first == commands.tell_hope(town.hub, town.actor("lene"), citizen, words, command_id=command)
    for actor in (CITIZEN, town.actor("mette")):
        with pytest.raises((Conflict, AccessDenied)) as refused:
            commands.tell_hope(town.hub, actor, other, words, command_id=command)
        assert first.ids["hope"] not in str(refused.value)


def test_a_known_command_is_told_from_a_conflict(database: Database) -> None:
    """The recorder says which it is: a command carried out before, or an aggregate that has moved on."""
    recorder, originator, command = Recorder(database), uuid4(), uuid4()
    recorder.insert_events([sealed(originator, 1)], command_id=command)
    before = everything(database)
    with pytest.raises(AlreadyDone):
        recorder.insert_events([sealed(originator, 2)], command_id=command)
    with pytest.raises(Conflict):
        recorder.insert_events([sealed(originator, 1)], command_id=uuid4())
    assert before == everything(database)


# ------------------------------------------------------------------------------------------ all or nothing


def test_a_lock_that_does_not_come_is_an_answer(database: Database, tmp_path: Path) -> None:
    """Waiting for another writer ends as DatabaseBusy, after ten seconds as shipped, and leaves nothing."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    with raw(database) as holder:
        for signature, settings in holder.execute(
            "SELECT oid::regprocedure::text, proconfig FROM pg_proc WHERE proname LIKE 'hub_append%'"
        ).fetchall():
            assert ["lock_timeout=10s"] == settings
            holder.execute(f"ALTER FUNCTION {signature} SET lock_timeout = '100ms'")
        before = everything(database)
        with holder.transaction():
            holder.execute("SELECT pg_advisory_xact_lock(7202604711)")
            with pytest.raises(DatabaseBusy):
                town.consent(citizen, "jobcentre", "work")  # one event
            with pytest.raises(DatabaseBusy):
                commands.record_death(town.hub, town.actor("lene"), citizen)  # several
        assert before == everything(database)
    town.consent(citizen, "jobcentre", "work")


@pytest.mark.parametrize("table", STORED)
def test_what_is_stored_is_stored_together(database: Database, tmp_path: Path, table: str) -> None:
    """When any one table refuses, nothing is in any: events, statements, command and text keys are one."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    command = uuid4()
    with raw(database) as connection:
        connection.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'refused'; END $$"
        )
        connection.execute(
            f"CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
        before = everything(database)

        def give() -> Any:
            town.later()
            return commands.agree_text(
                town.hub,
                CITIZEN,
                citizen,
                town.partner("jobcentre"),
                Text.of("Han er på vej", "contact"),
                command_id=command,
            )

        with pytest.raises(DatabaseFailure):
            give()
        assert before == everything(database)
        connection.execute(f"DROP TRIGGER refuse ON {table}")
        answer = give()
    after = everything(database)
    assert {name: len(rows) + (name != "log_head") for name, rows in before.items()} == {
        name: len(rows) for name, rows in after.items()
    }
    assert answer.position == Log(database).head()[0]


def test_what_the_store_keeps_beside_an_event_is_what_it_was_given(database: Database) -> None:
    """Statements stand at their event's position in their order, and log time never runs backwards."""
    recorder, one, other, partner = Recorder(database), uuid4(), uuid4(), uuid4()
    said = (Statement("block", partner, {"block": "x"}), Statement("unblock", None, {}))
    late, early = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    recorder.insert_events(
        [sealed(one, 1, recorded_at=late), sealed(one, 2, recorded_at=early, statements=said)]
    )
    recorder.insert_events([sealed(other, 1, recorded_at=early, statements=said[:1])])
    with raw(database) as connection:
        rows = connection.execute(
            "SELECT position, ordinal, citizen_id, partner_id, kind, restricts, recorded_at FROM statements"
            " ORDER BY 1, 2"
        ).fetchall()
        times = connection.execute("SELECT recorded_at, log_time FROM events ORDER BY position").fetchall()
    assert [
        (2, 0, one, partner, "block", True, early),
        (2, 1, one, None, "unblock", False, early),
        (3, 0, other, partner, "block", True, early),
    ] == rows
    assert [(late, late), (early, late), (early, late)] == times
    assert (3, late) == Log(database).head()


def test_a_batch_that_conflicts_anywhere_stores_nothing(database: Database) -> None:
    """A save over two aggregates of which one has moved on stores neither."""
    recorder, one, other = Recorder(database), uuid4(), uuid4()
    recorder.insert_events([sealed(one, 1)])
    before = everything(database)
    with pytest.raises(Conflict):
        recorder.insert_events([sealed(other, 1), sealed(one, 1)], command_id=uuid4())
    assert before == everything(database)


def test_an_aggregate_comes_back_as_it_was(database: Database, tmp_path: Path) -> None:
    """What is loaded from the store equals what was saved, its texts as labels alone."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    loaded = town.wired.store.repository.get(own_id(citizen, "citizen"))
    assert isinstance(loaded, Citizen)
    held = town.hub.take(own_id(citizen, "citizen"))
    assert loaded == held
    with pytest.raises(WrongStatus):
        commands.withdraw_consent(town.hub, CITIZEN, citizen, partner=town.partner("authority"))
    assert issubclass(WrongStatus, HubError)
