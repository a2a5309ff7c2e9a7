"""The circle around the citizen: network, relatives, communities, company on the way, peers, open offers, work."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from hub.aggregates.base import Act, Text
from hub.aggregates.matters import CITIZEN, STAFF, Rule, Told, anyone, told
from hub.errors import BadInput
from hub.vocabulary import Category

BARRIERS: Final = ("distance", "not_welcome", "money", "equipment", "anxiety", "other")


def _about_a_third_person(_: Any, __: Act, fields: dict[str, Any]) -> None:
    who = fields["who"]
    if who is not None and Category.THIRD_PARTY not in who.labels.split():
        raise BadInput("Who it is concerns somebody else: label it third_party too (--label third_party).")


def _present_or_agreed(_: Any, __: Act, fields: dict[str, Any]) -> None:
    if not fields["citizen_took_part"] and fields.get("words") is None:
        raise BadInput(
            "A talk with a workplace has the citizen in the room, or their yes: write what the citizen said (--words)."
        )


@told
class NetworkPersonAdded(Told):
    """Somebody around the citizen, with no more than the citizen wants to be known."""

    TOPIC = "citizen.network_person_added.v1"
    RULE = Rule(
        "Adding to the network map", anyone, "network_person", becomes="there",
        needs=("who", "words"), check=_about_a_third_person,
    )  # fmt: skip
    network_person: UUID
    who: Text | None
    words: Text | None


@told
class NetworkPersonRemoved(Told):
    """Somebody is off the map again."""

    TOPIC = "citizen.network_person_removed.v1"
    RULE = Rule("Taking off the network map", anyone, "network_person", ("there",), "gone")
    network_person: UUID
    words: Text | None


@told
class RelativeAgreementMade(Told):
    """Who of the network does what; they see their own agreements alone, on paper."""

    TOPIC = "citizen.relative_agreement_made.v1"
    RULE = Rule("Agreeing with a relative", anyone, "relative_agreement", becomes="open")
    relative_agreement: UUID
    due: date | None
    text: Text


@told
class CommunityWished(Told):
    """An ordinary community that the citizen would like to be part of."""

    TOPIC = "citizen.community_wished.v1"
    RULE = Rule("Wishing for a community", anyone, "community", becomes="wished")
    community: UUID
    words: Text


@told
class CommunityTried(Told):
    """Tried, perhaps for the third time: several tries are normal."""

    TOPIC = "citizen.community_tried.v1"
    RULE = Rule(
        "Trying a community", anyone, "community", ("wished", "tried", "left"), "tried",
        or_new=True, needs=("words", "text"),
    )  # fmt: skip
    community: UUID
    words: Text | None
    text: Text | None


@told
class CommunityJoined(Told):
    """A steady part of it."""

    TOPIC = "citizen.community_joined.v1"
    RULE = Rule(
        "Joining a community", anyone, "community", ("wished", "tried", "left"), "joined",
        or_new=True, needs=("words", "text"),
    )  # fmt: skip
    community: UUID
    words: Text | None
    text: Text | None


@told
class CommunityLeft(Told):
    """Not any more; nobody asks why."""

    TOPIC = "citizen.community_left.v1"
    RULE = Rule("Leaving a community", anyone, "community", ("tried", "joined"), "left")
    community: UUID
    words: Text | None


@told
class WelcomePlanned(Told):
    """How a community receives the citizen the first times. The association itself sees the agreed text alone."""

    TOPIC = "citizen.welcome_planned.v1"
    RULE = Rule("Planning a welcome", anyone)
    community: UUID
    text: Text


@told
class CompanyAgreed(Told):
    """Somebody comes along the first times: a worker, a peer, a volunteer."""

    TOPIC = "citizen.company_agreed.v1"
    RULE = Rule("Agreeing on company", anyone, "company", becomes="agreed")
    company: UUID
    due: date | None
    text: Text


@told
class CompanyKept(Told):
    """They went, and talked afterwards."""

    TOPIC = "citizen.company_kept.v1"
    RULE = Rule("Keeping company", anyone, "company", ("agreed",), "kept")
    company: UUID
    words: Text | None
    text: Text | None


@told
class BarrierNoted(Told):
    """What stands in the way of taking part."""

    TOPIC = "citizen.barrier_noted.v1"
    RULE = Rule(
        "Noting a barrier", anyone, "barrier", becomes="noted",
        needs=("words", "text"), one_of=(("kind", BARRIERS),),
    )  # fmt: skip
    barrier: UUID
    kind: str
    words: Text | None
    text: Text | None


@told
class BarrierHelpSought(Told):
    """Help was sought to get past it: a fee, equipment, a lift."""

    TOPIC = "citizen.barrier_help_sought.v1"
    RULE = Rule("Seeking help with a barrier", anyone, "barrier", ("noted",), "sought")
    barrier: UUID
    text: Text


@told
class PeerOffered(Told):
    """Peer support is offered; nothing is said of any talk."""

    TOPIC = "citizen.peer_offered.v1"
    RULE = Rule("Offering a peer", STAFF, "peer", becomes="offered")
    peer: UUID
    text: Text | None


@told
class PeerJoined(Told):
    """The citizen's own yes."""

    TOPIC = "citizen.peer_joined.v1"
    RULE = Rule("Saying yes to a peer", CITIZEN, "peer", ("offered", "left"), "joined", or_new=True)
    peer: UUID
    words: Text | None


@told
class PeerLeft(Told):
    """The citizen does without."""

    TOPIC = "citizen.peer_left.v1"
    RULE = Rule("Stopping with a peer", CITIZEN, "peer", ("offered", "joined"), "left")
    peer: UUID
    words: Text | None


@told
class OfferTold(Told):
    """The citizen was told of an offer that is open to all; nobody registers who comes."""

    TOPIC = "citizen.offer_told.v1"
    RULE = Rule("Telling of an open offer", anyone)
    text: Text


@told
class WorkplaceTalkHeld(Told):
    """A talk with a workplace or a school: the citizen in the room, or with the citizen's yes."""

    TOPIC = "citizen.workplace_talk_held.v1"
    RULE = Rule("Recording a talk with a workplace", STAFF, check=_present_or_agreed)
    citizen_took_part: bool
    job_at_risk: bool
    words: Text | None
    text: Text | None
