"""What citizens and those who help tell each other, as it is typed: said in Danish, refused in a helpful sentence."""

from collections.abc import Iterator

import pytest

from tests.cli import ENGLISH, Result, Town, town


@pytest.fixture(scope="module")
def hub() -> Iterator[Town]:
    """A town for this module."""
    with town() as made:
        yield made


@pytest.fixture(scope="module")
def citizen(hub: Town) -> str:
    """A citizen with a coordinator, and somebody at the jobcentre."""
    return hub.citizen()


def told(answer: Result, da: str) -> dict[str, str]:
    """One line that says what is recorded."""
    assert answer.out.startswith(f"Noteret: {da[0].lower()}{da[1:]}"), answer
    assert 1 == answer.out.count("\n")
    return answer.ids


def refused(answer: Result, *says: str, code: int = 3) -> None:
    """One line that says what is wrong and what to do; nothing is answered."""
    assert (code, "") == (answer.code, answer.out), answer
    assert answer.err.startswith("FEJL: ")
    assert 1 == answer.err.count("\n")
    for each in says:
        assert each in answer.err


def entries(hub: Town, citizen: str, who: str, purpose: str | None = None) -> list[str]:
    """What somebody reads on the timeline, by kind, the newest first."""
    hub.ok("catch-up")
    terms = ("--purpose", purpose) if purpose else ()
    found = hub.ok("timeline", citizen, "--as", who, *terms, "--limit", "500", "--json").json["entries"]
    return [str(each["event"]) for each in found]


def test_a_wish_is_answered_or_refused_with_a_reason(hub: Town, citizen: str) -> None:
    """A no without a reason is sent back with what to write; the answer then stands on the citizen's timeline."""
    wish = told(
        hub.ok("voice", "wish", citizen, "--words", "En cykel", "--label", "wishes", "--as", "citizen"),
        "Kom med et ønske",
    )["wish"]
    no = ("voice", "answer-wish", citizen, wish, "--not-met", "--as", "mette")
    refused(hub.hub(*no), "grund", "--text", code=2)
    told(hub.ok(*no, "--text", "Ingen penge til det i år", "--label", "wishes"), "Fik svar på et ønske")
    refused(hub.hub(*no, "--text", "Nej", "--label", "wishes"), "Ønsket er »besvaret«")

    assert ["citizen.wish_answered", "citizen.wish_made"] == entries(hub, citizen, "citizen")[:2]
    assert "Ingen penge til det i år" in hub.ok("timeline", citizen, "--as", "citizen").out


def test_only_the_citizen_says_yes_to_a_strength(hub: Town, citizen: str) -> None:
    """Staff see it, the citizen confirms it; staff are told to let the citizen do it."""
    strength = told(
        hub.ok(
            "voice", "strength", citizen, "--text", "God til cykler", "--label", "wishes", "--as", "mette"
        ),
        "Nogen så en styrke",
    )["strength"]
    refused(
        hub.hub("voice", "confirm-strength", citizen, strength, "--as", "mette"),
        "Kun borgeren selv",
        "--as citizen",
    )
    told(hub.ok("voice", "confirm-strength", citizen, strength, "--as", "citizen"), "Sagde ja til en styrke")


def test_a_decision_has_somebody_who_decided(hub: Town, citizen: str) -> None:
    """Who decided is asked for; a word that is none of the few is refused with them."""
    what = ("voice", "decide", citizen, "--words", "Jeg venter", "--label", "plan", "--as", "citizen")
    assert 2 == hub.hub(*what).code
    refused(hub.hub(*what, "--decided-by", "systemet"), "citizen, together, authority", code=2)
    told(hub.ok(*what, "--decided-by", "citizen"), "Der blev truffet et valg")


def test_a_changed_need_is_the_authoritys_to_acknowledge(hub: Town, citizen: str) -> None:
    """The support worker reports it with the citizen; the jobcentre is refused, the authority answers."""
    need = told(
        hub.ok(
            "need",
            "report",
            citizen,
            "--text",
            "Sover ikke",
            "--label",
            "plan",
            "--with-citizen",
            "--as",
            "mette",
        ),
        "Et ændret behov blev meldt",
    )["need"]
    for who in ("mette", "ann", "citizen"):
        refused(hub.hub("need", "acknowledge", citizen, need, "--as", who), "myndigheden")
    told(hub.ok("need", "acknowledge", citizen, need, "--as", "lene"), "Myndigheden har kvitteret")


