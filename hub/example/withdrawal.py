"""Step 4: the citizen changes their mind, and what that does, how fast, is shown."""

import time
from typing import TYPE_CHECKING

from hub.aggregates import Actor
from hub.application.access import Reader
from hub.application.commands import withdraw_consent
from hub.application.preview import LOST
from hub.bootstrap import Wired
from hub.consumers.runner import Runner
from hub.errors import AccessDenied
from hub.example.screen import count, milliseconds
from hub.kafka import partition_of
from hub.vocabulary import Role

if TYPE_CHECKING:
    from hub.example.demo import Show

_THEIRS = "SELECT count(*) FROM {schema}.partner_view WHERE partner_id = %s AND citizen_id = %s"
_BEHIND = (
    "SELECT count(*) FROM events WHERE citizen_id = %s "
    "AND position > (SELECT position FROM checkpoints WHERE schema_name = {name} AND partition = %s)"
)


class Withdrawal:
    """The step."""

    def __init__(self, show: "Show", wired: Wired) -> None:
        self.show = show
        self.wired = wired

    def play(self) -> None:
        """[4/5] The citizen changes their mind, now."""
        show, wired = self.show, self.wired
        summary, main, first = show.summary, show.place.main, show.first
        show.screen.heading(
            show.say(
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
            could = self._look(consultant)
            rows = show.one(wired, _THEIRS, (jobcentre, citizen))
            published = {} if show.kafka is None else show.kafka.values(jobcentre)
            summary.previewed = self._preview()
            began = time.perf_counter()
            withdraw_consent(wired.hub, Actor(Role.CITIZEN), citizen, partner=jobcentre)
            summary.refused = could > 0 and self._look(consultant) == 0
            summary.refused_after = time.perf_counter() - began
            summary.behind_when_refused = self._behind()
            show.relay()
            runner.catch_up()
            summary.gone_after = time.perf_counter() - began
            show.relay()
            summary.taken_back_after = time.perf_counter() - began
        summary.gone = rows - show.one(wired, _THEIRS, (jobcentre, citizen))
        if show.kafka is not None:
            values = show.kafka.values(jobcentre)
            summary.taken_back = sum(stood and not values.get(key, True) for key, stood in published.items())
        show.follow(wired)
        after = wired.access.view(*mine)
        summary.before, summary.after = len(before), len(after)
        looked = wired.access.who_looked(Reader.citizen(), citizen, 10_000)
        summary.looked = sum(1 for entry in looked if entry[2] == jobcentre)
        self._tell_withdrawal()

    def _tell_withdrawal(self) -> None:
        show = self.show
        summary, first, number = show.summary, show.first, show.voice.number
        show.screen.measured(
            show.say("vist på forhånd, uden at noget blev skrevet", "previewed, with nothing recorded"),
            count(number(summary.previewed), *show.say("række rækker", "row rows").split()),
            good=summary.previewed == summary.gone,
        )
        show.screen.measured(
            show.say("nyt opslag afvist", "a new look refused"),
            milliseconds(summary.refused_after),
            good=summary.refused,
        )
        show.screen.measured(
            show.say(
                f"{count(number(summary.gone), 'række', 'rækker')} væk fra jobcentrets side",
                f"{count(number(summary.gone), 'row', 'rows')} gone from the jobcentre's side",
            ),
            milliseconds(summary.gone_after),
            good=summary.gone == summary.before - summary.after,
        )
        if show.kafka is not None:
            show.screen.measured(
                show.say(
                    f"{number(summary.taken_back)} af {number(summary.gone)} poster slettemærket på Kafka",
                    f"{number(summary.taken_back)} of {number(summary.gone)} records taken back on Kafka",
                ),
                milliseconds(summary.taken_back_after),
                good=summary.taken_back == summary.gone,
            )
        show.screen.prose(
            show.say(
                f"Jobcentret ser nu {number(summary.after)} af {show.voice.of(first)} hændelser "
                f"(før: {number(summary.before)}).",
                f"The jobcentre now sees {number(summary.after)} of {show.voice.of(first)} events "
                f"(before: {number(summary.before)}).",
            )
        )
        times = number(summary.looked)
        show.screen.prose(
            show.say(
                f"Det, de allerede har læst, kan ikke gøres ulæst. Det får {first} at vide. {first} kan også se, at "
                f"jobcentret har slået op {count(times, 'gang', 'gange')}.",
                f"What they have read already cannot be unread. {first} is told so. {first} can also see that the "
                f"jobcentre has looked {count(times, 'time', 'times')}.",
            )
        )
        show.screen.line()

    def _preview(self) -> int:
        """How many rows the preview says that the jobcentre loses; nothing is recorded."""
        wired, citizen, jobcentre = self.wired, self.show.place.main.citizen, self.show.summary.jobcentre
        with wired.hub.rehearse() as rehearsal:
            withdraw_consent(wired.hub, Actor(Role.CITIZEN), citizen, partner=jobcentre)
        effects = wired.access.preview(rehearsal).effects
        changes = [change for effect in effects if effect.partner == jobcentre for change in effect.changes]
        return sum(change.kind == LOST and None in change.eyes for change in changes)

    def _look(self, consultant: Reader) -> int:
        """How many rows the jobcentre's worker gets to see; none when the read is denied."""
        show, wired = self.show, self.wired
        purpose = show.place.town.organisations["jobcentre"].task
        try:
            terms = (show.summary.jobcentre, show.place.main.citizen, purpose)
            return len(wired.access.view(consultant, *terms))
        except AccessDenied:
            return 0

    def _behind(self) -> int:
        """How many of the citizen's events the partner view has not taken in."""
        show, wired = self.show, self.wired
        citizen = show.place.main.citizen
        partition = partition_of(str(citizen).encode(), wired.partitions)
        return show.one(wired, _BEHIND, (citizen, partition))
