"""Schemathesis calls every operation of the API as every role, with data that it makes and references that are real.

What must never be: an answer that is our fault, a status or a body that the description does not promise. And at least
four of five operations are carried out by some role, so that it is not only refusals that are looked at.
"""

import os
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hub.aggregates import Text
from hub.application import commands
from hub.postgres import Database
from hub.web.api import PATH
from hub.web.gates import COOKIE
from tests.building import CITIZEN, WIDE, Town, settle
from tests.calling import Api, Calls

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
USUAL: Final = 2
"""The first call of an operation is what can be meant, with real references; the second is anything at all."""
EXAMPLES: Final = int(os.environ.get("SCHEMATHESIS_EXAMPLES", USUAL))
"""Calls of each operation by each role; more are a matter of patience, and then our own constants are tried as well."""
SEED: Final = 20261123
ENOUGH: Final = 0.8
ROLES: Final = ("citizen", "coordinator", "partner clerk", "machine client")
LISTS: Final = ("plans", "goals", "meetings", "agreements", "consents", "blocks", "handovers")
_WORDS: Final = {"text": "En tur til havet", "labels": ["wishes"]}
_MEETING: Final = {"text": "Næste skridt", "labels": ["meetings"]}


class Role:
    """One role: how it calls, and the references that it knows."""

    def __init__(self, api: Api, name: str, citizens: list[UUID]) -> None:
        self.name = name
        self.calls, self.partner = _calls(api, name, citizens)
        self.citizens = ["me"] if self.partner is None else [api.ref(self.partner, one) for one in citizens]
        self.code = _code(api) if name == "partner clerk" else "ABCD-EFGH"
        self.refs: dict[str, list[tuple[str, str]]] = {}
        for citizen in self.citizens:
            for kind in LISTS:
                found = self.calls.read(f"/citizens/{citizen}/{kind}")
                things = found.json()["things"] if found.status_code == 200 else []
                self.refs.setdefault(kind, []).extend((citizen, one["ref"]) for one in things)
            page = self.calls.read(f"/citizens/{citizen}/{'view' if self.partner else 'timeline'}")
            entries = page.json()["entries"] if page.status_code == 200 else []
            self.refs.setdefault("events", []).extend((citizen, one["ref"]) for one in entries)
        fed = self.calls.read("/feed", limit=1000)
        records = fed.json()["records"] if fed.status_code == 200 else []
        self.notices = [
            one["value"]["notice"] for one in records if one["key"].startswith("notice/") and one["value"]
        ]

    @property
    def headers(self) -> dict[str, str]:
        """What every call of this role carries."""
        token = self.calls.cookies.get(COOKIE)
        return {**self.calls.own, **({"cookie": f"{COOKIE}={token}"} if token else {})}


def _calls(api: Api, name: str, citizens: list[UUID]) -> tuple[Calls, str | None]:
    return {
        "coordinator": lambda: (api.as_("mette"), "social_psychiatry"),
        "partner clerk": lambda: (api.as_("ann"), "jobcentre"),
        "citizen": lambda: (api.as_(citizens[0]), None),
        "machine client": lambda: (api.system("jobcentre"), "jobcentre"),
    }[name]()


