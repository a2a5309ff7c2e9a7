"""FHIR Consent and the hub's decision say the same: there and back again, and against a naive reading of the tree."""

import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, NamedTuple
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest

from hub.application.standing import State
from hub.clock import to_microseconds
from hub.interop import fhir_consent_export, fhir_consent_read, fhir_consent_terms
from hub.interop.fhir_consent_names import Around, Names
from hub.interop.fhir_consent_refusals import REFUSALS, Inexpressible
from hub.items import Item, ItemField
from hub.statements import Statement
from hub.vocabulary import CATEGORY_BIT, PURPOSE_BIT, Category, Channel, Purpose, Sector

SEED = int(os.environ.get("HUB_SEED", "20261122"))
HISTORIES = int(os.environ.get("HUB_CONSENTS", "300"))
TREES = int(os.environ.get("HUB_TREES", "1000"))

HERE = UUID("0d3c8f5e-0000-4000-8000-000000000000")
CITIZEN = uuid5(HERE, "citizen")
RECIPIENTS = [uuid5(HERE, f"recipient {n}") for n in range(2)]
SOURCES = [uuid5(HERE, f"source {n}") for n in range(2)]
PERSONS = {uuid5(HERE, f"person {n}"): RECIPIENTS[n] for n in range(2)}
PARTNERS = RECIPIENTS + SOURCES
LABELS = [Category.CONTACT, Category.PLAN, Category.HEALTH, Category.ADDICTION]
PURPOSES = [Purpose.COORDINATION, Purpose.TREATMENT, Purpose.SUPPORT]
ZONE = ZoneInfo("Europe/Copenhagen")

TODAY = datetime(2026, 3, 10, 9, 30, tzinfo=ZONE)
NOW = to_microseconds(TODAY)
AT = 100
"""The position at which every consent is recorded."""
DAYS = [TODAY.replace(hour=0, minute=0) + timedelta(days=n) for n in (-700, -30, -29, 0, 1, 2, 30, 31, 400)]
EDGES = sorted(
    {to_microseconds(day) + n for day in DAYS for n in (-1, 0, 1)} | {NOW - 1, NOW, NOW + 1, NOW + 999_999}
)


def known() -> Names:
    """Who a file can name."""
    urn = "urn:ietf:rfc:3986"
    partners = {(urn, f"urn:uuid:{one}"): frozenset({one}) for one in PARTNERS}
    return Names(CITIZEN, partners=partners, persons=PERSONS)


def organisations() -> list[Statement]:
    """Everybody is registered, and could receive everything."""
    said = []
    for n, partner in enumerate(PARTNERS):
        body = {"sector": Sector.AUTHORITY, "purposes": " ".join(Purpose), "reveals": "", "public": True}
        said.append(Statement("registered", partner, body, 2 * n + 1, 0))
        said.append(Statement("ceiling", partner, {"categories": " ".join(Category)}, 2 * n + 2, 0))
    return said


# ------------------------------------------------------------------------------------------------ what is looked at


def some_items(rng: random.Random, number: int) -> list[Item]:
    """Events before and after, dated and not, by everybody, on one subject or several."""
    items = []
    for n in range(number):
        before = rng.random() < 0.5
        existence = rng.choice(LABELS)
        labels = {existence, *rng.sample(LABELS, rng.choice([0, 0, 1]))}
        occurred = rng.choice([None, *EDGES, *EDGES])
        items.append(
            Item(
                uuid5(HERE, f"item {n}"),
                "plan.goal_set",
                50 + n if before else AT + 50 + n,
                rng.choice([None, *SOURCES]),
                occurred,
                NOW - 5 if before else NOW + 5,
                rng.random() < 0.2,
                CATEGORY_BIT[existence],
                (ItemField("text", sum(CATEGORY_BIT[label] for label in labels), (), False),),
                None,
            )
        )
    return items


