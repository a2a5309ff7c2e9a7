"""A preview: nothing is saved, and each reader is told no more of it than they may know."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from hub.aggregates import Actor, Text
from hub.application import commands
from hub.application.hub import Answer
from hub.application.preview import Effect, Preview
from hub.errors import AccessDenied, BadInput, NotPermitted, WrongStatus
from hub.postgres import Database
from hub.vocabulary import Role
from tests.building import CITIZEN, WIDE, Town, rich, settle


def preview(town: Town, command: Callable[[], Answer]) -> Preview:
    """What a command would change, for whoever would carry it out."""
    with town.hub.rehearse() as rehearsal:
        command()
    return town.access.preview(rehearsal)


def give(town: Town, citizen: UUID, partner: str, *categories: str, by: Actor = CITIZEN, **terms: Any) -> Any:
    """A command that gives a consent."""
    purposes = frozenset({"employment", "treatment", "support", "coordination"})
    terms = {"categories": frozenset(categories), "purposes": purposes, **terms}
    return lambda: commands.give_consent(town.hub, by, citizen, town.partner(partner), **terms)


def withdraw(town: Town, citizen: UUID, partner: str, by: Actor = CITIZEN) -> Any:
    """A command that withdraws every consent to a partner."""
    return lambda: commands.withdraw_consent(town.hub, by, citizen, partner=town.partner(partner))


def effect(found: Preview, town: Town, partner: str) -> Effect | None:
    """What would change for one partner."""
    return next((one for one in found.effects if one.partner == town.partner(partner)), None)


def told(found: Effect | None, kind: str, eyes: UUID | None = None) -> list[str]:
    """The events of one kind of change, as one pair of eyes would see them."""
    changes = found.changes if found else ()
    return [one.item.event for one in changes if one.kind == kind and (eyes in one.eyes or not one.eyes)]


def everything(database: Database, *but: str) -> dict[str, list[Any]]:
    """Every row of every table but these."""
    with psycopg.connect(database.conninfo) as connection:
        names = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        return {
            table: sorted(
                connection.execute(sql.SQL("TABLE {}").format(sql.Identifier(schema, table))), key=repr
            )
            for schema, table in names
            if table not in but
        }


def test_a_rehearsal_saves_nothing(database: Database, tmp_path: Path) -> None:
    """Not one row of any table differs afterwards but the line of the access log, and what was refused stays so."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    town.wired.catch_up()
    before = everything(database, "access_log")
    hope = Text.of("Nyt håb", "wishes")
    rehearsed: list[Callable[[], Answer]] = [
        give(town, citizen, "jobcentre", "wishes", window=WIDE),
        withdraw(town, citizen, "jobcentre"),
        lambda: commands.set_block(town.hub, CITIZEN, citizen, town.partner("jobcentre")),
        lambda: commands.tell_hope(town.hub, town.actor("mette"), citizen, hope),
        lambda: commands.record_death(town.hub, town.actor("lene"), citizen),
        lambda: commands.propose_handover(
            town.hub, town.actor("mette"), citizen, town.partner("jobcentre"), kind="knowledge", items=()
        ),
    ]
    for command in rehearsed:
        assert preview(town, command).events
    with town.hub.rehearse() as rehearsal:
        withdraw(town, citizen, "jobcentre")()
        with pytest.raises(WrongStatus):
            withdraw(town, citizen, "jobcentre")()
    assert 1 == len(rehearsal.items)
    assert before == everything(database, "access_log")

    town.hope(citizen, "citizen", "Et håb mere")
    assert before != everything(database, "access_log")
    print("control: caught")
    withdraw(town, citizen, "jobcentre")()
    with pytest.raises(WrongStatus):
        withdraw(town, citizen, "jobcentre")()


def test_a_command_that_was_carried_out_changes_nothing_more(database: Database, tmp_path: Path) -> None:
    """Previewed with the id of a command that is done, the answer is the first one, and nothing would be recorded."""
    town = settle(database, tmp_path)
    citizen, command = rich(town), uuid4()
    do = give(town, citizen, "jobcentre", "wishes", command_id=command)
    answer = do()
    with town.hub.rehearse() as rehearsal:
        assert answer == do()
    assert () == town.access.preview(rehearsal).events


