"""The composition root: settings in, a wired hub out. The only place that builds things."""

import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from uuid import uuid4

from hub.application.access import SQL as ACCESS
from hub.application.access import Access
from hub.application.broker_access import SQL as BROKER_ACCESS
from hub.application.broker_access import BrokerAccess
from hub.application.commands.companions import SQL as COMPANIONS
from hub.application.commands.linking import SQL as LINKING
from hub.application.hub import Hub
from hub.broker import LocalBroker
from hub.clock import Clock, SystemClock
from hub.config import Settings
from hub.consumers.inbox import SQL as INBOX_SQL
from hub.consumers.inbox import Inbox
from hub.consumers.kafka_source import KafkaSource
from hub.consumers.mailing import Mailer
from hub.consumers.notices import SQL as NOTICES
from hub.consumers.notices import Notices
from hub.consumers.runner import Runner
from hub.consumers.scheduler import Scheduler
from hub.consumers.source import Source, StoreSource
from hub.errors import Misconfigured
from hub.kafka.admin import Admin, Difference
from hub.kafka.connection import Cluster
from hub.postgres import Database, open_database
from hub.projections.base import SQL as VIEW
from hub.projections.base import View, create_shared, new_generation
from hub.projections.consents import ConsentList, ConsentRows
from hub.projections.due import Due, DueRows
from hub.projections.overview import Overview, OverviewRows
from hub.projections.partner_rows import PartnerViewRows, backfill
from hub.projections.partner_view import PartnerView
from hub.projections.timeline import Timeline, TimelineRows
from hub.relay.housekeeping import Housekeeping
from hub.relay.progress import SQL as PROGRESS
from hub.relay.publication import SQL as PUBLICATION
from hub.relay.publication import Publication
from hub.relay.relay import SQL as RELAY
from hub.relay.relay import Relay
from hub.relay.ticks import Ticks
from hub.schemas import Schemas
from hub.store import SQL as STORE
from hub.store import Log, Store, create_tables
from hub.vault import Vault, new_root_key, read_root_key

INBOX: Final = "inbox"
VIEWS: Final = ("timeline", "overview", "consents", "due", "partner_view")
LOCAL: Final = "local"
"""In place of an address: a broker of the hub's own, in its home."""


@dataclass(frozen=True, slots=True)
class Wired:
    """Everything, wired."""

    settings: Settings
    database: Database
    partitions: int
    vault: Vault
    store: Store
    log: Log
    hub: Hub
    access: Access
    overview: OverviewRows
    consents: ConsentRows
    due: DueRows
    partner_views: PartnerViewRows
    cluster: Callable[[], Cluster | None]
    """The Kafka that the settings name, None when they name none; a broker of our own starts when it is asked for."""

    def view(self, name: str) -> View:
        """A read model by name."""
        if name not in VIEWS:
            raise Misconfigured(f"There is no read model {name}: choose one of {', '.join(VIEWS)}.")
        if name == "partner_view":
            return PartnerView(self.log, self.store.sealer, self.vault, self.partitions)
        made: dict[str, type[View]] = {
            "timeline": Timeline,
            "overview": Overview,
            "consents": ConsentList,
            "due": Due,
        }
        return made[name]()

    def building(self, name: str) -> View:
        """The same read model for a generation that is being built: it never writes what partners are sent."""
        if name == "partner_view":
            return PartnerView(self.log, self.store.sealer, self.vault, self.partitions, publish=False)
        return self.view(name)

    @property
    def name(self) -> bytes:
        """What this hub calls itself on the log (`ce_source`)."""
        return f"urn:uuid:{self._meta('hub')}".encode()

    def source(self, *, group: str | None = None) -> Source:
        """Where consumers read from: Kafka where there is one, as one worker of a group or as the only one."""
        cluster = self.cluster()
        if cluster is None:
            return StoreSource(self.database, self.partitions)
        return KafkaSource(
            cluster, self.partitions, self.name, self._meta("stream"), self.vault.mark, group=group
        )

    def relay(self, *, refill: bool = False) -> Relay:
        """What carries the log to Kafka; without one it only numbers what partners get."""
        cluster, schemas = self.cluster(), self.store.sealer.schemas
        return Relay(
            self.database,
            Publication(self.database, self.vault, schemas, self.hub.clock, cluster),
            cluster,
            None if cluster is None else Ticks(self.database, cluster, schemas),
            source=self.name,
            mark=self.vault.mark,
            partitions=self.partitions,
            refill=refill,
        )

    def broker_access(self) -> BrokerAccess | None:
        """What partners have at the broker; None without Kafka."""
        cluster = self.cluster()
        return None if cluster is None else BrokerAccess(self.hub, cluster, backfill)

    def apply(self) -> list[Difference]:
        """Bring the broker, where there is one, to what it ought to be; what differed."""
        access = self.broker_access()
        if access is None:
            return []
        with Admin(access.cluster) as admin:
            return access.apply(admin, self.partitions)

    def scheduler(self) -> Scheduler:
        """What records that something has run out."""
        return Scheduler(self.hub, self.consents)

    def notices(self) -> Notices:
        """What sends mail that there is news, to those who chose it."""
        return Notices(self.hub, self.access, self.overview, self.due, Mailer.of(self.settings))

    def inbox(self) -> Inbox | None:
        """What takes in partners' messages; without a Kafka there are none."""
        cluster = self.cluster()
        return None if cluster is None else Inbox(self.hub, cluster)

    def housekeeping(self) -> Housekeeping | None:
        """What the relay's process does beside the relay; None without Kafka."""
        access = self.broker_access()
        if access is None:
            return None
        return Housekeeping(
            self.database, access, Ticks(self.database, access.cluster, self.store.sealer.schemas)
        )

    def catch_up(self) -> int:
        """Bring every read model in step with the log, in this process; the number of records handled."""
        total = 0
        self.apply()
        if self.cluster() is not None:
            with self.relay() as relay:
                relay.catch_up()
        for name in VIEWS:
            with self.source() as source:
                total += Runner(self.database, source, self.view(name), self.store.sealer).catch_up()
        with self.relay() as relay:
            relay.catch_up()
        return total

    def _relayed(self) -> dict[int, int]:
        """The last position that the relay sent to each partition."""
        with self.database.connection() as connection:
            return dict(connection.execute(PROGRESS["relayed"]).fetchall())

    def _meta(self, name: str) -> str | None:
        with self.database.connection() as connection:
            row = connection.execute(STORE["meta_get"], (name,)).fetchone()
        return None if row is None else str(row[0])


