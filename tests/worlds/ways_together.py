"""Ways in which a second world differs: what others do together, what is said of hidden things, and other citizens."""

from typing import Any

from tests.histories import EMERGENCY_SECTORS, RARER, named
from tests.worlds.change import NOTES, Change, way
from tests.worlds.ways import WAYS

__all__ = ["WAYS"]


@way("a meeting elsewhere")
def meeting(change: Change) -> bool:
    """Others meet, and the citizen approves them."""
    place, host = change.place(), change.rng.choice(change.others())
    starts = {"value": "2025-04-02T10:00", "labels": ["meetings"]}
    by = change.staff(host)
    convened = change.add(
        place,
        by,
        "meeting.convened",
        {"kind": {"value": "network", "labels": ["meetings"]}, "starts": starts, "purpose": change.words("meetings")},
    )  # fmt: skip
    guests = change.rng.sample(change.others(), min(2, len(change.others())))
    for number, guest in enumerate(guests):
        data = {
            "meeting": convened,
            "participant": named(guest, "meetings"),
            "starts": starts,
            "purpose": change.words("meetings"),
            "participants": {"partners": sorted(guests), "labels": ["meetings"]},
        }
        invited = change.add(place + 1 + 2 * number, by, "meeting.participant_invited", data)
        approved = {"meeting": convened, "invitations": [invited], "knows": guests}
        event = "meeting.participant_approved_by_citizen"
        change.add(place + 2 + 2 * number, {"who": "citizen"}, event, approved)
    return True


@way("one more on a list")
def on_a_list(change: Change) -> bool:
    """A list of participants or parties that the partner is not shown names another one."""
    found = [
        (place, name)
        for place, step in enumerate(change.steps)
        for name in ("participants", "parties", "came")
        if name in step["data"] and change.partner not in step["data"][name]["partners"]
    ]
    found += [
        (place, "participants") for place, step in enumerate(change.steps) if "participants" in step["data"]
    ]
    if not found:
        return False
    place, name = change.rng.choice(found)
    before = change.steps[place]["data"][name]
    more = [one for one in change.others() if one not in before["partners"]]
    if not more:
        return False
    change.replace(
        place, **{name: {**before, "partners": sorted([*before["partners"], change.rng.choice(more)])}}
    )
    return True


@way("an agreement between others")
def agreement(change: Change) -> bool:
    """Others agree on something."""
    parties = change.rng.sample(change.others(), min(2, len(change.others())))
    data = {
        "owner": named(parties[0], "agreements"),
        "parties": {"partners": parties, "labels": ["agreements"]},
        "due": {"value": "2025-04-09", "labels": ["agreements"]},
        "what": change.words("agreements"),
        "knows": parties,
    }
    change.add(change.place(), change.staff(parties[0]), "meeting.agreement_made", data)
    return True


@way("a handover between others")
def handover(change: Change) -> bool:
    """Others hand something over."""
    sender, receiver = change.rng.sample(change.others(), 2) if len(change.others()) > 1 else ("", "")
    if not sender:
        return False
    data = {
        "kind": {"value": "responsibility", "labels": ["plan"]},
        "from": named(sender, "plan"),
        "to": named(receiver, "plan"),
        "items": [],
        "text": change.words("plan"),
        "knows": [sender],
    }
    change.add(change.place(), change.staff(sender), "handover.proposed", data)
    return True


@way("a text for another")
def text_for_another(change: Change) -> bool:
    """The citizen agrees on a text for another partner."""
    who = change.rng.choice(change.others())
    data = {"kind": "text", "partner": named(who, "contact"), "text": change.words("wishes")}
    change.add(change.place(), {"who": "citizen"}, "consents.disclosure_authorised", data)
    return True


@way("a text for another is taken back")
def text_taken_back(change: Change) -> bool:
    """The citizen agrees on a text for another partner, and takes it back."""
    who, place = change.rng.choice(change.others()), change.place()
    data = {"kind": "text", "partner": named(who, "contact"), "text": change.words("wishes")}
    agreed = change.add(place, {"who": "citizen"}, "consents.disclosure_authorised", data)
    later = change.rng.randint(place + 1, len(change.steps))
    ended = {"consents": [agreed], "partner": named(who, "contact")}
    change.add(later, {"who": "citizen"}, "consents.withdrawn", ended)
    return True


@way("the address is protected")
def address_protected(change: Change) -> bool:
    """The address is protected, or no longer."""
    event = change.rng.choice(("citizen.address_protected", "citizen.address_unprotected"))
    text = {"text": "beskyttet", "labels": ["address", "criminal"]}
    change.add(change.place(), change.staff("my"), event, {"text": text})
    return True


@way("another's person is blocked")
def other_person_blocked(change: Change) -> bool:
    """The citizen blocks one person of another partner."""
    who = change.rng.choice(change.others())
    person = {"person": f"{who}-{change.rng.randint(1, 2)}", "labels": ["contact"]}
    data = {"partner": named(who, "contact"), "person": person}
    change.add(change.place(), {"who": "citizen"}, "consents.block_set", data)
    return True


