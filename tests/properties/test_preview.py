"""What a preview says as the citizen is what then happens: in every partner's rows, and to each of its people."""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from hub.aggregates import Text, Window
from hub.aggregates.base import own_id
from hub.application import commands, preview
from hub.application.hub import Answer
from hub.application.looks import WHYS
from hub.application.preview import Preview, preview_of
from hub.application.reading import Reader
from hub.application.rows import open_row
from hub.clock import to_microseconds
from hub.errors import AccessDenied, Refused
from hub.postgres import Database
from hub.vocabulary import Category, purpose_names
from tests.building import CITIZEN, STAFF, Town, settle

STEPS = int(os.environ.get("HUB_PREVIEWS", "60"))
SEED = int(os.environ.get("HUB_SEED", "20261122"))
LABELS = ("contact", "wishes", "plan", "meetings", "agreements", "work", "health", "addiction", "network")
PURPOSES = ("coordination", "treatment", "support", "casework", "employment")

Command = Callable[[], Answer]
Fields = dict[str, tuple[Any, Any]]
"""By field: for what it is seen, and what it says."""
Seen = dict[UUID, tuple[str, str | None, Fields]]
"""By event: why it is seen, the day it happened, its fields."""
Sights = dict[tuple[UUID, UUID | None], Seen]


class Told(NamedTuple):
    """One difference for one pair of eyes, in a form that the preview and the rows can both be brought to."""

    partner: UUID
    eyes: UUID | None
    event: UUID
    kind: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    altered: tuple[str, ...]