def looks(state: State, items: list[Item], moments: list[int]) -> Iterator[bytes]:
    """All that anybody may see, through every kind of channel, byte for byte."""
    for now in moments:
        for partner in RECIPIENTS:
            people = [None, *(person for person, at in PERSONS.items() if at == partner)]
            for channel, person in ((Channel.TOPIC, None), *((Channel.SCREEN, person) for person in people)):
                viewer = state.viewer(partner, now, person=person, channel=channel)
                yield repr(viewer.shut).encode()
                for item in items:
                    yield repr(viewer.disclose(item)).encode()


# --------------------------------------------------------------------------------------------- there and back again


def some_history(rng: random.Random) -> list[Statement]:
    """Consents and blocks of one moment, some of them narrowed or ended again."""
    said: list[Statement] = []
    for n in range(rng.randint(1, 5)):
        window = None
        if rng.random() < 0.6:
            begins, ends = sorted(rng.sample(EDGES, 2))
            window = {
                "happened_from": begins,
                "happened_to": rng.choice([None, ends]),
                "include_undated": rng.random() < 0.5,
            }
        body: dict[str, Any] = {
            "grant": str(uuid5(HERE, f"grant {n}")),
            "categories": " ".join(rng.sample(LABELS, rng.randint(1, 3))),
            "purposes": " ".join(rng.sample(PURPOSES, rng.randint(1, 2))),
            "sources": rng.choice(
                [None, [str(one) for one in rng.sample([UUID(int=0), *SOURCES], rng.randint(1, 2))]]
            ),
            "window": window,
            "until": rng.choice([None, *(edge for edge in EDGES if edge > NOW)]),
            "role": "citizen",
        }
        partner = rng.choice(RECIPIENTS)
        said.append(Statement("grant", partner, body, 0, NOW))
        if rng.random() < 0.2:
            terms = {**body, "categories": str(body["categories"]).split()[0], "until": None}
            said.append(Statement("narrowed", partner, terms, 0, NOW))
        if rng.random() < 0.1:
            said.append(Statement("ended", partner, {"grants": [body["grant"]], "withdrawn": True}, 0, NOW))
    for n in range(rng.choice([0, 0, 1, 2])):
        person = rng.choice([None, None, *PERSONS])
        terms = {
            "block": str(uuid5(HERE, f"block {n}")),
            "categories": rng.choice([None, " ".join(rng.sample(LABELS, rng.randint(1, 2)))]),
            "person": person and str(person),
        }
        said.append(Statement("block", PERSONS[person] if person else rng.choice(RECIPIENTS), terms, 0, NOW))
    return [one._replace(position=AT + n) for n, one in enumerate(said)]


def taken(consents: list[dict[str, Any]]) -> list[Statement]:
    """What an import records: the statements of the grants and blocks that the Consents come to."""
    said: list[Statement] = []
    for n, body in enumerate(consents):
        reading = fhir_consent_read.read_consent(body, Around(), known(), NOW)
        assert reading.refusals == []
        terms = fhir_consent_terms.terms_of(reading.provisions, NOW)
        said += recorded(terms, f"import {n}")
    return [one._replace(position=AT + n) for n, one in enumerate(said)]


def recorded(terms: fhir_consent_terms.Terms, name: str) -> list[Statement]:
    """Grants and blocks as the log says them."""
    said = []
    for m, block in enumerate(terms.blocks):
        terms_of_it = {
            "block": str(uuid5(HERE, f"{name} block {m}")),
            "person": block.person and str(block.person),
            "categories": None if block.categories is None else " ".join(sorted(block.categories)),
        }
        said.append(Statement("block", block.partner, terms_of_it, AT, NOW))
    for m, grant in enumerate(terms.grants):
        window = grant.window and dict(
            zip(("happened_from", "happened_to", "include_undated"), grant.window, strict=True)
        )
        body: dict[str, Any] = {
            "grant": str(uuid5(HERE, f"{name} grant {m}")),
            "categories": " ".join(sorted(grant.categories)),
            "purposes": " ".join(sorted(grant.purposes)),
            "sources": None if grant.sources is None else sorted(map(str, grant.sources)),
            "window": window,
            "until": grant.until,
            "role": "citizen",
        }
        said.append(Statement("grant", grant.partner, body, AT, NOW))
    return said


