"""Explain: at any moment it tells what the rows told then, why, and what made the difference between two moments."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from hub.aggregates import Text
from hub.application import commands, explain
from hub.application.explain import Asked, At, Explanation
from hub.application.reading import Reader
from hub.clock import from_microseconds
from hub.errors import AccessDenied, BadInput
from hub.postgres import Database
from hub.vocabulary import CATEGORY_BIT, Category
from tests.building import CITIZEN, HUB_ITSELF, WIDE, Town, rich, settle


def asked(town: Town, citizen: UUID, partner: str, **terms: Any) -> Explanation:
    """The citizen asks."""
    return town.access.explain(town.themself, citizen, town.partner(partner), Asked(**terms))


def seen(found: Explanation) -> dict[UUID, tuple[str, ...]]:
    """What is seen: the fields of each event."""
    return {one.item.event_id: tuple(sorted(f.name for f in one.disclosure.fields)) for one in found.seen}


def rows(town: Town, citizen: UUID, partner: str) -> dict[UUID, tuple[str, ...]]:
    """What the partner's system has."""
    town.run("timeline")
    town.run("partner_view")
    entries = town.access.view(town.themself, town.partner(partner), citizen, None)
    return {entry.event_id: tuple(sorted(entry.fields)) for entry in entries}


def life(town: Town) -> tuple[UUID, list[tuple[int, datetime, dict[str, Any]]]]:
    """A citizen's life: after each command the position, the moment, and what every partner's system had then."""
    citizen, moments = rich(town, hopes=1), []
    partners = ("jobcentre", "social_psychiatry", "addiction_treatment")

    def note() -> None:
        head = town.hub.log.head()[0]
        moments.append((head, town.clock(), {name: rows(town, citizen, name) for name in partners}))

    consent = town.consent(citizen, "addiction_treatment", "wishes", "contact", window=WIDE)
    note()
    for number in range(3):
        town.hope(citizen, "citizen", f"Håb {number}", "wishes")
        note()
    town.later()
    commands.narrow_consent(town.hub, CITIZEN, citizen, consent, categories=frozenset({"wishes"}))
    note()
    town.later()
    block = commands.set_block(
        town.hub, CITIZEN, citizen, town.partner("jobcentre"), categories=frozenset({"wishes"})
    )
    note()
    town.later(days=1)
    commands.lift_block(town.hub, CITIZEN, citizen, UUID(block.ids["block"]))
    note()
    town.later(days=1)
    commands.adopt_ceiling(town.hub, HUB_ITSELF, town.partner("jobcentre"), frozenset({"contact"}))
    note()
    town.later()
    commands.withdraw_consent(town.hub, CITIZEN, citizen, partner=town.partner("addiction_treatment"))
    note()
    return citizen, moments


def test_at_any_position_it_is_what_the_rows_were(database: Database, tmp_path: Path) -> None:
    """Asked of a position or of a moment, it tells what the partner's rows told then, and where that was."""
    town = settle(database, tmp_path)
    citizen, moments = life(town)
    kinds = set()
    for position, moment, had in moments:
        for partner, theirs in had.items():
            found = asked(town, citizen, partner, at=At(position))
            assert theirs == seen(found), (position, partner)
            assert (position, moment) == (found.point.position, found.point.recorded)
            later = moment + timedelta(microseconds=1)
            assert theirs == seen(asked(town, citizen, partner, at=At(before=later)))
            kinds.add(len(theirs))
    assert len(kinds) > 3
    wrong = [had for position, _, had in moments if had["jobcentre"] != moments[-1][2]["jobcentre"]]
    assert wrong, "every moment was alike: nothing was tested"
    print("control: caught")


