"""Things due on a real PostgreSQL: what the read model holds, and what each reader has on their list."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.aggregates import TOLD, Text
from hub.application import commands
from hub.application.access import Reader
from hub.application.due import DueItem
from hub.cli.session import Session
from hub.clock import copenhagen_day
from hub.consumers.runner import Runner
from hub.consumers.source import StoreSource
from hub.desk.due import due_of
from hub.errors import AccessDenied
from hub.postgres import Database
from hub.projections.base import new_generation
from hub.relay.publication import SQL as PUBLICATION
from tests import checking
from tests.building import CITIZEN, WIDE, Town, settle

ALL = ("contact", "wishes", "plan", "meetings", "agreements", "everyday", "network")


def told(
    town: Town, citizen: UUID, by: str, event: str, on: UUID | None = None, **fields: Any
) -> UUID | None:
    """Record an event of this class; the id of the matter that it is about."""
    town.later()
    actor = CITIZEN if by == "citizen" else town.actor(by)
    answer = commands.tell(town.hub, actor, citizen, TOLD[f"{event}.v1"], fields, on)
    return next((UUID(found) for found in answer.ids.values()), None)


def text(words: str, *labels: str) -> Text:
    """Free text."""
    return Text.of(words, *(labels or ("wishes",)))


def due(town: Town, citizen: UUID, who: str, purpose: str | None = None) -> list[DueItem]:
    """What somebody has on their list of one citizen, decided and logged."""
    town.run("timeline")
    town.run("due")
    session = Session(town.wired)
    reader = Reader.citizen() if who == "citizen" else town.reader(who)
    facts = town.wired.due.of_citizens([citizen]).get(citizen, [])
    usual = {"lene": "casework", "mette": "coordination", "ann": "employment", "eva": "treatment"}
    wanted = None if who == "citizen" else purpose or usual[who]
    return due_of(session, reader, citizen, wanted, facts, copenhagen_day(town.hub.clock())).items


def ids(town: Town, citizen: UUID, who: str) -> list[str]:
    """The rules by which something is on somebody's list."""
    return [item.rule.id for item in due(town, citizen, who)]


def helped(town: Town) -> UUID:
    """A citizen with a coordinator (mette), the authority (lene), and consents to both, to all but addiction."""
    citizen = town.enrol()
    town.task(citizen, "lene")
    town.task(citizen, "mette", "coordinator")
    for partner in ("authority", "social_psychiatry"):
        town.consent(citizen, partner, *ALL, window=WIDE)
    return citizen


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """Four organisations with a person each."""
    return settle(database, tmp_path)


def test_a_wish_waits_until_it_is_answered(town: Town) -> None:
    """The coordinator has an unanswered wish on the list, with the citizen's own words; the answer takes it off."""
    citizen = helped(town)
    wish = told(town, citizen, "citizen", "citizen.wish_made", words=text("En cykel"))
    town.later(days=20)

    (item,) = due(town, citizen, "mette")
    assert "wish" == item.rule.id
    assert item.entry is not None
    assert "En cykel" == item.entry.fields["words"]["text"]
    assert 6 == item.days_over(copenhagen_day(town.hub.clock()))
    assert [] == ids(town, citizen, "lene"), "the authority is not asked"

    told(town, citizen, "mette", "citizen.wish_answered", wish=wish, met=True, text=text("Ja"))
    assert [] == ids(town, citizen, "mette")
    assert [] == ids(town, citizen, "citizen")


def test_what_a_reader_may_not_know_of_is_on_no_list_of_theirs(town: Town) -> None:
    """A wish about addiction is on the citizen's own list, and not on the coordinator's, who may not know of it."""
    citizen = helped(town)
    told(town, citizen, "citizen", "citizen.wish_made", words=text("Ud af det", "wishes", "addiction"))
    told(town, citizen, "citizen", "citizen.wish_made", words=text("En cykel"))

    (item,) = due(town, citizen, "mette")
    assert item.entry is not None
    assert "En cykel" == item.entry.fields["words"]["text"]
    assert ["wish", "wish"] == ids(town, citizen, "citizen")


