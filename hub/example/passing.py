"""Stories of passing on: another worker, a task that ends, papers that are taken back, what the law lets through."""

from collections.abc import Callable
from typing import Final

from hub.aggregates import Text, Window
from hub.example.steps import CITIZEN
from hub.example.tales import Tale
from hub.example.town import EVERY

_T: Final = Text.of
LAW: Final = "serviceloven-141"
ONE_OFF: Final = "retsplejeloven-115"


def another_worker(e: Tale) -> None:
    """Another worker is wished for and found; what is open is carried over, nothing told again – nearly."""
    old, new = e.coordinator, e.colleague(e.coordinator)
    where = old.organisation
    words = _T(
        "Spørg, før du sætter dig. Tal ikke om vejret. Hvis jeg går ud på trappen, så vent; jeg kommer ind igen.",
        "wishes",
    )
    e.tell(0, CITIZEN, "citizen.help_card_written", words=words)
    words = _T("Jeg vil gerne have en anden. Det er ikke ondt ment, vi passer bare ikke sammen.", "wishes")
    change = e.begin(4, CITIZEN, "citizen.worker_change_wished", "change", words=words)
    words = _T("En, der kan tie stille. Gerne en, der har haft hund.", "wishes")
    e.tell(4, CITIZEN, "citizen.match_wished", words=words)
    text = _T(
        "Ja. Ønsket er set af lederen, og den nye begynder efter påske. Ingen behøver forklare mere.",
        "wishes",
    )
    e.tell(10, old, "citizen.worker_change_decided", change=change, text=text)
    text = _T("Fast kontakt går videre til en kollega. Vi følges ad de første to gange.", "plan")
    proposed = e.do(e.at(11), old, "propose_handover", where.id, kind="contact_person", items=(), text=text)
    handover = e.life.made(proposed, "handover")
    e.do(
        e.at(13),
        new,
        "handover.accept",
        handover,
        text=_T("Tak. Jeg har læst det hele, også kortet.", "plan"),
    )
    e.do(e.at(13), new, "handover.mark_read", handover)
    e.do(e.at(14), old, "change_contact_person", old.id, where.id, new.id, where.task)
    text = _T("Læst før første besøg. Jeg spørger, før jeg sætter mig.", "wishes")
    e.tell(14, new, "citizen.help_card_read", text=text)
    e.note(
        20,
        "Første tur sammen. Ventede på trappen, som der står på kortet.",
        "everyday",
        by=new,
        together=True,
    )
    words = _T("Måtte jeg fortælle forfra? Nej. Kun det med trappen.", "plan")
    e.tell(30, CITIZEN, "handover.retelling_reported", handover, again="lidt af det", words=words)


def another_coordinator(e: Tale) -> None:
    """Home care takes the coordination on, after a no from the first who were asked; what is open goes along or not."""
    old, where = e.coordinator, e.coordinator.organisation
    consultant, helper = e.worker("jobcentre"), e.worker("home_care")
    e.lets_know(1, "home_care", "contact wishes plan meetings agreements everyday")
    meeting = e.convene(
        2, 8, _T("Hvem holder trådene, når det mest er morgenerne, det handler om?", "meetings")
    )
    held = _T("Borgeren vil have den, der alligevel kommer hver morgen.", "meetings")
    e.do(e.at(8), old, "meeting.hold", meeting, (where.id,), citizen_took_part=True, text=held)
    walks, cupboard = e.life.made(meeting, "walks"), e.life.made(meeting, "cupboard")
    terms = {"owner": where.id, "parties": (), "due": e.date(90)}
    what = _T("En tur om tirsdagen, også når det regner.", "agreements")
    e.do(e.at(8), old, "meeting.agree", meeting, walks, **terms, what=what)
    what = _T("Ordne køkkenskabet sammen.", "agreements")
    e.do(e.at(8), old, "meeting.agree", meeting, cupboard, **terms, what=what)
    text = _T("Vil I være tovholder herfra? Det meste handler om arbejde nu.", "plan")
    asked = e.do(
        e.at(9),
        old,
        "propose_handover",
        consultant.organisation.id,
        kind="responsibility",
        items=(),
        text=text,
    )
    no = _T("Nej. Vi ser borgeren en gang om måneden, og det er for lidt til at holde trådene.", "plan")
    e.do(e.at(11), consultant, "handover.decline", e.life.made(asked, "handover"), no)
    text = _T("Ansvaret går videre til hjemmeplejen, som borgeren ønsker.", "plan")
    to = helper.organisation.id
    proposed = e.do(e.at(12), old, "propose_handover", to, kind="responsibility", items=(), text=text)
    handover = e.life.made(proposed, "handover")
    e.do(
        e.at(14), helper, "handover.accept", handover, text=_T("Ja. Vi kommer alligevel hver morgen.", "plan")
    )
    e.do(e.at(14), helper, "handover.mark_read", handover)
    why = _T("Turen går med videre. Skabet er ikke vigtigt mere, siger borgeren.", "plan")
    e.do(
        e.at(16),
        old,
        "change_coordinator",
        to,
        helper.id,
        "support",
        handover=handover,
        let_go=(cupboard,),
        reason=why,
    )
    words = _T("Måtte jeg fortælle forfra? Nej. De vidste, hvor kaffen stod.", "plan")
    e.tell(40, CITIZEN, "handover.retelling_reported", handover, again="nej", words=words)


