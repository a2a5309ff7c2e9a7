"""A tree of provisions → the grants and blocks that mean the same, or the reason why none do.

What a tree says is a function of recipient, category, purpose, source, date of the data and moment of access. Each is
cut where the tree names a value, so that within a cell nothing changes; the rule is asked once for each cell, and the
cells are put together again into grants. A permission that cannot be put together so is refused: never widened, and
never narrowed either.

A denial on the first level is the citizen's "not this to them": a block, which beats every consent. A denial inside a
permission takes its part out of that permission; where another permission of the same Consent gives that part, FHIR
does not say which of the two counts, so it is refused.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Final, NamedTuple
from uuid import UUID

from hub.interop.fhir_consent_read import Provision, Recipient
from hub.interop.fhir_consent_refusals import Inexpressible

MOST_CELLS: Final = 500_000
MOST_TERMS: Final = 100
_OTHERS: Final = UUID(int=2**128 - 1)
"""Every source that the tree does not name."""
_NEVER: Final = 0
_ALWAYS: Final = 2**62
Window = tuple[int, int | None, bool]


class GrantTerms(NamedTuple):
    """A consent. `window` None: from now on; `sources` None: everybody's; `until` None: until it is withdrawn."""

    partner: UUID
    categories: frozenset[str]
    purposes: frozenset[str]
    sources: frozenset[UUID] | None
    window: Window | None
    until: int | None


class BlockTerms(NamedTuple):
    """A block. `categories` None: everything; `person` None: all of them."""

    partner: UUID
    categories: frozenset[str] | None
    person: UUID | None = None


class Terms(NamedTuple):
    """What a Consent comes to."""

    grants: tuple[GrantTerms, ...]
    blocks: tuple[BlockTerms, ...]


class _Date(NamedTuple):
    """A stretch of dates within which nothing changes; undated, or yet to come, where it has no beginning."""

    begins: int | None
    ends: int | None
    kind: str = "dated"


class _Cell(NamedTuple):
    recipient: Recipient
    category: str
    purpose: str
    source: UUID
    date: _Date
    at: int


def terms_of(rules: Iterable[Provision], now: int) -> Terms:
    """The grants and blocks that mean the same; Inexpressible when there are none."""
    grants: list[GrantTerms] = []
    blocks: list[BlockTerms] = []
    rules = list(rules)
    for rule in rules:
        if rule.permit:
            grants.extend(_Permission(rule, now).grants())
        else:
            blocks.extend(_blocks(rule, now))
        if len(grants) + len(blocks) > MOST_TERMS:
            raise Inexpressible("too_large")
    permissions = [rule for rule in rules if rule.permit]
    for one, other in product(permissions, permissions):
        if one is not other and other.exceptions and _contradict(one, other, now):
            raise Inexpressible("contradiction", other.path)
    return Terms(tuple(dict.fromkeys(grants)), tuple(dict.fromkeys(blocks)))


def _blocks(rule: Provision, now: int) -> Iterator[BlockTerms]:
    if rule.exceptions:
        raise Inexpressible("exception_to_deny", rule.path)
    if rule.recipients is None:
        raise Inexpressible("every_recipient", rule.path)
    if rule.categories == frozenset():
        raise Inexpressible("matches_nothing", rule.path)
    begins, ends = rule.period
    if begins is not None and begins > now:
        raise Inexpressible("starts_later", rule.path)
    if ends is not None or rule.purposes is not None or rule.sources is not None or rule.data is not None:
        raise Inexpressible("block_terms", rule.path)
    for partner, person in sorted(rule.recipients, key=str):
        yield BlockTerms(partner, rule.categories, person)