def test_a_hard_period_a_measurement_and_a_phase(hub: Town, citizen: str) -> None:
    """A hard period ends once; a measurement is a number; a phase is one of four."""
    period = told(hub.ok("need", "hard-period", citizen, "--as", "citizen"), "En svær periode begyndte")[
        "period"
    ]
    hub.ok("need", "end-hard-period", citizen, period, "--as", "mette")
    refused(hub.hub("need", "end-hard-period", citizen, period, "--as", "mette"), "Perioden er »forbi«")
    measure = ("need", "measure", citizen, "--instrument", "ORS", "--as", "mette")
    told(hub.ok(*measure, "--value", "27,5"), "En måling blev skrevet ned")
    refused(hub.hub(*measure, "--value", "Hvordan har du haft det?"), "tallet alene", code=2)
    refused(hub.hub("need", "phase", citizen, "--phase", "midten", "--as", "mette"), "beginning", code=2)
    told(hub.ok("need", "phase", citizen, "--phase", "running", "--as", "mette"), "En ny fase begyndte")


def test_somebody_on_the_network_map_is_labelled_as_somebody_else(hub: Town, citizen: str) -> None:
    """Without the label it is refused with the option that gives it."""
    who = ("network", "add", citizen, "--who", "Min søster", "--label", "network", "--as", "citizen")
    refused(hub.hub(*who), "--label third_party", code=2)
    there = told(hub.ok(*who, "--label", "third_party"), "Satte nogen på netværkskortet")["network_person"]
    told(hub.ok("network", "remove", citizen, there, "--as", "citizen"), "Tog nogen af netværkskortet")


def test_a_community_is_tried_again_and_a_peer_is_the_citizens_yes(hub: Town, citizen: str) -> None:
    """Several tries are normal; peer support is offered by staff and begun by the citizen."""
    tries = ("network", "try", citizen, "--words", "Fire baner", "--label", "network", "--as", "citizen")
    community = told(hub.ok(*tries), "Prøvede et fællesskab")["community"]
    again = told(hub.ok(*tries, "--community", community), "Prøvede et fællesskab")
    assert community == again["community"]
    peer = told(hub.ok("network", "offer-peer", citizen, "--as", "mette"), "Fik tilbudt peerstøtte")["peer"]
    refused(
        hub.hub("network", "say-yes-to-peer", citizen, "--peer", peer, "--as", "mette"), "Kun borgeren selv"
    )
    told(hub.ok("network", "say-yes-to-peer", citizen, "--peer", peer, "--as", "citizen"), "Sagde ja")


def test_a_talk_with_a_workplace_has_the_citizen_in_it(hub: Town, citizen: str) -> None:
    """Without the citizen in the room, the citizen's own words are asked for."""
    talk = ("network", "workplace", citizen, "--job-at-risk", "--label", "work", "--as", "ann")
    refused(hub.hub(*talk, "--text", "Chefen ringede"), "med i rummet", "--words", code=2)
    told(hub.ok(*talk, "--words", "Ring bare til ham"), "En samtale med en arbejdsplads")


def convened(hub: Town, citizen: str, kind: str) -> str:
    """A meeting of a kind."""
    return hub.ok(
        "meeting", "convene", citizen, "--kind", kind, "--starts", "2099-03-03 10:00",
        "--purpose-text", "Næste skridt", "--label", "meetings", "--as", "mette",
    ).ids["meeting"]  # fmt: skip


def test_an_open_dialogue_has_no_agenda_and_other_meetings_have_one(hub: Town, citizen: str) -> None:
    """In an Open Dialogue no item is taken; elsewhere the citizen proposes, and staff put it on the agenda."""
    said = ("--words", "Medicinen", "--label", "meetings", "--as", "citizen")
    refused(
        hub.hub("meeting", "propose-item", citizen, convened(hub, citizen, "open_dialogue"), *said),
        "ingen fast dagsorden",
    )
    meeting = convened(hub, citizen, "network")
    item = told(hub.ok("meeting", "propose-item", citizen, meeting, *said), "Foreslog et punkt")[
        "agenda_item"
    ]
    told(
        hub.ok("meeting", "accept-item", citizen, meeting, item, "--as", "mette"),
        "Et punkt kom på dagsordenen",
    )


