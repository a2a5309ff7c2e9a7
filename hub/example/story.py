"""The main character: one citizen whose year is written by hand, in the language of the run.

The jobcentre has a task and a consent, records nothing itself and is party to nothing: what it sees goes with the
consent. It is kept from `contact`, so that not even the consent itself stays behind as a row of its own.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from hub.aggregates import Text
from hub.clock import copenhagen_day, end_of_day
from hub.example.steps import CITIZEN, Life, Step
from hub.example.town import YEAR, Town, Worker

AGE: Final = 34
_SPRING: Final = YEAR - 150
"""The day of the year on which what the demonstration shows begins."""
Words = tuple[str, str]
"""What is said, in Danish and in English."""

HOPE: Final = (
    "Jeg vil have en hund og et arbejde, hvor der er dyr.",
    "I want a dog, and a job where there are animals.",
)
_NOT_YET: Final = (
    "Det ved jeg ikke endnu. Spørg, når jeg har sovet.",
    "I don't know yet. Ask me when I have slept.",
)
_TEXTS: Final[dict[str, Words]] = {
    "enrolled": ("Kom selv ind ad døren og bad om hjælp.", "Walked in and asked for help."),
    "plan": ("Planen begynder med hunden.", "The plan begins with the dog."),
    "goal": ("Jeg går tur hver dag, som om hunden var her.", "I walk every day, as if the dog were here."),
    "professional": ("Daglig aktivitet uden for hjemmet.", "Daily activity outside the home."),
    "support": ("Støtte i hjemmet en gang om ugen.", "Support at home once a week."),
    "consent": ("Kun det om arbejde. Resten er mit.", "Only what is about work. The rest is mine."),
    "block": (
        "De skal ikke ringe til mig. Det går gennem min tovholder.",
        "They are not to call me. It goes through my coordinator.",
    ),
    "addiction": (
        "Vi talte om at drikke mindre, når dagen er lang. Tre uger nu.",
        "We talked about drinking less when the day is long. Three weeks now.",
    ),
    "purpose": ("Hvad slags arbejde kunne passe til mig?", "What kind of work could suit me?"),
    "place": ("Bostøttens kontor", "The support office"),
    "held": (
        "Noget med dyr, få timer, om formiddagen. Vi prøver.",
        "Something with animals, few hours, in the morning. We will try.",
    ),
    "visit": ("Besøg på dyreinternatet en formiddag.", "A visit to the animal shelter one morning."),
    "handover": (
        "Hvad der hjælper om morgenen, så det ikke skal fortælles igen.",
        "What helps in the morning, so that it need not be told again.",
    ),
    "accepted": (
        "Tak. Vi har læst det og kommer tirsdag.",
        "Thank you. We have read it and come on Tuesday.",
    ),
    "walk": (
        "Gik med rundt om søen. Vi talte om, hvor man kan få en hund.",
        "Walked round the lake. We talked about where one can get a dog.",
    ),
    "progress": ("Elleve dage i træk.", "Eleven days in a row."),
    "crisis": (
        "Send en sms, før I ringer. Ring så til min tovholder. Stå ikke bare ved døren.",
        "Send a text before you ring. Then call my coordinator. Do not just stand at the door.",
    ),
    "treatment": (
        "Samtale på distriktspsykiatrien hver anden uge.",
        "A talk at the clinic every other week.",
    ),
    "next": ("Torsdag klokken 10. Hunden er emnet.", "Thursday at ten. The dog is the subject."),
    "emergency": (
        "Ringede klokken to og lagde på igen. Telefonen svarer ikke.",
        "Rang at two and hung up. The telephone does not answer.",
    ),
    "reviewed": (
        "Kriseaftalen blev fulgt: en sms, og så tovholderen. Det var rigtigt at slå op.",
        "The crisis agreement was followed: a text, then the coordinator. It was right to look.",
    ),
    "lake": (
        "Gik med rundt om søen. Vi talte om, hvor man kan låne en hund.",
        "Walked round the lake. We talked about where one can borrow a dog.",
    ),
    "misheard": ("Vi har læst det sammen, og det var at låne.", "We read it together: to borrow, it was."),
    "disputed": ("Det er ikke aktivitet. Det er en gåtur.", "It is not activity. It is a walk."),
}

TOLD: Final[tuple[tuple[str, Words], ...]] = (
    ("hope", ("{first} fortæller sit håb", "{first} tells the hope")),
    ("addiction", ("Samtale om rusmidler", "Talk about addiction")),
    ("work", ("Møde om arbejde", "Meeting about work")),
    ("visit", ("Aftale: besøg på dyreinternatet", "Agreement: visit to the animal shelter")),
    ("handover", ("Overlevering godtaget", "Handover accepted")),
)
"""The events that the demonstration shows, and what it calls them."""


@dataclass(frozen=True, slots=True)
class MainCharacter:
    """Whom the demonstration is about, and which command made each event that it shows."""

    citizen: UUID
    marks: dict[str, UUID]
    jobcentre_reader: str
    """The short name of the jobcentre's worker who has the task."""


