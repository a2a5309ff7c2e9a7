"""The hub that is hunted: four partners on a real broker, every process of the hub at work, and things to find.

Partner A is the jobcentre, with the secret that `hub partner register --topic` told; ann works there. What A may not
know holds a word that stands nowhere else (`Scene.markers`), so that a single byte of it is recognised anywhere.
"""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

from hub.aggregates import Text
from hub.application import commands
from hub.application.broker_access import BrokerAccess
from hub.bootstrap import VIEWS
from hub.clock import FixedClock
from hub.kafka.admin import Admin
from hub.kafka.connection import Cluster
from hub.postgres import Database
from hub.projections.base import checkpoints, live_generation
from hub.relay import progress
from hub.vault import Identity
from tests import checking, cli, kafka
from tests.building import CITIZEN, Town, build
from tests.leaks.raw import Raw

PARTNERS: Final = (
    ("Myndigheden", "authority", "casework", ""),
    ("Socialpsykiatrien", "social_psychiatry", "coordination", ""),
    ("Jobcenter Nord", "jobcentre", "employment", ""),
    ("Rusmiddelcentret", "addiction_treatment", "treatment", "addiction"),
)
"""Who is registered with a topic each, for what, and what the name reveals; tasks are for the same purposes."""
STAFF: Final = {
    "lene": "authority",
    "mette": "social_psychiatry",
    "ann": "jobcentre",
    "eva": "addiction_treatment",
}
WORK: Final = ("contact", "wishes", "work", "plan", "meetings", "agreements")
LONG: Final = 30
"""How many consents the citizen of others has given in all."""
PROCESSES: Final = (
    ("relay",),
    ("consume", "timeline"),
    ("consume", "overview"),
    ("consume", "due"),
    ("consume", "consents"),
    ("consume", "partner_view"),
    ("consume", "inbox"),
)


@dataclass
class Scene:
    """A hub at work, what is hidden in it, and partner A's keys to it."""

    town: Town
    home: cli.Home
    cluster: Cluster
    own: Cluster
    """The cluster as partner A's system sees it."""
    inbox: str
    raw: Raw
    markers: dict[str, bytes] = field(default_factory=dict)
    """What A may never see, by a name for it."""
    citizens: dict[str, UUID] = field(default_factory=dict)
    ids: dict[str, UUID] = field(default_factory=dict)
    refs: list[str] = field(default_factory=list)
    """References of events that A was never given."""
    reads: dict[int, list[Any]] = field(default_factory=dict)
    """What was read of A's topic, by the number of the try."""
    timed: dict[str, bool] = field(default_factory=dict)
    """Whether the times of a method differed."""

    # Who and what.

    @property
    def a(self) -> UUID:
        """The partner that hunts."""
        return self.town.partner("jobcentre")

    @property
    def b(self) -> UUID:
        """The partner that has most to hide."""
        return self.town.partner("addiction_treatment")

    def topic(self, sector: str = "jobcentre") -> str:
        """A partner's topic."""
        return self.cluster.partner(self.town.partner(sector))

    def ask(self, query: str, *terms: Any) -> list[Any]:
        """Ask the database behind the hub's back."""
        return checking.ask(self.town.database.conninfo, query, *terms)

    def hide(self, what: str) -> str:
        """A word that stands nowhere else, to be hidden under this name."""
        word = f"Skjult{secrets.token_hex(8)}"
        self.markers[what] = word.encode()
        return word

    def secret_id(self, what: str, identity: UUID) -> UUID:
        """An id that A may not see either, as text, as hexadecimal or as bytes."""
        self.ids[what] = identity
        self.markers |= {
            f"the id of {what}": str(identity).encode(),
            f"the id of {what}, without dashes": identity.hex.encode(),
            f"the id of {what}, as bytes": identity.bytes,
        }
        return identity

    def found_in(self, seen: bytes, *, at_work: bool = False) -> list[str]:
        """The names of the hidden things that these bytes hold. Who works at A calls A's citizens as the hub does."""
        known = ("the id of the citizen known", "the id of the citizen withdrawn") if at_work else ()
        found = [name for name, marker in self.markers.items() if marker in seen]
        return [name for name in found if not name.startswith(known)] if known else found

    # What goes on.

    def settled(self, seconds: float = 180.0) -> None:
        """Wait until everything recorded is where it belongs: on the log, in the views, on the topics.

        What is sent may make a notice, which is to be sent as well: so it must be so twice, with nothing new between.
        """
        head, seen = self.town.hub.log.head()[0], [-1]

        def there() -> bool:
            with self.town.database.connection() as connection:
                relay = progress.relay_progress(connection)
                generations = [live_generation(connection, view) for view in VIEWS]
                lags = [progress.lag(connection, checkpoints(connection, each), head) for each in generations]
            done = (relay.position or 0) >= head and not (relay.unnumbered or relay.lines or any(lags))
            seen.append(relay.number if done else -1)
            return done and seen[-1] == seen[-2]

        kafka.until(there, seconds, 0.1)

    def elsewhere(self) -> None:
        """Something is recorded that A may not know: on a citizen of others, and on one whom A knows."""
        self.town.later()
        actor = self.town.actor("eva")
        words = Text.of(self.markers["the words of others"].decode(), "addiction")
        commands.tell_hope(self.town.hub, actor, self.citizens["others'"], words)
        commands.tell_hope(self.town.hub, CITIZEN, self.citizens["known"], Text.of(words.text, "health"))


