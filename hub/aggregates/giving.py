"""What the citizen decides: consents given, confirmed, narrowed, renewed and taken back; blocks; agreed texts."""

from datetime import datetime
from typing import Final
from uuid import UUID

from hub.aggregates.base import Act, Text, Window, by_citizen, by_partner
from hub.aggregates.book import Book
from hub.aggregates.terms import (
    Block,
    by_citizen_or_within,
    in_order,
    within_a_year,
    written_categories,
    written_purposes,
)
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from hub.vocabulary import Role

SPOKEN: Final = "spoken"
FORMS: Final = ("written", SPOKEN)


class Giving(Book):
    """The commands on what the citizen gives and takes back. They run once, and they may refuse.

    `scope` is what a representative is recorded to act on, None for one who is not registered; the citizen's own
    aggregate knows it.
    """

    def give(  # noqa: PLR0913 - a consent has this many terms
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
        form: str = "written",
        witness: tuple[UUID, UUID] | None = None,
        section_43: bool = False,
        scope: frozenset[str] | None = None,
    ) -> None:
        """Let a partner know these categories, for these purposes, until then.

        The citizen does, or a representative within the scope. Staff register what was spoken, with a witness (a
        partner, and a person there); it lapses unless it is confirmed.
        """
        if form not in FORMS:
            raise BadInput(f"The form of a consent is {' or '.join(FORMS)}: choose one.")
        if form == SPOKEN:
            _heard(act, partner, witness)
        elif act.by.role is Role.PARTNER:
            raise NotPermitted(
                "Giving a consent is for the citizen, or a representative: staff register one that was spoken, "
                "with a witness (--spoken --witness)."
            )
        else:
            by_citizen_or_within(act, scope, categories, what="Giving a consent")
            if witness is not None:
                raise BadInput("Only a spoken consent has a witness: leave --witness out.")
        if consent in self.grants or consent in self.ended:
            raise WrongStatus("That consent is recorded already: give a new one an id of its own.")
        in_order(window)
        until = within_a_year(until, act) if section_43 else until
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
            form=form,
            words=words,
            witness_partner=witness and witness[0],
            witness_person=witness and witness[1],
            section_43=section_43,
        )

    def confirm(
        self, consent: UUID, act: Act, *, words: Text | None = None, scope: frozenset[str] | None = None
    ) -> None:
        """Say that a spoken consent is one's own; only while it waits for that."""
        grant = self._grant(consent, act)
        by_citizen_or_within(act, scope, grant.categories, what="Confirming a consent")
        if grant.lapses is None:
            raise WrongStatus("The consent waits for no confirmation: nothing to do.")
        self.record(self.Confirmed, act, consent=consent, partner=grant.partner, words=words)

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
        scope: frozenset[str] | None = None,
    ) -> None:
        """Take something away from a consent; it never adds a category, a purpose, time or a window."""
        grant = self._grant(consent, act)
        by_citizen_or_within(act, scope, grant.categories, what="Narrowing a consent")
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

    def renew(
        self, consent: UUID, until: datetime | None, act: Act, *, scope: frozenset[str] | None = None
    ) -> None:
        """Let a consent last longer, before it has ended; staff cannot."""
        if act.by.role is Role.PARTNER:
            raise NotPermitted(
                "Staff cannot renew a consent: ask the citizen, or a representative (--as citizen)."
            )
        grant = self._grant(consent, act)
        by_citizen_or_within(act, scope, grant.categories, what="Renewing a consent")
        if grant.lapses is not None:
            raise WrongStatus("The consent is not confirmed yet: confirm it first (hub consent confirm).")
        until = within_a_year(until, act) if grant.section_43 else until
        if until is not None and (grant.until is None or until < grant.until or until <= act.recorded_at):
            raise BadInput(
                "Renewing makes a consent last longer: choose a later --until, or narrow it instead."
            )
        self.record(self.Renewed, act, consent=consent, partner=grant.partner, until=until)

    def withdraw(
        self, consent: UUID, act: Act, *, channel: str = "screen", words: Text | None = None
    ) -> None:
        """Take a consent or an agreed text back, at once; the citizen can, and anyone on the staff takes it down."""
        self._hub_never(act, "Withdrawing a consent")
        grant = self.grants.get(consent)
        partner = self.texts.get(consent) if grant is None else grant.partner
        if partner is None:
            raise self._absent(consent)
        self.record(self.Withdrawn, act, consents=(consent,), partner=partner, channel=channel, words=words)

    def withdraw_all(
        self, partner: UUID, act: Act, *, channel: str = "screen", words: Text | None = None
    ) -> None:
        """Take every consent to one partner back, at once. Agreed texts stay: each is taken back by itself."""
        self._hub_never(act, "Withdrawing a consent")
        consents = tuple(consent for consent, grant in self.grants.items() if grant.partner == partner)
        if not consents:
            raise WrongStatus(
                "There is no consent to that partner to withdraw: nothing is shared by consent."
            )
        self.record(self.Withdrawn, act, consents=consents, partner=partner, channel=channel, words=words)

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
        person: UUID | None = None,
    ) -> None:
        """Say "not them", "not that person of theirs", or "not this to them"; it beats every consent."""
        by_citizen(act, what="Setting a block")
        if block in self.blocks or block in self.lifted:
            raise WrongStatus("That block is recorded already: give a new one an id of its own.")
        written = None if categories is None else written_categories(categories)
        if Block(partner, written, person) in self.blocks.values():
            raise WrongStatus("That block is set already: nothing to do.")
        self.record(
            self.BlockSet, act, block=block, partner=partner, categories=written, words=words, person=person
        )

    def lift_block(self, block: UUID, act: Act) -> None:
        """Lift a block; only the citizen can."""
        by_citizen(act, what="Lifting a block")
        if block not in self.blocks:
            raise NotFound("There is no such block to lift: hub consent list shows those in force.")
        self.record(self.BlockLifted, act, block=block, partner=self.blocks[block].partner)

    def authorise_text(self, partner: UUID, text: Text, act: Act) -> None:
        """Agree on exactly what one partner is told; it sees this text and nothing else through it."""
        by_citizen(act, what="Agreeing on a text")
        self._authorise("text", partner, act, text=text)

    def authorise_agreement(self, item: UUID, partner: UUID, act: Act) -> None:
        """Let one party read the whole text of one agreement, whatever it may know otherwise."""
        by_citizen(act, what="Approving the text of an agreement")
        self._authorise("agreement", partner, act, item=item)

    def authorise_handover(self, handover: UUID, partner: UUID, grants: frozenset[UUID], act: Act) -> None:
        """Let a handover rest on these consents; refused when one of them has ended meanwhile.

        It is recorded in the same transaction as the proposal. A withdrawal at the same moment writes to this
        aggregate too, so one of the two is refused by its version and decides again.
        """
        for grant in sorted(grants):
            if self._grant(grant, act).pending:
                raise WrongStatus("The consent is not confirmed yet: ask the citizen to confirm it first.")
        self._authorise("handover", partner, act, handover=handover, grants=tuple(sorted(grants)))

    def _authorise(
        self,
        kind: str,
        partner: UUID,
        act: Act,
        *,
        text: Text | None = None,
        handover: UUID | None = None,
        grants: tuple[UUID, ...] = (),
        item: UUID | None = None,
    ) -> None:
        self.record(
            self.DisclosureAuthorised,
            act,
            kind=kind,
            partner=partner,
            text=text,
            handover=handover,
            grants=grants,
            item=item,
        )


def _heard(act: Act, partner: UUID, witness: tuple[UUID, UUID] | None) -> None:
    """Refuse a spoken consent that nobody outside the receiving organisation heard beside who registers it."""
    by_partner(act, what="Registering a spoken consent")
    if witness is None:
        raise BadInput("A spoken consent needs a witness outside the receiving organisation: give --witness.")
    if witness[0] == partner:
        raise NotPermitted("The witness must be outside the receiving organisation: choose another person.")
    if witness[1] == act.by.person:
        raise NotPermitted("The witness is somebody else than who registers it: choose another person.")
