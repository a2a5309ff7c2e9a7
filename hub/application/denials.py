"""Why something is denied, machine-readable: for the citizen, the auditor and the preview, and for nobody else."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hub.application.amendments import Amendment
from hub.application.answers import Reason
from hub.items import Item
from hub.vocabulary import CATEGORY_BIT, PURPOSE_BIT, UNKNOWN, Category

if TYPE_CHECKING:
    from hub.application.disclosure import Viewer


def reasons(viewer: "Viewer", item: Item) -> Iterable[Reason]:
    """Why the item is denied, by precedence (rule 8): the event's existence first, then each field."""
    amended = viewer.state.amendment(item.event_id)
    own, grant, ordinary = viewer.ways(item)
    if not (own or grant or ordinary):
        yield Reason("not_on_surface")
        return
    if grant is not None and viewer.gained(item, grant, amended):
        grant = None
    existence = viewer.existence(item, amended)
    missing = [*_kept(viewer, existence, None)]
    if not (own or grant):
        missing += _lacking(viewer, item, amended, existence, None, ordinary=ordinary)
    yield from missing
    if missing:
        return
    if not item.fields:
        yield Reason("no_field")
    for field in item.fields:
        labels = viewer.labels(field, amended)
        yield from _kept(viewer, labels, field.name)
        if field.text and amended.misfiled:
            yield Reason("misfiled", 0, field.name)
        elif not own:
            yield from _lacking(viewer, item, amended, labels, field.name, ordinary=ordinary)


def _kept(viewer: "Viewer", labels: int, field: str | None) -> Iterable[Reason]:
    """What no right opens, by precedence."""
    if labels & UNKNOWN:
        yield Reason("unlabelled", 0, field)
    if blocked := labels & viewer.blocked & ~UNKNOWN:
        yield Reason("blocked", blocked, field)
    if labels & viewer.kept & ~viewer.blocked & ~UNKNOWN:
        yield Reason("protected_address", CATEGORY_BIT[Category.ADDRESS], field)


def _lacking(
    viewer: "Viewer", item: Item, amended: Amendment, labels: int, field: str | None, *, ordinary: bool
) -> Iterable[Reason]:
    """What the ceiling or the grants in force do not hold of these labels."""
    if not ordinary:
        yield Reason("not_on_surface", 0, field)
        return
    over = labels & ~(viewer.ceiling | UNKNOWN)
    if over:
        yield Reason("over_ceiling", over, field)
    found: dict[str, int] = {}
    labels &= viewer.ceiling
    while labels:
        label = labels & -labels
        labels ^= label
        if (code := _lack(viewer, item, amended, label)) is not None:
            found[code] = found.get(code, 0) | label
    for code, lacked in found.items():
        yield Reason(code, lacked, field)


def _lack(viewer: "Viewer", item: Item, amended: Amendment, label: int) -> str | None:
    """Why no grant in force covers a label for the purpose asked; None when one does."""
    bit = PURPOSE_BIT.get(viewer.purpose, 0)  # type: ignore[call-overload]
    grants = [grant for grant in viewer.grants if not grant.emergency or grant.covers(item)]
    if not grants:
        return "no_consent"
    grants = [grant for grant in grants if grant.labels & label]
    if not grants:
        return "not_this_category"
    grants = [grant for grant in grants if grant.purposes & bit]
    if not grants:
        return "not_this_purpose"
    grants = [grant for grant in grants if grant.covers_source(item, amended)]
    if not grants:
        return "not_this_source"
    return None if any(grant.covers(item, amended) for grant in grants) else "not_this_time"
