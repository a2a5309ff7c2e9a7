"""Stories of meetings: one that is the citizen's own, one that was too big, one without a fixed agenda."""

from collections.abc import Callable
from typing import Final

from hub.aggregates import Text
from hub.example.steps import CITIZEN
from hub.example.tales import Tale

_T: Final = Text.of


def my_own_meeting(e: Tale) -> None:
    """Prepared, with a companion and the citizen's own item; the psychiatrist sends input, a message is read aloud."""
    by, nurse = e.coordinator, e.worker("regional_psychiatry")
    purpose, place = (
        _T("Hvad hjælper om aftenen, og hvem gør det?", "meetings"),
        _T("Bostøttens kontor", "meetings"),
    )
    meeting = e.convene(1, 18, purpose, place=place)
    words = _T("Okay. Så er det ikke om pengene. Det er godt at vide.", "meetings")
    e.tell(
        2,
        by,
        "meeting.purpose_explained",
        meeting,
        words=words,
        text=_T("Gennemgik formålet i telefonen.", "meetings"),
    )
    words = _T("Kan vi være på biblioteket i stedet? Der er ingen skilte på døren.", "meetings")
    e.tell(
        3,
        CITIZEN,
        "meeting.place_chosen",
        meeting,
        place=_T("Biblioteket, det lille lokale", "meetings"),
        words=words,
    )
    invited = (e.town.partner("authority"), e.town.partner("regional_psychiatry"))
    everybody = tuple(sorted((*invited, e.town.partner("social_psychiatry"))))
    for partner in invited:
        e.do(e.at(4), by, "meeting.invite", meeting, partner, everybody, purpose=purpose, place=place)
    e.do(
        e.at(6),
        CITIZEN,
        "meeting.approve",
        meeting,
        invited,
        (e.town.partner("regional_psychiatry"),),
        words=_T("Ja, de må godt vide, hvem de andre er.", "meetings"),
    )
    words = _T(
        "Jeg siger det første, og så taler I. Hvis jeg kigger ned i bordet, holder vi pause.", "meetings"
    )
    e.tell(8, by, "meeting.talked_before", meeting, words=words)
    words = _T("Min søster kommer med. Hun siger ikke noget, hun er der bare.", "meetings", "network")
    e.tell(8, CITIZEN, "meeting.companion_chosen", meeting, words=words)
    e.tell(9, CITIZEN, "meeting.chair_appointed", meeting, partner=by.organisation.id, person=by.id)
    asked = _T("Spurgt, hvad der skal på: aftenerne først.", "meetings")
    item, matter = "meeting.agenda_item_proposed", "agenda_item"
    own = e.begin(9, CITIZEN, item, matter, meeting, words=_T("Aftenerne.", "meetings"), text=asked)
    e.tell(10, by, "meeting.agenda_item_accepted", meeting, agenda_item=own)
    other = e.begin(
        10, by, item, matter, meeting, text=_T("Hvem der ringer, når der er stille for længe.", "meetings")
    )
    e.tell(11, CITIZEN, "meeting.agenda_item_accepted", meeting, agenda_item=other)
    no = _T("Jeg har ambulatorium den dag. Jeg sender, hvad jeg gerne vil have sagt.", "meetings")
    e.tell(12, nurse, "meeting.participant_answered", meeting, coming=False, text=no)
    e.tell(12, e.case, "meeting.participant_answered", meeting, coming=True)
    words = _T(
        "Det, jeg vil have sagt: Jeg er ikke doven, jeg er bange. Det er ikke det samme.",
        "meetings",
        "health",
    )
    e.tell(14, CITIZEN, "meeting.preparation_shared", meeting, words=words)
    given = _T(
        "Fra psykiateren: Uroen om aftenen er ventet i den her fase. Den går over. Ring til ambulatoriet, før I "
        "ringer til vagtlægen.",
        "meetings",
        "health",
    )
    e.tell(15, nurse, "meeting.input_given", meeting, agenda_item=own, text=given)
    words = _T("Hvis jeg ikke når at sige det: Tak for, at I kommer. Tal til mig, ikke om mig.", "meetings")
    e.tell(16, CITIZEN, "meeting.citizen_message_given", meeting, words=words)
    held = _T(
        "Mødet begyndte med borgerens besked, læst højt af søsteren. Vi nåede begge punkter og holdt pause én gang.",
        "meetings",
    )
    came = (e.town.partner("authority"), e.town.partner("social_psychiatry"))
    e.do(e.at(18), by, "meeting.hold", meeting, tuple(sorted(came)), citizen_took_part=True, text=held)
    agreement = e.life.made(meeting, "evening call")
    terms = {
        "owner": by.organisation.id,
        "parties": (),
        "due": e.date(40),
        "what": _T("Et kort opkald klokken halv otte, fire aftener om ugen.", "agreements"),
    }
    e.do(e.at(18), by, "meeting.agree", meeting, agreement, **terms)
    tablets = e.life.made(meeting, "tablets")
    what = _T(
        "Bostøtten minder om æsken ved tandbørsten. Mere end det er det ikke.", "agreements", "medication"
    )
    e.do(e.at(18), by, "meeting.agree", meeting, tablets, owner=by.organisation.id, parties=(), what=what)
    words = _T("Det gik. Men hvad betød det der med 'fase'?", "meetings")
    e.tell(
        19,
        by,
        "meeting.talked_afterwards",
        meeting,
        words=words,
        text=_T("Gik hjem sammen. Et spørgsmål er taget med.", "meetings"),
    )
    question = e.begin(
        19,
        CITIZEN,
        "citizen.question_asked",
        "question",
        words=_T("Hvad mener psykiateren med en fase?", "wishes", "health"),
    )
    e.tell(
        23,
        nurse,
        "citizen.question_answered",
        question=question,
        text=_T("At det er en tid, og at den slutter. Sig til, hvis det ikke passer.", "wishes", "health"),
    )
    words = _T("Godkendt. Der står 'urolig'; der må gerne stå 'bange'.", "meetings")
    e.tell(25, CITIZEN, "meeting.minutes_approved", meeting, words=words)
    e.do(
        e.at(40),
        by,
        "meeting.complete",
        meeting,
        agreement,
        text=_T("Opkaldene kører. Borgeren ringede selv to gange.", "agreements"),
    )