def last_day(town: Town) -> date:
    """The last day of the consent to the jobcentre: the first of a month, three or four months after the year."""
    day = copenhagen_day(town.end).replace(day=1)
    for _ in range(4):
        day = (day + timedelta(days=32)).replace(day=1)
    return day


def main_story(life: Life, lang: str) -> tuple[list[Step], MainCharacter]:
    """Write the year."""
    story = _Story(life, lang)
    story.arrive()
    story.consents()
    story.hope()
    story.meeting()
    story.plan()
    story.handover()
    story.night()
    story.put_right()
    return life.steps, MainCharacter(life.id, story.marks, story.consultant.slug)


class _Story:
    """The main character's year, part by part."""

    def __init__(self, life: Life, lang: str) -> None:
        self.life = life
        self.town = life.town
        self.language = 1 if lang == "en" else 0
        self.marks: dict[str, UUID] = {}
        self.case, self.coordinator = life.worker("authority"), life.worker("social_psychiatry")
        self.nurse, self.consultant = life.worker("regional_psychiatry"), life.worker("jobcentre")
        self.therapist, self.helper = life.worker("addiction_treatment"), life.worker("home_care")
        self.first_hope = self.goal = self.plan_id = self.walk = life.id

    def arrive(self) -> None:
        """Walks in, is given people, and does not know yet."""
        self._do(20, 60, self.case.slug, "enrol", self.life.identity, text=self._text("enrolled", "contact"))
        self._task(20, 70, "relation", self.case, "casework")
        self._task(23, 30, "coordinator", self.coordinator, "coordination")
        self._task(23, 40, "contact_person", self.coordinator, "support")
        not_yet = Text.of(_NOT_YET[self.language], "wishes")
        self.first_hope = self._do(30, 90, self.coordinator.slug, "tell_hope", not_yet)
        others = (self.nurse, self.consultant, self.therapist, self.helper)
        for minute, worker in enumerate(others, 100):
            self._task(40, minute, "relation", worker, worker.organisation.task)

    def consents(self) -> None:
        """Says who may know what; the jobcentre until a day, and not how to reach the citizen."""
        social = "contact wishes plan meetings agreements everyday work network"
        self._consent(10, "social_psychiatry", social)
        block = {"categories": frozenset({"contact"}), "words": self._text("block", "contact")}
        self._do(60, 20, CITIZEN, "set_block", self.town.partner("jobcentre"), **block)
        until, said = end_of_day(last_day(self.town)), self._text("consent", "contact")
        self._consent(30, "jobcentre", "wishes meetings agreements work", until=until, words=said)
        self._consent(40, "regional_psychiatry", "wishes plan health")
        self._consent(50, "addiction_treatment", "wishes addiction")
        self._consent(60, "home_care", "plan everyday")

    def hope(self) -> None:
        """Knows now; and talks about addiction, with those who treat it."""
        hope, words = self.life.made(self.first_hope, "hope"), Text.of(HOPE[self.language], "wishes")
        self.marks["hope"] = self._do(_SPRING, 120, self.coordinator.slug, "retell_hope", hope, words)
        talk = self._text("addiction", "addiction")
        self.marks["addiction"] = self._do(_SPRING + 7, 200, self.therapist.slug, "record_contact", text=talk)

    def meeting(self) -> None:
        """A meeting about work, and an agreement with the association."""
        by, labels = self.coordinator.slug, ("meetings", "work")
        terms = {"purpose": self._text("purpose", *labels), "place": self._text("place", "meetings")}
        starts = self.town.when(_SPRING + 14, 120)
        called = self._do(_SPRING + 7, 240, by, "convene", kind="coordinating", starts=starts, **terms)
        meeting = self.life.made(called, "meeting")
        came, held = (self.town.partner("social_psychiatry"),), self._text("held", *labels)
        ended = {"citizen_took_part": True, "text": held}
        self.marks["work"] = self._do(_SPRING + 14, 190, by, "meeting.hold", meeting, came, **ended)
        visit = {
            "owner": None,
            "parties": (self.town.partner("civil_society"),),
            "what": self._text("visit", "agreements"),
            "due": copenhagen_day(self.town.when(_SPRING + 60, 0)),
        }
        agreement = self.life.made(meeting, "visit")
        self.marks["visit"] = self._do(_SPRING + 27, 60, by, "meeting.agree", meeting, agreement, **visit)

    def plan(self) -> None:
        """A plan that begins with the dog, a goal in the citizen's own words, and support."""
        by, text = self.case.slug, self._text("plan", "plan")
        opened = self._do(_SPRING + 28, 60, by, "open_plan", "handleplan", text)
        self.plan_id = plan = self.life.made(opened, "plan")
        wording = {"words": self._text("goal", "plan"), "professional": self._text("professional", "plan")}
        goal = self.life.made(plan, "goal")
        self.goal = self._do(_SPRING + 28, 70, by, "plan.set_goal", plan, goal, **wording)
        support = (plan, self.life.made(plan, "support"), self.town.partner("social_psychiatry"), "§ 85")
        text = self._text("support", "plan")
        self._do(_SPRING + 28, 80, by, "plan.grant_support", *support, text=text)
        progress = self._text("progress", "plan")
        self._do(_SPRING + 70, 30, CITIZEN, "plan.progress_goal", plan, goal, words=progress)

    def handover(self) -> None:
        """What helps in the morning, passed on so that it need not be told again; and a walk."""
        by, terms = self.coordinator.slug, {"kind": "knowledge", "items": (self.goal,)}
        to, text = self.town.partner("home_care"), self._text("handover", "plan")
        proposed = self._do(_SPRING + 32, 60, by, "propose_handover", to, text=text, **terms)
        handover, accepted = self.life.made(proposed, "handover"), self._text("accepted", "plan")
        helper = self.helper.slug
        self.marks["handover"] = self._do(
            _SPRING + 35, 100, helper, "handover.accept", handover, text=accepted
        )
        self._do(_SPRING + 35, 110, helper, "handover.mark_read", handover)
        happened = self.town.when(_SPRING + 60, 100)
        walk = {"day": copenhagen_day(happened), "text": self._text("walk", "wishes")}
        self.walk = self._do(_SPRING + 60, 220, by, "record_contact", occurred=happened, **walk)

    def night(self) -> None:
        """A crisis agreement, and the night on which somebody needs it: read with a reason, and reviewed."""
        self._do(_SPRING + 40, 90, CITIZEN, "make_crisis_agreement", self._text("crisis", "plan"))
        noted = {"text": self._text("treatment", "health"), "following": self._text("next", "health")}
        self._do(_SPRING + 42, 40, self.nurse.slug, "note_treatment", **noted)
        reader = next(one for one in self.town.workers["regional_psychiatry"] if one != self.nurse)
        at, why = self.town.midnight(_SPRING + 80) + timedelta(minutes=134), self._text("emergency", "health")
        opened = self.life.do(at, reader.slug, "open_emergency", reason=why, call_back=True)
        access = self.life.made(opened, "access")
        self.marks["emergency"] = opened
        self.life.do(at + timedelta(minutes=2), reader.slug, "read_in_emergency")
        self.life.do(at + timedelta(minutes=40), reader.slug, "close_emergency", access)
        found = {"text": self._text("reviewed", "health"), "justified": True}
        self._do(_SPRING + 82, 50, self.nurse.slug, "review_emergency", access, **found)

    def put_right(self) -> None:
        """A note is corrected, and what is written of a goal is disputed."""
        right = {"text": self._text("lake", "wishes"), "reason": self._text("misheard", "wishes")}
        self._do(_SPRING + 62, 50, self.coordinator.slug, "correct", self.walk, "text", **right)
        self._do(_SPRING + 63, 90, CITIZEN, "dispute", self.goal, self._text("disputed", "plan"))

    # How it is written.

    def _do(self, day: int, minute: int, by: str, verb: str, /, *args: Any, **named: Any) -> UUID:
        return self.life.do(self.town.when(day, minute), by, verb, *args, **named)

    def _text(self, key: str, *labels: str) -> Text:
        return Text.of(_TEXTS[key][self.language], *labels)

    def _task(self, day: int, minute: int, role: str, worker: Worker, purpose: str) -> None:
        self._do(day, minute, self.case.slug, "assign", role, worker.organisation.id, worker.id, purpose)

    def _consent(self, minute: int, key: str, categories: str, **terms: Any) -> None:
        organisation = self.town.organisations[key]
        granted = {"categories": frozenset(categories.split()), "purposes": frozenset(organisation.purposes)}
        self._do(60, minute, CITIZEN, "give_consent", organisation.id, **granted, **terms)
