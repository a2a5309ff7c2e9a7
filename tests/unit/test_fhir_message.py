"""Messages between organisations → contacts: what a reader is told, what is only referred to, and who is the same."""

import json
from collections import Counter
from collections.abc import Iterable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from hub.interop import fhir, fhir_dates, fhir_group, fhir_index, fhir_map
from hub.interop.fhir import FhirInput
from hub.interop.fhir_about import called
from hub.interop.fhir_dates import Life
from hub.interop.fhir_facts import CitizenFact, ContactFact, Fact, Refused, Repeated, Unmapped
from hub.interop.fhir_index import Numbered
from hub.interop.fhir_message import plain

Body = dict[str, object]

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
CPR_SYSTEM = "urn:oid:1.2.208.176.1.2"
ECPR_SYSTEM = "urn:oid:1.2.208.176.1.6.1.1"
CPR, OTHER_CPR, ECPR = "2509479989", "0101814321", "0703921VJ4"
CATEGORIES = "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-careCommunication-categoryCodes"
ACTIVITIES = "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-messaging-activityCodes"
SEGMENT_TIME = "http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-datetime-extension"


SPOILT: list[object] = [
    *(
        None,
        True,
        -1,
        1e300,
        "",
        "SPOILT",
        "9999-12-31T23:59:59Z",
        "0001-01-01",
        [],
        {},
        ["SPOILT"],
        [[]],
        [None],
    ),
    *(
        {"reference": "#SPOILT"},
        {"reference": "Patient/"},
        [{"resource": {}}],
        {"SPOILT": [1]},
        "<b>SPOILT",
        "urn:uuid:x",
    ),
]


def patient(name: str = "p1", cpr: str | None = CPR, family: str | None = "Elmer", **more: object) -> Body:
    system = CPR_SYSTEM if cpr is None or cpr.isdigit() else ECPR_SYSTEM
    numbered = {"identifier": [{"system": system, "value": cpr}]} if cpr else {}
    called = {"name": [{"family": family}]} if family else {}
    return {"resourceType": "Patient", "id": name, **numbered, **called, **more}


def segment(text: str | None = None, at: str | None = "2024-05-01T10:00:00Z", **more: object) -> Body:
    """A piece of a thread, as MedCom writes it."""
    timed = {"extension": [{"url": SEGMENT_TIME, "valueDateTime": at}]} if at else {}
    return {**timed, **({"contentString": text} if text else {}), **more}


def file(at: str | None = "2024-05-01T10:00:00Z", **attachment: object) -> Body:
    return segment(None, at, contentAttachment=attachment)


def communication(name: str = "m1", of: str | None = "p1", *payload: Body, **more: object) -> Body:
    category = {"coding": [{"system": CATEGORIES, "code": more.pop("category", "carecoordination")}]}
    return {
        "resourceType": "Communication",
        "id": name,
        "status": "unknown",
        "category": [category],
        **({"subject": {"reference": f"Patient/{of}"}} if of else {}),
        "payload": list(payload) or [segment("Kan I ringe til mig?")],
        **more,
    }


def bundle(
    *resources: Body,
    header: str = "h1",
    focus: str = "m1",
    activity: str = "new-message",
    at: str = "2024-05-01T10:00:00Z",
    removes: str | None = None,
) -> Body:
    """A message Bundle: its header, what it carries, and the step in the thread."""
    entity = [{"role": "removal", "what": {"reference": f"MessageHeader/{removes}"}}] if removes else []
    step: Body = {
        "resourceType": "Provenance",
        "id": f"step-{header}",
        "target": [{"reference": f"MessageHeader/{header}"}],
        "recorded": at,
        "activity": {"coding": [{"system": ACTIVITIES, "code": activity}]},
        "agent": [{"who": {"display": "En afdeling"}}],
        **({"entity": entity} if entity else {}),
    }
    head: Body = {
        "resourceType": "MessageHeader",
        "id": header,
        "eventCoding": {"system": "urn:x", "code": "care-communication-message"},
        "source": {"endpoint": "urn:x"},
        "focus": [{"reference": f"Communication/{focus}"}],
    }
    return {
        "resourceType": "Bundle",
        "type": "message",
        "timestamp": at,
        "entry": [{"resource": one} for one in (head, *resources, step)],
    }