def test_the_citizens_message_and_companion_are_the_citizens(hub: Town, citizen: str) -> None:
    """Given by the citizen, or taken down on the telephone; the citizen approves the minutes afterwards, not before."""
    meeting = convened(hub, citizen, "network")
    message = ("meeting", "message", citizen, meeting, "--words", "Læs det højt", "--label", "meetings")
    told(hub.ok(*message, "--as", "mette"), "Gav mødet en besked")
    told(hub.ok(*message, "--as", "citizen"), "Gav mødet en besked")
    companion = ("meeting", "companion", citizen, meeting, "--as", "citizen")
    refused(hub.hub(*companion), "--person eller --words", code=2)
    told(hub.ok(*companion, "--words", "Min søster", "--label", "network"), "Valgte en bisidder")
    minutes = ("meeting", "approve-minutes", citizen, meeting, "--as", "citizen")
    refused(hub.hub(*minutes), "ikke holdt endnu")
    hub.ok("meeting", "hold", citizen, meeting, "--citizen-took-part", "--as", "mette")
    told(hub.ok(*minutes), "Godkendte referatet")


def test_an_order_goes_out_is_received_and_is_answered_by_a_plan(hub: Town, citizen: str) -> None:
    """Only the authority orders; only the provider it went to receives it, and links its own plan to it."""
    plan = hub.ok("plan", "open", citizen, "--kind", "handleplan", "--as", "lene").ids["plan"]
    what = ("--provider", "socialpsykiatri", "--text", "To gange om ugen", "--label", "plan")
    refused(hub.hub("plan", "order", citizen, plan, *what, "--as", "mette"), "myndigheden")
    order = told(
        hub.ok("plan", "order", citizen, plan, *what, "--as", "lene"), "Myndigheden bestilte støtte"
    )["order"]
    refused(
        hub.hub("plan", "receive-order", citizen, plan, order, "--as", "lene"), "udfører, den er sendt til"
    )
    told(hub.ok("plan", "receive-order", citizen, plan, order, "--as", "mette"), "Bestillingen er modtaget")
    own = hub.ok("plan", "open", citizen, "--kind", "indsatsplan", "--as", "mette").ids["plan"]
    link = ("plan", "link-order", citizen, own, "--action-plan", plan, "--order", order, "--as", "mette")
    told(hub.ok(*link), "Planen svarer på en bestilling")
    refused(
        hub.hub("plan", "revise", citizen, plan, "--text", "Tre gange", "--label", "plan", "--as", "mette"),
        "hub need report",
    )


def test_a_follow_up_has_two_views_and_no_score(hub: Town, citizen: str) -> None:
    """It is planned, the citizen's thoughts come before it, and the same as before is a result like any other."""
    plan = hub.ok("plan", "open", citizen, "--kind", "indsatsplan", "--as", "mette").ids["plan"]
    follow = told(
        hub.ok("plan", "follow-up", citizen, plan, "--due", "2099-06-01", "--as", "mette"),
        "En opfølgning blev planlagt",
    )["follow_up"]
    thoughts = ("--words", "Det går", "--label", "plan")
    hub.ok("plan", "reflect", citizen, plan, follow, *thoughts, "--as", "citizen")
    held = ("plan", "hold-follow-up", citizen, plan, follow, "--as", "mette")
    refused(hub.hub(*held, "--result", "8 ud af 10"), "less, ended, changed, same", code=2)
    told(hub.ok(*held, "--result", "same"), "Opfølgningen blev holdt")
    for who in ("citizen", "mette"):
        hub.ok("plan", "view", citizen, plan, "--words", "Sådan ser jeg det", "--label", "plan", "--as", who)

    assert ["plan.view_given"] * 2 == entries(hub, citizen, "citizen")[:2]


def test_after_a_handover_the_citizen_says_whether_it_had_to_be_told_again(hub: Town, citizen: str) -> None:
    """In a word or two, and the rest in the citizen's own words."""
    handover = hub.ok(
        "handover", "propose", citizen, "jobcenter", "--kind", "knowledge", "--as", "mette", "--approved"
    ).ids["handover"]
    hub.ok("handover", "accept", handover, "--as", "ann")
    again = ("handover", "retelling", citizen, handover, "--as", "citizen", "--again")
    refused(hub.hub(*again, "Ja, hele historien om trappen og alt det, der skete"), "et ord eller to", code=2)
    told(hub.ok(*again, "noget af det"), "Fortalte, om det skulle siges forfra")