class Play:
    """A citizen among six partners, and random commands on everything that was made so far."""

    def __init__(self, town: Town, rng: random.Random) -> None:
        self.town, self.rng = town, rng
        town.add_partner("regional_psychiatry", "regional_psychiatry", "treatment coordination", "health")
        town.add_partner("civil_society", "civil_society", "support")
        self.staff = [*STAFF, "bo", "rie"]
        town.add_person("bo", "jobcentre")
        town.add_person("rie", "regional_psychiatry")
        self.at = {slug: where for slug, (where, _) in STAFF.items()}
        self.at |= {"bo": "jobcentre", "rie": "regional_psychiatry"}
        self.citizen = town.enrol()
        for slug in STAFF:
            town.task(self.citizen, slug, "coordinator" if slug == "mette" else "relation")
        for partner in ("authority", "social_psychiatry", "jobcentre"):
            town.consent(self.citizen, partner, "contact", "wishes", "plan", "meetings")
        self.made: dict[str, list[UUID]] = {}
        self.deck: list[str] = []

    # What is there to choose from.

    def some(self, names: tuple[str, ...], most: int = 5) -> frozenset[str]:
        """A few of these."""
        return frozenset(self.rng.sample(names, self.rng.randint(1, min(most, len(names)))))

    def partner(self) -> UUID:
        """A partner."""
        return self.rng.choice(list(self.town.partners.values()))

    def partners(self, most: int = 3) -> tuple[UUID, ...]:
        """A few partners."""
        found = self.rng.sample(list(self.town.partners.values()), self.rng.randint(0, most))
        return tuple(sorted(found))

    def text(self, *labels: str) -> Text:
        """Some words, never the same twice."""
        return Text.of(f"Ord {self.rng.random()}", *(labels or self.some(LABELS, 2)))

    def one(self, what: str) -> UUID:
        """Something that was made; an unknown id when there is none."""
        return self.rng.choice(self.made.get(what) or [self.new()])

    def event(self) -> UUID:
        """Any event."""
        return self.rng.choice([item.event_id for item, _ in self.town.hub.items(self.citizen)])

    def new(self) -> UUID:
        """An id of its own."""
        return UUID(int=self.rng.getrandbits(128), version=4)

    def consent(self) -> tuple[UUID, tuple[str, ...]]:
        """A consent in force, and its categories; an unknown one when there is none."""
        book: Any = self.town.hub.store.load(own_id(self.citizen, "consents"))
        grants = list(book.grants.items()) if book else []
        if not grants:
            return self.new(), LABELS
        consent, grant = self.rng.choice(grants)
        return consent, tuple(sorted(grant.categories))

    def meeting(self) -> tuple[UUID, list[UUID]]:
        """A meeting with those who are invited to it, rather one with some."""
        known = [(one, self.town.hub.store.load(one)) for one in self.made.get("meeting", ())]
        found = [(one, list(getattr(held, "invitations", ()))) for one, held in known]
        return self.rng.choice([pair for pair in found if pair[1]] or [(self.new(), [])])

    # Commands.

    def command(self) -> tuple[str, Command]:
        """The next command, with all its terms fixed, so that it can be carried out twice alike."""
        if not self.deck:
            self.deck = [name for name in sorted(dir(self)) if name.startswith("do_")]
            self.rng.shuffle(self.deck)
        name = self.deck.pop()
        return name[3:], getattr(self, name)()

    def do_give(self) -> Command:
        now = self.town.clock()
        window = self.rng.choice(
            [
                None,
                Window(datetime(2000, 1, 1, tzinfo=UTC), None, include_undated=self.rng.random() < 0.5),
                Window(now - timedelta(minutes=2), now),
            ]
        )
        terms: dict[str, Any] = {
            "categories": frozenset(LABELS) if self.rng.random() < 0.4 else self.some(LABELS, 6),
            "purposes": self.some(PURPOSES),
            "sources": self.partners() or None,
            "window": window,
            "until": self.rng.choice([None, now + timedelta(days=2), now + timedelta(days=40)]),
        }
        spoken = self.rng.random() < 0.3
        actor = self.town.actor("lene") if spoken else CITIZEN
        if spoken:
            terms |= {"form": "spoken", "witness": self.town.persons["rie"]}
        what = "spoken" if spoken else "consent"
        return self._make(what, commands.give_consent, actor, self.partner(), **terms)

    do_give_another = do_give

    def do_confirm(self) -> Command:
        return self._run(commands.confirm_consent, CITIZEN, self.one("spoken"))

    def do_narrow(self) -> Command:
        consent, categories = self.consent()
        return self._run(commands.narrow_consent, CITIZEN, consent, categories=self.some(categories, 2))

    def do_renew(self) -> Command:
        return self._run(
            commands.renew_consent, CITIZEN, self.consent()[0], self.town.clock() + timedelta(days=50)
        )

    def do_withdraw(self) -> Command:
        return self._run(commands.withdraw_consent, CITIZEN, self.consent()[0])

    def do_withdraw_all(self) -> Command:
        return self._run(commands.withdraw_consent, self.town.actor("lene"), partner=self.partner())

    def do_block(self) -> Command:
        categories = self.some(LABELS) if self.rng.random() < 0.7 else None
        partner, person = self.partner(), None
        if self.rng.random() < 0.4:
            slug = self.rng.choice(self.staff)
            partner, person = self.town.partners[self.at[slug]], self.town.persons[slug]
        return self._make("block", commands.set_block, CITIZEN, partner, categories=categories, person=person)

    def do_lift(self) -> Command:
        return self._run(commands.lift_block, CITIZEN, self.one("block"))

    do_lift_again = do_lift

    def do_hope(self) -> Command:
        actor = self.rng.choice([CITIZEN, self.town.actor(self.rng.choice(self.staff))])
        return self._run(commands.tell_hope, actor, self.text())

    def do_task(self) -> Command:
        slug = self.rng.choice(self.staff)
        where, person = self.town.partners[self.at[slug]], self.town.persons[slug]
        role = self.rng.choice(["relation", "contact_person"])
        terms = (role, where, person, self.rng.choice(PURPOSES))
        return self._run(commands.assign, self.town.actor("lene"), *terms)

    def do_end_task(self) -> Command:
        slug = self.rng.choice(self.staff)
        where, person = self.town.partners[self.at[slug]], self.town.persons[slug]
        return self._run(commands.end_relation, self.town.actor("lene"), where, person)

    def text_field(self) -> tuple[UUID, str]:
        """An event and one of its texts."""
        found = [
            (item, one) for item, _ in self.town.hub.items(self.citizen) for one in item.fields if one.text
        ]
        if not found:
            return self.new(), "words"
        item, field = self.rng.choice(found[-12:])
        return item.event_id, field.name

    def do_relabel(self) -> Command:
        event, field = self.text_field()
        came, went = self.some(LABELS, 2), frozenset(self.rng.sample(LABELS, self.rng.randint(0, 1)))
        which = self.rng.choice([None, field, field])
        return self._run(commands.relabel, CITIZEN, event, which, add=came - went, remove=went)

    do_relabel_another = do_relabel

    def do_correct(self) -> Command:
        actor = self.rng.choice([CITIZEN, self.town.actor(self.rng.choice(self.staff))])
        event, field = self.text_field()
        return self._run(commands.correct, actor, event, field, text=self.text())

    def do_correct_day(self) -> Command:
        moment = (self.town.clock() - timedelta(days=self.rng.randint(1, 9))).isoformat()
        return self._run(commands.correct, CITIZEN, self.text_field()[0], "occurred", value=f'"{moment}"')

    def do_misfile(self) -> Command:
        return self._run(commands.misfile, self.town.actor("lene"), self.event(), self.text())

    def do_convene(self) -> Command:
        return self._make(
            "meeting", commands.convene, self.town.actor("mette"), kind="network",
            starts=self.town.clock() + timedelta(days=3), purpose=self.text(), place=self.text("meetings"),
        )  # fmt: skip

    def do_invite(self) -> Command:
        whom, others, why = self.partner(), self.partners(), self.text()
        return self._on_meeting("mette", lambda one, act: one.invite(whom, others, act, purpose=why))

    do_invite_another = do_invite

    def do_approve(self) -> Command:
        knows, (meeting, invited) = self.partners(), self.meeting()
        whom = tuple(self.rng.sample(invited, min(len(invited), self.rng.randint(1, 2))))
        return self._run(
            commands.on_meeting, CITIZEN, meeting, lambda one, act: one.approve(whom, knows, act)
        )

    do_approve_another = do_approve

    def do_disapprove(self) -> Command:
        meeting, invited = self.meeting()
        whom = self.rng.choice(invited or [self.partner()])
        return self._run(
            commands.on_meeting, CITIZEN, meeting, lambda one, act: one.withdraw_approval(whom, act)
        )

    def do_cancel(self) -> Command:
        return self._on_meeting("mette", lambda one, act: one.cancel(act))

    def do_agree(self) -> Command:
        owner, parties, knows = self.rng.choice([None, self.partner()]), self.partners(), self.partners()
        what, due, made = self.text("agreements", *self.some(LABELS, 1)), date(2026, 9, 1), self.new()
        return self._on_meeting(
            "mette",
            lambda one, act: one.agree(
                made, act, owner=owner, parties=parties, what=what, knows=knows, due=due
            ),
        )

    def do_handover(self) -> Command:
        actor, items = self.town.actor(self.rng.choice(self.staff)), (self.event(),)
        return self._make(
            "handover", commands.propose_handover, actor, self.partner(), kind="knowledge",
            items=items if self.rng.random() < 0.6 else (), approved=self.rng.random() < 0.7,
        )  # fmt: skip

    def do_withdraw_handover(self) -> Command:
        hub, handover = self.town.hub, self.one("handover")
        found = hub.store.load(handover)
        sender = getattr(found, "from_partner", None)
        slug = next((s for s in self.staff if self.town.partners[self.at[s]] == sender), "mette")
        actor, command = self.town.actor(slug), self.new()
        return lambda: commands.on_handover(
            hub, actor, handover, lambda one, act: one.withdraw(act), command_id=command
        )

    def do_agree_text(self) -> Command:
        return self._run(commands.agree_text, CITIZEN, self.partner(), self.text())

    def do_protect(self) -> Command:
        protect = self.rng.choice([commands.protect_address, commands.unprotect_address])
        return self._run(protect, self.town.actor("lene"), text=self.text("address"))

    def do_emergency(self) -> Command:
        actor = self.town.actor(self.rng.choice(["lene", "mette", "rie"]))
        return self._run(commands.open_emergency, actor, reason=self.text("contact"), call_back=True)

    def do_treatment(self) -> Command:
        return self._run(commands.note_treatment, self.town.actor("rie"), text=self.text("health"))

    def _run(self, do: Callable[..., Answer], actor: Any, *terms: Any, **more: Any) -> Command:
        command = self.new()
        return lambda: do(self.town.hub, actor, self.citizen, *terms, command_id=command, **more)

    def _make(self, what: str, do: Callable[..., Answer], actor: Any, *terms: Any, **more: Any) -> Command:
        run = self._run(do, actor, *terms, **more)

        def then() -> Answer:
            answer = run()
            made = UUID(answer.ids["consent" if what == "spoken" else what])
            if made not in self.made.setdefault(what, []):
                self.made[what].append(made)
            return answer

        return then

    def _on_meeting(self, who: str | None, do: Callable[[Any, Any], Any]) -> Command:
        actor = CITIZEN if who is None else self.town.actor(who)

        def decide(meeting: Any, act: Any) -> None:
            do(meeting, act)

        return self._run(commands.on_meeting, actor, self.one("meeting"), decide)


