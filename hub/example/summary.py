"""What one run of the demonstration counted and measured."""

from dataclasses import dataclass, field
from uuid import UUID

from hub.example.check import Audit
from hub.example.on_kafka import Compared


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
    in_emergency: int = 0
    """How many events were read by emergency access."""
    previewed: int = 0
    """How many rows the preview said that the withdrawal takes."""
    gone: int = 0
    behind_when_refused: int = 0
    """How many events the partner views had not taken in when the read was refused."""
    refused: bool = False
    refused_after: float = 0.0
    gone_after: float = 0.0
    looked: int = 0
    no_kafka: str | None = None
    """Why there was no Kafka; None when there was."""
    on_kafka: int = 0
    """How many events lay on Kafka when the year had been played."""
    topics: int = 0
    taken_back: int = 0
    """How many of the records that went were tombstones on the jobcentre's topic."""
    taken_back_after: float = 0.0
    compared: Compared = field(default=Compared(0, 0, 0, 0))
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
            and self.previewed == self.gone
            and audit.differences == 0
            and audit.caught == audit.planted > 0
            and audit.events == audit.last_position
            and self.stopped
            and (self.no_kafka is not None or self._kafka_held)
        )

    @property
    def _kafka_held(self) -> bool:
        found = self.compared
        return (
            self.on_kafka == self.events
            and self.taken_back == self.gone > 0
            and found.differences == 0
            and found.caught == found.planted > 0
        )
