"""Stories of the circle around somebody: communities tried again, a peer, a small network, work."""

from collections.abc import Callable
from typing import Any, Final

from hub.aggregates import Text
from hub.example.steps import CITIZEN
from hub.example.tales import Tale

_T: Final = Text.of


def the_swimming_club(e: Tale) -> None:
    """Tried three times: once too loud, once with a peer, and then alone; now every Wednesday."""
    words = _T(
        "Jeg svømmede som barn. Jeg vil gerne i vandet igen, hvis det kan være uden konkurrence.",
        "network",
        "wishes",
    )
    club = e.begin(0, CITIZEN, "citizen.community_wished", "community", words=words)
    tried = {"community": club}
    words = _T("Jeg nåede til omklædningsrummet. Der var for mange stemmer.", "network")
    e.tell(7, CITIZEN, "citizen.community_tried", **tried, words=words)
    text = _T(
        "En peer, der selv har siddet i det omklædningsrum. Det er dit valg, og der skrives intet om, hvad I "
        "taler om.",
        "network",
    )
    peer = e.begin(9, e.coordinator, "citizen.peer_offered", "peer", text=text)
    e.tell(12, CITIZEN, "citizen.peer_joined", peer=peer, words=_T("Ja. Men kun til svømning.", "network"))
    text = _T(
        "Mødes ved cyklerne ti minutter før. Går ind sammen, går ud, når der bliver sagt til.", "network"
    )
    company = e.begin(13, e.coordinator, "citizen.company_agreed", "company", due=e.date(16), text=text)
    e.tell(
        16,
        CITIZEN,
        "citizen.community_tried",
        **tried,
        words=_T("Tolv baner. Peeren talte til alle.", "network"),
    )
    e.tell(
        16,
        CITIZEN,
        "citizen.company_kept",
        company=company,
        words=_T("Det var nok, at nogen ventede.", "network"),
    )
    text = _T(
        "Holdlederen siger hej og peger på bane 1. Ingen præsentationsrunde. Håndklædet må ligge på bænken.",
        "network",
    )
    e.tell(18, CITIZEN, "citizen.welcome_planned", community=club, text=text)
    e.tell(
        28,
        CITIZEN,
        "citizen.community_tried",
        **tried,
        words=_T("Alene. Jeg kom for sent og gik ind alligevel.", "network"),
    )
    e.tell(
        40,
        CITIZEN,
        "citizen.community_joined",
        **tried,
        words=_T("De gemmer bane 1 til mig om onsdagen.", "network"),
    )
    words = _T("Tak, nu klarer jeg det selv. Vi hilser stadig ved cyklerne.", "network")
    e.tell(42, CITIZEN, "citizen.peer_left", peer=peer, words=words)


def few_people(e: Tale) -> None:
    """A network map with few people on it, as little about each as the citizen wants, and an agreement with one."""
    about = ("network", "third_party")
    add, matter = "citizen.network_person_added", "network_person"
    e.begin(
        0,
        CITIZEN,
        add,
        matter,
        who=_T("Min storesøster. Ringer om søndagen.", *about),
        words=_T("Hende må I ringe til.", "network"),
    )
    e.begin(0, CITIZEN, add, matter, who=_T("Naboen til venstre, med katten.", *about))
    band = e.begin(
        1,
        CITIZEN,
        add,
        matter,
        who=_T("En fra bandet. Det er længe siden.", *about),
        words=_T("Måske.", "network"),
    )
    words = _T("Der er ikke så mange på kortet. Men det er dem, der er der.", "network", "wishes")
    e.tell(2, CITIZEN, "citizen.difficulty_noted", words=words)
    text = _T(
        "Søsteren henter posten om fredagen og ringer til tovholderen, hvis den ikke er rørt. Hver tredje uge "
        "holder hun fri, og så gør vi det.",
        *about,
    )
    e.begin(
        9, e.coordinator, "citizen.relative_agreement_made", "relative_agreement", due=e.date(100), text=text
    )
    e.tell(40, CITIZEN, "citizen.network_person_removed", network_person=band)
    words = _T("Naboen og jeg spiste suppe. Katten var med.", "network", "third_party")
    e.tell(44, CITIZEN, "citizen.life_area_told", area="relations", words=words)


def the_fee(e: Tale) -> None:
    """Football, a fee that stands in the way, help for it; it was not the right place, and the door is open."""
    words = _T("Jeg vil spille bold igen. Også selv om jeg kun kan et kvarter.", "network")
    club = e.begin(0, CITIZEN, "citizen.community_wished", "community", words=words)
    words = _T("Kontingentet er 900 kroner, og jeg har ingen støvler.", "network", "finances")
    barrier = e.begin(3, CITIZEN, "citizen.barrier_noted", "barrier", kind="money", words=words)
    text = _T(
        "Søgt om fripladsen i foreningen og talt med ydelseskontoret om støvlerne.", "network", "finances"
    )
    e.tell(5, e.coordinator, "citizen.barrier_help_sought", barrier=barrier, text=text)
    terms: dict[str, Any] = {
        "words": _T("Et kvarter blev til to. Mine ben gjorde ondt på den gode måde.", "network")
    }
    e.tell(16, CITIZEN, "citizen.community_tried", community=club, **terms)
    words = _T("Det var ikke de rigtige for mig. Jeg prøver et andet sted.", "network")
    e.tell(30, CITIZEN, "citizen.community_left", community=club, words=words)
    text = _T(
        "Fortalte om værestedet på havnen: åbent alle dage, kaffe til en femmer, ingen skriver ned, hvem der kommer.",
        "network",
    )
    e.tell(34, e.coordinator, "citizen.offer_told", text=text)


def the_job(e: Tale) -> None:
    """A job that is in danger: the workplace is spoken with while the citizen is there, and once with a yes."""
    consultant = e.worker("jobcentre")
    e.lets_know(
        0,
        "jobcentre",
        "contact wishes meetings agreements work",
        "Kun det om arbejdet. Resten er ikke deres.",
    )
    text = _T(
        "Mesteren, borgeren og jeg ved frokostbordet. Fem timer om ugen i en måned i stedet for otte, og en dør, "
        "der må lukkes.",
        "work",
    )
    terms: dict[str, Any] = {"citizen_took_part": True, "job_at_risk": True}
    e.tell(
        4,
        consultant,
        "citizen.workplace_talk_held",
        **terms,
        text=text,
        words=_T("Jeg sagde det selv. Han nikkede.", "work"),
    )
    words = _T("Det er i orden, at I ringer uden mig, når det kun er om timerne.", "work")
    terms = {"citizen_took_part": False, "job_at_risk": False}
    e.tell(
        34,
        consultant,
        "citizen.workplace_talk_held",
        **terms,
        words=words,
        text=_T("Seks timer fra på mandag. Stillingen er der stadig.", "work"),
    )
    words = _T("De har sat mit navn på skabet.", "work")
    e.tell(36, CITIZEN, "citizen.success_told", words=words)


STORIES: Final[tuple[Callable[[Tale], None], ...]] = (the_swimming_club, few_people, the_fee, the_job)