def prepare(database: Database, *, partitions: int = 6, demo: bool = False) -> int:
    """Create what is missing in a database; safe to repeat. Returns the partition count, fixed at the first time.

    One process at a time: those of `hub up` start together, and PostgreSQL does not replace a function twice at once.
    """
    with database.dedicated() as connection:
        connection.execute(VIEW["alone"], ("hub prepare",))
        _create(database, partitions=partitions, demo=demo)
    return partitions


def _create(database: Database, *, partitions: int, demo: bool) -> None:
    create_tables(database)
    create_shared(database)
    database.run(ACCESS["tables"])
    database.run(BROKER_ACCESS["tables"])
    database.run(LINKING["tables"])
    database.run(NOTICES["tables"])
    database.run(COMPANIONS["tables"])
    database.run(PUBLICATION["tables"])
    database.run(INBOX_SQL["tables"])
    database.run(RELAY["tables"])
    with database.transaction() as connection:
        connection.execute(STORE["meta_put"], ("partitions", str(partitions)))
        connection.execute(STORE["meta_put"], ("hub", str(uuid4())))
        connection.execute(STORE["meta_put"], ("demo", "yes" if demo else "no"))
        row = connection.execute(STORE["meta_get"], ("partitions",)).fetchone()
        kept = connection.execute(STORE["meta_get"], ("demo",)).fetchone()
    if row is None or int(row[0]) != partitions:
        raise Misconfigured(
            f"This hub was created with {row[0] if row else '?'} partitions and is asked to start with {partitions}: "
            "the count is fixed. Set HUB_PARTITIONS back.",
        )
    if kept is None or (kept[0] == "yes") != demo:
        raise Misconfigured(
            "The demonstration runs on a database of its own, with invented people: it cannot be switched on or off "
            "over an existing one. Use another HUB_HOME.",
        )
    for view in (Timeline(), Overview(), ConsentList(), Due(), _PartnerTables()):
        new_generation(database, view, partitions, live=True)


class _PartnerTables(PartnerView):
    """The partner view's tables alone, before there is a vault to decide with."""

    def __init__(self) -> None:
        """Nothing is decided here."""


def wire(
    database: Database,
    settings: Settings,
    clock: Clock,
    root_key: bytes,
    cluster: Callable[[], Cluster | None] = lambda: None,
) -> Wired:
    """Put a hub together on a prepared database."""
    vault = Vault(database, root_key)
    store = Store(database, Schemas(), vault)
    hub = Hub(store, vault, clock)
    views = PartnerViewRows(database)
    return Wired(
        settings,
        database,
        settings.partitions,
        vault,
        store,
        hub.log,
        hub,
        Access(hub, TimelineRows(database), views),
        OverviewRows(database),
        ConsentRows(database),
        DueRows(database),
        views,
        cluster,
    )


@contextmanager
def open_hub(
    settings: Settings | None = None, *, clock: Clock | None = None, create: bool = True
) -> Iterator[Wired]:
    """Open the hub that the settings describe: start its database, prepare it, wire it, and close it again."""
    settings = settings or Settings()
    if create and not settings.root_key_file.exists() and not (settings.home / "postgres").exists():
        new_root_key(settings.root_key_file)
    root_key = read_root_key(settings.root_key_file)
    with ExitStack() as stack, open_database(settings) as database:
        prepare(database, partitions=settings.partitions, demo=settings.demo)

        @cache
        def cluster() -> Cluster | None:
            return _cluster(settings, stack)

        yield wire(database, settings, clock or SystemClock(), root_key, cluster)


def _cluster(settings: Settings, stack: ExitStack) -> Cluster | None:
    """The cluster of the settings."""
    place = settings.kafka_bootstrap
    if place is None:
        return None
    if place == LOCAL:
        broker = stack.enter_context(LocalBroker(settings.home / "kafka"))
        return Cluster(broker.bootstrap, broker.user, broker.password, prefix=settings.kafka_prefix)
    return Cluster(
        place,
        settings.kafka_user,
        None if settings.kafka_password_file is None else _secret(settings.kafka_password_file),
        ca_file=settings.kafka_ca_file,
        prefix=settings.kafka_prefix,
        replicas=settings.kafka_replicas,
    )


def _secret(path: Path) -> str:
    """A password from a file that others cannot read."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise Misconfigured(f"Others can read the password in {path}: run `chmod 600` on it.")
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        raise Misconfigured(
            f"{path} cannot be read: point HUB_KAFKA_PASSWORD_FILE at the password."
        ) from None
