"""The whole municipality's year: everybody's steps, in the order in which they are recorded."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid5

from hub.example.episodes import LAW
from hub.example.lives import Year
from hub.example.steps import HUB, Life, Step
from hub.example.story import AGE, MainCharacter, main_story
from hub.example.together import together
from hub.example.town import Town, town

CITIZENS: Final = 200
FEWEST: Final = 1
MOST: Final = 5_000


@dataclass(frozen=True, slots=True)
class Municipality:
    """What the seed decides: people, organisations, and every command of the year in order."""

    town: Town
    lives: tuple[Life, ...]
    main: MainCharacter
    founding: tuple[Step, ...]
    """The organisations' own steps, before anybody is enrolled."""
    steps: tuple[Step, ...]


def municipality(seed: int, citizens: int, now: datetime, lang: str = "da") -> Municipality:
    """Write a municipality's year; the same seed, day and size write the same."""
    place = town(seed, citizens, now)
    taken: set[str] = set()
    everybody = [Life(place, number, taken, age=AGE if number == 0 else None) for number in range(citizens)]
    story, main = main_story(everybody[0], lang)
    years = (step for life in everybody[1:] for step in Year(life).write())
    steps = [_confirmed(place), *together(place), *story, *years]
    order = {life.id: life.number for life in everybody}
    steps.sort(key=lambda step: (step.at, order[step.citizen] if step.citizen else -1, step.number))
    return Municipality(place, tuple(everybody), main, tuple(_founding(place)), tuple(steps))


def _confirmed(place: Town) -> Step:
    """In the spring the addiction centre's own lawyer has read the row that some citizens' plans rest on."""
    centre = place.partner("addiction_treatment")
    command = uuid5(centre, "confirm_legal_basis")
    return Step(place.when(110, 60), 0, command, None, HUB, "confirm_legal_basis", (centre, LAW))


def _founding(place: Town) -> list[Step]:
    """Each organisation is registered, signs, and adopts the ceiling of its kind."""
    steps = []
    at = place.when(0, 0)
    for number, organisation in enumerate(place.organisations.values()):
        terms = {
            "name": organisation.name,
            "sector": organisation.sector,
            "purposes": frozenset(organisation.purposes),
            "reveals": frozenset(organisation.reveals),
            "public_body": organisation.public,
            "partner": organisation.id,
        }
        for part, (verb, args, named) in enumerate(
            (
                ("register_partner", (), terms),
                ("record_partner_agreement", (organisation.id, f"NL-{number + 1:02}"), {}),
                ("adopt_ceiling", (organisation.id,), {}),
            )
        ):
            command = uuid5(organisation.id, verb)
            steps.append(Step(at, 3 * number + part, command, None, HUB, verb, args, named))
    return steps
