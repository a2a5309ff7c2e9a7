"""Publish schemas: write down each one's fingerprint and stored samples, once and for all.

    python -m tests.contracts.publish

adds what is new to `published.json`, and refuses when something published was changed or removed: a record that is
stored can be read only by the schema that wrote it, for ever.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from hub.encoding import OLDER, body_of, event_classes
from hub.schemas import FOLDER, MAGIC, Envelope, Schemas
from tests.contracts.samples import sample
from tests.contracts.wire import WIRE

PUBLISHED = Path(__file__).with_name("published.json")
ENVELOPE = Envelope(
    uuid5(NAMESPACE_OID, "key"),
    uuid5(NAMESPACE_OID, "originator"),
    3,
    bytes(range(12)),
    b"sealed",
    (b"one", b"", b"three"),
)

Entry = dict[str, Any]


class Refused(Exception):
    """A published schema was changed or removed."""


def entry(schemas: Schemas, topic: str, path: Path) -> Entry:
    """What is written down of one schema."""
    if topic == "envelope.v1":
        samples = {"full": schemas.pack(ENVELOPE).hex()}
    elif topic in WIRE:
        samples = {name: (MAGIC + schemas.encode(topic, body)).hex() for name, body in WIRE[topic].items()}
    elif topic in event_classes() or topic in OLDER:
        samples = {
            name: schemas.encode(topic, body_of(sample(topic, full=name == "full"))[0]).hex()
            for name in ("full", "least")
        }
    else:
        raise Refused(
            f"{topic} has a schema and no event class, nor samples in tests/contracts/wire.py: "
            "make the class or the samples, or take the schema away."
        )
    return {
        "id": schemas.by_topic[topic].id,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "samples": samples,
    }


def read(path: Path = PUBLISHED) -> dict[str, Entry]:
    """What was published so far."""
    found: dict[str, Entry] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def changes(published: dict[str, Entry], folder: Path = FOLDER) -> list[str]:
    """What is no longer as it was published, a line for each."""
    wrong = []
    for topic, old in published.items():
        path = folder / f"{topic}.avsc"
        if not path.exists():
            wrong.append(f"{topic} was removed: put its schema back, what is stored is read by it.")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != old["sha256"]:
            wrong.append(f"{topic} was edited: take the edit back, and give the new form a new version.")
    return wrong


def publish(path: Path = PUBLISHED, folder: Path = FOLDER) -> list[str]:
    """Write down what is new; refuse, and write nothing, when something published is not as it was."""
    published = read(path)
    if wrong := changes(published, folder):
        raise Refused("\n".join(wrong))
    schemas = Schemas(folder)
    new = sorted(set(schemas.by_topic) - set(published))
    published |= {topic: entry(schemas, topic, folder / f"{topic}.avsc") for topic in new}
    path.write_text(json.dumps(published, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return new


def main() -> int:
    """Publish, and say what was new."""
    try:
        new = publish()
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    print("\n".join([f"{len(new)} new", *new]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