def facts(folder: Path, *documents: Body, **more: object) -> list[Fact]:
    paths = []
    for number, document in enumerate(documents):
        paths.append(folder / f"{number:03}.json")
        paths[-1].write_text(json.dumps(document), encoding="utf-8")
    source = FhirInput(paths, now=NOW, **more)  # type: ignore[arg-type]  # the tests name the fields
    return [fact for group in source.groups() for fact in group.facts]


def contacts(found: Iterable[Fact]) -> list[ContactFact]:
    return [fact for fact in found if isinstance(fact, ContactFact)]


def texts(found: Iterable[Fact]) -> list[str]:
    return [fact.text or "" for fact in contacts(found)]


def of_kind(found: Iterable[Fact], kind: str) -> list[tuple[str, str]]:
    """What became of a type: the fact's kind and its reason."""
    return [
        (type(fact).__name__, fact.reason if isinstance(fact, Refused | Unmapped) else "")
        for fact in found
        if fact.source_type == kind
    ]


# ------------------------------------------------------------------------------------- what a message becomes


def test_a_message_becomes_a_contact(tmp_path: Path) -> None:
    """A message is a contact on the citizen: what kind, what about, and its words; dated when it was written."""
    (found,) = contacts(facts(tmp_path, bundle(patient(), communication(topic={"text": "Bostøtte"}))))

    assert "Besked (Forløbskoordinering): Bostøtte\nKan I ringe til mig?" == found.text
    assert (datetime(2024, 5, 1, 10, tzinfo=UTC), None) == (found.at, found.ended_at)
    assert ("health", "plan") == found.labels


@pytest.mark.parametrize(
    ("activity", "begins"),
    [
        ("new-message", "Besked ("),
        ("reply-message", "Svar ("),
        ("forward-message", "Videresendt besked ("),
        ("modified-message", "Rettet besked ("),
    ],
)
def test_the_kind_of_message_is_said(tmp_path: Path, activity: str, begins: str) -> None:
    """A reply, a forwarded and a corrected message say so in their first word."""
    assert texts(facts(tmp_path, bundle(patient(), communication(), activity=activity)))[0].startswith(begins)


def test_what_is_urgent_says_so(tmp_path: Path) -> None:
    """A message that is urgent says that it is."""
    urgent = communication(priority="asap", category="regarding-referral")

    assert texts(facts(tmp_path, bundle(patient(), urgent)))[0].startswith(
        "Besked, haster (Vedr. henvisning)"
    )


@pytest.mark.parametrize(
    ("attachment", "named"),
    [
        ({"title": "Blodprøver", "contentType": "application/pdf", "data": "JVBERi0x"}, "Blodprøver"),
        ({"contentType": "application/pdf", "data": "JVBERi0x"}, "PDF-fil"),
        ({"contentType": "image/png", "data": "JVBERi0x"}, "billede"),
        ({"contentType": "application/zip", "data": "JVBERi0x"}, "application/zip"),
        ({"url": "https://example.org/hemmelig"}, "et link"),
        ({"data": "JVBERi0x"}, "en fil"),
    ],
)
def test_attachments_are_referred_to(tmp_path: Path, attachment: Body, named: str) -> None:
    """An attachment is named by its title, else by its kind; neither its bytes nor its address are in the text."""
    message = communication("m1", "p1", segment("Se vedhæftede."), file(**attachment))
    (found,) = contacts(facts(tmp_path, bundle(patient(), message)))

    assert f"Se vedhæftede.\nVedhæftet: {named}" == (found.text or "").partition("\n")[2]
    assert "JVBERi0x" not in (found.text or "")
    assert "hemmelig" not in (found.text or "")
    assert all(str(value).encode() in found.original for value in attachment.values())


