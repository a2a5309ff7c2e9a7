"""Rows of a partner's view, opened: the same for a person's screen and for the partner's topic."""

from typing import Any, Protocol
from uuid import UUID

import orjson

from hub.vault import DataKey, Vault


class SealedRow(Protocol):
    """One row of a partner's view, still sealed."""

    @property
    def event_id(self) -> UUID: ...  # noqa: D102
    @property
    def sealed(self) -> bytes: ...  # noqa: D102
    @property
    def texts(self) -> list[bytes]: ...  # noqa: D102


def open_row(
    vault: Vault, partner: UUID, row: SealedRow, key: DataKey, cipher: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A row's content and its fields, free text in clear: {"text": …, "labels": […]}.

    `cipher` is the event's text key; where it is gone (None) a text is None. Raises Unreadable.
    """
    content: dict[str, Any] = orjson.loads(
        vault.open_row(key, row.sealed, partner.bytes + row.event_id.bytes)
    )
    fields: dict[str, Any] = dict(content["fields"])
    for name, sealed in zip(content["texts"], row.texts, strict=True):
        words = None if cipher is None else vault.open_text(cipher, sealed, row.event_id, name)
        fields[name] = {"text": words, **fields[name]}
    return content, fields
