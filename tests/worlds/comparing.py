"""What one partner could tell two worlds apart by.

Rows are also looked at while the read models are behind. No partner reads them there: its people are answered by a
decision of the moment, and its topic waits until the rows are decided anew. A row that something newer may restrict is
withheld meanwhile, whether or not it takes anything away, so there a row may be missing in one world alone. What both
worlds show must be the same; and where as much waits in the one as in the other, nothing may be missing either.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import orjson

WAITING: Final = """
    SELECT count(*) FROM statements AS s
    JOIN generations AS g ON g.view = 'partner_view' AND g.live
    WHERE s.restricts AND (s.partner_id = %s OR s.partner_id IS NULL)
      AND s.position > (SELECT min(k.position) FROM checkpoints AS k WHERE k.schema_name = g.schema_name)
"""
"""How many statements that may take something from a partner no read model has handled yet."""


class Behind(NamedTuple):
    """The partner's rows while the read models are behind."""

    waiting: int
    rows: list[Any]
    """Each begins with what the partner calls it."""

    def shared(self, other: "Behind") -> list[Any]:
        """The rows that the other world must show as well."""
        if self.waiting == other.waiting:
            return self.rows
        theirs = {row[0] for row in other.rows}
        return [row for row in self.rows if row[0] in theirs]


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> Iterator[str]:
    """What was seen in one world and not, or otherwise, in the other."""
    for what in dict.fromkeys((*one, *other)):
        if (first := one.get(what, b"")) != (second := other.get(what, b"")):
            yield f"{what}\n    one   {first!r}\n    other {second!r}"


def differing_behind(one: dict[str, Behind], other: dict[str, Behind]) -> Iterator[str]:
    """The same of rows while the read models are behind, after the steps that both worlds recorded."""
    for what in [what for what in one if what in other]:
        first, second = one[what].shared(other[what]), other[what].shared(one[what])
        yield from differing({what: in_json(first)}, {what: in_json(second)})


def in_json(found: Any) -> bytes:
    """What was found, as bytes."""
    return orjson.dumps(found, default=_in_words)


def _in_words(value: Any) -> Any:
    """What JSON has no word for."""
    return {"bytes": value.hex()} if isinstance(value, bytes) else str(value)
