"""States and items for tests of the decision alone: statements in the order in which they are said, and no I/O.

`state(...)` gives the statements the positions 10, 20, 30 …; a statement is recorded as many hours after 1970 as its
position, and an item stands at position 1000 (and hour 1000) unless a test says otherwise. It is asked at hour 2000.
"""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from hub.application.standing import State
from hub.items import Item, ItemField
from hub.statements import Statement
from hub.vocabulary import ALL_CATEGORIES, CATEGORY_BIT, Category, Channel, label_mask, purpose_mask

HOUR: Final = 3_600_000_000
NOW: Final = 2000 * HOUR


def uid(number: int) -> UUID:
    """A small id that is easy to read in a failure."""
    return UUID(int=number)


US, THEM, CLINIC, STRANGER = uid(12), uid(11), uid(13), uid(14)
"""The partner that looks; another, whose id comes before it; one whose name reveals addiction; one not registered."""
ANNA, BENT = uid(31), uid(32)
ITEM, CORRECTION, LATER = uid(51), uid(52), uid(53)
CONSENT, LAW, ACCESS = uid(61), uid(62), uid(63)
ALL: Final = " ".join(Category)
EVERYTHING: Final = ALL_CATEGORIES & ~CATEGORY_BIT[Category.ATTENDANCE]

# What can be said.


def say(kind: str, partner: UUID | None = None, **body: Any) -> Statement:
    """Any statement."""
    return Statement(kind, partner, body)


def registered(
    partner: UUID = US, reveals: str = "", *, purposes: str = "support treatment", public: bool = True
) -> Statement:
    """A partner is registered."""
    return say("registered", partner, sector="gp", purposes=purposes, reveals=reveals, public=public)


def ceiling(categories: str = ALL, partner: UUID = US) -> Statement:
    """A partner adopts its ceiling."""
    return say("ceiling", partner, categories=categories)


def grant(categories: str = ALL, purposes: str = "support", partner: UUID = US, **body: Any) -> Statement:
    """The citizen consents."""
    terms = {"grant": str(CONSENT), "sources": None, "window": None, "until": None, "role": "citizen"}
    return say("grant", partner, **{**terms, "categories": categories, "purposes": purposes, **body})


def basis(categories: str = ALL, purposes: str = "support", partner: UUID = US, **body: Any) -> Statement:
    """A basis in law is registered."""
    terms = {"grant": str(LAW), "basis": "row", "sources": None, "window": None, "until": None}
    return say("basis", partner, **{**terms, "categories": categories, "purposes": purposes, **body})


def confirmed_row(partner: UUID = US, row: str = "row") -> Statement:
    """A partner's lawyer confirms a row of the table of legal bases."""
    return say("basis_confirmed", partner, basis=row)


def ended(grant: UUID = CONSENT, partner: UUID = US, *, withdrawn: bool = True) -> Statement:
    """Consents end."""
    return say("ended", partner, grants=[str(grant)], withdrawn=withdrawn)


def task(
    person: UUID | None = ANNA, purpose: str = "support", partner: UUID = US, role: str = "contact_person"
) -> Statement:
    """A person has a task with the citizen (None: the whole unit)."""
    terms = {"task": str(uid(71)), "person": person and str(person)}
    return say("task", partner, **terms, purpose=purpose, role=role)


def block(
    categories: str | None = None, person: UUID | None = None, partner: UUID = US, number: int = 81
) -> Statement:
    """The citizen says: not them, or not this."""
    terms = {"block": str(uid(number)), "person": person and str(person)}
    return say("block", partner, **terms, categories=categories)


def emergency(person: UUID = ANNA, until: int = NOW + HOUR, partner: UUID = US) -> Statement:
    """A person opens emergency access."""
    return say("emergency", partner, access=str(ACCESS), person=str(person), until=until)


def granted(how: str = "invitation", *knows: UUID, partner: UUID = US, item: UUID = ITEM) -> Statement:
    """An item is granted: an invitation, an agreement, or an agreed text."""
    return say(
        "item", partner, item=str(item), how=how.encode().decode(), knows=[str(each) for each in knows]
    )


def approved(partner: UUID = US) -> Statement:
    """The citizen approves the text of the agreement for a party."""
    return say("item_approved", partner, item=str(ITEM))


def handover(*knows: UUID, partner: UUID = US) -> Statement:
    """A handover is proposed to the partner."""
    terms = {"handover": str(uid(91)), "item": str(ITEM), "knows": [str(each) for each in knows]}
    return say("handover", partner, **terms)


def corrected(
    name: str = "words", labels: str = "", by: UUID | None = None, correction: UUID = CORRECTION
) -> Statement:
    """A field of the item is corrected, by a partner or by the citizen."""
    terms = {"item": str(ITEM), "correction": str(correction), "occurred": None}
    return say("corrected", **terms, field=name, labels=labels, by=by and str(by))


def moved(occurred: int | None, by: UUID | None = None) -> Statement:
    """Somebody corrects when the item happened."""
    terms = {"item": str(ITEM), "correction": str(LATER), "field": "occurred", "labels": ""}
    return say("corrected", **terms, occurred=occurred, by=by and str(by))


def relabelled(name: str | None = "words", add: str = "", remove: str = "") -> Statement:
    """Labels come to a field (None: to the existence), or go."""
    return say("relabelled", item=str(ITEM), field=name, add=add, remove=remove)


def misfiled() -> Statement:
    """The item was written on the wrong person."""
    return say("misfiled", item=str(ITEM))


def state(*statements: Statement, us: Iterable[Statement] | None = None) -> State:
    """All of it in this order, after the registration of the three partners, and of our ceiling."""
    first = [registered(US), registered(THEM), registered(CLINIC, "addiction"), ceiling()]
    said = [*(first if us is None else us), *statements]
    return State.of(
        each._replace(position=10 * n, recorded_at=10 * n * HOUR) if each.position == 0 else each
        for n, each in enumerate(said, 1)
    )


# What is asked about.


def field(
    name: str = "words", labels: str = "wishes", *partners: UUID, key: bool = False, text: bool = False
) -> ItemField:
    """One field of an item."""
    return ItemField(name, label_mask(labels.split()), tuple(map(_again, partners)), key, text)


def item(*fields: ItemField, event: str = "citizen.hope_told", labels: str = "wishes", **terms: Any) -> Item:
    """What the citizen said at hour 1000, unless the test says something else."""
    terms = {"position": 1000, "source": None, "occurred_at": 1000 * HOUR, "imported": False, **terms}
    return Item(
        ITEM,
        event,
        terms["position"],
        terms["source"] and _again(terms["source"]),
        terms["occurred_at"],
        1000 * HOUR,
        terms["imported"],
        label_mask(labels.split()),
        fields or (field(),),
        terms.get("named") and _again(terms["named"]),
    )


def _again(partner: UUID) -> UUID:
    """The same id as another object, as it is when it comes from the log."""
    return UUID(int=partner.int)


def names(*categories: str) -> int:
    """Labels as a bit set."""
    return label_mask(categories)


def purposes(*which: str) -> int:
    """Purposes as a bit set."""
    return purpose_mask(which)


SCREEN: Final = Channel.SCREEN
SUPPORT: Final = purposes("support")
TREATMENT: Final = purposes("treatment")
EMERGENCY: Final = purposes("emergency")
ANY: Final = purposes("coordination", "treatment", "support", "casework", "employment", "emergency")
