"""A small town with much in it: one citizen whose pages are full, one of whom nothing is told yet."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from hub.aggregates import TOLD, Text
from hub.application import commands
from hub.config import Settings
from hub.postgres import Database
from tests.building import CITIZEN, PARTNERS, WIDE, Town, build

NAMES: Final = {
    "authority": "Myndigheden",
    "social_psychiatry": "Socialpsykiatrien",
    "jobcentre": "Jobcentret",
    "addiction_treatment": "Rusmiddelcentret",
}
PEOPLE: Final = {
    "lene": ("authority", "sagsbehandler", "Lene Holm", "00 12 34 01"),
    "mette": ("social_psychiatry", "tovholder", "Mette Krog", "00 12 34 02"),
    "per": ("social_psychiatry", "bostøtte", "Per Bruun", "00 12 34 03"),
    "ann": ("jobcentre", "medarbejder", "Ann Beck", None),
    "eva": ("addiction_treatment", "behandler", "Eva Lind", None),
}
HOPE: Final = "Jeg vil have hunde omkring mig"
WORK: Final = "Hun vil gerne prøve gartneriet igen"
MUCH: Final = ("contact", "wishes", "plan", "meetings", "agreements", "work", "everyday", "network")


@dataclass
class Filled:
    """The town, and those who live in it."""

    town: Town
    karla: UUID
    birk: UUID
    meeting: UUID
    handover: UUID

    def told(self, event: str, by: str = "citizen", matter: UUID | None = None, **fields: Any) -> None:
        """Something that is told of Karla, or of one of her plans and meetings."""
        tell(self.town, self.karla, event, by, matter, **fields)


def tell(
    town: Town, citizen: UUID, event: str, by: str = "citizen", matter: UUID | None = None, **fields: Any
) -> None:
    """Something that is told of a citizen."""
    town.later()
    actor = CITIZEN if by == "citizen" else town.actor(by)
    commands.tell(town.hub, actor, citizen, TOLD[f"{event}.v1"], fields, matter)


def peopled(database: Database, folder: Path) -> Town:
    """Four organisations with Danish names, and the people who work there."""
    town = build(database, folder)
    for slug, (purposes, reveals) in PARTNERS.items():
        town.partners[slug] = town.add_partner(NAMES[slug], slug, purposes, reveals)
    for slug, (partner, function, name, phone) in PEOPLE.items():
        town.persons[slug] = uuid4()
        town.wired.vault.register_person(
            town.persons[slug], slug, town.partners[partner], function, name, phone
        )
    return town


def helped(town: Town, citizen: UUID) -> None:
    """A coordinator, a contact person, a caseworker and a clerk, and what they may know."""
    for slug, role in (("lene", "relation"), ("mette", "coordinator"), ("ann", "relation")):
        town.task(citizen, slug, role)
    town.later()
    commands.assign(
        town.hub, town.actor("lene"), citizen, "contact_person",
        town.partner("social_psychiatry"), town.persons["per"], "coordination",
    )  # fmt: skip
    town.consent(citizen, "social_psychiatry", *MUCH, window=WIDE)
    town.consent(citizen, "authority", "contact", "wishes", "plan", "meetings", "agreements")
    until = town.clock() + timedelta(days=20)
    town.consent(citizen, "jobcentre", "contact", "wishes", "work", "plan", "meetings", until=until)


def filled(database: Database, folder: Path) -> Filled:
    """The whole town."""
    town = peopled(database, folder)
    birk = town.enrol(name="Birk Toft")
    town.task(birk, "lene")
    town.task(birk, "mette", "coordinator")
    town.consent(birk, "social_psychiatry", "contact", "wishes")
    karla = town.enrol(name="Karla Winther")
    helped(town, karla)
    town.hope(karla, "citizen", HOPE, "wishes")
    meeting = _meetings(town, karla)
    _voice(town, karla)
    _plan(town, karla)
    town.later()
    commands.record_contact(
        town.hub, town.actor("mette"), karla, day=date(2026, 3, 1), text=Text.of(WORK, "work"), together=True
    )
    commands.set_block(
        town.hub, CITIZEN, karla, town.partner("jobcentre"), categories=frozenset({"health"}),
        words=Text.of("Mit helbred er mit eget", "wishes"),
    )  # fmt: skip
    handover = handed_over(town, karla)
    _over(town, karla, birk)
    tell(town, karla, "citizen.meeting_preference_told", most=1)
    town.wired.catch_up()
    demo = Settings(**{**town.wired.settings.model_dump(), "demo": True})
    object.__setattr__(town.wired, "settings", demo)
    return Filled(town, karla, birk, meeting, handover)


def _over(town: Town, karla: UUID, birk: UUID) -> None:
    """A consent that was taken back, and an emergency access that is open."""
    town.consent(karla, "jobcentre", "agreements")
    town.consent(karla, "addiction_treatment", "wishes")
    town.later()
    commands.withdraw_consent(town.hub, CITIZEN, karla, partner=town.partner("addiction_treatment"))
    town.later()
    commands.open_emergency(
        town.hub, town.actor("lene"), birk, reason=Text.of("Fundet hjælpeløs", "health"), call_back=True
    )


def _voice(town: Town, karla: UUID) -> None:
    """What Karla says of herself and to the others."""
    for event, words, label in (
        ("citizen.help_card_written", "Giv mig tid, og spørg én ting ad gangen", "contact"),
        ("citizen.important_told", "At nogen ringer, før de kommer", "wishes"),
        ("citizen.success_told", "Jeg var med til fællesspisning", "wishes"),
        ("citizen.portrait_written", "Jeg er vokset op ved havet og kan godt lide hunde og orden", "wishes"),
    ):
        tell(town, karla, event, words=Text.of(words, label))
    tell(
        town,
        karla,
        "citizen.question_asked",
        question=uuid4(),
        words=Text.of("Hvem kommer på torsdag?", "wishes"),
    )
    tell(
        town, karla, "citizen.strength_suggested", "mette",
        strength=uuid4(), text=Text.of("Hun holder det, hun lover", "wishes"),
    )  # fmt: skip
    tell(
        town, karla, "citizen.hard_period_marked",
        period=uuid4(), words=Text.of("Skriv, ring ikke", "contact"), until=date(2026, 3, 12),
    )  # fmt: skip
    tell(
        town, karla, "citizen.need_change_reported", "per",
        need=uuid4(), with_citizen=True, text=Text.of("Hun har brug for støtte om aftenen", "plan"),
    )  # fmt: skip
    tell(town, karla, "citizen.phase_changed", "mette", phase="running")


def _plan(town: Town, karla: UUID) -> None:
    """An action plan with a goal and a support, and a provider's plan with a goal."""
    for slug, kind, professional in (
        ("lene", "handleplan", "Øget deltagelse"),
        ("mette", "indsatsplan", "Daglig rytme"),
    ):
        town.later()
        plan = UUID(commands.open_plan(town.hub, town.actor(slug), karla, kind).ids["plan"])
        goal, support = uuid4(), uuid4()
        town.later()
        commands.on_plan(
            town.hub, town.actor(slug), karla, plan,
            lambda found, act, goal=goal, said=professional: found.set_goal(
                goal, act, words=Text.of("En hund og en have at gå i", "wishes"), professional=Text.of(said, "plan")
            ),
        )  # fmt: skip
        if kind == "handleplan":
            town.later()
            commands.on_plan(
                town.hub, town.actor(slug), karla, plan,
                lambda found, act, support=support: found.grant_support(
                    support, town.partner("social_psychiatry"), "§ 85", act, text=Text.of("Seks timer om ugen", "plan")
                ),
            )  # fmt: skip


