"""The composition root: settings in, a wired hub out. The only place that builds things."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from hub.application.access import SQL as ACCESS
from hub.application.access import Access
from hub.application.hub import Hub
from hub.clock import Clock, SystemClock
from hub.config import Settings
from hub.consumers.runner import Runner
from hub.consumers.source import StoreSource
from hub.errors import Misconfigured
from hub.postgres import Database, open_database
from hub.projections.base import SQL as VIEW
from hub.projections.base import View, create_shared, new_generation
from hub.projections.consents import ConsentList, ConsentRows
from hub.projections.overview import Overview, OverviewRows
from hub.projections.partner_view import PartnerView, PartnerViewRows
from hub.projections.timeline import Timeline, TimelineRows
from hub.schemas import Schemas
from hub.store import SQL as STORE
from hub.store import Log, Store, create_tables
from hub.vault import Vault, new_root_key, read_root_key

VIEWS: Final = ("timeline", "overview", "consents", "partner_view")


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
    partner_views: PartnerViewRows

    def view(self, name: str) -> View:
        """A read model by name."""
        if name not in VIEWS:
            raise Misconfigured(f"There is no read model {name}: choose one of {', '.join(VIEWS)}.")
        if name == "partner_view":
            return PartnerView(self.log, self.store.sealer, self.vault, self.partitions)
        made: dict[str, type[View]] = {"timeline": Timeline, "overview": Overview, "consents": ConsentList}
        return made[name]()

    def building(self, name: str) -> View:
        """The same read model for a generation that is being built: it never writes what partners are sent."""
        if name == "partner_view":
            return PartnerView(self.log, self.store.sealer, self.vault, self.partitions, publish=False)
        return self.view(name)

    def source(self) -> StoreSource:
        """Where consumers read from."""
        return StoreSource(self.database, self.partitions)

    def catch_up(self) -> int:
        """Bring every read model in step with the log, in this process; the number of records handled."""
        total = 0
        for name in VIEWS:
            with self.source() as source:
                total += Runner(self.database, source, self.view(name), self.store.sealer).catch_up()
        return total


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
    with database.transaction() as connection:
        connection.execute(STORE["meta_put"], ("partitions", str(partitions)))
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
    for view in (Timeline(), Overview(), ConsentList(), _PartnerTables()):
        new_generation(database, view, partitions, live=True)


class _PartnerTables(PartnerView):
    """The partner view's tables alone, before there is a vault to decide with."""

    def __init__(self) -> None:
        """Nothing is decided here."""


def wire(database: Database, settings: Settings, clock: Clock, root_key: bytes) -> Wired:
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
        views,
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
    with open_database(settings) as database:
        prepare(database, partitions=settings.partitions, demo=settings.demo)
        yield wire(database, settings, clock or SystemClock(), root_key)
