"""Methods of administration: topics, settings, permits, users, quotas, and the cluster itself."""

import socket
import struct
from typing import Any
from uuid import uuid4

from tests.leaks.hunting import Seen, alike, method
from tests.leaks.on_topics import judged, missing, nameless, other
from tests.leaks.raw import evidence, said, told
from tests.leaks.scene import Scene

REFUSED = "CLUSTER_AUTHORIZATION_FAILED"
REFUSED_TOPIC = "TOPIC_AUTHORIZATION_FAILED"
_TOPIC, _BROKER, _GROUP = 2, 4, 32
_ANY, _SHA_512 = 1, 2


# Topics and settings.


@method(
    "admin", "Make topics", "The broker refuses, whether there is one of that name or not.", REFUSED_TOPIC
)
def create_topics(scene: Scene, number: int) -> Seen:
    """Of names that are there and names that are not."""
    name = (other(scene, number), missing(scene), f"{scene.cluster.prefix}.new")[number % 3]
    wanted = {"name": name, "num_partitions": 1, "replication_factor": 1, "assignments": [], "configs": []}
    return judged(scene.raw.ask("CreateTopics", topics=[wanted], timeout_ms=5_000, validate_only=False))


@method("admin", "Delete topics, against one that is not there", "The same refusal.", "alike")
def delete_topics(scene: Scene, number: int) -> Seen:
    """By name."""
    names = (other(scene, number), missing(scene))
    answers = [
        nameless(scene.raw.ask("DeleteTopics", version=5, topic_names=[name], timeout_ms=5_000), name)
        for name in names
    ]
    return alike(*answers) if said(answers) == REFUSED_TOPIC else Seen(said(answers), evidence(answers))


@method("admin", "Add partitions to topics, against one that is not there", "The same refusal.", "alike")
def create_partitions(scene: Scene, number: int) -> Seen:
    """Another count would break the order."""
    names = (other(scene, number), missing(scene))
    answers = []
    for name in names:
        topics = [{"name": name, "count": 2, "assignments": None}]
        answer = scene.raw.ask("CreatePartitions", topics=topics, timeout_ms=5_000, validate_only=True)
        answers.append(nameless(answer, name))
    return alike(*answers) if said(answers) == REFUSED_TOPIC else Seen(said(answers), evidence(answers))


def configs(scene: Scene, kind: int, name: str) -> dict[str, Any]:
    """The settings of something."""
    wanted = {"resource_type": kind, "resource_name": name, "configuration_keys": None}
    return scene.raw.ask("DescribeConfigs", resources=[wanted])


@method("admin", "Read the settings of topics, against one that is not there", "The same refusal.", "alike")
def describe_configs(scene: Scene, number: int) -> Seen:
    """Also of its own: it may not."""
    names = ((other(scene, number), scene.topic(), scene.cluster.events)[number % 3], missing(scene))
    answers = [nameless(configs(scene, _TOPIC, name), name) for name in names]
    return alike(*answers) if said(answers) == REFUSED_TOPIC else Seen(said(answers), evidence(answers))


@method("admin", "Read the settings of the broker", "The broker refuses.", REFUSED)
def describe_broker(scene: Scene, number: int) -> Seen:
    """There are secrets and superusers in them."""
    return judged(configs(scene, _BROKER, ("1", "", "2")[number % 3]))


@method("admin", "Change the settings of topics", "The broker refuses.", REFUSED_TOPIC)
def alter_configs(scene: Scene, number: int) -> Seen:
    """In both ways: nothing would be kept, or nothing let go."""
    name = (scene.topic(), other(scene, number), scene.cluster.events)[number % 3]
    setting = {"name": "retention.ms", "value": "1"}
    resource = {"resource_type": _TOPIC, "resource_name": name}
    if number % 2:
        changes = [{**resource, "configs": [{**setting, "config_operation": 0}]}]
        return judged(scene.raw.ask("IncrementalAlterConfigs", resources=changes, validate_only=False))
    changes = [{**resource, "configs": [setting]}]
    return judged(scene.raw.ask("AlterConfigs", resources=changes, validate_only=False))


@method("admin", "List everything that has settings", "The broker refuses.", REFUSED)
def list_configs(scene: Scene, number: int) -> Seen:
    """Of every kind, or of groups."""
    return judged(scene.raw.ask("ListConfigResources", resource_types=[[], [_GROUP], [16]][number % 3]))


# Permits and users.


def _acl(scene: Scene, number: int) -> dict[str, Any]:
    return {
        "resource_type": _TOPIC,
        "resource_name": (other(scene, number), scene.cluster.events, "*")[number % 3],
        "resource_pattern_type": 3,
        "principal": f"User:{scene.own.user}",
        "host": "*",
        "operation": 3,
        "permission_type": 3,
    }


