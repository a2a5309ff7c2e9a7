"""Stories of good weeks and bad ones: hard periods, what cannot wait, changed needs, rhythm, numbers and phases."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from hub.aggregates import Text
from hub.example.steps import CITIZEN
from hub.example.tales import Tale

_T: Final = Text.of
APRIL: Final = 4


def a_hard_april(e: Tale) -> None:
    """A hard period, in April where the year has one ahead: contact is softened, support rests, and it ends."""
    april = next(day for day in range(365) if (e.town.begin + timedelta(days=day)).month == APRIL)
    if e.day < april < e.day + 90:
        e.day = april
    words = _T("Det er april, og april er altid værst. Jeg orker ikke dørklokken.", "everyday", "health")
    outreach = _T("En sms om mandagen. Jeg svarer med en tommelfinger, når jeg kan.", "everyday")
    period = e.begin(
        0, CITIZEN, "citizen.hard_period_marked", "period", words=words, until=e.date(28), outreach=outreach
    )
    text = _T(
        "Mandagsbesked, ingen besøg. Hører vi intet to mandage i træk, ringer tovholderen på – én gang.",
        "everyday",
    )
    e.tell(
        1,
        e.coordinator,
        "citizen.contact_level_agreed",
        text=text,
        words=_T("Ja. Ikke mere end det.", "everyday"),
    )
    grant, rest = e.grant(), _T("Pause, til du siger til. Timerne går ikke tabt.", "plan")
    terms = {"support": grant.support, "until": e.date(28), "text": rest}
    e.tell(2, e.provider(), "plan.support_paused", grant.plan, **terms)
    e.note(8, "Sendte mandagsbesked. Tommelfinger retur klokken halv tre om natten. Det er fint.", "everyday")
    e.note(15, "Tommelfinger og et billede af en bogfinke.", "everyday")
    words = _T("Det letter. Jeg har åbnet vinduet. I må gerne komme på torsdag.", "everyday")
    e.tell(24, CITIZEN, "citizen.hard_period_ended", period=period, words=words)
    e.note(27, "Første besøg efter pausen. Kaffe, få ord, godt humør.", "everyday", together=True)


def the_rent(e: Tale) -> None:
    """Rent that was not paid: reported with a date of its own, and solved by the benefits office."""
    words = _T(
        "Der står 'ophævelse' på brevet fra boligforeningen. Jeg kan ikke læse videre.",
        "everyday",
        "finances",
    )
    text = _T(
        "Huslejen for marts mangler. Boligforeningen venter til den dag, hvis de hører fra os.",
        "everyday",
        "finances",
    )
    problem = e.begin(
        0, e.coordinator, "citizen.acute_problem_reported", "problem", due=e.date(4), words=words, text=text
    )
    text = _T(
        "Ydelseskontoret har bevilget en enkeltydelse og lavet en afdragsordning på 200 kroner. Boligforeningen "
        "er ringet op, mens borgeren hørte med.",
        "everyday",
        "finances",
    )
    e.tell(3, e.coordinator, "citizen.acute_problem_solved", problem=problem, text=text)
    words = _T("Jeg sov i nat. Og jeg åbnede en kuvert mere.", "finances")
    e.tell(9, CITIZEN, "citizen.life_area_told", area="finances", words=words)
    text = _T("Huslejen går nu over betalingsservice. Posten åbnes sammen om fredagen.", "everyday")
    e.tell(10, e.coordinator, "citizen.life_area_told", area="home", text=text)


def more_is_needed(e: Tale) -> None:
    """A changed need, reported together; the authority alone assesses, and the provider adjusts meanwhile."""
    text = _T(
        "To timer om ugen er for lidt, når aftenerne er sådan. Skrevet sammen, læst højt.",
        "plan",
        "everyday",
    )
    words = _T("Jeg kan ikke være alene fra klokken seks til ti. Det er der, det går galt.", "plan", "health")
    need = e.begin(
        0, e.coordinator, "citizen.need_change_reported", "need", with_citizen=True, words=words, text=text
    )
    text = _T("Læst samme dag. Jeg kommer og ser på det sammen med jer på onsdag.", "plan")
    e.tell(1, e.case, "citizen.need_change_acknowledged", need=need, text=text)
    grant, change = (
        e.grant(),
        _T(
            "Indtil der er svar, rykker vi tirsdagsbesøget til om aftenen. Det er inden for bevillingen.",
            "plan",
        ),
    )
    e.do(e.at(2), e.provider(), "plan.adjust_support", grant.plan, grant.support, change)
    text = _T(
        "Fire timer mere om ugen i tre måneder, lagt om aftenen. Herefter ser vi på det igen. Intet bliver taget "
        "af det, der var.",
        "plan",
    )
    e.tell(9, e.case, "citizen.need_change_assessed", need=need, text=text)
    text = _T(
        "Bostøtte og myndighed taler sammen hver tredje uge, så længe det er nyt. Borgeren hører med eller får "
        "en besked.",
        "plan",
    )
    e.tell(10, e.coordinator, "citizen.dialogue_rhythm_agreed", every_days=21, text=text)
    text = _T("Aftenerne går. Tre af fire uden opkald. Borgeren synes selv, at torsdag er sværest.", "plan")
    e.tell(31, e.coordinator, "citizen.status_given", text=text)


def asks_for_help(e: Tale) -> None:
    """Somebody asks for help: a first reply, a look at this person's own situation, a decision with its reason."""
    words = _T(
        "Jeg kan ikke få hverdagen til at gå op efter skilsmissen. Hvad kan jeg søge om?", "plan", "everyday"
    )
    inquiry = e.begin(0, CITIZEN, "citizen.help_sought", "inquiry", words=words)
    text = _T("Ringede op samme eftermiddag. Vi mødes på fredag, hos dig eller her, du vælger.", "plan")
    e.tell(0, e.case, "citizen.inquiry_answered", inquiry=inquiry, text=text)
    text = _T(
        "Ja til gruppen om torsdagen ved siden af støtten hjemme. Nej til daglige besøg: du klarer morgenerne "
        "selv og sagde, at du vil blive ved med det.",
        "plan",
    )
    e.tell(12, e.case, "citizen.support_decided", inquiry=inquiry, granted=True, text=text)
    words = _T("Bærmosevej 4, 2. th. Navnet står ikke på døren endnu.", "address")
    e.tell(15, CITIZEN, "citizen.address_noted", address=words)
    words = _T("Boligen er god nu. Der mangler kun gardiner.", "everyday")
    e.tell(20, CITIZEN, "citizen.life_area_told", area="home", words=words)


