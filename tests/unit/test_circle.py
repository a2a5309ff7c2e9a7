"""The circle around the citizen: little about others, many tries, company, and peers by the citizen's own yes."""

from datetime import date
from typing import Any

import pytest

from hub.aggregates import Citizen
from hub.aggregates.circle import (
    BARRIERS,
    BarrierHelpSought,
    BarrierNoted,
    CommunityJoined,
    CommunityLeft,
    CommunityTried,
    CommunityWished,
    CompanyAgreed,
    CompanyKept,
    NetworkPersonAdded,
    NetworkPersonRemoved,
    OfferTold,
    PeerJoined,
    PeerLeft,
    PeerOffered,
    RelativeAgreementMade,
    WelcomePlanned,
    WorkplaceTalkHeld,
)
from hub.aggregates.matters import fields_of
from hub.errors import BadInput, NotPermitted, WrongStatus
from tests.acting import (
    JOBCENTRE,
    PROVIDER,
    as_citizen,
    as_representative,
    at_partner,
    only,
    refuses,
    uid,
    words,
)
from tests.telling import citizen as enrolled

ONE, OTHER = uid(31), uid(32)


@pytest.fixture
def citizen() -> Citizen:
    """A citizen who was just enrolled."""
    return enrolled()


def test_somebody_else_on_the_network_map_is_labelled_third_party(citizen: Citizen) -> None:
    """Who it is concerns another person: without that label it is refused, and the refusal says which to choose."""
    with refuses(BadInput, citizen, "third_party"):
        citizen.tell(NetworkPersonAdded, as_citizen(), network_person=ONE, who=words("network"))
    citizen.tell(NetworkPersonAdded, as_citizen(), network_person=ONE, who=words("network", "third_party"))

    assert "network third_party" == only(citizen).who.labels


def test_as_little_as_possible_is_known_of_somebody_on_the_map(citizen: Citizen) -> None:
    """Who it is, and the citizen's own words: no number, no address, no telephone."""
    assert ["network_person", "who", "words"] == list(fields_of(NetworkPersonAdded))
    assert ["network_person", "words"] == list(fields_of(NetworkPersonRemoved))


def test_somebody_is_taken_off_the_map_once(citizen: Citizen) -> None:
    """No reason is asked; whoever comes back is put on anew."""
    who = words("third_party")
    citizen.tell(NetworkPersonAdded, as_citizen(), network_person=ONE, who=who)
    citizen.tell(NetworkPersonRemoved, as_citizen(), network_person=ONE)
    with refuses(WrongStatus, citizen, "network person is gone"):
        citizen.tell(NetworkPersonRemoved, as_citizen(), network_person=ONE)
    citizen.tell(NetworkPersonAdded, as_citizen(), network_person=OTHER, who=who)

    assert [OTHER] == citizen.all_in("network_person", "there")


def test_a_relative_has_an_agreement_with_a_date(citizen: Citizen) -> None:
    """Who of the network does what by when; nobody but the citizen's own people is made an owner of it."""
    citizen.tell(
        RelativeAgreementMade,
        at_partner(),
        relative_agreement=ONE,
        due=date(2026, 4, 1),
        text=words("network"),
    )

    assert ["relative_agreement", "due", "text"] == list(fields_of(RelativeAgreementMade))
    assert date(2026, 4, 1) == only(citizen).due


def test_several_tries_of_a_community_are_normal(citizen: Citizen) -> None:
    """It is tried, tried again, left and tried a third time, and then joined; nobody counts."""
    citizen.tell(CommunityWished, as_citizen(), community=ONE, words=words("network"))
    for _ in range(2):
        citizen.tell(CommunityTried, as_citizen(), community=ONE, words=words("network"))
    citizen.tell(CommunityLeft, as_citizen(), community=ONE)
    citizen.tell(CommunityTried, at_partner(PROVIDER), community=ONE, text=words("network"))
    citizen.tell(CommunityJoined, as_citizen(), community=ONE, words=words("network"))

    assert "joined" == citizen.state_of("community", ONE)


def test_a_community_is_tried_or_joined_without_a_wish_before(citizen: Citizen) -> None:
    """Somebody just went along: that is written down as it was."""
    citizen.tell(CommunityTried, as_citizen(), community=ONE, words=words("network"))
    citizen.tell(CommunityJoined, as_citizen(), community=OTHER, words=words("network"))

    assert ("tried", "joined") == (citizen.state_of("community", ONE), citizen.state_of("community", OTHER))


def test_nobody_asks_why_a_community_was_left(citizen: Citizen) -> None:
    """Leaving needs no word; what was only wished for cannot be left."""
    citizen.tell(CommunityWished, as_citizen(), community=ONE, words=words("network"))
    with refuses(WrongStatus, citizen, "is for one that is tried or joined"):
        citizen.tell(CommunityLeft, as_citizen(), community=ONE)
    citizen.tell(CommunityJoined, as_citizen(), community=ONE, words=words("network"))
    citizen.collect_events()
    citizen.tell(CommunityLeft, as_citizen(), community=ONE)

    assert only(citizen).words is None


