import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from hub.aggregates import Actor, Text
from hub.application import commands
from hub.application.access import Access, Reader
from hub.application.explain import Asked
from hub.application.hub import Rehearsal
from hub.errors import AccessDenied, HubError, NotLogged
from hub.postgres import Database
from hub.vault import Person
from hub.vocabulary import Role
from tests.building import CITIZEN, HUB_ITSELF, WIDE, Town, build, rich, settle


class Case:
    """A citizen with something to read, and one call for each way to read."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.citizen = rich(town)
        self.jobcentre = town.partner("jobcentre")
        item = next(item for item, _ in town.hub.items(self.citizen) if item.event == "citizen.hope_told")
        self.position, self.item = item.position, item
        town.later()
        self.handover = UUID(
            commands.propose_handover(
                town.hub,
                town.actor("mette"),
                self.citizen,
                self.jobcentre,
                kind="knowledge",
                items=(item.event_id,),
            ).ids["handover"]
        )
        town.wired.catch_up()

    def calls(self, access: Access, reader: Reader) -> dict[str, Callable[[], Any]]:
        """Every way to read, by its name."""
        purpose = None if reader.role == "citizen" else "employment"
        at, asked = [self.position], Asked(event=self.item.event_id)
        return {
            "timeline": lambda: access.timeline(reader, self.citizen, purpose),
            "view": lambda: access.view(reader, self.jobcentre, self.citizen, purpose),
            "page": lambda: access.page(reader, self.citizen, purpose),
            "events_at": lambda: access.events_at(reader, self.citizen, purpose, at, "overview"),
            "told_at": lambda: access.told_at(reader, self.citizen, purpose, at, (), "due"),
            "handover": lambda: access.handover(reader, self.handover, purpose),
            "explain": lambda: access.explain(reader, self.citizen, self.jobcentre, asked),
            "preview": lambda: access.preview(self.rehearsal(reader)),
            "who_looked": lambda: access.who_looked(reader, self.citizen),
            "happenings": lambda: access.happenings(reader, self.citizen, purpose, ("citizen.",), "page"),
            "known": lambda: access.known(reader, self.citizen, purpose, "plan"),
            "audited": lambda: access.audited(reader, self.citizen),
            "readers": lambda: access.readers(reader, self.citizen, self.item.event_id),
            "turned_away": lambda: access.turned_away(reader, "page", "stranger", citizen=self.citizen),
            "counted": lambda: access.counted("operating", "status"),
        }

    def rehearsal(self, reader: Reader) -> Rehearsal:
        """As if the reader had told the hope once more."""
        head, person = self.town.hub.log.head()[0], reader.person
        actor = CITIZEN if reader.role == "citizen" else HUB_ITSELF
        if person is not None:
            actor = Actor(Role.PARTNER, person.partner, None, person.id, person.function)
        items = [(self.citizen, self.item._replace(event_id=self.citizen, position=head + 1))]
        return Rehearsal(head, [actor], list(items))

    def readers(self) -> dict[str, Reader]:
        """Who may read, who may not, and who is nobody."""
        stranger = Person(uuid4(), "stranger", uuid4(), "x", "x")
        return {
            "citizen": self.town.themself,
            "ann": self.town.reader("ann"),
            "eva": self.town.reader("eva"),
            "stranger": Reader.of(stranger),
            "operator": Reader.operator(),
        }


Line = tuple[str, str, bool, list[str], int]


def written(database: Database) -> list[Line]:
    """The access log: role, surface, permitted, reasons and events, oldest first."""
    with psycopg.connect(database.conninfo) as connection:
        return connection.execute(
            "SELECT role, surface, permitted, reasons, events FROM access_log ORDER BY id"
        ).fetchall()


@contextmanager
def as_role(database: Database, name: str) -> Iterator[Database]:
    """The same database for a role that may do everything but add to the access log."""
    role = sql.Identifier(name)
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        schemas = [
            row[0]
            for row in connection.execute(
                "SELECT nspname FROM pg_namespace WHERE nspname = 'public' OR nspname ~ '_[0-9]+$'"
                " AND nspname NOT LIKE 'pg\\_%'"
            )
        ]
        for schema in schemas:
            for what in ("USAGE ON SCHEMA {}", "ALL ON ALL TABLES IN SCHEMA {}"):
                grant = sql.SQL("GRANT " + what + " TO {}")
                connection.execute(grant.format(sql.Identifier(schema), role))
        connection.execute(sql.SQL("REVOKE INSERT ON access_log FROM {}").format(role))
        address = psycopg.conninfo.make_conninfo(database.conninfo, user=name)
        try:
            with Database(address, size=2) as opened:
                yield opened
        finally:
            connection.execute(sql.SQL("DROP OWNED BY {}").format(role))
            connection.execute(sql.SQL("DROP ROLE {}").format(role))


def test_what_cannot_be_logged_is_not_answered(database: Database, tmp_path: Path) -> None:
    """With INSERT on the access log revoked every way to read refuses, for every reader, permitted or not."""
    town = settle(database, tmp_path)
    case = Case(town)
    ways = {name for name, value in inspect.getmembers(Access, callable) if not name.startswith("_")}
    assert ways == set(case.calls(town.access, town.themself)), "a way to read that this test does not know"
    before = len(written(database))

    with as_role(database, f"reader_{tmp_path.name}") as restricted:
        mute = build(restricted, tmp_path).access
        with restricted.connection() as connection:
            assert (True,) == connection.execute("SELECT count(*) > 0 FROM events").fetchone()
        for name, reader in case.readers().items():
            for way, call in case.calls(mute, reader).items():
                with pytest.raises(NotLogged):
                    print(name, way, call())
        with pytest.raises(NotLogged):
            mute.handover(town.themself, uuid4(), None)
        with psycopg.connect(database.conninfo, autocommit=True) as connection:
            connection.execute(f'GRANT INSERT ON access_log TO "reader_{tmp_path.name}"')
        for call in case.calls(mute, town.themself).values():
            with suppress(AccessDenied):  # a denial is logged like an answer
                call()
    assert before + len(ways) == len(written(database))
    print("control: caught")


def test_every_read_leaves_one_line(database: Database, tmp_path: Path) -> None:
    """Each read writes exactly one line, answered or denied, with who, what and how much."""
    town = settle(database, tmp_path)
    case = Case(town)
    for name, reader in case.readers().items():
        for way, call in case.calls(town.access, reader).items():
            before = written(database)
            answer, denied = None, False
            try:
                answer = call()
            except AccessDenied:
                denied = True
            lines = written(database)
            assert lines[:-1] == before, (name, way)
            role, _, permitted, reasons, events = lines[-1]
            assert permitted is not denied
            assert bool(reasons) is denied
            assert ("operator" if way == "counted" else reader.role) == role
            counts = {
                "timeline": lambda a: len(a.entries),
                "view": len,
                "events_at": len,
                "page": lambda a: a.events,
                "known": len,
                "happenings": len,
                "told_at": lambda a: len(a.known),
                "handover": lambda a: 1 + len(a[1]),
                "explain": lambda _: 1,
                "preview": lambda a: a.counted,
            }
            assert events == (0 if denied or way not in counts else counts[way](answer)), (name, way)


@pytest.mark.parametrize(
    ("who", "purpose", "reason"),
    [
        ("eva", "treatment", "no_relation"),
        ("mette", None, "no_purpose"),
        ("mette", "sanction", "forbidden_purpose"),
        ("mette", "treatment", "no_task"),
        ("operator", "operating", "no_person"),
    ],
)
def test_a_denial_is_logged_with_its_reason_and_told_without(
    database: Database, tmp_path: Path, who: str, purpose: str | None, reason: str
) -> None:
    """A denied read says the same to everyone; why stands in the access log alone."""
    town = settle(database, tmp_path)
    case = Case(town)
    reader = Reader.operator() if who == "operator" else town.reader(who)
    with pytest.raises(AccessDenied) as caught:
        town.access.timeline(reader, case.citizen, purpose)
    with pytest.raises(AccessDenied) as unknown:
        town.access.timeline(reader, uuid4(), purpose)
    assert str(unknown.value) == str(caught.value)
    assert [reason] == written(database)[-2][3]
    assert not written(database)[-2][2]


def test_a_withdrawal_counts_at_once(database: Database, tmp_path: Path) -> None:
    """With every consumer stopped, whoever read by a consent reads nothing of it after the withdrawal."""
    town = settle(database, tmp_path)
    case = Case(town)
    ann = town.reader("ann")
    calls = case.calls(town.access, ann)
    assert 3 == sum(entry.event == "citizen.hope_told" for entry in calls["timeline"]().entries)
    assert 3 == sum(entry.event == "citizen.hope_told" for entry in calls["view"]())
    assert 1 == len(calls["events_at"]())
    assert 1 == len(calls["handover"]()[1])

    town.later()
    commands.withdraw_consent(town.hub, CITIZEN, case.citizen, partner=case.jobcentre)
    assert {"handover.proposed", "consents.given"} == {e.event for e in calls["timeline"]().entries}
    assert {"handover.proposed", "consents.given"} == {entry.event for entry in calls["view"]()}
    assert [] == calls["events_at"]()
    assert [] == calls["handover"]()[1]

    town.later()
    commands.end_relation(town.hub, town.actor("lene"), case.citizen, case.jobcentre, town.persons["ann"])
    for way in ("timeline", "view", "events_at", "handover"):
        with pytest.raises(AccessDenied):
            calls[way]()
    assert 3 == sum(
        entry.event == "citizen.hope_told"
        for entry in town.access.timeline(town.themself, case.citizen, None).entries
    )


@pytest.mark.parametrize("what", ["narrow", "block", "suspend", "ceiling", "expire", "death"])
def test_whatever_takes_away_takes_away_at_once(database: Database, tmp_path: Path, what: str) -> None:
    """With every consumer stopped, each thing that restricts is in force for the next read."""
    town = settle(database, tmp_path)
    citizen = town.enrol()
    town.task(citizen, "ann")
    until = town.clock() + timedelta(days=10)
    consent = town.consent(citizen, "jobcentre", "wishes", "work", until=until, window=WIDE)
    town.hope(citizen, "citizen", "En hund", "wishes")
    town.wired.catch_up()
    jobcentre, lene = town.partner("jobcentre"), town.actor("lene")

    def seen() -> int:
        found = 0
        for read in (
            lambda: town.access.timeline(town.reader("ann"), citizen, "employment").entries,
            lambda: town.access.view(town.reader("ann"), jobcentre, citizen, "employment"),
        ):
            try:
                found += sum(entry.event == "citizen.hope_told" for entry in read())
            except AccessDenied:
                continue
        return found

    assert 2 == seen()
    town.later()
    match what:
        case "narrow":
            commands.narrow_consent(town.hub, CITIZEN, citizen, consent, categories=frozenset({"work"}))
        case "block":
            commands.set_block(town.hub, CITIZEN, citizen, jobcentre, categories=frozenset({"wishes"}))
        case "suspend":
            commands.suspend_partner(town.hub, lene, jobcentre, "a breach")
        case "ceiling":
            commands.adopt_ceiling(town.hub, lene, jobcentre, frozenset({"work"}))
        case "expire":
            town.later(days=10)
        case "death":
            commands.record_death(town.hub, lene, citizen)
    assert 0 == seen()


def test_an_operator_sees_no_content(database: Database, tmp_path: Path) -> None:
    """An operator gets nothing of a citizen by any way to read; counting is logged as the operator's."""
    town = settle(database, tmp_path)
    case = Case(town)
    for way, call in case.calls(town.access, Reader.operator()).items():
        if way == "counted":
            assert call() is None
        else:
            with pytest.raises(HubError):
                call()