def too_many_chairs(e: Tale) -> None:
    """Six chairs are too many: somebody is taken off, the meeting becomes two small ones, and one of them moves."""
    by = e.coordinator
    words = _T("Højst tre ad gangen. Og ikke på rådhuset.", "meetings")
    e.tell(0, CITIZEN, "citizen.meeting_preference_told", words=words, most=3)
    purpose = _T("Bolig, arbejde og behandling på én gang.", "meetings")
    big = e.convene(1, 20, purpose)
    keys = ("authority", "home_care", "jobcentre")
    everybody = tuple(sorted(e.town.partner(key) for key in (*keys, "social_psychiatry")))
    for key in keys:
        e.do(e.at(2), by, "meeting.invite", big, e.town.partner(key), everybody, purpose=purpose)
    e.do(e.at(4), CITIZEN, "meeting.approve", big, tuple(e.town.partner(key) for key in keys[:2]), ())
    e.do(
        e.at(5),
        CITIZEN,
        "meeting.withdraw_approval",
        big,
        e.town.partner("home_care"),
        words=_T("Ikke hende, der kommer om morgenen. Hun skal ikke høre om det hele.", "meetings"),
    )
    e.do(e.at(6), by, "meeting.remove", big, e.town.partner("home_care"))
    home = e.convene(7, 21, _T("Kun boligen.", "meetings", "everyday"))
    work = e.convene(7, 28, _T("Kun arbejdet.", "meetings", "work"))
    words = _T("To små er bedre end ét stort.", "meetings")
    e.tell(8, CITIZEN, "meeting.split", big, into=(home, work), words=words)
    e.do(
        e.at(8),
        by,
        "meeting.cancel",
        big,
        text=_T("Bliver til to små møder, som borgeren ønsker.", "meetings"),
    )
    later = {
        "starts": e.town.when(e.day + 32, 90),
        "text": _T("Rykket fire dage, fordi prøven hos gartneren ligger den dag.", "meetings"),
    }
    e.tell(12, by, "meeting.rescheduled", work, **later)
    for meeting, held in ((home, 21), (work, 32)):
        came = (e.town.partner("authority"), e.town.partner("social_psychiatry"))
        e.do(
            e.at(held),
            by,
            "meeting.hold",
            meeting,
            tuple(sorted(came)),
            citizen_took_part=True,
            text=_T("Tre stole, tre kopper. Alle nåede at sige noget.", "meetings"),
        )
    agreement = e.life.made(home, "the key")
    terms = {
        "owner": e.town.partner("social_psychiatry"),
        "parties": (e.town.partner("home_care"),),
        "due": e.date(45),
        "what": _T("Hjemmeplejen låner nøglen om morgenen.", "agreements"),
    }
    e.do(e.at(33), by, "meeting.agree", home, agreement, **terms)
    e.do(e.at(36), CITIZEN, "meeting.remove_party", home, agreement, e.town.partner("home_care"))
    e.do(
        e.at(36),
        by,
        "meeting.drop",
        home,
        agreement,
        text=_T("Jeg har fået en nøgleboks i stedet.", "agreements"),
    )


def open_dialogue(e: Tale) -> None:
    """An Open Dialogue meeting: no agenda, few notes, and one that was held although the citizen stayed at home."""
    by = e.coordinator
    meeting = e.convene(0, 8, _T("Tale om det, der fylder, med dem der er her.", "meetings"), "open_dialogue")
    text = _T("Der er ingen dagsorden. Vi begynder, hvor du begynder.", "meetings")
    e.tell(1, by, "meeting.purpose_explained", meeting, text=text)
    came = (e.town.partner("social_psychiatry"),)
    held = {
        "citizen_took_part": False,
        "told_by": by.id,
        "text": _T("Kort møde. Vi talte kun om, hvordan vi venter.", "meetings"),
    }
    why = _T(
        "Blev hjemme efter en dårlig nat og bad os holde det alligevel. Ringet op bagefter.",
        "meetings",
        "attendance",
    )
    e.do(e.at(8), by, "meeting.hold", meeting, came, **held, why_not=why)
    second = e.convene(9, 16, _T("Tale om det, der fylder, med dem der er her.", "meetings"), "open_dialogue")
    few = _T("Borgeren bestemte, hvad der skrives: 'Vi talte, og ingen gik.'", "meetings")
    e.do(e.at(16), by, "meeting.hold", second, came, citizen_took_part=True, text=few)
    text = _T("Åben Dialog, fordi familien ville høre hinanden, før nogen foreslog noget.", "plan")
    e.tell(17, by, "citizen.method_used", method="open_dialogue", text=text)


STORIES: Final[tuple[Callable[[Tale], None], ...]] = (my_own_meeting, too_many_chairs, open_dialogue)