def in_numbers(e: Tale) -> None:
    """Numbers of instruments, and what was said of them; a method and why; the phases of a course."""
    text = _T("Vi begynder. De første uger handler mest om at lære hinanden at kende.", "plan")
    e.tell(0, e.coordinator, "citizen.phase_changed", phase="beginning", text=text)
    text = _T(
        "Vi bruger den narrative samtale: du fortæller, jeg skriver dine ord. Valgt, fordi du er træt af skemaer.",
        "plan",
    )
    e.tell(2, e.coordinator, "citizen.method_used", method="narrative", text=text)
    words = _T("Det er lavt, men det passer. Sidste uge var lang.", "measures")
    e.tell(4, CITIZEN, "citizen.measurement_recorded", instrument="FIT: ORS", value="14,2", words=words)
    text = _T("Talt om med det samme: samtalen må gerne være kortere.", "measures")
    e.tell(4, e.coordinator, "citizen.measurement_recorded", instrument="FIT: SRS", value="31,0", text=text)
    e.tell(
        20,
        e.coordinator,
        "citizen.phase_changed",
        phase="running",
        text=_T("Nu går det af sig selv om tirsdagen.", "plan"),
    )
    words = _T("Højere. Jeg tror, det er søvnen.", "measures")
    e.tell(46, CITIZEN, "citizen.measurement_recorded", instrument="FIT: ORS", value="19,6", words=words)
    e.tell(
        46,
        e.coordinator,
        "citizen.measurement_recorded",
        instrument="Brief INSPIRE-O",
        value="62",
        text=_T("Vi talte om håb, det laveste af de fem.", "measures"),
    )
    e.tell(
        70,
        e.coordinator,
        "citizen.phase_changed",
        phase="follow_up",
        text=_T("Vi ser på det sammen, før der ændres noget.", "plan"),
    )


def a_turning(e: Tale) -> None:
    """A limit of age is near and is prepared; another pathway, with the citizen's own view beside it."""
    text = _T("Folkepensionen begynder til sommer. Aktivitetstilbuddet følger andre regler derefter.", "plan")
    due = e.date(60)
    transition = e.begin(0, e.case, "citizen.transition_expected", "transition", due=due, text=text)
    words = _T("Jeg står stille, og det er første gang, det er med vilje.", "plan")
    text = _T("Fra forløb 3 til forløb 2: klarer hverdagen med støtte. Ingen krav følger med.", "plan")
    e.tell(14, e.case, "citizen.pathway_changed", pathway="2", text=text, words=words)
    text = _T(
        "Pladsen i haveholdet fortsætter som åbent tilbud. Fast kontakt bliver den samme. Brevet er læst sammen.",
        "plan",
    )
    e.tell(50, e.case, "citizen.transition_prepared", transition=transition, text=text)
    words = _T("Så længe jeg har haven om formiddagen, er jeg ikke bange for datoen.", "everyday")
    e.tell(52, CITIZEN, "citizen.life_area_told", area="leisure", words=words)


STORIES: Final[tuple[Callable[[Tale], None], ...]] = (
    a_hard_april, the_rent, more_is_needed, asks_for_help, in_numbers, a_turning,
)  # fmt: skip
