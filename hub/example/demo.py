"""The demonstration: a year is played, one citizen changes their mind, and everything is checked.

Every figure on the screen was counted or measured in this run.
"""

import shlex
import time
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, TextIO
from uuid import UUID

from hub.aggregates import Actor
from hub.application.access import Entry, Reader
from hub.application.commands import withdraw_consent
from hub.bootstrap import VIEWS, Wired, open_hub
from hub.clock import SystemClock, copenhagen_day
from hub.config import Settings
from hub.consumers.runner import Runner
from hub.errors import AccessDenied, BadInput, NotFound
from hub.example.check import Auditor
from hub.example.home import fresh_home, is_stopped
from hub.example.municipality import CITIZENS, FEWEST, MOST, Municipality, municipality
from hub.example.player import Player, YearClock
from hub.example.screen import Screen, Voice, age, count, head, milliseconds
from hub.example.story import TOLD
from hub.example.summary import Summary
from hub.example.town import PARTNERS
from hub.example.why import why_seen, why_unseen
from hub.projections.base import in_schema, live_generation
from hub.vocabulary import Role

__all__ = ["CITIZENS", "Summary", "run"]

HUB: Final = ".venv/bin/hub --demo"
_ROWS = "SELECT count(*) FROM {schema}.partner_view"
_THEIRS = "SELECT count(*) FROM {schema}.partner_view WHERE partner_id = %s AND citizen_id = %s"
_BEHIND = "SELECT (SELECT position FROM log_head) - min(position) FROM checkpoints WHERE schema_name = %s"


def run(
    settings: Settings,
    *,
    citizens: int = CITIZENS,
    seed: int = 1,
    lang: str = "da",
    out: TextIO,
    now: datetime | None = None,
) -> Summary:
    """Play the demonstration and print it; `now` is the day on which the year ended, if not today."""
    if not FEWEST <= citizens <= MOST:
        raise BadInput(f"The municipality has {FEWEST} to {MOST} citizens: choose another --citizens.")
    began = time.perf_counter()
    place = municipality(seed, citizens, now or SystemClock()(), lang)
    fresh_home(settings)
    show = _Show(place, Voice(lang), Screen(out), Summary(seed, citizens))
    clock = YearClock(place.town.when(0, 0), SystemClock())
    show.title()
    with open_hub(settings, clock=clock) as wired:
        show.ready(wired, time.perf_counter() - began)
        show.year(wired, clock)
        show.main_character(wired)
        show.withdrawal(wired)
        show.trust(wired)
    show.summary.seconds = time.perf_counter() - began
    show.summary.stopped = is_stopped(settings)
    show.ending()
    return show.summary