def test_a_moment_means_the_last_position_recorded_before_it(database: Database, tmp_path: Path) -> None:
    """For every moment at, before and after each record, the position is that of the last one recorded before it."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    records = town.hub.log.after(0, 1000)
    moments = {record.log_time + timedelta(microseconds=by) for record in records for by in (-1, 0, 1)}
    for moment in moments:
        last = max((record.position for record in records if record.log_time < moment), default=0)
        found = asked(town, citizen, "jobcentre", at=At(before=moment))
        assert last == found.point.position
        assert (found.point.recorded is None) is (last == 0)
        assert found.point.now == moment
    with pytest.raises(BadInput):
        asked(town, citizen, "jobcentre", at=At(len(records) + 1))


def test_why_something_is_seen_names_the_consent(database: Database, tmp_path: Path) -> None:
    """The chain: which consent, on what, for what, until when; own records and invitations are said to be so."""
    town = settle(database, tmp_path)
    citizen = rich(town, hopes=0)
    until = town.clock() + timedelta(days=30)
    consent = town.consent(citizen, "addiction_treatment", "wishes", "contact", until=until)
    town.task(citizen, "eva")
    town.hope(citizen, "citizen", "En hund", "wishes")
    town.hope(citizen, "eva", "En kat", "wishes", "addiction")
    found = asked(town, citizen, "addiction_treatment")
    by_how = {sight.how: sight for sight in found.seen if sight.item.event == "citizen.hope_told"}
    assert {"consent", "own"} == set(by_how)
    assert (consent,) == by_how["consent"].grants
    grant = found.grants[consent]
    assert grant.ends is not None
    assert until == from_microseconds(grant.ends)
    assert by_how["consent"].labels == CATEGORY_BIT[Category.WISHES]
    assert found.entries[by_how["consent"].item.event_id].fields["words"]["text"] == "En hund"
    assert "named" in {sight.how for sight in found.seen}


@pytest.mark.parametrize(
    ("labels", "code"),
    [
        (("health",), "over_ceiling"),
        (("wishes",), "not_this_time"),
        (("contact",), "not_this_category"),
        (("work",), "blocked"),
    ],
)
def test_why_something_is_absent(
    database: Database, tmp_path: Path, labels: tuple[str, ...], code: str
) -> None:
    """A ceiling, the time, the category, a block: each is the reason that is told, with the labels it is about."""
    town = settle(database, tmp_path)
    citizen = town.enrol()
    town.hope(citizen, "citizen", "Et håb", *labels)
    town.consent(citizen, "jobcentre", "wishes", "work")
    town.later()
    blocked = {"categories": frozenset({"work"})}
    commands.set_block(town.hub, CITIZEN, citizen, town.partner("jobcentre"), **blocked)
    if code != "not_this_time":
        town.hope(citizen, "citizen", "Et håb", *labels)
    last = max((one for one in asked(town, citizen, "jobcentre").absent if one.item.event == "citizen.hope_told"),
               key=lambda one: one.item.position)  # fmt: skip
    reasons = {cause.reason.code: cause.reason.labels for cause in last.causes}
    assert code in reasons
    assert reasons[code] == CATEGORY_BIT[Category(labels[0])]


def test_the_difference_says_what_made_it(database: Database, tmp_path: Path) -> None:
    """Between two moments: gained by a consent, lost by a withdrawal, recorded in between, and ended by time alone."""
    town = settle(database, tmp_path)
    citizen = rich(town, hopes=2)
    start = town.hub.log.head()[0]
    until = town.clock() + timedelta(days=1)
    town.consent(citizen, "addiction_treatment", "wishes", "contact", window=WIDE, until=until)
    town.hope(citizen, "citizen", "Et nyt", "wishes")
    found = asked(town, citizen, "addiction_treatment", against=At(start))
    because = {one.item.event_id: one.because for one in found.turns if one.item.event == "citizen.hope_told"}
    assert {"gained"} == {one.kind for one in found.turns}
    assert {("grant",): 2, ("recorded",): 1} == count(because.values())

    town.later(days=2)
    over = asked(town, citizen, "addiction_treatment", against=At(town.hub.log.head()[0]))
    assert {"lost"} == {one.kind for one in over.turns}
    assert {("time",)} == {tuple(cause.kind for cause in one.because) for one in over.turns}
    assert until == over.turns[0].because[0].at

    town.later()
    commands.withdraw_consent(town.hub, CITIZEN, citizen, partner=town.partner("jobcentre"))
    gone = asked(town, citizen, "jobcentre", against=At(start))
    lost = [one for one in gone.turns if one.kind == "lost"]
    assert 2 == sum(one.item.event == "citizen.hope_told" for one in lost)
    assert {("ended",)} == {tuple(cause.kind for cause in one.because) for one in lost}
    assert {"consents.withdrawn"} == {cause.event for one in lost for cause in one.because}
    assert [] == asked(town, citizen, "jobcentre", against=At()).turns


def count(causes: Any) -> dict[tuple[str, ...], int]:
    """How many of each kind."""
    found: dict[tuple[str, ...], int] = {}
    for because in causes:
        kinds = tuple(one.kind for one in because)
        found[kinds] = found.get(kinds, 0) + 1
    return found


def test_the_difference_is_that_of_the_two_answers(database: Database, tmp_path: Path) -> None:
    """Between any two moments of a life the difference is what differs between the two answers, and has a cause."""
    town = settle(database, tmp_path)
    citizen, moments = life(town)
    for partner in ("jobcentre", "addiction_treatment"):
        for first, _, had in moments[::2]:
            for last, _, has in moments:
                if last <= first:
                    continue
                found = asked(town, citizen, partner, at=At(last), against=At(first))
                kinds = {turn.item.event_id: turn.kind for turn in found.turns}
                assert all(turn.because for turn in found.turns)
                old, new = had[partner], has[partner]
                assert {e for e in new if e not in old} == {
                    e for e, kind in kinds.items() if kind == "gained"
                }
                assert {e for e in old if e not in new} == {e for e, kind in kinds.items() if kind == "lost"}
                other_way = asked(town, citizen, partner, at=At(first), against=At(last))
                assert found.turns == other_way.turns


def test_a_person_is_explained_as_on_the_screen(database: Database, tmp_path: Path) -> None:
    """With a person the channel is the screen, and the purposes are those of the person's tasks."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    ann, bo = town.persons["ann"], town.add_person("bo", "jobcentre")
    town.run("timeline")
    found = asked(town, citizen, "jobcentre", person=ann)
    entries = town.access.timeline(town.reader("ann"), citizen, "employment", limit=1000).entries
    assert {entry.event_id for entry in entries} == set(seen(found))
    assert ("screen", ("employment",)) == (found.channel, found.purposes)
    nobody = asked(town, citizen, "jobcentre", person=bo)
    assert [] == nobody.seen
    assert nobody.shut is not None
    assert nobody.shut.code == "no_purpose"
    asked_for = asked(town, citizen, "jobcentre", person=bo, purpose="employment")
    assert asked_for.shut is not None
    assert asked_for.shut.code == "no_task"
    town.later()
    commands.set_block(town.hub, CITIZEN, citizen, town.partner("jobcentre"), person=ann)
    only = asked(town, citizen, "jobcentre").shut
    assert only is not None
    assert only.code == "screens_only"


