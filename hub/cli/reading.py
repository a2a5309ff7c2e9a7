"""Reading: every read says who reads and what for, is decided and logged, and only then answered.

A partner's person learns the same sentence from every denial: no such citizen, no consent, a block, a suspension, or
simply nothing to show. The operator sees counts.
"""

from datetime import date, datetime
from itertools import islice
from typing import Annotated, Any, Final
from uuid import UUID

from hub.application.access import Reader
from hub.cli.base import group, note, out, out_json, verb
from hub.cli.options import AsReader, Citizen, Json, Partner, Purpose, argument, option
from hub.cli.session import Session, denied, needed_uuid, session
from hub.cli.show import as_json, show_entries, wrapped
from hub.desk.cards import cards as cards_of
from hub.desk.cards import too_many_text
from hub.desk.looked import looked
from hub.desk.saying import events_text, harmless, shown_value
from hub.errors import AccessDenied, NotPermitted
from hub.texts import CONSTANT, ROLES, STANDING, day_text, moment_text, say, word
from hub.wording import FIELDS

app: Final = group("Læs.", "Read.", "hub timeline CITIZEN --as citizen")

Refs = Annotated[bool, option("--refs", "Vis referencer.", "Show references.")]
START: Final = UUID(int=0)
PAGE: Final = 50


def hint(s: Session, reader: Reader, view: str) -> None:
    """Say when a read model is behind; never to a partner, to whom it would tell that something was recorded."""
    if reader.role in {"partner", "representative"}:
        return
    behind = s.lag(view)
    if behind:
        note(
            say(
                f"{events_text(behind)} er ikke vist endnu: kør hub up (eller hub catch-up).",
                f"{events_text(behind)} not shown yet: run hub up (or hub catch-up).",
            )
        )


def sentence(reader: Reader) -> None:
    """The constant sentence under everything that a partner reads, and another under what a citizen reads."""
    constant = {"partner": CONSTANT, "citizen": STANDING}.get(reader.role)
    if constant is not None:
        out()
        wrapped(say(*constant))


def operator_sees_counts() -> NotPermitted:
    """What an operator is told who asks for content."""
    return NotPermitted(
        say(
            "Driften ser antal, aldrig indhold: brug --as med en registreret person eller citizen.",
            "The operator sees counts, never content: use --as with a registered person, or citizen.",
        )
    )


@verb(
    app,
    "timeline",
    "Hvad der er sket, nyeste først, så langt læseren må vide det.",
    "What has happened, newest first, as far as the reader may know.",
    "hub timeline CITIZEN --as mette --purpose coordination\nhub timeline CITIZEN --as citizen --refs",
)
def timeline(
    citizen: Citizen,
    as_: AsReader,
    purpose: Purpose = None,
    before: Annotated[
        str | None,
        option(
            "--before",
            "Det ældre: referencen, som siden før sluttede med.",
            "The older: the reference that the page before ended with.",
            "REF",
        ),
    ] = None,
    limit: Annotated[int, option("--limit", "Hvor mange (50).", "How many (50).", "NUMBER")] = PAGE,
    *,
    refs: Refs = False,
    json: Json = False,
) -> None:
    """A citizen's timeline."""
    limit = min(max(limit, 1), 1000)
    with session() as s:
        reader, who = s.reader(as_), s.citizen(citizen)
        if reader.role == "operator":
            s.wired.access.counted(purpose, "timeline", who)
            records = s.hub.log.of_citizens([who])
            last = records[-1].position if records else None
            if json:
                out_json({"events": len(records), "last_position": last})
            else:
                out(
                    say(
                        f"{events_text(len(records))}, den seneste nr. {last or '–'}.",
                        f"{events_text(len(records))}, the last at {last or '–'}.",
                    )
                )
            hint(s, reader, "timeline")
            return
        try:
            start = None if before is None else needed_uuid(before, "--before")
            page = s.wired.access.timeline(reader, who, purpose, before=start, limit=limit)
        except AccessDenied:
            hint(s, reader, "timeline")
            raise
        if not page.entries:
            raise denied()
        if json:
            entries = as_json(s, page.entries, positions=reader.role == "citizen")
            out_json({"entries": entries, "before": page.before and str(page.before)})
        else:
            show_entries(s, page.entries, refs=refs)
            if page.before is not None:
                out()
                out(say(f"Ældre: --before {page.before}", f"Older: --before {page.before}"))
            sentence(reader)
        hint(s, reader, "timeline")


@verb(
    app,
    "view",
    "Det, en organisation må se: af en borger, eller (driften) hvor meget.",
    "What an organisation may see: of a citizen, or (operator) how much.",
    "hub view jobcenter CITIZEN --as ann --purpose employment\nhub view jobcenter CITIZEN --as citizen\n"
    "hub view jobcenter --as operator",
)
def view(
    partner: Partner,
    citizen: Annotated[str | None, argument("[CITIZEN]", "Borgeren.", "The citizen.")] = None,
    as_: AsReader = "operator",
    purpose: Purpose = None,
    *,
    refs: Refs = False,
    json: Json = False,
) -> None:
    """A partner's view."""
    with session() as s:
        reader, where = s.reader(as_), s.partner(partner)
        who = None if citizen is None else s.citizen(citizen)
        if reader.role == "operator":
            _view_counts(s, where, who, purpose, as_json=json)
        elif who is None:
            raise NotPermitted(
                say(
                    "Uden CITIZEN er der kun antal, og dem ser driften: nævn en borger, eller brug hub overview.",
                    "Without CITIZEN there are only counts, for the operator: name a citizen, or use hub overview.",
                )
            )
        else:
            entries = s.wired.access.view(reader, where, who, purpose)
            if json:
                out_json({"entries": as_json(s, entries, positions=reader.role == "citizen")})
            elif entries:
                show_entries(s, entries, refs=refs)
                sentence(reader)
            else:
                out(say("De ser intet om dig.", "They see nothing about you."))
        hint(s, reader, "partner_view")


