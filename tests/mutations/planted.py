"""A few changes of the decision by hand, each of another rule: what `make test` plants, in a second.

Each is a module, a piece of it that stands there once, and what stands there instead.
"""

from typing import Final

_D: Final = "hub.application.disclosure"
_G: Final = "hub.application.grants"
_A: Final = "hub.application.amendments"
_N: Final = "hub.application.denials"
_S: Final = "hub.application.standing"

CONTROL: Final = (
    _D,
    "protected = _ADDRESS if state.protected and not inside else 0",
    "protected = 0",
    "protected",
)
"""The last is what the names of the tests of that rule hold: without them the mutant must survive."""

PLANTED: Final = (
    (_D, "if self.facts.suspended:", "if False:"),
    (_D, "if self.blocked == -1:", "if False:"),
    (_D, "own = item.source == self.partner and not emergency", "own = item.source == self.partner"),
    (_D, "        if labels & ~self.ceiling:\n            return 0", "        labels &= self.ceiling"),
    (_D, "permitted &= purposes", "permitted |= purposes"),
    (_D, "for source in (item.source, *amended.sources):", "for source in (item.source,):"),
    (_D, "if labels & self.kept or (field.text and amended.misfiled):", "if labels & self.kept:"),
    (_D, "if self.labels(field, amended) & ~self.labels(field, grant.amended):", "if False:"),
    (_G, "moment > self.recorded_at", "moment >= self.recorded_at"),
    (_G, "moment < ends", "moment <= ends"),
    (_G, "item.imported or item.position <= self.position", "item.position <= self.position"),
    (_A, "(base | self.added) & ~self.removed or UNKNOWN", "base | self.added"),
    (_N, 'return "not_this_source"', 'return "not_this_time"'),
    (_S, "statement.recorded_at >= grant.lapses", "statement.recorded_at > grant.lapses"),
    (_S, "pending = made.partner in self.withdrawn", "pending = False"),
)
