"""The circle around the citizen: network, communities, company, peers, work."""

from typing import Final

from hub.cli.base import group
from hub.cli.telling import Row, add_told

app: Final = group(
    "Netværk, fællesskaber, følgeskab, peerstøtte.",
    "Network, communities, company, peers.",
    'hub network try CITIZEN --words "Fire baner" --label network --as citizen',
)
ROWS: Final = (
    Row(
        "add",
        "citizen.network_person_added",
        ("Sæt nogen på netværkskortet.", "Add somebody to the network map."),
    ),
    Row(
        "remove",
        "citizen.network_person_removed",
        ("Tag nogen af netværkskortet.", "Take somebody off the network map."),
    ),
    Row(
        "agree",
        "citizen.relative_agreement_made",
        ("Lav en aftale med en pårørende.", "Agree with a relative."),
    ),
    Row(
        "wish",
        "citizen.community_wished",
        ("Ønsk et fællesskab.", "Wish for a community."),
    ),
    Row(
        "try",
        "citizen.community_tried",
        ("Prøv et fællesskab, også for tredje gang.", "Try a community, also for the third time."),
    ),
    Row(
        "join",
        "citizen.community_joined",
        ("Bliv fast del af et fællesskab.", "Join a community."),
    ),
    Row(
        "leave",
        "citizen.community_left",
        ("Stop i et fællesskab; ingen spørger hvorfor.", "Leave a community; nobody asks why."),
    ),
    Row(
        "welcome",
        "citizen.welcome_planned",
        ("Aftal, hvordan man bliver taget imod.", "Plan a welcome."),
    ),
    Row(
        "company",
        "citizen.company_agreed",
        ("Aftal følgeskab de første gange.", "Agree on company the first times."),
    ),
    Row(
        "company-kept",
        "citizen.company_kept",
        ("Noter, at I fulgtes ad.", "Note that you went together."),
    ),
    Row(
        "barrier",
        "citizen.barrier_noted",
        ("Skriv, hvad der står i vejen.", "Note what stands in the way."),
    ),
    Row(
        "barrier-help",
        "citizen.barrier_help_sought",
        ("Søg hjælp til det, der står i vejen.", "Seek help with it."),
    ),
    Row(
        "offer-peer",
        "citizen.peer_offered",
        ("Tilbyd peerstøtte.", "Offer a peer."),
    ),
    Row(
        "say-yes-to-peer",
        "citizen.peer_joined",
        ("Sig ja til peerstøtte.", "Say yes to a peer."),
    ),
    Row(
        "stop-peer",
        "citizen.peer_left",
        ("Stop med peerstøtte.", "Stop with a peer."),
    ),
    Row(
        "offer",
        "citizen.offer_told",
        (
            "Fortæl om et åbent tilbud; ingen noterer, hvem der kommer.",
            "Tell of an open offer; nobody notes who comes.",
        ),
    ),
    Row(
        "workplace",
        "citizen.workplace_talk_held",
        (
            "Noter en samtale med en arbejdsplads eller en skole.",
            "Record a talk with a workplace or a school.",
        ),
    ),
)
add_told(app, "hub network", ROWS)
