"""What ought to be on the broker: topics with their settings, and permits, as deploy/kafka/topics.toml says."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from hub.kafka.connection import Cluster

FILE: Final = Path(__file__).resolve().parents[2] / "deploy" / "kafka" / "topics.toml"
HUB: Final = ("events", "relay")
"""The kinds of topic that a hub has one of; every partner has one each of the others."""
PARTNER: Final = ("partner", "inbox")

Changed = Mapping[str, Mapping[str, str]]
"""Other settings than the file's, by kind of topic: for tests that cannot wait for minutes."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it ought to be."""

    name: str
    partitions: int
    copies: int
    settings: dict[str, str]


class Permit(NamedTuple):
    """One thing that one user may do."""

    user: str
    on: str
    """topic, group, transactional_id or cluster"""
    name: str
    beginning: bool
    """Whether the name is the beginning of the names it is about."""
    may: str


def topics_of_hub(cluster: Cluster, partitions: int, changed: Changed | None = None) -> tuple[Topic, ...]:
    """The topics that the hub itself has."""
    return tuple(_topic(kind, cluster, partitions, None, changed or {}) for kind in HUB)


def topics_of(cluster: Cluster, partner: UUID, changed: Changed | None = None) -> tuple[Topic, ...]:
    """The topics of one partner: what it reads, and what it sends in."""
    return tuple(_topic(kind, cluster, 1, partner, changed or {}) for kind in PARTNER)


def permits_of(cluster: Cluster, partners: Iterable[UUID], hub_user: str | None = None) -> frozenset[Permit]:
    """What the users of these partners may do; and the hub's own, where it is named."""
    found = [
        permit
        for partner in partners
        for permit in _permits("partner", cluster, cluster.partner_user(partner), partner)
    ]
    if hub_user is not None:
        found += _permits("hub", cluster, hub_user, None)
    return frozenset(found)


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def _named(pattern: str, cluster: Cluster, partner: UUID | None) -> str:
    return pattern.format(prefix=cluster.prefix, partner=partner)


def _topic(kind: str, cluster: Cluster, partitions: int, partner: UUID | None, changed: Changed) -> Topic:
    said = _file()[kind]
    settings = {**said["settings"], **changed.get(kind, {})}
    fewest = max(1, min(int(settings["min.insync.replicas"]), cluster.replicas - 1))
    settings["min.insync.replicas"] = str(fewest)
    name = _named(said["name"], cluster, partner)
    return Topic(name, said.get("partitions", partitions), cluster.replicas, settings)


def _permits(whose: str, cluster: Cluster, user: str, partner: UUID | None) -> list[Permit]:
    return [
        Permit(
            user,
            said["on"],
            _named(said.get("name") or said["beginning"], cluster, partner),
            "beginning" in said,
            may,
        )
        for said in _file()["permits"][whose]
        for may in said["may"]
    ]
