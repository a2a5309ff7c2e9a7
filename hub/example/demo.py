"""The demonstration: a year is played, one citizen changes their mind, and everything is checked.

Every figure on the screen was counted or measured in this run.
"""

import shlex
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date, datetime
from typing import Any, Final, TextIO
from uuid import UUID

from hub.application.access import Entry, Reader
from hub.application.explain import Asked
from hub.artifacts import VERSION
from hub.bootstrap import LOCAL, VIEWS, Wired, open_hub
from hub.clock import SystemClock, copenhagen_day
from hub.config import Settings
from hub.consumers.runner import Runner
from hub.errors import BadInput, NotFound
from hub.example.check import Auditor
from hub.example.home import fresh_home, is_stopped
from hub.example.municipality import CITIZENS, FEWEST, MOST, Municipality, municipality
from hub.example.on_kafka import OnKafka, why_no_kafka
from hub.example.player import Player, YearClock
from hub.example.screen import Screen, Voice, age, count, head
from hub.example.story import TOLD
from hub.example.summary import Summary
from hub.example.town import PARTNERS
from hub.example.why import why_seen, why_unseen
from hub.example.withdrawal import Withdrawal
from hub.projections.base import in_schema, live_generation

__all__ = ["CITIZENS", "Summary", "run"]

HUB: Final = ".venv/bin/hub --demo"
UP: Final = ".venv/bin/hub up --demo"
_ROWS = "SELECT count(*) FROM {schema}.partner_view"


def run(
    settings: Settings,
    *,
    citizens: int = CITIZENS,
    seed: int = 1,
    lang: str = "da",
    out: TextIO,
    now: datetime | None = None,
    kafka: bool = True,
) -> Summary:
    """Play the demonstration and print it; `now` is the day on which the year ended, if not today.

    It runs on Apache Kafka where there is Java and Maven, unless `kafka` says no.
    """
    if not FEWEST <= citizens <= MOST:
        raise BadInput(f"The municipality has {FEWEST} to {MOST} citizens: choose another --citizens.")
    began = time.perf_counter()
    place = municipality(seed, citizens, now or SystemClock()(), lang)
    fresh_home(settings)
    show = Show(place, Voice(lang), Screen(out), Summary(seed, citizens))
    clock = YearClock(place.town.when(0, 0), SystemClock())
    show.title()
    show.summary.no_kafka = why_no_kafka(show.say, wanted=kafka)
    place_of_kafka = LOCAL if show.summary.no_kafka is None else None
    settings = settings.model_copy(update={"kafka_bootstrap": place_of_kafka})
    with ExitStack() as stack, open_hub(settings, clock=clock) as wired:
        show.ready(wired, stack, began)
        show.year(wired, clock)
        show.main_character(wired)
        Withdrawal(show, wired).play()
        show.trust(wired)
    show.summary.seconds = time.perf_counter() - began
    show.summary.stopped = is_stopped(settings)
    show.ending()
    return show.summary


