"""A new coordinator, a new steady contact, a meeting that is moved: what was agreed is not lost on the way."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from hub.aggregates import TOLD, Consents, Handover, Text
from hub.aggregates.base import own_id
from hub.application import commands
from hub.application.commands import Settling
from hub.application.commands.settling import unsettled
from hub.application.hub import Work, made
from hub.application.tasks import stints
from hub.clock import to_microseconds
from hub.errors import BadInput, NotFound, Refused, WrongStatus
from hub.postgres import Database
from hub.vocabulary import Channel
from tests.building import CITIZEN, Town, settle

STARTS = datetime(2026, 4, 1, 8, tzinfo=UTC)
ROUNDS = 10


def words(text: str, *labels: str) -> Text:
    """Free text."""
    return Text.of(text, *(labels or ("plan",)))


def events(town: Town, citizen: UUID, position: int = 0) -> list[str]:
    """The events from a position on, in order."""
    return [item.event for item, _ in town.hub.items(citizen) if item.position >= position]


class Change:
    """Mette of social psychiatry coordinates and has an agreement and two consents; the authority is to take over."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.town = town = settle(database, folder)
        self.citizen = town.enrol()
        town.task(self.citizen, "lene")
        town.task(self.citizen, "mette", "coordinator")
        self.consents = [
            town.consent(self.citizen, "social_psychiatry", "contact", "wishes"),
            town.consent(self.citizen, "social_psychiatry", "plan"),
        ]
        purpose = words("Næste skridt", "meetings")
        terms = {"kind": "network", "starts": STARTS, "purpose": purpose}
        answer = commands.convene(town.hub, town.actor("mette"), self.citizen, **terms)  # type: ignore[arg-type]
        self.meeting = UUID(answer.ids["meeting"])
        self.agreement = self.agree("social_psychiatry")
        self.agree("jobcentre")

    def agree(self, owner: str) -> UUID:
        """An open agreement of an organisation's."""
        self.town.later()
        what, whose = words("Ringer mandag", "agreements"), self.town.partner(owner)
        answer = commands.on_meeting(
            self.town.hub,
            self.town.actor("mette"),
            self.citizen,
            self.meeting,
            lambda found, act: (
                found.agree(made(act, "a"), act, owner=whose, parties=(), what=what) or {"a": made(act, "a")}
            ),
        )
        return UUID(answer.ids["a"])

    def hand_over(self, kind: str = "responsibility", *, to: str = "authority", accept: bool = True) -> UUID:
        """Propose, and accept."""
        town = self.town
        town.later()
        answer = commands.propose_handover(
            town.hub, town.actor("mette"), self.citizen, town.partner(to), kind=kind, items=()
        )
        handover = UUID(answer.ids["handover"])
        if accept:
            by = town.actor({"authority": "lene", "social_psychiatry": "mette"}[to])
            commands.on_handover(town.hub, by, handover, lambda found, act: found.accept(act))
        return handover

    def change(self, settling: Settling = Settling(), by: str = "mette", to: str = "lene") -> int:  # noqa: B008
        """Change the coordinator."""
        town = self.town
        town.later()
        where = next(
            name for name in ("authority", "social_psychiatry") if _works(town, to) == town.partner(name)
        )
        return commands.change_coordinator(
            town.hub,
            town.actor(by),
            self.citizen,
            town.partner(where),
            town.persons[to],
            "coordination",
            settling,
        ).position

    def left(self, handover: UUID) -> set[UUID]:
        """What is not settled."""
        work = Work(self.town.hub, fresh=True)
        return {
            each.what for each in unsettled(self.town.hub, work, work.get(Handover, handover, "handover"))
        }


def _works(town: Town, slug: str) -> UUID | None:
    return town.wired.vault.person(slug).partner


@pytest.fixture
def change(database: Database, tmp_path: Path) -> Change:
    """A citizen whose coordinator is to change."""
    return Change(database, tmp_path)