def test_an_answer_that_is_not_theirs_to_know_leaves_it_on_their_list(town: Town) -> None:
    """Whether the addiction centre answered or not, the coordinator's list is the same to the last byte."""
    citizen = helped(town)
    town.task(citizen, "eva")
    town.consent(citizen, "addiction_treatment", *ALL, "addiction", window=WIDE)
    wish = told(town, citizen, "citizen", "citizen.wish_made", words=text("En cykel"))
    before = due(town, citizen, "mette")

    told(town, citizen, "eva", "citizen.wish_answered", wish=wish, met=True,
         text=text("Vi har en", "wishes", "addiction"))  # fmt: skip

    assert before == due(town, citizen, "mette")
    assert [] == ids(town, citizen, "eva")
    assert [] == ids(town, citizen, "citizen")


def test_a_hard_period_softens_only_for_those_who_may_know_of_it(town: Town) -> None:
    """A follow-up is moved for the coordinator while it is hard, and not for one who may not know that it is."""
    citizen = helped(town)
    town.later()
    plan = UUID(commands.open_plan(town.hub, town.actor("lene"), citizen, "handleplan").ids["plan"])
    day = copenhagen_day(town.hub.clock()) + timedelta(days=3)
    told(town, citizen, "lene", "plan.follow_up_planned", plan, due=day)
    assert [day] == [item.due for item in due(town, citizen, "mette")]

    told(town, citizen, "citizen", "citizen.hard_period_marked", words=text("Det er svært", "everyday"))
    (item,) = due(town, citizen, "mette")
    assert (day + timedelta(days=21), True) == (item.due, item.softened)

    town.later()
    commands.set_block(
        town.hub, CITIZEN, citizen, town.partner("social_psychiatry"), categories=frozenset({"everyday"})
    )
    (item,) = due(town, citizen, "mette")
    assert (day, False) == (item.due, item.softened)


def test_an_agreement_is_the_owners_and_the_citizens_own_is_nobody_elses(town: Town) -> None:
    """The jobcentre has what it promised on its list; what the citizen promised is on the citizen's list alone."""
    citizen = helped(town)
    town.task(citizen, "ann")
    town.consent(citizen, "jobcentre", "contact", "agreements", "meetings", window=WIDE)
    meeting = convened(town, citizen, timedelta(days=40))
    day = date(2026, 3, 10)
    for owner in (town.partner("jobcentre"), None):
        town.later()
        commands.on_meeting(
            town.hub, town.actor("mette"), citizen, meeting,
            lambda found, act, owner=owner: found.agree(
                uuid4(), act, owner=owner, parties=(), what=text("Ringe", "agreements"), due=day
            ),
        )  # fmt: skip
    town.later(days=14)

    assert ["agreement"] == ids(town, citizen, "ann")
    assert {"agreement", "agenda", "purpose"} == set(ids(town, citizen, "mette"))
    assert [] == ids(town, citizen, "lene")
    assert {"agreement", "own-agreement"} <= set(ids(town, citizen, "citizen"))
    (own,) = [item for item in due(town, citizen, "citizen") if item.rule.id == "own-agreement"]
    assert 0 == own.days_over(date(2030, 1, 1))


def convened(town: Town, citizen: UUID, ahead: timedelta) -> UUID:
    """A meeting that the coordinator called."""
    town.later()
    answer = commands.convene(
        town.hub, town.actor("mette"), citizen, kind="coordinating", starts=town.hub.clock() + ahead,
        purpose=text("Hvad nu", "meetings"),
    )  # fmt: skip
    return UUID(answer.ids["meeting"])


def test_a_death_ends_everything_at_once(town: Town) -> None:
    """After a death nobody is reminded of anything: not the coordinator, not the authority."""
    citizen = helped(town)
    told(town, citizen, "citizen", "citizen.wish_made", words=text("En cykel"))
    told(town, citizen, "mette", "citizen.need_change_reported", with_citizen=True, text=text("Mere", "plan"))
    assert ["wish"] == ids(town, citizen, "mette")
    assert ["need-unacknowledged", "need-unassessed"] == ids(town, citizen, "lene")

    town.later()
    commands.record_death(town.hub, town.actor("lene"), citizen)
    facts = town.wired.due.of_citizens([citizen])
    assert facts, "what was, is still known"
    assert [] == due(town, citizen, "citizen")


