"""Small stories: each citizen lives through one of forty beside the ordinary year. Those about permission are here.

The citizen's number decides which, so that every municipality of some size has them all, and none has many.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from hub.aggregates import Text, Window
from hub.aggregates.terms import EMERGENCY, LAPSE_DAYS
from hub.clock import wall_clock_later
from hub.example import circles, meetings, passing, plans, voices, weeks
from hub.example.steps import CITIZEN, Life
from hub.example.tales import Tale
from hub.example.town import EVERY, Worker

LAW: Final = "serviceloven-141"
"""The row of the table of legal bases that the addiction centre's lawyer confirms."""
_PLEADS: Final = (
    "Naboen har ringet: lyset har været tændt i to døgn, og der bliver ikke åbnet.",
    "Sendte en besked til en ven i aften om ikke at orke mere. Svarer ikke på telefonen.",
    "Er set gå alene på havnen midt om natten i strømper. Vi leder.",
)
_CRISES: Final = (
    "Send en sms, før I ringer. Sig, hvem I er. Jeg svarer, når jeg kan.",
    "Min søster har nøglen. Ring til hende, før I går ind.",
    "Spørg, om jeg har spist og sovet. Skru ned for lyden. Bliv siddende.",
)
_REVIEWS: Final = (
    "Kun kriseaftalen og kontaktpersonen blev brugt. Borgeren har fået besked næste morgen.",
    "Det var rigtigt at slå op. Vi har talt med borgeren om det bagefter.",
)


def live_through(life: Life, start: int, workers: dict[str, Worker]) -> None:
    """Write the story that is this citizen's, if any; `start` is the day on which the citizen came."""
    place, stories = (life.number - 1) % EVERY, (*EPISODES, *STORIES)
    if place < len(stories):
        stories[place](Tale(life, start, workers))


def _spoken(e: Tale, at: datetime, key: str, categories: str, words: Text) -> UUID:
    """A consent that the coordinator takes down, heard by the adviser too."""
    heard = {"form": "spoken", "witness": e.case.id, "words": words}
    return e.consent(at, e.coordinator, key, categories, **heard)


def _spoken_and_confirmed(e: Tale) -> None:
    words = "Sagt i telefonen og læst op igen: hjemmeplejen må vide, hvad vi har aftalt om hverdagen."
    consent = _spoken(e, e.at(), "home_care", "contact everyday agreements", Text.of(words, "contact"))
    yes = Text.of("Ja, det var det, jeg sagde.", "contact")
    e.do(e.at(4), CITIZEN, "confirm_consent", consent, words=yes)


def _spoken_and_left(e: Tale) -> None:
    words = Text.of("Sagt på gangen efter mødet. Vil gerne sove på det, før det bekræftes.", "contact")
    at = e.at()
    _spoken(e, at, "jobcentre", "contact meetings work", words)
    e.look(wall_clock_later(at, days=LAPSE_DAYS) + timedelta(minutes=1))


def _yes_again(e: Tale) -> None:
    about, ours = "contact plan health", ("contact", "health")
    consent = e.consent(e.at(), CITIZEN, "regional_psychiatry", about)
    enough = Text.of("Jeg vil have ro om det lige nu.", *ours)
    e.do(e.at(24), e.coordinator, "withdraw_consent", consent, channel="phone", words=enough)
    again = "Vil gerne, at distriktspsykiatrien hører med igen. Ved, at det først gælder fra bekræftelsen."
    consent = _spoken(e, e.at(45), "regional_psychiatry", about, Text.of(again, *ours))
    e.note(47, "Ringede om medicinen. Vil selv sige ja, når brevet er læst.", "health", "medication")
    yes = Text.of("Ja. Fra nu af, ikke det gamle.", *ours)
    e.do(e.at(50), CITIZEN, "confirm_consent", consent, words=yes)
    e.note(56, "Sover igen om natten. Vil gerne selv fortælle det til lægen.", "health")


def _not_that_person(e: Tale) -> None:
    colleague = next(one for one in e.town.workers["authority"] if one != e.case)
    words = Text.of("Vi er i familie. Jeg vil ikke slås op af en, jeg holder jul med.", "network")
    terms = {"person": colleague.id, "words": words}
    e.do(e.at(), CITIZEN, "set_block", colleague.organisation.id, **terms)


def _by_law(e: Tale) -> None:
    at, until = e.at(), e.town.midnight(e.day + 150)
    words = "Kilden får målene fra handleplanen, så behandlingen efter § 101 hænger sammen med resten."
    terms = {
        "categories": frozenset({"plan", "agreements"}),
        "purposes": frozenset({"treatment"}),
        "window": Window(e.town.midnight(e.day - 60), None),
        "until": until,
        "case": f"{at.year}-{1000 + e.life.number}",
        "in_writing": True,
        "words": Text.of(words, "plan", "addiction"),
    }
    e.do(at, e.case, "register_basis", e.town.partner("addiction_treatment"), LAW, **terms)
    e.look(until + timedelta(minutes=1))