def test_everything_that_was_told_is_on_the_citizens_own_timeline(hub: Town, citizen: str) -> None:
    """As many entries as the citizen has events in the log: nothing is kept beside the citizen's own file."""
    hub.ok("need", "acute", citizen, "--text", "Huslejen", "--label", "finances", "--as", "mette")
    seen = entries(hub, citizen, "citizen")

    assert "citizen.acute_problem_reported" == seen[0]
    assert hub.ask("SELECT count(*) FROM events WHERE citizen_id = %s", citizen) == len(seen)


def test_the_jobcentre_learns_nothing_of_a_network_that_is_not_its_business(hub: Town, citizen: str) -> None:
    """What was told of the network and of everyday life is absent for it, and so is its being there."""
    hub.ok("need", "hard-period", citizen, "--as", "citizen")
    seen = entries(hub, citizen, "ann", "employment")

    assert not [
        event for event in seen if event.startswith(("citizen.community", "citizen.hard", "citizen.peer"))
    ]
    assert {"citizen.strength_suggested", "citizen.wish_made"} <= set(seen)


def test_what_is_recorded_is_said_in_the_readers_language(hub: Town, citizen: str) -> None:
    """English for whoever reads English; as JSON for scripts."""
    english = hub.ok(
        "voice",
        "success",
        citizen,
        "--words",
        "I rang them",
        "--label",
        "wishes",
        "--as",
        "citizen",
        lang=ENGLISH,
    )
    assert english.out.startswith("Recorded: told of a success")
    as_json = hub.ok(
        "voice", "ask", citizen, "--words", "Hvornår?", "--label", "wishes", "--as", "citizen", "--json"
    )
    assert ["question"] == list(as_json.json["ids"])


def test_a_stranger_learns_nothing_by_telling(hub: Town, citizen: str) -> None:
    """Somebody at an organisation that has nothing to do with the citizen meets the one denial, whatever is typed."""
    other = "00000000-0000-4000-8000-000000000000"
    answers = [
        hub.hub("need", "status", each, "--text", "Hej", "--label", "plan", "--as", "eva")
        for each in (citizen, other)
    ]

    assert 4 == answers[0].code
    assert answers[0] == answers[1]


def test_a_leader_without_a_task_reads_nothing_of_what_was_told(hub: Town, citizen: str) -> None:
    """Bo leads the jobcentre where Ann has the task: for Bo the citizen is nobody, in the words of the one denial."""
    leader = hub.hub("timeline", citizen, "--as", "bo", "--purpose", "employment")
    nobody = hub.hub(
        "timeline", "00000000-0000-4000-8000-000000000000", "--as", "bo", "--purpose", "employment"
    )

    assert 4 == leader.code
    assert leader == nobody
    assert 0 == hub.hub("timeline", citizen, "--as", "ann", "--purpose", "employment").code


def test_after_a_death_orders_end_and_nothing_begins(hub: Town) -> None:
    """No follow-up, no agenda and no order are told of somebody who is dead; what ran can be brought to its end."""
    citizen = hub.citizen()
    plan = hub.ok("plan", "open", citizen, "--kind", "handleplan", "--as", "lene").ids["plan"]
    what = ("--provider", "socialpsykiatri", "--text", "To gange", "--label", "plan", "--as", "lene")
    order = hub.ok("plan", "order", citizen, plan, *what).ids["order"]
    meeting = convened(hub, citizen, "network")
    hub.ok("citizen", "died", citizen, "--as", "lene")
    for command in (
        ("plan", "order", citizen, plan, *what),
        ("plan", "follow-up", citizen, plan, "--due", "2099-06-01", "--as", "mette"),
        ("meeting", "talk-before", citizen, meeting, "--text", "Hej", "--label", "meetings", "--as", "mette"),
        ("voice", "success", citizen, "--words", "Hej", "--label", "wishes", "--as", "mette"),
    ):
        refused(hub.hub(*command), "død")
    told(hub.ok("plan", "end-order", citizen, plan, order, "--as", "lene"), "Bestillingen er slut")
