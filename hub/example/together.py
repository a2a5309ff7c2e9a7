"""What the organisations say of themselves and do together in the year; nothing of it is about a citizen."""

from datetime import timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

from hub.clock import copenhagen_day
from hub.example.steps import HUB, Step
from hub.example.town import YEAR, Town

_SERVICE: Final = "Serviceloven"


class Frame(NamedTuple):
    """What an organisation is for, under which law, what it can and cannot, and when it can be reached."""

    core_task: str
    law: str
    can: str
    cannot: str
    reachable: str


_FRAMES: Final = {
    "authority": Frame(
        "Vurderer behov og bevilger støtte sammen med borgeren", f"{_SERVICE} §§ 82-108 og 141",
        "Bevilge, ændre og følge op", "Give støtten selv", "Hverdage 9-15, torsdag til 17",
    ),
    "social_psychiatry": Frame(
        "Støtte i hverdagen, hjemme og ude", f"{_SERVICE} §§ 82 og 85",
        "Komme hjem, følge med ud, ringe om aftenen", "Behandle sygdom eller bevilge timer",
        "Hele døgnet på vagttelefonen",
    ),
    "regional_psychiatry": Frame(
        "Udredning og behandling", "Sundhedsloven", "Behandle og rådgive", "Skaffe bolig eller støtte i hverdagen",
        "Hverdage 8-16; akutmodtagelsen hele døgnet",
    ),
    "jobcentre": Frame(
        "Arbejde og uddannelse i et tempo, der kan holdes", "Lov om en aktiv beskæftigelsesindsats",
        "Finde praktik, tale med mesteren", "Kende til sygdom, borgeren ikke selv fortæller om", "Hverdage 9-14",
    ),
    "addiction_treatment": Frame(
        "Behandling af afhængighed", f"{_SERVICE} § 101", "Samtaler, grupper, familiesamtaler",
        "Fortælle nogen, at du kommer her, uden at du har sagt ja", "Åben rådgivning tirsdag 13-17",
    ),
    "civil_society": Frame(
        "Gåture med hund og folk", "Foreningens vedtægter", "Tage imod, vente, gå med", "Passe på nogen om natten",
        "Lørdag formiddag på pladsen",
    ),
    "home_care": Frame(
        "Hjælp til det praktiske og personlige", f"{_SERVICE} § 83", "Komme morgen og aften",
        "Blive længe eller tage nøgler med hjem", "Hele døgnet",
    ),
}  # fmt: skip
_OFFERS: Final = (
    (
        "civil_society",
        "Hundeluftning om lørdagen",
        "Spørg efter Gerda",
        "Gratis",
        "Alle, også uden hund",
        True,
    ),
    (
        "social_psychiatry",
        "Værestedet på havnen",
        "Åbent hver dag 10-20",
        "Kaffe 5 kr.",
        "Alle over 18",
        True,
    ),
    (
        "social_psychiatry",
        "Kreativt værksted i kælderen",
        "Onsdag 13-16",
        "Materialer 20 kr.",
        "Alle over 18",
        False,
    ),
)
_OCCASIONS: Final = (
    ("authority", "theme_day", "Temadag: Borgerens egne ord i planen", 60),
    ("social_psychiatry", "course", "Åben Dialog for begyndere, tre formiddage", 120),
    ("regional_psychiatry", "dialogue", "Dialogmøde: Hvem ringer til hvem efter udskrivning?", 180),
    ("civil_society", "outreach", "Foreningen Fire Poter spurgte, om de må komme forbi", 210),
)
_WORDS: Final = (
    ("authority", "visitation", "At finde ud af, hvilken hjælp man kan få"),
    ("authority", "bevilling", "Det, kommunen har sagt ja til at give"),
    ("social_psychiatry", "indsatsplan", "Det, du og bostøtten har skrevet ned, at I vil"),
    ("regional_psychiatry", "ambulant", "At man kommer til samtale og tager hjem igen"),
)


def together(town: Town) -> list[Step]:
    """Frames and offers first; then collaborations, occasions and words, as the year goes."""
    year = _Together(town)
    for key, frame in _FRAMES.items():
        year.do(5, key, "describe", **frame._asdict())
    for key, name, contact, price, welcomes, goes_on in _OFFERS:
        offer = year.made(name)
        year.do(12, key, "describe_offer", offer, name=name, contact=contact, price=price, welcomes=welcomes)
        year.do(150, key, "verify_offer" if goes_on else "end_offer", offer)
    until = copenhagen_day(town.end) + timedelta(days=40)
    centre, lake = year.made("centre"), year.made("lake")
    year.do(20, "authority", "agree", centre, town.partner("civil_society"), "SA-12", until=until)
    year.do(25, "social_psychiatry", "agree", lake, town.partner("addiction_treatment"), "SA-13")
    year.do(YEAR - 60, "social_psychiatry", "end_collaboration", lake)
    for key, kind, title, day in _OCCASIONS:
        on = copenhagen_day(town.when(day + 20, 0))
        year.do(day, key, "plan_occasion", year.made(title), kind, title, day=on)
    for place, (key, word, meaning) in enumerate(_WORDS):
        year.do(30 + place, key, "explain_word", word, meaning)
    return year.steps


class _Together:
    """The steps while they are written."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.steps: list[Step] = []

    def made(self, what: str) -> UUID:
        """The id of something that is made."""
        return uuid5(self.town.namespace, f"together {what}")

    def do(self, after: int, key: str, method: str, /, *args: Any, **named: Any) -> None:
        """One command on an organisation's own stream."""
        number = len(self.steps)
        at, command = self.town.when(after, 30 + number), self.made(f"command {number}")
        terms = (self.town.partner(key), method, *args)
        self.steps.append(Step(at, number, command, None, HUB, "cooperate", terms, named))