class _Permission:
    """One permission with its exceptions."""

    def __init__(self, rule: Provision, now: int) -> None:
        self._rule = rule
        self._now = now
        self._all = list(_with_exceptions(rule))
        _check(rule, self._all, now)

    def grants(self) -> list[GrantTerms]:
        rule = self._rule
        sources, dates, moments = self._sources(), self._dates(), self._moments()
        recipients = sorted(rule.recipients or (), key=str)
        cells = len(recipients) * len(rule.categories or ()) * len(rule.purposes or ())
        if cells * len(sources) * len(dates) * len(moments) * len(self._all) > MOST_CELLS:
            raise Inexpressible("too_large")
        found: list[GrantTerms] = []
        for recipient in recipients:
            shapes: dict[frozenset[tuple[str, _Shape]], set[str]] = {}
            for category in sorted(rule.categories or ()):
                by_shape: dict[_Shape, set[str]] = {}
                for purpose in sorted(rule.purposes or ()):
                    shape = frozenset(
                        (source, tuple(self._until(_Cell(recipient, category, purpose, source, when, 0), moments)
                                       for when in dates))
                        for source in sources
                    )  # fmt: skip
                    by_shape.setdefault(shape, set()).add(purpose)
                key = frozenset(
                    (purpose, shape) for shape, purposes in by_shape.items() for purpose in purposes
                )
                shapes.setdefault(key, set()).add(category)
            for key, categories in shapes.items():
                found.extend(self._of(recipient.partner, frozenset(categories), key, dates))
        if not found:
            raise Inexpressible("matches_nothing", rule.path)
        return found

    # Where the tree cuts.

    def _sources(self) -> list[UUID]:
        if self._rule.sources is not None:
            return sorted(self._rule.sources)
        named = {source for rule in self._all for source in rule.sources or ()}
        return [*sorted(named), _OTHERS]

    def _dates(self) -> list[_Date]:
        own = self._rule.data
        if own is None:
            raise Inexpressible("every_time", self._rule.path)
        if own.from_now_on:
            return [_Date(None, None, "from now on")]
        begins, ends = own.span
        if begins is None:
            raise Inexpressible("no_start", self._rule.path)
        cuts = {edge for rule in self._all if rule.data for edge in rule.data.span if edge is not None}
        edges = sorted(edge for edge in cuts if begins <= edge and (ends is None or edge < ends))
        stretches = [
            _Date(edge, after)
            for edge, after in zip(edges, [*edges[1:], ends], strict=True)
        ]  # fmt: skip
        return [*stretches, _Date(None, None, "undated")] if own.undated else stretches

    def _moments(self) -> list[int]:
        edges = {edge for rule in self._all for edge in rule.period if edge is not None and edge > self._now}
        return [self._now, *sorted(edges)]

    # What it says.

    def _until(self, cell: _Cell, moments: Sequence[int]) -> int:
        """Until when a cell is permitted from now; refused when it would begin later, or anew."""
        says = [permitted(self._rule, cell._replace(at=at)) for at in moments]
        stops = next((n for n, yes in enumerate(says) if not yes), None)
        if stops is None:
            return _ALWAYS
        if any(says[stops:]):
            raise Inexpressible("starts_later", self._rule.path)
        return moments[stops] if stops else _NEVER

    # Putting it together.

    def _of(
        self,
        partner: UUID,
        categories: frozenset[str],
        key: frozenset[tuple[str, "_Shape"]],
        dates: Sequence[_Date],
    ) -> Iterator[GrantTerms]:
        by_shape: dict[_Shape, set[str]] = {}
        for purpose, shape in key:
            by_shape.setdefault(shape, set()).add(purpose)
        for shape, purposes in sorted(by_shape.items(), key=lambda one: sorted(one[1])):
            for sources, profile in self._by_source(shape):
                for window, until in self._windows(profile, dates):
                    end = None if until == _ALWAYS else until
                    yield GrantTerms(partner, categories, frozenset(purposes), sources, window, end)

    def _by_source(self, shape: "_Shape") -> Iterator[tuple[frozenset[UUID] | None, "_Profile"]]:
        profiles = dict(shape)
        others = profiles.pop(_OTHERS, None)
        if others is not None and any(others):
            if any(profile != others for profile in profiles.values()):
                raise Inexpressible("all_sources_but", self._rule.path)
            yield None, others
            return
        same: dict[_Profile, set[UUID]] = {}
        for source, profile in sorted(profiles.items()):
            if any(profile):
                same.setdefault(profile, set()).add(source)
        for profile, sources in same.items():
            yield frozenset(sources), profile

    def _windows(self, profile: "_Profile", dates: Sequence[_Date]) -> Iterator[tuple[Window | None, int]]:
        if dates[0].kind == "from now on":
            yield None, profile[0]
            return
        stretches: list[tuple[int, int | None, int]] = []
        undated = _NEVER
        for date, until in zip(dates, profile, strict=True):
            if date.begins is None:
                undated = until
            elif until == _NEVER:
                continue
            elif stretches and (stretches[-1][1], stretches[-1][2]) == (date.begins, until):
                stretches[-1] = (stretches[-1][0], date.ends, until)
            else:
                stretches.append((date.begins, date.ends, until))
        carrier = next((n for n, stretch in enumerate(stretches) if stretch[2] == undated), None)
        if undated != _NEVER and carrier is None:
            raise Inexpressible("undated_only", self._rule.path)
        for n, (begins, ends, until) in enumerate(stretches):
            yield (begins, ends, undated != _NEVER and n == carrier), until


