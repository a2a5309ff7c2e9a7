import hashlib
import stat
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from hub.aggregates import Text
from hub.aggregates.base import event_id
from hub.application import commands
from hub.application.access import GONE
from hub.application.hub import Answer
from hub.errors import BadInput, HubError, Misconfigured, NotFound, Unreadable
from hub.postgres import Database, EmbeddedServer
from hub.store import Log
from hub.vault import CACHE_AGE, HUB, Identity, Vault, new_root_key, read_root_key
from tests.building import Town, build, rich, settle

NAME = "Kunigunde Zebravinge"
CPR = "0708490000"
OWN_WORDS = "Jeg vil bo ved havet med en gravhund der hedder Plet"
STAFF_NAME = "Valdemar Ørnekløft"
PLACE = "Kaninvej 17, Nordlunde"


# ---------------------------------------------------------------------------------------------- the root key


def test_a_new_root_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    """A root key is made with mode 0600 in a folder with mode 0700, is random, and is never made twice."""
    path = tmp_path / "keys" / "root.key"
    new_root_key(path)
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert 0o700 == stat.S_IMODE(path.parent.stat().st_mode)
    key = read_root_key(path)
    assert 32 == len(key)
    new_root_key(path)
    assert key == read_root_key(path)
    new_root_key(tmp_path / "other.key")
    assert key != read_root_key(tmp_path / "other.key")


def test_a_missing_root_key_is_refused(tmp_path: Path) -> None:
    """Without a root key nothing starts, and the message says how to get one."""
    with pytest.raises(Misconfigured, match="no root key"):
        read_root_key(tmp_path / "root.key")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o666])
def test_a_root_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    """A root key that the group or others can touch is refused, with the command that mends it."""
    path = tmp_path / "root.key"
    new_root_key(path)
    path.chmod(mode)
    with pytest.raises(Misconfigured, match="chmod 600"):
        read_root_key(path)
    path.chmod(0o400)
    assert 32 == len(read_root_key(path))


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 31, b"x" * 33, b"x" * 64])
def test_a_file_that_holds_no_root_key_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file of another length is no root key."""
    path = tmp_path / "root.key"
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(Misconfigured, match="32 bytes"):
        read_root_key(path)


def test_with_another_root_key_nothing_opens(database: Database, tmp_path: Path) -> None:
    """A hub with the wrong root key opens no event, name or text, finds no CPR number, and changes nothing."""
    town = settle(database, tmp_path / "right")
    citizen = town.enrol(name=NAME, cpr=CPR)
    assert citizen == town.wired.vault.citizen_by_cpr(CPR)
    other = build(database, tmp_path / "wrong")
    records = Log(database).after(0, 1_000)
    assert all(isinstance(opened, Unreadable) for opened in opened_all(other))
    assert not any(isinstance(opened, Unreadable) for opened in opened_all(town))
    assert len(records) == len(opened_all(other))
    assert other.wired.vault.citizen_by_cpr(CPR) is None
    assert [] == other.wired.vault.citizens_by_name(NAME)
    with pytest.raises(Unreadable):
        other.wired.vault.identity(citizen)
    with pytest.raises(Unreadable):
        other.wired.vault.person("lene")
    assert len(records) == Log(database).head()[0]


def opened_all(town: Town) -> list[object]:
    """Everything on the log, opened or not."""
    try:
        return list(town.wired.store.sealer.open_all(Log(town.database).after(0, 1_000)))
    except Unreadable as error:
        return [error] * Log(town.database).head()[0]


# -------------------------------------------------------------------------------------------------- data keys


def test_each_citizen_has_one_key_of_their_own(database: Database, tmp_path: Path) -> None:
    """A citizen's key is made once, whoever asks first; no two citizens share one, and the hub has its own."""
    key = bytes(range(32))
    one, other = Vault(database, key), Vault(database, key)
    karla, otto = uuid4(), uuid4()
    assert one.key_of(karla).id == other.key_of(karla).id
    assert 3 == len({one.key_of(whose).id for whose in (karla, otto, HUB)})
    nonce, ciphertext = one.seal(one.key_of(karla), b"words", b"place")
    assert b"words" == other.key_of(karla).cipher.decrypt(nonce, ciphertext, b"place")


def test_a_wrapped_key_opens_for_its_citizen_alone(database: Database) -> None:
    """A wrapped key moved to another citizen's row does not open."""
    one, other = uuid4(), uuid4()
    vault = Vault(database, bytes(32))
    vault.key_of(one)
    vault.key_of(other)
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        connection.execute(
            "UPDATE vault_keys AS k SET wrapped = o.wrapped FROM vault_keys AS o WHERE k.citizen_id <> o.citizen_id"
            " AND k.citizen_id = ANY(%s) AND o.citizen_id = ANY(%s)",
            ([one, other], [one, other]),
        )
    for citizen in (one, other):
        with pytest.raises(Unreadable):
            Vault(database, bytes(32)).key_of(citizen)


