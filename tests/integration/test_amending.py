"""What is said of an event afterwards, on a real store: who may say it, and what is then gone for good."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.aggregates import Act, Actor, Amendable, Text
from hub.application import commands
from hub.application.access import GONE
from hub.application.hub import Work
from hub.errors import AccessDenied, BadInput, NotFound, NotPermitted, WrongStatus
from hub.postgres import Database
from hub.vocabulary import Role
from tests.building import CITIZEN, START, Town, settle


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """A hub with four partners."""
    return settle(database, tmp_path)


@pytest.fixture
def karla(town: Town) -> UUID:
    """A citizen; the jobcentre may know of wishes, and of work; the addiction centre of nothing."""
    karla = town.enrol()
    town.task(karla, "lene")
    town.task(karla, "mette", "coordinator")
    town.task(karla, "ann")
    town.task(karla, "eva")
    town.consent(karla, "jobcentre", "wishes", "work")
    return karla


def told(town: Town, karla: UUID, by: str = "mette", words: str = "En hund", *labels: str) -> UUID:
    """A hope; the id of its event."""
    position = town.hope(karla, by, words, *labels).position
    return next(item.event_id for item, _ in town.hub.items(karla) if item.position == position)


def keys(town: Town) -> set[UUID]:
    """The events whose words can be opened, straight from the table."""
    with town.database.connection() as connection:
        return {row[0] for row in connection.execute("SELECT event_id FROM vault_text_keys").fetchall()}


def text(words: str = "To hunde", *labels: str) -> Text:
    """Words with a label."""
    return Text.of(words, *(labels or ("wishes",)))


def last(town: Town, karla: UUID) -> Any:
    """The event recorded last, opened."""
    return town.hub.items(karla)[-1]


# Who may.


def test_who_recorded_the_citizen_and_who_sees_it_correct(town: Town, karla: UUID) -> None:
    """Three who may; the words stand in the log, the subject is the event's own version."""
    event = told(town, karla)
    for actor in (town.actor("mette"), CITIZEN, town.actor("ann")):
        town.later()
        commands.correct(town.hub, actor, karla, event, "words", text=text(), reason=text("Hørte forkert"))
        item, opened = last(town, karla)
        subject = next(one for found, one in town.hub.items(karla) if found.event_id == event)
        assert ("event.corrected", subject.version) == (item.event, opened.body["subject"])
        assert subject.originator_id == opened.originator_id


def test_who_may_not_see_it_learns_nothing_of_it(town: Town, karla: UUID) -> None:
    """An event that is not there and one that is hidden are denied in the same words, for all that can be said."""
    hidden = told(town, karla, "mette", "Noget om sundhed", "health")
    sentences = set()
    for event in (hidden, uuid4()):
        for who in ("ann", "eva"):
            actor = town.actor(who)
            for command in (
                lambda e=event, a=actor: commands.correct(town.hub, a, karla, e, "words", text=text()),
                lambda e=event, a=actor: commands.relabel(
                    town.hub, a, karla, e, None, add=frozenset({"plan"})
                ),
                lambda e=event, a=actor: commands.dispute(town.hub, a, karla, e, text()),
                lambda e=event, a=actor: commands.misfile(town.hub, a, karla, e, text()),
            ):
                with pytest.raises(AccessDenied) as denied:
                    command()
                sentences.add(str(denied.value))

    assert 1 == len(sentences)


def test_the_citizen_is_told_what_is_not_there(town: Town, karla: UUID) -> None:
    """It is their own: a wrong reference is named as one."""
    with pytest.raises(NotFound, match="no such event"):
        commands.correct(town.hub, CITIZEN, karla, uuid4(), "words", text=text())


# What can be corrected.


