"""Kafka from the command line: its topics and permits as they ought to be, how they are, and the broker's programs."""

from typing import Annotated, Any, Final

from hub.application.broker_access import BrokerAccess
from hub.cli.base import group, out, out_json, verb
from hub.cli.options import Json, option
from hub.cli.partner_topic import access_to
from hub.cli.session import Session, session
from hub.cli.show import wrapped
from hub.kafka.admin import Admin, Difference
from hub.kafka.topics import topics_of, topics_of_hub
from hub.texts import Pair, say

app: Final = group(
    "Kafka: emner, indstillinger og rettigheder.",
    "Kafka: topics, settings and permits.",
    "hub kafka apply --dry-run",
)
_SAID: Final[dict[str, Pair]] = {
    "topic": ("emnet mangler, partitioner", "the topic is missing, partitions"),
    "setting": ("indstillingen er en anden", "the setting is another"),
    "copies": ("der er for få kopier", "there are too few copies"),
    "permit": ("rettigheden mangler", "the permit is missing"),
    "permit_gone": ("rettigheden er én for meget", "the permit is one too many"),
    "denied": ("nogen har forbudt det", "somebody has denied it"),
    "everyone": ("det er åbent for alle", "it is open to everybody"),
    "unguarded": ("Kafka spørger ingen om lov", "Kafka asks nobody for permission"),
    "credential_gone": ("hemmeligheden er én for meget", "the secret is one too many"),
    "credential_missing": ("hemmeligheden er væk", "the secret is lost"),
}
_TO_DO: Final[dict[str, Pair]] = {
    "copies": ("flyt partitionerne med kafka-reassign-partitions", "reassign the partitions"),
    "denied": ("fjern den selv, hvis den ikke er ment", "remove it yourself if it is not meant"),
    "everyone": ("fjern den: den gælder mere end hubben", "remove it: it is about more than the hub"),
    "unguarded": ("sæt authorizer.class.name i Kafka", "set authorizer.class.name at the broker"),
    "credential_missing": ("kør hub partner rotate", "run hub partner rotate"),
}


@verb(
    app,
    "apply",
    "Bring Kafka til det, der står i deploy/kafka/topics.toml; kan gentages.",
    "Bring Kafka to what deploy/kafka/topics.toml says; safe to repeat.",
    "hub kafka apply --dry-run",
)
def apply(
    hub_user: Annotated[
        str | None,
        option(
            "--hub-user",
            "Giv også denne bruger det, hubben selv skal kunne.",
            "Give this user too what the hub itself must be able to do.",
            "USER",
        ),
    ] = None,
    *,
    dry_run: Annotated[bool, option("--dry-run", "Sig det kun; ret intet.", "Only say it.")] = False,
    json: Json = False,
) -> None:
    """Bring the broker to what it ought to be."""
    with session() as s:
        access = access_to(s)
        with Admin(access.cluster) as admin:
            found = access.apply(admin, s.wired.partitions, hub_user=hub_user, dry_run=dry_run)
    if json:
        out_json({"changed": bool(found) and not dry_run, "differences": [one._asdict() for one in found]})
        return
    for one in found:
        wrapped(line_of(one, dry_run=dry_run))
    if not found:
        out(say("Intet afviger.", "Nothing differs."))


@verb(
    app,
    "status",
    "Vis klyngen, emnerne og hvad der afviger.",
    "Show the cluster, the topics and what differs.",
    "hub kafka status --json",
)
def status(*, json: Json = False) -> None:
    """Show how the broker is."""
    with session() as s:
        access = access_to(s)
        with Admin(access.cluster) as admin:
            found = _status(s, access, admin)
    if json:
        out_json(found)
        return
    out(f"{say('Klynge', 'Cluster')}: {found['cluster']}")
    for topic in found["topics"]:
        there = say("mangler", "is missing")
        if topic["id"] is not None:
            there = f"{topic['partitions']} {say('partitioner', 'partitions')}, {topic['id']}"
        wrapped(f"{topic['name']}: {there}")
    count = len(found["differences"])
    if count:
        wrapped(
            say(f"{count} afvigelser: kør hub kafka apply.", f"{count} differences: run hub kafka apply.")
        )
    else:
        out(say("Intet afviger.", "Nothing differs."))


def _status(s: Session, access: BrokerAccess, admin: Admin) -> dict[str, Any]:
    wanted = [
        topic.name
        for topic in (
            *topics_of_hub(access.cluster, s.wired.partitions),
            *(topic for partner in access.partners() for topic in topics_of(access.cluster, partner)),
        )
    ]
    there = admin.topics(wanted)
    return {
        "cluster": admin.cluster_id(),
        "topics": [
            {
                "name": name,
                "id": str(there[name].id) if name in there else None,
                "partitions": there[name].partitions if name in there else None,
            }
            for name in wanted
        ],
        "differences": [one._asdict() for one in access.apply(admin, s.wired.partitions, dry_run=True)],
    }


@verb(
    app,
    "fetch",
    "Hent Kafkas programmer (Maven, kontrolleret mod en liste), til lokal brug.",
    "Fetch Kafka's programs (Maven, checked against a list), for local use.",
    "hub kafka fetch",
)
def fetch() -> None:
    """Fetch the local broker's programs."""
    from hub.broker import fetch as fetch_programs  # noqa: PLC0415 - only here, and only for a local broker

    out(str(fetch_programs()))


def line_of(one: Difference, *, dry_run: bool = False) -> str:
    """A difference in one line: what it is about, what is the matter, and what was done."""
    from_to = f" {one.was} → {one.now}" if one.was else f" {one.now}" if one.now else ""
    if not one.repaired:
        done = say(*_TO_DO[one.kind])
    elif dry_run:
        done = say("rettes af hub kafka apply", "hub kafka apply puts it right")
    else:
        done = say("rettet", "put right")
    return f"{one.what}: {say(*_SAID[one.kind])}{from_to} ({done})"