# What is really there.


def rows(town: Town, citizen: UUID) -> Sights:
    """What each partner's system has, and what each person is shown, through the hub's own ways."""
    found: Sights = {}
    now, key = town.clock(), town.wired.vault.key_of(citizen)
    for partner in town.partners.values():
        seen: Seen = {}
        theirs = town.wired.partner_views.rows(partner, citizen, now)
        texts = town.wired.vault.text_keys((event, key) for row in theirs for event in row.text_events)
        for row in theirs:
            content, fields = open_row(town.wired.vault, partner, row, key, texts)
            purposes = content.get("field_purposes", {})
            shown = {n: (purposes.get(n, content["purposes"]), v) for n, v in fields.items()}
            seen[row.event_id] = (content["why"], content["happened"], shown)
        found[partner, None] = seen
    state, moment = town.hub.state(citizen), to_microseconds(now)
    for slug, person in town.persons.items():
        partner = town.wired.vault.person(slug).partner
        assert partner is not None
        found[partner, person] = {}
        for purpose in purpose_names(state.task_purposes(partner, person, moment)):
            _read(town, slug, citizen, purpose, found[partner, person])
    return found


def _read(town: Town, slug: str, citizen: UUID, purpose: str, seen: Seen) -> None:
    try:
        entries = town.access.timeline(town.reader(slug), citizen, purpose, limit=1000).entries
    except AccessDenied:
        return
    for entry in entries:
        why, happened, fields = seen.get(entry.event_id, (entry.why, entry.happened, {}))
        why = min(why, entry.why, key=WHYS.index)
        for name, value in entry.fields.items():
            fields[name] = ((*fields.get(name, ((), None))[0], purpose), value)
        fields["by"] = ((), entry.by)
        seen[entry.event_id] = (why, happened, fields)


