"""Single items that the citizen is not shown for a time."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.aggregates import Text
from hub.aggregates.withholding import ItemWithheld, WithholdingEnded
from hub.application import commands
from hub.application.access import Reader
from hub.application.explain import Asked
from hub.application.exporting import Exports
from hub.errors import AccessDenied, BadInput, NotPermitted
from hub.interop.history import document_of
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


def whole_history(town: Town, citizen: UUID) -> str:
    """The citizen's whole history as it goes out, as one text."""
    return str(document_of(Exports(town.hub).history(CITIZEN, citizen)))


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


def test_what_is_put_right_in_the_withholding_itself_is_kept_back_with_it(town: Town) -> None:
    """A correction of the officer's reason would tell of what is withheld: it comes with the item, and not before."""
    citizen = town.enrol("lene")
    withhold(town, citizen, noted(town, citizen, "Naboens navn"))
    withholding = town.hub.items(citizen)[-1][0]
    reason = Text.of("Naboen er bange", "safety")
    commands.correct(town.hub, town.actor("lene"), citizen, withholding.event_id, "reason", text=reason)
    kept_back, file = surfaces(town, citizen), whole_history(town, citizen)

    for told in (kept_back, file):
        assert "Naboen er bange" not in told
        assert "event.corrected" not in told
    town.clock.advance(timedelta(days=11))
    assert "Naboen er bange" in surfaces(town, citizen)
    assert "event.corrected" in whole_history(town, citizen)


def test_the_end_of_one_withholding_is_shown_while_another_goes_on(town: Town) -> None:
    """The citizen is shown everything but the single item: also that another one was withheld, and no longer is."""
    citizen = town.enrol("lene")
    first, second = noted(town, citizen, "Naboens navn"), noted(town, citizen, "Genboens navn")
    ended = withhold(town, citizen, first)
    withhold(town, citizen, second)
    commands.tell(town.hub, town.actor("lene"), citizen, WithholdingEnded, {"withholding": ended})
    town.wired.catch_up()
    events = [entry.event for entry in town.access.timeline(CITIZEN, citizen, None, limit=500).entries]

    assert events.count("citizen.item_withheld") == 1
    assert events.count("citizen.withholding_ended") == 1


def test_a_withheld_handover_is_denied_in_the_same_words_as_one_that_is_not_there(town: Town) -> None:
    """The citizen who asks for a handover that is withheld learns as little as of one that was never proposed."""
    citizen = town.enrol("lene")
    answer = commands.propose_handover(
        town.hub, town.actor("lene"), citizen, town.partner("social_psychiatry"), kind="knowledge", items=()
    )
    proposal = town.hub.items(citizen)[-1][0].event_id
    withhold(town, citizen, proposal)
    said = []
    for handover in (UUID(answer.ids["handover"]), uuid4()):
        with pytest.raises(AccessDenied) as denied:
            town.access.handover(CITIZEN, handover, None)
        said.append(str(denied.value))

    assert said[0] == said[1]


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
