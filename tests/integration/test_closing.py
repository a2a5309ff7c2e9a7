"""Closing ends everything, each by its own event, in one transaction; coming back goes on with the same history."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from hub.aggregates import TOLD, Actor, Consents, Text
from hub.aggregates.base import own_id
from hub.application import commands
from hub.application.hub import Work, made
from hub.application.tasks import running, stints
from hub.clock import to_microseconds
from hub.errors import AccessDenied, NotFound, NotPermitted, WrongStatus
from hub.postgres import Database
from hub.vocabulary import Sector
from tests.building import CITIZEN, PARTNERS, Town, rich, settle

STARTS = datetime(2026, 4, 1, 8, tzinfo=UTC)


def words(text: str, *labels: str) -> Text:
    """Free text."""
    return Text.of(text, *(labels or ("plan",)))


def last(town: Town, citizen: UUID, position: int) -> list[str]:
    """The events from a position on, in order."""
    return [item.event for item, _ in town.hub.items(citizen) if item.position >= position]


class Life:
    """A citizen with one of everything that closing ends."""

    def __init__(self, town: Town) -> None:
        self.town, self.citizen = town, rich(town)
        hub, who = town.hub, self.citizen
        lene, mette, ann = town.actor("lene"), town.actor("mette"), town.actor("ann")
        self.plan = UUID(commands.open_plan(hub, lene, who, "handleplan").ids["plan"])
        provider = town.partner("social_psychiatry")
        commands.on_plan(
            hub, lene, who, self.plan, lambda found, act: found.grant_support(uuid4(), provider, "§ 85", act)
        )
        sent = {"provider": provider, "text": words("To timer om ugen")}
        self.order = UUID(
            commands.tell(hub, lene, who, TOLD["plan.order_sent.v1"], sent, self.plan).ids["order"]
        )
        self.theirs = UUID(commands.open_plan(hub, mette, who, "indsatsplan").ids["plan"])
        self.meeting = self.meet(held=True)
        self.ahead = self.meet(held=False)
        commands.assign(hub, lene, who, "contact_person", provider, town.persons["mette"], "support")
        self.guardian = uuid4()
        short = f"bodil{self.guardian.hex[:6]}"
        town.wired.vault.register_person(self.guardian, short, None, "søster", "Bodil Prøve")
        commands.register_representative(hub, lene, who, self.guardian, frozenset({"wishes"}))
        commands.agree_text(hub, CITIZEN, who, town.partner("addiction_treatment"), words("Hej", "wishes"))
        town.later()
        commands.propose_handover(hub, mette, who, town.partner("jobcentre"), kind="knowledge", items=())
        commands.record_contact(hub, ann, who, text=words("Ringede", "meetings"))

    def meet(self, *, held: bool) -> UUID:
        """A meeting to which the jobcentre is invited and approved; a held one has an agreement of theirs."""
        town, hub, who = self.town, self.town.hub, self.citizen
        mette, there = town.actor("mette"), town.partner("jobcentre")
        purpose = words("Næste skridt", "meetings")
        meeting = UUID(
            commands.convene(hub, mette, who, kind="network", starts=STARTS, purpose=purpose).ids["meeting"]
        )

        def on(actor: Actor, do: object) -> None:
            town.later()
            commands.on_meeting(hub, actor, who, meeting, do)  # type: ignore[arg-type]

        on(mette, lambda found, act: found.invite(there, (), act, purpose=purpose))
        on(CITIZEN, lambda found, act: found.approve((there,), (), act))
        if held:
            on(mette, lambda found, act: found.hold((there,), act, citizen_took_part=True))
            what = words("Ringer mandag", "agreements")
            on(
                mette,
                lambda found, act: found.agree(made(act, "a"), act, owner=there, parties=(), what=what),
            )
        return meeting

    def close(self, by: str = "lene", **more: object) -> int:
        """Close it."""
        self.town.later()
        back = words("Ring til Lene", "contact")
        return commands.close_citizen(
            self.town.hub,
            self.town.actor(by),
            self.citizen,
            way_back=back,
            **more,  # type: ignore[arg-type]
        ).position


@pytest.fixture
def life(database: Database, tmp_path: Path) -> Life:
    """A citizen with one of everything."""
    return Life(settle(database, tmp_path))


def test_each_thing_ends_by_its_own_event_and_the_closing_is_the_last(life: Life) -> None:
    """Plans, support, the order, agreements, handover, consents, tasks, representative: then closed."""
    before = life.town.hub.log.head()[0]
    position = life.close(text=words("Tak for nu", "contact"))
    ended = last(life.town, life.citizen, position)
    assert before + 1 == position
    assert "citizen.closed" == ended[-1]
    assert {
        "plan.order_ended": 1,
        "plan.support_ended": 1,
        "plan.closed": 2,
        "meeting.agreement_dropped": 1,
        "meeting.agreement_party_removed": 1,
        "meeting.participant_removed": 1,
        "meeting.cancelled": 1,
        "handover.withdrawn": 1,
        "consents.expired": 3,
        "citizen.relation_ended": 2,
        "citizen.contact_person_ended": 1,
        "citizen.coordinator_released": 1,
        "citizen.representative_ended": 1,
        "citizen.closed": 1,
    } == {event: ended.count(event) for event in ended}
    reasons = {
        o.body["reason"] for i, o in life.town.hub.items(life.citizen) if i.event == "consents.expired"
    }
    assert {"closing"} == reasons


def test_it_is_one_transaction(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """If it cannot be saved nothing has ended; and one command id closes once."""
    command, head = uuid4(), life.town.hub.log.head()[0]
    with monkeypatch.context() as broken:
        broken.setattr(life.town.wired.store.sealer, "seal", _fails_on_closed(life.town))
        with pytest.raises(RuntimeError):
            life.close(command_id=command)
    assert head == life.town.hub.log.head()[0]
    first = life.close(command_id=command)
    assert first == life.close(command_id=command)
    assert 1 == last(life.town, life.citizen, 0).count("citizen.closed")


def _fails_on_closed(town: Town) -> object:
    seal = town.wired.store.sealer.seal

    def sealing(event: object) -> object:
        if type(event).__name__ == "Closed" and type(event).__module__.endswith("closing"):
            raise RuntimeError
        return seal(event)

    return sealing


def test_afterwards_a_related_partner_is_a_stranger(life: Life) -> None:
    """Nothing lets anybody at a partner read any more, nor the partner's system; the citizen reads everything."""
    town, who = life.town, life.citizen
    now = to_microseconds(town.clock())
    assert town.hub.state(who).viewer(town.partner("jobcentre"), now).related
    life.close()
    town.wired.catch_up()
    state = town.hub.state(who)
    for partner in PARTNERS:
        assert not state.viewer(town.partner(partner), to_microseconds(town.clock())).related, partner
    for slug, purpose in (("mette", "coordination"), ("ann", "employment"), ("lene", "casework")):
        with pytest.raises(AccessDenied):
            town.access.timeline(town.reader(slug), who, purpose)
    for slug in ("mette", "ann", "eva"):
        assert not town.hub.may_write(town.actor(slug), who)
    assert [] == running(town.hub, who)
    page = town.access.timeline(town.themself, who, None)
    closed = page.entries[0]
    assert ("citizen.closed", "Ring til Lene") == (closed.event, closed.fields["way_back"]["text"])
    assert [] == town.access.view(town.themself, town.partner("jobcentre"), who, None)


