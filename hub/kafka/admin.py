"""Administration: bring a broker's topics, permits and users to what they ought to be, and say what differed."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple
from uuid import UUID

from kafka import KafkaAdminClient, errors
from kafka.admin import (
    ConfigResource,
    ConfigResourceType,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

from hub.closing import Closing
from hub.errors import BrokerUnavailable, Misconfigured
from hub.kafka import permits as acls
from hub.kafka.connection import Cluster, opening, refusals, told
from hub.kafka.topics import Changed, Permit, Topic, permits_of, topics_of, topics_of_hub

_ITERATIONS: Final = 8_192
"""Rounds of PBKDF2 in a stored credential; the secrets themselves are 256 random bits."""
_ERROR: Final = re.compile(r"\[Error \d+\] (\w+)")


class Difference(NamedTuple):
    """One thing that was not as it ought to be."""

    kind: str
    """topic, setting, copies, permit, permit_gone, denied, everyone, unguarded, credential_gone, credential_missing"""
    what: str
    was: str = ""
    now: str = ""
    repaired: bool = True
    """Whether it is put right here (on a dry run: would be); otherwise somebody has to."""


class Found(NamedTuple):
    """A topic as it is."""

    id: UUID
    partitions: int
    copies: int


class Admin(Closing):
    """A broker, for whoever may administer it."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        with opening(cluster, "Kafka"):
            self._client = _opened(cluster)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    # All at once.

    def apply(
        self,
        *,
        partitions: int,
        partners: Iterable[UUID] = (),
        closed: Iterable[UUID] = (),
        hub_user: str | None = None,
        dry_run: bool = False,
        changed: Changed | None = None,
    ) -> list[Difference]:
        """Bring the hub's topics, and its partners' topics and permits, to what they ought to be.

        Those `closed` keep their topics and lose every permit. Returns what differed: nothing, the second time.
        """
        open_ = tuple(partners)
        topics = list(topics_of_hub(self.cluster, partitions, changed))
        for partner in (*open_, *closed):
            topics += topics_of(self.cluster, partner, changed)
        self.check(topics)
        differences = self.bring_permits(permits_of(self.cluster, open_, hub_user), dry_run=dry_run)
        return differences + self.bring_topics(topics, dry_run=dry_run)

    def check(self, topics: Iterable[Topic]) -> None:
        """Refuse a topic that is there with another number of partitions: that cannot be put right."""
        wanted = {topic.name: topic.partitions for topic in topics}
        for name, found in self.topics(wanted).items():
            if found.partitions != wanted[name]:
                raise Misconfigured(
                    f"The topic {name} has {found.partitions} partitions and must have {wanted[name]}: the count "
                    "cannot be changed without breaking the order of what lies there, so set HUB_PARTITIONS right, "
                    "or use another HUB_KAFKA_PREFIX."
                )

    def bring_permits(self, wanted: frozenset[Permit], *, dry_run: bool = False) -> list[Difference]:
        """Take away what partners' users may do beyond this, and what everybody may; then give what is missing."""
        if not acls.guarded(self._client):
            if wanted:
                raise Misconfigured(
                    "The broker has no authorizer, so that everybody who reaches it reads every partner's topic: set "
                    "authorizer.class.name and allow.everyone.if.no.acl.found=false there."
                )
            return [Difference("unguarded", self.cluster.prefix, repaired=False)]
        there, prefix = self.permits(), self.cluster.prefix
        extra, differences = [], []
        for permit, allows in there:
            ours = self.partner_of(permit.user) is not None
            if ours and not allows:
                differences.append(Difference("denied", acls.said(permit), repaired=False))
            elif allows and ((ours and permit not in wanted) or acls.opens_to_all(permit, prefix)):
                extra.append(permit)
            elif allows and acls.reaches(permit, prefix):
                differences.append(Difference("everyone", acls.said(permit), repaired=False))
        missing = wanted - {permit for permit, allows in there if allows}
        if extra and not dry_run:
            acls.take(self._client, extra)
        if missing and not dry_run:
            acls.give(self._client, missing)
        differences += [Difference("permit_gone", acls.said(permit)) for permit in sorted(extra)]
        return differences + [Difference("permit", acls.said(permit)) for permit in sorted(missing)]

    def bring_topics(self, topics: Iterable[Topic], *, dry_run: bool = False) -> list[Difference]:
        """Make topics that are missing, and set the settings of the others; refused where a count is wrong."""
        wanted = list(topics)
        self.check(wanted)
        found = self.topics(topic.name for topic in wanted)
        missing = [topic for topic in wanted if topic.name not in found]
        if missing and not dry_run:
            self._create(missing)
        differences = [Difference("topic", topic.name, now=str(topic.partitions)) for topic in missing]
        present = [topic for topic in wanted if topic.name in found]
        settings = self.settings(topic.name for topic in present)
        changes: dict[str, dict[str, str | None]] = {}
        for topic in present:
            there, copies = settings.get(topic.name, {}), found[topic.name].copies
            if copies < topic.copies:
                differences.append(
                    Difference("copies", topic.name, str(copies), str(topic.copies), repaired=False)
                )
            for name in sorted(there.keys() | topic.settings):
                was, now = there.get(name), topic.settings.get(name)
                if was != now:
                    changes.setdefault(topic.name, {})[name] = now
                    differences.append(Difference("setting", f"{topic.name} {name}", was or "-", now or "-"))
        if changes and not dry_run:
            self._change(changes)
        return differences

    # Topics.

    def topics(self, names: Iterable[str]) -> dict[str, Found]:
        """Those of these topics that are there."""
        wanted = list(names)
        if not wanted:
            return {}
        with refusals("Reading the topics"):
            described = self._client.describe_topics(wanted)
            for one in described:
                if one["error_code"] not in {0, errors.UnknownTopicOrPartitionError.errno}:
                    raise errors.for_code(one["error_code"])
        return {
            one["name"]: Found(
                one["topic_id"],
                len(one["partitions"]),
                min((len(each["replica_nodes"]) for each in one["partitions"]), default=0),
            )
            for one in described
            if one["error_code"] == 0
        }

    def topic_id(self, name: str) -> UUID:
        """A topic's id: another after it was deleted and made anew."""
        return self._there(name).id

    def partitions(self, name: str) -> int:
        """How many partitions a topic has."""
        return self._there(name).partitions

    def cluster_id(self) -> str:
        """The cluster's id: another after the broker was set up anew."""
        with refusals("Reading the cluster"):
            return str(self._client.describe_cluster()["cluster_id"])

    def settings(self, names: Iterable[str]) -> dict[str, dict[str, str]]:
        """What is set on each of these topics itself, whatever the broker's defaults are."""
        wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        if not wanted:
            return {}
        with refusals("Reading the settings of topics"):
            found = self._client.describe_configs(wanted).get("topic", {})
        return {
            topic: {
                name: str(said["value"])
                for name, said in settings.items()
                if said["config_source"] == "DYNAMIC_TOPIC_CONFIG"
            }
            for topic, settings in found.items()
        }

    def _there(self, name: str) -> Found:
        found = self.topics([name]).get(name)
        if found is None:
            raise BrokerUnavailable(f"The topic {name}: {told(errors.UnknownTopicOrPartitionError())}")
        return found

    def _create(self, topics: Iterable[Topic]) -> None:
        with refusals("Making topics"), _already_there():
            self._client.create_topics(
                {
                    topic.name: {
                        "num_partitions": topic.partitions,
                        "replication_factor": topic.copies,
                        "configs": topic.settings,
                    }
                    for topic in topics
                }
            )
        with refusals("Waiting for new topics"):
            self._client.wait_for_topics([topic.name for topic in topics])

    def _change(self, changes: dict[str, dict[str, str | None]]) -> None:
        """Set settings; None takes one off, so that the broker's default holds."""
        wanted = [
            ConfigResource(
                ConfigResourceType.TOPIC,
                topic,
                {name: ("DELETE", None) if value is None else value for name, value in new.items()},
            )
            for topic, new in changes.items()
        ]
        with refusals("Setting a topic's settings"):
            answers = self._client.alter_configs(wanted, raise_on_unknown=False, incremental=True)
            for answer in answers.get("topic", {}).values():
                if answer != "OK":
                    kind = _ERROR.match(answer)
                    raise getattr(errors, kind[1] if kind else "", errors.KafkaError)

        def shown() -> bool:
            there = self.settings(changes)
            return all(
                there[topic].get(name) == value
                for topic, new in changes.items()
                for name, value in new.items()
            )

        acls.until(shown, "The new settings")

    # Permits.

    def permits(self) -> list[tuple[Permit, bool]]:
        """Every permit on the broker, whoever's, and whether it allows (otherwise it denies)."""
        return acls.standing(self._client)

    # Users.

    def partner_of(self, user: str) -> UUID | None:
        """The partner whose user this is; None when it is somebody else's."""
        begins = f"{self.cluster.prefix}-partner-"
        try:
            found = UUID(user.removeprefix(begins))
        except ValueError:
            return None
        return found if user == self.cluster.partner_user(found) else None

    def credentials(self) -> dict[UUID, set[str]]:
        """The mechanisms for which each partner has a secret at the broker."""
        with refusals("Reading the users"):
            found = self._client.describe_user_scram_credentials()
        return {
            partner: {one["mechanism"].name.replace("_", "-") for one in said["credential_infos"]}
            for user, said in found.items()
            if (partner := self.partner_of(user)) is not None
        }

    def set_secret(self, partner: UUID, mechanism: str, secret: str) -> None:
        """Give a partner this secret under one mechanism; an earlier one under the same is over."""
        user = self.cluster.partner_user(partner)
        self._alter(
            "Giving a partner its secret",
            UserScramCredentialUpsertion(user, mechanism, secret, iterations=_ITERATIONS),
        )
        acls.until(lambda: mechanism in self.credentials().get(partner, ()), "The new secret")

    def drop_secret(self, partner: UUID, mechanism: str) -> None:
        """Take a partner's secret under one mechanism away."""
        user = self.cluster.partner_user(partner)
        self._alter("Taking a partner's secret away", UserScramCredentialDeletion(user, mechanism))
        acls.until(lambda: mechanism not in self.credentials().get(partner, ()), "The secret that was taken")

    def _alter(self, doing: str, alteration: object) -> None:
        with refusals(doing):
            answers = self._client.alter_user_scram_credentials([alteration])
        if any(answer is not None for answer in answers.values()):
            raise BrokerUnavailable(
                f"{doing}: the broker refused; the hub's user needs ALTER on the cluster (hub kafka apply --hub-user)."
            )


def _opened(cluster: Cluster) -> Any:
    """A client; when the broker is away its thread is ended, which the library forgets."""
    client = KafkaAdminClient.__new__(KafkaAdminClient)
    try:
        client.__init__(**cluster.options())
    except BaseException:
        if hasattr(client, "_client"):
            client._client.close()  # noqa: SLF001 - as above
            client._net.stop()  # noqa: SLF001 - as above
        raise
    return client


@contextmanager
def _already_there() -> Iterator[None]:
    """Another process may have made the topics since we looked: then they are there, as wanted."""
    try:
        yield
    except errors.TopicAlreadyExistsError:
        return


__all__ = ["Admin", "Difference", "Found"]
