"""Invented people: names that nobody has, and CPR numbers that nobody can have.

A family name is put together from two halves that no Danish family name joins; a CPR number has 60 added to its day
and a letter in its serial, so it fits no person and no rule for making them.
"""

from datetime import date
from random import Random
from typing import Final


def _several(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST: Final = _several(
    "Agnes Albert Alma Anders Asta Aksel Astrid Benny Birthe Bjarke Bodil Carl Cecilie Connie Dagny "
    "Daniel Dorte Ebbe Edith Elin Emil Ester Eva Finn Freja Frode Gerda Gitte Gorm Gudrun Hamza Hassan "
    "Hedvig Helge Herdis Holger Ida Inga Iben Ivan Jamila Janus Jens Johanne Jytte Kaj Karla Katja Kim "
    "Kjeld Klara Lasse Laura Leif Leyla Lis Ludvig Magda Malthe Mads Marie Mette Milan Mona Nadia Nanna "
    "Niels Noor Oda Olga Oskar Otto Palle Pia Poul Ragna Rasmus Rikke Rosa Samir Sanne Signe Simon Sofie "
    "Storm Svend Tage Thea Thyra Tove Troels Ulla Umut Vagn Verner Viggo Vilma Yrsa Yusuf Zaida Åge Åse "
    "Øjvind"
)

_FIRST_HALF: Final = _several(
    "Birke Blåbær Bregne Brombær Dug Dråbe Enebær Fjer Fløjl Garn Glød Hassel Havre Humle Hvidtjørn Hyld "
    "Kastanje Kløver Kobber Kogle Lilje Lyng Lærke Løv Mos Måge Nælde Pil Porse Regnbue Rimfrost Rav "
    "Rosmarin Rype Røn Siv Skumring Slåen Sne Solsort Spire Stær Tang Timian Tyttebær Tåge Uld Vibe "
    "Vindrose Åkande"
)
_SECOND_HALF: Final = _several(
    "bakke bjerg brink bro bæk dal eng fjord gren gårde have holm hule høj klint krat kær led lund mark "
    "mose næs rand rød skrænt skov strand sø tofte toft vang vig vænge ås"
)

_LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
_STAFF_LETTERS: Final = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})


def invented_names(random: Random, count: int) -> list[str]:
    """As many different full names as asked for; the random numbers decide which."""
    names: dict[str, None] = {}
    while len(names) < count:
        family = random.choice(_FIRST_HALF) + random.choice(_SECOND_HALF)
        names[f"{random.choice(FIRST)} {family}"] = None
    return list(names)


def short_name(name: str, taken: set[str]) -> str:
    """What somebody is called on the command line: the first name, with a number where it is taken."""
    first = name.split(maxsplit=1)[0].lower().translate(_STAFF_LETTERS)
    short, number = first, 1
    while short in taken:
        number += 1
        short = f"{first}{number}"
    taken.add(short)
    return short


def practice_cpr(random: Random, born: date, taken: set[str]) -> str:
    """A test number for a birthday: the day plus 60 and a letter in the serial, so that nobody has it."""
    while True:
        serial = f"{random.choice(_LETTERS)}{random.randrange(1000):03}"
        number = f"{born.day + 60:02}{born:%m%y}{serial}"
        if number not in taken:
            taken.add(number)
            return number


def birthday(random: Random, today: date, age: int) -> date:
    """A day of birth for somebody who is this old today."""
    born = today.replace(year=today.year - age, day=min(today.day, 28))
    return date.fromordinal(born.toordinal() - random.randrange(2, 360))
