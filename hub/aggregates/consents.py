"""The citizen's consents and blocks: who may know what, from whom, for what purpose, until when."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from hub.aggregates.base import Act, Aggregate, FirstEvent, Text, Window, by_citizen, event, own_id
from hub.aggregates.terms import Grant, written_categories, written_purposes
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from hub.vocabulary import Role


class Consents(Aggregate):
    """All consents of one citizen. What has ended never comes back; a new consent stands on its own."""

    TOPIC = "consents"

    class Begun(FirstEvent):
        TOPIC = "consents.begun.v1"

    class Given(Aggregate.Event):
        TOPIC = "consents.given.v1"
        consent: UUID
        partner: UUID
        categories: str
        purposes: str
        sources: tuple[UUID, ...] | None
        window: Window | None
        until: datetime | None
        form: str
        words: Text | None

    class Narrowed(Aggregate.Event):
        TOPIC = "consents.narrowed.v1"
        consent: UUID
        partner: UUID
        categories: str
        purposes: str
        sources: tuple[UUID, ...] | None
        until: datetime | None
        words: Text | None

    class Renewed(Aggregate.Event):
        TOPIC = "consents.renewed.v1"
        consent: UUID
        partner: UUID
        until: datetime | None

    class Withdrawn(Aggregate.Event):
        TOPIC = "consents.withdrawn.v1"
        consents: tuple[UUID, ...]
        partner: UUID
        channel: str
        words: Text | None

    class Expired(Aggregate.Event):
        TOPIC = "consents.expired.v1"
        consents: tuple[UUID, ...]
        partner: UUID
        reason: str

    class Refused(Aggregate.Event):
        TOPIC = "consents.refused.v1"
        partner: UUID
        categories: str
        purposes: str
        words: Text | None

    class BlockSet(Aggregate.Event):
        TOPIC = "consents.block_set.v1"
        block: UUID
        partner: UUID
        categories: str | None
        words: Text | None

    class BlockLifted(Aggregate.Event):
        TOPIC = "consents.block_lifted.v1"
        block: UUID
        partner: UUID

    class DisclosureAuthorised(Aggregate.Event):
        TOPIC = "consents.disclosure_authorised.v1"
        kind: str
        partner: UUID
        text: Text | None
        handover: UUID | None
        grants: tuple[UUID, ...]

    class PurgeConfirmed(Aggregate.Event):
        TOPIC = "consents.purge_confirmed.v1"
        partner: UUID
        notice: UUID
        records: int

    @event(Begun)
    def __init__(self, *, citizen_id: UUID) -> None:
        self.citizen_id = citizen_id
        self.grants: dict[UUID, Grant] = {}
        self.ended: set[UUID] = set()
        self.blocks: dict[UUID, tuple[UUID, str | None]] = {}
        self.lifted: set[UUID] = set()
        self.purged: set[UUID] = set()

    @classmethod
    def begin(cls, citizen_id: UUID, act: Act) -> "Consents":
        """Open the citizen's book of consents; it is empty, so nobody is given anything."""
        return cls._create(
            cls.Begun,
            id=own_id(citizen_id, "consents"),
            citizen_id=citizen_id,
            act=act,
            timestamp=act.recorded_at,
        )

    # Commands decide. They run once, and they may refuse.

    def give(
        self,
        consent: UUID,
        partner: UUID,
        act: Act,
        *,
        categories: frozenset[str],
        purposes: frozenset[str],
        sources: tuple[UUID, ...] | None = None,
        window: Window | None = None,
        until: datetime | None = None,
        words: Text | None = None,
    ) -> None:
        """Let a partner know these categories, for these purposes, until then."""
        by_citizen(act, what="Giving a consent")
        if consent in self.grants or consent in self.ended:
            raise WrongStatus("That consent is recorded already: give a new one an id of its own.")
        if window and window.happened_to is not None and window.happened_to <= window.happened_from:
            raise BadInput("The window ends before it begins: swap --from and --to.")
        if until is not None and until <= act.recorded_at:
            raise BadInput("The consent would have ended before it began: choose a later --until.")
        self.record(
            self.Given,
            act,
            consent=consent,
            partner=partner,
            categories=written_categories(categories),
            purposes=written_purposes(purposes),
            sources=sources,
            window=window,
            until=until,
            form="written",
            words=words,
        )

    def narrow(
        self,
        consent: UUID,
        act: Act,
        *,
        categories: frozenset[str] | None = None,
        purposes: frozenset[str] | None = None,
        sources: tuple[UUID, ...] | None = None,
        until: datetime | None = None,
        words: Text | None = None,
    ) -> None:
        """Take something away from a consent; it never adds a category, a purpose, time or a window."""
        by_citizen(act, what="Narrowing a consent")
        grant = self._grant(consent, act)
        left = grant.categories if categories is None else categories
        ways = grant.purposes if purposes is None else purposes
        if not left <= grant.categories or not ways <= grant.purposes:
            raise NotPermitted(
                "Narrowing never adds a category or a purpose: give a new consent for what is to be added.",
            )
        if sources is not None and grant.sources is not None and not set(sources) <= set(grant.sources):
            raise NotPermitted("Narrowing never adds a source: give a new consent for what is to be added.")
        if until is not None and grant.until is not None and until > grant.until:
            raise NotPermitted("Narrowing never adds time: renew the consent instead.")
        self.record(
            self.Narrowed,
            act,
            consent=consent,
            partner=grant.partner,
            categories=written_categories(left),
            purposes=written_purposes(ways),
            sources=grant.sources if sources is None else sources,
            until=until if until is not None else grant.until,
            words=words,
        )

    def renew(self, consent: UUID, until: datetime | None, act: Act) -> None:
        """Let a consent last longer; only the citizen can, and only before it has ended."""
        by_citizen(act, what="Renewing a consent")
        grant = self._grant(consent, act)
        if until is not None and (grant.until is None or until < grant.until or until <= act.recorded_at):
            raise BadInput(
                "Renewing makes a consent last longer: choose a later --until, or narrow it instead."
            )
        self.record(self.Renewed, act, consent=consent, partner=grant.partner, until=until)

    def withdraw(
        self, consent: UUID, act: Act, *, channel: str = "screen", words: Text | None = None
    ) -> None:
        """Take a consent back, at once; the citizen can, and anyone on the staff takes it down."""
        self._hub_never(act, "Withdrawing a consent")
        grant = self.grants.get(consent)
        if grant is None:
            raise self._absent(consent)
        self.record(
            self.Withdrawn, act, consents=(consent,), partner=grant.partner, channel=channel, words=words
        )

    def withdraw_all(
        self, partner: UUID, act: Act, *, channel: str = "screen", words: Text | None = None
    ) -> None:
        """Take every consent to one partner back, at once."""
        self._hub_never(act, "Withdrawing a consent")
        consents = tuple(consent for consent, grant in self.grants.items() if grant.partner == partner)
        if not consents:
            raise WrongStatus(
                "There is no consent to that partner to withdraw: nothing is shared by consent."
            )
        self.record(self.Withdrawn, act, consents=consents, partner=partner, channel=channel, words=words)

    def expire(self, act: Act, *, reason: str = "time") -> None:
        """End what has run out (`time`), or everything (`death`); one event for each partner."""
        ended: dict[UUID, list[UUID]] = {}
        for consent, grant in self.grants.items():
            if reason == "death" or (grant.until is not None and grant.until <= act.recorded_at):
                ended.setdefault(grant.partner, []).append(consent)
        for partner, consents in ended.items():
            self.record(self.Expired, act, consents=tuple(consents), partner=partner, reason=reason)

    def refuse(
        self,
        partner: UUID,
        act: Act,
        *,
        categories: frozenset[str],
        purposes: frozenset[str],
        words: Text | None = None,
    ) -> None:
        """Say no to a consent that was asked for. It costs nothing, and no reason is asked."""
        self._hub_never(act, "Refusing a consent")
        self.record(
            self.Refused,
            act,
            partner=partner,
            categories=written_categories(categories),
            purposes=written_purposes(purposes),
            words=words,
        )

    def set_block(
        self,
        block: UUID,
        partner: UUID,
        act: Act,
        *,
        categories: frozenset[str] | None = None,
        words: Text | None = None,
    ) -> None:
        """Say "not them", or "not this to them"; it beats every consent."""
        by_citizen(act, what="Setting a block")
        if block in self.blocks or block in self.lifted:
            raise WrongStatus("That block is recorded already: give a new one an id of its own.")
        written = None if categories is None else written_categories(categories)
        if (partner, written) in self.blocks.values():
            raise WrongStatus("That block is set already: nothing to do.")
        self.record(self.BlockSet, act, block=block, partner=partner, categories=written, words=words)

    def lift_block(self, block: UUID, act: Act) -> None:
        """Lift a block; only the citizen can."""
        by_citizen(act, what="Lifting a block")
        if block not in self.blocks:
            raise NotFound("There is no such block to lift: hub consent list shows those in force.")
        self.record(self.BlockLifted, act, block=block, partner=self.blocks[block][0])

    def authorise_text(self, partner: UUID, text: Text, act: Act) -> None:
        """Agree on exactly what one partner is told; it sees this text and nothing else through it."""
        by_citizen(act, what="Agreeing on a text")
        self.record(
            self.DisclosureAuthorised, act, kind="text", partner=partner, text=text, handover=None, grants=()
        )

    def authorise_handover(self, handover: UUID, partner: UUID, grants: frozenset[UUID], act: Act) -> None:
        """Let a handover rest on these consents; refused when one of them has ended meanwhile.

        It is recorded in the same transaction as the proposal. A withdrawal at the same moment writes to this
        aggregate too, so one of the two is refused by its version and decides again.
        """
        for grant in sorted(grants):
            self._grant(grant, act)
        self.record(
            self.DisclosureAuthorised,
            act,
            kind="handover",
            partner=partner,
            text=None,
            handover=handover,
            grants=tuple(sorted(grants)),
        )

    def confirm_purge(self, notice: UUID, partner: UUID, records: int, act: Act) -> None:
        """Note that a partner's system has deleted what a notice names, so many records: once for each notice."""
        if act.by.role is not Role.PARTNER or act.by.partner != partner or act.by.person is not None:
            raise NotPermitted(
                "Confirming a purge is for the partner's own system: let it write to its inbox."
            )
        if notice in self.purged:
            raise WrongStatus("That purge is confirmed already: nothing to do.")
        self.record(self.PurgeConfirmed, act, partner=partner, notice=notice, records=records)

    # Events apply. They run on every replay, so they never refuse.

    @event(Given)
    def _given(  # noqa: PLR0917 - the library applies by name
        self,
        consent: UUID,
        partner: UUID,
        categories: str,
        purposes: str,
        sources: tuple[UUID, ...] | None,
        until: datetime | None,
    ) -> None:
        self.grants[consent] = Grant(
            partner, frozenset(categories.split()), frozenset(purposes.split()), sources, until
        )

    @event(Narrowed)
    def _narrowed(
        self,
        consent: UUID,
        categories: str,
        purposes: str,
        sources: tuple[UUID, ...] | None,
        until: datetime | None,
    ) -> None:
        self.grants[consent] = replace(
            self.grants[consent],
            categories=frozenset(categories.split()),
            purposes=frozenset(purposes.split()),
            sources=sources,
            until=until,
        )

    @event(Renewed)
    def _renewed(self, consent: UUID, until: datetime | None) -> None:
        self.grants[consent] = replace(self.grants[consent], until=until)

    @event(Withdrawn)
    def _withdrawn(self, consents: tuple[UUID, ...]) -> None:
        self._end(consents)

    @event(Expired)
    def _expired(self, consents: tuple[UUID, ...]) -> None:
        self._end(consents)

    @event(BlockSet)
    def _block_set(self, block: UUID, partner: UUID, categories: str | None) -> None:
        self.blocks[block] = (partner, categories)

    @event(BlockLifted)
    def _block_lifted(self, block: UUID) -> None:
        self.blocks.pop(block, None)
        self.lifted.add(block)

    @event(PurgeConfirmed)
    def _purge_confirmed(self, notice: UUID) -> None:
        self.purged.add(notice)

    def _end(self, consents: tuple[UUID, ...]) -> None:
        for consent in consents:
            self.grants.pop(consent, None)
            self.ended.add(consent)

    def _grant(self, consent: UUID, act: Act) -> Grant:
        grant = self.grants.get(consent)
        if grant is None:
            raise self._absent(consent)
        if grant.until is not None and grant.until <= act.recorded_at:
            raise WrongStatus("The consent has ended: a new one must be given.")
        return grant

    def _absent(self, consent: UUID) -> WrongStatus | NotFound:
        if consent in self.ended:
            return WrongStatus("The consent has ended: a new one must be given.")
        return NotFound("There is no such consent: hub consent list shows those in force.")

    @staticmethod
    def _hub_never(act: Act, what: str) -> None:
        if act.by.role is Role.HUB:
            raise NotPermitted(f"{what} is for people: the citizen, or staff who take it down.")
