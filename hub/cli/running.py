"""Running the hub: make it, run it, bring it up to date, build a read model anew."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Final

from hub.bootstrap import INBOX, VIEWS
from hub.cli.base import group, note, out, out_json, verb
from hub.cli.options import Json, argument, option
from hub.cli.process import hold, patiently, settle, stopping, until_closed
from hub.cli.session import Session, session, settings_now
from hub.consumers.rebuild import rebuild as rebuild_view
from hub.consumers.runner import Runner
from hub.errors import DatabaseUnavailable, Misconfigured
from hub.logs import configure
from hub.texts import say

app: Final = group("Kør hubben.", "Run the hub.", "hub up")

View = Annotated[
    str, argument("NAME", f"Læsemodellen: {', '.join(VIEWS)}.", f"The read model: {', '.join(VIEWS)}.")
]
Watched = Annotated[bool, option("--until-stdin-closes", "Slut, når stdin lukkes.", "End when stdin closes.")]


def known(name: str) -> str:
    """A read model's name; refused when there is none such."""
    if name not in VIEWS:
        raise Misconfigured(
            say(
                f"Den læsemodel findes ikke: vælg en af {', '.join(VIEWS)}.",
                f"There is no such read model: choose one of {', '.join(VIEWS)}.",
            )
        )
    return name


@verb(
    app,
    "init",
    "Lav rodnøglen og databasen. Kan køres igen.",
    "Make the root key and the database. Can be run again.",
    "hub init\nhub --home /srv/hub init",
)
def init(*, json: Json = False) -> None:
    """Make a hub."""
    settings = settings_now()
    there = settings.root_key_file.exists()
    with session(create=True) as s:
        position = s.hub.log.head()[0]
    place = "HUB_DATABASE_URL" if settings.database_url else str(settings.home / "postgres")
    if json:
        out_json(
            {
                "root_key": str(settings.root_key_file),
                "new_key": not there,
                "database": place,
                "position": position,
            }
        )
        return
    made = say("fandtes", "was there") if there else say("ny", "new")
    out(f"{say('Rodnøgle', 'Root key')} ({made}): {settings.root_key_file}")
    out(f"{say('Database', 'Database')}: {place}")
    out(
        say(
            "Gem en kopi af rodnøglen et sikkert sted, aldrig sammen med data.",
            "Keep a copy of the root key in a safe place, never beside the data.",
        )
    )


# One process.


@verb(
    app,
    "consume",
    "Hold én læsemodel ajour, eller læs partnernes indbakker (inbox), til du stopper den (Ctrl-C, SIGTERM).",
    "Keep one read model up to date, or read partners' inboxes (inbox), until you stop it (Ctrl-C, SIGTERM).",
    "hub consume timeline\nhub consume inbox",
)
def consume(name: View, *, watched: Watched = False) -> None:
    """Run one read model: alone on the store's own log, one of as many as there are partitions on Kafka."""
    if name == INBOX:
        _inbox(watched=watched)
        return
    view = known(name)
    configure()
    with stopping() as stop, session() as s:
        if watched:
            threading.Thread(target=until_closed, args=(stop,), daemon=True).start()
        shared = s.wired.settings.kafka_bootstrap is not None
        taken = say(
            f"{view} kører allerede i en anden proces: stop den først.",
            f"{view} runs in another process already: stop that one first.",
        )
        with hold(s.wired.database, f"consumer {view}", taken, shared=shared) as held:
            if not watched:
                note(
                    say(f"{view} følger loggen. Ctrl-C stopper.", f"{view} follows the log. Ctrl-C stops it.")
                )
            lost = _follow(s, view, stop, held)
    if lost:
        raise DatabaseUnavailable("The connection to the database was lost: start the read model again.")


def _inbox(*, watched: bool) -> None:
    """Take partners' messages in; while another process does, wait for its turn."""
    configure()
    with stopping() as stop, session() as s:
        if watched:
            threading.Thread(target=until_closed, args=(stop,), daemon=True).start()
        inbox = s.wired.inbox()
        if inbox is None:
            raise Misconfigured(
                say(
                    "Uden Kafka er der ingen indbakker: sæt HUB_KAFKA_BOOTSTRAP.",
                    "Without Kafka there are no inboxes: set HUB_KAFKA_BOOTSTRAP.",
                )
            )
        with inbox:
            if not watched:
                note(say("Indbakkerne læses. Ctrl-C stopper.", "The inboxes are read. Ctrl-C stops it."))
            inbox.run(stop.is_set)


def _follow(s: Session, view: str, stop: threading.Event, held: Callable[[], bool]) -> bool:
    """Follow the log until told to stop; True when it was the database that went away."""
    lost = False

    def over() -> bool:
        nonlocal lost
        lost = not stop.is_set() and not held()
        return stop.is_set() or lost

    settle()
    with patiently(lambda: s.wired.source(group=view), over) as source:
        if source is not None:
            Runner(s.wired.database, source, s.wired.view(view), s.wired.store.sealer).run(over, patience=0.5)
    return lost


