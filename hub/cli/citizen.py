"""The citizen's verbs: enrolled, hopes, the coordinator, contact persons, tasks, contact, death."""

import sys
from typing import Annotated, Final
from uuid import uuid5

from hub.aggregates import Text
from hub.application import commands
from hub.cli.base import group, verb
from hub.cli.options import (
    As,
    Citizen,
    CommandId,
    Day,
    Json,
    Labels,
    Occurred,
    Partner,
    Person,
    TaskPurpose,
    TextOption,
    argument,
    done,
    meta,
    option,
)
from hub.cli.session import day, needed, needed_uuid, session, written
from hub.desk.registering import cpr_number
from hub.errors import BadInput
from hub.texts import say
from hub.vault import Identity

app: Final = group(
    "Borgeren: håb, tovholder, kontaktpersoner, kontakt.",
    "The citizen: hopes, coordinator, contact persons, contact.",
    'hub citizen hope CITIZEN "En hund" --label wishes --as citizen',
)

NOT_YET: Final = ("Jeg ved det ikke endnu.", "I do not know yet.")

WordsArgument = Annotated[
    str, argument("WORDS", "Ordene, ord for ord (- læser fra stdin).", "The words, verbatim (- reads stdin).")
]


@verb(
    app,
    "enrol",
    "Tag en borger med; svaret er borgerens reference.",
    "Enrol a citizen; the answer is the citizen's reference.",
    'hub citizen enrol --name "Hanne Test" --as lene',
)
def enrol(
    as_: As,
    name: Annotated[
        str | None,
        option("--name", "Navnet; det gemmes i boksen.", "The name; it is kept in the vault.", "NAME"),
    ] = None,
    cpr: Annotated[
        str | None, option("--cpr", "CPR-nummer (- læser fra stdin).", "CPR number (- reads stdin).", "CPR")
    ] = None,
    address: Annotated[str | None, option("--address", "Adresse.", "Address.", "TEXT")] = None,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Enrol a citizen."""
    given = sys.stdin.readline().strip() if cpr == "-" else cpr
    number = None if given is None else cpr_number(given)
    if given is not None and number is None:
        raise BadInput(
            say(
                "--cpr er intet CPR-nummer: skriv det som 010180-0000.",
                "--cpr is no CPR number: write it as 010180-0000.",
            )
        )
    if name is None and (number or address):
        raise BadInput(
            say("--name mangler: skriv borgerens navn.", "--name is missing: write the citizen's name.")
        )
    terms, words = meta(command_id, occurred), written(text, label)
    with session() as s:
        actor, command = s.actor(as_), terms.get("command_id")
        answer = s.hub.answered(command, actor) if command else None
        if answer is None:
            identity = None if name is None else Identity(name, number, None, address)
            citizen = uuid5(command, "citizen") if command else None
            demo = s.wired.settings.demo
            answer = commands.enrol(
                s.hub, actor, identity, citizen=citizen, text=words, by_name=demo, **terms
            )
        done(answer, "borgeren er med", "the citizen is enrolled", as_json=json)


@verb(
    app,
    "hope",
    "Skriv et håb ned, ord for ord; at man ikke ved det endnu, er også et svar.",
    "Write a hope down, word for word; not knowing yet is an answer too.",
    'hub citizen hope CITIZEN "En hund" --label wishes --as citizen\nhub citizen hope CITIZEN --not-yet --as citizen',
)
def hope(
    citizen: Citizen,
    as_: As,
    words: Annotated[
        str | None,
        argument("WORDS", "Ordene, ord for ord (- læser fra stdin).", "The words (- reads stdin)."),
    ] = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    not_yet: Annotated[bool, option("--not-yet", "Ved det ikke endnu.", "Does not know yet.")] = False,
    json: Json = False,
) -> None:
    """Tell a hope."""
    terms = meta(command_id, occurred)
    said = written(words, label) or (not_yet and Text.of(say(*NOT_YET), *(label or ["wishes"])))
    if not said:
        raise BadInput(
            say(
                "Ordene mangler: skriv dem, eller sig --not-yet.",
                "The words are missing: write them, or say --not-yet.",
            )
        )
    with session() as s:
        answer = commands.tell_hope(s.hub, s.actor(as_), s.citizen(citizen), said, undecided=not_yet, **terms)
        done(answer, "håbet er skrevet ned", "the hope is written down", as_json=json)


@verb(
    app,
    "retell",
    "Fortæl et håb på ny; de gamle ord bliver i historien.",
    "Tell a hope anew; the old words stay in the history.",
    'hub citizen retell CITIZEN HOPE "To hunde" --label wishes --as citizen',
)
def retell(
    citizen: Citizen,
    which: Annotated[
        str, argument("HOPE", "Håbet, eller dets ref på tidslinjen.", "The hope, or its ref in the timeline.")
    ],
    words: WordsArgument,
    as_: As,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Tell a hope anew."""
    needed_uuid(which, "HOPE")
    terms, said = meta(command_id, occurred), needed(words, label)
    with session() as s:
        who, actor = s.citizen(citizen), s.actor(as_)
        answer = commands.retell_hope(s.hub, actor, who, s.resolved(who, which, "hope"), said, **terms)
        done(answer, "håbet er fortalt på ny", "the hope is told anew", as_json=json)


@verb(
    app,
    "assign-coordinator",
    "Gør en person til tovholder; der er præcis én.",
    "Make a person the coordinator; there is exactly one.",
    "hub citizen assign-coordinator CITIZEN --person mette --purpose coordination --as lene",
)
def assign_coordinator(
    citizen: Citizen,
    person: Person,
    as_: As,
    purpose: TaskPurpose = "coordination",
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Assign the coordinator."""
    terms = meta(command_id, occurred)
    with session() as s:
        whom, where = s.staff(person)
        actor, who = s.actor(as_), s.citizen(citizen)
        answer = commands.assign(s.hub, actor, who, "coordinator", where, whom, purpose, **terms)
        done(answer, "tovholderen er valgt", "the coordinator is assigned", as_json=json)


@verb(
    app,
    "release-coordinator",
    "Slut tovholderens opgave; borgeren har så synligt ingen.",
    "End the coordinator's task; the citizen then visibly has none.",
    "hub citizen release-coordinator CITIZEN --as lene",
)
def release_coordinator(
    citizen: Citizen,
    as_: As,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Release the coordinator."""
    terms = meta(command_id, occurred)
    with session() as s:
        answer = commands.release_coordinator(s.hub, s.actor(as_), s.citizen(citizen), **terms)
        done(answer, "tovholderen er frigjort", "the coordinator is released", as_json=json)


@verb(
    app,
    "assign-contact-person",
    "Gør en person til fast kontaktperson.",
    "Make a person the steady contact.",
    "hub citizen assign-contact-person CITIZEN --person ole --purpose support --as lene",
)
def assign_contact_person(
    citizen: Citizen,
    person: Person,
    as_: As,
    purpose: TaskPurpose = "support",
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Assign a contact person."""
    terms = meta(command_id, occurred)
    with session() as s:
        whom, where = s.staff(person)
        actor, who = s.actor(as_), s.citizen(citizen)
        answer = commands.assign(s.hub, actor, who, "contact_person", where, whom, purpose, **terms)
        done(answer, "kontaktpersonen er valgt", "the contact person is assigned", as_json=json)


@verb(
    app,
    "end-contact-person",
    "Slut en fast kontaktpersons opgave.",
    "End a contact person's task.",
    "hub citizen end-contact-person CITIZEN --person ole --as lene",
)
def end_contact_person(
    citizen: Citizen,
    person: Person,
    as_: As,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """End a contact person's task."""
    terms = meta(command_id, occurred)
    with session() as s:
        whom = s.person(person)
        answer = commands.end_contact_person(s.hub, s.actor(as_), s.citizen(citizen), whom.id, **terms)
        done(answer, "kontaktpersonen er stoppet", "the contact person has ended", as_json=json)


UnitPerson = Annotated[
    str | None,
    option(
        "--person",
        "En person dér; ellers hele enheden.",
        "A person there; otherwise the whole unit.",
        "PERSON",
    ),
]


@verb(
    app,
    "start-relation",
    "Giv en organisation, eller en person dér, en opgave hos borgeren.",
    "Give an organisation, or a person there, a task with the citizen.",
    "hub citizen start-relation CITIZEN jobcenter --person ann --purpose employment --as lene",
)
def start_relation(
    citizen: Citizen,
    partner: Partner,
    purpose: TaskPurpose,
    as_: As,
    person: UnitPerson = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Start a relation."""
    terms = meta(command_id, occurred)
    with session() as s:
        where, whom = s.partner(partner), None if person is None else s.person(person)
        if whom is not None and whom.partner != where:
            raise BadInput(
                say(
                    "--person arbejder ikke hos PARTNER: vælg en, der gør.",
                    "--person does not work at PARTNER: choose one who does.",
                )
            )
        answer = commands.assign(
            s.hub, s.actor(as_), s.citizen(citizen), "relation", where, whom and whom.id, purpose, **terms
        )
        done(answer, "opgaven er begyndt", "the task has begun", as_json=json)


@verb(
    app,
    "end-relation",
    "Slut en opgave hos borgeren.",
    "End a task with the citizen.",
    "hub citizen end-relation CITIZEN jobcenter --person ann --as lene",
)
def end_relation(
    citizen: Citizen,
    partner: Partner,
    as_: As,
    person: UnitPerson = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """End a relation."""
    terms = meta(command_id, occurred)
    with session() as s:
        where, whom = s.partner(partner), None if person is None else s.person(person).id
        answer = commands.end_relation(s.hub, s.actor(as_), s.citizen(citizen), where, whom, **terms)
        done(answer, "opgaven er sluttet", "the task has ended", as_json=json)


@verb(
    app,
    "contact",
    "Skriv ned, at der var kontakt.",
    "Write down that there was contact.",
    'hub citizen contact CITIZEN --day 2026-03-01 --text "Gik en tur" --label meetings --as mette',
)
def contact(
    citizen: Citizen,
    as_: As,
    on: Day = None,
    text: TextOption = None,
    absence: Annotated[
        str | None,
        option(
            "--absence",
            "Hvorfor borgeren ikke kom; kun jer ser det.",
            "Why the citizen did not come; only you see it.",
            "TEXT",
        ),
    ] = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    together: Annotated[
        bool, option("--together", "Skrevet sammen med borgeren.", "Written together with the citizen.")
    ] = False,
    json: Json = False,
) -> None:
    """Record a contact."""
    terms, when = meta(command_id, occurred), None if on is None else day(on, "--day")
    said, missed = written(text, label), written(absence, label, "attendance")
    with session() as s:
        actor, who = s.actor(as_), s.citizen(citizen)
        answer = commands.record_contact(
            s.hub, actor, who, day=when, text=said, absence=missed, together=together, **terms
        )
        done(answer, "kontakten er skrevet ned", "the contact is written down", as_json=json)


@verb(
    app,
    "died",
    "Noter et dødsfald; alle samtykker slutter straks.",
    "Record a death; every consent ends at once.",
    "hub citizen died CITIZEN --day 2026-03-01 --as lene",
)
def died(
    citizen: Citizen,
    as_: As,
    on: Day = None,
    text: TextOption = None,
    label: Labels = None,
    command_id: CommandId = None,
    occurred: Occurred = None,
    *,
    json: Json = False,
) -> None:
    """Record a death."""
    terms, when = meta(command_id, occurred), None if on is None else day(on, "--day")
    said = written(text, label)
    with session() as s:
        answer = commands.record_death(s.hub, s.actor(as_), s.citizen(citizen), day=when, text=said, **terms)
        done(answer, "dødsfaldet er noteret", "the death is recorded", as_json=json)
