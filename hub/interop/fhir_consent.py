"""FHIR Consents (R4) from files, given by the citizen: read, judged, and recorded as consents and blocks of today.

The file is only the wording. What attests a consent is the act of whoever runs this: the citizen, or a representative
within the scope. A date or a signature in the file opens nothing.

One Consent is taken in whole or not at all: its commands are rehearsed first. Blocks are set before consents are given,
and every command has an id made from the citizen and the content, so that an import that was killed opened too little,
never too much, and is finished by running it again. The original is kept, sealed under the citizen's key.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from hub.aggregates import Actor, Consents, Window
from hub.aggregates.base import own_id
from hub.application import commands
from hub.application.hub import Hub, Work
from hub.application.importing import IMPORTED, Bulk, Load, Original
from hub.application.standing import State
from hub.clock import from_microseconds, to_microseconds
from hub.errors import Conflict, NotPermitted, Refused
from hub.interop.fhir_check import canonical, digest
from hub.interop.fhir_consent_codes import BASE, CVR, SOR, URI, urn
from hub.interop.fhir_consent_export import consents_in_force, terms_of_block, terms_of_grant
from hub.interop.fhir_consent_names import Around, Identifier, Names, around
from hub.interop.fhir_consent_read import read_consent
from hub.interop.fhir_consent_refusals import Inexpressible, Refusal
from hub.interop.fhir_consent_terms import BlockTerms, GrantTerms, Terms, terms_of
from hub.interop.fhir_read import Body, Broken, Resource, read
from hub.interop.fhir_values import normal_cpr, parts, word
from hub.refusals import told
from hub.vocabulary import Role

SOURCE: Final = "fhir-consent"
"""In place of a source organisation: the citizen brought it."""
_COMMANDS: Final = uuid5(NAMESPACE_URL, f"{BASE}/consent-import")
_URN: Final = "urn:uuid:"
_NOTHING: Final = Terms((), ())


@dataclass(slots=True)
class Outcome:
    """What became of one Consent. `told` is the hub's own sentence where the hub refused."""

    place: str
    result: str
    """`given`, `would` (in a trial), `there` already, or `refused`."""
    refusals: tuple[Refusal, ...] = ()
    terms: Terms = _NOTHING
    ids: list[UUID] = field(default_factory=list)
    told: str | None = None


@dataclass(slots=True)
class ConsentReport:
    """What became of the files."""

    outcomes: list[Outcome] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    others: int = 0
    """Resources that are no Consent."""

    def count(self, result: str) -> int:
        """How many came out so."""
        return sum(outcome.result == result for outcome in self.outcomes)