@pytest.fixture(scope="module")
def town(lasting_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town with somebody at each of four organisations, and an authority's coordinator."""
    return settle(lasting_database, tmp_path_factory.mktemp("town"))


def _lived(town: Town) -> UUID:
    """A citizen with some of everything: plans, goals, meetings, agreements, consents, blocks and handovers."""
    citizen = town.enrol()
    for slug, role in (("lene", "relation"), ("mette", "coordinator"), ("ann", "relation")):
        town.task(citizen, slug, role)
    for partner in ("social_psychiatry", "jobcentre"):
        town.consent(citizen, partner, "contact", "wishes", "plan", "meetings", "agreements", window=WIDE)
    town.hope(citizen, "citizen", "En hund", "wishes")
    api = Api(town)
    mette, ann, own = api.as_("mette"), api.as_("ann"), api.as_(citizen)
    path, theirs = (f"/citizens/{api.ref(one, citizen)}" for one in ("social_psychiatry", "jobcentre"))
    jobcentre, ours = str(town.partners["jobcentre"]), str(town.partners["social_psychiatry"])
    plan = mette.made(f"{path}/plans", {"kind": "indsatsplan"})["plan"]
    for category in ("finances", "criminal", "measures"):
        town.later()
        mette.made(f"{path}/plans/{plan}/goals", {"words": {"text": "En hund", "labels": ["plan"]}})
        meeting = mette.made(
            f"{path}/meetings", {"starts": "2026-03-09T10:00:00+01:00", "purpose": _MEETING}
        )["meeting"]
        invited = {"participant": jobcentre, "purpose": _MEETING}
        mette.made(f"{path}/meetings/{meeting}/invitations", invited)
        agreed = {"what": {"text": "Ringer", "labels": ["agreements"]}, "owner": jobcentre, "parties": [ours]}
        mette.made(f"{path}/meetings/{meeting}/agreements", agreed)
        blocked = {"partner": str(town.partners["addiction_treatment"]), "categories": [category]}
        own.made("/citizens/me/blocks", blocked)
        spoken = {"partner": ours, "categories": ["work"], "purposes": ["support"], "spoken_before": "ann"}
        mette.made(f"{path}/consents", spoken)
        passed = {"partner": jobcentre, "approved": True}
        mette.made(f"{path}/handovers", passed)
        ann.made(f"{theirs}/handovers", {"partner": ours, "approved": True})
    return citizen


@pytest.fixture(scope="module")
def lived(town: Town) -> list[UUID]:
    """Two citizens with some of everything, and one whose withdrawal left the jobcentre something to delete."""
    citizens = [_lived(town), _lived(town)]
    third = town.enrol()
    town.task(third, "ann")
    town.consent(third, "jobcentre", "wishes", window=WIDE)
    town.hope(third, "citizen", "En hund", "wishes")
    town.wired.catch_up()
    system = Api(town).system("jobcentre")
    last = system.read("/feed", limit=1000).json()["last"]
    town.later()
    commands.withdraw_consent(town.hub, CITIZEN, third, partner=town.partners["jobcentre"])
    town.hope(third, "ann", "Vil gerne arbejde", "wishes")
    commands.record_contact(town.hub, town.actor("ann"), third, text=Text.of("Vi talte", "work"))
    town.wired.catch_up()
    system.read("/feed", after=last)
    town.wired.catch_up()
    return citizens


def test_every_operation_keeps_what_the_description_promises(
    town: Town, lived: list[UUID], capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever calls whatever with whatever: no failure of ours, and nothing that the description does not say."""
    api, begun = Api(town), time.monotonic()
    described = description(api)
    operations = [found.ok() for found in described.get_all_operations()]
    table: dict[str, dict[str, Counter[int]]] = {}
    for name in ROLES:
        town.wired.catch_up()  # the feed waits where something is not decided yet
        role = Role(api, name, lived)
        for operation in operations:
            label = f"{operation.method.upper()} {operation.path}"
            table.setdefault(label, {})[name] = _run(api, role, operation)
    reached = {label for label, roles in table.items() if any(_reached(found) for found in roles.values())}
    with capsys.disabled():
        _print(table, reached, time.monotonic() - begun)
    assert len(reached) >= ENOUGH * len(table), sorted(table.keys() - reached)


def test_the_checks_see_a_fault(town: Town, lived: list[UUID]) -> None:
    """An operation that answers otherwise than it is described is caught."""
    api = Api(town)
    wrong: Any = described_wrongly(api.inner.openapi())
    api.inner.openapi = lambda: wrong
    schema = description(api)
    operation = next(found.ok() for found in schema.get_all_operations() if found.ok().path.endswith("/me"))
    with pytest.raises(BaseException, match=r"(?i)schema|conform|undocumented") as caught:
        _run(api, Role(api, "coordinator", lived), operation)
    assert caught.value is not None
    print("control: caught")


def description(api: Api) -> Any:
    """The description as the API gives it; the words of our own source are tried only where there is patience."""
    found: Any = schemathesis.openapi.from_asgi(f"{PATH}/openapi.json", api.app)
    found.config.analysis.constants.enabled = EXAMPLES > USUAL
    return found


def described_wrongly(description: dict[str, Any]) -> dict[str, Any]:
    """The description with one field that an answer does not have."""
    me = description["components"]["schemas"]["MeOut"]
    me["properties"]["sko"] = {"type": "string"}
    me["required"].append("sko")
    return description


def _run(api: Api, role: Role, operation: Any) -> Counter[int]:
    """One operation as one role; how often which status came."""
    found: Counter[int] = Counter()

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), data=st.data())
    def call(case: Any, data: st.DataObject) -> None:
        if data.draw(st.sampled_from((True, False)), label="real"):
            _fill(api, role, case, data)
        case.query = {**(case.query or {}), **({"wait": 0} if case.path.endswith("/feed") else {})}
        headers = {**role.headers, "idempotency-key": str(uuid4())}
        case.headers = {
            name: value
            for name, value in (case.headers or {}).items()
            if name.lower() not in {*headers, "on-behalf-of", "authorization", "x-csrf-token"}
        }
        case.cookies = {}
        answer = case.call(headers=headers)
        found[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    call()
    return found


def _fill(api: Api, role: Role, case: Any, data: st.DataObject) -> None:
    """Real references in the place of made-up ones, and a body that can be meant."""
    parts = case.path.strip("/").split("/")
    kind = parts[2] if len(parts) > 2 else ""
    known = role.refs.get(kind) or [(role.citizens[0], str(uuid4()))]
    citizen, ref = data.draw(st.sampled_from(known), label="ref")
    jobcentre = str(api.town.partners["jobcentre"])
    for name, value in {"citizen": citizen, "ref": ref, "partner": jobcentre}.items():
        if name in (case.path_parameters or {}):
            case.path_parameters[name] = value
    query = {"partner": jobcentre} if case.path.endswith(("view", "explanation", "withdrawals")) else {}
    if case.path.endswith("/view") and role.partner is not None:
        query = {}
    if case.path == "/citizens":
        query = {"purpose": "coordination"}
    case.query = query
    case.headers = {}
    bodies = _bodies(api, role, (citizen, ref))
    body = bodies.get((case.method.upper(), "/".join(parts[2:]) or parts[-1]))
    if body is not None:
        case.body = body


def _bodies(api: Api, role: Role, named: tuple[str, str]) -> Mapping[tuple[str, str], Any]:
    """What can be meant, by operation."""
    town, (citizen, _) = api.town, named
    jobcentre, ours = str(town.partners["jobcentre"]), str(town.partners["social_psychiatry"])
    other = ours if role.partner == "jobcentre" else jobcentre
    plan = {"text": "En hund", "labels": ["plan"]}
    events = [ref for whom, ref in role.refs.get("events", ()) if whom == citizen]
    consent = {"partner": jobcentre, "categories": ["work"], "purposes": ["employment"]}
    return {
        ("POST", "citizens"): {"name": "Ny Borger"},
        ("POST", "hopes"): {"words": _WORDS},
        ("POST", "events"): {"event": "citizen.wish_made", "fields": {"words": _WORDS}},
        ("POST", "contacts"): {"text": _MEETING},
        ("POST", "plans"): {"kind": "indsatsplan"},
        ("POST", "plans/{ref}/goals"): {"words": plan},
        ("PATCH", "goals/{ref}"): {"words": plan},
        ("POST", "goals/{ref}/news"): {"outcome": "progressed", "words": plan},
        ("POST", "consents"): consent,
        ("PATCH", "consents/{ref}"): {"categories": ["wishes", "plan"]},
        ("POST", "consents/{ref}/renewal"): {"until": "2027-01-01T00:00:00+01:00"},
        ("POST", "consents/{ref}/confirmation"): {},
        ("POST", "consents/{ref}/withdrawal"): {},
        ("POST", "withdrawals"): {},
        ("POST", "blocks"): {"partner": str(town.partners["addiction_treatment"]), "categories": ["work"]},
        ("POST", "meetings"): {"starts": "2026-03-09T10:00:00+01:00", "purpose": _MEETING},
        ("PATCH", "meetings/{ref}"): {"starts": "2026-03-10T10:00:00+01:00"},
        ("POST", "meetings/{ref}/invitations"): {
            "participant": str(town.partners["authority"]),
            "purpose": _MEETING,
        },
        ("POST", "meetings/{ref}/approvals"): {"participants": [jobcentre]},
        ("POST", "meetings/{ref}/participants/{partner}/withdrawal"): {},
        ("POST", "meetings/{ref}/holding"): {"citizen_took_part": True},
        ("POST", "meetings/{ref}/cancellation"): {},
        ("POST", "meetings/{ref}/agreements"): {"what": {"text": "Ringer", "labels": ["agreements"]}},
        ("POST", "agreements/{ref}/done"): {},
        ("POST", "handovers"): {"partner": other, "approved": True, "items": events[:0]},
        ("POST", "handovers/{ref}/answers"): {"answer": "accept"},
        ("POST", "events/{ref}/corrections"): {"field": "text", "text": _MEETING},
        ("POST", "events/{ref}/labels"): {"add": ["finances"]},
        ("POST", "events/{ref}/disputes"): {"words": _WORDS},
        ("POST", "links"): {
            "code": _code(api) if role.partner == "jobcentre" else "ABCD-EFGH",
            "purpose": "employment",
        },
        ("POST", "confirmations"): {"notice": role.notices[0] if role.notices else str(uuid4())},
    }


def _code(api: Api) -> str:
    """A code for somebody new, to be used by the jobcentre."""
    return commands.make_code(api.town.hub, CITIZEN, api.town.enrol(), api.town.partners["jobcentre"])


def _reached(found: Counter[int]) -> bool:
    return any(200 <= status < 300 for status in found)


def _print(table: dict[str, dict[str, Counter[int]]], reached: set[str], seconds: float) -> None:
    width = max(map(len, table))
    print(f"\n\n{'operation':<{width}}  {'  '.join(f'{name:<14}' for name in ROLES)}")
    for label, roles in table.items():
        cells = [" ".join(f"{status}:{n}" for status, n in sorted(roles[name].items())) for name in ROLES]
        print(f"{label:<{width}}  {'  '.join(f'{cell:<14}' for cell in cells)}")
    for name in ROLES:
        done = sum(_reached(roles[name]) for roles in table.values())
        print(f"{name}: {done} of {len(table)} operations carried out")
    total = sum(sum(found.values()) for roles in table.values() for found in roles.values())
    print(
        f"{len(reached)} of {len(table)} operations ({len(reached) / len(table):.0%}) reached a 2xx; "
        f"{total} calls, no failure, seed {SEED}, {seconds:.0f} s"
    )