def test_an_auditor_gets_no_content_and_must_give_grounds(database: Database, tmp_path: Path) -> None:
    """Metadata and reasons, not one word of anybody's; without grounds the one denial. Both are logged."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    whole = asked(town, citizen, "jobcentre")
    terms = (Reader.auditor(), citizen, town.partner("jobcentre"), Asked())
    found = town.access.explain(*terms, grounds=True)
    assert seen(whole) == seen(found)
    assert {} == found.entries
    assert "Håb" in repr(whole.entries)
    with pytest.raises(AccessDenied):
        town.access.explain(*terms)
    with psycopg.connect(database.conninfo) as connection:
        lines = connection.execute(
            "SELECT role, surface, permitted, reasons FROM access_log ORDER BY id DESC LIMIT 2"
        ).fetchall()
    assert lines == [
        ("auditor", "explain", False, ["not_entitled"]),
        ("auditor", "explain", True, ["grounds_given"]),
    ]


def test_everybody_else_gets_the_one_denial(database: Database, tmp_path: Path) -> None:
    """Staff with a task, strangers and the operator are told nothing, nor whether there is such a citizen."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    words = set()
    for reader in (town.reader("ann"), town.reader("mette"), Reader.operator()):
        for whom in (citizen, uuid4()):
            with pytest.raises(AccessDenied) as caught:
                town.access.explain(reader, whom, town.partner("jobcentre"), Asked())
            words.add(str(caught.value))
    for terms in (Asked(), Asked(event=uuid4())):
        with pytest.raises(AccessDenied) as caught:
            town.access.explain(town.themself, uuid4(), town.partner("jobcentre"), terms)
        words.add(str(caught.value))
    assert 1 == len(words)


def test_a_correction_is_explained_with_its_words(database: Database, tmp_path: Path) -> None:
    """A corrected text shows the latest words; the difference says that a correction made it."""
    town = settle(database, tmp_path)
    citizen = rich(town, hopes=1)
    hope = next(item for item, _ in town.hub.items(citizen) if item.event == "citizen.hope_told")
    start = town.hub.log.head()[0]
    town.later()
    commands.correct(town.hub, CITIZEN, citizen, hope.event_id, "words", text=Text.of("En kat", "wishes"))
    town.run("timeline")
    found = asked(town, citizen, "jobcentre", event=hope.event_id, against=At(start))
    assert found.entries[hope.event_id].fields["words"]["text"] == "En kat"
    (turn,) = found.turns
    assert turn.kind == "changed"
    assert ["corrected"] == [one.kind for one in turn.because]


def test_a_walk_that_skips_statements_is_found(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With withdrawals left out on the way, a difference is put down to the wrong cause: the test can fail."""
    step = explain._Walk.step

    def skipping(walk: Any, position: int, said: Any, item: Any) -> None:
        step(walk, position, [one for one in said if one.kind != "ended"], item)

    monkeypatch.setattr(explain._Walk, "step", skipping)
    town = settle(database, tmp_path)
    citizen = rich(town)
    start = town.hub.log.head()[0]
    town.later()
    commands.withdraw_consent(town.hub, CITIZEN, citizen, partner=town.partner("jobcentre"))
    assert [] == asked(town, citizen, "jobcentre", against=At(start)).turns
    print("control: caught")