@method("admin", "List the permits", "The broker refuses: no name of a user or a topic.", REFUSED)
def describe_acls(scene: Scene, number: int) -> Seen:
    """All of them, and its own."""
    answer = scene.raw.ask(
        "DescribeAcls",
        resource_type_filter=_ANY,
        resource_name_filter=None,
        pattern_type_filter=_ANY,
        principal_filter=(None, f"User:{scene.own.user}")[number % 2],
        host_filter=None,
        operation=_ANY,
        permission_type=_ANY,
    )
    return judged(answer)


@method("admin", "Give itself a permit", "The broker refuses.", REFUSED)
def create_acls(scene: Scene, number: int) -> Seen:
    """To read another's topic, the log, or everything."""
    return judged(scene.raw.ask("CreateAcls", creations=[_acl(scene, number)]))


@method("admin", "Take permits away", "The broker refuses.", REFUSED)
def delete_acls(scene: Scene, number: int) -> Seen:
    """The answer would list what there was."""
    wanted = {
        "resource_type_filter": _TOPIC,
        "resource_name_filter": other(scene, number),
        "pattern_type_filter": _ANY,
        "principal_filter": None,
        "host_filter": None,
        "operation": _ANY,
        "permission_type": _ANY,
    }
    return judged(scene.raw.ask("DeleteAcls", filters=[wanted]))


@method(
    "admin", "Ask which users have a secret, against one who does not exist", "The same refusal.", "alike"
)
def describe_users(scene: Scene, number: int) -> Seen:
    """Other partners' users, the superuser, nobody."""
    there = (scene.cluster.partner_user(scene.b), str(scene.cluster.user), str(scene.own.user))[number % 3]
    names = (there, scene.cluster.partner_user(uuid4()))
    answers = [
        nameless(scene.raw.ask("DescribeUserScramCredentials", users=[{"name": name}]), name)
        for name in names
    ]
    return alike(*answers) if said(answers) == REFUSED else Seen(said(answers), evidence(answers))


@method("admin", "Give users another secret, or take theirs away", "The broker refuses.", REFUSED)
def alter_users(scene: Scene, number: int) -> Seen:
    """Another's, the superuser's, its own."""
    name = (scene.cluster.partner_user(scene.b), str(scene.cluster.user), str(scene.own.user))[number % 3]
    made = {"iterations": 8192, "salt": b"salt", "salted_password": b"x" * 64}
    user = {"name": name, "mechanism": _SHA_512}
    change = {"upsertions": [{**user, **made}]} if number % 2 else {"deletions": [user]}
    return judged(scene.raw.ask("AlterUserScramCredentials", **{"deletions": [], "upsertions": [], **change}))


@method("admin", "Make and list delegation tokens", "There are none on this broker; for another user it is refused.",
        "DELEGATION_TOKEN_AUTH_DISABLED", "DELEGATION_TOKEN_AUTHORIZATION_FAILED")  # fmt: skip
def tokens(scene: Scene, number: int) -> Seen:
    """For itself and for another."""
    if number % 3 == 2:
        return judged(scene.raw.ask("DescribeDelegationToken", owners=None))
    owner = ("User", scene.cluster.partner_user(scene.b)) if number % 3 else (None, None)
    named = {"owner_principal_type": owner[0], "owner_principal_name": owner[1]}
    return judged(scene.raw.ask("CreateDelegationToken", **named, renewers=[], max_lifetime_ms=60_000))


@method("admin", "Log in as others with a wrong secret", "Refused.", "refused")
def log_in(scene: Scene, number: int) -> Seen:
    """The last of the exchange, for users who exist."""
    users = (scene.cluster.partner_user(scene.b), str(scene.cluster.user))
    steps, seen = _scram(scene.own.bootstrap, users[number % 2])
    return Seen("refused" if steps[-1] != 0 else "let in", seen)


@method("admin", "Begin to log in as a user who exists, against one who does not",
        "Told apart: the mechanism (SCRAM) answers the one with a salt. It tells which organisations have a secret, "
        "by ids that must be known, and nothing of citizens.", "a salt against a refusal")  # fmt: skip
def begin_to_log_in(scene: Scene, _: int) -> Seen:
    """The first step of the exchange."""
    names = (scene.cluster.partner_user(scene.b), scene.cluster.partner_user(uuid4()))
    found = [_scram(scene.own.bootstrap, name) for name in names]
    words = ["a salt" if steps[0] == 0 else "a refusal" for steps, _ in found]
    return Seen(" against ".join(words), evidence([seen for _, seen in found]))


def _scram(bootstrap: str, user: str) -> tuple[list[int], bytes]:
    """Begin a login by hand, with a proof that proves nothing; each step's error code, and all that was answered."""
    host, _, port = bootstrap.rpartition(":")
    codes, seen = [], b""
    with socket.create_connection((host, int(port)), timeout=10) as link:

        def ask(key: int, body: bytes) -> bytes:
            request = struct.pack(">hhih", key, 1 if key == 17 else 0, len(codes), -1) + body
            link.sendall(struct.pack(">i", len(request)) + request)
            size = struct.unpack(">i", _exactly(link, 4))[0]
            return _exactly(link, size)[4:]

        mechanism = b"SCRAM-SHA-512"
        ask(17, struct.pack(">h", len(mechanism)) + mechanism)
        for text in (f"n,,n={user},r=hunt", "c=biws,r=hunt,p=eHg="):
            message = text.encode()
            answer = ask(36, struct.pack(">i", len(message)) + message)
            codes.append(struct.unpack(">h", answer[:2])[0])
            seen += answer
            if codes[-1] != 0:
                break
    return codes, seen