_Profile = tuple[int, ...]
"""Until when, for each stretch of dates."""
_Shape = frozenset[tuple[UUID, _Profile]]


def _with_exceptions(rule: Provision) -> Iterator[Provision]:
    yield rule
    for exception in rule.exceptions:
        yield from _with_exceptions(exception)


def _check(rule: Provision, everything: Sequence[Provision], now: int) -> None:
    """What a permission must say, and what its exceptions cannot."""
    if rule.recipients is None:
        raise Inexpressible("every_recipient", rule.path)
    if rule.categories is None:
        raise Inexpressible("every_category", rule.path)
    if rule.purposes is None:
        raise Inexpressible("every_purpose", rule.path)
    if any(one.person is not None for part in everything for one in part.recipients or ()):
        raise Inexpressible("person_actor", rule.path)
    if rule.period.begins is not None and rule.period.begins > now:
        raise Inexpressible("starts_later", rule.path)
    if rule.period.ends is not None and rule.period.ends <= now:
        raise Inexpressible("period_over", rule.path)
    news = {part.data.from_now_on for part in everything if part.data is not None}
    if len(news) > 1:
        raise Inexpressible("from_now_and_period", rule.path)


def _contradict(one: Provision, other: Provision, now: int) -> bool:
    """Whether one permission gives what an exception takes out of the other."""
    both = [*_with_exceptions(one), *_with_exceptions(other)]
    recipients = (one.recipients or frozenset()) & (other.recipients or frozenset())
    categories = (one.categories or frozenset()) & (other.categories or frozenset())
    purposes = (one.purposes or frozenset()) & (other.purposes or frozenset())
    sources = {source for rule in both for source in rule.sources or ()} | {_OTHERS}
    moments = {now} | {edge for rule in both for edge in rule.period if edge is not None and edge > now}
    edges = {edge for rule in both if rule.data for edge in rule.data.span if edge is not None}
    kinds = [_Date(edge, None) for edge in (-_ALWAYS, *sorted(edges))]
    kinds += [_Date(None, None, "undated"), _Date(None, None, "from now on")]
    if one.data is not None and other.data is not None and one.data.from_now_on is other.data.from_now_on:
        dates = [(kind, kind) for kind in kinds]
    else:  # what comes from now on can have any date
        dates = [(ours, theirs) for ours in kinds for theirs in kinds]
    cells = len(recipients) * len(categories) * len(purposes) * len(sources) * len(moments)
    if cells * len(dates) * len(both) > MOST_CELLS:
        raise Inexpressible("too_large", one.path)
    for recipient, category, purpose, source, at in product(
        recipients, categories, purposes, sources, moments
    ):
        for ours, theirs in dates:
            cell = _Cell(recipient, category, purpose, source, ours, at)
            that = cell._replace(date=theirs)
            if permitted(one, cell) and matches(other, that) and not permitted(other, that):
                return True
    return False


def permitted(rule: Provision, cell: _Cell) -> bool:
    """What a permission says of a cell: yes where it matches, unless an exception takes it out again."""
    return matches(rule, cell) and not any(_denied(exception, cell) for exception in rule.exceptions)


def _denied(rule: Provision, cell: _Cell) -> bool:
    return matches(rule, cell) and not any(permitted(exception, cell) for exception in rule.exceptions)


def matches(rule: Provision, cell: _Cell) -> bool:
    """Whether a cell meets every condition of a rule: one of the values of each."""
    begins, ends = rule.period
    return (
        (rule.recipients is None or cell.recipient in rule.recipients)
        and (rule.categories is None or cell.category in rule.categories)
        and (rule.purposes is None or cell.purpose in rule.purposes)
        and (rule.sources is None or cell.source in rule.sources)
        and (begins is None or begins <= cell.at)
        and (ends is None or cell.at < ends)
        and _dated(rule, cell.date)
    )


def _dated(rule: Provision, when: _Date) -> bool:
    if rule.data is None:
        return True
    if when.kind == "undated":
        return rule.data.undated
    if when.begins is None:
        return rule.data.from_now_on
    begins, ends = rule.data.span
    return (begins is None or begins <= when.begins) and (ends is None or when.begins < ends)
