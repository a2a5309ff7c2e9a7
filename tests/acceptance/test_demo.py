"""The demonstration, played whole on a real PostgreSQL: every figure on the screen is worked out again here."""

import io
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pytest

from hub.application.access import Reader
from hub.application.disclosure import State
from hub.artifacts import missing_tools
from hub.bootstrap import open_hub
from hub.broker import LocalBroker
from hub.config import Settings
from hub.errors import BadInput, Misconfigured
from hub.example.demo import run
from hub.example.summary import Summary
from hub.kafka.connection import Cluster
from hub.postgres import EmbeddedServer
from tests import kafka
from tests.conftest import skip

DANISH = "og ikke kan ser nu af uden hændelser gemt rækker tilbage får siger år borgere tovholder svar færdig prøv selv"
ENGLISH = (
    "and not can sees now of without events stored rows gone says old citizens coordinator answers done try"
)
CITIZENS = 41
FEW = 12
ROOT = Path(__file__).resolve().parents[2]
QUOTED_ON = "2026-11-22T12:00:00+00:00"
"""The day of the run that the README quotes."""
WITHOUT_KAFKA = missing_tools()
"""Why no Kafka can run here; None when one can."""
TICKS = 7 if WITHOUT_KAFKA else 10


class Played(NamedTuple):
    """One run."""

    settings: Settings
    text: str
    summary: Summary


def settings_in(folder: Path) -> Settings:
    """A demonstration's own place."""
    return Settings(home=folder / "demo", root_key_file=folder / "demo.key", demo=True)


def play(folder: Path, *, kafka: bool = False, **terms: Any) -> Played:
    """One run in a folder of its own."""
    settings, out = settings_in(folder), io.StringIO()
    summary = run(settings, out=out, kafka=kafka, **terms)
    return Played(settings, out.getvalue(), summary)


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder outside pytest's own, which another session started as root closes to the server's account."""
    with tempfile.TemporaryDirectory(prefix="hub-demo-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for one test."""
    with own_folder() as found:
        yield found


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    """The run that most tests look at, in Danish."""
    with own_folder() as found:
        yield play(found, citizens=CITIZENS, seed=11, lang="da", kafka=True)


@pytest.fixture(scope="module")
def english() -> Iterator[Played]:
    """A smaller run with another seed, in English."""
    with own_folder() as found:
        yield play(found, citizens=FEW, seed=12, lang="en", kafka=True)


@pytest.fixture(scope="module")
def sql(played: Played) -> Iterator[psycopg.Connection]:
    """Plain SQL on what the run left behind."""
    with EmbeddedServer(played.settings.home / "postgres") as server:
        with psycopg.connect(server.conninfo("hub"), autocommit=True) as connection:
            yield connection


def one(sql: psycopg.Connection, query: str, *terms: Any) -> Any:
    """The one value that a query answers."""
    row = sql.execute(query, terms).fetchone()
    return row[0] if row else None


def printed(text: str, pattern: str) -> tuple[int, ...]:
    """The figures in the one line that looks like this."""
    found = re.findall(pattern, " ".join(text.split()))
    assert 1 == len(found), f"{pattern} is there {len(found)} times"
    groups = found[0] if isinstance(found[0], tuple) else (found[0],)
    return tuple(int(group.replace(".", "").replace(",", "")) for group in groups)


