"""Stories of the citizen's own voice: wishes and their answers, strengths, choices, questions, feedback."""

from collections.abc import Callable
from typing import Final

from hub.aggregates import Text
from hub.example.steps import CITIZEN
from hub.example.tales import Tale
from hub.example.town import YEAR

_T: Final = Text.of


def a_bicycle(e: Tale) -> None:
    """A place for a bicycle: no, with a reason; and later another wish, which can be met."""
    words = _T(
        "Jeg vil gerne have en plads i kælderen til min cykel. Den ruster, og det er min frihed.", "wishes"
    )
    wish = e.begin(0, CITIZEN, "citizen.wish_made", "wish", words=words)
    why = _T(
        "Det kan vi ikke love. Kælderen er boligforeningens, og den er fuld til januar. Du er skrevet op som nummer "
        "to, og indtil da må cyklen stå under halvtaget hos os.",
        "wishes", "everyday",
    )  # fmt: skip
    e.tell(5, e.coordinator, "citizen.wish_answered", wish=wish, met=False, text=why)
    words = _T("Så vil jeg gerne lære at skifte slange selv.", "wishes")
    wish = e.begin(12, CITIZEN, "citizen.wish_made", "wish", words=words)
    text = _T("Ja. Vi gør det sammen på tirsdag, og du holder pumpen.", "wishes")
    e.tell(14, e.coordinator, "citizen.wish_answered", wish=wish, met=True, text=text)
    e.note(
        18,
        "Skiftede slange på cyklen i gården. To huller, én lap, ingen bandeord at tale om.",
        "everyday",
        together=True,
    )
    words = _T("Jeg lappede den selv, og jeg cyklede hjem i regnvejr.", "wishes")
    e.tell(19, CITIZEN, "citizen.success_told", words=words)
    e.go_to(YEAR - 7)
    words = _T("Jeg vil gerne have en tid, hvor der ikke sidder andre i venteværelset.", "wishes")
    e.tell(2, CITIZEN, "citizen.wish_made", words=words)


def says_so(e: Tale) -> None:
    """A question about what is written, discontent with a late letter, and feedback that something was done about."""
    note = e.note(0, "Dysreguleret døgnrytme. Gennemgik søvnhygiejne ved hjemmebesøg.", "everyday", "health")
    plain = _T(
        "Jeg sover om dagen og er vågen om natten. Vi talte om, hvad der kan hjælpe.", "everyday", "health"
    )
    e.tell(2, e.coordinator, "citizen.plain_words_given", about=e.event(note), text=plain)
    words = _T("Hvem kan læse det, I skriver om min søvn?", "wishes")
    question = e.begin(4, CITIZEN, "citizen.question_asked", "question", words=words)
    text = _T("Kun dem, du har sagt ja til. Vi åbnede siden sammen og talte dem: to.", "wishes")
    e.tell(6, e.coordinator, "citizen.question_answered", question=question, text=text)
    words = _T("Jeg fik brevet om mødet dagen før. Så når jeg ikke at blive klar.", "wishes", "meetings")
    question = e.begin(20, CITIZEN, "citizen.discontent_told", "question", words=words)
    text = _T(
        "Du har ret, og det beklager jeg. Vi sender nu besked mindst ti dage før og ringer bagefter.",
        "wishes",
        "meetings",
    )
    e.tell(22, e.case, "citizen.question_answered", question=question, text=text)
    about = e.coordinator.organisation.id
    words = _T("I spørger pænt, men I kigger på skærmen imens. Jeg vil hellere have øjnene.", "wishes")
    feedback = e.begin(30, CITIZEN, "citizen.feedback_given", "feedback", partner=about, words=words)
    text = _T(
        "Talt om på teammødet. Vi lukker skærmen, mens vi taler, og skriver sammen til sidst.", "wishes"
    )
    e.tell(37, e.coordinator, "citizen.feedback_acted_on", feedback=feedback, text=text)
    e.go_to(YEAR - 6)
    words = _T("Må min søster læse med, når jeg selv åbner siden hjemme hos hende?", "wishes")
    e.tell(2, CITIZEN, "citizen.question_asked", words=words)