def test_a_referred_document_is_named(tmp_path: Path) -> None:
    """A document that a message only points at is named as the message names it."""
    shown = segment(contentReference={"reference": "DocumentReference/d", "display": "Epikrise"})
    bare = segment(contentReference={"reference": "DocumentReference/d"})

    assert texts(facts(tmp_path, bundle(patient(), communication("m1", "p1", shown))))[0].endswith(
        "Vedhæftet: Epikrise"
    )
    assert texts(facts(tmp_path, bundle(patient(), communication("m1", "p1", bare))))[0].endswith(
        "Vedhæftet: et dokument"
    )


@pytest.mark.parametrize(
    ("category", "text", "labels"),
    [
        ("alcohol-and-drug-treatment", "Vi ses.", {"addiction", "health", "plan"}),
        ("medicine", "Vi ses.", {"health", "medication", "plan"}),
        ("home-care-assessment", "Vi ses.", {"everyday", "health", "plan"}),
        ("carecoordination", "Han er i misbrugsbehandling.", {"addiction", "health", "plan"}),
        ("unheard-of", "Vi ses.", {"health", "plan"}),
    ],
)
def test_labels_of_a_message(tmp_path: Path, category: str, text: str, labels: set[str]) -> None:
    """A message is health and plan at least; its category and its words add what they reveal."""
    message = communication("m1", "p1", segment(text), category=category)

    assert labels == set(contacts(facts(tmp_path, bundle(patient(), message)))[0].labels)


def test_formatting_is_left_out() -> None:
    """What MedCom allows of formatting is left out; a sign that only looks like it stays."""
    assert "Rettet kategori\n- et\n- to" == plain("Rettet <b>kategori</b><ul> <li>et</li><li>to</li></ul>")
    assert "Blodtryk <130 og >80" == plain("Blodtryk <130 og >80")
    assert "a & b" == plain("<p>a &amp; b</p>")


# ------------------------------------------------------------------------------------------ threads


def thread() -> list[Body]:
    """A question and its answer, that carries the question along."""
    first = segment("Hvordan går det?", "2024-05-01T10:00:00Z")
    answer = segment("Det går godt.", "2024-05-02T10:00:00Z")
    return [
        bundle(patient(), communication("m1", "p1", first)),
        bundle(
            patient(),
            communication("m2", "p1", first, answer),
            header="h2",
            focus="m2",
            activity="reply-message",
            at="2024-05-02T10:00:00Z",
        ),
    ]


def test_a_thread_is_told_once(tmp_path: Path) -> None:
    """Each message of a thread is a contact of its own, and the words of the first are not repeated in the second."""
    found = contacts(facts(tmp_path, *thread()))

    assert ["Hvordan går det?", "Det går godt."] == [(fact.text or "").partition("\n")[2] for fact in found]
    assert [1, 2] == [fact.at.day for fact in found]


def test_a_thread_of_which_only_the_end_came(tmp_path: Path) -> None:
    """What no other message has brought is told with the one that carries it, behind its own words and with its day."""
    (found,) = contacts(facts(tmp_path, thread()[1]))

    assert (
        "Svar (Forløbskoordinering)\nDet går godt.\nTidligere i tråden, 1. maj 2024:\nHvordan går det?"
        == found.text
    )
    assert 2 == found.at.day


def test_a_thread_that_began_before(tmp_path: Path) -> None:
    """What an earlier import told is not told again by the answer that comes today; a message never silences itself."""
    question, answer = thread()
    told_before = [
        one["resource"] for one in question["entry"] if one["resource"]["resourceType"] == "Communication"
    ]  # type: ignore[attr-defined]
    (found,) = contacts(
        facts(tmp_path, answer, known={"p1": Life()}, before=lambda name: told_before[: name == "p1"])
    )

    assert "Svar (Forløbskoordinering)\nDet går godt." == found.text
    itself = [
        one["resource"] for one in answer["entry"] if one["resource"]["resourceType"] == "Communication"
    ]  # type: ignore[attr-defined]
    (again,) = contacts(facts(tmp_path, answer, known={"p1": Life()}, before=lambda _: itself))
    assert "Det går godt." in (again.text or "")
    assert "Hvordan går det?" in (again.text or "")


