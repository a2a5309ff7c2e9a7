"""The rule that spans two aggregates: a handover rests on a consent, and the consent is withdrawn at that moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from hub.aggregates import Consents, Text
from hub.application import commands
from hub.application.hub import Answer
from hub.errors import Conflict, Refused
from hub.postgres import Database
from tests.building import CITIZEN, Town, settle

ROUNDS = 100


class Saves:
    """Counts the first saves of a round that were refused."""

    def __init__(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        self._record: Callable[..., Any] = town.wired.store.record
        self._seen: set[UUID] = set()
        self._lock = threading.Lock()
        self.refused = 0
        monkeypatch.setattr(town.wired.store, "record", self)

    def __call__(self, aggregates: Any, command: UUID, answer: Any) -> int:
        """Save, and note how it went if it is the command's first attempt."""
        with self._lock:
            first = command not in self._seen
            self._seen.add(command)
        try:
            return int(self._record(aggregates, command, answer))
        except Conflict:
            with self._lock:
                self.refused += first
            raise


def once(wait: Callable[[], Any]) -> Callable[[], None]:
    """Wait at the first call alone."""
    waited: list[bool] = []

    def hold() -> None:
        if not waited:
            waited.append(True)
            wait()

    return hold


class Round:
    """One citizen, one consent, one item that rests on it, and the two writers."""

    def __init__(self, town: Town, pool: ThreadPoolExecutor) -> None:
        self.town = town
        self.citizen = town.enrol(name="")
        town.task(self.citizen, "ann")
        town.task(self.citizen, "mette", "coordinator")
        self.consent = town.consent(self.citizen, "jobcentre", "wishes")
        self.item = self._item(town.hope(self.citizen, "citizen", "En hund", "wishes"))
        town.later()
        barrier = threading.Barrier(2, timeout=10)
        proposing = pool.submit(self._propose, once(barrier.wait))
        withdrawing = pool.submit(self._withdraw, once(barrier.wait))
        self.withdrawn: Answer = withdrawing.result()
        self.proposed: Answer | None = proposing.result()

    def _item(self, answer: Answer) -> UUID:
        found = next(
            item for item, _ in self.town.hub.items(self.citizen) if item.position == answer.position
        )
        return found.event_id

    def _propose(self, hold: Callable[[], None]) -> Answer | None:
        try:
            return commands.propose_handover(
                self.town.hub,
                self.town.actor("mette"),
                self.citizen,
                self.town.partner("jobcentre"),
                kind="knowledge",
                items=(self.item,),
                text=Text.of("Som aftalt", "wishes"),
                before_save=hold,
            )
        except Refused:
            return None

    def _withdraw(self, hold: Callable[[], None]) -> Answer:
        return commands.withdraw_consent(self.town.hub, CITIZEN, self.citizen, self.consent, before_save=hold)


def proposals(database: Database, citizen: UUID) -> list[int]:
    """The positions of the proposals on a citizen."""
    with psycopg.connect(database.conninfo) as connection:
        rows = connection.execute(
            "SELECT position FROM statements WHERE citizen_id = %s AND kind = %s", (citizen, "handover")
        ).fetchall()
    return [row[0] for row in rows]


def resting_after_withdrawal(database: Database, citizen: UUID) -> bool:
    """Whether a proposal stands at a later position than the withdrawal of the one consent there was."""
    with psycopg.connect(database.conninfo) as connection:
        rows = connection.execute(
            "SELECT position FROM statements WHERE citizen_id = %s AND kind = 'ended'", (citizen,)
        ).fetchall()
    assert 1 == len(rows), "the withdrawal is recorded, once"
    return any(position > rows[0][0] for position in proposals(database, citizen))


def test_a_handover_and_the_withdrawal_of_its_consent(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In each of 100 races one first save is refused, the withdrawal is recorded, and nothing rests on it after."""
    town = settle(database, tmp_path)
    before = 0
    outcomes = {"withdrawal first": 0, "proposal first": 0}
    with ThreadPoolExecutor(2) as pool:
        saves = Saves(town, monkeypatch)
        for _ in range(ROUNDS):
            race = Round(town, pool)
            assert before + 1 == saves.refused
            before = saves.refused
            assert not resting_after_withdrawal(database, race.citizen)
            assert len(proposals(database, race.citizen)) == (race.proposed is not None)
            if race.proposed is None:
                outcomes["withdrawal first"] += 1
                continue
            outcomes["proposal first"] += 1
            assert race.proposed.position < race.withdrawn.position
            handover = UUID(race.proposed.ids["handover"])
            proposal, items = town.access.handover(town.reader("ann"), handover, "employment")
            assert "handover.proposed" == proposal.event
            assert [] == items, "what was proposed before is absent when it is opened"
            proposal, items = town.access.handover(town.themself, handover, None)
            assert [race.item] == [entry.event_id for entry in items]
    assert ROUNDS == saves.refused
    print(outcomes)
    assert all(outcomes.values()), "both orders were met"


def test_the_item_is_there_while_the_consent_stands(database: Database, tmp_path: Path) -> None:
    """Control: before the withdrawal the receiver sees the item, so its absence afterwards says something."""
    town = settle(database, tmp_path)
    citizen = town.enrol()
    town.task(citizen, "ann")
    town.task(citizen, "mette", "coordinator")
    consent = town.consent(citizen, "jobcentre", "wishes")
    position = town.hope(citizen, "citizen", "En hund", "wishes").position
    item = next(item.event_id for item, _ in town.hub.items(citizen) if item.position == position)
    answer = commands.propose_handover(
        town.hub, town.actor("mette"), citizen, town.partner("jobcentre"), kind="knowledge", items=(item,)
    )
    handover = UUID(answer.ids["handover"])
    _, items = town.access.handover(town.reader("ann"), handover, "employment")
    assert [item] == [entry.event_id for entry in items]
    commands.withdraw_consent(town.hub, CITIZEN, citizen, consent)
    _, items = town.access.handover(town.reader("ann"), handover, "employment")
    assert [] == items


def test_without_disclosure_authorised_it_fails(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: when resting on a consent is not recorded on the consents, a proposal comes after the withdrawal."""
    monkeypatch.setattr(Consents, "authorise_handover", lambda *_args: None)
    town = settle(database, tmp_path)
    with ThreadPoolExecutor(2) as pool:
        saves = Saves(town, monkeypatch)
        broken = any(resting_after_withdrawal(database, Round(town, pool).citizen) for _ in range(ROUNDS))
    assert 0 == saves.refused
    assert broken
    print("control: caught")
