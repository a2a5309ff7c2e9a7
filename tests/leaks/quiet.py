"""What A can see before and after something is recorded that A may not know: it must be the same to the last byte.

Ten times something is recorded on others, and on a citizen whom A knows, under labels that A may not have. Before the
first and after each, everything is looked at that A can look at. The methods judge parts of it.
"""

from typing import Any
from weakref import WeakKeyDictionary

from tests.leaks.on_groups import begin
from tests.leaks.on_topics import fetch, metadata, offsets
from tests.leaks.on_web_clients import pages_of
from tests.leaks.scene import Scene

Look = dict[str, Any]
_looks: "WeakKeyDictionary[Any, list[Look]]" = WeakKeyDictionary()


def before_and_after(scene: Scene, number: int) -> tuple[Look, Look]:
    """What was seen before and after the hidden thing of this number."""
    looks = _looks.setdefault(scene.raw, [])
    if not looks:
        scene.settled()
        looks.append(look(scene))
    while len(looks) < number + 2:
        scene.elsewhere()
        scene.settled()
        looks.append(look(scene))
    return looks[number], looks[number + 1]


def look(scene: Scene) -> Look:
    """Everything that A can look at now."""
    topic = scene.topic()
    fetched = fetch(scene, topic)
    (partition,) = fetched["responses"][0]["partitions"]
    records = partition.pop("records")
    ends = [
        offsets(scene, name, at, how)
        for name in (topic, scene.inbox)
        for at in (-1, -2, -3)
        for how in (0, 1)
    ]
    producers = [{"name": topic, "partition_indexes": [0]}]
    known = str(scene.citizens["known"])
    return {
        "records": bytes(records),
        "fetch": partition,
        "offsets": ends,
        "producers": scene.raw.ask("DescribeProducers", topics=producers),
        "metadata": metadata(scene, None),
        "number": begin(scene, None)["producer_id"],
        "timeline": _read(scene, "timeline", known, "--refs"),
        "view": _read(scene, "view", "jobcenter", known, "--json"),
        "consents": _read(scene, "consent", "list", known),
        "overview": _read(scene, "overview", "--json"),
        "web": pages_of(scene),
    }


def _read(scene: Scene, *words: str) -> tuple[int, str, str]:
    return tuple(scene.home.hub(*words, "--as", "ann", "--purpose", "employment"))
