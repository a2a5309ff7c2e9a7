"""What people read, in Danish and English side by side, and the words of the field in both.

The language follows LC_ALL, LC_MESSAGES and LANG, in that order: English when the first that names a language begins
with `en`, otherwise Danish. C and POSIX name no language, so a machine without one speaks Danish.
"""

import os
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

from hub.clock import copenhagen_day

Pair = tuple[str, str]
"""A text in Danish and in English."""

_SILENT: Final = ("", "c", "posix")


_SPOKEN: Final[ContextVar[Literal["da", "en"] | None]] = ContextVar("spoken", default=None)
"""The language of the page that is being made; None: that of whoever started this process."""


def speak(chosen: Literal["da", "en"] | None) -> None:
    """Say everything in this language from here on, in this context."""
    _SPOKEN.set(chosen)


def language() -> Literal["da", "en"]:
    """The language of this page, or of whoever started this process."""
    if (chosen := _SPOKEN.get()) is not None:
        return chosen
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        named = os.environ.get(variable, "").lower().split(".")[0]
        if named not in _SILENT:
            return "en" if named.startswith("en") else "da"
    return "da"


def say(da: str, en: str) -> str:
    """One of two texts that say the same."""
    return en if language() == "en" else da


def word(table: dict[str, Pair], name: str) -> str:
    """A word of the field; the code's own name where there is none."""
    return say(*table[name]) if name in table else name


def words(table: dict[str, Pair], names: str | list[str]) -> str:
    """Several words, in order, separated by commas."""
    return ", ".join(word(table, name) for name in (names.split() if isinstance(names, str) else names))


# Days and times, always in Denmark.

_DAYS: Final = ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag")
_WEEK: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    ("januar", "January"), ("februar", "February"), ("marts", "March"), ("april", "April"), ("maj", "May"),
    ("juni", "June"), ("juli", "July"), ("august", "August"), ("september", "September"), ("oktober", "October"),
    ("november", "November"), ("december", "December"),
)  # fmt: skip


def day_pair(day: date) -> Pair:
    """A day as people say it, in both languages: tirsdag 3. marts 2026."""
    da, en = _MONTHS[day.month - 1]
    return (
        f"{_DAYS[day.weekday()]} {day.day}. {da} {day.year}",
        f"{_WEEK[day.weekday()]} {day.day} {en} {day.year}",
    )


def day_text(day: date) -> str:
    """A day as people say it."""
    return say(*day_pair(day))


def moment_text(moment: datetime) -> str:
    """A moment as people say it: tirsdag 3. marts 2026 kl. 10.00."""
    from hub.clock import COPENHAGEN  # noqa: PLC0415 - the zone's data is read when a moment is shown

    local = moment.astimezone(COPENHAGEN)
    return say(f"{day_text(local)} kl. {local:%H.%M}", f"{day_text(local)} at {local:%H:%M}")


def until_text(until: datetime | None) -> str:
    """The last day of a permission that ends at an exclusive instant."""
    if until is None:
        return say("indtil det trækkes tilbage", "until it is withdrawn")
    last = day_text(copenhagen_day(until.astimezone(UTC) - timedelta(microseconds=1)))
    return say(f"til og med {last}", f"until and including {last}")


# The words of the field.

CATEGORIES: Final[dict[str, Pair]] = {
    "contact": ("kontakt", "contact"),
    "address": ("adresse", "address"),
    "wishes": ("håb og ønsker", "hopes and wishes"),
    "plan": ("plan og mål", "plan and goals"),
    "meetings": ("møder", "meetings"),
    "agreements": ("aftaler", "agreements"),
    "attendance": ("fremmøde", "attendance"),
    "everyday": ("hverdag og bolig", "everyday life and home"),
    "finances": ("økonomi", "finances"),
    "work": ("uddannelse og beskæftigelse", "education and work"),
    "health": ("psykisk helbred og behandling", "mental health and treatment"),
    "diagnosis": ("diagnose", "diagnosis"),
    "medication": ("medicin", "medication"),
    "addiction": ("rusmidler", "addiction"),
    "criminal": ("strafbare forhold", "criminal matters"),
    "safety": ("vold, trusler, krisecenter", "violence, threats, shelter"),
    "network": ("pårørende og netværk", "relatives and network"),
    "third_party": ("oplysninger om andre", "information about others"),
    "measures": ("målinger", "measurements"),
}

PURPOSES: Final[dict[str, Pair]] = {
    "coordination": ("koordinering", "coordination"),
    "treatment": ("behandling", "treatment"),
    "support": ("støtte", "support"),
    "casework": ("sagsbehandling", "casework"),
    "employment": ("beskæftigelse", "employment"),
    "emergency": ("værdispring", "emergency"),
}