def test_only_words_plain_values_and_the_time_are_corrected(town: Town, karla: UUID) -> None:
    """Key fields, names, terms and what is not there are refused; a value must be of the field's kind."""
    town.later()
    meeting = UUID(
        commands.convene(
            town.hub, town.actor("mette"), karla, kind="network", starts=town.clock(), purpose=text("Næste")
        ).ids["meeting"]
    )
    convened = last(town, karla)[0].event_id
    town.later()
    commands.on_meeting(
        town.hub,
        town.actor("mette"),
        karla,
        meeting,
        lambda found, act: found.agree(
            uuid4(), act, owner=town.partner("jobcentre"), parties=(), what=text("Ringe", "agreements")
        ),
    )
    agreed = last(town, karla)[0].event_id
    mette = town.actor("mette")
    wrong: list[tuple[UUID, str, dict[str, Any]]] = [
        (agreed, "owner", {"value": '"x"'}),
        (agreed, "parties", {"value": "[]"}),
        (agreed, "agreement", {"value": '"x"'}),
        (agreed, "due", {"value": '"2026-03-01"'}),  # nothing stands there
        (agreed, "nothing", {"text": text()}),
        (agreed, "act", {"value": "{}"}),
        (agreed, "what", {"value": '"x"'}),
        (convened, "place", {"text": text()}),
        (convened, "kind", {"value": '"party"'}),
        (convened, "kind", {"text": text()}),
        (convened, "starts", {"value": '"2026-03-01"'}),
        (convened, "starts", {"value": "true"}),
        (convened, "starts", {"value": "-99999999999999999999"}),
        (convened, "starts", {"value": "not json"}),
        (convened, "occurred", {"value": '"2026-03-01"'}),
        (convened, "occurred", {"value": "7"}),
        (convened, "occurred", {"value": '"0001-01-01T00:00:00+00:00"'}),
    ]
    before = town.hub.log.head()[0]
    for event, field, terms in wrong:
        with pytest.raises(BadInput):
            commands.correct(town.hub, mette, karla, event, field, **terms)
    assert before == town.hub.log.head()[0]
    for event, field, terms in (
        (convened, "kind", {"value": '"follow_up"'}),
        (convened, "starts", {"value": "1772445600000000"}),
        (convened, "occurred", {"value": '"2026-02-01T10:00:00+01:00"'}),
        (convened, "occurred", {}),
        (agreed, "what", {"text": text("Skrive", "agreements")}),
    ):
        town.later()
        commands.correct(town.hub, mette, karla, event, field, **terms)


def test_who_sees_a_part_corrects_that_part(town: Town, karla: UUID) -> None:
    """A field that is not disclosed is refused like one that does not exist."""
    town.later()
    town.consent(karla, "jobcentre", "meetings", "health")
    town.later()
    commands.record_contact(
        town.hub, town.actor("mette"), karla, text=text("Gik", "work"), absence=text("Syg", "attendance")
    )
    event = last(town, karla)[0].event_id
    with pytest.raises(BadInput) as hidden:
        commands.correct(town.hub, town.actor("ann"), karla, event, "absence", text=text())
    with pytest.raises(BadInput) as missing:
        commands.correct(town.hub, town.actor("ann"), karla, event, "nothing", text=text())
    assert str(hidden.value) == str(missing.value)
    town.later()
    commands.correct(town.hub, town.actor("ann"), karla, event, "text", text=text("Løb", "work"))


def test_the_citizen_takes_away_any_label_but_the_last(town: Town, karla: UUID) -> None:
    """One that is not there is refused with those that are; what was taken away can come back."""
    event = told(town, karla, "citizen", "En hund", "wishes", "health")
    with pytest.raises(BadInput, match="only wishes, health"):
        commands.relabel(town.hub, CITIZEN, karla, event, "words", remove=frozenset({"work"}))
    with pytest.raises(BadInput, match="last label"):
        commands.relabel(town.hub, CITIZEN, karla, event, "words", remove=frozenset({"wishes", "health"}))
    with pytest.raises(BadInput, match="last label"):
        commands.relabel(town.hub, CITIZEN, karla, event, None, remove=frozenset({"wishes"}))
    commands.relabel(town.hub, CITIZEN, karla, event, "words", remove=frozenset({"health"}))
    with pytest.raises(BadInput, match="last label"):
        commands.relabel(town.hub, CITIZEN, karla, event, "words", remove=frozenset({"wishes"}))
    commands.correct(town.hub, CITIZEN, karla, event, "words", text=text("En hund", "health"))
    commands.relabel(town.hub, CITIZEN, karla, event, "words", remove=frozenset({"wishes"}))


