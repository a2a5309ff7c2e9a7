"""What an organisation says of itself and does with others: its frame, open offers, collaborations, plain words.

Nothing here is about a citizen, and everybody in the hub may read it.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from hub.aggregates.base import Act, Organisation, OrganisationFirstEvent, event, line, own_id
from hub.clock import copenhagen_day
from hub.errors import BadInput, NotFound, NotPermitted, WrongStatus
from hub.vocabulary import Role, Sector


@dataclass(frozen=True, slots=True)
class Frame:
    """What an organisation is for, under which law, and what it can and cannot."""

    core_task: str
    law: str | None
    can: str | None
    cannot: str | None
    reachable: str | None


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer that is open to everybody, and when somebody last saw that this is still so."""

    name: str
    contact: str | None
    price: str | None
    welcomes: str | None
    verified: date


@dataclass(frozen=True, slots=True)
class Collaboration:
    """An agreement between two organisations, until a day or until further notice."""

    other: UUID
    reference: str
    until: date | None


@dataclass(frozen=True, slots=True)
class Occasion:
    """A theme day, a course, a meeting between organisations; or that one of them reached out."""

    kind: str
    title: str
    day: date | None


class Cooperation(Organisation):
    """One organisation's own stream. Who works there writes it; the authority may write for anyone."""

    TOPIC = "cooperation"

    class Begun(OrganisationFirstEvent):
        TOPIC = "cooperation.begun.v1"
        partner: UUID

    class FrameDescribed(Organisation.Event):
        TOPIC = "cooperation.frame_described.v1"
        core_task: str
        law: str | None
        can: str | None
        cannot: str | None
        reachable: str | None

    class OfferDescribed(Organisation.Event):
        TOPIC = "cooperation.offer_described.v1"
        offer: UUID
        name: str
        contact: str | None
        price: str | None
        welcomes: str | None

    class OfferVerified(Organisation.Event):
        TOPIC = "cooperation.offer_verified.v1"
        offer: UUID

    class OfferEnded(Organisation.Event):
        TOPIC = "cooperation.offer_ended.v1"
        offer: UUID

    class CollaborationAgreed(Organisation.Event):
        TOPIC = "cooperation.collaboration_agreed.v1"
        collaboration: UUID
        other: UUID
        reference: str
        until: date | None

    class CollaborationEnded(Organisation.Event):
        TOPIC = "cooperation.collaboration_ended.v1"
        collaboration: UUID

    class OccasionPlanned(Organisation.Event):
        TOPIC = "cooperation.occasion_planned.v1"
        occasion: UUID
        kind: str
        title: str
        day: date | None

    class WordExplained(Organisation.Event):
        TOPIC = "cooperation.word_explained.v1"
        word: str
        meaning: str

    KINDS = ("theme_day", "course", "dialogue", "outreach")

    @event(Begun)
    def __init__(self, *, partner: UUID) -> None:
        self.partner = partner
        self.frame: Frame | None = None
        self.offers: dict[UUID, Offer] = {}
        self.collaborations: dict[UUID, Collaboration] = {}
        self.occasions: dict[UUID, Occasion] = {}
        self.words: dict[str, str] = {}

    @classmethod
    def begin(cls, partner: UUID, act: Act) -> "Cooperation":
        """The stream of an organisation, with nothing in it."""
        found: Cooperation = cls._create(
            cls.Begun, id=own_id(partner, "cooperation"), act=act, partner=partner, timestamp=act.recorded_at
        )
        return found

    # Commands decide. They run once, and they may refuse.

    def describe(
        self,
        act: Act,
        *,
        core_task: str,
        law: str | None = None,
        can: str | None = None,
        cannot: str | None = None,
        reachable: str | None = None,
    ) -> None:
        """Say what the organisation is for, its law, what it can and cannot, and when it can be reached."""
        self._own(act, "Describing an organisation")
        self.record(
            self.FrameDescribed,
            act,
            core_task=line(core_task, "The core task"),
            law=_line(law, "The law"),
            can=_line(can, "What it can"),
            cannot=_line(cannot, "What it cannot"),
            reachable=_line(reachable, "When it can be reached"),
        )

    def describe_offer(
        self,
        offer: UUID,
        act: Act,
        *,
        name: str,
        contact: str | None = None,
        price: str | None = None,
        welcomes: str | None = None,
    ) -> None:
        """Say what an open offer is, whom to ask for, what it costs, and whom it welcomes."""
        self._own(act, "Describing an offer")
        self.record(
            self.OfferDescribed,
            act,
            offer=offer,
            name=line(name, "The name of an offer"),
            contact=_line(contact, "The contact"),
            price=_line(price, "The price"),
            welcomes=_line(welcomes, "Whom it welcomes"),
        )

    def verify_offer(self, offer: UUID, act: Act) -> None:
        """The offer is still as it is described."""
        self._offer(offer)
        if act.by.role is not Role.HUB and act.by.partner is None:
            raise NotPermitted("An offer is verified by somebody who works at a partner: ask one of them.")
        self.record(self.OfferVerified, act, offer=offer)

    def end_offer(self, offer: UUID, act: Act) -> None:
        """There is no such offer any more."""
        self._own(act, "Ending an offer")
        self._offer(offer)
        self.record(self.OfferEnded, act, offer=offer)

    def agree(
        self, collaboration: UUID, other: UUID, reference: str, act: Act, *, until: date | None = None
    ) -> None:
        """Agree with another organisation, by the reference of what was signed."""
        self._own(act, "Agreeing on a collaboration")
        if other == self.partner:
            raise BadInput("A collaboration is between two organisations: name the other one.")
        if collaboration in self.collaborations:
            raise WrongStatus("That collaboration is recorded already: nothing to do.")
        self.record(
            self.CollaborationAgreed,
            act,
            collaboration=collaboration,
            other=other,
            reference=line(reference, "The reference of a collaboration"),
            until=until,
        )

    def end_collaboration(self, collaboration: UUID, act: Act) -> None:
        """The collaboration is over."""
        self._own(act, "Ending a collaboration")
        if collaboration not in self.collaborations:
            raise NotFound("There is no such collaboration: hub town show lists them.")
        self.record(self.CollaborationEnded, act, collaboration=collaboration)

    def plan_occasion(
        self, occasion: UUID, kind: str, title: str, act: Act, *, day: date | None = None
    ) -> None:
        """Plan a theme day, a course or a dialogue meeting; or say that somebody reached out."""
        self._own(act, "Planning something together")
        if kind not in self.KINDS:
            raise BadInput(f"Choose --kind among {', '.join(self.KINDS)}.")
        self.record(
            self.OccasionPlanned, act, occasion=occasion, kind=kind, title=line(title, "The title"), day=day
        )

    def explain_word(self, word: str, meaning: str, act: Act) -> None:
        """Say what a word of the trade means in plain language; the last one counts."""
        self._own(act, "Explaining a word")
        self.record(
            self.WordExplained, act, word=line(word, "A word"), meaning=line(meaning, "What a word means")
        )

    # Events apply. They run on every replay, so they never refuse.

    @event(FrameDescribed)
    def _described(
        self, core_task: str, law: str | None, can: str | None, cannot: str | None, reachable: str | None
    ) -> None:
        self.frame = Frame(core_task, law, can, cannot, reachable)

    @event(OfferDescribed)
    def _offered(  # noqa: PLR0917
        self, act: Act, offer: UUID, name: str, contact: str | None, price: str | None, welcomes: str | None
    ) -> None:
        self.offers[offer] = Offer(name, contact, price, welcomes, copenhagen_day(act.recorded_at))

    @event(OfferVerified)
    def _verified(self, act: Act, offer: UUID) -> None:
        was = self.offers[offer]
        day = copenhagen_day(act.recorded_at)
        self.offers[offer] = Offer(was.name, was.contact, was.price, was.welcomes, day)

    @event(OfferEnded)
    def _offer_ended(self, offer: UUID) -> None:
        self.offers.pop(offer, None)

    @event(CollaborationAgreed)
    def _agreed(self, collaboration: UUID, other: UUID, reference: str, until: date | None) -> None:
        self.collaborations[collaboration] = Collaboration(other, reference, until)

    @event(CollaborationEnded)
    def _collaboration_ended(self, collaboration: UUID) -> None:
        self.collaborations.pop(collaboration, None)

    @event(OccasionPlanned)
    def _planned(self, occasion: UUID, kind: str, title: str, day: date | None) -> None:
        self.occasions[occasion] = Occasion(kind, title, day)

    @event(WordExplained)
    def _explained(self, word: str, meaning: str) -> None:
        self.words[word] = meaning

    def _own(self, act: Act, what: str) -> None:
        if act.by.role is Role.HUB or act.by.sector is Sector.AUTHORITY or act.by.partner == self.partner:
            return
        raise NotPermitted(f"{what} is for who works there, or the authority: ask one of them.")

    def _offer(self, offer: UUID) -> None:
        if offer not in self.offers:
            raise NotFound("There is no such offer: hub town offers lists them.")


def _line(text: str | None, what: str) -> str | None:
    return None if text is None else line(text, what)