def test_a_block_of_the_citizens_outlives_the_closing(life: Life) -> None:
    """Closing takes away what lets somebody know, never what the citizen said no to."""
    commands.set_block(life.town.hub, CITIZEN, life.citizen, life.town.partner("jobcentre"))
    life.close()
    book = Work(life.town.hub, fresh=True).get(Consents, own_id(life.citizen, "consents"), "consents")
    assert 1 == len(book.blocks)
    assert ({}, {}, {}) == (book.grants, book.bases, book.texts)


def test_the_law_and_an_emergency_end_too(database: Database, tmp_path: Path) -> None:
    """A basis in law that was registered, and an open emergency access, end with the reason that it is closed."""
    town = settle(database, tmp_path)
    who = town.enrol()
    lene, mette = town.actor("lene"), town.actor("mette")
    town.task(who, "lene")
    commands.open_emergency(town.hub, mette, who, reason=words("Akut", "contact"), call_back=True)
    commands.register_basis(
        town.hub,
        lene,
        who,
        town.partner("social_psychiatry"),
        "serviceloven-141",
        categories=frozenset({"plan"}),
        purposes=frozenset({"support"}),
        case="26/1",
        in_writing=True,
    )
    town.later()
    position = commands.close_citizen(town.hub, lene, who).position
    assert [
        "consents.statutory_basis_ended",
        "consents.emergency_access_closed",
        "citizen.relation_ended",
        "citizen.closed",
    ] == last(town, who, position)
    assert [] == running(town.hub, who)


