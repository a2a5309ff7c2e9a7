"""Status for people: tables, and for each stage of a withdrawal a small picture of how long it took."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from hub.cli.base import out
from hub.cli.show import width, wrapped
from hub.desk.saying import harmless
from hub.refusals import said
from hub.relay.measure import TARGET, TARGETED, Measured, Stage
from hub.texts import VIEWS as WORDS
from hub.texts import Pair, moment_text, say, word

_STAGES: Final[dict[str, Pair]] = {
    "refused": ("nægtes ved læsning", "refused on read"),
    "gone": ("rækken væk", "row gone"),
    "tombstone": ("slettet på emnet", "tombstone on topic"),
    "notice": ("besked på emnet", "notice on topic"),
    "confirmed": ("sletning bekræftet", "purge confirmed"),
    "cleared": ("væk fra disken", "bytes gone"),
}
_NONE: Final[dict[str, Pair]] = {
    "refused": ("intet er lukket", "nothing was closed"),
    "gone": ("ingen række at fjerne", "no row to remove"),
    "tombstone": ("ingen med emne mistede en række", "nobody with a topic lost a row"),
    "notice": ("ingen at give besked", "nobody to be told"),
    "confirmed": ("ingen besked at bekræfte", "no notice to confirm"),
    "cleared": ("intet at rydde af disken", "nothing to clear from disk"),
}
"""Why a stage has no figures."""
_OF_KAFKA: Final = ("tombstone", "notice", "confirmed", "cleared")
_BARS: Final = " ▁▂▃▄▅▆▇█"
_CELLS: Final = 20
_WIDE: Final = 80
"""A terminal with room for pictures."""


def show_status(found: dict[str, Any], withdrawn: Measured, closed: Measured) -> None:
    """Everything, from the log to the last byte."""
    log = found["log"]
    since = f", {moment_text(datetime.fromisoformat(log['at']))}" if log["at"] else ""
    out(f"{say('Loggen', 'The log')}: {log['position']}{since}")
    _show_kafka(found["kafka"])
    _show_relay(found["relay"])
    _show_views(found)
    _show_partners(found["partners"])
    total, alone, dead = found["citizens"].values()
    out(
        say(
            f"{total} borgere, {alone} uden tovholder, {dead} døde.",
            f"{total} citizens, {alone} without a coordinator, {dead} dead.",
        )
    )
    given, ended, blocks = found["consents"].values()
    out(
        say(
            f"{given} samtykker gælder, {ended} er sluttet; {blocks} spærringer.",
            f"{given} consents in force, {ended} ended; {blocks} blocks.",
        )
    )
    out()
    _show_measured(withdrawn, closed, kafka=found["kafka"]["state"] != "not_configured")


def _show_kafka(kafka: dict[str, Any]) -> None:
    at = kafka["address"]
    sentences: dict[str, Pair] = {
        "not_configured": (
            "Kafka er ikke sat op: læsemodellerne læser databasens egen log.",
            "Kafka is not configured: the read models read the database's own log.",
        ),
        "not_started": (
            "Den lokale Kafka er ikke startet: hub up starter den.",
            "The local Kafka is not started: hub up starts it.",
        ),
        "reachable": (f"Kafka svarer på {at}.", f"Kafka answers at {at}."),
        "away": (
            f"Kafka svarer ikke på {at}: det, der skal ud, venter.",
            f"Kafka does not answer at {at}: what is to go out waits.",
        ),
    }
    out(say(*sentences[kafka["state"]]))


def _show_relay(relay: dict[str, Any]) -> None:
    runs = say("kører", "runs") if relay["running"] else say("kører ikke", "does not run")
    unnumbered = say(
        f"{relay['unnumbered']} linjer uden nummer", f"{relay['unnumbered']} lines without a number"
    )
    said = [runs]
    if relay["lag"] is not None:
        said += [
            say(f"{relay['lag']} hændelser bagud", f"{relay['lag']} events behind"),
            say(f"{relay['lines']} linjer bagud", f"{relay['lines']} lines behind"),
        ]
    wrapped(f"{say('Relæet', 'The relay')}: {', '.join([*said, unnumbered])}.")
    _show_error("relay", relay["last_error"])


def _show_error(name: str, error: dict[str, str] | None) -> None:
    if error is not None:
        out(f"{name}: {say('sidste fejl', 'last error')} {error['at']}: {harmless(said(error['what']))}")


def _table(
    headings: Sequence[tuple[str, bool]], rows: Sequence[Sequence[str]], *, whole: bool = False
) -> None:
    """A table; the headings say which columns hold figures. `whole`: no cell goes on in a second line."""
    from rich.console import Console  # noqa: PLC0415 - for people only
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(box=None, pad_edge=False)
    for heading, figures in headings:
        table.add_column(Text(heading), justify="right" if figures else "left", no_wrap=figures or whole)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(width=width(), highlight=False).print(table)


def _show_views(found: dict[str, Any]) -> None:
    headings = [
        (say("læsemodel", "read model"), False),
        (say("udgave", "generation"), False),
        (say("kører", "runs"), False),
        (say("bagud", "lag"), True),
        (say("parkeret", "parked"), True),
    ]
    rows = []
    for one in found["views"]:
        many = f" ({one['workers']})" if one["workers"] > 1 else ""
        runs = say("ja", "yes") + many if one["running"] else say("nej", "no")
        parked = str(one["parked"]["records"])
        rows.append((word(WORDS, one["view"]), one["generation"], runs, str(one["lag"]), parked))
    _table(headings, rows)
    for one in found["views"]:
        for sweep in one["sweeps"]:
            _show_sweep(sweep)
        _show_error(one["view"], one["last_error"])
    if found["foreign"]:
        count = found["foreign"]
        out(
            say(
                f"{count} fremmede poster på loggen er lagt til side.",
                f"{count} records on the log are none of ours and were set aside.",
            )
        )


def _show_sweep(sweep: dict[str, Any]) -> None:
    """How far a change of an organisation has come among its citizens."""
    name, done, total = harmless(sweep["name"]), sweep["done"], sweep["total"]
    wrapped(
        say(
            f"{bar(done, total)} {name} er ændret: {done} af {total} borgere er gået igennem.",
            f"{bar(done, total)} {name} has changed: {done} of {total} citizens gone through.",
        )
    )


def _show_partners(partners: Sequence[dict[str, Any]]) -> None:
    if not partners:
        return
    names = [
        ("rows", say("rækker", "rows")),
        ("citizens", say("borgere", "citizens")),
        ("log", say("udsendt", "log")),
        ("log_deletes", say("slettet", "deletes")),
    ]
    if any(one["topic"] for one in partners):
        names += [
            ("published", say("på emnet", "on topic")),
            ("notices", say("ubekræftet", "unconfirmed")),
            ("overdue", say("over tid", "overdue")),
        ]
    headings = [(say("organisation", "organisation"), False), *((heading, True) for _, heading in names)]
    of_topic = ("published", "notices", "overdue")
    rows = [
        [
            harmless(one["name"]),
            *("–" if key in of_topic and not one["topic"] else str(one[key]) for key, _ in names),
        ]
        for one in partners
    ]
    _table(headings, rows)


# How long a withdrawal takes.


def _show_measured(withdrawn: Measured, closed: Measured, *, kafka: bool) -> None:
    out(
        say(
            f"Tilbagetrukne samtykker, fra noteret: {withdrawn.count}"
            f"{f', heraf {withdrawn.apart} uden rækker at fjerne' if withdrawn.apart else ''}.",
            f"Consents withdrawn, from recorded: {withdrawn.count}"
            f"{f', {withdrawn.apart} of them with no row to remove' if withdrawn.apart else ''}.",
        )
    )
    if withdrawn.count:
        _show_stages(withdrawn.stages)
        _show_what_lacks(withdrawn.stages, kafka=kafka)
        out(_target(withdrawn.stages))
    if closed.count:
        figures = [
            f"{word(_STAGES, stage.name)} {duration(stage.p99)}"
            for stage in closed.stages
            if stage.p99 is not None
        ]
        out(
            say(
                f"Alt, der lukker (også spærring, pause, udløb): {closed.count}; 99 af 100 inden:",
                f"Everything that closes (blocks, suspensions, ends too): {closed.count}; 99 of 100 within:",
            )
        )
        out(f"  {' · '.join(figures[:3])}")
        if figures[3:]:
            out(f"  {' · '.join(figures[3:])}")
    if closed.elsewhen:
        out(
            say(
                f"{closed.elsewhen} er noteret efter et andet ur (en demonstrations år) og ikke målt.",
                f"{closed.elsewhen} were recorded by another clock (a demonstration's year) and are not measured.",
            )
        )
    if closed.backwards or withdrawn.backwards:
        out(
            say(
                "Programmets ur er foran databasens: tiderne er for korte. Stil urene.",
                "The application's clock is ahead of the database's: the times are too short. Set the clocks.",
            )
        )


def _show_stages(stages: Sequence[Stage]) -> None:
    measured = [stage for stage in stages if stage.values]
    if not measured:
        return
    low, high = scale([value for stage in measured for value in stage.values])
    wide = width() >= _WIDE
    headings = [("", False)]
    if wide:
        headings.append((axis(low, high), False))
    headings += [(say("antal", "count"), True), ("median", True), ("p95", True), ("p99", True)]
    headings += [(say("højst", "most"), True), ("", False)]
    rows = []
    for stage in measured:
        times = [duration(one) for one in (stage.median, stage.p95, stage.p99, stage.most)]
        picture = [plot(stage.values, low, high)] if wide else []
        mark = {True: "✓", False: "✗", None: ""}[stage.within]
        rows.append([word(_STAGES, stage.name), *picture, str(len(stage.values)), *times, mark])
    _table(headings, rows, whole=True)


def _show_what_lacks(stages: Sequence[Stage], *, kafka: bool) -> None:
    """Stages without figures, and what has not reached them, in words: never as 0."""
    lacking: dict[str, list[str]] = {}
    for stage in stages:
        why = ""
        if stage.waiting:
            age = duration(stage.oldest)
            why = say(
                f"{stage.waiting} venter, den ældste i {age}",
                f"{stage.waiting} waiting, the oldest for {age}",
            )
        elif not stage.values and stage.name in _OF_KAFKA and not kafka:
            why = say("Kafka er ikke sat op", "Kafka is not configured")
        elif not stage.values:
            why = word(_NONE, stage.name)
        if why:
            lacking.setdefault(why, []).append(word(_STAGES, stage.name))
    for why, names in lacking.items():
        wrapped(f"{', '.join(names)}: {why}", "  ")


def _target(stages: Sequence[Stage]) -> str:
    """Whether there is no access anywhere in time."""
    judged = [stage.within for stage in stages if stage.name in TARGETED and stage.within is not None]
    mark = say("ikke målt", "not measured")
    if judged:
        mark = "✓" if all(judged) else "✗"
    return say(
        f"Mål: ingen adgang noget sted inden for {duration(TARGET)}, 99 af 100 gange: {mark}",
        f"Target: no access anywhere within {duration(TARGET)}, 99 times of 100: {mark}",
    )


def duration(milliseconds: float | None) -> str:
    """A time as people say it, in two or three figures."""
    if milliseconds is None:
        return "–"
    unit, name = next((each for each in _UNITS if abs(milliseconds) >= each[0]), (1.0, ("ms", "ms")))
    number = milliseconds / unit
    whole = number.is_integer() or abs(number) >= 9.95  # noqa: PLR2004 - 9.95 would be written as 10.0
    text = f"{number:.0f}" if whole else f"{number:.1f}"
    return f"{say(text.replace('.', ','), text)} {say(*name)}"


_UNITS: Final[tuple[tuple[float, Pair], ...]] = (
    (86_400_000, ("d", "d")),
    (3_600_000, ("t", "h")),
    (60_000, ("min", "min")),
    (1_000, ("s", "s")),
)


# Pictures.


def scale(values: Sequence[float]) -> tuple[int, int]:
    """The decades between which all values lie, one second among them."""
    powers = [math.log10(max(value, 1.0)) for value in values]
    return math.floor(min(powers)), max(math.floor(max(powers)) + 1, 4)


def _cell(value: float, low: int, high: int) -> int:
    part = (math.log10(max(value, 1.0)) - low) / (high - low)
    return min(_CELLS - 1, max(0, int(part * _CELLS)))


def plot(values: Sequence[float], low: int, high: int) -> str:
    """How many took how long, on a logarithmic scale; the dotted line stands at the target."""
    counts = [0] * _CELLS
    for value in values:
        counts[_cell(value, low, high)] += 1
    highest = max(counts)
    bars = [_BARS[math.ceil(count / highest * (len(_BARS) - 1))] for count in counts]
    target = _cell(TARGET, low, high)
    if not counts[target]:
        bars[target] = "┊"
    return "".join(bars).rstrip()


def bar(done: int, total: int) -> str:
    """How much of something is done; full only when it is."""
    cells = _CELLS if done >= total else min(_CELLS - 1, _CELLS * done // max(1, total))
    return "█" * cells + "░" * (_CELLS - cells)


def axis(low: int, high: int) -> str:
    """The decades above a picture, as many as there is room for."""
    line = [" "] * _CELLS
    free = 0
    for power in (3, *(each for each in range(low, high) if each != 3)):  # noqa: PLR2004 - a second, first of all
        text, at = duration(10.0**power).replace(" ", ""), _cell(10.0**power, low, high)
        there = line[max(0, at - 1) : at + len(text) + 1]
        if at + len(text) <= _CELLS and not any(letter.strip() for letter in there):
            line[at : at + len(text)] = text
            free = max(free, at + len(text))
    return "".join(line[:free])
