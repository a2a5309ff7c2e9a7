"""An explanation in words, for the terminal and for a script."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from hub.application.explain import Absence, Because, Cause, Explanation, Point, Sight, Turn
from hub.application.grants import CITIZEN_SOURCE, Grant
from hub.application.reasons import About, Terms, reason_pair, way_pair
from hub.application.redact import day_of
from hub.cli.base import out
from hub.cli.session import Session
from hub.cli.show import wrapped
from hub.clock import from_microseconds
from hub.desk.saying import days_text, events_text, ids_in, shown_value, undated_text
from hub.items import Item
from hub.texts import PURPOSES, Pair, moment_text, say, word, words
from hub.vocabulary import label_names, purpose_names
from hub.wording import EVENTS, FIELDS

_KINDS: Final[dict[str, Pair]] = {
    "time": ("Tiden gik", "Time passed"),
    "registered": ("Organisationen blev registreret", "The organisation was registered"),
    "ceiling": ("Det ændrede sig, hvad de kan modtage", "What they can receive was changed"),
    "suspended": ("De blev sat på pause", "They were suspended"),
    "resumed": ("De kom tilbage efter en pause", "They were resumed"),
    "basis_confirmed": ("En hjemmel i loven blev taget i brug", "A basis in law was taken into use"),
}
"""What makes a difference without being an event of the citizen's."""