def _partners(town: Town, home: cli.Home) -> dict[str, dict[str, Any]]:
    """Register everybody by the command line, as it is done; what their systems were handed."""
    handed = {}
    for name, sector, purposes, reveals in PARTNERS:
        more = ("--reveals", reveals) if reveals else ()
        said = ("--name", name, "--sector", sector, "--purpose", purposes, *more)
        answer = home.ok("partner", "register", *said, "--topic", "--json").json
        town.partners[sector] = UUID(answer["ids"]["partner"])
        handed[sector] = answer["broker"]
        home.ok("partner", "ceiling", name)
    for slug, sector in STAFF.items():
        town.add_person(slug, sector)
    return handed


def _others(scene: Scene) -> None:
    """A citizen of whom A knows nothing: with a name, tasks, consents, hopes, a plan, a meeting and a handover."""
    town = scene.town
    town.later()
    name, cpr = scene.hide("the name of others' citizen"), "0101017777"
    enrolled = commands.enrol(town.hub, town.actor("lene"), Identity(name, cpr))
    citizen = scene.secret_id("others' citizen", UUID(enrolled.ids["citizen"]))
    scene.citizens["others'"] = citizen
    town.task(citizen, "lene")
    town.task(citizen, "mette", "coordinator")
    _task(town, citizen, "eva", "treatment")
    for partner in ("social_psychiatry", "addiction_treatment"):
        scene.secret_id(
            f"a consent to {partner}",
            town.consent(citizen, partner, *WORK[:2], *WORK[3:], "health", "addiction"),
        )
    for _ in range(LONG):  # a long history takes longer to judge, if it is judged at all
        town.consent(citizen, "social_psychiatry", "wishes", "plan")
    words = scene.hide("the words of others")
    told = town.hope(citizen, "citizen", f"{words} håber", "wishes", "addiction")
    scene.secret_id("a hope of others", UUID(told.ids["hope"]))
    town.later()
    plan = commands.open_plan(town.hub, town.actor("lene"), citizen, "handleplan", Text.of(words, "plan"))
    scene.secret_id("a plan of others", UUID(plan.ids["plan"]))
    meeting = commands.convene(
        town.hub,
        town.actor("mette"),
        citizen,
        kind="coordinating",
        starts=town.clock() + timedelta(days=30),
        purpose=Text.of(scene.hide("the purpose of others' meeting"), "meetings"),
    )
    scene.secret_id("a meeting of others", UUID(meeting.ids["meeting"]))
    handover = commands.propose_handover(
        town.hub,
        town.actor("mette"),
        citizen,
        scene.b,
        kind="knowledge",
        items=(),
        text=Text.of(words, "plan"),
    )
    scene.secret_id("a handover of others", UUID(handover.ids["handover"]))
    block = commands.set_block(town.hub, CITIZEN, citizen, town.partner("authority"))
    scene.secret_id("a block of others", UUID(block.ids["block"]))


def _task(town: Town, citizen: UUID, slug: str, purpose: str) -> None:
    town.later()
    commands.assign(
        town.hub,
        town.actor("lene"),
        citizen,
        "relation",
        town.partner(STAFF[slug]),
        town.persons[slug],
        purpose,
    )