def called(town: Town, karla: UUID, starts: datetime, purpose: str, *invited: str) -> UUID:
    """Mette calls a meeting, and invites to it."""
    town.later()
    answer = commands.convene(
        town.hub, town.actor("mette"), karla, kind="coordinating", starts=starts,
        purpose=Text.of(purpose, "meetings"), place=Text.of("Rådhuset, lokale 2", "meetings"),
    )  # fmt: skip
    meeting, whom = UUID(answer.ids["meeting"]), tuple(town.partner(one) for one in invited)
    for one in whom:
        commands.on_meeting(
            town.hub, town.actor("mette"), karla, meeting,
            lambda found, act, one=one: found.invite(one, whom, act, purpose=Text.of(purpose, "meetings")),
        )  # fmt: skip
    return meeting


def _meetings(town: Town, karla: UUID) -> UUID:
    """A meeting that was held, with agreements; and one to come, with the jobcentre approved and the authority not."""
    start = town.clock()
    held = called(town, karla, start + timedelta(hours=1), "Hvordan går det?")
    town.later()
    ours = (town.partner("social_psychiatry"),)
    commands.on_meeting(
        town.hub, town.actor("mette"), karla, held,
        lambda found, act: found.hold(ours, act, citizen_took_part=True, text=Text.of("Vi talte om hunde", "meetings")),
    )  # fmt: skip
    for owner, what, days in (
        (ours[0], "Ringer til dyreinternatet", 8),
        (None, "Går en tur hver dag", 5),
        (town.partner("jobcentre"), "Finder en praktik i et gartneri", 9),
    ):
        town.later()
        due, text, agreement = (start + timedelta(days=days)).date(), Text.of(what, "agreements"), uuid4()
        commands.on_meeting(
            town.hub, town.actor("mette"), karla, held,
            lambda found, act, owner=owner, due=due, text=text, agreement=agreement: found.agree(
                agreement, act, owner=owner, parties=tuple({*ours, owner or ours[0]}), what=text, due=due
            ),
        )  # fmt: skip
    called(town, karla, town.clock() + timedelta(seconds=5), "Kaffe og en snak")
    coming = called(
        town, karla, start + timedelta(days=3), "Det næste skridt mod arbejde", "jobcentre", "authority"
    )
    town.later()
    whom = (town.partner("jobcentre"),)
    commands.on_meeting(town.hub, CITIZEN, karla, coming, lambda found, act: found.approve(whom, (), act))
    for event, words in (
        ("meeting.citizen_message_given", "Jeg vil helst høre om hunden først"),
        ("meeting.companion_chosen", "Min søster"),
    ):
        tell(town, karla, event, matter=coming, words=Text.of(words, "meetings"))
    tell(
        town, karla, "meeting.agenda_item_proposed", "mette", coming,
        agenda_item=uuid4(), text=Text.of("Gartneriet", "meetings"),
    )  # fmt: skip
    return coming


def handed_over(town: Town, karla: UUID) -> UUID:
    """Mette proposes to the jobcentre to take the hope over; the citizen approves it."""
    hope = next(item for item, _ in town.hub.items(karla) if item.event == "citizen.hope_told")
    town.later()
    answer = commands.propose_handover(
        town.hub, town.actor("mette"), karla, town.partner("jobcentre"), kind="knowledge", items=(hope.event_id,),
        text=Text.of("Fortsæt med det, der virker", "plan"),
    )  # fmt: skip
    return UUID(answer.ids["handover"])