def test_what_only_the_authority_ends_is_ended_by_it_first(life: Life) -> None:
    """Somebody at a provider is refused with what to do; when the authority has ended its part they may close."""
    town, hub, who, lene = life.town, life.town.hub, life.citizen, life.town.actor("lene")
    with pytest.raises(NotPermitted, match="authority"):
        life.close(by="mette")
    support = next(iter(_plan_support(town, life.plan)))
    commands.on_plan(hub, lene, who, life.plan, lambda found, act: found.end_support(support, act))
    commands.tell(hub, lene, who, TOLD["plan.order_ended.v1"], {"order": life.order}, life.plan)
    commands.on_plan(hub, lene, who, life.plan, lambda found, act: found.close(act))
    with pytest.raises(NotPermitted, match="representative"):
        life.close(by="mette")
    commands.end_representative(hub, lene, who, life.guardian)
    life.close(by="mette")
    assert Work(hub, fresh=True).citizen(who).closed


def _plan_support(town: Town, plan: UUID) -> dict[UUID, UUID]:
    found = town.wired.store.load(plan)
    return found.support  # type: ignore[union-attr]


def test_it_is_for_staff_who_know_the_citizen(life: Life) -> None:
    """The citizen does not end it for the staff, and a stranger is told what a stranger is told."""
    with pytest.raises(NotPermitted):
        commands.close_citizen(life.town.hub, CITIZEN, life.citizen)
    other = life.town.add_partner("gp", Sector.GP, "treatment")
    life.town.persons["gry"] = uuid4()
    life.town.wired.vault.register_person(life.town.persons["gry"], "gry", other, "læge", "Gry Prøve")
    for whom in (life.citizen, uuid4()):
        with pytest.raises(AccessDenied):
            commands.close_citizen(life.town.hub, life.town.actor("gry"), whom)


def test_what_begins_afterwards_is_refused_with_the_way_back(life: Life) -> None:
    """No hope, contact, task, plan, meeting, consent or handover; the refusal says how to reopen."""
    town, hub, who = life.town, life.town.hub, life.citizen
    life.close()
    lene, there = town.actor("lene"), town.partner("jobcentre")
    terms = {"categories": frozenset({"wishes"}), "purposes": frozenset({"employment"})}
    said = words("Hej", "wishes")
    for command in (
        lambda: commands.tell_hope(hub, CITIZEN, who, said),
        lambda: commands.record_contact(hub, lene, who, text=said),
        lambda: commands.assign(hub, lene, who, "relation", there, None, "employment"),
        lambda: commands.open_plan(hub, lene, who, "handleplan"),
        lambda: commands.on_plan(
            hub, lene, who, life.plan, lambda p, act: p.set_goal(uuid4(), act, words=said)
        ),
        lambda: commands.convene(hub, lene, who, kind="network", starts=STARTS, purpose=said),
        lambda: commands.give_consent(hub, CITIZEN, who, there, **terms),
        lambda: commands.propose_handover(hub, lene, who, there, kind="knowledge", items=()),
        lambda: commands.tell(hub, CITIZEN, who, TOLD["citizen.wish_made.v1"], {"words": said}),
        life.close,
    ):
        with pytest.raises(WrongStatus, match="reopen"):
            command()
    hope = next(item.event_id for item, _ in hub.items(who) if item.event == "citizen.hope_told")
    commands.dispute(hub, CITIZEN, who, hope, words("Sådan var det ikke", "wishes"))
    commands.set_block(hub, CITIZEN, who, there)
    assert "consents.block_set" == last(town, who, 0)[-1]


def test_coming_back_goes_on_with_the_same_history(life: Life) -> None:
    """The citizen reopens; nothing that ended is back, the old events are there, and new ones follow."""
    town, hub, who = life.town, life.town.hub, life.citizen
    with pytest.raises(WrongStatus, match="not closed"):
        commands.reopen_citizen(hub, CITIZEN, who)
    old = last(town, who, 0)
    life.close()
    town.later()
    commands.reopen_citizen(hub, CITIZEN, who, words=words("Jeg vil gerne igen", "wishes"))
    assert old == last(town, who, 0)[: len(old)]
    assert [] == running(hub, who)
    town.task(who, "mette", "coordinator")
    town.consent(who, "social_psychiatry", "wishes")
    town.hope(who, "citizen", "En kat", "wishes")
    town.wired.catch_up()
    seen = town.access.timeline(town.reader("mette"), who, "coordination").entries
    assert "En kat" in {entry.fields["words"]["text"] for entry in seen if entry.event == "citizen.hope_told"}
    life_again = Work(hub, fresh=True).citizen(who)
    assert (False, 1) == (life_again.closed, len(life_again.tasks))
    town.later()
    commands.close_citizen(hub, town.actor("lene"), who)
    assert 2 == last(town, who, 0).count("citizen.closed")