def test_a_label_that_is_added_takes_the_words_away_from_who_may_not_have_it(town: Town, karla: UUID) -> None:
    """The jobcentre reads a hope until somebody says that it is about health."""
    event = told(town, karla)
    town.later()
    assert seen(town, karla, "ann", event)
    commands.relabel(town.hub, town.actor("mette"), karla, event, "words", add=frozenset({"health"}))
    town.later()

    assert not seen(town, karla, "ann", event)


def seen(town: Town, karla: UUID, who: str, event: UUID) -> list[str]:
    """The words of an event that somebody reads on the timeline."""
    town.wired.catch_up()
    reader = town.themself if who == "citizen" else town.reader(who)
    purpose = {"ann": "employment", "mette": "coordination", "lene": "casework"}.get(who)
    try:
        entries = town.access.timeline(reader, karla, purpose).entries
    except AccessDenied:
        return []
    return [
        value["text"]
        for entry in entries
        if entry.event_id == event
        for value in entry.fields.values()
        if isinstance(value, dict) and "text" in value
    ]


# Written on the wrong person.


def test_what_was_misfiled_can_be_read_by_nobody(town: Town, karla: UUID) -> None:
    """The keys of its words and of its correction go in that very transaction; every other text still opens."""
    wrong, other = told(town, karla, "mette", "Om en anden"), told(town, karla, "mette", "En hund")
    commands.correct(town.hub, town.actor("mette"), karla, wrong, "words", text=text("Om en tredje"))
    correction = last(town, karla)[0].event_id
    town.later()
    town.wired.catch_up()
    before = keys(town)
    assert {wrong, correction, other} <= before
    assert seen(town, karla, "ann", other) == ["En hund"]
    commands.misfile(town.hub, town.actor("mette"), karla, wrong, text("Det var en anden borger"))
    misfiled = last(town, karla)[0].event_id

    assert keys(town) == before - {wrong, correction} | {misfiled}
    for who in ("mette", "ann", "lene"):
        assert "Om en" not in str(seen(town, karla, who, wrong))
        assert not set(seen(town, karla, who, wrong)) - {GONE}
    assert [GONE] == seen(town, karla, "citizen", wrong)
    for who in ("mette", "ann", "citizen"):
        assert ["En hund"] == seen(town, karla, who, other)
    town.wired.catch_up()
    rows = town.access.view(town.themself, town.partner("jobcentre"), karla, None)
    assert "Om en" not in str(rows)
    assert "En hund" in str(rows)


def test_a_partners_row_tells_nothing_before_its_view_has_caught_up(town: Town, karla: UUID) -> None:
    """What was written to the view before is sealed: without the key it is gone, whatever the consumers' lag."""
    wrong = told(town, karla, "mette", "Om en anden")
    town.later()
    town.wired.catch_up()
    before = town.access.view(town.themself, town.partner("jobcentre"), karla, None)
    assert "Om en anden" in str(before)  # control: it is there to be lost
    commands.misfile(town.hub, town.actor("mette"), karla, wrong, text("Forkert"))
    after = town.access.view(town.themself, town.partner("jobcentre"), karla, None)

    assert "Om en anden" not in str(after)


def test_who_wrote_it_or_the_authority_says_that_it_is_misfiled(town: Town, karla: UUID) -> None:
    """Who only sees it is refused; twice is refused; nothing is corrected in it afterwards."""
    event = told(town, karla)
    for actor in (town.actor("ann"), CITIZEN):
        with pytest.raises(NotPermitted):
            commands.misfile(town.hub, actor, karla, event, text())
    assert event in keys(town)
    commands.misfile(town.hub, town.actor("lene"), karla, event, text())
    with pytest.raises(WrongStatus):
        commands.misfile(town.hub, town.actor("mette"), karla, event, text())
    with pytest.raises(WrongStatus):
        commands.correct(town.hub, CITIZEN, karla, event, "words", text=text())


def test_a_misfiling_that_is_sent_again_is_the_same(town: Town, karla: UUID) -> None:
    """The same command id answers the same, and destroys nothing more."""
    event, command = told(town, karla), uuid4()
    mette = town.actor("mette")
    first = commands.misfile(town.hub, mette, karla, event, text(), command_id=command)
    left = keys(town)

    assert first == commands.misfile(town.hub, mette, karla, event, text(), command_id=command)
    assert left == keys(town)


