"""One checked FHIR resource → one fact.

Nothing is invented here: a contact has no purpose, a goal is professional wording, a plan without a date has no date,
and what the resource does not say is None. Reasons are fixed sentences without values.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.interop.fhir_check import MAX_TEXT, TEXT_TOO_LONG
from hub.interop.fhir_codes import DIAGNOSIS, CodeTable, Described
from hub.interop.fhir_dates import NO_TIME, Life, NotMappedError, end_of, judged, life_of, possible
from hub.interop.fhir_facts import (
    CareTeamFact,
    CitizenFact,
    Common,
    ContactFact,
    ContactPerson,
    Fact,
    GoalFact,
    InquiryFact,
    Outcome,
    PlanFact,
    Refused,
    Unmapped,
)
from hub.interop.fhir_inquiry import asked, is_inquiry, is_the_citizens
from hub.interop.fhir_message import Message, thread_of, written
from hub.interop.fhir_read import Body
from hub.interop.fhir_refs import Directory, missing_references, targets
from hub.interop.fhir_values import (
    COPENHAGEN,
    codings,
    cpr_numbers,
    human_name,
    moment,
    part,
    parts,
    target,
    word,
)

BAD_CPR = "a CPR number that is none: have it put right at the source"
TWO_CPR = "two CPR numbers in one Patient: have it put right at the source"
BAD_BIRTH = "a date of birth that is in the future or before 1900: have it put right at the source"
BAD_DEATH = "a death in the future, before 1900 or before birth: have it put right at the source"
INACTIVE = "the Patient is marked as not in use: have it made active or merged at the source"
IN_ERROR = (
    "entered in error, says the source: if it came in before, have it corrected or marked as misfiled by hand"
)
TAKEN_BACK = "taken back by its sender: if it came in before, have it corrected or marked as misfiled by hand"

NO_EVENT = "the hub has no event for this type"
A_CONSENT = "a consent is given, not imported as history: hub import fhir-consent"
SOMEBODY_ELSE = "about somebody close to the citizen: kept sealed, nobody is shown it"
ASKED_BY_OTHERS = "an inquiry by somebody else, and it does not say that the citizen agrees: kept sealed"
NOTHING_ASKED = "an inquiry that asks for nothing"
NO_MESSAGE_TIME = "a message without a time"
NO_MOMENT = "finished, but without a time"
NO_TEXT = "a goal without a wording"
NO_PERSON = "no member who can be a contact person"
OPEN_END = "status inactive, without an end"

_STATUSES = frozenset(
    [
        *(
            "active",
            "arrived",
            "cancelled",
            "completed",
            "draft",
            "finished",
            "in-progress",
        ),
        *(
            "inactive",
            "on-hold",
            "onleave",
            "planned",
            "proposed",
            "accepted",
            "rejected",
            "revoked",
            "suspended",
        ),
        *("triaged", "unknown", "preparation", "not-done", "stopped"),
    ],
)
_WITHOUT_EVENT = {"Consent": A_CONSENT, "RelatedPerson": SOMEBODY_ELSE}
_PLANS = frozenset({"active", "on-hold", "completed", "revoked"})
_PLANS_CLOSED = frozenset({"completed", "revoked"})
_INQUIRIES = frozenset({"active", "on-hold", "completed"})
_GOALS = frozenset({"planned", "accepted", "active", "on-hold", "completed", "cancelled"})
_GOALS_ENDED = frozenset({"completed", "cancelled"})
_ACHIEVEMENT = "http://terminology.hl7.org/CodeSystem/goal-achievement"


@dataclass(frozen=True, slots=True)
class Mapper:
    """Maps the resources of one citizen. `now` is the clock; the mapper has none of its own."""

    table: CodeTable
    directory: Directory
    now: datetime
    missing: Counter[str]

    def fact(
        self,
        body: Body,
        common: Common,
        life: Life,
        scope: Mapping[str, str],
        message: Message | None = None,
    ) -> Fact:
        """Return the fact of one valid resource; `message` is what the message Bundle says that it came in."""
        if "entered-in-error" in (body.get("status"), body.get("lifecycleStatus")):
            return Refused(**common, reason=IN_ERROR)
        try:
            fact = self._made(body, common, life, scope, message)
        except NotMappedError as no:
            if no.refused:
                return Refused(**common, reason=no.reason)
            return Unmapped(**common, reason=no.reason)
        self.missing.update(missing_references(body, common["source_type"], scope, self.directory))
        return fact

    def _made(
        self, body: Body, common: Common, life: Life, scope: Mapping[str, str], message: Message | None
    ) -> Fact:
        match common["source_type"]:
            case "Patient":
                fact: Fact = self._citizen(body, common)
            case "CarePlan":
                fact = self._plan(body, common, life, scope)
            case "Goal":
                fact = self._goal(body, common, life)
            case "Encounter":
                fact = self._contact(body, common, life)
            case "Communication":
                fact = self.message(body, common, life, message)
            case "ServiceRequest":
                fact = self._inquiry(body, common, life)
            case "CareTeam":
                fact = self._care_team(body, common, life, scope)
            case other:
                raise NotMappedError(_WITHOUT_EVENT.get(other, NO_EVENT), refused=False)
        return fact

    def life(self, body: Body) -> Life:
        """Return birth and death of a Patient, unjudged."""
        return life_of(body)

    # ------------------------------------------------------------------------------------ one type each

    def _citizen(self, body: Body, common: Common) -> CitizenFact:
        numbers = cpr_numbers(parts(body, "identifier"))
        if numbers.invalid:
            raise NotMappedError(BAD_CPR, refused=True)
        if len(numbers.valid) > 1:
            raise NotMappedError(TWO_CPR, refused=True)
        life = self.life(body)
        deceased = life.died is not None or body.get("deceasedBoolean") is True
        if body.get("active") is False and not deceased:
            raise NotMappedError(INACTIVE, refused=True)
        for name, reason in (("birthDate", BAD_BIRTH), ("deceasedDateTime", BAD_DEATH)):
            try:
                judged(body.get(name), Life(), self.now)
            except NotMappedError:
                raise NotMappedError(reason, refused=True) from None
        if life.born and life.died and life.died.last.astimezone(COPENHAGEN).date() < life.born:
            raise NotMappedError(BAD_DEATH, refused=True)
        return CitizenFact(
            **common,
            name=human_name(parts(body, "name")),
            cpr=numbers.valid[0] if numbers.valid else None,
            born=life.born,
            deceased=deceased,
            died_at=life.died.first if life.died else None,
            enrolled_at=None,
        )

    def _plan(self, body: Body, common: Common, life: Life, scope: Mapping[str, str]) -> PlanFact:
        self._status(body, "status", _PLANS)
        if body.get("intent") in ("proposal", "option"):
            raise NotMappedError("intent proposal or option: nobody has adopted it", refused=False)
        period = part(body, "period")
        opened = judged(period.get("start") or body.get("created"), life, self.now)
        closed = body.get("status") in _PLANS_CLOSED
        ended = end_of(period.get("end"), opened, life, self.now) if closed else None
        described = self._joined(
            self._free(body, "title"),
            self._free(body, "description"),
            self.table.describe(parts(body, "category")),
            self.table.describe(part(part(item, "detail"), "code") for item in parts(body, "activity")),
            *(self._free(part(item, "detail"), "description") for item in parts(body, "activity")),
        )
        return PlanFact(
            **common,
            text=described.text,
            labels=tuple(sorted(described.labels)),
            opened_at=opened,
            closed=closed and not (period.get("end") and ended is None),
            closed_at=ended,
            goals=tuple(found.id for found in targets(body, ("goal",), scope) if found.kind == "id"),
        )

    def _goal(self, body: Body, common: Common, life: Life) -> GoalFact:
        status = self._status(body, "lifecycleStatus", _GOALS)
        wording = self.table.describe([part(body, "description")])
        category = self.table.describe(parts(body, "category"))
        if wording.text is None:
            wording = self._joined(
                category,
                *(
                    self.table.describe([part(item, "detailCodeableConcept")])
                    for item in parts(body, "target")
                ),
            )
        if wording.text is None:
            raise NotMappedError(NO_TEXT, refused=False)
        at = judged(body.get("startDate"), life, self.now)
        achieved = any(
            system == _ACHIEVEMENT and code in ("achieved", "sustaining")
            for system, code, _ in codings([part(body, "achievementStatus")])
        )
        outcome: Outcome = "reached" if achieved else "let_go" if status in _GOALS_ENDED else "open"
        return GoalFact(
            **common,
            text=self._joined(wording).text or "",
            labels=tuple(sorted(wording.labels | category.labels)),
            at=at,
            plan=None,
            outcome=outcome,
            ended_at=end_of(body.get("statusDate"), at, life, self.now) if outcome != "open" else None,
        )

    def _contact(self, body: Body, common: Common, life: Life) -> ContactFact:
        self._status(body, "status", frozenset({"finished"}))
        period = part(body, "period")
        at = judged(period.get("start"), life, self.now)
        if at is None:
            raise NotMappedError(NO_MOMENT, refused=False)
        described = self._joined(self.table.describe(parts(body, "type")))
        labels = described.labels
        text = (described.text or "").casefold()
        for concept in parts(body, "reasonCode"):
            labels |= self.named_in(text, concept)
        return ContactFact(
            **common,
            text=described.text,
            labels=tuple(sorted(labels)),
            at=at,
            ended_at=end_of(period.get("end"), at, life, self.now),
        )

    def message(
        self,
        body: Body,
        common: Common,
        life: Life,
        message: Message | None,
        said: frozenset[object] = frozenset(),
    ) -> ContactFact:
        """Return the contact that a message is. `said` are segments that other messages of the citizen have brought.

        MedCom gives every message that stands the status `unknown`; elsewhere only `completed` was sent.
        """
        if message is not None and message.taken_back:
            raise NotMappedError(TAKEN_BACK, refused=True)
        sent = message is not None and f"Communication/{common['source_id']}" in message.focus
        self._status(body, "status", frozenset({"completed", "unknown"} if sent else {"completed"}))
        thread = thread_of(body)
        if not thread.whole:
            raise NotMappedError(NO_TIME, refused=True)
        when = thread.at or moment(body.get("sent") or body.get("received"))
        if when is None and ("sent" in body or "received" in body):
            raise NotMappedError(NO_TIME, refused=True)
        when = when or (message.at if message else None)
        if when is None:
            raise NotMappedError(NO_MESSAGE_TIME, refused=False)
        at = possible(when, life, self.now)
        text, labels = written(body, thread, message, self.table, said)
        if len(text.encode()) > MAX_TEXT:
            raise NotMappedError(TEXT_TOO_LONG, refused=True)
        return ContactFact(**common, text=text, labels=tuple(sorted(labels)), at=at, ended_at=None)

    def _inquiry(self, body: Body, common: Common, life: Life) -> InquiryFact:
        if not is_inquiry(body):
            raise NotMappedError(NO_EVENT, refused=False)
        self._status(body, "status", _INQUIRIES)
        if not is_the_citizens(body):
            raise NotMappedError(ASKED_BY_OTHERS, refused=False)
        described = self._joined(asked(body, self.table))
        if described.text is None:
            raise NotMappedError(NOTHING_ASKED, refused=False)
        at = judged(body.get("authoredOn"), life, self.now)
        return InquiryFact(**common, text=described.text, labels=tuple(sorted(described.labels)), at=at)

    def _care_team(self, body: Body, common: Common, life: Life, scope: Mapping[str, str]) -> CareTeamFact:
        if "status" in body:
            status = self._status(body, "status", frozenset({"active", "suspended", "inactive"}))
            if status == "inactive" and not part(body, "period").get("end"):
                raise NotMappedError(OPEN_END, refused=False)
        period = part(body, "period")
        at = judged(period.get("start"), life, self.now)
        end_of(period.get("end"), at, life, self.now)
        contained = parts(body, "contained")
        persons = [
            person
            for item in parts(body, "participant")
            if (person := self._person(item, body, life, scope, contained)) is not None
        ]
        if not persons:
            raise NotMappedError(NO_PERSON, refused=False)
        names = [word(body, "name"), *(name for one in persons for name in (one.organisation, one.role))]
        labels = self.table.describe(parts(body, "category")).labels.union(*map(self.table.of_name, names))
        return CareTeamFact(**common, labels=tuple(sorted(labels)), at=at, persons=tuple(persons))

    def _person(
        self,
        item: Body,
        team: Body,
        life: Life,
        scope: Mapping[str, str],
        contained: list[Body],
    ) -> ContactPerson | None:
        member = part(item, "member")
        found = target(member, scope, contained)
        entry = self.directory.entry(found.path) if found else None
        kind = found.type if found else None
        if kind is None and found is not None and found.kind == "id":
            kinds = (kind for kind in ("Practitioner", "PractitionerRole"))
            kind = next((kind for kind in kinds if f"{kind}/{found.id}" in self.directory.entries), None)
        if kind not in ("Practitioner", "PractitionerRole"):
            return None
        inner = next((one for one in contained if found and one.get("id") == found.id), {})
        behind = self.directory.entry(entry.practitioner) if entry else None
        name = (
            word(member, "display")
            or (entry.name if entry else None)
            or (behind.name if behind else None)
            or human_name(parts(inner, "name"))
        )
        if name is None:
            return None
        employers = [part(item, "onBehalfOf"), *parts(team, "managingOrganization")]
        employer = next((one for one in employers if one), {})
        at = target(employer, scope, contained)
        path = at.path if at and at.kind == "id" else (entry.organisation if entry else None)
        organisation = self.directory.entry(path)
        period = part(item, "period") or part(team, "period")
        since = judged(period.get("start"), life, self.now)
        return ContactPerson(
            name=name,
            reference=found.path if found and found.kind == "id" else None,
            organisation=word(employer, "display") or (organisation.name if organisation else None),
            organisation_reference=path,
            role=self.table.describe(parts(item, "role")).text,
            since=since,
            until=end_of(period.get("end"), since, life, self.now),
        )

    # ---------------------------------------------------------------------------------- rules they share

    def named_in(self, text: str, concept: Body) -> frozenset[str]:
        """Return what a diagnosis reveals in a (casefolded) text that names it; nothing when it does not."""
        names = [word(concept, "text"), *(display for _, _, display in codings([concept]))]
        for name in names:
            bare = (name or "").casefold().removesuffix(" (disorder)").removesuffix(" (finding)").strip()
            if bare and bare in text:
                found = DIAGNOSIS
                for system, code, _ in codings([concept]):
                    found |= self.table.labels.get((system, code), frozenset())
                return found
        return frozenset()

    def _status(self, body: Body, name: str, wanted: frozenset[str]) -> str:
        status = body.get(name)
        if isinstance(status, str) and status in wanted:
            return status
        if isinstance(status, str) and status in _STATUSES:
            raise NotMappedError(f"status {status}", refused=False)
        raise NotMappedError(
            "a status that FHIR R4 does not have: have it put right at the source", refused=True
        )

    def _free(self, body: Body, name: str) -> Described:
        text = word(body, name)
        return Described(text, self.table.of_text(text) if text else frozenset())

    def _joined(self, *described: Described) -> Described:
        texts = dict.fromkeys(one.text for one in described if one.text)
        text = ": ".join(texts) or None
        if text and len(text.encode()) > MAX_TEXT:
            raise NotMappedError(TEXT_TOO_LONG, refused=True)
        return Described(text, frozenset[str]().union(*(one.labels for one in described)))