def test_an_opened_key_is_forgotten_after_a_while(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An opened data key is held for minutes, not for ever: when its row is gone, it is gone then."""
    vault, citizen, now = Vault(database, bytes(32)), uuid4(), 0.0
    monkeypatch.setattr("hub.vault.time.monotonic", lambda: now)
    key = vault.key_of(citizen)
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        connection.execute("DELETE FROM vault_keys WHERE citizen_id = %s", (citizen,))
    assert key == vault.keys([(key.id, citizen)])[key.id]
    now = CACHE_AGE + 1
    assert {} == vault.keys([(key.id, citizen)])


# -------------------------------------------------------------------------------------------------- text keys


def test_a_destroyed_text_key_takes_exactly_that_text(database: Database, tmp_path: Path) -> None:
    """Deleting one text key makes that event's texts unreadable, everywhere; all else is read as before."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    told: list[Answer] = [
        town.hope(citizen, "citizen", f"Ordene {n}", "wishes") for n in ("før", "imens", "efter")
    ]
    town.wired.catch_up()

    def words_read() -> list[str]:
        page = town.access.timeline(town.themself, citizen, None).entries
        shown = {entry.position: entry.fields["words"]["text"] for entry in page if "words" in entry.fields}
        view = town.access.view(town.reader("ann"), town.partner("jobcentre"), citizen, "employment")
        assert shown == {e.position: e.fields["words"]["text"] for e in view if "words" in e.fields}
        return [shown[answer.position] for answer in told]

    assert ["Ordene før", "Ordene imens", "Ordene efter"] == words_read()
    record = Log(database).after(told[1].position - 1, 1)[0]
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        deleted = connection.execute(
            "DELETE FROM vault_text_keys WHERE event_id = %s",
            (event_id(record.originator_id, record.version),),
        )
        assert 1 == deleted.rowcount
    assert ["Ordene før", GONE, "Ordene efter"] == words_read()
    town.wired.hub._cache.clear()
    town.hope(citizen, "citizen", "Livet går videre", "wishes")


def test_deleting_text_keys_leaves_everything_else_decided(database: Database, tmp_path: Path) -> None:
    """With every text key gone the events still open, and everybody sees the same rows as before."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    town.wired.catch_up()
    before = town.access.view(town.reader("ann"), town.partner("jobcentre"), citizen, "employment")
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        connection.execute("DELETE FROM vault_text_keys")
    after = town.access.view(town.reader("ann"), town.partner("jobcentre"), citizen, "employment")
    assert [row[:2] for row in before] == [row[:2] for row in after]
    texts = [field["text"] for row in after for field in row.fields.values() if "text" in field]
    assert texts
    assert {GONE} == set(texts)


# ------------------------------------------------------------------------------------------------- identities


def test_a_cpr_number_is_found_by_a_keyed_lookup(database: Database, tmp_path: Path) -> None:
    """The stored digest is no plain hash of the number, and another root key gives another one."""
    town = settle(database, tmp_path)
    citizen = town.enrol(name=NAME, cpr=CPR)
    with psycopg.connect(database.conninfo) as connection:
        row = connection.execute("SELECT cpr_lookup, name_lookup FROM vault_citizens").fetchone()
    assert row is not None
    for value, digest in zip((CPR, NAME.casefold()), row, strict=True):
        for name in sorted(hashlib.algorithms_guaranteed - {"shake_128", "shake_256"}):
            for written in (
                value,
                f"{value[:6]}-{value[6:]}",
                f"cpr\0{value}",
                f"name\0{value}",
                f"cpr{value}",
            ):
                assert digest != hashlib.new(name, written.encode()).digest()
        assert digest not in value.encode()
    assert row[0] == town.wired.vault.lookup("cpr", CPR)
    assert row[0] != Vault(database, bytes(32)).lookup("cpr", CPR)
    assert row[0] != town.wired.vault.lookup("name", CPR)
    assert citizen == town.wired.vault.citizen_by_cpr(CPR)
    assert [citizen] == town.wired.vault.citizens_by_name(f"  {NAME.upper()} ")


def test_two_citizens_with_one_cpr_number_are_refused(database: Database, tmp_path: Path) -> None:
    """A CPR number that another citizen has is refused without being quoted, and nothing is recorded."""
    town = settle(database, tmp_path)
    first = town.enrol(name=NAME, cpr=CPR)
    before = Log(database).head()
    with pytest.raises(BadInput, match="CPR") as caught:
        town.enrol(name="En anden", cpr=CPR)
    assert CPR not in str(caught.value)
    assert before == Log(database).head()
    assert first == town.wired.vault.citizen_by_cpr(CPR)
    assert [] == town.wired.vault.citizens_by_name("En anden")
    assert Identity(NAME, CPR) == town.wired.vault.identity(first)


def test_a_short_name_is_one_persons(database: Database, tmp_path: Path) -> None:
    """A short name that is taken is refused; an unknown one is not found."""
    town = settle(database, tmp_path)
    with pytest.raises(BadInput, match="taken"):
        town.add_person("lene", "jobcentre")
    with pytest.raises(NotFound):
        town.wired.vault.person("nobody")


# --------------------------------------------------------------------------------- nothing personal in clear


def in_tables(conninfo: str, needles: list[bytes]) -> set[tuple[str, bytes]]:
    """Which tables hold one of these, byte for byte: every column, as it is stored."""
    found = set()
    with psycopg.connect(conninfo, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname <> 'information_schema'"
        ).fetchall()
        for schema, table in tables:
            how = "TEXT" if schema == "pg_catalog" else "BINARY"
            copy = sql.SQL("COPY {} TO STDOUT (FORMAT {})").format(
                sql.Identifier(schema, table), sql.SQL(how)
            )
            with connection.cursor().copy(copy) as rows:
                content = b"".join(rows)
            found |= {(table, needle) for needle in needles if needle in content}
    return found


def in_files(server: EmbeddedServer, conninfo: str, needles: list[bytes]) -> set[bytes]:
    """What the files of one database, the write-ahead log and the server's own log hold."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
    assert row is not None
    files = [*(server.data / "base" / str(row[0])).iterdir(), *(server.data / "pg_wal").rglob("*")]
    files += [server.folder / "server.log"]
    found = set()
    for file in files:
        if file.is_file():
            content = file.read_bytes()
            found |= {needle for needle in needles if needle in content}
    return found