SECTORS: Final[dict[str, Pair]] = {
    "authority": ("myndighed", "authority"),
    "social_psychiatry": ("socialpsykiatri", "social psychiatry"),
    "regional_psychiatry": ("regionspsykiatri", "regional psychiatry"),
    "addiction_treatment": ("rusmiddelbehandling", "addiction treatment"),
    "gp": ("egen læge", "general practitioner"),
    "home_nursing": ("hjemmesygepleje", "home nursing"),
    "home_care": ("hjemmepleje", "home care"),
    "jobcentre": ("jobcenter", "jobcentre"),
    "civil_society": ("civilsamfund", "civil society"),
    "employer": ("arbejdsplads", "employer"),
    "education": ("uddannelse", "education"),
}

ROLES: Final[dict[str, Pair]] = {
    "citizen": ("borgeren", "the citizen"),
    "representative": ("en repræsentant", "a representative"),
    "auditor": ("en revisor", "an auditor"),
    "operator": ("driften", "the operator"),
    "companion": ("en bisidder", "a companion"),
    "partner": ("en medarbejder", "staff"),
    "coordinator": ("tovholder", "coordinator"),
    "contact_person": ("fast kontaktperson", "contact person"),
    "relation": ("opgave", "task"),
}

WHY: Final[dict[str, Pair]] = {
    "own": ("eget", "own record"),
    "addressed": ("stilet til jer", "addressed to you"),
    "law": ("lov", "law"),
    "consent": ("samtykke", "consent"),
}

VALUES: Final[dict[str, Pair]] = {
    "theme_day": ("Temadag", "Theme day"),
    "course": ("Kursus", "Course"),
    "dialogue": ("Dialogmøde", "Dialogue meeting"),
    "outreach": ("Rakte ud", "Reached out"),
    "handleplan": ("handleplan", "action plan"),
    "indsatsplan": ("indsatsplan", "provider plan"),
    "coordinating": ("koordinerende møde", "coordinating meeting"),
    "network": ("netværksmøde", "network meeting"),
    "open_dialogue": ("Åben Dialog", "Open Dialogue"),
    "follow_up": ("opfølgning", "follow-up"),
    "knowledge": ("viden", "knowledge"),
    "handover": ("det, en overlevering hviler på", "what a handover rests on"),
    "contact_person": ("fast kontaktperson", "contact person"),
    "responsibility": ("ansvar", "responsibility"),
    "screen": ("på skærmen", "on screen"),
    "phone": ("i telefonen", "by telephone"),
    "paper": ("på papir", "on paper"),
    "written": ("skriftligt", "written"),
    "spoken": ("mundtligt", "spoken"),
    "time": ("tiden er gået", "time has run out"),
    "death": ("dødsfald", "death"),
    "closing": ("samarbejdet er afsluttet", "the cooperation is closed"),
    "let_go": ("ikke ført videre ved et skift", "not carried on at a change"),
    "lapsed": ("ikke bekræftet inden 30 dage", "not confirmed within 30 days"),
    "done": ("færdig", "done"),
    "text": ("aftalt tekst", "agreed text"),
    "agreement": ("en aftale", "an agreement"),
    "basis": ("hjemmel", "basis in law"),
    "emergency": ("værdispring", "emergency access"),
    "in force": ("gælder", "in force"),
    "withdrawn": ("trukket tilbage", "withdrawn"),
    "expired": ("udløbet", "expired"),
    "lifted": ("hævet", "lifted"),
    "ended": ("ophørt", "ended"),
    "reviewed": ("gennemgået", "reviewed"),
    "consent": ("samtykke", "consent"),
    "block": ("spærring", "block"),
    "citizen": ("borgeren", "the citizen"),
    "together": ("sammen", "together"),
    "authority": ("myndigheden", "the authority"),
    "provider": ("udføreren", "the provider"),
    "law": ("loven", "the law"),
    "beginning": ("opstart", "beginning"),
    "running": ("godt i gang", "well under way"),
    "ending": ("afslutning", "ending"),
    "home": ("bolig", "home"),
    "finances": ("økonomi", "money matters"),
    "health": ("helbred", "health"),
    "relations": ("relationer", "relations"),
    "work": ("arbejde og uddannelse", "work and education"),
    "leisure": ("fritid", "leisure"),
    "motivational_interviewing": ("den motiverende samtale", "motivational interviewing"),
    "narrative": ("narrativ samtale og livshistorie", "narrative talk and life story"),
    "cognitive": ("kognitiv tilgang", "cognitive approach"),
    "systemic": ("systemisk tilgang", "systemic approach"),
    "low_arousal": ("rolig tilgang (Low Arousal)", "low arousal"),
    "recovery": ("recovery", "recovery"),
    "peer_support": ("peerstøtte", "peer support"),
    "distance": ("for langt væk", "too far away"),
    "not_welcome": ("følte sig ikke velkommen", "did not feel welcome"),
    "money": ("penge", "money"),
    "equipment": ("udstyr", "equipment"),
    "anxiety": ("angst", "anxiety"),
    "other": ("noget andet", "something else"),
    "less": ("mindre støtte", "less support"),
    "changed": ("ændret støtte", "changed support"),
    "same": ("det samme som før", "the same as before"),
}