def differences(before: Sights, after: Sights) -> set[Told]:
    """What became different, eyes by eyes."""
    found = set()
    for partner, eyes in before.keys() | after.keys():
        had, has = before.get((partner, eyes), {}), after.get((partner, eyes), {})
        for event in had.keys() | has.keys():
            old, new = _bare(had.get(event)), _bare(has.get(event))
            if old == new:
                continue
            kind = "gained" if old is None else "lost" if new is None else "changed"
            was, now = old[2] if old else {}, new[2] if new else {}
            altered = {name for name in was.keys() & now.keys() if was[name] != now[name]}
            altered |= {"occurred"} if old and new and old[1] != new[1] else set()
            names = (now.keys() - was.keys(), was.keys() - now.keys(), altered)
            found.add(Told(partner, eyes, event, kind, *(tuple(sorted(one)) for one in names)))
    return found


def _bare(seen: tuple[str, str | None, Fields] | None) -> tuple[str, str | None, Fields] | None:
    """Without who recorded it: that is told under `learns`."""
    return seen and (seen[0], seen[1], {name: value for name, value in seen[2].items() if name != "by"})


def names(town: Town, sights: Sights, partner: UUID) -> set[UUID]:
    """The organisations that a partner comes across."""
    known = {str(one): one for one in town.partners.values()}
    found = set()
    for (at, _), seen in sights.items():
        for _, _, fields in seen.values() if at == partner else ():
            for _, value in fields.values():
                for one in value if isinstance(value, list) else [value]:
                    found.add(known.get(str(one)))
    return {one for one in found if one is not None} - {partner}


