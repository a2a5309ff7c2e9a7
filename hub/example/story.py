"""The main character: one citizen whose year is written by hand, in the language of the run.

The jobcentre has a task and a consent, records nothing itself and is party to nothing: what it sees goes with the consent.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from hub.aggregates import Text
from hub.clock import copenhagen_day, end_of_day
from hub.example.steps import CITIZEN, Life, Step
from hub.example.town import YEAR, Town

AGE: Final = 34
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
        "Gik med rundt om søen. Vi talte om hunderacer.",
        "Walked round the lake. We talked about dogs.",
    ),
    "progress": ("Elleve dage i træk.", "Eleven days in a row."),
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
    town, marks = life.town, {}
    speak = 0 if lang == "da" else 1
    case, coordinator = life.worker("authority"), life.worker("social_psychiatry")
    nurse, consultant = life.worker("regional_psychiatry"), life.worker("jobcentre")
    therapist, helper = life.worker("addiction_treatment"), life.worker("home_care")

    def text(key: str, *labels: str) -> Text:
        return Text.of(_TEXTS[key][speak], *labels)

    def task(day: int, minute: int, role: str, who: object, purpose: str) -> None:
        worker = who if isinstance(who, type(case)) else case
        life.do(town.when(day, minute), case.slug, "assign", role, worker.organisation.id, worker.id, purpose)

    def consent(day: int, minute: int, key: str, categories: str, **terms: object) -> None:
        purposes = frozenset(town.organisations[key].purposes)
        chosen = frozenset(categories.split())
        at = town.when(day, minute)
        life.do(at, CITIZEN, "give_consent", town.partner(key), categories=chosen, purposes=purposes, **terms)

    spring = YEAR - 150
    life.do(town.when(20, 60), case.slug, "enrol", life.identity, text=text("enrolled", "contact"))
    task(20, 70, "relation", case, "casework")
    task(23, 30, "coordinator", coordinator, "coordination")
    task(23, 40, "contact_person", coordinator, "support")
    told = life.do(town.when(30, 90), coordinator.slug, "tell_hope", Text.of(_NOT_YET[speak], "wishes"))
    for minute, worker in enumerate((nurse, consultant, therapist, helper)):
        task(40, 100 + minute, "relation", worker, worker.organisation.task)

    consent(60, 10, "social_psychiatry", "contact wishes plan meetings agreements everyday work network")
    life.do(
        town.when(60, 20),
        CITIZEN,
        "set_block",
        town.partner("jobcentre"),
        categories=frozenset({"contact"}),
        words=text("block", "contact"),
    )
    until = end_of_day(last_day(town))
    said = text("consent", "contact")
    consent(60, 30, "jobcentre", "wishes meetings agreements work", until=until, words=said)
    consent(60, 40, "regional_psychiatry", "wishes plan health")
    consent(60, 50, "addiction_treatment", "wishes addiction")
    consent(60, 60, "home_care", "plan everyday")

    hope = life.made(told, "hope")
    words = Text.of(HOPE[speak], "wishes")
    marks["hope"] = life.do(town.when(spring, 120), coordinator.slug, "retell_hope", hope, words)
    marks["addiction"] = life.do(
        town.when(spring + 7, 200), therapist.slug, "record_contact", text=text("addiction", "addiction")
    )

    at = town.when(spring + 7, 240)
    starts = town.when(spring + 14, 120)
    purpose, place = text("purpose", "meetings", "work"), text("place", "meetings")
    convened = life.do(
        at, coordinator.slug, "convene", kind="coordinating", starts=starts, purpose=purpose, place=place
    )
    meeting = life.made(convened, "meeting")
    came = (town.partner("social_psychiatry"),)
    marks["work"] = life.do(
        town.when(spring + 14, 190),
        coordinator.slug,
        "meeting.hold",
        meeting,
        came,
        citizen_took_part=True,
        text=text("held", "meetings", "work"),
    )

    agreement = life.made(meeting, "visit")
    marks["visit"] = life.do(
        town.when(spring + 27, 60),
        coordinator.slug,
        "meeting.agree",
        meeting,
        agreement,
        owner=None,
        parties=(town.partner("civil_society"),),
        what=text("visit", "agreements"),
        due=copenhagen_day(town.when(spring + 60, 0)),
    )

    at = town.when(spring + 28, 60)
    opened = life.do(at, case.slug, "open_plan", "handleplan", text("plan", "plan"))
    plan = life.made(opened, "plan")
    goal = life.made(plan, "goal")
    wording = {"words": text("goal", "plan"), "professional": text("professional", "plan")}
    known = life.do(town.when(spring + 28, 70), case.slug, "plan.set_goal", plan, goal, **wording)
    support = (plan, life.made(plan, "support"), town.partner("social_psychiatry"), "§ 85")
    life.do(
        town.when(spring + 28, 80), case.slug, "plan.grant_support", *support, text=text("support", "plan")
    )

    proposed = life.do(
        town.when(spring + 32, 60),
        coordinator.slug,
        "propose_handover",
        town.partner("home_care"),
        kind="knowledge",
        items=(known,),
        text=text("handover", "plan"),
    )
    handover = life.made(proposed, "handover")
    accepted = text("accepted", "plan")
    marks["handover"] = life.do(
        town.when(spring + 35, 100), helper.slug, "handover.accept", handover, text=accepted
    )
    life.do(town.when(spring + 35, 110), helper.slug, "handover.mark_read", handover)
    happened = town.when(spring + 60, 100)
    walk = text("walk", "wishes")
    life.do(
        happened + timedelta(hours=2),
        coordinator.slug,
        "record_contact",
        occurred=happened,
        day=copenhagen_day(happened),
        text=walk,
    )
    progress = text("progress", "plan")
    life.do(town.when(spring + 70, 30), CITIZEN, "plan.progress_goal", plan, goal, words=progress)
    return life.steps, MainCharacter(life.id, marks, consultant.slug)