class Show:
    """The five steps."""

    def __init__(self, place: Municipality, voice: Voice, screen: Screen, summary: Summary) -> None:
        self.place = place
        self.voice = voice
        self.say = voice.say
        self.screen = screen
        self.summary = summary
        self.positions: dict[str, int] = {}
        self.kafka: OnKafka | None = None
        main, town = place.main, place.town
        summary.citizen, summary.jobcentre = main.citizen, town.partner("jobcentre")
        summary.name = place.lives[0].identity.name
        summary.partners = len(town.organisations)

    @property
    def first(self) -> str:
        """The main character's first name."""
        return self.summary.name.split()[0]

    # The steps.

    def title(self) -> None:
        """What this is."""
        self.screen.heading(
            self.say(
                "KOORDINERINGSHUB - øvekommunen Nordlunde. Alle personer er opdigtede.",
                "COORDINATION HUB - the practice municipality Nordlunde. Everybody is invented.",
            )
        )
        self.screen.line()

    def ready(self, wired: Wired, stack: ExitStack, began: float) -> None:
        """[1/5] The database runs, and Kafka where there can be one."""
        with wired.database.connection() as connection:
            row = connection.execute("SELECT split_part(version(), ' ', 2)").fetchone()
        running = f" PostgreSQL{'' if row is None else f' {row[0]}'} ✓"
        if self.summary.no_kafka is None:
            self.kafka = OnKafka(wired, stack)
            running += f"   Apache Kafka {VERSION} ✓"
        what = self.say("[1/5] Gør klar      ", "[1/5] Getting ready ")
        self.screen.measured(f"{what}{running}", self._seconds(time.perf_counter() - began), indent=0)
        if self.summary.no_kafka is not None:
            self.screen.prose(self.summary.no_kafka)

    def year(self, wired: Wired, clock: YearClock) -> None:
        """[2/5] A year is played, and the read models follow."""
        summary, number = self.summary, self.voice.number
        citizens, partners = number(summary.citizens), number(summary.partners)
        self.screen.heading(
            self.say(
                f"[2/5] Spiller et år for {count(citizens, 'borger', 'borgere')} og {partners} partnere",
                f"[2/5] Playing a year of {count(citizens, 'citizen', 'citizens')} and {partners} partners",
            )
        )
        began = time.perf_counter()
        player = Player(wired, clock, self.place, lambda: self.consents(wired))
        with self.screen.bar(len(self.place.steps)) as advance:
            player.play(advance)
        clock.stop()
        self.positions = {mark: player.positions[by] for mark, by in self.place.main.marks.items()}
        if self.kafka is not None:
            summary.topics = self.kafka.open_topics(self.place.town)
        summary.events = wired.log.head()[0]
        stored = f"{number(summary.events)} {self.say('hændelser gemt', 'events stored')}"
        if self.kafka is not None:
            self.kafka.relay.catch_up()
            summary.on_kafka = self.kafka.events()
            stored += f", {number(summary.on_kafka)} {self.say('på Kafka', 'on Kafka')}"
        self.screen.finished(stored, self._seconds(time.perf_counter() - began))
        began = time.perf_counter()
        self.follow(wired)
        summary.rows = self.one(wired, _ROWS)
        rows = self.say("rækker hos partnerne", "rows with the partners")
        self.screen.finished(f"{number(summary.rows)} {rows}", self._seconds(time.perf_counter() - began))
        self.screen.line()

    def main_character(self, wired: Wired) -> None:
        """[3/5] One citizen: what happened, who sees it, and why."""
        citizen, reader = self.place.main.citizen, Reader.citizen()
        whole = wired.access.timeline(reader, citizen, None, limit=10_000).entries
        by_position = {entry.position: entry for entry in whole}
        self._introduce(wired, whole)
        town = self.place.town
        theirs = {
            key: {e.position: e for e in wired.access.view(reader, town.partner(key), citizen, None)}
            for key in PARTNERS
        }
        rows = []
        for mark, label in TOLD:
            position = self.positions[mark]
            self.summary.seen[mark] = tuple(key for key in PARTNERS if position in theirs[key])
            seen = [position in theirs[key] for key in PARTNERS]
            rows.append((self._day(by_position[position]), self.say(*label).format(first=self.first), seen))
        self.screen.prose(
            self.say(
                f"Fem af {self.voice.of(self.first)} {len(whole)} hændelser, og hvem der kan se dem:",
                f"Five of {self.voice.of(self.first)} {len(whole)} events, and who can see them:",
            )
        )
        self.screen.table([head(self.voice, key) for key in PARTNERS], rows)
        self.screen.line()
        self.screen.prose(
            self.say(
                "● kan ses.  Tomt: findes ikke for dem - intet felt, intet antal.",
                "● can be seen.  Blank: not there for them - no field, no count.",
            )
        )
        can, total = len(theirs["jobcentre"]), len(whole)
        self.screen.prose(
            self.say(
                f"I alt kan jobcentret se {can} af de {total}.",
                f"In all, the jobcentre can see {can} of the {total}.",
            )
        )
        self.screen.line()
        self._why(wired, by_position)
        self._emergency(wired, by_position)
        self.screen.line()

    def trust(self, wired: Wired) -> None:
        """[5/5] Everything is decided again."""
        number, town = self.voice.number, self.place.town
        self.screen.heading(self.say("[5/5] KAN MAN STOLE PÅ DET?", "[5/5] CAN IT BE TRUSTED?"))
        auditor = Auditor(wired.database, wired.log, wired.store.sealer, wired.vault)
        secret = (town.partner("addiction_treatment"), self.place.main.citizen, self.positions["addiction"])
        audit = auditor.audit(wired.hub.clock(), self.summary.jobcentre, secret)
        self.summary.audit = audit
        compared = self.summary.compared
        if self.kafka is not None:
            compared = self.summary.compared = self.kafka.compared()
        planted, caught = audit.planted + compared.planted, audit.caught + compared.caught
        self.screen.measured(
            self.say(
                f"kontrol: {planted} fejl lagt ind med vilje",
                f"control: {planted} faults planted",
            ),
            self.say(f"{caught} fanget", f"{caught} caught"),
            good=caught == planted,
        )
        self.screen.measured(
            self.say(
                f'{number(audit.answers)} svar på "må de se det?" regnet efter',
                f'{number(audit.answers)} answers to "may they see it?" decided again',
            ),
            count(
                number(audit.differences), *self.say("forskel forskelle", "difference differences").split()
            ),
            good=audit.differences == 0,
        )
        self.screen.measured(
            self.say(
                "hændelser, talt og nummereret uden huller", "events, counted and numbered without gaps"
            ),
            self.say(
                f"{number(audit.events)} af {number(audit.last_position)}",
                f"{number(audit.events)} of {number(audit.last_position)}",
            ),
            good=audit.events == audit.last_position,
        )
        if self.kafka is not None:
            self.screen.measured(
                self.say(
                    f"Kafka og database sammenlignet, {number(compared.records)} poster",
                    f"Kafka and database compared, {number(compared.records)} records",
                ),
                count(
                    number(compared.differences),
                    *self.say("forskel forskelle", "difference differences").split(),
                ),
                good=compared.differences == 0,
            )
        self.screen.line()

    def ending(self) -> None:
        """How long it took, and what to try."""
        seconds = self._seconds(self.summary.seconds)
        over = (
            self.say("Intet kører videre på maskinen.", "Nothing is left running on the machine.")
            if self.summary.stopped
            else self.say("En anden bruger stadig databasen.", "Somebody else still uses the database.")
        )
        self.screen.heading(self.say(f"FÆRDIG på {seconds}. {over}", f"DONE in {seconds}. {over}"))
        self.screen.line(self.say("Prøv selv:", "Try it yourself:"))
        name = shlex.quote(self.summary.name)
        for command in (
            f"page {name} --as citizen",
            f"timeline {name} --as citizen",
            f"view {self.say('hjemmepleje', 'home-care')} {name} --as citizen",
            f"view {self.say('jobcenter', 'jobcentre')} {name} --as citizen",
        ):
            self.screen.line(f"  {HUB} {command}")
        self.screen.line(self.say("Se siderne i en browser:", "Look at the pages in a browser:"))
        self.screen.line(f"  {UP}")
        self.screen.line(
            self.say(
                "Åbn så http://127.0.0.1:8400/, og vælg, hvem du vil være.",
                "Then open http://127.0.0.1:8400/, and choose who you would like to be.",
            )
        )

    # Parts of them.

    def _introduce(self, wired: Wired, whole: Sequence[Entry]) -> None:
        """Who it is, who coordinates, and the hope, word for word."""
        identity = wired.vault.identity(self.place.main.citizen)
        coordinator = next(e for e in whole if e.event == "citizen.coordinator_assigned")
        hope = next(e for e in whole if e.event in {"citizen.hope_told", "citizen.hope_retold"})
        if identity is None or identity.born is None:
            raise NotFound("The main character is not in the vault.")
        years = age(date.fromisoformat(identity.born), copenhagen_day(wired.hub.clock()))
        person = UUID(coordinator.fields["person"])
        who = wired.vault.persons([person])[person].name
        where = self.say("socialpsykiatrien", "social psychiatry")
        self.screen.heading(
            self.say(
                f"[3/5] {identity.name}, {years} år.  Tovholder: {who}, {where}",
                f"[3/5] {identity.name}, {years}.  Coordinator: {who}, {where}",
            )
        )
        said = self.voice.words(hope.fields["words"]["text"])
        self.screen.prose(self.say(f"{self.first} siger: {said}", f"{self.first} says: {said}"))
        self.screen.line()

    def _why(self, wired: Wired, whole: dict[int, Entry]) -> None:
        """Why the jobcentre sees the meeting, and why not the talk."""
        meeting, talk = whole[self.positions["work"]], whole[self.positions["addiction"]]
        self.screen.prose(
            self.say(
                f"Hvorfor ser jobcentret mødet {self._day(meeting)}?",
                f"Why does the jobcentre see the meeting on {self._day(meeting)}?",
            )
        )
        terms = (Reader.citizen(), self.place.main.citizen, self.summary.jobcentre)
        seen = wired.access.explain(*terms, Asked(event=meeting.event_id))
        self.screen.prose(why_seen(self.voice, self.first, seen), 8)
        self.screen.prose(
            self.say(
                f"Hvorfor ser jobcentret ikke samtalen {self._day(talk)}?",
                f"Why does the jobcentre not see the talk on {self._day(talk)}?",
            )
        )
        unseen = wired.access.explain(*terms, Asked(event=talk.event_id))
        self.screen.prose(why_unseen(self.voice, self.first, unseen), 8)

    def _emergency(self, wired: Wired, whole: dict[int, Entry]) -> None:
        """Who read by emergency access, as the citizen's own list of who looked has it."""
        position = self.positions["emergency"]
        looked = wired.access.who_looked(Reader.citizen(), self.place.main.citizen, 10_000)
        (seen,) = [entry for entry in looked if entry[4] == "emergency"]
        self.summary.in_emergency = seen[7]
        why = self.voice.words(whole[position].fields["reason"]["text"])
        day, number = self._day(whole[position]), len(whole)
        self.screen.prose(
            self.say("Har nogen slået op med værdispring?", "Has anybody used emergency access?")
        )
        self.screen.prose(
            self.say(
                f"Ja, natten til {day}: en sygeplejerske i Distriktspsykiatrien Nord. {why} Det viste "
                f"{seen[7]} af de {number}. En anden har gennemgået det.",
                f"Yes, in the night before {day}: a nurse at Distriktspsykiatrien Nord. {why} It showed "
                f"{seen[7]} of the {number}. Somebody else has reviewed it.",
            ),
            8,
        )

    def follow(self, wired: Wired) -> None:
        """Every read model takes in what there is."""
        total = len(VIEWS) * self.summary.events
        with self.screen.bar(total) as advance:
            done = 0
            for name in VIEWS:
                done += self._catch_up(wired, name)
                advance(done)
        self.relay()

    def consents(self, wired: Wired) -> None:
        """The list of consents takes in what there is, which is where the scheduler looks."""
        self.relay()
        self._catch_up(wired, "consents")

    @staticmethod
    def _catch_up(wired: Wired, name: str) -> int:
        with wired.source() as source:
            return Runner(wired.database, source, wired.view(name), wired.store.sealer).catch_up()

    def relay(self) -> None:
        """What is new goes to Kafka, where there is one."""
        if self.kafka is not None:
            self.kafka.relay.catch_up()

    @staticmethod
    def one(wired: Wired, query: str, terms: tuple[Any, ...] = ()) -> int:
        """One number from the live partner view."""
        with wired.database.connection() as connection:
            live = live_generation(connection, "partner_view")
            row = connection.execute(in_schema(query, live), terms).fetchone()
        return 0 if row is None else int(row[0])

    def _day(self, entry: Entry) -> str:
        return self.voice.short_day(date.fromisoformat(entry.happened or entry.recorded))

    def _seconds(self, seconds: float) -> str:
        return f"{max(1, round(seconds))} s"