def test_a_refused_message_takes_no_words_along(tmp_path: Path) -> None:
    """Where the first message of a thread is refused, its words still stand with the one that carries them."""
    question, answer = thread()
    message = question["entry"][2]["resource"]  # type: ignore[index]
    message["status"] = "entered-in-error"

    assert [True] == ["Hvordan går det?" in text for text in texts(facts(tmp_path, question, answer))]


def test_the_same_message_in_two_bundles_is_there_already(tmp_path: Path) -> None:
    """The same record that comes with two messages counts as already there, not as another contact."""
    found = facts(tmp_path, bundle(patient(), communication()), bundle(patient(), communication()))

    assert 1 == len(contacts(found))
    assert 2 == sum(
        isinstance(fact, Repeated) for fact in found if fact.source_type in ("Communication", "Patient")
    )


# --------------------------------------------------------------------------- what is taken back, and what is no message


def test_entered_in_error_is_refused(tmp_path: Path) -> None:
    """What the source says was an error is refused, not kept: it may be about somebody else."""
    found = facts(
        tmp_path, bundle(patient(), communication(status="entered-in-error"), activity="retract-message")
    )

    assert [("Refused", fhir_map.IN_ERROR)] == of_kind(found, "Communication")


def test_a_message_taken_back_is_no_contact(tmp_path: Path) -> None:
    """A message that its sender took back is refused, also where it is in the input as it was first sent."""
    back = bundle(
        patient(),
        communication(
            "m9", "p1", segment("Forkert CPR-nummer", "2024-05-02T10:00:00Z"), status="entered-in-error"
        ),
        communication("m1", "p1"),
        header="h9",
        focus="m9",
        activity="retract-message",
        at="2024-05-02T10:00:00Z",
        removes="h1",
    )
    alone = dict(back, entry=[one for one in back["entry"] if one["resource"].get("id") != "m1"])  # type: ignore[attr-defined]

    for taken_back in (back, alone):
        found = facts(tmp_path, bundle(patient(), communication()), taken_back)
        assert [] == contacts(found)
        assert {fhir_map.TAKEN_BACK, fhir_map.IN_ERROR} == {
            reason for _, reason in of_kind(found, "Communication")
        }


def test_a_message_sent_again_after_it_was_taken_back(tmp_path: Path) -> None:
    """What was sent later than it was taken back stands."""
    back = bundle(
        patient(),
        communication("m9", "p1", status="entered-in-error"),
        header="h9",
        focus="m9",
        activity="retract-message",
        at="2024-04-01T10:00:00Z",
        removes="h1",
    )

    assert 1 == len(contacts(facts(tmp_path, back, bundle(patient(), communication()))))


def test_nobody_is_enrolled_from_a_mistake(tmp_path: Path) -> None:
    """Whoever is named only in a message that was taken back may be the wrong person: they become no citizen."""
    back = bundle(
        patient("b", OTHER_CPR),
        communication("m9", "b", status="entered-in-error"),
        header="h9",
        focus="m9",
        activity="retract-message",
        at="2024-05-02T10:00:00Z",
        removes="h1",
    )
    sent = bundle(patient("b", OTHER_CPR), communication("m1", "b"))

    for documents in ((back,), (sent, back)):
        found = facts(tmp_path, *documents)
        assert [] == [fact for fact in found if isinstance(fact, CitizenFact | ContactFact)]
        assert {("Refused", fhir_group.ONLY_TAKEN_BACK)} == set(of_kind(found, "Patient"))
    later = bundle(patient("b", OTHER_CPR), communication("m2", "b"), header="h2", focus="m2")
    assert 1 == len(contacts(facts(tmp_path, sent, back, later)))


def test_a_death_that_only_a_later_message_tells(tmp_path: Path) -> None:
    """A message that names the citizen as dead, as nothing else does, is put before a person; it records no death."""
    found = facts(
        tmp_path,
        bundle(patient("a"), communication("m1", "a")),
        bundle(patient("b", deceasedBoolean=True), communication("m2", "b"), header="h2", focus="m2"),
    )

    assert [("CitizenFact", ""), ("Refused", fhir_group.DEAD_ELSEWHERE)] == of_kind(found, "Patient")
    assert 2 == len(contacts(found))


