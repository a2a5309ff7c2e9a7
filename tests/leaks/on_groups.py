"""Methods on consumer groups and transactions: those of the hub, of other partners, and its own turned to theirs."""

from typing import Any
from uuid import uuid4

from tests.leaks.hunting import Seen, alike, method
from tests.leaks.on_topics import judged, nameless, other
from tests.leaks.raw import evidence, said, told
from tests.leaks.scene import Scene

REFUSED = "GROUP_AUTHORIZATION_FAILED"
REFUSED_TOPIC = "TOPIC_AUTHORIZATION_FAILED"
REFUSED_ID = "TRANSACTIONAL_ID_AUTHORIZATION_FAILED"
REFUSED_CLUSTER = "CLUSTER_AUTHORIZATION_FAILED"


def group(scene: Scene, number: int) -> str:
    """A group of somebody else: of the hub's workers, or of another partner's system."""
    names = ("timeline", "partner_view", "overview", f"partner.{scene.b}.main")
    return scene.cluster.group(names[number % len(names)])


def own_group(scene: Scene, number: int) -> str:
    """A group of its own."""
    return scene.cluster.group(f"partner.{scene.a}.hunt{number}")


def nobodys(scene: Scene) -> str:
    """A group that is not there."""
    return scene.cluster.group(f"partner.{uuid4()}.main")


def committed(scene: Scene, name: str, topics: Any = None) -> dict[str, Any]:
    """What a group has committed: on these topics, or on all."""
    wanted = [{"group_id": name, "topics": topics}]
    return scene.raw.ask("OffsetFetch", version=8, groups=wanted, require_stable=False)


def join(scene: Scene, name: str) -> dict[str, Any]:
    """Join a group as a consumer."""
    return scene.raw.ask(
        "JoinGroup",
        group_id=name,
        session_timeout_ms=10_000,
        rebalance_timeout_ms=10_000,
        member_id="",
        protocol_type="consumer",
        protocols=[{"name": "range", "metadata": b"\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00"}],
    )


# Groups.


@method("groups", "Read the offsets that others' groups have committed", "The broker refuses.", REFUSED)
def fetch_offsets(scene: Scene, number: int) -> Seen:
    """How far others have read tells how much there is."""
    topics = [{"name": other(scene, number), "partition_indexes": [0]}] if number % 2 else None
    return judged(committed(scene, group(scene, number), topics))


@method(
    "groups", "Read the offsets of another's group against one that is not there", "The same answer.", "alike"
)
def fetch_offsets_missing(scene: Scene, number: int) -> Seen:
    """There or not there."""
    return alike(*(nameless(committed(scene, name), name) for name in (group(scene, number), nobodys(scene))))


@method(
    "groups", "Read what its own group has committed on another's topic", "The broker refuses.", REFUSED_TOPIC
)
def fetch_own_offsets(scene: Scene, number: int) -> Seen:
    """The group is its own, the topic is not."""
    topics = [{"name": other(scene, number), "partition_indexes": [0]}]
    return judged(committed(scene, own_group(scene, number), topics))


@method("groups", "Commit offsets in others' groups", "The broker refuses.", REFUSED)
def commit(scene: Scene, number: int) -> Seen:
    """A group that is moved would read again, or pass over."""
    partitions = [{"partition_index": 0, "committed_offset": 0, "committed_metadata": ""}]
    topics = [{"name": scene.cluster.events, "partitions": partitions}]
    return judged(
        scene.raw.ask("OffsetCommit", version=8, group_id=group(scene, number), member_id="", topics=topics)
    )


@method("groups", "Commit offsets of another's topic in its own group", "The broker refuses.", REFUSED_TOPIC)
def commit_other(scene: Scene, number: int) -> Seen:
    """The group is its own, the topic is not."""
    partitions = [{"partition_index": 0, "committed_offset": 0, "committed_metadata": ""}]
    topics = [{"name": other(scene, number), "partitions": partitions}]
    name = own_group(scene, number)
    return judged(scene.raw.ask("OffsetCommit", version=8, group_id=name, member_id="", topics=topics))


