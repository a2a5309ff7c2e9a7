"""What one run of the demonstration counted and measured."""

from dataclasses import dataclass, field
from uuid import UUID

from hub.example.check import Audit


@dataclass(slots=True)
class Summary:
    """What the run counted and measured; times in seconds."""

    seed: int
    citizens: int
    name: str = ""
    citizen: UUID = field(default=UUID(int=0))
    jobcentre: UUID = field(default=UUID(int=0))
    partners: int = 0
    events: int = 0
    rows: int = 0
    seen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """For each event of the table, the partners that see it."""
    before: int = 0
    after: int = 0
    gone: int = 0
    behind_when_refused: int = 0
    """How many events the partner views had not taken in when the read was refused."""
    refused: bool = False
    refused_after: float = 0.0
    gone_after: float = 0.0
    looked: int = 0
    audit: Audit = field(default=Audit(0, 0, 0, 0, 0, 0, 0))
    seconds: float = 0.0
    stopped: bool = False

    @property
    def ok(self) -> bool:
        """Whether everything that was put to the test held."""
        audit = self.audit
        return (
            self.refused
            and self.after == 0
            and audit.differences == 0
            and audit.caught == audit.planted > 0
            and audit.events == audit.last_position
            and self.stopped
        )