def there_and_back(seed: int, histories: int) -> tuple[int, int, int]:
    """Answers compared, how many of them were something to see, and differences."""
    rng = random.Random(seed)
    asked = seen = differences = 0
    for _ in range(histories):
        state = State.of([*organisations(), *some_history(rng)])
        bundle = json.loads(json.dumps(fhir_consent_export.bundle_of(state, CITIZEN, NOW)))
        again = State.of([*organisations(), *taken([one["resource"] for one in bundle["entry"]])])
        items = some_items(rng, 12)
        moments = [NOW, *rng.sample([edge for edge in EDGES if edge >= NOW], 4)]
        for ours, theirs in zip(looks(state, items, moments), looks(again, items, moments), strict=True):
            asked += 1
            seen += ours.startswith(b"Disclosure")
            differences += ours != theirs
    return asked, seen, differences


def test_export_and_import_decide_alike() -> None:
    """Consents and blocks that went out as FHIR and came back decide every question as the originals did."""
    asked, seen, differences = there_and_back(SEED, HISTORIES)
    print(
        f"\nseed {SEED}: {HISTORIES} histories, {asked} answers, {seen} of them seen, {differences} differences"
    )
    assert differences == 0
    assert seen > 0.02 * asked


def test_a_block_that_is_not_exported_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """With blocks left out of the export, the comparison finds it: it can fail."""
    whole = fhir_consent_export.bundle_of

    def without(state: State, *more: Any) -> Any:
        bundle: Any = whole(state, *more)
        kept = [
            one for one in bundle["entry"] if one["resource"]["provision"]["provision"][0]["type"] == "permit"
        ]
        return {**bundle, "entry": kept}

    monkeypatch.setattr(fhir_consent_export, "bundle_of", without)
    assert there_and_back(SEED, 60)[2] > 0
    print("control: caught")


# ------------------------------------------------------------------------- a tree, and a naive reading of the tree


class Question(NamedTuple):
    """One piece of information, and who asks for it when."""

    partner: UUID
    purpose: str
    label: str
    item: Item
    at: int


def some_tree(rng: random.Random) -> dict[str, Any]:
    """A Consent with rules inside rules; most of them say enough to be taken."""
    rules = [some_rule(rng, 0, None) for _ in range(rng.choice([1, 1, 1, 2, 2, 3]))]
    root: dict[str, Any] = {"provision": rules}
    if len(rules) == 1 and rng.random() < 0.5:
        root = rules[0]
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [concept("http://loinc.org", "59284-0")],
        "patient": {"identifier": identifier(CITIZEN)},
        "policyRule": concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTOUT"),
        "provision": root,
    }


def concept(system: str, code: str) -> dict[str, Any]:
    """A concept of one code."""
    return {"coding": [{"system": system, "code": code}]}


