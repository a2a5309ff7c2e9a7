"""Methods on A's inbox: what comes back when it sends what is wrong, or what is another's."""

import json
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final
from uuid import UUID, uuid4

import fastavro

from tests import kafka
from tests.leaks.hunting import Seen, alike, method
from tests.leaks.on_topics import fetch, produce
from tests.leaks.raw import evidence, told
from tests.leaks.scene import Scene

_NAME: Final = "inbox.purge_confirmed.v1"


def confirmation(notice: UUID | str, message: UUID | None = None) -> tuple[bytes, bytes]:
    """A message in which A says that it has carried out a notice: key and value, by the published schema alone."""
    schema = json.loads((kafka.SCHEMAS / f"{_NAME}.avsc").read_text())
    digest = fastavro.schema.fingerprint(fastavro.schema.to_parsing_canonical_form(schema), "SHA-256")
    number, body = int.from_bytes(bytes.fromhex(digest)[:4], "big") >> 1, BytesIO()
    identity = str(message or uuid4())
    said = {"message": identity, "notice": str(notice), "confirmed_at": datetime.now(UTC)}
    fastavro.schemaless_writer(body, fastavro.parse_schema(schema), said)
    return identity.encode(), b"\0" + number.to_bytes(4, "big") + body.getvalue()


def sent(scene: Scene, key: bytes | None, value: bytes) -> dict[str, Any]:
    """Send a message and wait until the hub has handled it; what the broker answered."""
    handled = "SELECT count(*) FROM inbox_messages WHERE partner_id = %s"
    ((before,),) = scene.ask(handled, scene.a)
    answer = produce(scene, scene.inbox, value, key)
    kafka.until(lambda: scene.ask(handled, scene.a)[0][0] > before)
    return answer


def topic(scene: Scene) -> bytes:
    """A's topic as it lies there."""
    return evidence(told(fetch(scene, scene.topic()), "records"))


def reason(scene: Scene) -> tuple[str, str | None]:
    """What the hub made of A's last message; A is never told."""
    query = 'SELECT outcome, reason FROM inbox_messages WHERE partner_id = %s ORDER BY "offset" DESC LIMIT 1'
    ((outcome, why),) = scene.ask(query, scene.a)
    return outcome, why


def timeless(answer: dict[str, Any]) -> Any:
    """The broker's answer without the offset and the time, which are of A's own message."""
    (partition,) = answer["responses"][0]["partition_responses"]
    return {**partition, "base_offset": 0, "log_append_time_ms": 0}


@method("inbox", "Send ten kinds of bad messages", "The broker takes each alike, and nothing comes back.",
        "taken, and no answer")  # fmt: skip
def bad(scene: Scene, number: int) -> Seen:
    """Foreign bytes, other schemas, keys that do not fit, notices that are none."""
    key, value = confirmation(uuid4())
    kinds: list[tuple[bytes | None, bytes]] = [
        (key, b""),
        (key, b"hello"),
        (key, b"\0"),
        (key, b"\0\x7f\xff\xff\xff" + value[5:]),
        (key, value[:-1]),
        (key, value + b"more"),
        (None, value),
        (str(uuid4()).encode(), value),
        confirmation("no id"),
        confirmation(scene.citizens["others'"]),
    ]
    before = topic(scene)
    answer = sent(scene, *kinds[number])
    (partition,) = answer["responses"][0]["partition_responses"]
    quiet = topic(scene) == before and partition["error_code"] == 0 and not partition["error_message"]
    return Seen("taken, and no answer" if quiet else "an answer", evidence(answer))


@method("inbox", "Confirm another partner's notice, against one that is not there",
        "The same: no answer, and inside the hub the same reason.", "alike")  # fmt: skip
def notice_of_others(scene: Scene, number: int) -> Seen:
    """The notice is B's, and waits for B."""
    seen: list[Any] = []
    for notice in (scene.ids["B's notice"], uuid4())[:: -1 if number % 2 else 1]:
        before = topic(scene)
        answer = sent(scene, *confirmation(notice))
        seen.append((timeless(answer), topic(scene) == before, reason(scene)))
    return alike(*seen)


@method("inbox", "Confirm a citizen, a consent, a handover in place of a notice, against what is not there",
        "The same: no answer, and inside the hub the same reason.", "alike")  # fmt: skip
def other_ids(scene: Scene, number: int) -> Seen:
    """Ids that are something, and not a notice."""
    hidden = ("others' citizen", "a handover of others", "a consent to addiction_treatment", "B's record 0")
    seen = []
    for notice in (scene.ids[hidden[number % len(hidden)]], uuid4()):
        answer = sent(scene, *confirmation(notice))
        seen.append((timeless(answer), reason(scene)))
    return alike(*seen)