def test_nothing_open_is_forgotten_when_the_coordinator_changes(change: Change) -> None:
    """Each open agreement and consent of the outgoing one's is carried or let go; only then another takes over."""
    handover = change.hand_over()
    first, second = change.consents
    assert {change.agreement, first, second} == change.left(handover)
    reason = words("Mette flytter afdeling")
    with pytest.raises(WrongStatus, match="carry each over or let it go"):
        change.change(Settling((change.agreement,), (first,), reason))
    assert {change.agreement, first, second} == change.left(handover), "what is refused leaves nothing behind"
    position = change.change(Settling((change.agreement, second), (first,), reason))
    assert [
        "handover.carried_over",
        "handover.carried_over",
        "handover.let_go",
        "handover.completed",
        "consents.expired",
        "citizen.coordinator_released",
        "citizen.coordinator_assigned",
    ] == sorted(events(change.town, change.citizen, position), key=_order)
    assert set() == change.left(handover)
    book = Work(change.town.hub, fresh=True).get(Consents, own_id(change.citizen, "consents"), "consents")
    assert {second} == book.grants.keys()


def _order(event: str) -> int:
    return ["handover", "consents", "citizen"].index(event.split(".", maxsplit=1)[0])


def test_what_is_let_go_ends(change: Change) -> None:
    """An agreement that is not carried on is dropped, and the consent lets nobody read any more."""
    change.hand_over()
    town = change.town
    where, now = town.partner("social_psychiatry"), to_microseconds(town.clock())
    assert town.hub.state(change.citizen).grants_in_force(where, now)
    change.change(Settling((), (change.agreement, *change.consents), words("Slut her")))
    assert "meeting.agreement_dropped" in events(town, change.citizen)
    assert [] == town.hub.state(change.citizen).grants_in_force(where, to_microseconds(town.clock()))


def test_a_handover_of_responsibility_is_not_completed_before(change: Change) -> None:
    """Completing by itself is refused too while something is open; one by one it is settled, and then it is done."""
    town, handover = change.town, change.hand_over()
    mette = town.actor("mette")

    def complete() -> None:
        commands.on_handover(town.hub, mette, handover, lambda found, act: found.complete(act))

    carried, gone = TOLD["handover.carried_over.v1"], TOLD["handover.let_go.v1"]
    for what in (change.agreement, change.consents[0]):
        with pytest.raises(WrongStatus, match="hub handover left"):
            complete()
        commands.tell(town.hub, mette, change.citizen, carried, {"what": what}, handover)
        with pytest.raises(NotFound, match="hub handover left"):
            commands.tell(town.hub, mette, change.citizen, carried, {"what": what}, handover)
    with pytest.raises(BadInput, match="text"):
        commands.tell(town.hub, mette, change.citizen, gone, {"what": change.consents[1]}, handover)
    said = {"what": change.consents[1], "text": words("Ikke mere")}
    commands.tell(town.hub, mette, change.citizen, gone, said, handover)
    complete()
    told = {"again": "no", "words": words("Nej, hun havde læst det", "wishes")}
    commands.tell(town.hub, CITIZEN, change.citizen, TOLD["handover.retelling_reported.v1"], told, handover)
    assert ["handover.completed", "handover.retelling_reported"] == events(town, change.citizen)[-2:]


def test_a_refusal_tells_the_receiver_of_nothing_that_it_may_not_know(change: Change) -> None:
    """A consent of the sender's that the receiver may not know of stops no completion, and no error tells of it."""
    town, handover = change.town, change.hand_over()
    mette, carried = town.actor("mette"), TOLD["handover.carried_over.v1"]
    for what in (change.agreement, *change.consents):
        commands.tell(town.hub, mette, change.citizen, carried, {"what": what}, handover)
    hidden = town.consent(change.citizen, "social_psychiatry", "health")
    assert {hidden} == change.left(handover)
    with pytest.raises(WrongStatus, match="hub handover left"):
        commands.on_handover(town.hub, mette, handover, lambda found, act: found.complete(act))
    commands.on_handover(town.hub, town.actor("lene"), handover, lambda found, act: found.complete(act))

    assert "handover.completed" in events(town, change.citizen)