def _at_night(e: Tale) -> None:
    pick = e.life.random.choice
    nurses = e.town.workers["regional_psychiatry"]
    reader = pick(nurses)
    reviewer, *others = (one for one in nurses if one != reader)
    e.do(e.at(), CITIZEN, "make_crisis_agreement", Text.of(pick(_CRISES), "plan", "network"))
    if nurse := e.workers.get("regional_psychiatry"):
        text, following = (
            Text.of("Samtale hver anden uge.", "health"),
            Text.of("Ring, hvis den glipper.", "health"),
        )
        e.do(e.at(3), nurse, "note_treatment", text=text, following=following)
    at = e.night(40)
    sure = {"confirmed_by": others[0].id} if others else {"call_back": True}
    command = e.do(at, reader, "open_emergency", reason=Text.of(pick(_PLEADS), "contact", "health"), **sure)
    access = e.life.made(command, "access")
    e.do(at + timedelta(minutes=2), reader, "read_in_emergency")
    if e.life.random.random() < 0.5:  # noqa: PLR2004 - half of them
        e.do(at + timedelta(minutes=50), reader, "close_emergency", access)
    else:
        e.look(at + EMERGENCY + timedelta(minutes=1))
    text = Text.of(pick(_REVIEWS), "contact")
    e.do(e.at(42), reviewer, "review_emergency", access, text=text, justified=True)


def _hidden_address(e: Tale) -> None:
    why = Text.of("Har fået adressebeskyttelse. Nye breve går gennem tovholderen.", "address", "safety")
    e.do(e.at(), e.case, "protect_address", text=why)
    e.note(
        2, "Flyttet. Ny adresse og dørkode er talt igennem; navnet skal ikke på døren.", "address", "everyday"
    )


def _heard_wrong(e: Tale) -> None:
    note = e.note(0, "Vil gerne begynde på malerskolen efter sommeren.", "wishes", "work")
    right = Text.of("Vil gerne begynde på tegneskolen efter sommeren.", "wishes", "work")
    why = Text.of("Jeg hørte forkert. Vi har læst det igennem sammen.", "wishes")
    e.do(e.at(2), e.coordinator, "correct", note, "text", text=right, reason=why)


def _about_more(e: Tale) -> None:
    note = e.note(0, "Sover på sofaen, siden søsteren flyttede ind. Vi fandt nogle ørepropper.", "everyday")
    why = Text.of("Det handler også om søsteren.", "network")
    also = frozenset({"network", "third_party"})
    e.do(e.at(1), e.coordinator, "relabel", note, "text", add=also, reason=why)


def _no_illness(e: Tale) -> None:
    note = e.note(0, "Svømmer to gange om ugen. Kommer glad hjem.", "everyday", "health")
    why = Text.of("Det er ikke behandling. Det er svømning.", "everyday")
    e.do(e.at(5), CITIZEN, "relabel", note, "text", remove=frozenset({"health"}), reason=why)


def _wrong_person(e: Tale) -> None:
    note = e.note(0, "Vi gennemgik budgettet og ringede til boligforeningen om restancen.", "finances")
    why = Text.of("Skrevet på den forkerte borger. Nu står det, hvor det hører til.", "contact")
    e.do(e.at(1), e.coordinator, "misfile", note, why)


def _by_proxy(e: Tale) -> None:
    relative = e.town.relatives[(e.life.number - 1) // EVERY]
    scope = frozenset({"contact", "plan", "everyday", "agreements"})
    paper = Text.of(
        "Skriftlig fuldmagt, set i original. Gælder hverdag, bolig og aftaler.", "contact", "network"
    )
    e.do(e.at(), e.case, "register_representative", relative.id, scope, text=paper)
    words = Text.of("Vi har talt om det ved køkkenbordet. Det skal bare fungere om morgenen.", "contact")
    e.consent(e.at(6), relative.slug, "home_care", "plan everyday agreements", words=words)


def _disagrees(e: Tale) -> None:
    note = e.note(0, "Gik fra fællesspisningen efter ti minutter. Virkede vred.", "everyday")
    words = Text.of("Jeg var ikke vred. Der var for meget larm.", "everyday")
    e.do(e.at(3), CITIZEN, "dispute", note, words)


EPISODES: Final[tuple[Callable[[Tale], None], ...]] = (
    _spoken_and_confirmed, _at_night, _heard_wrong, _spoken_and_left, _not_that_person, _by_law, _by_proxy,
    _yes_again, _hidden_address, _about_more, _no_illness, _wrong_person, _disagrees,
)  # fmt: skip
STORIES: Final[tuple[Callable[[Tale], None], ...]] = (
    *voices.STORIES, *weeks.STORIES, *circles.STORIES, *meetings.STORIES, *plans.STORIES, *passing.STORIES,
)  # fmt: skip
"""The small stories about everything else, by those who come after."""