def good_at(e: Tale) -> None:
    """Others see strengths, the citizen alone says which are true; who I am, in my own words; something for others."""
    words = _T(
        "Det vigtigste er, at der er stille om morgenen, og at nogen griner om aftenen. Uden hjælp ville jeg "
        "stadig have hunden.",
        "wishes",
    )
    e.tell(0, CITIZEN, "citizen.important_told", words=words)
    text = _T("Får de andre til at grine, også når det er svært. Husker alles fødselsdage.", "wishes")
    laugh = e.begin(5, e.coordinator, "citizen.strength_suggested", "strength", text=text)
    e.tell(7, CITIZEN, "citizen.strength_confirmed", strength=laugh, words=_T("Ja. Den er min.", "wishes"))
    text = _T("God til tal.", "wishes", "work")
    e.begin(8, e.case, "citizen.strength_suggested", "strength", text=text)
    hands = e.begin(
        9, CITIZEN, "citizen.strength_suggested", "strength", words=_T("Jeg kan reparere radioer.", "wishes")
    )
    e.tell(
        9, CITIZEN, "citizen.strength_confirmed", strength=hands, words=_T("Min far lærte mig det.", "wishes")
    )
    words = _T("Det er svært at gå ind i et rum, hvor de andre allerede sidder.", "wishes", "health")
    e.tell(
        12,
        CITIZEN,
        "citizen.difficulty_noted",
        words=words,
        text=_T("Kom tidligt. Sid nærmest døren.", "wishes"),
    )
    rest = _T("Ikke lige nu. Der er ikke meget at grine ad i november.", "wishes")
    e.tell(30, CITIZEN, "citizen.strength_rested", strength=laugh, words=rest)
    e.tell(60, CITIZEN, "citizen.strength_confirmed", strength=laugh, words=_T("Den er tilbage.", "wishes"))
    words = _T(
        "Jeg er radiomekaniker, storebror og nattevågen. Jeg har været indlagt, men det er ikke det første, I "
        "skal vide. "
        "Spørg mig om rør og transistorer.",
        "wishes", "health",
    )  # fmt: skip
    e.tell(62, CITIZEN, "citizen.portrait_written", words=words)
    words = _T("Jeg vil gerne holde en eftermiddag om at lodde. Højst fire ad gangen.", "wishes")
    e.tell(66, CITIZEN, "citizen.contribution_offered", words=words)


def a_choice(e: Tale) -> None:
    """Somebody would rather do without the tablets: what there is to choose between, for and against, who decides."""
    text = _T(
        "Tre veje: blive ved som nu, trappe langsomt ned sammen med lægen, eller vente til efter flytningen. Pjecen "
        "ligger på bordet, og lægen kan ringes op onsdag.",
        "plan", "medication",
    )  # fmt: skip
    choice = e.begin(0, e.coordinator, "citizen.choice_explained", "choice", text=text)
    text = _T(
        "For: klarere hoved, mindre sult. Imod: natten efter sidste gang. Begge dele er skrevet ned.",
        "health",
        "medication",
    )
    offered = _T("En samtale med lægen, hvor du taler først. Ja tak, onsdag.", "health")
    e.tell(3, e.coordinator, "citizen.risk_talked_over", text=text, offered=offered)
    words = _T(
        "Jeg venter til efter flytningen. Så trapper vi ned, langsomt, og jeg siger til.",
        "plan",
        "medication",
    )
    e.tell(10, CITIZEN, "citizen.decision_made", choice=choice, decided_by="citizen", words=words)
    words = _T(
        "Jeg venter, at I ringer, når I siger det. I kan vente, at jeg svarer, når jeg er vågen.", "plan"
    )
    text = _T(
        "Ringer fredag før middag. Svarer borgeren ikke, sender vi en sms og venter til mandag.", "plan"
    )
    e.tell(14, e.coordinator, "citizen.expectations_aligned", words=words, text=text)
    alone = e.begin(40, e.coordinator, "citizen.choice_explained", "choice",
                    text=_T("Flytte nu til stueetagen eller vente på den med altan.", "plan", "everyday"))  # fmt: skip
    words = _T("Altan. Jeg kan godt vente på en altan.", "plan", "everyday")
    e.tell(41, CITIZEN, "citizen.decision_made", choice=alone, decided_by="together", words=words)


def too_late(e: Tale) -> None:
    """Help that did not come in time, told once; and a card that says how to help better from now on."""
    words = _T(
        "Jeg bad om hjælp i to år, før nogen kom. Da var lejligheden væk. Det vil jeg sige én gang, og så ikke mere.",
        "wishes",
        "everyday",
    )
    e.tell(0, CITIZEN, "citizen.experience_acknowledged", words=words)
    e.note(
        1,
        "Vi skal ikke diskutere, om det var sådan. Det var sådan, og det er skrevet, som det blev sagt.",
        "wishes",
    )
    words = _T(
        "Sådan hjælper du mig bedst: Spørg én ting ad gangen. Vent på svaret. Kom ikke med to nye ansigter samme "
        "dag. "
        "Siger jeg, at det går fint, så spørg igen.",
        "wishes",
    )  # fmt: skip
    e.tell(6, CITIZEN, "citizen.help_card_written", words=words)
    text = _T("Har læst kortet. Kommer alene på torsdag.", "wishes")
    e.tell(8, e.case, "citizen.help_card_read", text=text)


STORIES: Final[tuple[Callable[[Tale], None], ...]] = (a_bicycle, says_so, good_at, a_choice, too_late)