def identifier(identity: UUID) -> dict[str, str]:
    """An id of the hub."""
    return {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{identity}"}


OWN = "https://koordineringshub.dk/fhir"


def some_rule(rng: random.Random, depth: int, above: str | None) -> dict[str, Any]:
    """One provision: a permission of the first level says nearly always enough, all others what they like."""
    kind = {None: "permit" if rng.random() < 0.85 else "deny", "permit": "deny", "deny": "permit"}[above]
    if rng.random() < 0.01:
        kind = rng.choice(["permit", "deny"])
    rule: dict[str, Any] = {"type": kind}
    block = depth == 0 and kind == "deny" and rng.random() < 0.97
    share = 0.98 if depth == 0 and kind == "permit" else 0.35
    if block or rng.random() < share:
        rule["actor"] = [some_actor(rng, one) for one in rng.sample(RECIPIENTS, rng.randint(1, 2))]
    if rng.random() < max(0.5, share):
        rule |= some_categories(rng)
    if not block and rng.random() < share:
        rule["purpose"] = [
            {"system": f"{OWN}/CodeSystem/purpose", "code": str(one)}
            for one in rng.sample(PURPOSES, rng.randint(1, 3))
        ]
    if not block and rng.random() < (0.3 if kind == "permit" else 0.15):
        rule["data"] = [
            {"meaning": "authoredby", "reference": {"identifier": identifier(one)}}
            for one in rng.sample([CITIZEN, *SOURCES], rng.randint(1, 2))
        ]
    if not block and rng.random() < share:
        rule |= some_dates(rng, top=depth == 0)
    if not block and rng.random() < 0.25:
        rule["period"] = some_period(rng, start=0.3, ends=0.8)
    if rng.random() < 0.3:
        rule["action"] = [concept("http://terminology.hl7.org/CodeSystem/consentaction", "access")]
    if rng.random() < (0.05 if block else (0.7, 0.35, 0.2, 0.0)[depth]):
        rule["provision"] = [some_rule(rng, depth + 1, kind) for _ in range(rng.choice([1, 1, 2]))]
    return rule


def some_actor(rng: random.Random, partner: UUID) -> dict[str, Any]:
    """A recipient."""
    role = concept("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", rng.choice(["PRCP", "IRCP"]))
    return {"role": role, "reference": {"identifier": identifier(partner)}}


def some_categories(rng: random.Random) -> dict[str, Any]:
    """Labels or classes, now and then both, now and then a code of HL7's."""
    labels = [
        {"system": f"{OWN}/CodeSystem/category", "code": str(one)}
        for one in rng.sample(LABELS, rng.randint(1, 3))
    ]
    found: dict[str, Any] = {rng.choice(["securityLabel", "securityLabel", "class"]): labels}
    if rng.random() < 0.1:
        found["securityLabel"] = [
            {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "ETH"}
        ]
    return found


def some_dates(rng: random.Random, *, top: bool) -> dict[str, Any]:
    """From now on, or a period of the data, with or without what has no date."""
    if rng.random() < (0.25 if top else 0.05):
        return {
            "modifierExtension": [{"url": f"{OWN}/StructureDefinition/from-now-on", "valueBoolean": True}]
        }
    found: dict[str, Any] = {"dataPeriod": some_period(rng, start=0.97 if top else 0.6)}
    if rng.random() < 0.3:
        undated = {"url": f"{OWN}/StructureDefinition/includes-undated", "valueBoolean": True}
        found["modifierExtension"] = [undated]
    return found


WRITTEN = [day.date().isoformat() for day in DAYS] + [
    "2026-03",
    "2025",
    "2026-03-10T09:30:00+01:00",
    "2026-03-10T08:30:01Z",
    "2026-03-20T10:00:00.25+01:00",
]


def some_period(rng: random.Random, start: float, ends: float = 0.6) -> dict[str, str]:
    """A period in days, months, years or to the second."""
    pair = sorted(rng.sample(WRITTEN, 2), key=first_and_after)
    found = {}
    if rng.random() < start:
        found["start"] = pair[0]
    if rng.random() < ends or not found:
        found["end"] = pair[1]
    return found


def first_and_after(text: str) -> tuple[datetime, datetime]:
    """What a date or time of FHIR can mean, at the earliest, and the first moment after it."""
    if "T" in text:
        first = datetime.fromisoformat(text)
        return first, first + timedelta(microseconds=10_000 if "." in text else 1_000_000)
    year, month, day = ([int(part) for part in text.split("-")] + [0, 0])[:3]
    first = datetime(year, month or 1, day or 1, tzinfo=ZONE)
    if day:
        return first, (datetime(year, month, day) + timedelta(days=1)).replace(tzinfo=ZONE)
    if month:
        return first, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=ZONE)
    return first, datetime(year + 1, 1, 1, tzinfo=ZONE)


