"""Items: an event as the decision sees it. Which labels it carries, whom it names, when it happened, who recorded it.

Nothing here holds content: a decision is made on labels and ids alone.
"""

from typing import NamedTuple
from uuid import UUID

from hub.schemas import Body, FieldShape, Schema
from hub.vocabulary import CATEGORY_BIT, EXISTENCE, PARAGRAPHS, UNKNOWN, Role, Source, mask_of


class ItemField(NamedTuple):
    """One field that can be disclosed."""

    name: str
    labels: int
    """The schema's category and what its author chose, as a bit set."""
    partners: tuple[UUID, ...]
    """The organisations it names; what their names reveal is added by the decision."""
    key: bool
    text: bool = False
    """Whether it is free text, which alone is lost when an event was written on the wrong person."""


class Item(NamedTuple):
    """One event, as far as disclosing it goes. Times are microseconds since 1970 UTC."""

    event_id: UUID
    event: str
    position: int
    source: UUID | None
    """The partner that recorded it; None is the citizen (or the hub)."""
    occurred_at: int | None
    recorded_at: int
    imported: bool
    existence: int
    fields: tuple[ItemField, ...]
    named: UUID | None
    """For an event about a consent: the partner it is to."""


def item_of(schema: Schema, body: Body, event_id: UUID, position: int) -> Item:
    """What the decision needs of an event, from its body and its writer's schema."""
    act = body["act"]
    partner = act["partner"] if act["role"] == Role.PARTNER else None
    category = EXISTENCE.get(schema.event)
    fields = tuple(
        _field(shape, body[shape.name])
        for shape in schema.fields
        if shape.kind not in ("term", "envelope") and _present(body[shape.name])
    )
    return Item(
        event_id,
        schema.event,
        position,
        partner and UUID(bytes=partner),
        act["occurred_at"],
        act["recorded_at"],
        act["source"] == Source.IMPORT,
        UNKNOWN if category is None else CATEGORY_BIT[category],
        fields,
        UUID(bytes=body["partner"]) if schema.event.startswith("consents.") and "partner" in body else None,
    )


def _present(value: object) -> bool:
    return value is not None


def _field(shape: FieldShape, value: object) -> ItemField:
    labels = shape.labels
    partners: tuple[UUID, ...] = ()
    if shape.kind == "text":
        labels |= mask_of(value) if isinstance(value, str) else UNKNOWN
    elif shape.kind == "partner" and isinstance(value, bytes):
        partners = (UUID(bytes=value),)
    elif shape.kind == "partners" and isinstance(value, list):
        partners = tuple(UUID(bytes=each) for each in value)
    elif shape.reveals == "paragraph":
        labels |= mask_of(PARAGRAPHS.get(str(value), ""))
    return ItemField(shape.name, labels or UNKNOWN, partners, shape.key, shape.kind == "text")
