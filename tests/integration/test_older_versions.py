"""What an earlier hub wrote is read today; and what time ends is recorded once."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from hub.aggregates import Consents, Text
from hub.aggregates.base import own_id
from hub.aggregates.terms import Block
from hub.application import commands
from hub.encoding import OLDER
from hub.errors import AccessDenied, NotPermitted
from hub.postgres import Database
from hub.schemas import Body, Schema, Schemas
from hub.vocabulary import Role
from tests.building import CITIZEN, Town, settle

TERMS: dict[str, Any] = {"categories": frozenset({"plan"}), "purposes": frozenset({"employment"})}
HEARD: dict[str, Any] = {**TERMS, "form": "spoken"}


class Earlier(Schemas):
    """The schemas of a hub that knew only the versions of before."""

    def __init__(self) -> None:
        super().__init__()
        self._then = {now: then for then, (now, _) in OLDER.items()}
        self.by_topic: dict[str, Schema] = {
            topic: self.by_topic[self._then.get(topic, topic)] for topic in self.by_topic
        }

    def encode(self, topic: str, body: Body) -> bytes:
        """As it was written then."""
        return super().encode(self._then.get(topic, topic), body)


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """A settled town."""
    return settle(database, tmp_path)


def book(town: Town, citizen: UUID) -> Consents:
    """The citizen's book of consents, from what is stored."""
    found = town.hub.store.load(own_id(citizen, "consents"))
    assert isinstance(found, Consents)
    return found


def recorded(town: Town, citizen: UUID) -> list[str]:
    """The topics of what stands about a citizen's consents, in order."""
    return [topic for topic in topics(town, citizen) if topic.startswith("consents.")]


def topics(town: Town, citizen: UUID) -> list[str]:
    """The topics of all that stands about a citizen, in order."""
    return [opened.schema.topic for _, opened in town.hub.items(citizen)]


def test_what_an_earlier_hub_wrote_goes_on(town: Town) -> None:
    """Every event that has a second version loads, lists, and takes further commands where it stands in its first."""
    citizen, partner = town.enrol("lene"), town.partner("jobcentre")
    today, town.hub.store.sealer.schemas = town.hub.store.sealer.schemas, Earlier()
    given = commands.give_consent(town.hub, CITIZEN, citizen, partner, **TERMS)
    blocked = commands.set_block(town.hub, CITIZEN, citizen, partner, categories=frozenset({"health"}))
    commands.agree_text(town.hub, CITIZEN, citizen, partner, Text.of("Kommer torsdag", "meetings"))
    told = commands.tell_hope(town.hub, CITIZEN, citizen, Text.of("En hund", "wishes"))
    commands.record_contact(town.hub, town.actor("lene"), citizen, text=Text.of("Gik en tur", "meetings"))
    town.hub.store.sealer.schemas = today
    consent, block = UUID(given.ids["consent"]), UUID(blocked.ids["block"])

    assert set(OLDER) <= set(topics(town, citizen))
    again = Text.of("To hunde", "wishes")
    commands.retell_hope(town.hub, CITIZEN, citizen, UUID(told.ids["hope"]), again)
    found = book(town, citizen)
    assert (None, False, False) == (
        found.grants[consent].lapses, found.grants[consent].pending, found.grants[consent].section_43,
    )  # fmt: skip
    assert Block(partner, "health", None) == found.blocks[block]
    (text,) = found.texts
    town.wired.catch_up()
    assert ["consent", "block", "text"] == [one.kind for one in town.wired.consents.of_citizen(citizen)]

    commands.narrow_consent(town.hub, CITIZEN, citizen, consent, purposes=frozenset({"employment"}))
    commands.lift_block(town.hub, CITIZEN, citizen, block)
    commands.withdraw_consent(town.hub, CITIZEN, citizen, text)
    assert {text} == book(town, citizen).ended


def test_what_time_ends_is_recorded_once(town: Town) -> None:
    """A spoken consent lapses, a basis and an emergency access run out: one event each, whoever asks again."""
    citizen, partner = town.enrol("lene"), town.partner("jobcentre")
    lene, mette = town.actor("lene"), town.actor("mette")
    commands.give_consent(town.hub, lene, citizen, partner, **HEARD, witness=town.persons["mette"])
    commands.register_basis(
        town.hub, lene, citizen, town.partner("social_psychiatry"), "serviceloven-141",
        **TERMS, case="A-1", in_writing=True, until=town.clock() + timedelta(days=20),
    )  # fmt: skip
    commands.open_emergency(
        town.hub, mette, citizen, reason=Text.of("Svarer ikke", "health"), confirmed_by=town.persons["lene"]
    )
    assert 0 == commands.expire_consents(town.hub, citizen).position
    town.clock.advance(timedelta(days=31))
    before = recorded(town, citizen)

    assert commands.expire_consents(town.hub, citizen).position
    assert 0 == commands.expire_consents(town.hub, citizen).position
    assert [
        "consents.expired.v1", "consents.statutory_basis_ended.v1", "consents.emergency_access_closed.v1",
    ] == recorded(town, citizen)[len(before) :]  # fmt: skip
    town.wired.catch_up()
    assert ["lapsed", "time", "time"] == [one.status for one in town.wired.consents.of_citizen(citizen)]


def test_a_book_that_nobody_opened_does_not_expire(town: Town) -> None:
    """A citizen without any consent is left as they are."""
    citizen = town.enrol("lene")

    assert 0 == commands.expire_consents(town.hub, citizen).position
    assert [] == recorded(town, citizen)


def test_a_stranger_who_claims_to_represent_learns_nothing(town: Town) -> None:
    """Somebody who is no representative of the citizen is denied as everybody is."""
    citizen = town.enrol("lene")
    stranger = type(CITIZEN)(Role.REPRESENTATIVE, person=town.persons["eva"])
    for who in (citizen, UUID(int=7)):
        with pytest.raises((AccessDenied, NotPermitted)) as denied:
            commands.give_consent(town.hub, stranger, who, town.partner("jobcentre"), **TERMS)
        assert AccessDenied is denied.type


def test_the_read_model_tells_the_same_when_it_is_built_anew(town: Town) -> None:
    """Spoken, confirmed, withdrawn, waiting, blocked and opened: delivered twice, it stands as it stood."""
    citizen, partner = town.enrol("lene"), town.partner("jobcentre")
    lene, witness = town.actor("lene"), town.persons["mette"]
    first = commands.give_consent(town.hub, lene, citizen, partner, **HEARD, witness=witness)
    commands.confirm_consent(town.hub, CITIZEN, citizen, UUID(first.ids["consent"]))
    commands.withdraw_consent(town.hub, lene, citizen, UUID(first.ids["consent"]))
    commands.give_consent(town.hub, lene, citizen, partner, **HEARD, witness=witness)
    commands.set_block(town.hub, CITIZEN, citizen, partner, person=town.persons["ann"])
    commands.open_emergency(town.hub, lene, citizen, reason=Text.of("Svarer ikke", "health"), call_back=True)
    town.wired.catch_up()
    standing = town.wired.consents.of_citizen(citizen)
    assert [("withdrawn", False), ("in force", True), ("in force", False), ("in force", False)] == [
        (one.status, one.pending) for one in standing
    ]
    assert [None, None, town.persons["ann"], town.persons["lene"]] == [one.person for one in standing]

    with psycopg.connect(town.database.conninfo, autocommit=True) as connection:
        again = connection.execute("UPDATE checkpoints SET position = 0 WHERE schema_name LIKE '%consents%'")
        assert again.rowcount
    town.wired.catch_up()

    assert standing == town.wired.consents.of_citizen(citizen)
