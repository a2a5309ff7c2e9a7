"""The vault: keys, names and CPR numbers, and the seals on everything else. The only importer of `cryptography`.

AES-256-GCM throughout. A data key for each citizen, wrapped by the root key; a key for each event's free text,
wrapped by the citizen's, so that one note can be made unreadable alone. CPR numbers and names are found by keyed
lookup (HMAC-SHA256), never by a plain hash: all CPR numbers can be hashed in minutes.
"""

import hashlib
import hmac
import os
import secrets
import stat
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple
from uuid import UUID, uuid4

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import BadInput, Misconfigured, NotFound, Unreadable
from hub.postgres import Database, sql_blocks
from hub.schemas import Envelope

SQL: Final = sql_blocks(Path(__file__).with_suffix(".sql"))
HUB: Final = UUID(int=0)
"""In place of a citizen: what is sealed under the hub's own key (partners, staff)."""
NONCE: Final = 12
CACHE_SIZE: Final = 20_000
CACHE_AGE: Final = 300.0
"""Seconds for which an opened data key is kept in memory."""


class DataKey(NamedTuple):
    """A citizen's data key, ready for use."""

    id: UUID
    cipher: AESGCM


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a citizen is: the vault's alone."""

    name: str
    cpr: str | None = None
    born: str | None = None
    address: str | None = None


class Person(NamedTuple):
    """Somebody who works at a partner, or (without one) who acts for a citizen."""

    id: UUID
    slug: str
    partner: UUID | None
    function: str
    name: str
    phone: str | None = None
    """Where citizens can reach them, if that is known."""
    left: datetime | None = None
    """Since when they work there no longer; `partner` is then None, and they neither read nor act."""