def test_the_citizen_is_told_of_everybody(database: Database, tmp_path: Path) -> None:
    """A consent with a window: who gains what on which surface, and whose name the partner comes to know."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    town.task(citizen, "eva")
    found = preview(town, give(town, citizen, "addiction_treatment", "contact", "wishes", window=WIDE))
    assert [one.event for one in found.events] == ["consents.given"]
    assert [town.partner("addiction_treatment")] == [one.partner for one in found.effects]
    gains = effect(found, town, "addiction_treatment")
    assert 3 == told(gains, "gained").count("citizen.hope_told")
    assert told(gains, "gained") == told(gains, "gained", town.persons["eva"])
    others = {town.partner(name) for name in ("authority", "social_psychiatry", "jobcentre")}
    assert gains is not None
    assert others == set(gains.learns)
    again = effect(preview(town, give(town, citizen, "jobcentre", "finances")), town, "jobcentre")
    assert again is not None
    assert () == again.learns


def test_a_block_on_a_person_says_who_loses_what(database: Database, tmp_path: Path) -> None:
    """The person loses everything, the partner's system too (screens only), and a colleague loses nothing."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    bo = town.add_person("bo", "jobcentre")
    terms = ("relation", town.partner("jobcentre"), bo, "employment")
    commands.assign(town.hub, town.actor("lene"), citizen, *terms)
    ann, where = town.persons["ann"], town.partner("jobcentre")
    found = preview(town, lambda: commands.set_block(town.hub, CITIZEN, citizen, where, person=ann))
    losses = effect(found, town, "jobcentre")
    assert 3 == told(losses, "lost", ann).count("citizen.hope_told")
    assert 3 == told(losses, "lost").count("citizen.hope_told")
    assert [] == told(losses, "lost", bo)


def test_an_invitation_says_who_learns_of_whom(database: Database, tmp_path: Path) -> None:
    """Approving a list with an addiction centre on it: the invited one learns of it, when the citizen knew so."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    jobcentre, centre = town.partner("jobcentre"), town.partner("addiction_treatment")
    town.later()
    why = Text.of("Næste skridt", "meetings")
    answer = commands.convene(
        town.hub, town.actor("mette"), citizen, kind="network", starts=town.clock() + timedelta(days=2),
        purpose=why,
    )  # fmt: skip
    meeting = UUID(answer.ids["meeting"])

    def invite(do: Callable[[Any, Any], None], by: Actor) -> Callable[[], Answer]:
        return lambda: commands.on_meeting(town.hub, by, citizen, meeting, do)

    mette = town.actor("mette")
    invited = invite(lambda one, act: one.invite(jobcentre, (centre,), act, purpose=why), mette)
    assert preview(town, invited).events
    invited()
    town.later()
    unknowing = preview(town, invite(lambda one, act: one.approve((jobcentre,), (), act), CITIZEN))
    knowing = preview(town, invite(lambda one, act: one.approve((jobcentre,), (centre,), act), CITIZEN))
    for found, learns in ((unknowing, False), (knowing, True)):
        change = effect(found, town, "jobcentre")
        assert (centre in (change.learns if change else ())) is learns


def test_staff_are_told_only_what_they_may_know(database: Database, tmp_path: Path) -> None:
    """The tovholder: partners whose name they may know, events that they see. Others: their own. Strangers: nothing."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    commands.give_consent(
        town.hub, CITIZEN, citizen, town.partner("addiction_treatment"), categories=frozenset({"wishes"}),
        purposes=frozenset({"treatment"}), window=WIDE,
    )  # fmt: skip
    town.hope(citizen, "citizen", "Om rusmidler", "wishes", "addiction")
    mette, lene = town.actor("mette"), town.actor("lene")
    whole = effect(preview(town, withdraw(town, citizen, "jobcentre")), town, "jobcentre")
    assert 3 == told(whole, "lost").count("citizen.hope_told")

    theirs = effect(preview(town, withdraw(town, citizen, "jobcentre", mette)), town, "jobcentre")
    assert theirs is not None
    assert ["citizen.hope_told"] * 3 == told(theirs, "lost")
    assert all(not change.eyes for change in theirs.changes)
    assert effect(preview(town, withdraw(town, citizen, "jobcentre", lene)), town, "jobcentre") is None
    for by in (mette, lene):
        hidden = preview(town, withdraw(town, citizen, "addiction_treatment", by))
        assert effect(hidden, town, "addiction_treatment") is None
        assert town.partner("addiction_treatment") not in {n for one in hidden.effects for n in one.learns}

    own = preview(town, give(town, citizen, "jobcentre", "finances", by=town.actor("lene"), form="spoken",
                             witness=town.persons["mette"], window=WIDE))  # fmt: skip
    assert {town.partner("authority")} >= {one.partner for one in own.effects}