def inside(period: dict[str, str], moment: int) -> bool:
    """Whether a moment is in a period, both ends included."""
    when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)
    return ("start" not in period or first_and_after(period["start"])[0] <= when) and (
        "end" not in period or when < first_and_after(period["end"])[1]
    )


def named(references: list[dict[str, Any]]) -> set[str]:
    """Whom references mean."""
    return {one["reference"]["identifier"]["value"].removeprefix("urn:uuid:") for one in references}


def applies(rule: dict[str, Any], asked: Question) -> bool:
    """Whether every kind of condition of a provision has one that fits: and between kinds, or within a list."""
    codes = [
        {"addiction" if one["code"] == "ETH" else one["code"] for one in rule[element]}
        for element in ("securityLabel", "class")
        if element in rule
    ]
    return (
        ("actor" not in rule or str(asked.partner) in named(rule["actor"]))
        and all(asked.label in each for each in codes)
        and ("purpose" not in rule or asked.purpose in {one["code"] for one in rule["purpose"]})
        and ("data" not in rule or str(asked.item.source or CITIZEN) in named(rule["data"]))
        and inside(rule.get("period", {}), asked.at)
        and dated(rule, asked.item)
    )


def dated(rule: dict[str, Any], item: Item) -> bool:
    """Whether the date of an item is one that a provision is about."""
    urls = {one["url"].rsplit("/", 1)[1] for one in rule.get("modifierExtension", [])}
    if item.occurred_at is None:
        return urls == {"includes-undated"} or not (urls or "dataPeriod" in rule)
    if "from-now-on" in urls:
        return item.position > AT and not item.imported and item.occurred_at > NOW
    return inside(rule.get("dataPeriod", {}), item.occurred_at)


def effect(rule: dict[str, Any], asked: Question) -> str | None:
    """What a provision says: its type where it applies, unless one of its exceptions applies and says otherwise."""
    if not applies(rule, asked):
        return None
    said = {effect(inner, asked) for inner in rule.get("provision", [])} - {None, rule["type"]}
    return said.pop() if said else rule["type"]


def says(consent: dict[str, Any], asked: Question) -> set[bool]:
    """Nothing is shared (OPTOUT) unless a rule permits it, and a denial of the first level beats what permits.

    FHIR does not say whether an exception to one rule beats another rule too: both readings are returned.
    """
    root = consent["provision"]
    rules = [root] if "type" in root else root["provision"]
    effects = [(rule["type"], effect(rule, asked)) for rule in rules]
    gives = any(said == "permit" for _, said in effects)
    denials = [said for kind, said in effects if said == "deny" and kind == "deny"]
    exceptions = [said for kind, said in effects if said == "deny" and kind == "permit"]
    return {gives and not denials, gives and not denials and not exceptions}


def asked_of(items: list[Item], moments: list[int]) -> Iterator[tuple[list[Question], Item]]:
    """Every question about these items: one for each label, which all must be permitted together."""
    for item, at, partner, purpose in product(items, moments, RECIPIENTS, Purpose):
        labels = [one for one in LABELS if CATEGORY_BIT[one] & (item.existence | item.fields[0].labels)]
        yield [Question(partner, purpose, one, item, at) for one in labels], item


def terms_or_codes(consent: dict[str, Any]) -> tuple[fhir_consent_terms.Terms | None, list[str]]:
    """What a Consent comes to, or why not."""
    reading = fhir_consent_read.read_consent(consent, Around(), known(), NOW)
    codes = [refusal.code for refusal in reading.refusals]
    if not codes:
        try:
            return fhir_consent_terms.terms_of(reading.provisions, NOW), []
        except Inexpressible as no:
            codes = [no.refusal.code]
    return None, codes