def _view_counts(
    s: Session, partner: UUID, citizen: UUID | None, purpose: str | None, *, as_json: bool
) -> None:
    s.wired.access.counted(purpose, "view", citizen)
    rows, citizens = s.wired.partner_views.counts(s.hub.clock(), citizen).get(partner, (0, 0))
    name = s.partners()[partner][0]
    if as_json:
        out_json({"partner": str(partner), "name": name, "rows": rows, "citizens": citizens})
    else:
        wrapped(
            say(
                f"{name}: {rows} rækker om {citizens} borgere.",
                f"{name}: {rows} rows on {citizens} citizens.",
            )
        )


@verb(
    app,
    "overview",
    "Mine borgere: næste møde og åbne aftaler.",
    "My citizens: next meeting and open agreements.",
    "hub overview --as mette --purpose coordination",
)
def overview(
    as_: AsReader,
    purpose: Purpose = None,
    limit: Annotated[
        int, option("--limit", "Hvor mange borgere (50).", "How many citizens (50).", "NUMBER")
    ] = PAGE,
    after: Annotated[
        str | None,
        option(
            "--after",
            "De næste: referencen, som siden før sluttede med.",
            "The next: the reference that the page before ended with.",
            "CITIZEN",
        ),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """A person's own citizens."""
    with session() as s:
        reader = s.reader(as_)
        if reader.role == "operator":
            s.wired.access.counted(purpose, "overview")
            citizens, alone, dead = s.wired.overview.totals()
            if json:
                out_json({"citizens": citizens, "without_coordinator": alone, "dead": dead})
            else:
                out(
                    say(
                        f"{citizens} borgere, {alone} uden tovholder, {dead} døde.",
                        f"{citizens} citizens, {alone} without a coordinator, {dead} dead.",
                    )
                )
            hint(s, reader, "overview")
            return
        if reader.person is None:
            raise NotPermitted(
                say(
                    "Overblikket er for medarbejdere: brug hub timeline.",
                    "The overview is for staff: use hub timeline.",
                )
            )
        start = START if after is None else s.citizen(after)
        wanted = min(max(limit, 1), 500)
        found = list(islice(cards_of(s, reader, purpose, start, wanted + 1), wanted + 1))
        cards = found[:wanted]
        if not cards:
            raise denied()
        if json:
            out_json({"citizens": cards, "after": cards[-1]["citizen"] if len(found) > wanted else None})
            return
        for number, card in enumerate(cards):
            if number:
                out()
            _show_card(s, card)
        sentence(reader)


def _show_card(s: Session, card: dict[str, Any]) -> None:
    roles = ", ".join(word(ROLES, role) for role in card["roles"])
    wrapped(f"{card['name'] or card['citizen']} ({roles})")
    if card["name"]:
        out(f"  {card['citizen']}")
    if card["due"]:
        number = card["due"]
        wrapped(say(f"Venter på dig: {number} (hub due)", f"Waits for you: {number} (hub due)"), "  ")
    if card["next_meeting"]:
        told = card["next_meeting"]
        wrapped(
            f"{say('Næste møde', 'Next meeting')}: {moment_text(datetime.fromisoformat(told['starts']))}",
            "  ",
        )
        for field in ("purpose", "place"):
            if field in told:
                wrapped(f"{word(FIELDS, field)}: {shown_value(field, told[field], {})}", "    ")
    if card["too_many"]:
        wrapped(too_many_text(**card["too_many"]), "  ")
    for told in card["agreements"]:
        what = told["what"]["text"] if "what" in told else say("Aftale", "Agreement")
        due = told.get("new_due") or told.get("due")
        last = f" ({say('senest', 'by')} {day_text(date.fromisoformat(due))})" if due else ""
        owner = s.names({UUID(told["owner"])}).get(UUID(told["owner"])) if told.get("owner") else None
        wrapped(f"{say('Aftale', 'Agreement')}: {harmless(what)}{last}{f' – {owner}' if owner else ''}", "  ")


@verb(
    app,
    "who-looked",
    "Hvem har set, nyeste først. Det er borgerens at vide.",
    "Who has looked, newest first. It is the citizen's to know.",
    "hub who-looked CITIZEN --as citizen",
)
def who_looked(
    citizen: Citizen,
    as_: AsReader,
    purpose: Purpose = None,
    limit: Annotated[int, option("--limit", "Hvor mange (50).", "How many (50).", "NUMBER")] = PAGE,
    *,
    json: Json = False,
) -> None:
    """Who has looked."""
    with session() as s:
        reader, who = s.reader(as_), s.citizen(citizen)
        if reader.role == "operator":
            s.wired.access.counted(purpose, "access", who)
            raise operator_sees_counts()
        rows = s.wired.access.who_looked(reader, who, min(max(limit, 1), 1000))
        by_name = s.wired.settings.show_employee_names
        found = looked(s, rows, name_employees=by_name)
        if json:
            out_json([
                {
                    "at": row.at.isoformat(), "role": row.role, "partner": row.partner, "function": row.function,
                    "purpose": row.purpose, "surface": row.surface, "permitted": row.permitted,
                    "events": row.events, "name": one.organisation, "person": one.name, "text": one.text,
                    "why": one.why,
                }
                for row, one in zip(rows, found, strict=True)
            ])  # fmt: skip
            return
        for one in found:
            shown = f" ({events_text(one.events)})" if one.events and not one.refused else ""
            wrapped(f"{moment_text(one.at)}: {one.text}{shown}{f' {one.why}' if one.why else ''}")
