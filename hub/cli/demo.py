"""`hub demo`: a year with invented citizens, played before one's eyes, in a home of its own."""

import sys
from typing import Annotated, Final

from hub.cli.app import use_demonstration
from hub.cli.base import group, verb
from hub.cli.options import option
from hub.cli.session import settings_now
from hub.errors import HubError
from hub.example.demo import CITIZENS, run
from hub.texts import language, say

app: Final = group("Demonstrationen.", "The demonstration.", "hub demo")


@verb(
    app,
    "demo",
    "Spil et år med opdigtede borgere og efterprøv det hele. Ligger i .cache/demo.",
    "Play a year with invented citizens and check all of it. Lives in .cache/demo.",
    "hub demo\nhub demo --citizens 50 --seed 7",
)
def demo(
    citizens: Annotated[
        int, option("--citizens", f"Hvor mange ({CITIZENS}).", f"How many ({CITIZENS}).", "NUMBER")
    ] = CITIZENS,
    seed: Annotated[
        int, option("--seed", "Samme tal, samme år (1).", "The same number, the same year (1).", "NUMBER")
    ] = 1,
    *,
    no_kafka: Annotated[
        bool,
        option("--no-kafka", "Uden Kafka, også hvor den kan køre.", "Without Kafka, even where it can run."),
    ] = False,
) -> None:
    """Play the demonstration; fails when what it checks does not hold."""
    settings = settings_now()
    if not settings.demo:
        use_demonstration()
        settings = settings_now()
    summary = run(settings, citizens=citizens, seed=seed, lang=language(), out=sys.stdout, kafka=not no_kafka)
    if not summary.ok:
        raise HubError(
            say("Demonstrationen holdt ikke: se ovenfor.", "The demonstration did not hold: see above.")
        )