class Words:
    """An explanation in words."""

    def __init__(self, s: Session, found: Explanation, *, you: bool) -> None:
        self.found = found
        self.grants = found.grants
        sources = {source for grant in found.grants.values() for source in grant.sources or ()}
        ids = {found.partner} | sources | ({found.person} if found.person else set())
        for entry in found.entries.values():
            ids |= {entry.by} if entry.by else set()
            ids |= ids_in(entry.fields)
        self.names = s.names(ids)
        name, sector = s.partners()[found.partner]
        person = self.names.get(found.person) if found.person else None
        self.about = About(name, sector, you, person)

    # Sentences.

    def why(self, sight: Sight) -> list[Pair]:
        """The chain of reasons: on which consents or laws it rests, from whom, for what, until when."""
        if not sight.grants:
            return [way_pair(sight.how, self.about)]
        return [self._terms(sight, self.grants[grant]) for grant in sight.grants]

    def _terms(self, sight: Sight, grant: Grant) -> Pair:
        ends = None if grant.ends is None else from_microseconds(grant.ends)
        sources = None if grant.sources is None else sorted(self._source(one) for one in grant.sources)
        purposes = purpose_names(grant.purposes & sight.disclosure.purposes)
        terms = Terms(grant.labels & sight.labels, purposes, sources, ends, grant.basis)
        return way_pair(
            "emergency" if grant.emergency else "law" if grant.law else "consent", self.about, terms
        )

    def _source(self, source: UUID) -> str:
        if source == CITIZEN_SOURCE:
            return say("dig selv", "yourself") if self.about.you else say("borgeren", "the citizen")
        return self.names.get(source, str(source))

    def because(self, cause: Cause) -> Pair:
        """Why something is absent."""
        return reason_pair(cause.reason, self.about, cause.purposes[0] if len(cause.purposes) == 1 else None)

    def because_all(self, causes: Sequence[Cause]) -> list[Pair]:
        """The same for several, by precedence."""
        return [self.because(cause) for cause in causes]

    def why_absent(self, one: Absence) -> list[Pair]:
        """Why an event is absent; what is said of another event is no entry of its own for anybody else."""
        if not one.item.event.startswith("event."):
            return self.because_all(one.causes)
        da, en = ("dig", "you") if self.about.you else ("borgeren", "the citizen")
        return [
            (
                f"Det står for sig selv hos {da} alene. Andre ser højst det, der er rettet.",
                f"It stands by itself for {en} alone. Others see at most what was corrected.",
            )
        ]

    # The terminal.

    def show(self, *, every: bool) -> None:
        """Say it."""
        found = self.found
        self._heading()
        if found.shut is not None:
            wrapped(say(*reason_pair(found.shut, self.about, found.purposes[0] if found.purposes else None)))
        total = len(found.seen) + len(found.absent)
        wrapped(
            say(
                f"Set: {len(found.seen)} af {events_text(total)}.",
                f"Seen: {len(found.seen)} of {events_text(total)}.",
            )
        )
        self._show_seen(every=every)
        if found.shut is None:
            self._show_absent(every=every)
        if found.against is not None:
            self._show_turns(found.against, every=every)
        if not every and total:
            out()
            out(say("--all viser hver hændelse.", "--all shows every event."))

    def _show_seen(self, *, every: bool) -> None:
        if not self.found.seen:
            return
        out()
        out(say("Det ses", "What is seen"))
        if every:
            for sight in self.found.seen:
                self._show_sight(sight)
        else:
            _grouped(
                (self.why(sight), sight.item.event, sight.disclosure.happened) for sight in self.found.seen
            )

    def _show_absent(self, *, every: bool) -> None:
        if not self.found.absent:
            return
        out()
        out(say("Det ses ikke", "What is not seen"))
        if not every:
            _grouped(
                (self.why_absent(one)[:1], one.item.event, one.item.occurred_at) for one in self.found.absent
            )
        for one in self.found.absent if every else ():
            wrapped(f"{word(EVENTS, one.item.event)}, {undated_text(one.item.occurred_at)}", "  ")
            for sentence in self.why_absent(one):
                wrapped(say(*sentence), "    ")

    def _heading(self) -> None:
        found, whom = self.found, say("dig", "you") if self.about.you else say("borgeren", "the citizen")
        wrapped(say(f"Hvad {self.about.partner} ved om {whom}", f"What {self.about.partner} knows of {whom}"))
        wrapped(_placed(found.point))
        how = (
            say("som deres eget system får det", "as their own system is given it")
            if found.person is None
            else say(f"for {self.about.person} på skærmen", f"for {self.about.person} on screen")
        )
        purposes = f", {say('til', 'for')} {words(PURPOSES, list(found.purposes))}" if found.purposes else ""
        when = moment_text(found.point.now)
        wrapped(say(f"Afgjort {when}, {how}{purposes}.", f"Decided {when}, {how}{purposes}."))

    def _show_sight(self, sight: Sight) -> None:
        wrapped(f"{word(EVENTS, sight.item.event)}, {undated_text(sight.disclosure.happened)}", "  ")
        entry = self.found.entries.get(sight.item.event_id)
        names = [shown.name for shown in sight.disclosure.fields]
        if entry is None:
            wrapped(f"{say('Felter', 'Fields')}: {words(FIELDS, names)}", "    ")
        else:
            for name in names:
                if name in entry.fields:
                    wrapped(
                        f"{word(FIELDS, name)}: {shown_value(name, entry.fields[name], self.names)}", "    "
                    )
        for sentence in self.why(sight):
            wrapped(say(*sentence), "    ")
        for cause in sight.missing:
            wrapped(say(*self.because(cause)), "    ")

    def _show_turns(self, against: Point, *, every: bool) -> None:
        first, last = sorted((against, self.found.point), key=lambda one: (one.position, one.now))
        out()
        out(say("Forskellen", "The difference"))
        wrapped(f"{say('Fra', 'From')}: {_placed(first)}", "  ")
        wrapped(f"{say('Til', 'To')}: {_placed(last)}", "  ")
        if not self.found.turns:
            wrapped(say("De ser det samme.", "They see the same."), "  ")
        for kind, da, en in (
            ("gained", "De fik", "They gained"),
            ("lost", "De mistede", "They lost"),
            ("changed", "De så ændret", "They saw changed"),
        ):
            turns = [turn for turn in self.found.turns if turn.kind == kind]
            if turns:
                wrapped(f"{say(da, en)} {events_text(len(turns))}.", "  ")
                _show_turned(turns, every=every)

    # A script.

    def plain(self) -> dict[str, Any]:
        """All of it, for a script."""
        found = self.found
        return {
            "partner": {"partner": str(found.partner), "name": self.about.partner},
            "person": None if found.person is None else str(found.person),
            "channel": str(found.channel),
            "purposes": list(found.purposes),
            "point": _plain_point(found.point),
            "counts": {"seen": len(found.seen), "absent": len(found.absent)},
            "shut": None if found.shut is None else found.shut.code,
            "seen": [self._plain_sight(sight) for sight in found.seen],
            "absent": [
                {
                    "ref": str(one.item.event_id),
                    "position": one.item.position,
                    "event": one.item.event,
                    "happened": day_of(one.item.occurred_at),
                    "reasons": [self._plain_cause(cause) for cause in one.causes],
                }
                for one in found.absent
            ],
            "against": None if found.against is None else _plain_point(found.against),
            "difference": [
                {
                    "kind": turn.kind,
                    "ref": str(turn.item.event_id),
                    "position": turn.item.position,
                    "event": turn.item.event,
                    "because": [one._asdict() | {"at": one.at.isoformat()} for one in turn.because],
                }
                for turn in found.turns
            ],
        }

    def _plain_sight(self, sight: Sight) -> dict[str, Any]:
        entry = self.found.entries.get(sight.item.event_id)
        names = [shown.name for shown in sight.disclosure.fields]
        return {
            "ref": str(sight.item.event_id),
            "position": sight.item.position,
            "event": sight.item.event,
            "happened": day_of(sight.disclosure.happened),
            "why": sight.disclosure.why,
            "how": sight.how,
            "purposes": purpose_names(sight.disclosure.purposes),
            "fields": names,
            **(
                {} if entry is None else {"content": {n: entry.fields[n] for n in names if n in entry.fields}}
            ),
            "rests_on": [self._plain_grant(self.grants[grant]) for grant in sight.grants],
            "sentences": [{"da": da, "en": en} for da, en in self.why(sight)],
            "missing": [self._plain_cause(cause) for cause in sight.missing],
        }

    def _plain_grant(self, grant: Grant) -> dict[str, Any]:
        return {
            "id": str(grant.id),
            "kind": "emergency" if grant.emergency else "law" if grant.law else "consent",
            "basis": grant.basis,
            "categories": label_names(grant.labels),
            "purposes": purpose_names(grant.purposes),
            "sources": None if grant.sources is None else sorted(self._source(one) for one in grant.sources),
            "until": None if grant.ends is None else from_microseconds(grant.ends).isoformat(),
            "position": grant.position,
        }

    def _plain_cause(self, cause: Cause) -> dict[str, Any]:
        da, en = self.because(cause)
        reason = cause.reason
        return {
            "code": reason.code,
            "labels": label_names(max(reason.labels, 0)),
            "field": reason.field,
            "purposes": list(cause.purposes),
            "da": da,
            "en": en,
        }