def test_staff_learn_nothing_of_what_they_would_gain(database: Database, tmp_path: Path) -> None:
    """A consent to one's own organisation: what is behind it is not told beforehand, whatever there is."""
    town = settle(database, tmp_path)
    answers = []
    for hidden in (True, False):
        citizen = rich(town)
        if hidden:
            town.hope(citizen, "citizen", "Om helbred", "wishes", "health")
        spoken = {"form": "spoken", "witness": town.persons["lene"], "window": WIDE}
        by = town.actor("ann")
        found = preview(town, give(town, citizen, "social_psychiatry", "health", by=by, **spoken))
        answers.append([[(c.kind, c.item.event, c.gained) for c in one.changes] for one in found.effects])
    assert answers[0] == answers[1]


def test_who_has_no_task_is_denied_and_it_is_logged(database: Database, tmp_path: Path) -> None:
    """A colleague without a task, an emergency opened as if, and the hub itself: the one denial, with a line each."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    town.add_person("bo", "jobcentre")
    hope = Text.of("Et håb", "wishes")
    denied: list[Callable[[], Answer]] = [
        lambda: commands.tell_hope(town.hub, town.actor("bo"), citizen, hope),
        lambda: commands.open_emergency(
            town.hub, town.actor("lene"), rich(town), reason=Text.of("Akut", "contact"), call_back=True
        ),
        lambda: commands.expire_consents(town.hub, citizen),
    ]
    town.consent(citizen, "jobcentre", "work", until=town.clock() + timedelta(seconds=2))
    town.later(seconds=5)
    commands.end_relation(
        town.hub, town.actor("lene"), citizen, town.partner("authority"), town.persons["lene"]
    )
    for command in (denied[0], denied[2]):
        with pytest.raises(AccessDenied):
            preview(town, command)
    with psycopg.connect(database.conninfo) as connection:
        lines = connection.execute(
            "SELECT role, surface, permitted, reasons FROM access_log ORDER BY id DESC LIMIT 2"
        ).fetchall()
    assert {("partner", "preview", False), ("operator", "preview", False)} == {line[:3] for line in lines}
    assert all(line[3] for line in lines)


def test_an_emergency_is_not_looked_into_by_preview(database: Database, tmp_path: Path) -> None:
    """Somebody without a task previews an emergency access: denied as if there were no such citizen."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    reason = Text.of("Akut", "contact")
    eva = town.add_person("eli", "social_psychiatry")
    assert eva
    for whom in (citizen, uuid4()):
        with pytest.raises(AccessDenied) as caught:
            preview(
                town,
                lambda whom=whom: commands.open_emergency(
                    town.hub, town.actor("eli"), whom, reason=reason, call_back=True
                ),
            )
        assert str(caught.value).startswith("Der er intet at vise.")


def test_a_representative_is_told_what_is_within_the_scope(database: Database, tmp_path: Path) -> None:
    """What lies outside the recorded scope is not in the preview; a stranger's preview is denied."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    town.hope(citizen, "citizen", "Om arbejde", "wishes", "work")
    person = uuid4()
    town.wired.vault.register_person(person, "rita", None, "værge", "Rita Prøve")
    commands.register_representative(
        town.hub, town.actor("lene"), citizen, person, frozenset({"wishes", "contact"})
    )
    town.later()
    rita = Actor(Role.REPRESENTATIVE, person=person, function="værge")
    found = effect(preview(town, withdraw(town, citizen, "jobcentre", rita)), town, "jobcentre")
    whole = effect(preview(town, withdraw(town, citizen, "jobcentre")), town, "jobcentre")
    assert 3 == told(found, "lost").count("citizen.hope_told")
    assert 4 == told(whole, "lost").count("citizen.hope_told")
    with pytest.raises(NotPermitted):
        preview(town, give(town, citizen, "jobcentre", "health", by=rita))


def test_one_citizen_at_a_time(database: Database, tmp_path: Path) -> None:
    """A rehearsal about two citizens is no preview."""
    town = settle(database, tmp_path)
    one, other = rich(town), rich(town)
    with town.hub.rehearse() as rehearsal:
        withdraw(town, one, "jobcentre")()
        withdraw(town, other, "jobcentre")()
    with pytest.raises(BadInput):
        town.access.preview(rehearsal)
