"""Preview and explain on the command line: a citizen and a coordinator read them in plain Danish."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

import hub as package
from hub.cli import preview
from hub.cli.app import COMMANDS
from tests.cli import DANISH, ENGLISH, Result, Town, town

DENIED = Result(4, "", "Der er intet at vise: ingen sådan borger, eller intet, du må få at vide.\n")
TREATMENT = ("--category", "wishes,contact", "--purpose", "treatment", "--from", "2026-01-01")
GIVE = ("consent", "give")


@pytest.fixture(scope="module")
def hub() -> Iterator[Town]:
    """A town for this module."""
    with town() as made:
        yield made


@pytest.fixture(scope="module")
def citizen(hub: Town) -> str:
    """A citizen on whom the jobcentre sees a hope, and not what was said of health."""
    found = hub.citizen()
    hub.ok("citizen", "contact", found, "--text", "Talte om medicin", "--label", "health", "--as", "mette")
    hub.ok("catch-up")
    return found


def tables(hub: Town) -> dict[str, Any]:
    """How many rows there are in every table but the access log."""
    with psycopg.connect(hub.server.conninfo("hub")) as connection:
        names = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        return {
            table: connection.execute(
                sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
            ).fetchone()
            for schema, table in names
            if table != "access_log"
        }


def flat(result: Result) -> str:
    """What was said, without its line breaks."""
    return " ".join(result.out.split())


def test_a_citizen_reads_what_a_consent_will_open(hub: Town, citizen: str) -> None:
    """Who will see what, and of whom they will learn, in Danish and in English; and nothing is recorded."""
    before = tables(hub)
    said = flat(hub.ok("preview", *GIVE, citizen, "rusmiddel", *TREATMENT, "--as", "citizen"))
    assert said.startswith("Forhåndsvisning: intet er skrevet. Det, der vil blive noteret: Gav samtykke")
    assert "Rusmiddelcentret vil kunne se 5 hændelser:" in said
    assert "For deres eget system:" in said
    assert "Fortalte sit håb: 1" in said
    assert (
        "Rusmiddelcentret vil få at vide, at du har med Jobcenter Nord, Myndigheden og Socialpsykiatrien at gøre."
    ) in said
    assert said.endswith("For alle andre ændrer det intet.")
    english = flat(
        hub.ok("preview", *GIVE, citizen, "rusmiddel", *TREATMENT, "--as", "citizen", lang=ENGLISH)
    )
    assert "Rusmiddelcentret will see 5 events:" in english
    assert before == tables(hub)


def test_a_block_and_a_withdrawal_say_who_loses(hub: Town, citizen: str) -> None:
    """Narrower, blocked, withdrawn: what will no longer be seen; --all says which fields."""
    given = hub.ok("consent", "list", citizen, "--as", "citizen", "--json").json["consents"]
    consent = next(one["id"] for one in given if one["kind"] == "consent")
    for command in (
        ("consent", "withdraw", citizen, "--partner", "jobcenter"),
        ("consent", "narrow", citizen, consent, "--category", "plan"),
        ("block", "set", citizen, "jobcenter", "--category", "wishes"),
    ):
        said = flat(hub.ok("preview", *command, "--as", "citizen", "--all"))
        assert "Jobcenter Nord vil ikke længere kunne se 1 hændelse:" in said, command
        assert "For deres eget system og Ann Test: Fortalte sit håb," in said
        assert "forsvinder: Egne ord" in said
        found = hub.ok("preview", *command, "--as", "citizen", "--json").json
        assert found["recorded"] is False
        lost = [one for partner in found["partners"] for one in partner["lost"]]
        assert ["citizen.hope_told"] == [one["event"] for one in lost]
        assert {"ref", "system", "persons"} <= lost[0].keys()


def test_a_coordinator_is_told_what_she_may_know(hub: Town, citizen: str) -> None:
    """Mette sees no hope of this citizen, so she is not told that the jobcentre loses one; no ids of the log either."""
    withdraw = ("consent", "withdraw", citizen, "--partner", "jobcenter", "--as", "mette")
    found = hub.ok("preview", *withdraw, "--json").json
    assert all(one["event"] != "citizen.hope_told" for p in found["partners"] for one in p["lost"])
    assert all("ref" not in one for p in found["partners"] for one in (*p["gained"], *p["lost"]))
    said = flat(hub.ok("preview", *withdraw))
    assert said.endswith("Du ser det, I må få at vide. Der kan være andet, og der kan være intet andet.")


def test_others_are_denied_as_for_the_command(hub: Town, citizen: str) -> None:
    """A stranger, somebody without a task, and a citizen that does not exist: the same words, to the byte."""
    nobody = "00000000-0000-4000-8000-000000000000"
    hope = ("citizen", "hope")
    more = ("x", "--label", "wishes")
    for who, whom in (("eva", citizen), ("bo", citizen), ("ann", nobody), ("mette", nobody)):
        assert DENIED == hub.hub("preview", *hope, whom, *more, "--as", who), who
    opened = ("emergency", "open")
    reason = ("--reason", "Akut", "--label", "contact", "--call-back", "--as")
    hub.ok("partner", "person", "Socialpsykiatrien", "per", "--name", "Per Test", "--function", "medarbejder")
    assert DENIED == hub.hub("preview", *opened, citizen, *reason, "per")
    assert DENIED == hub.hub("preview", *opened, nobody, *reason, "per")


@pytest.mark.parametrize(
    ("command", "place"),
    [
        (("preview", "partner", "list"), "consent"),
        (("preview", "citizen", "enrol", "--name", "X", "--as", "lene"), "consent"),
        (("preview", "representative", "person", "x", "--name", "X", "--function", "værge"), "consent"),
        (("preview", "consent", "list", "CITIZEN", "--as", "citizen"), "kør den"),
        (("preview", "consent", "withdraw", "CITIZEN"), "hub consent withdraw --help"),
        (("preview",), "COMMAND"),
        (("preview", "consent", "withdraw", "CITIZEN", "--as", "citizen"), "--partner"),
        (("explain", "CITIZEN", "jobcenter"), "--as"),
        (("explain", "CITIZEN", "jobcenter", "--as", "citizen", "--at", "snart"), "--at"),
        (("explain", "CITIZEN", "jobcenter", "--as", "citizen", "--against", "snart"), "--against"),
        (("explain", "CITIZEN", "jobcenter", "--as", "citizen", "--position", "9999"), "position"),
        (
            ("explain", "CITIZEN", "jobcenter", "--as", "citizen", "--at", "2026-01-01", "--position", "3"),
            "--at",
        ),
        (("explain", "CITIZEN", "jobcenter", "--as", "auditor"), "--ground"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    hub: Town, citizen: str, command: tuple[str, ...], place: str
) -> None:
    """What cannot be previewed or explained is refused, with what to write instead."""
    found = hub.hub(*(citizen if one == "CITIZEN" else one for one in command))
    assert found.code in (2, 3)
    assert not found.out
    assert place in found.err
    assert 1 == found.err.count("\n")


def test_the_help_of_the_command_is_there(hub: Town) -> None:
    """`hub preview VERB --help` is the help of the verb; that of preview names a preview that can be copied."""
    assert "--purpose" in hub.ok("preview", *GIVE, "--help").out
    assert "hub preview consent withdraw" in hub.ok("preview", "--help").out


def test_what_can_be_previewed_is_there_and_writes_through_the_hub() -> None:
    """Every group is a command; and what writes to the vault on its own is named as not to be previewed."""
    assert set(preview.GROUPS) <= COMMANDS.keys()
    folder = Path(package.__file__).parent / "cli"
    modules = {path: import_module(f"hub.cli.{path.stem}") for path in sorted(folder.glob("[a-z]*.py"))}
    writing = set()
    for name in preview.GROUPS:
        group = import_module(f"hub.cli.{COMMANDS[name].module}").app
        for path, module in modules.items():
            if getattr(module, "app", None) is group:
                for verb in ast.parse(path.read_text(encoding="utf-8")).body:
                    if isinstance(verb, ast.FunctionDef) and _writes(verb):
                        writing.add((name, verb.name))
    assert writing == preview.NEVER


def _writes(verb: ast.FunctionDef) -> bool:
    called = {part.attr for part in ast.walk(verb) if isinstance(part, ast.Attribute)}
    return bool(
        called & {"register_person", "enrol", "put", "execute", "broker_access", "apply", "make_code", "link"}
    )


def test_a_citizen_reads_why_and_why_not(hub: Town, citizen: str) -> None:
    """What the jobcentre sees and by which consent, what it does not see and why, from when it is."""
    said = flat(hub.ok("explain", citizen, "jobcenter", "--as", "citizen"))
    assert said.startswith("Hvad Jobcenter Nord ved om dig Efter nr. ")
    assert "som deres eget system får det, til beskæftigelse." in said
    assert "Set: 2 af 8 hændelser." in said
    assert (
        "Du har sagt ja til, at Jobcenter Nord får noget om håb og ønsker til beskæftigelse, indtil det"
        in said
    )
    assert (
        "“Tekst”: Jobcenter Nord må ikke få noget om psykisk helbred og behandling: det ligger uden for det, et "
        "jobcenter kan modtage. Der var kontakt: 1"
    ) in said
    whole = flat(hub.ok("explain", citizen, "jobcenter", "--as", "citizen", "--all"))
    assert "Egne ord: “En hund” (håb og ønsker)" in whole
    english = flat(hub.ok("explain", citizen, "jobcenter", "--as", "citizen", lang=ENGLISH))
    assert "You have agreed that Jobcenter Nord is told about hopes and wishes for employment" in english


def test_an_auditor_reads_reasons_and_no_content(hub: Town, citizen: str) -> None:
    """The same without a word of anybody's; staff and the operator get the one denial."""
    ground = ("--as", "auditor", "--ground", "klage 7")
    for more in ((), ("--all",), ("--json",)):
        said = hub.ok("explain", citizen, "jobcenter", *ground, *more).out
        assert "hund" not in said
        assert "klage" not in said
    assert "Borgeren har sagt ja til" in hub.ok("explain", citizen, "jobcenter", *ground).out
    for who in ("ann", "mette", "operator"):
        assert DENIED == hub.hub("explain", citizen, "jobcenter", "--as", who)
    assert 0 == hub.ask("SELECT count(*) FROM access_log WHERE access_log::text LIKE '%%klage%%'")
    lines = "SELECT count(*) FROM access_log WHERE role = 'auditor' AND 'grounds_given' = ANY(reasons)"
    assert 4 == hub.ask(lines)