def _known(scene: Scene) -> None:
    """Citizens whom A knows: one as agreed, one who blocked A, one who withdrew; each with more to hide."""
    town = scene.town
    for name in ("known", "blocked", "withdrawn"):
        citizen = town.enrol(name=f"{name.title()} Prøve")
        scene.citizens[name] = scene.secret_id(f"the citizen {name}", citizen)
        town.task(citizen, "ann")
        consent = town.consent(citizen, "jobcentre", *WORK)
        for number in range(3):
            town.hope(citizen, "citizen", f"Et håb, nummer {number}", "wishes")
        if name == "known":  # B would see it as well; of that, A is told nothing
            _task(town, citizen, "eva", "treatment")
            consent = town.consent(citizen, "addiction_treatment", *WORK)
        hidden = scene.hide(f"what is hidden of the citizen {name}")
        town.hope(citizen, "citizen", hidden, "wishes", "health")
        if name == "withdrawn":
            scene.ids["the withdrawn consent"] = consent
    scene.settled()
    town.later()
    commands.set_block(town.hub, CITIZEN, scene.citizens["blocked"], scene.a)
    commands.withdraw_consent(town.hub, CITIZEN, scene.citizens["withdrawn"], partner=scene.a)
    gone = scene.citizens["B's own"] = scene.secret_id("B's own citizen", town.enrol())
    _task(town, gone, "eva", "treatment")
    town.consent(gone, "addiction_treatment", *WORK)
    town.hope(gone, "citizen", scene.markers["the words of others"].decode(), "wishes")
    scene.settled()
    town.later()
    commands.withdraw_consent(town.hub, CITIZEN, gone, partner=scene.b)
    for name in ("blocked", "withdrawn"):
        later = scene.hide(f"what the citizen {name} told afterwards")
        town.hope(scene.citizens[name], "citizen", later, "wishes")


def _ids_of_b(scene: Scene) -> None:
    """What B calls things: its references and its disclosure ids are nobody else's to see."""
    query = (
        "SELECT DISTINCT disclosure_id FROM partner_log WHERE partner_id = %s AND disclosure_id IS NOT NULL"
    )
    for number, (identity,) in enumerate(scene.ask(query, scene.b)):
        scene.secret_id(f"B's record {number}", identity)
    query = "SELECT reference FROM vault_references WHERE partner_id = %s"
    for number, (identity,) in enumerate(scene.ask(query, scene.b)):
        scene.secret_id(f"B's reference {number}", identity)
    query = "SELECT notice_id FROM partner_notices WHERE partner_id = %s"
    for partner, name in ((scene.a, "A's"), (scene.b, "B's")):
        many = 2 if partner == scene.a else 1
        kafka.until(lambda one=partner, n=many: len(scene.ask(query, one)) >= n)  # type: ignore[misc]
        scene.ids[f"{name} notice"] = scene.ask(query, partner)[0][0]
    scene.secret_id("B's notice", scene.ids["B's notice"])
    scene.settled()


@contextmanager
def scene(database: Database, folder: Path, cluster: Cluster) -> Iterator[Scene]:
    """Build it, start every process, and leave nothing behind."""
    clock = FixedClock(datetime.now(UTC).replace(microsecond=0) - timedelta(hours=6))
    town = build(database, folder, clock=clock)
    object.__setattr__(town.wired, "cluster", lambda: cluster)
    home = cli.Home(folder, database.conninfo)
    secret = folder / "kafka.secret"
    secret.write_text(cluster.password or "")
    secret.chmod(0o600)
    home.settings |= {
        "HUB_KAFKA_BOOTSTRAP": cluster.bootstrap,
        "HUB_KAFKA_USER": str(cluster.user),
        "HUB_KAFKA_PASSWORD_FILE": str(secret),
        "HUB_KAFKA_PREFIX": cluster.prefix,
    }
    with ExitStack() as stack:
        stack.enter_context(patch("hub.cli.session.clock", clock))
        with Admin(cluster) as admin:
            admin.apply(partitions=town.wired.partitions)
        for what in PROCESSES:
            stack.enter_context(kafka.ended(kafka.process(town, cluster, *what)))
        handed = _partners(town, home)["jobcentre"]
        own = Cluster(
            cluster.bootstrap, handed["user"], handed["secret"], handed["mechanism"], prefix=cluster.prefix
        )
        raw = Raw(own)
        stack.callback(raw.close)
        found = Scene(town, home, cluster, own, handed["inbox"], raw)
        _others(found)
        _known(found)
        found.settled()
        _ids_of_b(found)
        yield found


def reconcile(scene: Scene) -> None:
    """Bring the broker back to what is recorded."""
    with Admin(scene.cluster) as admin:
        BrokerAccess(scene.town.hub, scene.cluster, lambda _, __: None).reconcile(admin)
