"""A message between organisations: what its Bundle says about it, and what it says to a reader.

MedCom's care communication is a message Bundle: a MessageHeader whose focus is one Communication, a Provenance for
each step of the thread, and the Patient once more in each Bundle, under any id. A Communication holds segments, each
with its own time and the earlier ones of the thread behind them. What a reader gets is the newest segments, and of the
earlier ones those that no other message of the citizen has brought: nothing is lost, and nothing is told twice.

An attachment is only referred to, by its title or else by its kind; what it holds stays in the sealed original.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import Final

from hub.interop.fhir_codes import CodeTable
from hub.interop.fhir_read import Body
from hub.interop.fhir_refs import targets
from hub.interop.fhir_values import COPENHAGEN, Moment, Target, codings, moment, part, parts, target, word

ACTIVITIES: Final = "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-messaging-activityCodes"
RETRACT: Final = "retract-message"
SEGMENT_TIME: Final = "http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-datetime-extension"

_KINDS: Final = {
    "reply-message": "Svar",
    "forward-message": "Videresendt besked",
    "modified-message": "Rettet besked",
}
_URGENT: Final = frozenset({"asap", "stat", "urgent"})
_FILES: Final = {
    "application/pdf": "PDF-fil",
    "image": "billede",
    "video": "video",
    "audio": "lydfil",
    "text": "tekstfil",
}
_MONTHS: Final = (
    *("januar", "februar", "marts", "april", "maj", "juni"),
    *("juli", "august", "september", "oktober", "november", "december"),
)  # fmt: skip
_BREAK: Final = re.compile(
    r"\s*<(?:br|/p|/li|/tr|/div|/h[1-6]|/caption|/?ul|/?ol|/?table)\b[^<>]*>\s*", re.IGNORECASE
)
_ITEM: Final = re.compile(r"\s*<li\b[^<>]*>\s*", re.IGNORECASE)
_TAG: Final = re.compile(
    r"</?(?:a|b|blockquote|body|div|em|font|h[1-6]|i|p|pre|s|strike|caption|small|span|strong|sub|sup|t[dhr]|tbody|thead|u)\b[^<>]*>",
    re.IGNORECASE,
)


# -------------------------------------------------------------------------------------- the Bundle around


@dataclass(frozen=True, slots=True)
class Message:
    """What a message Bundle says about what came with it."""

    header: str | None = None
    """`MessageHeader/id`."""
    activity: str | None = None
    """What kind of step this is, in MedCom's codes."""
    at: Moment | None = None
    """When the step was taken."""
    focus: tuple[str, ...] = ()
    """What the message is: `Communication/id`."""
    removes: tuple[str, ...] = ()
    """The headers of the messages that it takes back."""
    subject: Target | None = field(default=None, repr=False)
    """Whom the message is about, when it is about one person."""
    taken_back: bool = False
    """Whether it takes itself, or another message, back."""


def message_of(resources: tuple[Body, ...], scope: Mapping[str, str], stamp: str | None) -> Message:
    """Read the header, the step and the citizen of a message Bundle."""
    header = next((one for one in resources if one.get("resourceType") == "MessageHeader"), {})
    own = f"MessageHeader/{header['id']}" if isinstance(header.get("id"), str) else None
    focus = tuple(found.path for found in targets(header, ("focus",), scope) if found.kind == "id")
    step = next((one for one in resources if own is not None and _tells_of(one, own, scope)), {})
    code = next((code for system, code, _ in codings([part(step, "activity")]) if system == ACTIVITIES), None)
    removes = tuple(
        found.path
        for entity in parts(step, "entity")
        if entity.get("role") == "removal"
        for found in targets(entity, ("what",), scope)
        if found.kind == "id"
    )
    at = moment(step.get("occurredDateTime")) or moment(step.get("recorded")) or moment(stamp)
    messages = [one for one in resources if f"{one.get('resourceType')}/{one.get('id')}" in focus]
    back = code == RETRACT or any(one.get("status") == "entered-in-error" for one in messages)
    return Message(own, code, at, focus, removes, _subject(resources, messages, scope), back)


def _tells_of(body: Body, header: str, scope: Mapping[str, str]) -> bool:
    if body.get("resourceType") != "Provenance":
        return False
    return any(found.path == header for found in targets(body, ("target",), scope))


def _subject(resources: tuple[Body, ...], messages: list[Body], scope: Mapping[str, str]) -> Target | None:
    for body in messages:
        if part(body, "subject"):
            return target(part(body, "subject"), scope, parts(body, "contained"))
    named = {word(one, "id") for one in resources if one.get("resourceType") == "Patient"}
    name = next(iter(named)) if len(named) == 1 else None
    return Target("id", "Patient", name) if name is not None else None


