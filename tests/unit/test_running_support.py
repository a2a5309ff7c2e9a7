"""Which support is running, as a citizen's page has it."""

from uuid import UUID

from hub.application.page import page_of
from hub.application.reading import Entry

SUPPORT, OTHER = UUID(int=1), UUID(int=2)


def entry(position: int, event: str) -> Entry:
    """One event of a plan, as somebody sees it."""
    identity = UUID(int=position)
    return Entry(
        ref=identity,
        position=position,
        event_id=identity,
        event=event,
        happened="2026-03-01",
        recorded="2026-03-01",
        by=None,
        why="own",
        fields={"paragraph": "§ 85"},
    )


def test_support_that_has_ended_is_not_running() -> None:
    """What was granted is running until it is ended; a pause or an adjustment ends nothing."""
    granted = [(entry(1, "plan.support_granted"), SUPPORT), (entry(2, "plan.support_granted"), OTHER)]
    since = [(entry(3, "plan.support_paused"), SUPPORT), (entry(4, "plan.support_adjusted"), SUPPORT)]

    assert 2 == len(page_of([*granted, *since]).of("supports"))
    left = page_of([*granted, *since, (entry(5, "plan.support_ended"), OTHER)]).of("supports")
    assert [1] == [thing.first.position for thing in left]