def _grouped(told: Iterable[tuple[list[Pair], str, int | None]]) -> None:
    """The same reasons once, with what they are the reasons of."""
    found: dict[tuple[Pair, ...], dict[str, list[int | None]]] = {}
    for sentences, event, happened in told:
        found.setdefault(tuple(sentences), {}).setdefault(event, []).append(happened)
    for reasons, events in found.items():
        for sentence in reasons:
            wrapped(say(*sentence), "  ")
        _counted(events)


def _counted(events: dict[str, list[int | None]]) -> None:
    for event, moments in events.items():
        wrapped(f"{word(EVENTS, event)}: {len(moments)} ({days_text(moments)})", "    ")


def _show_turned(turns: Sequence[Turn], *, every: bool) -> None:
    """What made the difference, once for all that it made a difference to."""
    alike: dict[tuple[str, ...], list[Item]] = {}
    for turn in turns:
        new = _new(turn.because) and not every
        made = (
            (say("Skrevet i mellemtiden", "Recorded in between"),) if new else tuple(map(_made, turn.because))
        )
        alike.setdefault(made, []).append(turn.item)
    for because, items in alike.items():
        wrapped("; ".join(because) + ":", "  ")
        kinds: dict[str, list[int | None]] = {}
        for item in items:
            kinds.setdefault(item.event, []).append(item.occurred_at)
        _counted(kinds)


def _new(because: tuple[Because, ...]) -> bool:
    return len(because) == 1 and because[0].kind == "recorded"


def _made(one: Because) -> str:
    """What made a difference, in words."""
    what = word(EVENTS, one.event) if one.event else word(_KINDS, one.kind)
    if one.kind == "recorded":
        what = say(f"Skrevet: {what}", f"Recorded: {what}")
    where = "" if one.position is None else say(f", nr. {one.position}", f", no. {one.position}")
    return f"{what} ({moment_text(one.at)}{where})"


def _placed(point: Point) -> str:
    if point.recorded is None:
        return say("Før noget var skrevet.", "Before anything was recorded.")
    return say(
        f"Efter nr. {point.position} i loggen, skrevet {moment_text(point.recorded)}.",
        f"After no. {point.position} on the log, recorded {moment_text(point.recorded)}.",
    )


def _plain_point(point: Point) -> dict[str, Any]:
    recorded = None if point.recorded is None else point.recorded.isoformat()
    return {"position": point.position, "recorded": recorded, "now": point.now.isoformat()}
