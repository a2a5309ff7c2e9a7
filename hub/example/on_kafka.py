"""The demonstration's Kafka: partners with systems of their own get topics, and what lies there is counted."""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Final, NamedTuple
from uuid import UUID

from hub.aggregates import Actor
from hub.application.broker_access import ON_SCREENS
from hub.artifacts import missing_tools
from hub.bootstrap import Wired
from hub.errors import Misconfigured
from hub.example.town import Town
from hub.kafka import partition_of
from hub.kafka.connection import Cluster
from hub.kafka.reader import Raw, read_all
from hub.relay.relay import Relay
from hub.vocabulary import Role

_EVENTS: Final = "SELECT position, citizen_id, value FROM events ORDER BY position"
Place = tuple[int, int]
"""Partition and position."""


def why_no_kafka(say: Callable[[str, str], str], *, wanted: bool) -> str | None:
    """The line that says why there is no Kafka this time; None when there can be one."""
    if not wanted:
        return say("Uden Apache Kafka, som ønsket.", "Without Apache Kafka, as asked.")
    lacking = missing_tools()
    if lacking is None:
        return None
    return say(
        "Uden Apache Kafka: den kræver Java 17 og Maven. Hubbens egen log bruges i stedet.",
        "Without Apache Kafka: it needs Java 17 and Maven. The hub's own log is used instead.",
    )


class Compared(NamedTuple):
    """What a comparison of the broker with the database found, record by record."""

    records: int
    differences: int
    planted: int
    caught: int


class OnKafka:
    """Everything that the demonstration does on the broker, in this process."""

    def __init__(self, wired: Wired, stack: ExitStack) -> None:
        cluster = wired.cluster()
        if cluster is None:
            raise Misconfigured("The demonstration has no Kafka: set HUB_KAFKA_BOOTSTRAP to `local`.")
        self._wired = wired
        self._cluster: Cluster = cluster
        wired.apply()
        self.relay: Relay = stack.enter_context(wired.relay())

    def open_topics(self, town: Town) -> int:
        """A topic for every partner that has a system of its own; how many. Their secrets are told to nobody."""
        access = self._wired.broker_access()
        partners = [one.id for one in town.organisations.values() if one.sector not in ON_SCREENS]
        for partner in partners:
            if access is not None:
                access.open(Actor(Role.HUB), partner)
        return len(partners)

    def events(self) -> int:
        """How many different events lie on the topic."""
        return len({position for (_, position), _ in self._raw()})

    def values(self, partner: UUID) -> dict[str, bool]:
        """Each record of a partner's topic, by its key: whether its value stands, or was taken back."""
        last: dict[str, bool] = {}
        for raw in read_all(self._cluster, self._cluster.partner(partner)):
            key = (raw.key or b"").decode()
            if "/" not in key and key != "tick":
                last[key] = raw.value is not None
        return last

    def compared(self) -> Compared:
        """Compare with the database, once with a record left out and one doubled on purpose, and once as it is."""
        there, ought = self._raw(), self._ought()
        faulty = [*there[1:], there[-1]]
        caught = _differences(ought, faulty) - _differences(ought, there)
        return Compared(len(there), _differences(ought, there), 2, caught)

    def _raw(self) -> list[tuple[Place, Raw]]:
        return [
            ((raw.partition, int(dict(raw.headers)["position"])), raw)
            for raw in read_all(self._cluster, self._cluster.events)
        ]

    def _ought(self) -> dict[Place, bytes]:
        """What the database says must lie where."""
        partitions = self._wired.partitions
        ought: dict[Place, bytes] = {}
        with self._wired.database.connection() as connection:
            for position, citizen, value in connection.execute(_EVENTS):
                where: Iterable[int] = range(partitions)
                if citizen is not None:
                    where = (partition_of(str(citizen).encode(), partitions),)
                ought.update({(partition, position): bytes(value) for partition in where})
        return ought


def _differences(ought: dict[Place, bytes], there: list[tuple[Place, Raw]]) -> int:
    """Records that are missing, doubled, others, or out of order."""
    times = Counter(place for place, _ in there)
    wrong = sum(abs(1 - times[place]) for place in ought) + sum(
        count for place, count in times.items() if place not in ought
    )
    wrong += sum(raw.value != ought.get(place, raw.value) for place, raw in there)
    last: dict[int, int] = {}
    for (partition, position), _ in there:
        wrong += position < last.get(partition, 0)
        last[partition] = position
    return wrong