def _exactly(link: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = link.recv(size - len(found))
        assert more, "the broker closed the connection"
        found += more
    return found


# Quotas and the cluster.


@method("admin", "Read others' quotas", "The broker refuses.", REFUSED)
def describe_quotas(scene: Scene, number: int) -> Seen:
    """All, or one user's."""
    one = {"entity_type": "user", "match_type": 0, "match": scene.cluster.partner_user(scene.b)}
    return judged(scene.raw.ask("DescribeClientQuotas", components=[[], [one]][number % 2], strict=False))


@method("admin", "Set others' quotas", "The broker refuses.", REFUSED)
def alter_quotas(scene: Scene, number: int) -> Seen:
    """A slow neighbour is a visible one."""
    names = (scene.cluster.partner_user(scene.b), str(scene.cluster.user))
    entity = [{"entity_type": "user", "entity_name": names[number % 2]}]
    change = {"key": "consumer_byte_rate", "value": 1.0, "remove": False}
    entries = [{"entity": entity, "ops": [change]}]
    return judged(scene.raw.ask("AlterClientQuotas", entries=entries, validate_only=False))


@method("admin", "Ask for the sizes of topics on disk", "The broker refuses: no size of anything.", REFUSED)
def log_dirs(scene: Scene, number: int) -> Seen:
    """Of all, of another's, of its own."""
    wanted = [
        None,
        [{"topic": other(scene, number), "partitions": [0]}],
        [{"topic": scene.topic(), "partitions": [0]}],
    ]
    return judged(scene.raw.ask("DescribeLogDirs", topics=wanted[number % 3]))


@method("admin", "Move topics to another disk", "The broker refuses.", REFUSED)
def move_dirs(scene: Scene, number: int) -> Seen:
    """Where somebody might copy them."""
    dirs = [{"path": "/tmp", "topics": [{"name": other(scene, number), "partitions": [0]}]}]  # noqa: S108 - a name
    return judged(scene.raw.ask("AlterReplicaLogDirs", dirs=dirs))


@method("admin", "Elect leaders", "The broker refuses.", REFUSED)
def elect(scene: Scene, number: int) -> Seen:
    """Of all, or of another's topic."""
    wanted = [None, [{"topic": other(scene, number), "partitions": [0]}]][number % 2]
    return judged(scene.raw.ask("ElectLeaders", election_type=0, topic_partitions=wanted, timeout_ms=5_000))


@method("admin", "Reassign partitions, and list those that move", "The broker refuses.", REFUSED)
def reassign(scene: Scene, number: int) -> Seen:
    """A copy on a broker of one's own would be everything."""
    if number % 2:
        return judged(scene.raw.ask("ListPartitionReassignments", topics=None, timeout_ms=5_000))
    partitions = [{"partition_index": 0, "replicas": [2]}]
    topics = [{"name": other(scene, number), "partitions": partitions}]
    return judged(scene.raw.ask("AlterPartitionReassignments", version=0, topics=topics, timeout_ms=5_000))


@method("admin", "Change the cluster's features, ask its quorum", "The broker refuses.", REFUSED)
def cluster_insides(scene: Scene, number: int) -> Seen:
    """The log of the cluster's own doings holds every topic's name."""
    if number % 2:
        topics = [{"topic_name": "__cluster_metadata", "partitions": [{"partition_index": 0}]}]
        return judged(scene.raw.ask("DescribeQuorum", topics=topics))
    update = {"feature": "metadata.version", "max_version_level": 1, "upgrade_type": 2}
    updates = [update]
    return judged(
        scene.raw.ask("UpdateFeatures", feature_updates=updates, validate_only=True, timeout_ms=5_000)
    )


@method("admin", "Describe the cluster", "Its id and its brokers' addresses: nothing of topics, users or citizens.",
        "brokers alone")  # fmt: skip
def describe_cluster(scene: Scene, _: int) -> Seen:
    """Everybody who logs in may ask."""
    answer = scene.raw.ask("DescribeCluster", include_cluster_authorized_operations=False)
    known = {
        "throttle_time_ms",
        "error_code",
        "error_message",
        "endpoint_type",
        "cluster_id",
        "controller_id",
    }
    more = {name for name in answer if name not in known | {"brokers", "authorized_operations"}}
    of_brokers = {name for broker in answer["brokers"] for name in broker}
    more |= of_brokers - {"broker_id", "host", "port", "rack", "is_fenced"}
    return Seen("more" if more or told(answer, "topics") else "brokers alone", evidence(answer))