# Who acts for the citizen.


def bodil(town: Town) -> Actor:
    """Somebody who works at no partner."""
    person = uuid4()
    town.wired.vault.register_person(person, "bodil", None, "værge", "Bodil Prøve")
    town.persons["bodil"] = person
    return town.actor("bodil")


def test_a_representative_acts_on_their_own_citizen_within_the_scope(town: Town, karla: UUID) -> None:
    """A hope about wishes is told; about health it is refused; on anybody else's citizen there is nothing."""
    acting, other = bodil(town), town.enrol(name="En anden")
    assert (Role.REPRESENTATIVE, None) == (acting.role, acting.partner)
    with pytest.raises(AccessDenied):
        commands.tell_hope(town.hub, acting, karla, text())
    commands.register_representative(
        town.hub, town.actor("lene"), karla, town.persons["bodil"], frozenset({"wishes"})
    )
    town.later()
    commands.tell_hope(town.hub, acting, karla, text())
    item, opened = last(town, karla)
    assert (None, "representative") == (item.source, opened.body["act"]["role"])
    for command in (
        lambda: commands.tell_hope(town.hub, acting, karla, text("Syg", "health")),
        lambda: commands.make_crisis_agreement(town.hub, acting, karla, text("Ring", "wishes")),
        lambda: commands.record_death(town.hub, acting, karla),
    ):
        with pytest.raises(NotPermitted):
            command()
    with pytest.raises(AccessDenied):
        commands.tell_hope(town.hub, acting, other, text())
    town.later()
    commands.end_representative(town.hub, town.actor("lene"), karla, town.persons["bodil"])
    with pytest.raises(AccessDenied):
        commands.tell_hope(town.hub, acting, karla, text())


def test_a_representative_disputes_what_is_within_the_scope(town: Town, karla: UUID) -> None:
    """What is outside it does not exist for them."""
    acting = bodil(town)
    inside, outside = told(town, karla), told(town, karla, "mette", "Syg", "health")
    commands.register_representative(
        town.hub, town.actor("lene"), karla, town.persons["bodil"], frozenset({"wishes"})
    )
    commands.dispute(town.hub, acting, karla, inside, text("Det passer ikke"))
    with pytest.raises(AccessDenied):
        commands.dispute(town.hub, acting, karla, outside, text("Det passer ikke"))


def test_a_representative_withdraws_for_their_own_citizen_alone(town: Town, karla: UUID) -> None:
    """Withdrawing needs no scope; on anybody else's citizen, and for nobody's representative, there is nothing."""
    acting, jobcentre = bodil(town), town.partner("jobcentre")
    with pytest.raises(AccessDenied):
        commands.withdraw_consent(town.hub, acting, karla, partner=jobcentre)
    assert any(said.kind == "grant" for said in town.hub.log.citizen_statements([karla]))
    assert not any(said.kind == "ended" for said in town.hub.log.citizen_statements([karla]))
    commands.register_representative(
        town.hub, town.actor("lene"), karla, town.persons["bodil"], frozenset({"measures"})
    )
    town.later()
    commands.withdraw_consent(town.hub, acting, karla, partner=jobcentre)

    assert any(said.kind == "ended" for said in town.hub.log.citizen_statements([karla]))


def test_a_corrected_time_is_a_time_for_every_reader(town: Town, karla: UUID) -> None:
    """What was corrected is read in the same form as what was recorded: by the citizen, and by who may see it."""
    town.consent(karla, "jobcentre", "meetings")
    town.later()
    commands.convene(
        town.hub,
        town.actor("mette"),
        karla,
        kind="network",
        starts=town.clock(),
        purpose=text("Næste", "meetings"),
    )
    convened = last(town, karla)[0].event_id
    town.later()
    commands.correct(town.hub, town.actor("mette"), karla, convened, "starts", value="1772445600000000")
    town.later()
    town.wired.catch_up()
    for reader, purpose in ((town.themself, None), (town.reader("ann"), "employment")):
        found = next(
            entry
            for entry in town.access.timeline(reader, karla, purpose).entries
            if entry.event_id == convened
        )
        assert "2026-03-02T10:00:00+00:00" == found.fields["starts"]
    rows = town.access.view(town.themself, town.partner("jobcentre"), karla, None)
    assert "2026-03-02T10:00:00+00:00" in str(rows)


