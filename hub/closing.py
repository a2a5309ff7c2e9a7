"""What holds something until it is closed, and is closed by `with`."""

from abc import abstractmethod
from types import TracebackType
from typing import Self


class Closing:
    """A thing with `close`; `with` closes it, whatever happens inside."""

    @abstractmethod
    def close(self) -> None:
        """Let go of what it holds."""

    def __enter__(self) -> Self:
        """As it is."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()