def withdrawal(sql: psycopg.Connection) -> tuple[int, UUID, UUID]:
    """The last event's position, citizen and partner: the withdrawal of step 4."""
    row = sql.execute(
        "SELECT position, citizen_id, partner_id FROM statements WHERE kind = 'ended' ORDER BY position DESC"
    ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def test_everything_that_was_put_to_the_test_held(played: Played, english: Played) -> None:
    """Every tick is a tick, in both languages."""
    for each in (played, english):
        assert each.summary.ok
        assert "✗" not in each.text
        assert each.text.count("✓") == TICKS


def test_the_size_of_the_year_is_counted(played: Played, sql: psycopg.Connection) -> None:
    """Citizens, partners and stored events are what the database holds; the withdrawal came after."""
    citizens, partners = printed(played.text, r"et år for ([\d.]+) borgere og (\d+) partnere")
    (stored,) = printed(played.text, r"([\d.]+) hændelser gemt")

    assert citizens == one(sql, "SELECT count(DISTINCT citizen_id) FROM events") == CITIZENS
    assert partners == one(sql, "SELECT count(*) FROM statements WHERE kind = 'registered'") == 7
    assert stored == one(sql, "SELECT count(*) FROM events") - 1


def test_the_rows_of_the_partners_are_counted(played: Played, sql: psycopg.Connection) -> None:
    """The rows given to the partners are those there now and those that the withdrawal took."""
    (rows,) = printed(played.text, r"([\d.]+) rækker hos partnerne")
    (gone,) = printed(played.text, r"(\d+) rækker væk")

    assert rows == one(sql, "SELECT count(*) FROM partner_view_1.partner_view") + gone


def test_the_table_shows_what_the_partners_rows_say(played: Played, sql: psycopg.Connection) -> None:
    """Each dot of the table is a row of that partner, now or until the withdrawal; each blank is none."""
    position, citizen, jobcentre = withdrawal(sql)
    dots = {
        mark: tuple(line[38:].ljust(40)[at : at + 8].strip() == "●" for at in range(0, 40, 8))
        for mark, line in table(played.text).items()
    }
    sectors = dict(
        sql.execute("SELECT body->>'sector', partner_id FROM statements WHERE kind='registered'").fetchall()
    )
    order = ("regional_psychiatry", "jobcentre", "addiction_treatment", "civil_society", "home_care")
    theirs = {
        key: one(
            sql,
            "SELECT count(*) FROM partner_view_1.partner_view WHERE partner_id = %s AND citizen_id = %s",
            sectors[key],
            citizen,
        )
        for key in order
    }

    assert jobcentre == sectors["jobcentre"]
    assert theirs["jobcentre"] == 0
    assert position == one(sql, "SELECT max(position) FROM events")
    assert dots == {
        "håb": (True, True, True, False, False),
        "Samtale om rusmidler": (False, False, True, False, False),
        "Møde om arbejde": (False, True, False, False, False),
        "Aftale: besøg på": (False, True, False, True, False),
        "Overlevering godtaget": (True, False, False, False, True),
    }
    for place, key in enumerate(order):
        if key != "jobcentre":
            assert theirs[key] >= sum(row[place] for row in dots.values())
    in_order = {
        mark: tuple(key for key, dot in zip(order, row, strict=True) if dot) for mark, row in dots.items()
    }
    assert list(in_order.values()) == list(played.summary.seen.values())


def table(text: str) -> dict[str, str]:
    """The lines of the table with dots, by what they are called."""
    found = {}
    for line in text.splitlines():
        if match := re.match(r" {6}[ \d]{2}\d?\. \w{3} (.{24})", line):
            name = match.group(1).strip()
            found["håb" if name.endswith(("sit", "håb")) else name] = line
    return found


def test_what_went_with_the_withdrawal_is_counted(played: Played, sql: psycopg.Connection) -> None:
    """Rows before, after and gone are what the partner's own log of changes says."""
    position, citizen, jobcentre = withdrawal(sql)
    (gone,) = printed(played.text, r"(\d+) rækker væk fra jobcentrets side")
    after, before = printed(played.text, r"ser nu (\d+) af \w+'? hændelser \(før: (\d+)\)")
    deleted = (
        "SELECT count(*) FROM partner_log WHERE partner_id = %s AND position = %s AND operation = 'delete'"
    )

    assert gone == one(sql, deleted, jobcentre, position) == before - after
    assert before > 0
    assert after == 0
    assert after == one(
        sql,
        "SELECT count(*) FROM partner_view_1.partner_view WHERE partner_id = %s AND citizen_id = %s",
        jobcentre,
        citizen,
    )
    (can,) = printed(played.text, r"I alt kan jobcentret se (\d+) af")
    assert can == before


def test_the_rows_went_because_of_the_consent_alone(played: Played) -> None:
    """Before the withdrawal each row of the jobcentre was there by consent: none was its own, or addressed to it."""
    summary = played.summary
    with open_hub(played.settings) as wired:
        moment = max(item.recorded_at for item, _ in wired.hub.items(summary.citizen))
        last = wired.log.head()[0]
        stood = [said for said in wired.log.statements([summary.citizen]) if said.position < last]
        viewer = State.of(stood).viewer(summary.jobcentre, moment)
        seen = [
            disclosure.why
            for item, _ in wired.hub.items(summary.citizen)
            if item.position < last and (disclosure := viewer.disclose(item)) is not None
        ]

    assert ["consent"] * summary.before == seen


def test_the_preview_told_what_went(played: Played, sql: psycopg.Connection) -> None:
    """The rows that the preview named are as many as went, and the preview is logged as the citizen's own read."""
    position, citizen, jobcentre = withdrawal(sql)
    (previewed,) = printed(played.text, r"vist på forhånd, uden at noget blev skrevet (\d+) rækker ✓")
    deleted = (
        "SELECT count(*) FROM partner_log WHERE partner_id = %s AND position = %s AND operation = 'delete'"
    )
    logged = (
        "SELECT count(*) FROM access_log WHERE citizen_id = %s AND surface = 'preview' AND role = 'citizen'"
    )

    assert previewed == one(sql, deleted, jobcentre, position) > 0
    assert 1 == one(sql, logged, citizen)


def test_the_emergency_access_is_what_the_access_log_says(played: Played, sql: psycopg.Connection) -> None:
    """One person read in the emergency, within the eight hours: contact person, crisis agreement and treatment."""
    _, citizen, _ = withdrawal(sql)
    (seen,) = printed(played.text, r"Det viste (\d+) af de \d+\. En anden har gennemgået det\.")
    read = sql.execute(
        "SELECT a.events, a.person_id, e.body->>'person', a.at < to_timestamp((e.body->>'until')::float8 / 1e6) "
        "FROM access_log AS a JOIN statements AS e ON e.citizen_id = a.citizen_id AND e.kind = 'emergency' "
        "WHERE a.citizen_id = %s AND a.purpose = 'emergency' AND a.permitted",
        (citizen,),
    ).fetchall()

    assert [(seen, read[0][1], str(read[0][1]), True)] == read
    assert seen == 3


def test_every_kind_of_permission_is_lived_through(played: Played, sql: psycopg.Connection) -> None:
    """Every statement about permission was made in the year, and what had run out was recorded as such."""
    kinds = {row[0] for row in sql.execute("SELECT DISTINCT kind FROM statements").fetchall()}
    by = sql.execute("SELECT DISTINCT body->>'role' FROM statements WHERE kind = 'grant'").fetchall()
    person_blocks = "SELECT count(*) FROM statements WHERE kind = 'block' AND body->>'person' IS NOT NULL"
    lapsed = "SELECT count(*) FROM consents_1.consents WHERE status = 'lapsed'"
    waiting = (
        "SELECT count(*) FROM consents_1.consents "
        "WHERE status = 'in force' AND least(until, lapses) <= (SELECT max(recorded_at) FROM statements)"
    )

    assert {
        "grant", "confirmed", "narrowed", "renewed", "ended", "basis", "basis_ended", "basis_confirmed", "block",
        "emergency", "emergency_ended", "representative", "address_protected", "corrected", "relabelled", "misfiled",
    } <= kinds  # fmt: skip
    assert {("citizen",), ("partner",), ("representative",)} == set(by)
    assert one(sql, person_blocks) > 0
    assert one(sql, lapsed) > 0
    assert one(sql, waiting) == 0


def test_the_citizen_reads_what_was_put_right(played: Played) -> None:
    """A corrected note shows the corrected words and says so; a goal has the dispute beside it, on whatever page."""
    with open_hub(played.settings) as wired:
        read = partial(wired.access.timeline, Reader.citizen(), played.summary.citizen, None)
        whole = read(limit=1_000).entries
        paged, page = [], read(limit=3)
        paged.extend(page.entries)
        while page.before is not None:
            page = read(limit=3, before=page.before)
            paged.extend(page.entries)
    corrected = [entry for entry in whole if entry.corrected]
    disputed = [entry for entry in whole if entry.disputes]

    assert [("citizen.contact_recorded", ("text",))] == [(e.event, e.corrected) for e in corrected]
    assert "låne en hund" in corrected[0].fields["text"]["text"]
    assert ["plan.goal_set"] == [entry.event for entry in disputed]
    assert [{"text": "Det er ikke aktivitet. Det er en gåtur.", "labels": ["plan"]}] == list(
        disputed[0].disputes
    )
    assert whole == paged


def test_the_read_was_refused_before_the_views_had_followed(played: Played) -> None:
    """When the new look was refused, the partner views had not taken the withdrawal in."""
    assert played.summary.behind_when_refused == 1
    assert 0 < played.summary.refused_after < played.summary.gone_after
    milliseconds = printed(played.text, r"nyt opslag afvist (\d+) ms ✓") + printed(
        played.text, r"side (\d+) ms ✓"
    )
    assert milliseconds == tuple(
        max(1, round(1000 * each)) for each in (played.summary.refused_after, played.summary.gone_after)
    )


def test_the_citizen_sees_who_looked(played: Played, sql: psycopg.Connection) -> None:
    """The number of times the jobcentre looked is what the access log holds."""
    _, citizen, jobcentre = withdrawal(sql)
    (looked,) = printed(played.text, r"slået op (\d+) gange")

    query = "SELECT count(*) FROM access_log WHERE citizen_id = %s AND partner_id = %s"
    assert looked == one(sql, query, citizen, jobcentre) == 2


def test_the_events_of_the_main_character_are_counted(played: Played, sql: psycopg.Connection) -> None:
    """How many events there were when the table was shown is what the log holds, without the withdrawal."""
    (of,) = printed(played.text, r"Fem af \w+'? (\d+) hændelser, og hvem")
    (again,) = printed(played.text, r"I alt kan jobcentret se \d+ af de (\d+)\.")

    assert (
        of == again == one(sql, "SELECT count(*) FROM events WHERE citizen_id = %s", withdrawal(sql)[1]) - 1
    )


def test_every_answer_was_worked_out(played: Played, sql: psycopg.Connection) -> None:
    """There is one answer for each partner and each event of a citizen, and events are numbered without gaps."""
    (answers,) = printed(played.text, r"([\d.]+) svar på")
    (differences,) = printed(played.text, r"regnet efter (\d+) forskelle")
    planted, caught = printed(played.text, r"kontrol: (\d+) fejl lagt ind med vilje (\d+) fanget")
    counted, last = printed(played.text, r"uden huller ([\d.]+) af ([\d.]+)")

    partners = "(SELECT count(*) FROM statements WHERE kind = 'registered')"
    assert answers == one(sql, f"SELECT count(*) * {partners} FROM events WHERE citizen_id IS NOT NULL")
    faults = 2 if WITHOUT_KAFKA else 4
    assert (0, faults, faults) == (differences, planted, caught)
    assert counted == one(sql, "SELECT count(*) FROM events")
    assert last == one(sql, "SELECT max(position) FROM events") == counted


def test_the_planted_faults_were_taken_back(played: Played, sql: psycopg.Connection) -> None:
    """No row is left of what was put in on purpose: each row is one that the partner's log of changes knows."""
    strangers = """
        SELECT count(*) FROM partner_view_1.partner_view AS v
        WHERE NOT EXISTS (SELECT FROM partner_log AS l
            WHERE l.partner_id = v.partner_id AND l.disclosure_id = v.disclosure_id AND l.operation = 'upsert')
    """
    assert 0 == one(sql, strangers)


@pytest.fixture(scope="module")
def broker_of(played: Played) -> Iterator[Cluster]:
    """The Kafka that the run left behind."""
    with LocalBroker(played.settings.home / "kafka") as running:
        yield Cluster(running.bootstrap, running.user, running.password)


@pytest.fixture
def on_kafka(request: pytest.FixtureRequest) -> Cluster:
    """The same, where there can be one."""
    if WITHOUT_KAFKA:
        skip(request.node, WITHOUT_KAFKA, WITHOUT_KAFKA)
    found: Cluster = request.getfixturevalue("broker_of")
    return found


def positions(cluster: Cluster) -> list[int]:
    """The positions that a raw consumer finds on the topic with all events, once for each record."""
    return [int(dict(each.headers)["position"]) for each in kafka.read(cluster, cluster.events)]


def test_the_events_on_kafka_are_counted(played: Played, sql: psycopg.Connection, on_kafka: Cluster) -> None:
    """As many events are said to be on Kafka as a raw consumer finds there, but for the withdrawal that came later."""
    (said,) = printed(played.text, r"gemt, ([\d.]+) på Kafka")
    (compared, differences) = printed(played.text, r"sammenlignet, ([\d.]+) poster (\d+) forskelle")
    found = positions(on_kafka)

    assert sorted(set(found)) == list(range(1, said + 2))
    assert said == one(sql, "SELECT count(*) FROM events") - 1
    assert (len(found), 0) == (compared, differences)
    of_partners = one(sql, "SELECT count(*) FROM events WHERE citizen_id IS NULL")
    assert len(found) == said + 1 + 5 * of_partners


def test_what_was_taken_back_on_kafka_is_counted(
    played: Played, sql: psycopg.Connection, on_kafka: Cluster
) -> None:
    """Each row that went with the withdrawal is a tombstone on the jobcentre's topic, and no other is."""
    position, citizen, jobcentre = withdrawal(sql)
    taken, of = printed(played.text, r"(\d+) af (\d+) poster slettemærket på Kafka")
    went = {
        str(row[0]).encode()
        for row in sql.execute(
            "SELECT disclosure_id FROM partner_log "
            "WHERE partner_id = %s AND citizen_id = %s AND position = %s AND operation = 'delete'",
            (jobcentre, citizen, position),
        ).fetchall()
    }
    last = {each.key: each.value for each in kafka.read(on_kafka, on_kafka.partner(jobcentre))}

    assert taken == of == len(went)
    assert went <= {key for key, value in last.items() if value is None}
    assert [] == kafka.wrong_with_topic(str(sql.info.dsn), on_kafka, jobcentre)


@pytest.fixture(scope="module")
def twice() -> Iterator[tuple[Played, Played]]:
    """Two small runs without Kafka, one after the other, in one place."""
    with own_folder() as found:
        yield play(found, citizens=3, seed=5, lang="da"), play(found, citizens=3, seed=5, lang="da")


def test_without_kafka_it_says_so_in_one_line(twice: tuple[Played, Played]) -> None:
    """Without Kafka the demonstration runs on the hub's own log, holds as well, and says so."""
    for without in twice:
        assert without.summary.ok
        assert 1 == without.text.count("Kafka")
        assert "Uden Apache Kafka" in without.text


def test_another_seed_changes_names_and_figures(english: Played, folder: Path) -> None:
    """With another seed other people live another year, be they as many."""
    other = play(folder, citizens=FEW, seed=13, lang="da")

    assert other.summary.ok
    assert other.summary.name != english.summary.name
    assert other.summary.events != english.summary.events
    assert other.summary.audit.answers != english.summary.audit.answers


def test_each_language_is_spoken_alone(played: Played, english: Played) -> None:
    """The Danish run has no English words in it, and the English run no Danish."""
    said = set(re.findall(r"\w+", without_commands(english.text).casefold()))
    assert set() == said & set(DANISH.split())
    said = set(re.findall(r"\w+", without_commands(played.text).casefold()))
    assert set() == said & set(ENGLISH.split())


def without_commands(text: str) -> str:
    """What is printed, but for the commands to copy and the names."""
    return "\n".join(line for line in text.splitlines() if "bin/hub" not in line)


def test_it_fits_a_screen(played: Played, english: Played) -> None:
    """No line is wider than 80 columns, and none has colours or control characters in a file."""
    for text in (played.text, english.text):
        assert all(len(line) <= 80 for line in text.splitlines())
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
        assert all(line == line.rstrip() for line in text.splitlines())


def test_the_hope_is_quoted_word_for_word(played: Played, english: Played) -> None:
    """The hope is there, in quotation marks, as it was told."""
    assert '"Jeg vil have en hund og et arbejde, hvor der er dyr."' in " ".join(played.text.split())
    assert '"I want a dog, and a job where there are animals."' in " ".join(english.text.split())


class Alone(NamedTuple):
    """One run in a process of its own, and where it was."""

    done: "subprocess.CompletedProcess[str]"
    folder: Path


@pytest.fixture(scope="module")
def alone() -> Iterator[Alone]:
    """The run that the README quotes, as a person starts it: in a process of its own."""
    with own_folder() as folder:
        program = f"""
            import sys
            from datetime import datetime
            from pathlib import Path
            from hub.config import Settings
            from hub.example.demo import run
            home = Path({str(folder / "demo")!r})
            settings = Settings(home=home, root_key_file=home.with_name("demo.key"), demo=True)
            now = datetime.fromisoformat({QUOTED_ON!r})
            sys.exit(not run(settings, citizens=12, seed=1, out=sys.stdout, now=now).ok)
        """
        yield Alone(
            subprocess.run(
                [sys.executable, "-c", textwrap.dedent(program)],
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "LANG": "C"},
                cwd=ROOT,
            ),
            folder,
        )