@method("groups", "Delete offsets of others' groups", "The broker refuses.", REFUSED)
def delete_offsets(scene: Scene, number: int) -> Seen:
    """Also in a group of its own: it may not."""
    names = (group(scene, number), own_group(scene, number))
    topics = [{"name": scene.topic(), "partitions": [{"partition_index": 0}]}]
    return judged(scene.raw.ask("OffsetDelete", group_id=names[number % 2], topics=topics))


@method("groups", "Delete others' groups", "The broker refuses.", REFUSED)
def delete_groups(scene: Scene, number: int) -> Seen:
    """And one that is not there."""
    names = (group(scene, number), nobodys(scene))
    return judged(scene.raw.ask("DeleteGroups", groups_names=[names[number % 2]]))


@method("groups", "Join others' groups", "The broker refuses.", REFUSED)
def join_other(scene: Scene, number: int) -> Seen:
    """A member is given partitions."""
    return judged(join(scene, group(scene, number)))


@method("groups", "Join another's group against one that is not there", "The same answer.", "alike")
def join_missing(scene: Scene, number: int) -> Seen:
    """There or not there."""
    return alike(*(nameless(join(scene, name), name) for name in (group(scene, number), nobodys(scene))))


@method(
    "groups", "Speak for a member of others' groups: sync, heartbeat, leave", "The broker refuses.", REFUSED
)
def speak(scene: Scene, number: int) -> Seen:
    """With a member's name that is guessed."""
    name, member = group(scene, number // 3), f"member-{number}"
    asked: list[tuple[str, dict[str, Any]]] = [
        (
            "SyncGroup",
            {
                "generation_id": 1,
                "member_id": member,
                "assignments": [],
                "protocol_type": "consumer",
                "protocol_name": "range",
            },
        ),
        ("Heartbeat", {"generation_id": 1, "member_id": member}),
        ("LeaveGroup", {"members": [{"member_id": member}]}),
    ]
    what, fields = asked[number % 3]
    return judged(scene.raw.ask(what, group_id=name, **fields))


@method("groups", "Describe others' groups", "The broker refuses: no member, no host.", REFUSED)
def describe(scene: Scene, number: int) -> Seen:
    """In the three ways that there are."""
    name = group(scene, number)
    ways: list[tuple[str, dict[str, Any]]] = [
        ("DescribeGroups", {"groups": [name]}),
        ("ConsumerGroupDescribe", {"group_ids": [name], "include_authorized_operations": False}),
        ("ShareGroupDescribe", {"group_ids": [name], "include_authorized_operations": False}),
    ]
    what, fields = ways[number % 3]
    return judged(scene.raw.ask(what, **fields))


@method("groups", "Describe another's group against one that is not there", "The same answer.", "alike")
def describe_missing(scene: Scene, number: int) -> Seen:
    """There or not there."""
    names = (group(scene, number), nobodys(scene))
    return alike(*(nameless(scene.raw.ask("DescribeGroups", groups=[name]), name) for name in names))


@method("groups", "List all groups", "Its own, and no other.", "its own")
def list_groups(scene: Scene, _: int) -> Seen:
    """Of every kind and state."""
    answer = scene.raw.ask("ListGroups", states_filter=[], types_filter=[])
    begins = own_group(scene, 0).removesuffix("hunt0")
    strangers = [name for name in told(answer, "group_id") if not name.startswith(begins)]
    return Seen("others" if strangers else "its own", evidence(answer))


@method("groups", "Ask where others' groups and transactions are kept, against ones that are not there",
        "The same refusal.", "alike")  # fmt: skip
def coordinator(scene: Scene, number: int) -> Seen:
    """Groups and transactional ids in turn."""
    kind = number % 2
    names = (
        (scene.cluster.relay, f"{scene.cluster.prefix}.x") if kind else (group(scene, number), nobodys(scene))
    )
    answers = [scene.raw.ask("FindCoordinator", key_type=kind, coordinator_keys=[name]) for name in names]
    same = alike(*(nameless(answer, name) for answer, name in zip(answers, names, strict=True)))
    return same if "AUTHORIZATION_FAILED" in said(answers) else Seen("an address", evidence(answers))


# Transactions.


def begin(scene: Scene, name: str | None) -> dict[str, Any]:
    """Begin as the producer with this transactional id; None: as a producer without one."""
    return scene.raw.ask("InitProducerId", transactional_id=name, transaction_timeout_ms=10_000)


@method("groups", "Begin as the relay, and fence it", "The broker refuses; the relay goes on.", REFUSED_ID)
def fence(scene: Scene, number: int) -> Seen:
    """By its transactional id, and others that look like it."""
    names = (scene.cluster.relay, f"{scene.cluster.relay}.{number}", scene.own.user, scene.topic("authority"))
    return judged(begin(scene, names[number % 4]))


@method(
    "groups",
    "Begin with another's transactional id against one that is not there",
    "The same answer.",
    "alike",
)
def fence_missing(scene: Scene, _: int) -> Seen:
    """There or not there."""
    return alike(*(begin(scene, name) for name in (scene.cluster.relay, str(uuid4()))))


@method(
    "groups", "Add another's topic, or its own, to the relay's transaction", "The broker refuses.", REFUSED_ID
)
def add_partitions(scene: Scene, number: int) -> Seen:
    """With guessed producers."""
    return judged(
        scene.raw.ask(
            "AddPartitionsToTxn",
            version=3,
            v3_and_below_transactional_id=scene.cluster.relay,
            v3_and_below_producer_id=number,
            v3_and_below_producer_epoch=0,
            v3_and_below_topics=[
                {"name": (scene.inbox, other(scene, number))[number % 2], "partitions": [0]}
            ],
        )
    )


@method("groups", "Add its offsets to the relay's transaction", "The broker refuses.", REFUSED_ID)
def add_offsets(scene: Scene, number: int) -> Seen:
    """With guessed producers."""
    fields = {"producer_id": number, "producer_epoch": 0, "group_id": own_group(scene, 0)}
    return judged(scene.raw.ask("AddOffsetsToTxn", transactional_id=scene.cluster.relay, **fields))


@method("groups", "Commit offsets inside the relay's transaction", "The broker refuses.", REFUSED_ID)
def commit_in_transaction(scene: Scene, number: int) -> Seen:
    """With guessed producers."""
    partitions = [{"partition_index": 0, "committed_offset": 0, "committed_metadata": ""}]
    return judged(
        scene.raw.ask(
            "TxnOffsetCommit",
            version=3,
            transactional_id=scene.cluster.relay,
            group_id=own_group(scene, 0),
            producer_id=number,
            producer_epoch=0,
            topics=[{"name": scene.topic(), "partitions": partitions}],
        )
    )


@method("groups", "End the relay's transaction", "The broker refuses.", REFUSED_ID)
def end_transaction(scene: Scene, number: int) -> Seen:
    """Committed or not."""
    fields = {"producer_id": number, "producer_epoch": 0, "committed": bool(number % 2)}
    return judged(scene.raw.ask("EndTxn", version=4, transactional_id=scene.cluster.relay, **fields))


@method("groups", "Write a transaction's end by hand", "The broker refuses.", REFUSED_CLUSTER)
def write_markers(scene: Scene, number: int) -> Seen:
    """On its own topic and on another's."""
    topics = [{"name": (scene.topic(), other(scene, number))[number % 2], "partition_indexes": [0]}]
    marker = {"producer_id": number, "producer_epoch": 0, "transaction_result": True, "coordinator_epoch": 0}
    return judged(scene.raw.ask("WriteTxnMarkers", version=1, markers=[{**marker, "topics": topics}]))


@method(
    "groups", "Describe others' transactions, against one that is not there", "The same refusal.", "alike"
)
def describe_transactions(scene: Scene, _: int) -> Seen:
    """What the relay is writing to now."""
    names = (scene.cluster.relay, str(uuid4()))
    answers = [scene.raw.ask("DescribeTransactions", transactional_ids=[name]) for name in names]
    same = alike(*(nameless(answer, name) for answer, name in zip(answers, names, strict=True)))
    return same if said(answers) == REFUSED_ID else Seen(said(answers), evidence(answers))


@method("groups", "List all transactions", "None: it has none of its own.", "none")
def list_transactions(scene: Scene, _: int) -> Seen:
    """Of every state and producer."""
    answer = scene.raw.ask("ListTransactions", state_filters=[], producer_id_filters=[])
    return Seen("some" if told(answer, "transactional_id") else "none", evidence(answer))