def a_task_ends(e: Tale) -> None:
    """The jobcentre's task ends as agreed; a power of attorney and a protected address are taken back."""
    consultant = e.worker("jobcentre")
    e.lets_know(1, "jobcentre", "contact meetings work", "Så længe prøven varer.")
    e.note(10, "Prøven hos gartneren er bestået. Der er ikke mere, jobcentret skal.", "work", by=consultant)
    where = consultant.organisation.id
    e.do(e.at(20), e.case, "end_relation", where, consultant.id)
    relative = e.town.relatives[(e.life.number - 1) // EVERY]
    scope = frozenset({"contact", "finances", "everyday"})
    paper = _T("Fuldmagt til at tale med boligforeningen, mens borgeren er indlagt.", "contact", "network")
    e.do(e.at(22), e.case, "register_representative", relative.id, scope, text=paper)
    e.do(
        e.at(24),
        e.case,
        "protect_address",
        text=_T("Efter et besøg, der ikke var aftalt.", "address", "safety"),
    )
    text = _T("Naboen ved, hvor den tidligere kæreste bor nu, og er bange for ham.", "safety", "third_party")
    note = e.do(e.at(25), e.case, "record_contact", text=text)
    why = _T("Naboens sikkerhed, til hun er flyttet.", "safety", "third_party")
    terms = {
        "about": e.event(note),
        "basis": "forvaltningsloven § 15 b",
        "until": e.town.midnight(e.day + 70),
    }
    withheld = e.begin(26, e.case, "citizen.item_withheld", "withholding", **terms, reason=why)
    e.tell(55, e.case, "citizen.withholding_ended", withholding=withheld)
    e.do(
        e.at(60),
        e.case,
        "unprotect_address",
        text=_T("Faren er ovre, siger borgeren. Navnet må stå på døren.", "address"),
    )
    e.do(
        e.at(61),
        e.case,
        "end_representative",
        relative.id,
        text=_T("Borgeren taler selv igen.", "contact", "network"),
    )


def by_law_and_no_longer(e: Tale) -> None:
    """A basis in law is registered and ended when the citizen objects; one thing is handed over, itemised."""
    at = e.at(15)
    terms = {
        "categories": frozenset({"plan"}), "purposes": frozenset({"treatment"}),
        "window": Window(e.town.midnight(e.day - 30), None), "until": e.town.midnight(e.day + 120),
        "case": f"{at.year}-{2000 + e.life.number}", "in_writing": True,
        "words": _T("Kilden får målene, så længe behandlingen varer.", "plan", "addiction"),
    }  # fmt: skip
    command = e.do(at, e.case, "register_basis", e.town.partner("addiction_treatment"), LAW, **terms)
    note = e.note(
        20, "Talt med boligsocial medarbejder om, hvem der kigger forbi i ferien.", "everyday", by=e.case
    )
    text = _T(
        "Kun den ene note, efter § 115, fordi naboerne var bange for en ulykke. Borgeren fik brev samme dag.",
        "everyday",
    )
    to = e.town.partner("social_psychiatry")
    e.do(e.at(24), e.case, "record_disclosure", to, ONE_OFF, items=(note,), text=text)
    e.do(e.at(50), CITIZEN, "end_basis", e.life.made(command, "basis"))


def put_right(e: Tale) -> None:
    """A note was wrong and others had read it: it is corrected, and whoever read it takes the right words in."""
    nurse = e.worker("regional_psychiatry")
    e.lets_know(1, "regional_psychiatry", "contact plan health everyday")
    note = e.note(8, "Sover fire timer. Vil ikke have besøg i weekenden.", "health", "everyday")
    right = _T("Sover fire timer. Vil gerne have besøg i weekenden.", "health", "everyday")
    why = _T("Et 'ikke' for meget. Vi læste det sammen.", "contact")
    e.do(e.at(12), e.coordinator, "correct", note, "text", text=right, reason=why)
    e.tell(14, nurse, "citizen.correction_taken_in", about=e.event(note))


def goodbye(e: Tale) -> None:
    """It goes well enough to end, and the way back is written down before the door closes."""
    by = e.coordinator
    e.tell(
        0,
        by,
        "citizen.phase_changed",
        phase="ending",
        text=_T("Vi begynder at sige farvel, i god tid.", "plan"),
    )
    words = _T("Hvad nu, hvis det vender?", "plan")
    text = _T("Så søger du igen, og det, der står her, står her stadig. Du begynder ikke forfra.", "plan")
    e.tell(2, e.case, "citizen.future_support_discussed", words=words, text=text)
    text = _T(
        "Ring til Myndighed Voksne og sig: jeg har været her før. Der er svar samme dag, og værestedet er åbent.",
        "plan",
    )
    e.tell(20, by, "citizen.way_back_agreed", text=text)
    e.note(
        30,
        "Sidste besøg. Kage, to blomster i vinduet og en hund på besøg hos naboen.",
        "everyday",
        together=True,
    )
    _close(e, 34, text, _T("Tak for hunden, der aldrig kom, og for alt det andet.", "contact"))


def comes_back(e: Tale) -> None:
    """Closed, and after a bad summer opened again: the same history, a coordinator anew, a hope told anew."""
    text = _T("Ring til Myndighed Voksne. Samme nummer, samme navne.", "contact")
    e.tell(
        3,
        e.coordinator,
        "citizen.way_back_agreed",
        text=_T("Ring, før det er helt galt. Det er også nok.", "plan"),
    )
    _close(e, 8, text, None)
    words = _T("Jeg er her igen. Det var sværere, end jeg troede, og jeg huskede nummeret.", "contact")
    e.do(e.at(60), CITIZEN, "reopen_citizen", words=words, text=None)
    e.life.closed = False
    e.task("relation", e.case, 60)
    e.task("coordinator", e.coordinator, 62, "coordination")
    e.task("contact_person", e.coordinator, 62)
    told = next((step for step in e.life.steps if step.verb == "tell_hope"), None)
    if told is not None:
        again = _T("Det er stadig det samme håb. Jeg skal bare låne jeres lidt.", "wishes")
        e.do(e.at(64), CITIZEN, "retell_hope", e.life.made(told.command, "hope"), again)
    e.lets_know(65, "social_psychiatry", "contact wishes plan meetings agreements everyday")
    e.note(66, "Kaffe. Ingen spurgte hvorfor.", "everyday", together=True)


def _close(e: Tale, after: int, way_back: Text, words: Text | None) -> None:
    """The cooperation is closed by the authority; nothing of the ordinary year comes after."""
    at = e.at(after)
    e.life.end_at(at)
    e.life.closed = True
    text = _T(
        "Lukket efter aftale. Intet er slettet, og intet er begyndt forfra, hvis der ringes.", "contact"
    )
    e.do(at, e.case, "close_citizen", way_back=way_back, text=text, words=words)


STORIES: Final[tuple[Callable[[Tale], None], ...]] = (
    another_worker,
    another_coordinator,
    a_task_ends,
    by_law_and_no_longer,
    put_right,
    goodbye,
    comes_back,
)