def test_nothing_is_left_running(alone: Alone) -> None:
    """A demonstration in a process of its own ends with all that it started, and says so."""
    assert alone.done.returncode == 0, alone.done.stderr
    assert "Intet kører videre på maskinen." in alone.done.stdout
    deadline = time.monotonic() + 10
    while (left := using(alone.folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [] == left


def test_the_readme_quotes_it_line_for_line(alone: Alone) -> None:
    """What the README quotes of the demonstration stands in what it prints, line for line."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    quoted = readme.split("(all people in it are invented):\n\n```\n")[1].split("\n```")[0]

    assert len(quoted.splitlines()) >= 10
    assert quoted in alone.done.stdout


def using(folder: Path) -> list[str]:
    """The command lines of running processes that name a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder / "demo") in line:
            found.append(line)
    return found


def test_it_begins_anew_each_time(twice: tuple[Played, Played]) -> None:
    """Played twice in one place it is made anew, and the second run is as good as the first."""
    first, again = twice

    assert first.summary.ok
    assert again.summary.ok
    assert first.summary.events == again.summary.events


def test_a_folder_that_is_not_its_own_is_not_touched(folder: Path) -> None:
    """A folder with anything else in it is refused, and all that it holds is still there."""
    (folder / "demo").mkdir()
    (folder / "demo" / "letter.txt").write_text("dear", encoding="utf-8")

    with pytest.raises(Misconfigured, match="not touched"):
        play(folder, citizens=2)
    assert "dear" == (folder / "demo" / "letter.txt").read_text(encoding="utf-8")


def test_a_real_hub_is_not_touched(folder: Path) -> None:
    """A hub that is no demonstration keeps its database, whatever the settings say."""
    with open_hub(Settings(home=folder / "demo", root_key_file=folder / "demo.key")) as wired:
        stays = wired.settings.home / "postgres" / "data" / "PG_VERSION"

    with pytest.raises(Misconfigured, match="not touched"):
        play(folder, citizens=2)
    with pytest.raises(Misconfigured, match="its own"):
        run(
            Settings(home=folder / "demo", root_key_file=folder / "demo.key"),
            citizens=2,
            out=io.StringIO(),
        )
    assert stays.exists()


def test_a_demonstration_in_use_is_not_taken_away(folder: Path) -> None:
    """While another process uses the demonstration's database, a new run is refused."""
    settings = settings_in(folder)
    with open_hub(settings):
        with pytest.raises(Misconfigured, match="another window"):
            play(folder, citizens=2)


def test_a_municipality_of_nobody_is_refused(folder: Path) -> None:
    """There must be somebody to play a year for."""
    with pytest.raises(BadInput, match="citizens"):
        play(folder, citizens=0)