@verb(
    app,
    "relay",
    "Bring loggen til Kafka, og partnernes rækker til deres emner, til du stopper.",
    "Carry the log to Kafka, and partners' rows to their topics, until you stop it.",
    "hub relay\nhub relay --refill",
)
def relay(
    *,
    refill: Annotated[
        bool,
        option(
            "--refill",
            "Fyld et nyt, tomt emne fra databasen.",
            "Fill a new, empty topic from the database.",
        ),
    ] = False,
    watched: Watched = False,
) -> None:
    """Run the relay; while another is at work, wait for its turn."""
    configure()
    with stopping() as stop, session() as s:
        if watched:
            threading.Thread(target=until_closed, args=(stop,), daemon=True).start()
        with s.wired.relay(refill=refill) as carrier:
            if not watched:
                note(say("Relæet kører. Ctrl-C stopper.", "The relay runs. Ctrl-C stops it."))
            keeping = s.wired.housekeeping()
            if keeping is not None:
                keeping.start(stop.is_set)
            settle()
            carrier.run(stop.is_set)


@verb(
    app,
    "schedule",
    "Noter det, som kun tiden bringer: samtykker, hjemler og værdispring, der er løbet ud. Til du stopper.",
    "Record what only time brings: consents, bases in law and emergency accesses that have run out. Until you stop it.",
    "hub schedule\nhub schedule --once",
)
def schedule(
    *,
    once: Annotated[bool, option("--once", "Kun én gang, her og nu.", "Only once, here and now.")] = False,
    watched: Watched = False,
) -> None:
    """Run the scheduler. Several at once do no harm: what is recorded is recorded once."""
    configure()
    with stopping() as stop, session() as s:
        if once:
            with _bar(say("udløbet", "run out"), None) as advance:
                count = s.wired.scheduler().look(advance)
            out(say(f"Noteret for {count} borgere.", f"Recorded for {count} citizens."))
            s.wired.notices().look()
            return
        if watched:
            threading.Thread(target=until_closed, args=(stop,), daemon=True).start()
        else:
            note(say("Tiden holdes øje med. Ctrl-C stopper.", "Time is watched. Ctrl-C stops it."))
        settle()
        notices = s.wired.notices()
        if notices.possible:
            threading.Thread(target=notices.run, args=(stop,), daemon=True).start()
        s.wired.scheduler().run(stop.is_set)


@verb(
    app,
    "catch-up",
    "Bring alle læsemodeller ajour, her og nu.",
    "Bring every read model up to date, here and now.",
    "hub --demo catch-up",
)
def catch_up(*, json: Json = False) -> None:
    """Catch up."""
    with session() as s:
        handled = s.wired.catch_up()
        position = s.hub.log.head()[0]
    if json:
        out_json({"handled": handled, "position": position})
    else:
        out(say(f"Ajour med nr. {position} i loggen.", f"Up to date with position {position}."))


# Anew.


@verb(
    app,
    "rebuild",
    "Byg en læsemodel forfra ved siden af, sammenlign, og skift.",
    "Build a read model from the start beside the live one, compare, and switch.",
    "hub rebuild partner_view",
)
def rebuild(view: View, *, json: Json = False) -> None:
    """Rebuild a read model."""
    name = known(view)
    with session() as s:
        with _bar(name, s.hub.log.head()[0]) as advance:
            rebuilt = rebuild_view(
                s.wired.database,
                s.wired.building(name),
                s.wired.store.sealer,
                s.wired.partitions,
                progress=advance,
            )
        names = {identity: name for identity, (name, _) in s.partners().items()}
    if json:
        out_json(
            {
                "generation": rebuilt.schema,
                "events": rebuilt.events,
                "difference": [
                    {"partner": str(p), "name": names.get(p), "gained": g, "lost": gone, "changed": changed}
                    for p, (g, gone, changed) in rebuilt.difference.items()
                ],
            }
        )
        return
    out(
        say(
            f"{rebuilt.schema} gælder nu; {rebuilt.events} hændelser læst.",
            f"{rebuilt.schema} is live; {rebuilt.events} events read.",
        )
    )
    for partner, (gained, lost, changed) in rebuilt.difference.items():
        told = say(
            f"{gained} kom til, {lost} forsvandt, {changed} ændret",
            f"{gained} gained, {lost} lost, {changed} changed",
        )
        out(f"  {names.get(partner, partner)}: {told}")
    if name == "partner_view" and not rebuilt.difference:
        out(say("  Ingen forskel for nogen organisation.", "  No difference for any organisation."))


@contextmanager
def _bar(name: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar beside the answer, when somebody is looking."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - only when somebody is looking
    from rich.progress import Progress  # noqa: PLC0415 - as above

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=total)
        yield lambda done: progress.update(task, advance=done)