@pytest.mark.parametrize("seed", range(6))
def test_spoilt_messages_never_raise(tmp_path: Path, seed: int) -> None:
    """A message with anything wrong in any place becomes facts and reasons; nothing raises or repeats it."""
    random = Random(seed)
    whole = json.dumps(
        bundle(patient(), communication("m1", "p1", segment("Ring."), file(title="Brev", data="QUJD")))
    )
    for _ in range(120):
        document = json.loads(whole)
        for _ in range(random.randint(1, 3)):
            spoil(document, random)
        for fact in facts(tmp_path, document):
            assert not isinstance(fact, Refused | Unmapped) or "SPOILT" not in fact.reason


def spoil(document: object, random: Random) -> None:
    """Put something that does not belong there somewhere."""
    places: list[tuple[Any, Any]] = []
    ahead: list[object] = [document]
    while ahead:
        one = ahead.pop()
        inside = one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else ()
        for key, value in inside:
            places.append((one, key))
            ahead.append(value)
    holder, key = random.choice(places)
    holder[key] = deepcopy(random.choice(SPOILT))


@pytest.mark.parametrize(
    "status", ["preparation", "in-progress", "not-done", "on-hold", "stopped", "unknown"]
)
def test_what_was_not_sent_is_no_contact(tmp_path: Path, status: str) -> None:
    """Outside a message only what was completed is a contact; the rest is kept, with its status as the reason."""
    loose = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in (
        patient(), communication(status=status))]}  # fmt: skip

    assert [("Unmapped", f"status {status}")] == of_kind(facts(tmp_path, loose), "Communication")


def test_a_sent_communication_outside_a_message(tmp_path: Path) -> None:
    """An ordinary Communication is a contact on the day it was sent, or else received; without either it is kept."""

    def loose(**more: object) -> Body:
        said = communication("m1", "p1", segment("Ring.", None), status="completed", **more)
        return {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": one} for one in (patient(), said)],
        }

    (found,) = contacts(facts(tmp_path, loose(sent="2024-03-01", received="2024-03-02")))
    assert (datetime(2024, 2, 29, 23, tzinfo=UTC), "Ring.") == (found.at, (found.text or "").splitlines()[-1])
    assert 2 == contacts(facts(tmp_path, loose(received="2024-03-02T08:00:00Z")))[0].at.day
    assert [("Unmapped", fhir_map.NO_MESSAGE_TIME)] == of_kind(facts(tmp_path, loose()), "Communication")


@pytest.mark.parametrize(
    ("payload", "more", "reason"),
    [
        (segment("Ring.", "2025-01-01T10:00:00Z"), {}, fhir_dates.FUTURE),
        (segment("Ring.", "1890-01-01T10:00:00Z"), {}, fhir_dates.BEFORE_1900),
        (
            segment("Ring.", "2024-05-03T10:00:00Z"),
            {"deceasedDateTime": "2024-05-02"},
            fhir_dates.AFTER_DEATH,
        ),
    ],
)
def test_impossible_times_of_messages(tmp_path: Path, payload: Body, more: Body, reason: str) -> None:
    """A message from before 1900, from tomorrow or from after the citizen's death is refused with the reason."""
    found = facts(tmp_path, bundle(patient(**more), communication("m1", "p1", payload)))  # type: ignore[arg-type]

    assert [("Refused", reason)] == of_kind(found, "Communication")


# ------------------------------------------------------------------------------------------- who is the same


def test_one_citizen_under_several_ids(tmp_path: Path) -> None:
    """Messages name their citizen anew each time: one number and one family name are one citizen, enrolled once."""
    found = facts(
        tmp_path,
        bundle(patient("a"), communication("m1", "a")),
        bundle(patient("b"), communication("m2", "b"), header="h2", focus="m2"),
        bundle(patient("c", family=None), communication("m3", "c"), header="h3", focus="m3"),
    )

    assert [("CitizenFact", ""), *2 * [("Unmapped", fhir_group.NAMED_AGAIN)]] == of_kind(found, "Patient")
    assert {"a"} == {fact.subject for fact in found}
    assert 3 == len(contacts(found))