def test_without_a_coordinator_the_authority_sees_red(town: Town) -> None:
    """When the coordinator is released, the lack stands in red on the authority's list until there is a new one."""
    citizen = helped(town)
    assert [] == ids(town, citizen, "lene")
    town.later()
    commands.release_coordinator(town.hub, town.actor("lene"), citizen)
    (item,) = due(town, citizen, "lene")
    assert item.rule.red
    town.task(citizen, "mette", "coordinator")
    assert [] == ids(town, citizen, "lene")


def test_a_new_worker_has_the_help_card_until_it_is_read(town: Town) -> None:
    """Whoever is new is asked to read how to help best, sees the card itself, and is not asked again."""
    citizen = helped(town)
    told(town, citizen, "citizen", "citizen.help_card_written", words=text("Ring, før I kommer"))
    (item,) = due(town, citizen, "mette")
    assert item.entry is not None
    assert "Ring, før I kommer" == item.entry.fields["words"]["text"]
    told(town, citizen, "mette", "citizen.help_card_read")
    assert [] == ids(town, citizen, "mette")
    assert ["help-card"] == ids(town, citizen, "lene")


def test_whoever_had_read_the_wrong_words_takes_in_the_right_ones(town: Town) -> None:
    """Only the organisation that can have read what was put right is asked to confirm it, once."""
    citizen = helped(town)
    told(town, citizen, "mette", "citizen.need_change_reported", with_citizen=True, text=text("Mere", "plan"))
    need = next(i for i, _ in town.hub.items(citizen) if i.event == "citizen.need_change_reported")
    assert ["need-unacknowledged", "need-unassessed"] == ids(town, citizen, "lene")
    town.later()
    town.access.timeline(town.reader("lene"), citizen, "casework")
    town.later()
    commands.correct(
        town.hub, town.actor("mette"), citizen, need.event_id, "text", text=text("Mindre", "plan")
    )

    (item,) = [each for each in due(town, citizen, "lene") if each.rule.id == "correction"]
    assert item.entry is not None
    assert "Mindre" == item.entry.fields["text"]["text"]
    assert "correction" not in ids(town, citizen, "mette"), "who put it right knows it"
    (mine,) = [each for each in due(town, citizen, "citizen") if each.rule.id == "correction"]
    assert {town.partner("authority")} == mine.waits_for

    told(town, citizen, "lene", "citizen.correction_taken_in", about=need.event_id)
    assert "correction" not in ids(town, citizen, "lene")
    assert "correction" not in ids(town, citizen, "citizen")


def owed(town: Town, citizen: UUID, partner: str, since: str = "consents.withdrawn") -> None:
    """An organisation got something, may no longer have it because of this event, and was asked to delete it."""
    consent = town.consent(citizen, partner, "wishes")
    town.later()
    commands.withdraw_consent(town.hub, CITIZEN, citizen, consent=consent)
    withdrawn = next(i for i, _ in town.hub.items(citizen) if i.event == since)
    with town.database.connection() as connection:
        connection.execute(
            PUBLICATION["add_notice"],
            {"notice": uuid4(), "partner": town.partner(partner), "citizen": citizen, "records": [uuid4()],
             "position": withdrawn.position, "purge_by": date(2026, 3, 16)},
        )  # fmt: skip


def test_a_purge_that_is_not_confirmed_is_the_coordinators_to_see(town: Town) -> None:
    """The coordinator sees that an organisation has not deleted what it may no longer have, until it says so."""
    citizen = helped(town)
    owed(town, citizen, "jobcentre")
    (item,) = due(town, citizen, "mette")
    assert ("purge", date(2026, 3, 16)) == (item.rule.id, item.due)
    assert [] == ids(town, citizen, "lene")
    checking.do(town.database.conninfo, "UPDATE partner_notices SET confirmed_at = now()")
    assert [] == ids(town, citizen, "mette")


def test_a_purge_does_not_tell_of_an_organisation(town: Town) -> None:
    """That an organisation owes a purge is nothing to a coordinator who may not know of it; the citizen sees it."""
    citizen = helped(town)
    town.hope(citizen, "mette", "Et sted at bo", "wishes")  # something that the coordinator knows of
    owed(town, citizen, "addiction_treatment", since="citizen.hope_told")

    assert "purge" not in ids(town, citizen, "mette")
    assert "purge" in ids(town, citizen, "citizen")