def test_a_representative_is_a_person_who_works_nowhere(town: Town, karla: UUID) -> None:
    """Staff are not registered as one, and only a public authority registers."""
    bodil(town)
    with pytest.raises(NotFound):
        commands.register_representative(
            town.hub, town.actor("lene"), karla, town.persons["ann"], frozenset({"wishes"})
        )
    for actor in (CITIZEN, town.actor("mette")):
        with pytest.raises(NotPermitted):
            commands.register_representative(
                town.hub, actor, karla, town.persons["bodil"], frozenset({"wishes"})
            )


def test_a_representative_reads_nothing_yet(town: Town, karla: UUID) -> None:
    """Reading is refused with the uniform denial, and logged."""
    bodil(town)
    commands.register_representative(
        town.hub, town.actor("lene"), karla, town.persons["bodil"], frozenset({"wishes"})
    )
    for read in (
        lambda: town.access.timeline(town.reader("bodil"), karla, "coordination"),
        lambda: town.access.view(town.reader("bodil"), town.partner("jobcentre"), karla, "coordination"),
        lambda: town.access.who_looked(town.reader("bodil"), karla),
    ):
        with pytest.raises(AccessDenied):
            read()


# Who had read it.


def test_who_could_read_what_was_misfiled_is_listed(town: Town, karla: UUID) -> None:
    """Whose visits the decision let through, once each and in order; not who saw other things, nor who came later."""
    wrong = told(town, karla, "mette", "Om en anden")
    town.later()
    assert seen(town, karla, "ann", wrong) == ["Om en anden"]
    town.later(days=1)
    assert seen(town, karla, "ann", wrong) == ["Om en anden"]
    assert not seen(town, karla, "eva", wrong)
    town.later()
    commands.misfile(town.hub, town.actor("lene"), karla, wrong, text("Forkert"))
    town.later()
    seen(town, karla, "mette", wrong)
    for reader in (town.themself, town.reader("lene")):
        (had,) = town.access.readers(reader, karla, wrong)
        assert (town.partner("jobcentre"), "worker") == (had.partner, had.function)
        assert had.at.date() == START.date()
    for who in ("ann", "mette", "eva"):
        with pytest.raises(AccessDenied):
            town.access.readers(town.reader(who), karla, wrong)
    with pytest.raises(AccessDenied):
        town.access.readers(town.themself, karla, uuid4())


def test_a_partners_own_system_is_among_those_who_had_it(town: Town, karla: UUID) -> None:
    """What was numbered for a partner that has a topic counts as read by its system."""
    wrong = told(town, karla, "mette", "Om en anden")
    town.later()
    town.wired.catch_up()
    with town.database.connection() as connection:
        connection.execute("UPDATE partner_log SET number = id, sequence = id")
        connection.execute(
            "INSERT INTO partner_topics (partner_id, opened_at) VALUES (%s, now())",
            (town.partner("jobcentre"),),
        )
    (had,) = town.access.readers(town.themself, karla, wrong)

    assert (town.partner("jobcentre"), None) == (had.partner, had.function)


def test_several_misfiled_in_one_command_all_lose_their_words(town: Town, karla: UUID) -> None:
    """The keys go in the same transaction too when many events are recorded at once, a correction among them."""
    first, second, other = (told(town, karla, "mette", f"Ord {number}") for number in range(3))
    places = {item.event_id: opened for item, opened in town.hub.items(karla)}
    before = keys(town)

    def decide(work: Work, act: Act) -> None:
        for event in (first, second):
            aggregate = work.get(Amendable, places[event].originator_id, "record")
            aggregate.correct(places[event].version, "words", act, text=text("Rettet"))
            aggregate.misfile(places[event].version, text("Forkert"), act)

    town.hub.do(town.actor("mette"), decide)
    left = keys(town)
    kinds = {item.event_id: item.event for item, _ in town.hub.items(karla)}

    assert before - left == {first, second}
    assert sorted(kinds[event] for event in left - before) == ["event.misfiled", "event.misfiled"]
    assert other in left