LAW: Final[dict[str, Pair]] = {
    "duty": ("pligt", "a duty"),
    "may": ("må, skal ikke", "may, need not"),
    "one_off": ("én videregivelse ad gangen", "one disclosure at a time"),
    "standing": ("kan noteres for en tid", "can be registered for a time"),
    "pushed": ("sendes af den, der har det", "sent by the holder"),
    "fetched": ("hentes af modtageren", "fetched by the receiver"),
    "needs_writing": ("skriftligt", "in writing"),
    "bound_to_case": ("til én sag", "for one case"),
    "may_object": ("borgeren kan sige fra", "the citizen may object"),
    "may_not_object": ("borgeren kan ikke sige fra", "the citizen cannot object"),
    "decides_holder": ("den, der har det, afgør", "the holder decides"),
    "decides_receiver": ("modtageren afgør", "the receiver decides"),
    "decides_both": ("begge afgør", "both decide"),
    "told_before": ("borgeren får det at vide først", "the citizen is told before"),
    "told_after": ("borgeren får det at vide bagefter", "the citizen is told afterwards"),
    "told_on_request": ("borgeren får det at vide på spørgsmål", "the citizen is told on request"),
}
"""What the columns of the table of legal bases say."""

SURFACES: Final[dict[str, Pair]] = {
    "timeline": ("tidslinjen", "the timeline"),
    "page": ("borgerens side", "the citizen's page"),
    "view": ("en organisations visning", "an organisation's view"),
    "overview": ("overblikket", "the overview"),
    "due": ("det, der venter", "what is due"),
    "consents": ("samtykkerne", "the consents"),
    "tasks": ("hvem der har en opgave", "who has a task"),
    "closing": ("det, der slutter med samarbejdet", "what ends with the cooperation"),
    "handover": ("en overlevering", "a handover"),
    "meetings": ("møder og aftaler", "meetings and agreements"),
    "sheet": ("et mødeark", "a meeting sheet"),
    "companion": ("en bisidders mødeark", "a companion's meeting sheet"),
    "access": ("hvem der har set", "who has looked"),
    "explain": ("hvorfor", "why"),
    "preview": ("en forhåndsvisning", "a preview"),
    "status": ("driftsstatus", "the status"),
    "export": ("en fil med det hele", "a file with all of it"),
    "access_export": ("en fil med, hvem der har set", "a file of who has looked"),
    "import": ("en indlæsning", "an import"),
    "calendar": ("en kalender", "a calendar"),
    "mail": ("en besked om, at der er nyt", "a message that there is news"),
    "plan": ("planen", "the plan"),
    "decision": ("det, der er nyt siden sidste afgørelse", "what is new since the last decision"),
    "search": ("en søgning", "a search"),
    "team": ("teamets side", "the team's page"),
}

VIEWS: Final[dict[str, Pair]] = {
    "timeline": ("tidslinje", "timeline"),
    "overview": ("overblik", "overview"),
    "consents": ("samtykker", "consents"),
    "due": ("hvad der venter", "things due"),
    "partner_view": ("partnernes visninger", "partner views"),
}

DENIAL: Final[Pair] = (
    "Der er intet at vise: ingen sådan borger, eller intet, du må få at vide.",
    "There is nothing to show: no such citizen, or nothing that you may be told.",
)
"""The one uniform denial, whatever the reason."""

CONSTANT: Final[Pair] = (
    "Du ser det, I må få at vide. Der kan være andet, og der kan være intet andet.",
    "You see what you may be told. There may be more, and there may be nothing more.",
)
"""Stands under everything that a partner reads, whether something is absent or not."""

STANDING: Final[Pair] = (
    "Her står alt om dig. Efter loven kan en enkelt oplysning holdes tilbage for en tid; denne linje står hos alle.",
    "This is all about you. By law a single item can be withheld for a time; this line stands in everybody's page.",
)
"""Stands under what every citizen reads, whether anything is withheld or not."""