def test_who_looked_is_the_citizens_to_know(database: Database, tmp_path: Path) -> None:
    """The citizen sees who has read, the denied included; nobody at a partner does."""
    town = settle(database, tmp_path)
    case = Case(town)
    town.access.timeline(town.reader("ann"), case.citizen, "employment")
    with pytest.raises(AccessDenied):
        town.access.timeline(town.reader("eva"), case.citizen, "treatment")
    looked = town.access.who_looked(town.themself, case.citizen)
    assert [None, town.partner("addiction_treatment"), case.jobcentre] == [line[2] for line in looked]
    assert [True, False, True] == [line[6] for line in looked]
    with pytest.raises(AccessDenied):
        town.access.who_looked(town.reader("ann"), case.citizen)


def test_a_strange_handover_is_denied_like_none(database: Database, tmp_path: Path) -> None:
    """A handover to others and one that is not there are answered in the same words."""
    town = settle(database, tmp_path)
    case = Case(town)
    with pytest.raises(HubError) as theirs:
        town.access.handover(town.reader("eva"), case.handover, "treatment")
    with pytest.raises(HubError) as nowhere:
        town.access.handover(town.reader("eva"), uuid4(), "treatment")
    assert str(theirs.value) == str(nowhere.value)


def test_the_name_of_who_recorded_tells_no_more_than_may_be_known(database: Database, tmp_path: Path) -> None:
    """An agreement written down by an addiction centre shows its party the agreement, and not that there is one."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    centre, jobcentre = town.partner("addiction_treatment"), town.partner("jobcentre")
    town.consent(citizen, "addiction_treatment", "contact", "agreements", "addiction")
    town.task(citizen, "eva")
    meeting = UUID(
        commands.convene(
            town.hub,
            town.actor("lene"),
            citizen,
            kind="coordinating",
            starts=town.clock(),
            purpose=Text.of("Hvem gør hvad", "meetings"),
        ).ids["meeting"]
    )
    what = Text.of("Vi ringer fredag", "agreements")
    commands.on_meeting(
        town.hub,
        town.actor("eva"),
        citizen,
        meeting,
        lambda found, act: found.agree(uuid4(), act, owner=jobcentre, parties=(jobcentre,), what=what),
    )
    town.wired.catch_up()

    theirs = town.access.timeline(town.reader("ann"), citizen, "employment").entries
    own = town.access.timeline(town.reader("eva"), citizen, "treatment").entries

    seen = [entry for entry in theirs if entry.event == "meeting.agreement_made"]
    assert [None] == [entry.by for entry in seen]
    assert [centre] == [entry.by for entry in own if entry.event == "meeting.agreement_made"]
    assert str(centre) not in str(seen)


def test_a_reference_is_different_for_every_partner(database: Database, tmp_path: Path) -> None:
    """Two partners who see the same event call it differently, and a page goes on from one's own name for it."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    town.wired.catch_up()
    readers = [
        (town.reader("ann"), "employment"),
        (town.reader("mette"), "coordination"),
        (town.themself, None),
    ]

    pages = [town.access.timeline(reader, citizen, purpose, limit=2) for reader, purpose in readers]

    names = [{entry.ref for entry in page.entries} for page in pages]
    assert all(names[i].isdisjoint(names[j]) for i in range(3) for j in range(i))
    for (reader, purpose), page in zip(readers, pages, strict=True):
        assert page.before == page.entries[-1].ref
        older = town.access.timeline(reader, citizen, purpose, before=page.before, limit=2)
        assert max(entry.position for entry in older.entries) < page.entries[-1].position
    with pytest.raises(AccessDenied):
        town.access.timeline(*readers[0][:1], citizen, "employment", before=pages[1].before)


def test_what_is_remembered_of_organisations_is_never_behind(database: Database, tmp_path: Path) -> None:
    """A suspension by one process is in force for the next read of every other, and so is its end."""
    town = settle(database, tmp_path)
    citizen = rich(town)
    town.wired.catch_up()
    other = build(database, tmp_path, clock=town.clock)
    ann, jobcentre = town.reader("ann"), town.partner("jobcentre")
    assert other.access.timeline(ann, citizen, "employment").entries

    commands.suspend_partner(town.hub, town.actor("lene"), jobcentre, "Aftalen er udløbet.")
    with pytest.raises(AccessDenied):
        other.access.timeline(ann, citizen, "employment")
    commands.resume_partner(town.hub, town.actor("lene"), jobcentre)

    assert other.access.timeline(ann, citizen, "employment").entries