@way("another's spoken consent")
def other_spoken(change: Change) -> bool:
    """Staff elsewhere register what was spoken about another partner; the citizen may confirm it."""
    if len(change.others()) < 2:
        return False
    receiver, witness = change.rng.sample(change.others(), 2)
    place = change.place()
    data = {
        "partner": named(receiver, "contact"),
        "categories": ["contact", "plan"],
        "purposes": ["support"],
        "sources": None,
        "window": None,
        "until": None,
        "form": "spoken",
        "witness": {"partner": witness, "person": f"{witness}-3"},
    }
    given = change.add(place, change.staff(witness), "consents.given", data)
    if change.rng.random() < 0.5:
        later = change.rng.randint(place + 1, len(change.steps))
        said = {"consent": given, "partner": named(receiver, "contact")}
        change.add(later, {"who": "citizen"}, "consents.confirmed", said)
    return True


@way("a law for another")
def law_for_another(change: Change) -> bool:
    """A basis in law is registered for another partner, and confirmed by its lawyer."""
    who, place = change.rng.choice(change.others()), change.place()
    row = change.rng.choice(("sundhedsloven-41", "psykiatriloven-13a"))
    data = {
        "basis": {"value": row, "labels": ["contact"]},
        "partner": named(who, "contact"),
        "categories": ["health", "plan"],
        "purposes": ["treatment"],
        "sources": None,
        "window": None,
        "until": None,
        "case": "sag",
        "in_writing": True,
    }
    change.add(place, change.staff(who), "consents.statutory_basis_registered", data)
    confirmed = {"partner": who, "basis": row}
    change.add(place + 1, change.staff(who), "partner.legal_basis_confirmed", confirmed)
    return True


@way("an emergency elsewhere")
def emergency(change: Change) -> bool:
    """Somebody elsewhere opens emergency access."""
    able = [
        p["id"]
        for p in change.history["partners"]
        if p["id"] in change.others() and p["sector"] in EMERGENCY_SECTORS
    ]
    if not able:
        return False
    who = change.rng.choice(able)
    data = {
        "partner": named(who, "contact"),
        "person": {"person": f"{who}-1", "labels": ["contact"]},
        "reason": change.words("contact"),
        "call_back": True,
    }
    by = {"who": "partner", "partner": who, "person": f"{who}-1"}
    change.add(change.place(), by, "consents.emergency_access_opened", data)
    return True


def about_hidden(change: Change, event: str, **data: Any) -> bool:
    """Something is said of a step that the partner never sees anything of."""
    places = change.hidden(*NOTES, "citizen.treatment_noted", "citizen.crisis_agreement_made")
    places = [place for place in places if change.steps[place]["by"]["who"] == "partner"]
    if not places:
        return False
    place = change.rng.choice(places)
    step = change.steps[place]
    by = {"who": "citizen"} if event == "event.disputed" else step["by"]
    later = change.rng.randint(place + 1, len(change.steps))
    change.add(later, by, event, {"step": step["id"], **data})
    return True


@way("what is hidden is corrected")
def hidden_corrected(change: Change) -> bool:
    """A text that the partner never sees anything of is put right."""
    new = {"value": "2025-03-29T10:00:00+01:00"}
    return about_hidden(change, "event.corrected", field="occurred", new=new, reason="fejl")


@way("the words of what is hidden are corrected")
def hidden_words_corrected(change: Change) -> bool:
    """The words of what the partner never sees are put right."""
    field = change.rng.choice(("text", "words"))
    return about_hidden(change, "event.corrected", field=field, new=change.words("plan"), reason="fejl")


@way("what is hidden is labelled anew")
def hidden_relabelled(change: Change) -> bool:
    """What the partner never sees anything of gains a label."""
    add = [change.rng.choice(RARER)]
    return about_hidden(change, "event.relabelled", field=None, add=add, remove=[], reason="andet")


@way("what is hidden is disputed")
def hidden_disputed(change: Change) -> bool:
    """The citizen disagrees with what the partner never sees."""
    return about_hidden(change, "event.disputed", words=change.words("contact"))


@way("what is hidden was written on the wrong person")
def hidden_misfiled(change: Change) -> bool:
    """What the partner never sees is marked as misfiled."""
    return about_hidden(change, "event.misfiled", reason="forkert borger")


@way("another citizen")
def another_citizen(change: Change) -> bool:
    """There is a citizen whom the partner has nothing to do with."""
    data = {"partner": change.rng.choice(change.others())}
    change.add(change.place(), change.staff("my"), "side.citizen", data)
    return True


@way("another's topic")
def another_topic(change: Change) -> bool:
    """Another partner gets a topic; who coordinates is told when it does not confirm that it deleted, and so knows."""
    if any(
        step["event"] == "citizen.coordinator_assigned"
        and step["data"]["partner"]["partner"] == change.partner
        for step in change.steps
    ):
        return False
    data = {"partner": change.rng.choice(change.others())}
    change.add(change.place(), change.staff("my"), "side.topic", data)
    return True