@dataclass(frozen=True)
class ConsentImporter:
    """Takes Consents in for one citizen. `patients` are the references by which the files mean the citizen."""

    hub: Hub
    actor: Actor
    citizen: UUID
    patients: frozenset[str] = frozenset()
    trial: bool = False
    """Whether nothing is to be recorded."""

    def run(self, paths: Sequence[Path]) -> ConsentReport:
        """Take in what the files hold; each Consent by itself."""
        if self.actor.role not in (Role.CITIZEN, Role.REPRESENTATIVE):
            raise NotPermitted(
                "A consent from a file is given by the citizen: let the citizen do it (--as citizen)."
            )
        self.hub.check_may_write(self.actor, self.citizen)  # before anything of the citizen is compared
        Work(self.hub, fresh=True).citizen(self.citizen)
        report = ConsentReport()
        resources: list[Resource] = []
        for found in read(paths):
            if isinstance(found, Broken):
                report.broken.append(found)
            else:
                resources.append(found)
        names, near = names_of(self.hub, self.citizen, resources, self.patients), around(resources)
        for resource in resources:
            if resource.body.get("resourceType") == "Consent":
                report.outcomes.append(self._take(resource, names, near))
            else:
                report.others += 1
        return report

    def _take(self, resource: Resource, names: Names, near: Around) -> Outcome:
        now = to_microseconds(self.hub.clock())
        reading = read_consent(resource.body, near, names, now)
        refusals = list(reading.refusals)
        terms = _NOTHING
        if not refusals:
            try:
                terms = terms_of(reading.provisions, now)
            except Inexpressible as no:
                refusals.append(no.refusal)
        if not refusals:
            there, refusal = self._before(resource.body, terms, now)
            if there:
                return Outcome(resource.place, "there", terms=terms)
            if refusal is None:
                return self._give(resource, terms)
            refusals.append(refusal)
        return Outcome(resource.place, "refused", tuple(dict.fromkeys(refusals)))

    def _before(self, body: Body, terms: Terms, now: int) -> tuple[bool, Refusal | None]:
        """Whether this very consent or block came from here and still stands; one that has ended does not return."""
        over, state = self._over(), self.hub.state(self.citizen)
        for identity in _own_ids(body):
            if identity in over:
                return False, Refusal("ended_here", "Consent.identifier")
            if identity in state.grants or identity in state.blocks:
                same = terms == _standing(state, identity, now)
                return same, None if same else Refusal("other_terms", "Consent.identifier")
        return False, None

    def _over(self) -> set[UUID]:
        """The citizen's consents that have ended, and the blocks that were lifted."""
        known = Work(self.hub, fresh=True).find(Consents, own_id(self.citizen, "consents"))
        return set() if known is None else known.ended | known.lifted

    def _give(self, resource: Resource, terms: Terms) -> Outcome:
        content = digest(resource.body)
        new: list[tuple[UUID, GrantTerms | BlockTerms]] = []
        before: set[UUID] = set()
        asked: list[GrantTerms | BlockTerms] = [*terms.blocks, *terms.grants]
        for one in asked:
            command = self._command(content, one)
            answer = self.hub.store.answer(command)
            if answer is not None:
                before.update(map(UUID, answer[1]["ids"].values()))
            elif not self._blocked(one):
                new.append((command, one))
        if before & self._over():
            return Outcome(resource.place, "refused", (Refusal("ended_here"),))
        outcome = Outcome(resource.place, "given" if new else "there", terms=terms)
        try:
            with self.hub.rehearse():
                for command, one in new:
                    self._do(command, one)
            if self.trial:
                outcome.result = "would" if new else "there"
                return outcome
            self._keep(resource, content)
            outcome.ids.extend(self._do(command, one) for command, one in new)
        except Refused as no:
            return Outcome(resource.place, "refused", (Refusal("hub_refuses"),), told=told(no))
        return outcome

    def _command(self, content: bytes, terms: GrantTerms | BlockTerms) -> UUID:
        """The id of the command that these terms of this content are recorded by, whenever."""
        said = "/".join(
            ",".join(sorted(map(str, one))) if isinstance(one, frozenset) else str(one) for one in terms
        )
        return uuid5(_COMMANDS, f"{self.citizen}/{content.hex()}/{type(terms).__name__}/{said}")

    def _blocked(self, terms: GrantTerms | BlockTerms) -> bool:
        """Whether a block of these terms is set already: a second one would only have to be lifted too."""
        if isinstance(terms, GrantTerms):
            return False
        state = self.hub.state(self.citizen)
        return any(terms_of_block(state, block) == terms for block in state.blocks)

    def _do(self, command: UUID, terms: GrantTerms | BlockTerms) -> UUID:
        if isinstance(terms, BlockTerms):
            answer = commands.set_block(
                self.hub,
                self.actor,
                self.citizen,
                terms.partner,
                categories=terms.categories,
                person=terms.person,
                command_id=command,
            )
            return UUID(answer.ids["block"])
        answer = commands.give_consent(
            self.hub,
            self.actor,
            self.citizen,
            terms.partner,
            categories=terms.categories,
            purposes=terms.purposes,
            sources=None if terms.sources is None else tuple(sorted(terms.sources)),
            window=None if terms.window is None else _window(*terms.window),
            until=None if terms.until is None else from_microseconds(terms.until),
            command_id=command,
        )
        return UUID(answer.ids["consent"])

    def _keep(self, resource: Resource, content: bytes) -> None:
        """Seal the original under the citizen's key, unless this very content is kept already."""
        vault = self.hub.vault
        bulk = Bulk(self.hub.database, vault)
        identity = vault.lookup("import", f"consent/{self.citizen}/{content.hex()}")
        if bulk.found(SOURCE, [identity]):
            return
        written = b"Consent\n" + canonical(resource.body)
        sealed = vault.seal_row(vault.key_of(self.citizen), written, identity)
        load = Load(originals=[Original(IMPORTED, identity, content, self.citizen, sealed)])
        try:
            bulk.write(SOURCE, load)
        except Conflict:
            return  # somebody kept the same content first


def names_of(hub: Hub, citizen: UUID, resources: Iterable[Resource], patients: frozenset[str]) -> Names:
    """Who is who, as far as these files can name them."""
    partners: dict[Identifier, set[UUID]] = {}
    for partner in hub.partners().ids():
        partners.setdefault((URI, urn(partner)), set()).add(partner)
        stored = hub.store.own_recorder.select_events(partner, lte=1)
        registered = hub.store.mapper.to_domain_event(stored[0])
        for system, value in ((CVR, registered.cvr), (SOR, registered.sor)):  # type: ignore[attr-defined]
            if value:
                partners.setdefault((system, value.strip()), set()).add(partner)
    identity = hub.vault.identity(citizen)
    cpr = identity.cpr if identity else None
    ids = {one for resource in resources for one in _uuids(resource.body)}
    persons = hub.vault.persons(ids) if ids else {}
    return Names(
        citizen,
        None if cpr is None else normal_cpr(cpr),
        patients,
        {one: frozenset(found) for one, found in partners.items()},
        {person.id: person.partner for person in persons.values() if person.partner is not None},
    )


def _uuids(whole: object) -> Iterator[UUID]:
    """Every id that a resource names, to look people up by."""
    open_ends = [whole]
    while open_ends:
        value = open_ends.pop()
        if isinstance(value, dict):
            open_ends.extend(value.values())
        elif isinstance(value, list):
            open_ends.extend(value)
        elif isinstance(value, str):
            with suppress(ValueError):
                yield UUID(value.rpartition("/")[2].removeprefix(_URN))


def _own_ids(body: Body) -> Iterator[UUID]:
    """The ids that a Consent has here, if it came from here."""
    for one in parts(body, "identifier"):
        value = word(one, "value") or ""
        if word(one, "system") == URI and value.startswith(_URN):
            yield from _uuids(value)


def _standing(state: State, identity: UUID, now: int) -> Terms:
    """What stands here under an id, as terms."""
    if identity in state.blocks:
        return Terms((), (terms_of_block(state, identity),))
    return Terms(
        tuple(terms_of_grant(grant) for grant in consents_in_force(state, now) if grant.id == identity), ()
    )


def _window(begins: int, ends: int | None, undated: bool) -> Window:  # noqa: FBT001 - as the decision reads it
    return Window(
        from_microseconds(begins),
        None if ends is None else from_microseconds(ends),
        include_undated=undated,
    )
