"""What a reader sees of a history that is being played, as the stories ask it, and where that differs from a check.

A person is asked on the command line (`hub timeline` and `hub view`), an organisation in its view, and on its topic
where there is a Kafka. `seen_by` asks without the command line, for those who ask thousands of times.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from hub.application.access import Reader
from hub.application.broker_access import SQL as TOPICS
from hub.application.rows import open_row
from hub.cli import session
from hub.errors import AccessDenied, BadInput, HubError, NotFound, NotPermitted, WrongStatus
from hub.kafka.admin import Admin
from hub.kafka.connection import Cluster
from hub.projections.partner_rows import backfill
from hub.vocabulary import purpose_mask, purpose_names
from tests.cli import Home
from tests.kafka import decoded, folded, read, wrong_with_topic
from tests.living import Living, uid

Check = dict[str, Any]
DENIED = AccessDenied.exit_code


class Seen(NamedTuple):
    """One row as a reader sees it."""

    why: str
    fields: dict[str, Any]


Rows = dict[str, Seen]
"""What is seen, by step."""


def by_organisation(who: dict[str, Any]) -> bool:
    """Whether a check asks what an organisation's system gets, and no person on a screen."""
    return who.get("person") is None or who["channel"] in ("topic", "feed")


def seen_by(life: Living, who: dict[str, Any]) -> Rows:
    """The rows that a reader sees now: a person by reading, an organisation by its view."""
    life.catch_up()
    if by_organisation(who):
        return seen_by_partner(life, who["partner"], who["purpose"])
    reader = Reader.of(life.town.wired.vault.person(who["person"]))
    try:
        page = life.town.access.timeline(reader, life.citizen, who["purpose"], limit=1000)
    except AccessDenied:
        return {}
    steps = life.step_of()
    return {
        steps[entry.event_id]: Seen(entry.why, entry.fields)
        for entry in page.entries
        if entry.event_id in steps
    }


def seen_by_partner(life: Living, partner: str, purpose: str) -> Rows:
    """The rows of a partner's view, which its topic and its feed carry, for one of its purposes."""
    wired, bit, steps = life.town.wired, purpose_mask([purpose]), life.step_of()
    rows = wired.partner_views.rows(uid(partner), life.citizen, life.town.clock())
    key = wired.vault.key_of(life.citizen)
    texts = wired.vault.text_keys((event, key) for row in rows for event in row.text_events)
    found = {}
    for row in rows:
        if not row.purposes & bit or row.event_id not in steps:
            continue
        content, fields = open_row(wired.vault, uid(partner), row, key, texts)
        own = content.get("field_purposes", {})
        shown = {
            name: value
            for name, value in fields.items()
            if purpose in own.get(name, purpose_names(row.purposes))
        }
        found[steps[row.event_id]] = Seen(content["why"], shown)
    return found


# --------------------------------------------------------------------------------------------- the command line


@dataclass
class CommandLine:
    """The command line on the hub that plays: its settings are an environment, and its clock is the history's."""

    life: Living
    home: Home

    def rows(self, who: dict[str, Any]) -> dict[str, Rows]:
        """What a person is told, by command."""
        self.life.catch_up()
        whom, purpose = str(self.life.citizen), ("--as", who["person"], "--purpose", who["purpose"])
        asked = {
            "hub timeline": ("timeline", whom, *purpose, "--limit", "1000", "--json"),
            "hub view": ("view", str(uid(who["partner"])), whom, *purpose, "--json"),
        }
        return {name: self._told(who["partner"], *arguments) for name, arguments in asked.items()}

    def _told(self, partner: str, *arguments: str) -> Rows:
        """What a command answers, by step; nothing where it is denied."""
        answer = self.home.hub(*arguments)
        if answer.code == DENIED:
            assert not answer.out, "a denial says nothing beside itself"
            return {}
        assert answer.code == 0, (arguments, answer.err)
        steps = steps_of_partner(self.life, partner)
        return {
            steps[entry["ref"]]: Seen(entry["why"], entry["fields"])
            for entry in answer.json["entries"]
            if entry["ref"] in steps
        }


def steps_of_partner(life: Living, partner: str) -> dict[str, str]:
    """The step of each row, by what the partner calls it."""
    vault = life.town.wired.vault
    return {str(vault.disclosure_id(uid(partner), event)): step for event, step in life.step_of().items()}


@contextmanager
def command_line(life: Living) -> Iterator[CommandLine]:
    """The command line, with the clock of the hub that plays."""
    settings = life.town.wired.settings
    home = Home(settings.home, life.town.database.conninfo)
    home.settings |= {"HUB_HOME": str(settings.home), "HUB_ROOT_KEY_FILE": str(settings.root_key_file)}
    before, session.clock = session.clock, life.town.clock
    try:
        yield CommandLine(life, home)
    finally:
        session.clock = before


# ----------------------------------------------------------------------------------------------------- topics