def test_nothing_personal_is_stored_in_clear(
    server: EmbeddedServer, database: Database, tmp_path: Path
) -> None:
    """Names, CPR numbers, own words and places stand nowhere in the database or its files unless sealed."""
    town = settle(database, tmp_path)
    town.wired.vault.register_person(uuid4(), "valdemar", town.partner("jobcentre"), "worker", STAFF_NAME)
    town.later()
    answer = commands.enrol(
        town.hub,
        town.actor("lene"),
        Identity(NAME, CPR, "1949-08-07", PLACE),
        text=Text.of(f"{NAME}, {CPR}", "contact"),
        by_name=True,
    )
    citizen = UUID(answer.ids["citizen"])
    town.task(citizen, "ann")
    town.consent(citizen, "jobcentre", "contact", "wishes")
    town.hope(citizen, "citizen", f"{OWN_WORDS}, siger {NAME}", "wishes")
    town.hope(citizen, "citizen", f"{OWN_WORDS}. " * 500, "wishes")
    with pytest.raises(HubError):
        town.enrol(name=NAME, cpr=CPR)
    town.wired.catch_up()
    town.access.timeline(town.reader("ann"), citizen, "employment")
    view = town.access.view(town.reader("ann"), town.partner("jobcentre"), citizen, "employment")
    assert 2 == sum(OWN_WORDS in str(row.fields) for row in view)

    words = [
        NAME,
        NAME.casefold(),
        NAME.upper(),
        CPR,
        f"{CPR[:6]}-{CPR[6:]}",
        OWN_WORDS,
        STAFF_NAME,
        PLACE,
    ]
    needles = [word.encode() for word in words]
    needles += [word.encode("utf-16-le") for word in words[:4]] + [
        word.encode().hex().encode() for word in words
    ]
    needles += [(tmp_path / "root.key").read_bytes()]
    assert set() == in_tables(database.conninfo, needles)
    assert set() == in_files(server, database.conninfo, needles)

    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        connection.execute("INSERT INTO consumer_errors (consumer, what) VALUES ('x', %s)", (f"for {NAME}",))
        connection.execute(
            "UPDATE vault_citizens SET sealed = %s WHERE citizen_id = %s", (b"cpr " + CPR.encode(), citizen)
        )
    assert {("consumer_errors", NAME.encode()), ("vault_citizens", CPR.encode())} == in_tables(
        database.conninfo, needles
    )
    assert {NAME.encode(), CPR.encode()} <= in_files(server, database.conninfo, needles)
    print("control: caught")