def told(found: Preview) -> set[Told]:
    """What the preview says, eyes by eyes."""
    return {
        Told(
            effect.partner,
            eyes,
            change.item.event_id,
            change.kind,
            change.gained,
            change.lost,
            change.altered,
        )
        for effect in found.effects
        for change in effect.changes
        for eyes in change.eyes
    }


# The comparison.


def steps(town: Town, seed: int, number: int) -> Iterator[tuple[str, list[str], int]]:
    """Command after command: its name, where its preview was wrong, and how much it changed."""
    rng = random.Random(seed)
    play = Play(town, rng)
    carried = 0
    while carried < number:
        town.later(days=rng.choice([0, 0, 0, 0, 1]), seconds=rng.randint(1, 90))
        commands.expire_consents(town.hub, play.citizen)
        catch_up(town)
        name, command = play.command()
        before, head = rows(town, play.citizen), town.hub.log.head()
        made = {what: list(ids) for what, ids in play.made.items()}
        try:
            with town.hub.rehearse() as rehearsal:
                answer = command()
        except (Refused, AccessDenied) as refused:
            with pytest.raises(type(refused)):
                command()
            continue
        finally:
            play.made = made
        assert head == town.hub.log.head(), "a rehearsal recorded something"
        found = preview_of(town.hub, rehearsal, Reader.citizen(), town.clock())
        assert found is not None
        assert answer == command(), name
        catch_up(town)
        after = rows(town, play.citizen)
        carried += 1
        yield name, wrong(town, found, before, after), len(told(found))


def catch_up(town: Town) -> None:
    """What people read, and what partners' systems get."""
    town.run("timeline")
    town.run("partner_view")


def wrong(town: Town, found: Preview, before: Sights, after: Sights) -> list[str]:
    """Where a preview is not what happened."""
    real, said = differences(before, after), told(found)
    faults = [f"happened, and was not said: {one}" for one in real - said]
    faults += [f"was said, and did not happen: {one}" for one in said - real]
    learns = {effect.partner: set(effect.learns) for effect in found.effects}
    for name, partner in town.partners.items():
        new = names(town, after, partner) - names(town, before, partner)
        if new != learns.get(partner, set()):
            faults.append(f"{name} learned of {new}, and {learns.get(partner)} was said")
    return faults


_STATES = preview.states


@pytest.mark.parametrize("kind", ["block", "grant", "ended", "item"])
def test_a_preview_that_forgets_a_statement_is_found(
    database: Database, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one kind of statement left out of the preview, the comparison finds it: it can fail."""

    def forgetful(hub: Any, citizen: UUID, rehearsal: Any) -> Any:
        rehearsal.statements = [one for one in rehearsal.statements if one.kind != kind]
        return _STATES(hub, citizen, rehearsal)

    monkeypatch.setattr(preview, "states", forgetful)
    town = settle(database, tmp_path)
    assert any(found for _, found, _ in steps(town, SEED, STEPS))
    print("control: caught")


def test_a_preview_is_what_then_happens(database: Database, tmp_path: Path) -> None:
    """For every command, what the preview says that each partner gains, loses and learns is what the rows then say."""
    shares: Counter[str] = Counter()
    faults, changed = [], 0
    for name, found, changes in steps(settle(database, tmp_path), SEED, STEPS):
        shares[name] += 1
        changed += bool(changes)
        faults += [f"{name} (command {sum(shares.values())} of seed {SEED}): {fault}" for fault in found]
    print(f"\nseed {SEED}: {STEPS} commands, {changed} with an effect, {len(faults)} faults; {dict(shares)}")
    assert not faults, "\n".join(faults[:10])
    assert changed > STEPS / 3
    assert shares.keys() >= {
        "give", "narrow", "withdraw", "block", "lift", "relabel", "correct", "invite", "approve", "handover", "task",
    }  # fmt: skip


assert set(LABELS) <= {str(category) for category in Category}