@dataclass
class Topics:
    """The partners' topics on a real broker, read by a client that shares nothing with the hub."""

    life: Living
    cluster: Cluster
    opened: set[str] = field(default_factory=set)

    def begin(self, partners: set[str]) -> None:
        """Put the broker under the hub, and give these partners a topic, on which they are sent what they may see."""
        self.life.town.wired = replace(self.life.town.wired, cluster=lambda: self.cluster)
        with Admin(self.cluster) as admin:
            admin.apply(partitions=self.life.town.wired.partitions, partners=[])
        for partner in sorted(partners):
            self.open(partner)

    def open(self, partner: str) -> None:
        """Give a partner its topic, once it is registered."""
        wired = self.life.town.wired
        if partner in self.opened or wired.hub.partners().get(uid(partner)) is None:
            return
        self.opened.add(partner)
        with Admin(self.cluster) as admin:
            admin.apply(partitions=wired.partitions, partners=[uid(each) for each in self.opened])
        with wired.database.transaction() as connection:
            if connection.execute(TOPICS["open"], (uid(partner), self.life.town.clock())).fetchone():
                backfill(connection, uid(partner))
        self.life.caught_up = -1

    def rows(self, partner: str, purpose: str) -> Rows:
        """What lies on a partner's topic for one of its purposes: the last of each key, while it may be used."""
        self.open(partner)
        self.life.catch_up()
        steps, now, found = steps_of_partner(self.life, partner), self.life.town.clock(), {}
        conninfo = self.life.town.database.conninfo
        assert not (wrong := wrong_with_topic(conninfo, self.cluster, uid(partner))), wrong
        for key, value in folded(read(self.cluster, self.cluster.partner(uid(partner)))).items():
            _, content = decoded(value)
            until: datetime | None = content["valid_until"]
            over = until is not None and until.astimezone(UTC) <= now
            if key.decode() not in steps or purpose not in content["purposes"] or over:
                continue
            fields = {
                name: each["value"] if each["labels"] is None else {"text": each["value"]}
                for name, each in content["fields"].items()
                if each["purposes"] is None or purpose in each["purposes"]
            }
            found[steps[key.decode()]] = Seen(content["why"], fields)
        return found


# ------------------------------------------------------------------------------------------------------ asking


@dataclass
class Asked:
    """The checks of a story, asked while it is played."""

    life: Living
    screens: CommandLine | None = None
    """Where persons are asked; None: by reading alone."""
    topics: Topics | None = None
    """Where organisations are asked besides their view."""
    asked: dict[str, int] = field(default_factory=dict)
    """How many checks were asked, by surface."""
    times: int = 0
    """How many checks were asked."""
    wrong: list[str] = field(default_factory=list)

    def ask(self, check: Check) -> None:
        """Ask one check now, on every surface it is about, and note every difference."""
        self.life.not_skipped(check)
        self.times += 1
        who, where = check["as"], check.get("after") or check["at"]
        for surface, found in self.surfaces(who).items():
            self.asked[surface] = self.asked.get(surface, 0) + 1
            name = who.get("person") or f"{who['partner']} ({who['channel']})"
            self.wrong += [f"{where}, {name}, {surface}: {fault}" for fault in self.faults(check, found)]

    def surfaces(self, who: dict[str, Any]) -> dict[str, Rows]:
        """What is seen, by where."""
        if not by_organisation(who):
            return {"reading": seen_by(self.life, who)} if self.screens is None else self.screens.rows(who)
        found = {"partner view": seen_by(self.life, who)}
        if self.topics is not None:
            found["topic"] = self.topics.rows(who["partner"], who["purpose"])
        return found

    def faults(self, check: Check, found: Rows) -> list[str]:
        """Everything in which what is seen and the check differ."""
        faults = [f"{step} should be seen" for step in check["sees"] if step not in found]
        faults += [f"{step} should be absent" for step in check["not"] if step in found]
        for step, names in check.get("fields_absent", {}).items():
            there = found[step].fields if step in found else {}
            faults += [f"{step}.{n} should be absent" for n in names if self.life.hub_name(step, n) in there]
        for step, values in check.get("values", {}).items():
            for name, value in values.items():
                there = found[step].fields if step in found else {}
                shown = plain(there.get(self.life.hub_name(step, name)))
                if shown != self.expected(step, name, value):
                    faults.append(f"{step}.{name} should be {value!r}, and is {shown!r}")
        for step, why in check.get("why", {}).items():
            if step in found and found[step].why != why:
                faults.append(f"{step} is seen by {found[step].why}, not by {why}")
        return faults

    def expected(self, step: str, name: str, value: Any) -> Any:
        """A check's value as the hub gives it: organisations and persons by their ids, in no order."""
        named = self.life.step(step)["data"].get(name, {})
        if not isinstance(named, dict):
            return value
        if (step, name) in self.life.valued and value == named.get("value"):
            return self.life.valued[step, name]
        if "partners" in named:
            return {str(uid(one)) for one in value}
        return str(uid(value)) if {"partner", "person"} & named.keys() else value


def plain(value: Any) -> Any:
    """A field's value as it is shown: a text's words, a list as a set."""
    if isinstance(value, dict):
        return value.get("text")
    if isinstance(value, UUID):
        return str(value)
    return set(value) if isinstance(value, list) else value


# ---------------------------------------------------------------------------------------------------- refusals

# A refusal proves a rule only when it is that rule's. What was written wrongly, or names what is not there, is
# refused as well, and by then nothing is known of the rule: so those kinds count only where the reason speaks of them.

ALWAYS: Final = (NotPermitted, WrongStatus, AccessDenied)
"""A rule says no: to this person, in this state of things, or without a word to a stranger."""
OF_WHAT_IS_WRITTEN: Final = re.compile(
    r"\b(without|missing|label|labels|empty|required|mandatory|must|needs|gets a reason|no such|never a|number)\b",
    re.IGNORECASE,
)
OF_WHAT_IS_NOT_THEIRS: Final = re.compile(
    r"\b(only|nobody else|not (theirs|yours|his|hers|invited|there|registered)|no such|stranger|never offered)\b",
    re.IGNORECASE,
)


def right_kind(attempt: dict[str, Any], refusal: HubError) -> bool:
    """Whether a command was refused for the history's own reason, as far as its kind tells."""
    if isinstance(refusal, BadInput):
        return OF_WHAT_IS_WRITTEN.search(attempt["reason"]) is not None
    if isinstance(refusal, NotFound):
        return OF_WHAT_IS_NOT_THEIRS.search(attempt["reason"]) is not None
    return isinstance(refusal, ALWAYS)