def test_knowledge_is_passed_on_without_settling(change: Change) -> None:
    """Whoever only passes on what they know keeps their agreements and consents."""
    handover = change.hand_over("knowledge")
    assert set() == change.left(handover)
    commands.on_handover(
        change.town.hub, change.town.actor("lene"), handover, lambda found, act: found.complete(act)
    )


def test_another_organisation_has_said_yes_first(change: Change) -> None:
    """Without a handover of responsibility that is accepted, the coordinator stays who it was."""
    for prepare in (
        lambda: None,
        lambda: change.hand_over(accept=False),
        lambda: change.hand_over("knowledge"),
    ):
        prepare()
        with pytest.raises(WrongStatus, match="let them accept"):
            change.change()
    assert "citizen.coordinator_released" not in events(change.town, change.citizen)


def test_between_colleagues_everything_simply_goes_on(change: Change) -> None:
    """Two of the same organisation: one is released, the other assigned, and no agreement or consent is touched."""
    town = change.town
    town.add_person("jonas", "social_psychiatry")
    with pytest.raises(BadInput, match="leave"):
        change.change(Settling((change.agreement,)), to="jonas")
    with pytest.raises(WrongStatus, match="already"):
        change.change(to="mette")
    position = change.change(to="jonas")
    assert ["citizen.coordinator_released", "citizen.coordinator_assigned"] == events(
        town, change.citizen, position
    )
    coordinators = [
        task.person for task in town.hub.state(change.citizen).tasks.values() if task.role == "coordinator"
    ]
    assert [town.persons["jonas"]] == coordinators


def test_a_steady_contact_is_passed_on_with_a_handover(change: Change) -> None:
    """Also between colleagues: first the handover, which is completed in the moment of the change."""
    town, who, mette = change.town, change.citizen, change.town.actor("mette")
    jonas, where = town.add_person("jonas", "social_psychiatry"), town.partner("social_psychiatry")
    commands.assign(town.hub, mette, who, "contact_person", where, town.persons["mette"], "support")

    def pass_on() -> int:
        terms = (town.persons["mette"], where, jonas, "support")
        return commands.change_contact_person(town.hub, mette, who, *terms).position

    with pytest.raises(WrongStatus, match="contact_person"):
        pass_on()
    change.hand_over("contact_person", to="social_psychiatry")
    position = pass_on()
    assert {
        "handover.completed", "citizen.contact_person_ended", "citizen.contact_person_assigned",
    } == set(events(town, who, position))  # fmt: skip
    with pytest.raises(NotFound):
        pass_on()


def test_of_two_who_assign_at_once_one_loses(change: Change) -> None:
    """Two at a barrier, again and again: one coordinator at every moment, and the other is told so in a sentence."""
    town = change.town
    town.add_person("jonas", "social_psychiatry")
    for _ in range(ROUNDS):
        citizen = town.enrol(name="")
        people = (("mette", "social_psychiatry"), ("jonas", "social_psychiatry"))
        barrier = threading.Barrier(2, timeout=10)

        def assign(slug: str, where: str, who: UUID = citizen, hold: threading.Barrier = barrier) -> str:
            waited: list[bool] = []

            def once() -> None:
                if not waited:
                    waited.append(True)
                    hold.wait()

            terms = ("coordinator", town.partner(where), town.persons[slug], "coordination")
            try:
                commands.assign(town.hub, town.actor("lene"), who, *terms, before_save=once)
            except Refused as refusal:
                return str(refusal)
            return ""

        with ThreadPoolExecutor(2) as pool:
            told = sorted(pool.map(lambda each: assign(*each), people))
        assert told[0] == ""
        assert told[1].startswith("The citizen has a coordinator, and there is exactly one")
        assert 1 == events(town, citizen).count("citizen.coordinator_assigned")