def test_a_welcome_names_the_community(citizen: Citizen) -> None:
    """How one is received the first times belongs to a place, and is written out."""
    with refuses(BadInput, citizen, "--community"):
        citizen.tell(WelcomePlanned, at_partner(), text=words("network"))
    with refuses(BadInput, citizen, "--text"):
        citizen.tell(WelcomePlanned, at_partner(), community=ONE)
    citizen.tell(WelcomePlanned, at_partner(), community=ONE, text=words("network"))


def test_company_is_kept_once_it_is_agreed(citizen: Citizen) -> None:
    """Who comes along the first times is agreed, kept once, and talked over if there is something to say."""
    citizen.tell(CompanyAgreed, as_citizen(), company=ONE, due=date(2026, 4, 1), text=words("network"))
    citizen.tell(CompanyKept, at_partner(PROVIDER), company=ONE)
    with refuses(WrongStatus, citizen, "company is kept"):
        citizen.tell(CompanyKept, at_partner(PROVIDER), company=ONE)


def test_what_stands_in_the_way_is_of_a_known_kind(citizen: Citizen) -> None:
    """Distance, not being welcome, money, equipment, anxiety, or something else that is then told."""
    for number, kind in enumerate(BARRIERS):
        citizen.tell(BarrierNoted, as_citizen(), barrier=uid(60 + number), kind=kind, words=words("network"))
    assert 6 == len(citizen.collect_events())
    with refuses(BadInput, citizen, "anxiety"):
        citizen.tell(BarrierNoted, as_citizen(), barrier=ONE, kind="laziness", words=words("network"))
    with refuses(BadInput, citizen, "--words or --text"):
        citizen.tell(BarrierNoted, as_citizen(), barrier=ONE, kind="other")


def test_help_is_sought_past_what_stands_in_the_way(citizen: Citizen) -> None:
    """Once, with what was asked for: a fee, equipment, a lift."""
    citizen.tell(BarrierNoted, as_citizen(), barrier=ONE, kind="money", words=words("finances"))
    citizen.tell(BarrierHelpSought, at_partner(PROVIDER), barrier=ONE, text=words("finances"))
    with refuses(WrongStatus, citizen, "barrier is sought"):
        citizen.tell(BarrierHelpSought, at_partner(PROVIDER), barrier=ONE, text=words("finances"))


def test_peer_support_begins_by_the_citizens_own_yes(citizen: Citizen) -> None:
    """Staff may offer it; neither staff nor a representative says yes, and neither of them ends it."""
    citizen.tell(PeerOffered, at_partner(PROVIDER), peer=ONE)
    for act in (at_partner(PROVIDER), at_partner(), as_representative()):
        for event in (PeerJoined, PeerLeft):
            with refuses(NotPermitted, citizen, "citizen alone"):
                citizen.tell(event, act, peer=ONE)
    assert "offered" == citizen.state_of("peer", ONE)
    citizen.tell(PeerJoined, as_citizen(), peer=ONE)

    assert "joined" == citizen.state_of("peer", ONE)


def test_a_peer_is_found_without_an_offer_and_left_without_a_reason(citizen: Citizen) -> None:
    """The citizen needs nobody's offer, may say no to one, and may come back."""
    citizen.tell(PeerJoined, as_citizen(), peer=OTHER)
    citizen.tell(PeerLeft, as_citizen(), peer=OTHER)
    citizen.tell(PeerJoined, as_citizen(), peer=OTHER)
    citizen.tell(PeerOffered, at_partner(), peer=ONE)
    citizen.tell(PeerLeft, as_citizen(), peer=ONE)

    assert ("joined", "left") == (citizen.state_of("peer", OTHER), citizen.state_of("peer", ONE))


def test_nothing_that_was_said_to_a_peer_is_written_by_a_peer(citizen: Citizen) -> None:
    """Offered, joined and left: no event tells of a talk, and none names who the peer is."""
    for event in (PeerOffered, PeerJoined, PeerLeft):
        assert not {"who", "person", "partner"} & set(fields_of(event))


def test_an_open_offer_is_told_of_and_nobody_notes_who_comes(citizen: Citizen) -> None:
    """One text and nothing else: no day, no attendance."""
    citizen.tell(OfferTold, at_partner(), text=words("network"))

    assert ["text"] == list(fields_of(OfferTold))


def test_a_talk_with_a_workplace_has_the_citizen_in_the_room_or_their_yes(citizen: Citizen) -> None:
    """Without the citizen there it is refused, unless the citizen's own words stand in it."""
    terms: dict[str, Any] = {"job_at_risk": True, "text": words("work")}
    with refuses(BadInput, citizen, "in the room, or their yes"):
        citizen.tell(WorkplaceTalkHeld, at_partner(JOBCENTRE), citizen_took_part=False, **terms)
    citizen.tell(WorkplaceTalkHeld, at_partner(JOBCENTRE), citizen_took_part=True, **terms)
    citizen.tell(
        WorkplaceTalkHeld, at_partner(JOBCENTRE), citizen_took_part=False, **terms, words=words("work")
    )

    assert [True, False] == [event.citizen_took_part for event in citizen.collect_events()]
