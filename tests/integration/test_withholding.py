"""Single items that the citizen is not shown for a time."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hub.aggregates import Text
from hub.aggregates.withholding import ItemWithheld, WithholdingEnded
from hub.application import commands
from hub.application.access import Reader
from hub.application.explain import Asked
from hub.errors import BadInput, NotPermitted
from hub.postgres import Database
from tests.building import Town, settle

CITIZEN = Reader.citizen()


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """A settled town."""
    return settle(database, tmp_path)


def noted(town: Town, citizen: UUID, text: str) -> UUID:
    """A note that somebody wrote; its event."""
    commands.record_contact(town.hub, town.actor("lene"), citizen, text=Text.of(text, "meetings"))
    return town.hub.items(citizen)[-1][0].event_id


def withhold(town: Town, citizen: UUID, event: UUID, days: int = 10, who: str = "lene", **other: Any) -> UUID:
    """Withhold an item; the withholding."""
    fields = {
        "about": event,
        "basis": "forvaltningsloven § 15 b",
        "until": town.clock() + timedelta(days=days),
        "reason": Text.of("En anden persons sikkerhed", "safety"),
        **other,
    }
    answer = commands.tell(town.hub, town.actor(who), citizen, ItemWithheld, fields)
    return UUID(answer.ids["withholding"])


def surfaces(town: Town, citizen: UUID) -> str:
    """Everything that the citizen can read, as one text."""
    town.wired.catch_up()
    access, authority = town.access, town.partner("authority")
    page = access.page(CITIZEN, citizen, None)
    explained = access.explain(CITIZEN, citizen, authority, Asked())
    return " ".join(
        map(
            str,
            (
                access.timeline(CITIZEN, citizen, None, limit=500),
                access.view(CITIZEN, authority, citizen, None),
                page.things,
                page.last,
                explained.seen,
                explained.absent,
                explained.entries,
            ),
        )
    )


def test_what_is_withheld_is_on_none_of_the_citizens_pages_until_its_day(town: Town) -> None:
    """Neither the item, nor what was said of it, nor that it is withheld; on the day all of it is there."""
    citizen = town.enrol("lene")
    event = noted(town, citizen, "Naboens navn")
    noted(town, citizen, "Gik en tur")
    before = surfaces(town, citizen)
    assert "Naboens navn" in before
    withhold(town, citizen, event)
    commands.correct(
        town.hub, town.actor("lene"), citizen, event, "text", text=Text.of("Genboens navn", "meetings")
    )
    kept_back = surfaces(town, citizen)

    assert "Gik en tur" in kept_back
    for word in ("Naboens navn", "Genboens navn", "item_withheld", "sikkerhed", str(event)):
        assert word not in kept_back
    town.clock.advance(timedelta(days=11))
    shown = surfaces(town, citizen)
    for word in ("Genboens navn", "item_withheld", "sikkerhed", "§ 15 b"):
        assert word in shown


def test_it_is_shown_again_when_the_officer_says_so(town: Town) -> None:
    """Before its day too; and somebody else's withholding goes on."""
    citizen = town.enrol("lene")
    first, second = noted(town, citizen, "Naboens navn"), noted(town, citizen, "Genboens navn")
    ended = withhold(town, citizen, first)
    withhold(town, citizen, second)
    commands.tell(town.hub, town.actor("lene"), citizen, WithholdingEnded, {"withholding": ended})
    shown = surfaces(town, citizen)

    assert "Naboens navn" in shown
    assert "Genboens navn" not in shown


def test_who_recorded_it_and_others_still_read_it(town: Town) -> None:
    """It is kept from the citizen alone: the partner's view is as it was, and says nothing of the withholding."""
    citizen = town.enrol("lene")
    commands.assign(
        town.hub,
        town.actor("lene"),
        citizen,
        "relation",
        town.partner("authority"),
        town.persons["lene"],
        "casework",
    )
    event = noted(town, citizen, "Naboens navn")
    withhold(town, citizen, event)
    reader = Reader.of(town.wired.vault.person("lene"))
    read = str(town.access.view(reader, town.partner("authority"), citizen, "casework"))

    assert "Naboens navn" in read
    assert "withheld" not in read


def test_only_a_named_officer_of_the_authority_withholds_and_for_a_time(town: Town) -> None:
    """The citizen's contact person does not; a day that is past, or no reason, is refused."""
    citizen = town.enrol("lene")
    commands.assign(
        town.hub, town.actor("lene"), citizen, "contact_person", town.partner("social_psychiatry"),
        town.persons["mette"], "support",
    )  # fmt: skip
    event = noted(town, citizen, "Naboens navn")
    with pytest.raises(NotPermitted, match="authority"):
        withhold(town, citizen, event, who="mette")
    with pytest.raises(BadInput, match="still to come"):
        withhold(town, citizen, event, days=-1)
    with pytest.raises(BadInput, match="reason"):
        withhold(town, citizen, event, reason=None)
