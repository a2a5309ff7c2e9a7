"""What a denial tells: nothing, in the same words each time; and what cannot be logged is not answered."""

from collections.abc import Iterator

import psycopg
import pytest

from hub.postgres import EmbeddedServer, create_database
from hub.vault import new_root_key
from tests.cli import DANISH, ENGLISH, HASTY, Result, Town, folder, town

SENTENCE = {
    DANISH: "Der er intet at vise: ingen sådan borger, eller intet, du må få at vide.\n",
    ENGLISH: "There is nothing to show: no such citizen, or nothing that you may be told.\n",
}
NOBODY = "00000000-0000-4000-8000-000000000000"
ANN = ("--as", "ann", "--purpose", "employment")


@pytest.fixture(scope="module")
def hub() -> Iterator[Town]:
    """A town for this module."""
    with town() as made:
        yield made


@pytest.fixture(scope="module")
def causes(hub: Town) -> dict[str, tuple[str, ...]]:
    """Ways to be refused, each as the citizen, and who asks for what."""
    shared, quiet = hub.citizen(), hub.citizen(consent=False)
    stranger, blocked, withdrawn = hub.citizen(task=False, consent=False), hub.citizen(), hub.citizen()
    hub.ok("catch-up")
    hub.ok("block", "set", blocked, "jobcenter", "--as", "citizen")
    hub.ok("consent", "withdraw", withdrawn, "--partner", "jobcenter", "--as", "citizen")
    return {
        "no such citizen": (NOBODY, *ANN),
        "no relation": (stranger, *ANN),
        "a task and no consent": (quiet, *ANN),
        "a block": (blocked, *ANN),
        "another's task": (shared, "--as", "bo", "--purpose", "employment"),
        "another purpose": (shared, "--as", "ann", "--purpose", "coordination"),
        "a forbidden purpose": (shared, "--as", "ann", "--purpose", "sanction"),
        "no purpose": (shared, "--as", "ann"),
        "withdrawn": (withdrawn, *ANN),
    }


@pytest.mark.parametrize("command", [("timeline",), ("view", "jobcenter"), ("consent", "list")])
@pytest.mark.parametrize("json", [(), ("--json",)], ids=["text", "json"])
def test_every_denial_is_the_same_to_the_byte(
    hub: Town, causes: dict[str, tuple[str, ...]], command: tuple[str, ...], json: tuple[str, ...]
) -> None:
    """Whatever the cause, one sentence on standard error, nothing on standard output, exit code 4."""
    asked = dict(causes)
    del asked["withdrawn"]  # the given consent itself stays known to the partner it named (rule 9)
    if command == ("consent", "list"):
        asked["a task and no consent"] = (*asked["no relation"],)
    expected = Result(4, "", SENTENCE[DANISH])
    for cause, arguments in asked.items():
        assert expected == hub.hub(*command, *arguments, *json), cause


def test_a_suspended_partner_is_told_no_more_than_anybody(hub: Town) -> None:
    """While the partner is suspended its people get the one denial, in either language; resumed, they read again."""
    citizen = hub.citizen()
    hub.ok("catch-up")
    hub.ok("partner", "suspend", "jobcenter", "--reason", "Brud")
    try:
        for lang in (DANISH, ENGLISH):
            for command in (("timeline", citizen), ("view", "jobcenter", citizen), ("overview",)):
                assert Result(4, "", SENTENCE[lang]) == hub.hub(*command, *ANN, lang=lang)
    finally:
        hub.ok("partner", "resume", "jobcenter")
    assert 0 == hub.hub("timeline", citizen, *ANN).code


def test_denials_of_processes_are_the_same_to_the_byte(hub: Town, causes: dict[str, tuple[str, ...]]) -> None:
    """Real processes, real bytes: a stranger and a citizen that does not exist look alike."""
    answers = {
        hub.process("timeline", *causes[cause]) for cause in ("no such citizen", "no relation", "a block")
    }

    assert {Result(4, "", SENTENCE[DANISH])} == answers


def test_a_write_on_a_stranger_is_refused_with_the_same_words(
    hub: Town, causes: dict[str, tuple[str, ...]]
) -> None:
    """Whoever has nothing to do with a citizen learns nothing by writing either."""
    for cause in ("no such citizen", "no relation"):
        citizen = causes[cause][0]
        writing = ("citizen", "hope", citizen, "x", "--label", "wishes", "--as", "eva")
        assert Result(4, "", SENTENCE[DANISH]) == hub.hub(*writing)


def test_another_partners_view_is_not_for_reading(hub: Town) -> None:
    """A person reads the view of the own organisation only, and counts are the operator's."""
    citizen = hub.citizen()
    hub.ok("catch-up")
    assert Result(4, "", SENTENCE[DANISH]) == hub.hub("view", "rusmiddel", citizen, *ANN)
    assert 3 == hub.hub("view", "jobcenter", *ANN).code


def test_what_cannot_be_logged_is_not_answered() -> None:
    """With INSERT on the access log revoked every read ends with 6, and nothing at all is printed."""
    with folder() as place, EmbeddedServer(place / "home" / "postgres", HASTY) as server:
        new_root_key(place / "root.key")
        create_database(server.conninfo(), "hub")
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            connection.execute("CREATE ROLE plain LOGIN")
            connection.execute("ALTER DATABASE hub OWNER TO plain")
        hub = Town(place, server, server.conninfo("hub").replace("user=postgres", "user=plain"))
        citizen = hub.citizen()
        hub.ok("catch-up")
        hub.ok("timeline", citizen, *ANN)
        with psycopg.connect(server.conninfo("hub"), autocommit=True) as connection:
            connection.execute("REVOKE INSERT ON access_log FROM plain")
        for arguments in (
            ("timeline", citizen, *ANN),
            ("timeline", citizen, "--as", "citizen"),
            ("timeline", citizen, "--as", "operator"),
            ("timeline", NOBODY, *ANN),
            ("view", "jobcenter", citizen, *ANN),
            ("view", "jobcenter"),
            ("overview", "--as", "ann", "--purpose", "employment"),
            ("consent", "list", citizen, "--as", "citizen"),
            ("who-looked", citizen, "--as", "citizen"),
            ("status",),
        ):
            answer = hub.hub(*arguments)
            assert (6, "") == answer[:2], arguments
            assert 1 == answer.err.count("\n")
            assert "noteres" in answer.err