def test_a_consent_that_ends_is_a_question_to_the_citizen_alone(town: Town) -> None:
    """Thirty days before its end the citizen is asked, nobody is alarmed, and after its end nothing is asked."""
    citizen = helped(town)
    town.consent(citizen, "jobcentre", "wishes", until=datetime(2026, 6, 1, tzinfo=UTC))
    town.later(days=30)
    assert [] == ids(town, citizen, "citizen")
    town.later(days=40)
    assert ["consent-ends"] == ids(town, citizen, "citizen")
    for who in ("mette", "lene"):
        assert [] == ids(town, citizen, who)
    town.later(days=60)
    town.run("consents")
    town.wired.scheduler().look()
    assert [] == ids(town, citizen, "citizen")


def test_a_list_is_decided_and_logged(town: Town) -> None:
    """Looking at a list is a reading: one without a task is denied like any stranger, and both are written down."""
    citizen = helped(town)
    told(town, citizen, "citizen", "citizen.wish_made", words=text("En cykel"))
    due(town, citizen, "mette")
    with pytest.raises(AccessDenied):
        due(town, citizen, "ann")
    rows = checking.ask(
        town.database.conninfo,
        "SELECT role, permitted, events FROM access_log WHERE surface = 'due' ORDER BY id",
    )
    assert [("partner", True, 1), ("partner", False, 0)] == rows


# ------------------------------------------------------------------------------------------------ the read model


@contextmanager
def another(town: Town) -> Iterator[str]:
    """Another generation, beside the live one."""
    schema = new_generation(town.database, town.wired.building("due"), 6, live=False)
    try:
        yield schema
    finally:
        checking.do(town.database.conninfo, "DELETE FROM generations WHERE schema_name = %s", schema)
        checking.do(town.database.conninfo, f"DROP SCHEMA {schema} CASCADE")


def lived(town: Town) -> None:
    """A little of everything on three citizens."""
    for _ in range(3):
        citizen = helped(town)
        wish = told(town, citizen, "citizen", "citizen.wish_made", words=text("En cykel"))
        told(town, citizen, "citizen", "citizen.hard_period_marked", words=text("Svært", "everyday"))
        told(town, citizen, "mette", "citizen.dialogue_rhythm_agreed", every_days=14)
        told(town, citizen, "mette", "citizen.status_given", text=text("Godt", "plan"))
        told(town, citizen, "mette", "citizen.wish_answered", wish=wish, met=True)
        convened(town, citizen, timedelta(days=9))
    commands.record_death(town.hub, town.actor("lene"), citizen)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_in_whatever_batches_the_events_come_the_rows_are_the_same(town: Town, seed: int) -> None:
    """One by one, in batches of any size, twice over or rebuilt: the read model holds the same rows."""
    lived(town)
    town.run("due")
    rng, address = random.Random(seed), town.database.conninfo
    live = checking.live(address, "due")
    with another(town) as schema:
        with StoreSource(town.database, 6) as source:
            sealer = town.wired.store.sealer
            runner = Runner(town.database, source, town.wired.building("due"), sealer, schema=schema)
            runner.assign()
            reached = source.now()
            while not reached():
                runner.step(0.0, rng.randint(1, 7))
        assert [] == checking.differences(address, "due", live, schema)
        assert len(checking.rows(address, "due")) > 30
        checking.do(
            address,
            f"UPDATE {schema}.due SET day = day + 1 WHERE position = (SELECT max(position) FROM {schema}.due)",
        )
        assert [] != checking.differences(address, "due", live, schema)
        print("control: caught")


def test_the_read_model_holds_no_content(town: Town) -> None:
    """Positions, ids and days are all that it has: no word of what anybody wrote."""
    citizen = helped(town)
    told(town, citizen, "citizen", "citizen.wish_made", words=text("Solveigs cykel"))
    town.run("due")
    stored = str(checking.rows(town.database.conninfo, "due"))
    assert "Solveig" not in stored
    assert "wish" in stored
    print("control: caught")