def test_a_script_gets_codes_and_both_languages(hub: Town, citizen: str) -> None:
    """JSON: position, moment, channel, codes with labels, and the sentences in Danish and English."""
    found = hub.ok("explain", citizen, "jobcenter", "--as", "citizen", "--json", "--against", "1").json
    assert found["channel"] == "topic"
    assert found["point"]["position"] > found["against"]["position"] == 1
    assert {"seen": 2, "absent": 6} == found["counts"]
    hope = next(one for one in found["seen"] if one["event"] == "citizen.hope_told")
    assert hope["rests_on"][0]["kind"] == "consent"
    assert hope["content"]["words"]["text"] == "En hund"
    assert {"da", "en"} == set(hope["sentences"][0])
    health = next(one for one in found["absent"] if one["event"] == "citizen.contact_recorded")
    reasons = {(one["code"], *one["labels"]) for one in health["reasons"]}
    assert ("over_ceiling", "health") in reasons
    assert {"gained"} == {one["kind"] for one in found["difference"]}


def test_a_coordinators_session(hub: Town) -> None:
    """Give, preview, narrow, withdraw, explain: what is previewed is what is explained afterwards."""
    citizen = hub.citizen(consent=False)
    consent = hub.consent(citizen)
    hub.ok("citizen", "hope", citizen, "Et arbejde", "--label", "wishes", "--as", "citizen")
    narrow = ("consent", "narrow", citizen, consent, "--category", "contact", "--as", "citizen")
    told = hub.ok("preview", *narrow, "--json").json
    lost = {one["ref"] for partner in told["partners"] for one in partner["lost"]}
    position = hub.ok("explain", citizen, "jobcenter", "--as", "citizen", "--json").json["point"]["position"]
    hub.ok(*narrow)
    explained = hub.ok(
        "explain", citizen, "jobcenter", "--as", "citizen", "--against", str(position), "--json"
    ).json
    assert lost == {one["ref"] for one in explained["difference"] if one["kind"] == "lost"}
    assert lost
    said = flat(
        hub.ok("explain", citizen, "jobcenter", "--as", "citizen", "--against", str(position), lang=DANISH)
    )
    assert "De mistede 1 hændelse. Gjorde et samtykke snævrere (" in said
    again = flat(
        hub.ok("preview", "consent", "withdraw", citizen, "--partner", "jobcenter", "--as", "citizen")
    )
    assert "Det ændrer intet for nogen." in again