def test_of_two_who_change_the_coordinator_at_once_one_loses(change: Change) -> None:
    """Two colleagues each hand over to somebody else in the same moment: the later does not undo the earlier."""
    town, who = change.town, change.citizen
    jonas, ida = (town.add_person(slug, "social_psychiatry") for slug in ("jonas", "ida"))
    where, barrier = town.partner("social_psychiatry"), threading.Barrier(2, timeout=10)

    def take(person: UUID) -> str:
        waited: list[bool] = []

        def once() -> None:
            if not waited:
                waited.append(True)
                barrier.wait()

        try:
            commands.change_coordinator(
                town.hub, town.actor("mette"), who, where, person, "coordination", before_save=once
            )
        except Refused as refusal:
            return str(refusal)
        return ""

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(take, (jonas, ida)))
    assert ["", "Somebody else changed the coordinator just now: look again before you do."] == told
    assert 1 == events(town, who).count("citizen.coordinator_released")
    assert 1 == sum(task.role == "coordinator" for task in town.hub.state(who).tasks.values())


def test_whoever_is_invited_sees_the_new_time(change: Change) -> None:
    """Moved, the invitation of an organisation with no consent at all shows the new time; so does what was convened."""
    town, who, purpose = change.town, change.citizen, words("Næste skridt", "meetings")
    there, mette, later = town.partner("jobcentre"), town.actor("mette"), STARTS + timedelta(days=2)

    def on(actor: object, do: object) -> None:
        town.later()
        commands.on_meeting(town.hub, actor, who, change.meeting, do)  # type: ignore[arg-type]

    on(mette, lambda found, act: found.invite(there, (), act, purpose=purpose))
    on(CITIZEN, lambda found, act: found.approve((there,), (), act))
    town.task(who, "ann")

    def shown(slug: str, purpose: str) -> dict[str, str]:
        found = town.access.view(town.reader(slug), _works(town, slug) or uuid4(), who, purpose)
        return {entry.event: entry.fields["starts"] for entry in found if "starts" in entry.fields}

    assert {"meeting.participant_invited": STARTS.isoformat()} == shown("ann", "employment")
    town.later()
    moved = TOLD["meeting.rescheduled.v1"]
    answer = commands.tell(town.hub, mette, who, moved, {"starts": later}, change.meeting)
    assert ["meeting.rescheduled", "event.corrected", "event.corrected"] == events(town, who, answer.position)
    assert {"meeting.participant_invited": later.isoformat()} == shown("ann", "employment")
    assert later.isoformat() == shown("mette", "coordination")["meeting.convened"]
    system = town.hub.state(who).viewer(there, to_microseconds(town.clock()), channel=Channel.TOPIC)
    assert system.items
    with pytest.raises(WrongStatus, match="nothing to move"):
        commands.tell(town.hub, mette, who, moved, {"starts": later}, change.meeting)
    on(mette, lambda found, act: found.cancel(act))
    with pytest.raises(WrongStatus, match="cancelled"):
        commands.tell(town.hub, mette, who, moved, {"starts": STARTS}, change.meeting)


def test_tasks_say_when_they_began_and_what_ended_them(change: Change) -> None:
    """Assignments, invitations, agreements and handovers with the event that ended each, in the order they began."""
    town, who = change.town, change.citizen
    town.later()
    handover = change.hand_over("knowledge")
    commands.on_handover(town.hub, town.actor("lene"), handover, lambda found, act: found.complete(act))
    commands.end_relation(town.hub, town.actor("lene"), who, town.partner("authority"), town.persons["lene"])
    known = {item.position: item.event for item, _ in town.hub.items(who)}
    told = [
        (known[one.begun], one.ended and known[one.ended])
        for one in stints(town.hub, who)
        if one.kind != "grant"
    ]
    assert [
        ("citizen.relation_started", "citizen.relation_ended"),
        ("citizen.coordinator_assigned", None),
        ("meeting.agreement_made", None),
        ("meeting.agreement_made", None),
        ("handover.proposed", "handover.completed"),
    ] == told