def new_root_key(path: Path) -> None:
    """Make a root key file, mode 0600; refuse to touch one that is there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(32))
        file.flush()
        os.fsync(file.fileno())


def read_root_key(path: Path) -> bytes:
    """The root key; refuse a file that others can read, or that holds no key."""
    try:
        mode = path.stat().st_mode
        key = path.read_bytes()
    except FileNotFoundError:
        raise Misconfigured(
            f"There is no root key at {path}: make one with `hub init`, or point HUB_ROOT_KEY_FILE at it.",
        ) from None
    if stat.S_IMODE(mode) & 0o077:
        raise Misconfigured(f"Others can read the root key {path}: run `chmod 600` on it.")
    if len(key) != 32:  # noqa: PLR2004 - AES-256
        raise Misconfigured(f"{path} holds no root key of 32 bytes: restore it from where it is kept safe.")
    return key


class Vault:
    """Keys and seals. Safe to use from several threads."""

    def __init__(self, database: Database, root_key: bytes) -> None:
        self._database = database
        self._root = AESGCM(hmac.digest(root_key, b"hub wrap", "sha256"))
        self._lookup = hmac.digest(root_key, b"hub lookup", "sha256")
        self._marker = hashlib.blake2b(digest_size=16, key=self._lookup, person=b"mark")
        self._cache: OrderedDict[UUID, tuple[float, DataKey]] = OrderedDict()
        self._by_citizen: OrderedDict[UUID, UUID] = OrderedDict()
        self._lock = Lock()

    # Data keys.

    def key_of(self, citizen: UUID) -> DataKey:
        """A citizen's data key; made when there is none yet (HUB: the hub's own)."""
        with self._lock:
            key_id = self._by_citizen.get(citizen)
        if key_id is not None and (cached := self._cached(key_id)) is not None:
            return cached
        with self._database.connection() as connection:
            row = connection.execute(SQL["key_of_citizen"], (citizen,)).fetchone()
            if row is None:
                key_id, wrapped = self.new_key(citizen)
                connection.execute(SQL["add_key"], (key_id, citizen, wrapped))
                row = connection.execute(SQL["key_of_citizen"], (citizen,)).fetchone()
        if row is None:
            raise Unreadable("The citizen's key is gone: nothing of theirs can be sealed or opened.")
        return self._keep(citizen, row[0], bytes(row[1]))

    def new_key(self, citizen: UUID) -> tuple[UUID, bytes]:
        """A fresh data key, wrapped; the caller stores it."""
        key_id = uuid4()
        nonce = secrets.token_bytes(NONCE)
        key = AESGCM.generate_key(256)
        return key_id, nonce + self._root.encrypt(nonce, key, key_id.bytes + citizen.bytes)

    def fresh_key(self, citizen: UUID) -> tuple[DataKey, bytes]:
        """A fresh data key, ready for use, and wrapped as the caller stores it (under its own id)."""
        key_id, wrapped = self.new_key(citizen)
        return DataKey(
            key_id, AESGCM(_open(self._root, wrapped, key_id.bytes + citizen.bytes, "data key"))
        ), wrapped

    def keys(self, wanted: Iterable[tuple[UUID, UUID]]) -> dict[UUID, DataKey]:
        """Data keys by key id, for pairs of (key id, citizen); what is gone is left out."""
        pairs = dict(wanted)
        found = {key_id: key for key_id in pairs if (key := self._cached(key_id)) is not None}
        missing = [key_id for key_id in pairs if key_id not in found]
        if missing:
            with self._database.connection() as connection:
                rows = connection.execute(SQL["keys_by_id"], (missing,)).fetchall()
            for key_id, wrapped in rows:
                found[key_id] = self._keep(pairs[key_id], key_id, bytes(wrapped))
        return found

    def _cached(self, key_id: UUID) -> DataKey | None:
        with self._lock:
            entry = self._cache.get(key_id)
            if entry is None:
                return None
            if time.monotonic() - entry[0] > CACHE_AGE:
                del self._cache[key_id]
                return None
            self._cache.move_to_end(key_id)
            return entry[1]

    def _keep(self, citizen: UUID, key_id: UUID, wrapped: bytes) -> DataKey:
        key = DataKey(key_id, AESGCM(_open(self._root, wrapped, key_id.bytes + citizen.bytes, "data key")))
        with self._lock:
            self._cache[key_id] = (time.monotonic(), key)
            self._by_citizen[citizen] = key_id
            while len(self._cache) > CACHE_SIZE:
                self._cache.popitem(last=False)
            while len(self._by_citizen) > CACHE_SIZE:
                self._by_citizen.popitem(last=False)
        return key

    # Events.

    def seal(self, key: DataKey, inside: bytes, place: bytes) -> tuple[bytes, bytes]:
        """Seal an event's body for its place (event id, citizen, originator, version): nonce and ciphertext."""
        nonce = secrets.token_bytes(NONCE)
        return nonce, key.cipher.encrypt(nonce, inside, place)

    def open(self, key: DataKey, envelope: Envelope, place: bytes) -> bytes:
        """Open an event's body; raises Unreadable under another key or in another event's place."""
        try:
            return key.cipher.decrypt(envelope.nonce, envelope.ciphertext, place)
        except InvalidTag:
            raise Unreadable(
                "The record does not open: it was changed, or it stands in another's place."
            ) from None

    def seal_texts(
        self, key: DataKey, texts: Iterable[tuple[str, str | None]], event_id: UUID
    ) -> tuple[bytes, tuple[bytes, ...]]:
        """Seal free texts (field, words) under a key of their own: the wrapped key, and each text sealed."""
        raw = secrets.token_bytes(32)
        cipher = AESGCM(raw)
        nonce = secrets.token_bytes(NONCE)
        wrapped = nonce + key.cipher.encrypt(nonce, raw, b"text key" + event_id.bytes)
        return wrapped, tuple(
            b"" if words is None else _seal(cipher, words.encode(), event_id.bytes + field.encode())
            for field, words in texts
        )

    def text_keys(self, events: Iterable[tuple[UUID, DataKey]]) -> dict[UUID, AESGCM]:
        """The text keys of events; a text whose key was destroyed is left out."""
        keys = dict(events)
        if not keys:
            return {}
        with self._database.connection() as connection:
            rows = connection.execute(SQL["text_keys"], (list(keys),)).fetchall()
        return {
            event_id: AESGCM(
                _open(keys[event_id].cipher, bytes(wrapped), b"text key" + event_id.bytes, "text key")
            )
            for event_id, wrapped in rows
        }

    @staticmethod
    def open_text(cipher: AESGCM, sealed: bytes, event_id: UUID, field: str) -> str:
        """One free text in clear."""
        return _open(cipher, sealed, event_id.bytes + field.encode(), "text").decode()

    def seal_row(self, key: DataKey, content: bytes, place: bytes) -> bytes:
        """Seal what a read model keeps of a citizen."""
        return _seal(key.cipher, content, b"row" + place)

    def open_row(self, key: DataKey, sealed: bytes, place: bytes) -> bytes:
        """The inverse of `seal_row`."""
        return _open(key.cipher, sealed, b"row" + place, "row")

    # Identities, by keyed lookup.

    def lookup(self, kind: str, value: str) -> bytes:
        """A keyed digest, to find something by or to compare it with."""
        return hmac.digest(self._lookup, f"{kind}\x00{value}".encode(), hashlib.sha256)

    def mark(self, place: bytes) -> bytes:
        """What vouches for a record's place on the log (keyed BLAKE2b, as text): only this hub can make it."""
        made = self._marker.copy()
        made.update(place)
        return made.hexdigest().encode()

    def disclosure_id(self, partner: UUID, event: UUID) -> UUID:
        """What a partner calls an event: the same after a rebuild, unguessable, and different for every partner."""
        digest = hmac.digest(self._lookup, b"disclosure\x00" + partner.bytes + event.bytes, "sha256")
        return UUID(bytes=digest[:16])

    def references(self, partner: UUID, citizens: Iterable[UUID]) -> dict[UUID, UUID]:
        """What a partner calls each of these citizens: random, its own, made when it is first asked for."""
        wanted = list(citizens)
        with self._database.connection() as connection:
            found = dict(connection.execute(SQL["references"], (partner, wanted)).fetchall())
            if missing := [citizen for citizen in wanted if citizen not in found]:
                connection.execute(SQL["make_references"], ([partner] * len(missing), missing))
                found = dict(connection.execute(SQL["references"], (partner, wanted)).fetchall())
        return found

    def citizen_of(self, partner: UUID, reference: UUID) -> UUID | None:
        """Whom a partner means by a reference of its own; None for what is nobody's, or another partner's."""
        with self._database.connection() as connection:
            row = connection.execute(SQL["citizen_of_reference"], (partner, reference)).fetchone()
        return None if row is None else row[0]

    def enrol(self, citizen: UUID, identity: Identity, *, by_name: bool = False) -> None:
        """Keep who a citizen is; refuse a CPR number that another citizen has."""
        row = self.identity_row(self.key_of(citizen), citizen, identity, by_name=by_name)
        with self._database.connection() as connection:
            connection.execute(
                SQL["put_citizen"], row
            )  # a retry, or a CPR number that is taken, changes nothing
            owner = connection.execute(SQL["citizen_by_cpr"], (row[1],)).fetchone() if row[1] else None
        if owner is not None and owner[0] != citizen:
            raise BadInput("A citizen with that CPR number is enrolled already: use their reference instead.")

    def identity_row(
        self, key: DataKey, citizen: UUID, identity: Identity, *, by_name: bool = False
    ) -> tuple[UUID, bytes | None, bytes | None, bytes]:
        """Who a citizen is, as the vault stores it: citizen, the look-ups by CPR and by name, and the rest sealed."""
        cpr = None if identity.cpr is None else self.lookup("cpr", identity.cpr)
        name = self.lookup("name", _folded(identity.name)) if by_name else None
        sealed = _seal(key.cipher, orjson.dumps(asdict(identity)), b"identity" + citizen.bytes)
        return citizen, cpr, name, sealed

    def citizen_by_cpr(self, cpr: str) -> UUID | None:
        """The citizen with a CPR number."""
        with self._database.connection() as connection:
            row = connection.execute(SQL["citizen_by_cpr"], (self.lookup("cpr", cpr),)).fetchone()
        return None if row is None else row[0]

    def citizens_by_name(self, name: str) -> list[UUID]:
        """Citizens of the demonstration by their invented name."""
        with self._database.connection() as connection:
            rows = connection.execute(
                SQL["citizens_by_name"], (self.lookup("name", _folded(name)),)
            ).fetchall()
        return [row[0] for row in rows]

    def identity(self, citizen: UUID) -> Identity | None:
        """Who a citizen is; None when the vault does not know."""
        with self._database.connection() as connection:
            row = connection.execute(SQL["citizen_identity"], (citizen,)).fetchone()
        if row is None:
            return None
        content = _open(self.key_of(citizen).cipher, bytes(row[0]), b"identity" + citizen.bytes, "identity")
        return Identity(**orjson.loads(content))

    def identities(self, citizens: Iterable[UUID]) -> dict[UUID, Identity]:
        """Who several citizens are, asked for at once; whom the vault does not know is left out."""
        with self._database.connection() as connection:
            rows = connection.execute(SQL["citizen_identities"], (list(citizens),)).fetchall()
        keys = self.keys((row[1], row[0]) for row in rows)
        return {
            citizen: Identity(
                **orjson.loads(
                    _open(keys[key_id].cipher, bytes(sealed), b"identity" + citizen.bytes, "identity")
                )
            )
            for citizen, key_id, sealed in rows
            if key_id in keys
        }

    # Staff.

    def first_citizens(self, limit: int) -> list[tuple[UUID, Identity]]:
        """Some citizens with their names: for the demonstration, where all are invented."""
        with self._database.connection() as connection:
            rows = connection.execute(SQL["first_citizens"], (limit,)).fetchall()
        known = [(row[0], self.identity(row[0])) for row in rows]
        return [(citizen, identity) for citizen, identity in known if identity is not None]

    def register_person(  # noqa: PLR0917 - who somebody is
        self, who: UUID, slug: str, partner: UUID | None, function: str, name: str, phone: str | None = None
    ) -> None:
        """Register somebody who works at a partner, or (without one) who is to act for a citizen."""
        row = self.person_row(Person(who, slug, partner, function, name, phone))
        with self._database.connection() as connection:
            if connection.execute(SQL["person_by_slug"], (slug,)).fetchone() is not None:
                raise BadInput("That short name is taken: choose another for the person.")
            connection.execute(SQL["put_person"], row)

    def person_row(self, who: Person) -> tuple[UUID, str, UUID | None, str, bytes]:
        """Somebody who acts, as the vault stores it: the name sealed, and the telephone on a line of its own."""
        content = "\n".join(part for part in (who.name, who.phone) if part).encode()
        sealed = _seal(self.key_of(HUB).cipher, content, b"person" + who.id.bytes)
        return who.id, who.slug, who.partner, who.function, sealed

    def person(self, slug: str) -> Person:
        """A registered person by short name."""
        with self._database.connection() as connection:
            row = connection.execute(SQL["person_by_slug"], (slug,)).fetchone()
        if row is None:
            raise NotFound("No such person is registered: see hub partner list, or register one.")
        return self._person(row)

    def persons(self, ids: Iterable[UUID]) -> dict[UUID, Person]:
        """Registered persons by id."""
        with self._database.connection() as connection:
            rows = connection.execute(SQL["persons_by_id"], (list(ids),)).fetchall()
        return {row[0]: self._person(row) for row in rows}

    def leave(self, person: UUID, at: datetime | None) -> None:
        """Somebody works there no longer (or, with None, again): what they did stands, and they read nothing more."""
        with self._database.connection() as connection:
            connection.execute(SQL["leave"], (at, person))

    def everybody(self) -> list[Person]:
        """Every registered person: for the demonstration's chooser, and for whoever administers users."""
        with self._database.connection() as connection:
            rows = connection.execute(SQL["every_person"]).fetchall()
        return [self._person(row) for row in rows]

    def _person(self, row: tuple[UUID, str, UUID | None, str, bytes, datetime | None]) -> Person:
        content = _open(self.key_of(HUB).cipher, bytes(row[4]), b"person" + row[0].bytes, "name").decode()
        name, _, phone = content.partition("\n")
        return Person(row[0], row[1], None if row[5] else row[2], row[3], name, phone or None, row[5])


def _seal(cipher: AESGCM, content: bytes, place: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + cipher.encrypt(nonce, content, place)


def _open(cipher: AESGCM, sealed: bytes, place: bytes, what: str) -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], place)
    except (InvalidTag, ValueError):
        raise Unreadable(
            f"A sealed {what} does not open: it was changed, or it is under another key."
        ) from None


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
