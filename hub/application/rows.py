"""Rows of a partner's view, opened: the same for a person's screen and for the partner's topic."""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

import orjson

from hub.application.redact import CORRECTED
from hub.vault import DataKey, Vault


class SealedRow(Protocol):
    """One row of a partner's view, still sealed."""

    @property
    def event_id(self) -> UUID: ...  # noqa: D102
    @property
    def sealed(self) -> bytes: ...  # noqa: D102
    @property
    def texts(self) -> list[bytes]: ...  # noqa: D102
    @property
    def text_events(self) -> list[UUID]: ...  # noqa: D102


def open_row(
    vault: Vault, partner: UUID, row: SealedRow, key: DataKey, ciphers: Mapping[UUID, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A row's content and its fields, free text in clear: {"text": …, "labels": […]}.

    `ciphers` are the text keys by event (a corrected text is sealed with the correction); where one is gone the text
    is None. Raises Unreadable.
    """
    content: dict[str, Any] = orjson.loads(
        vault.open_row(key, row.sealed, partner.bytes + row.event_id.bytes)
    )
    fields: dict[str, Any] = dict(content["fields"])
    for name, sealed, event in zip(content["texts"], row.texts, row.text_events, strict=True):
        cipher, field = ciphers.get(event), name if event == row.event_id else CORRECTED
        words = None if cipher is None else vault.open_text(cipher, sealed, event, field)
        fields[name] = {"text": words, **fields[name]}
    return content, fields