def test_what_begins_in_the_same_moment_ends_too(database: Database, tmp_path: Path) -> None:
    """A consent that is saved between the decision to close and its saving lets nobody read afterwards."""
    town = settle(database, tmp_path)
    who, given = town.enrol(), list[UUID]()
    town.task(who, "lene")

    def between() -> None:
        if not given:
            given.append(town.consent(who, "jobcentre", "wishes"))

    commands.close_citizen(town.hub, town.actor("lene"), who, before_save=between)
    events = last(town, who, 0)
    assert ["consents.given", "citizen.relation_ended", "citizen.closed", "consents.expired"] == events[-4:]
    assert [] == running(town.hub, who)


def test_a_closed_citizen_lacks_no_coordinator(database: Database, tmp_path: Path) -> None:
    """Without a coordinator a citizen is counted as lacking one, until it is closed, and again when they come back."""
    town = settle(database, tmp_path)
    who = town.enrol()

    def alone() -> int:
        town.wired.catch_up()
        return town.wired.overview.totals()[1]

    assert 1 == alone()
    commands.close_citizen(town.hub, town.actor("lene"), who)
    assert 0 == alone()
    commands.reopen_citizen(town.hub, CITIZEN, who)
    assert 1 == alone()


def test_a_preview_shows_it_and_ends_nothing(life: Life) -> None:
    """Whoever would close sees what their own organisation loses; the log has not moved."""
    head = life.town.hub.log.head()[0]
    with life.town.hub.rehearse() as rehearsal:
        life.close()
    found = life.town.access.preview(rehearsal)
    own = next(one for one in found.effects if one.partner == life.town.partner("authority"))
    assert {"lost"} <= {change.kind for change in own.changes}
    assert "citizen.closed" == rehearsal.items[-1][1].event
    assert head == life.town.hub.log.head()[0]


def test_death_ends_consents_and_nothing_else(life: Life) -> None:
    """Bases, tasks, plans, orders, meetings and item grants follow their own ends; only consents are over."""
    town, hub, who = life.town, life.town.hub, life.citizen
    before = {(one.kind, one.begun) for one in running(hub, who)}
    town.later()
    position = commands.record_death(hub, town.actor("lene"), who).position
    assert ["citizen.died", "consents.expired", "consents.expired"] == last(town, who, position)
    after = {(one.kind, one.begun) for one in running(hub, who)}
    assert {"grant"} == {kind for kind, _ in before - after}
    assert set() == after - before


def test_a_companions_standing_ends_with_the_meeting(life: Life) -> None:
    """Chosen for a meeting, over when it was held or cancelled: so it is listed, and no reader comes of it."""
    town, hub, who = life.town, life.town.hub, life.citizen
    chosen = {"words": words("Min søster tager med", "meetings")}
    commands.tell(hub, CITIZEN, who, TOLD["meeting.companion_chosen.v1"], chosen, life.ahead)
    (companion,) = [one for one in stints(hub, who) if one.kind == "companion"]
    assert companion.ended is None
    town.later()
    commands.on_meeting(
        hub, town.actor("mette"), who, life.ahead,
        lambda found, act: found.hold((), act, citizen_took_part=True),
    )  # fmt: skip
    (companion,) = [one for one in stints(hub, who) if one.kind == "companion"]
    assert companion.ended == town.hub.log.head()[0]
    with pytest.raises(WrongStatus, match="held already"):
        commands.tell(hub, CITIZEN, who, TOLD["meeting.companion_chosen.v1"], chosen, life.ahead)


def test_a_plan_is_linked_to_an_order_that_came_to_us(life: Life) -> None:
    """The order stands on that citizen's action plan and went to whoever links to it; all else is one refusal."""
    town, hub, who, linked = life.town, life.town.hub, life.citizen, TOLD["plan.linked_to_order.v1"]
    mette = town.actor("mette")
    other = Life(town)
    for fields in (
        {"action_plan": life.plan, "order": uuid4()},
        {"action_plan": uuid4(), "order": life.order},
        {"action_plan": other.plan, "order": other.order},
    ):
        with pytest.raises(NotFound, match="no such order"):
            commands.tell(hub, mette, who, linked, fields, life.theirs)
    fields = {"action_plan": life.plan, "order": life.order}
    theirs = UUID(commands.open_plan(hub, town.actor("ann"), who, "indsatsplan").ids["plan"])
    with pytest.raises(NotFound, match="no such order"):
        commands.tell(hub, town.actor("ann"), who, linked, fields, theirs)
    commands.tell(hub, mette, who, linked, fields, life.theirs)
    assert "plan.linked_to_order" == last(town, who, 0)[-1]