class _Show:
    """The five steps."""

    def __init__(self, place: Municipality, voice: Voice, screen: Screen, summary: Summary) -> None:
        self.place = place
        self.voice = voice
        self.say = voice.say
        self.screen = screen
        self.summary = summary
        self.positions: dict[str, int] = {}
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

    def ready(self, wired: Wired, seconds: float) -> None:
        """[1/5] The database runs."""
        with wired.database.connection() as connection:
            row = connection.execute("SELECT split_part(version(), ' ', 2)").fetchone()
        version = "" if row is None else f" {row[0]}"
        what = self.say("[1/5] Gør klar      ", "[1/5] Getting ready ")
        self.screen.measured(f"{what} PostgreSQL{version} ✓", self._seconds(seconds), indent=0)

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
        player, began = Player(wired.hub, wired.vault, clock, self.place), time.perf_counter()
        with self.screen.bar(len(self.place.steps)) as advance:
            player.play(advance)
        clock.stop()
        self.positions = {mark: player.positions[by] for mark, by in self.place.main.marks.items()}
        summary.events = wired.log.head()[0]
        stored = self.say("hændelser gemt", "events stored")
        taken = self._seconds(time.perf_counter() - began)
        self.screen.finished(f"{number(summary.events)} {stored}", taken)
        began = time.perf_counter()
        self._follow(wired)
        summary.rows = self._one(wired, _ROWS)
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
        self._why(wired, by_position, theirs["jobcentre"])
        self.screen.line()

    def withdrawal(self, wired: Wired) -> None:
        """[4/5] The citizen changes their mind, now."""
        summary, main, first = self.summary, self.place.main, self.first
        self.screen.heading(
            self.say(
                f"[4/5] {first.upper()} FORTRYDER og trækker samtykket til jobcentret tilbage nu.",
                f"[4/5] {first.upper()} HAS SECOND THOUGHTS and withdraws the consent, now.",
            )
        )
        citizen, jobcentre = main.citizen, summary.jobcentre
        consultant = Reader.of(wired.vault.person(main.jobcentre_reader))
        mine = (Reader.citizen(), jobcentre, citizen, None)
        before = wired.access.view(*mine)
        with wired.source() as source:
            runner = Runner(wired.database, source, wired.view("partner_view"), wired.store.sealer)
            runner.assign()
            could = self._look(wired, consultant)
            rows = self._one(wired, _THEIRS, (jobcentre, citizen))
            began = time.perf_counter()
            withdraw_consent(wired.hub, Actor(Role.CITIZEN), citizen, partner=jobcentre)
            summary.refused = could > 0 and self._look(wired, consultant) == 0
            summary.refused_after = time.perf_counter() - began
            summary.behind_when_refused = self._behind(wired)
            runner.catch_up()
            summary.gone_after = time.perf_counter() - began
        summary.gone = rows - self._one(wired, _THEIRS, (jobcentre, citizen))
        self._follow(wired)
        after = wired.access.view(*mine)
        summary.before, summary.after = len(before), len(after)
        looked = wired.access.who_looked(Reader.citizen(), citizen, 10_000)
        summary.looked = sum(1 for entry in looked if entry[2] == jobcentre)
        self._tell_withdrawal()

    def trust(self, wired: Wired) -> None:
        """[5/5] Everything is decided again."""
        number, town = self.voice.number, self.place.town
        self.screen.heading(self.say("[5/5] KAN MAN STOLE PÅ DET?", "[5/5] CAN IT BE TRUSTED?"))
        auditor = Auditor(wired.database, wired.log, wired.store.sealer, wired.vault)
        secret = (town.partner("addiction_treatment"), self.place.main.citizen, self.positions["addiction"])
        audit = auditor.audit(wired.hub.clock(), self.summary.jobcentre, secret)
        self.summary.audit = audit
        self.screen.measured(
            self.say(
                f"kontrol: {audit.planted} fejl lagt ind med vilje",
                f"control: {audit.planted} faults planted",
            ),
            self.say(f"{audit.caught} fanget", f"{audit.caught} caught"),
            good=audit.caught == audit.planted,
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
            f"timeline {name} --as citizen",
            f"view {self.say('hjemmepleje', 'home-care')} {name} --as citizen",
            f"view {self.say('jobcenter', 'jobcentre')} {name} --as citizen",
            "up",
        ):
            self.screen.line(f"  {HUB} {command}")

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

    def _why(self, wired: Wired, whole: dict[int, Entry], theirs: dict[int, Entry]) -> None:
        """Why the jobcentre sees the meeting, and why not the talk."""
        meeting, talk = whole[self.positions["work"]], whole[self.positions["addiction"]]
        self.screen.prose(
            self.say(
                f"Hvorfor ser jobcentret mødet {self._day(meeting)}?",
                f"Why does the jobcentre see the meeting on {self._day(meeting)}?",
            )
        )
        terms = (Reader.citizen(), self.place.main.citizen, self.summary.jobcentre)
        shown = theirs.get(meeting.position, meeting)
        seen = wired.access.explain(*terms, meeting.position)
        self.screen.prose(why_seen(self.voice, self.first, seen, shown), 8)
        self.screen.prose(
            self.say(
                f"Hvorfor ser jobcentret ikke samtalen {self._day(talk)}?",
                f"Why does the jobcentre not see the talk on {self._day(talk)}?",
            )
        )
        unseen = wired.access.explain(*terms, talk.position)
        self.screen.prose(why_unseen(self.voice, self.first, unseen), 8)

    def _tell_withdrawal(self) -> None:
        summary, first, number = self.summary, self.first, self.voice.number
        self.screen.measured(
            self.say("nyt opslag afvist", "a new look refused"),
            milliseconds(summary.refused_after),
            good=summary.refused,
        )
        self.screen.measured(
            self.say(
                f"{count(number(summary.gone), 'række', 'rækker')} væk fra jobcentrets side",
                f"{count(number(summary.gone), 'row', 'rows')} gone from the jobcentre's side",
            ),
            milliseconds(summary.gone_after),
            good=summary.gone == summary.before - summary.after,
        )
        self.screen.prose(
            self.say(
                f"Jobcentret ser nu {number(summary.after)} af {self.voice.of(first)} hændelser "
                f"(før: {number(summary.before)}).",
                f"The jobcentre now sees {number(summary.after)} of {self.voice.of(first)} events "
                f"(before: {number(summary.before)}).",
            )
        )
        times = number(summary.looked)
        self.screen.prose(
            self.say(
                f"Det, de allerede har læst, kan ikke gøres ulæst. Det får {first} at vide. {first} kan også se, at "
                f"jobcentret har slået op {count(times, 'gang', 'gange')}.",
                f"What they have read already cannot be unread. {first} is told so. {first} can also see that the "
                f"jobcentre has looked {count(times, 'time', 'times')}.",
            )
        )
        self.screen.line()

    def _look(self, wired: Wired, consultant: Reader) -> int:
        """How many rows the jobcentre's worker gets to see; none when the read is denied."""
        purpose = self.place.town.organisations["jobcentre"].task
        try:
            terms = (self.summary.jobcentre, self.place.main.citizen, purpose)
            return len(wired.access.view(consultant, *terms))
        except AccessDenied:
            return 0

    def _follow(self, wired: Wired) -> None:
        """Every read model takes in what there is."""
        total = len(VIEWS) * self.summary.events
        with self.screen.bar(total) as advance:
            done = 0
            for name in VIEWS:
                with wired.source() as source:
                    runner = Runner(wired.database, source, wired.view(name), wired.store.sealer)
                    done += runner.catch_up()
                advance(done)

    def _behind(self, wired: Wired) -> int:
        with wired.database.connection() as connection:
            live = live_generation(connection, "partner_view")
            row = connection.execute(_BEHIND, (live,)).fetchone()
        return 0 if row is None else int(row[0])

    @staticmethod
    def _one(wired: Wired, query: str, terms: tuple[Any, ...] = ()) -> int:
        """One number from the live partner view."""
        with wired.database.connection() as connection:
            live = live_generation(connection, "partner_view")
            row = connection.execute(in_schema(query, live), terms).fetchone()
        return 0 if row is None else int(row[0])

    def _day(self, entry: Entry) -> str:
        return self.voice.short_day(date.fromisoformat(entry.happened or entry.recorded))

    def _seconds(self, seconds: float) -> str:
        return f"{max(1, round(seconds))} s"