def test_an_e_cpr_is_a_number_too(tmp_path: Path) -> None:
    """A citizen with an e-CPR, letters and all, is found by it under every id."""
    found = facts(
        tmp_path,
        bundle(patient("a", ECPR), communication("m1", "a")),
        bundle(patient("b", ECPR), communication("m2", "b"), header="h2", focus="m2"),
    )

    assert [ECPR] == [fact.cpr for fact in found if isinstance(fact, CitizenFact)]
    assert 2 == len(contacts(found))


@pytest.mark.parametrize(
    "other",
    [
        {"name": [{"family": "Berggren"}]},
        {"name": [{"family": "Elmer", "given": ["Åge", "Test"]}]},
        {"birthDate": "1947-09-26"},
    ],
)
def test_another_name_is_another_person(tmp_path: Path, other: Body) -> None:
    """One number with two names or two birthdays is a mistake: the second is refused, with all that is about them."""
    called_so: Body = {"name": [{"family": "Elmer", "given": ["Bruno Test"]}], "birthDate": "1947-09-25"}
    first = {**patient("a"), **called_so}
    found = facts(
        tmp_path,
        bundle(first, communication("m1", "a")),
        bundle({**patient("b"), **other}, communication("m2", "b"), header="h2", focus="m2"),
    )

    assert [("CitizenFact", ""), ("Refused", fhir_index.SAME_CPR)] == of_kind(found, "Patient")
    assert [("ContactFact", ""), ("Refused", fhir_group.REFUSED_SUBJECT)] == of_kind(found, "Communication")


def test_one_id_for_two_numbers(tmp_path: Path) -> None:
    """One id that messages use for two numbers is two persons in one: nothing about either is taken in."""
    found = facts(
        tmp_path,
        bundle(patient("a"), communication("m1", "a")),
        bundle(patient("a", OTHER_CPR), communication("m2", "a"), header="h2", focus="m2"),
    )

    assert [] == contacts(found)
    assert ("Refused", fhir_map.TWO_CPR) in of_kind(found, "Patient")


def test_two_patients_of_an_extract_stay_two(tmp_path: Path) -> None:
    """Outside messages one number in two Patients is an error, as before."""
    extract: Body = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": patient("a")}, {"resource": patient("b")}],
    }

    assert [("CitizenFact", ""), ("Refused", fhir_index.SAME_CPR)] == of_kind(
        facts(tmp_path, extract), "Patient"
    )


def test_an_extract_names_the_citizen_before_a_message_does(tmp_path: Path) -> None:
    """Where a register's own Patient comes beside messages, the register's is the citizen, and the messages join it."""
    found = facts(tmp_path, bundle(patient("a"), communication("m1", "a")), patient("b"))

    assert [("CitizenFact", ""), ("Unmapped", fhir_group.NAMED_AGAIN)] == sorted(of_kind(found, "Patient"))
    assert {"b"} == {fact.subject for fact in found}


def test_a_citizen_of_an_earlier_import_is_found_by_the_number(tmp_path: Path) -> None:
    """A message that comes months later, under another id, is the same citizen's."""
    before = {
        "known": {"a": Life()},
        "numbers": {CPR: Numbered("a", called({"name": [{"family": "Elmer"}]}))},
    }
    found = facts(tmp_path, bundle(patient("b"), communication("m2", "b"), focus="m2"), **before)

    assert [("Unmapped", fhir_group.NAMED_AGAIN)] == of_kind(found, "Patient")
    assert ["a"] == [fact.subject for fact in contacts(found)]
    both = {**before, "known": {"a": Life(), "b": Life()}}
    two = facts(tmp_path, bundle(patient("b"), communication("m2", "b"), focus="m2"), **both)
    assert [("Refused", fhir_index.SAME_CPR)] == of_kind(
        two, "Patient"
    )  # two citizens already: people must join them
    wrong = facts(
        tmp_path, bundle(patient("b", family="Berggren"), communication("m2", "b"), focus="m2"), **before
    )
    assert [("Refused", fhir_index.SAME_CPR)] == of_kind(wrong, "Patient")
    assert [] == contacts(wrong)