def compare(seed: int, trees: int) -> tuple[Counter[str], list[str]]:
    """What became of the trees, and where the hub and the naive reading differ."""
    rng = random.Random(seed)
    shares: Counter[str] = Counter()
    found: list[str] = []
    for number in range(trees):
        consent = some_tree(rng)
        terms, codes = terms_or_codes(consent)
        if terms is None:
            assert set(codes) <= REFUSALS.keys()
            shares[f"refused {codes[0]}"] += 1
            continue
        shares["taken"] += 1
        shares["with exceptions"] += '"provision": [{"type": "deny"' in json.dumps(consent["provision"])
        state = State.of([*organisations(), *recorded(terms, "tree")])
        moments = [NOW, rng.choice([edge for edge in EDGES if edge >= NOW])]
        for asked, item in asked_of(some_items(rng, 10), moments):
            disclosure = state.viewer(asked[0].partner, asked[0].at).disclose(item)
            ours = bool(disclosure and disclosure.purposes & PURPOSE_BIT[Purpose(asked[0].purpose)])
            theirs = {all(both) for both in product(*(says(consent, one) for one in asked))}
            shares["asked"] += 1
            shares["permitted"] += ours
            if theirs != {ours}:
                found.append(f"tree {number} of seed {seed}: ours {ours}\n{json.dumps(consent)}\n{item}")
        if len(found) > 3:
            break
    return shares, found


def test_every_tree_is_refused_or_decided_as_it_says() -> None:
    """A tree of provisions is refused, or the hub's decision equals a naive reading: never wider, never narrower."""
    shares, found = compare(SEED, TREES)
    print(f"\nseed {SEED}: {TREES} trees, {len(found)} differences; {dict(shares)}")
    assert not found, found[0]
    assert shares["taken"] > 0.3 * TREES
    assert shares["with exceptions"] > 0.05 * TREES
    assert shares["permitted"] > 0.02 * shares["asked"]


FAULTS = {
    "a nested denial is dropped": ("_denied", lambda _rule, _cell: False),
    "an exception to a denial is dropped": (
        "_denied",
        fhir_consent_terms.matches,
    ),
    "dates are not asked for": ("_dated", lambda _rule, _when: True),
    "contradictions are let through": ("_contradict", lambda _one, _other, _now: False),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_wrong_reading_is_found(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one rule of the translation broken, the comparison finds it: it can fail."""
    name, broken = FAULTS[what]
    monkeypatch.setattr(fhir_consent_terms, name, broken)

    assert compare(SEED, 600)[1]
    print("control: caught")


# ------------------------------------------------------------------------------------------------- whatever comes in

JUNK: list[Any] = [
    None,
    True,
    7,
    -1.5,
    "",
    " ",
    "x",
    "2026-13-45",
    "9999-12-31",
    "#",
    "urn:uuid:",
    {},
    [],
    [[]],
    [None],
]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document: what holds it, and by which key."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield value, key
        yield from places(one)


def test_whatever_comes_in_is_read_or_refused() -> None:
    """With anything in any place a Consent is taken or refused with known codes: nothing else happens."""
    rng = random.Random(SEED)
    shares: Counter[str] = Counter()
    for _ in range(TREES):
        consent = some_tree(rng)
        for _ in range(rng.choice([1, 1, 2])):
            holder, key = rng.choice(list(places(consent)))
            if rng.random() < 0.3:
                del holder[key]
            else:
                whole = json.loads(json.dumps(consent))
                holder[key] = rng.choice([*JUNK, whole, whole.get("provision")])
        terms, codes = terms_or_codes(consent)
        assert set(codes) <= REFUSALS.keys()
        shares["taken" if terms else codes[0]] += 1
    print(f"\nseed {SEED}: {dict(shares.most_common(6))}")
    assert shares["taken"]
    assert shares["not_valid"]


@pytest.mark.parametrize("levels", [20, 60, 120, 180, 240, 300, 400])
def test_no_depth_is_an_error(levels: int) -> None:
    """Rules inside rules are refused at every depth, and never end the reading."""
    consent = some_tree(random.Random(SEED))
    inner: dict[str, Any] = {"type": "deny"}
    for level in range(levels):
        inner = {"type": "permit" if level % 2 else "deny", "provision": [inner]}

    assert terms_or_codes({**consent, "provision": inner})[0] is None