# ------------------------------------------------------------------------------------------- what it says


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a thread: a text, or the name of what was attached."""

    at: Moment | None
    text: str | None = field(repr=False)
    attached: str | None = field(repr=False)

    @property
    def mark(self) -> tuple[datetime | None, str | None, str | None]:
        """What tells a segment from another, wherever it is repeated."""
        return (self.at.first if self.at else None, self.text, self.attached)


@dataclass(frozen=True, slots=True)
class Thread:
    """The segments of a Communication: its own, and the earlier ones that it carries along."""

    own: tuple[Segment, ...]
    earlier: tuple[Segment, ...]
    at: Moment | None
    whole: bool
    """Whether every time in it is a real time."""


def thread_of(body: Body) -> Thread:
    """Tell what is new in a Communication from what it repeats: the newest time is its own."""
    segments: list[Segment] = []
    whole = True
    for payload in parts(body, "payload"):
        stamps = [
            one.get("valueDateTime") for one in parts(payload, "extension") if one.get("url") == SEGMENT_TIME
        ]
        at = moment(stamps[0]) if stamps else None
        whole = whole and (at is not None or not stamps)
        said = word(payload, "contentString")
        text, attached = (plain(said) or None) if said else None, _attached(payload)
        if text or attached:
            segments.append(Segment(at, text, attached))
    newest = max((one.at for one in segments if one.at), key=lambda at: at.first, default=None)
    own = tuple(one for one in segments if one.at is None or one.at == newest)
    return Thread(own, tuple(one for one in segments if one not in own), newest, whole)


def _attached(payload: Body) -> str | None:
    """Return what an attachment is called; never what it holds or where it lies."""
    if file := part(payload, "contentAttachment"):
        return _one_line(word(file, "title")) or _kind(
            word(file, "contentType"), linked=word(file, "url") is not None
        )
    if reference := part(payload, "contentReference"):
        return _one_line(word(reference, "display")) or "et dokument"
    return None


def _kind(kind: str | None, *, linked: bool) -> str:
    known = (kind or "").casefold().partition(";")[0].strip()
    broad = known.partition("/")[0]
    return _FILES.get(known) or _FILES.get(broad) or _one_line(known) or ("et link" if linked else "en fil")


def _one_line(text: str | None) -> str | None:
    return " ".join(text.split()) if text else None


def written(
    body: Body, thread: Thread, message: Message | None, table: CodeTable, said: frozenset[object]
) -> tuple[str, frozenset[str]]:
    """Return the text of a message for a reader, and what it reveals. `said` are segments that stand elsewhere."""
    category = table.describe(parts(body, "category"))
    topic = table.describe([part(body, "topic")])
    lines = [_heading(body, message, category.text, topic.text)]
    lines += list(_lines(thread.own))
    for at, group in _by_time([one for one in thread.earlier if one.mark not in said]):
        lines += [f"Tidligere i tråden, {_day(at)}:" if at else "Tidligere i tråden:", *_lines(group)]
    text = "\n".join(lines)
    return text, category.labels | topic.labels | table.of_text(text)


def _heading(body: Body, message: Message | None, category: str | None, topic: str | None) -> str:
    kind = _KINDS.get((message.activity if message else None) or "", "Besked")
    urgent = ", haster" if body.get("priority") in _URGENT else ""
    about = f" ({_one_line(category)})" if category else ""
    return f"{kind}{urgent}{about}" + (f": {_one_line(topic)}" if topic else "")


def _lines(segments: list[Segment] | tuple[Segment, ...]) -> Iterator[str]:
    for one in segments:
        if one.text:
            yield one.text
        if one.attached:
            yield f"Vedhæftet: {one.attached}"


def _by_time(segments: list[Segment]) -> list[tuple[Moment | None, list[Segment]]]:
    groups: list[tuple[Moment | None, list[Segment]]] = []
    for one in sorted(segments, key=lambda one: one.at.first.timestamp() if one.at else 0.0):
        if not groups or groups[-1][0] != one.at:
            groups.append((one.at, []))
        groups[-1][1].append(one)
    return groups


def _day(at: Moment) -> str:
    day = at.first.astimezone(COPENHAGEN).date()
    return f"{day.day}. {_MONTHS[day.month - 1]} {day.year}"


def plain(text: str) -> str:
    """Return a text without the formatting that MedCom allows in it; what only looks like a tag stays."""
    if not (_BREAK.search(text) or _ITEM.search(text) or _TAG.search(text)):
        return text.strip()
    bare = _TAG.sub("", _ITEM.sub("\n- ", _BREAK.sub("\n", text)))
    lines = (" ".join(line.split()) for line in unescape(bare).splitlines())
    return "\n".join(line for line in lines if line)