def test_small_portions_change_nothing(tmp_path: Path) -> None:
    """However little memory there is, the same comes out of the same messages."""
    many = [
        bundle(
            patient(f"a{number}", CPR if number % 2 else OTHER_CPR),
            communication(f"m{number}", f"a{number}"),
            header=f"h{number}",
            focus=f"m{number}",
        )
        for number in range(6)
    ]

    assert Counter(map(repr, facts(tmp_path, *many))) == Counter(map(repr, facts(tmp_path, *many, portion=1)))


# ----------------------------------------------------------------------------------- what else a message brings


def test_what_comes_with_a_message_is_kept_with_its_citizen(tmp_path: Path) -> None:
    """Header and steps of a message say who wrote about the citizen: they are kept with the citizen."""
    found = facts(tmp_path, bundle(patient(), communication("m1", None)))

    assert {"p1"} == {fact.subject for fact in found}
    assert (
        [("Unmapped", fhir_map.NO_EVENT)] == of_kind(found, "MessageHeader") == of_kind(found, "Provenance")
    )
    assert 1 == len(contacts(found))


def test_directory_entries_are_nobodys(tmp_path: Path) -> None:
    """Organisations, employees and teams without a citizen come with many messages: they are counted and not kept."""
    team: Body = {"resourceType": "CareTeam", "id": "t1", "name": "Team 1"}
    found = facts(tmp_path, bundle(patient(), communication(), team))

    assert [("Unmapped", fhir.NO_SUBJECT)] == of_kind(found, "CareTeam")


def test_a_provenance_belongs_to_whom_its_record_is_about(tmp_path: Path) -> None:
    """Who wrote down a finding is kept with the citizen of that finding, in whichever order the files come."""
    finding: Body = {"resourceType": "Condition", "id": "c1", "subject": {"reference": "Patient/p1"}}
    origin: Body = {
        "resourceType": "Provenance",
        "id": "v1",
        "target": [{"reference": "Condition/c1"}],
        "recorded": "2024-05-01T10:00:00Z",
        "agent": [{"who": {"display": "En sygeplejerske"}}],
    }
    lost: Body = {**origin, "id": "v2", "target": [{"reference": "Condition/unknown"}]}

    for order in ((origin, lost, finding, patient()), (patient(), finding, origin, lost)):
        about = {fact.source_id: fact.subject for fact in facts(tmp_path, *order)}
        assert {"p1": "p1", "c1": "p1", "v1": "p1", "v2": None} == about


def test_what_is_about_several_is_kept_with_none(tmp_path: Path) -> None:
    """A family is about several citizens: it is counted, and not kept, for it could not be erased with one of them."""
    members = [{"entity": {"reference": f"Patient/{name}"}} for name in ("p1", "p2")]
    group: Body = {"resourceType": "Group", "id": "g", "type": "person", "actual": True, "member": members}
    found = facts(tmp_path, patient("p1"), patient("p2", OTHER_CPR), group)

    assert [("Unmapped", fhir.SEVERAL_CITIZENS)] == of_kind(found, "Group")
    alone: Body = {**group, "member": members[:1]}
    assert ["p1"] == [
        fact.subject for fact in facts(tmp_path, patient("p1"), alone) if fact.source_type == "Group"
    ]


def test_relatives_are_kept_and_not_shown(tmp_path: Path) -> None:
    """A mother in the source's register is a third person: kept under the citizen's key, and in no event."""
    mother: Body = {"resourceType": "RelatedPerson", "id": "r", "patient": {"reference": "Patient/p1"}}

    assert [("Unmapped", fhir_map.SOMEBODY_ELSE)] == of_kind(
        facts(tmp_path, patient(), mother), "RelatedPerson"
    )


def test_a_consent_is_no_history(tmp_path: Path) -> None:
    """A Consent in an extract gives nothing: the report says how one is given."""
    consent: Body = {
        "resourceType": "Consent",
        "id": "s",
        "status": "active",
        "scope": {"text": "x"},
        "category": [{"text": "x"}],
        "patient": {"reference": "Patient/p1"},
    }

    assert [("Unmapped", fhir_map.A_CONSENT)] == of_kind(facts(tmp_path, patient(), consent), "Consent")
