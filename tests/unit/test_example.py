"""The invented municipality, before anything of it is played."""

import io
import re
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from hub.aggregates import TOLD, Text
from hub.clock import COPENHAGEN
from hub.example.demo import HUB
from hub.example.episodes import EPISODES, STORIES
from hub.example.municipality import Municipality, municipality
from hub.example.names import _FIRST_HALF, _SECOND_HALF, FIRST, invented_names, practice_cpr
from hub.example.screen import Screen
from hub.example.story import AGE, last_day
from hub.example.town import EVERY, town
from hub.vocabulary import label_names

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def place() -> Municipality:
    """A municipality of 60 citizens."""
    return municipality(4, 60, NOW)


def test_the_same_seed_writes_the_same_commands(place: Municipality) -> None:
    """Seed, size and day decide every command: ids, times, words and order."""
    again = municipality(4, 60, NOW)

    assert place.founding == again.founding
    assert place.steps == again.steps


def test_another_seed_writes_another_year(place: Municipality) -> None:
    """Another seed gives other people with other names, and other commands."""
    other = municipality(5, 60, NOW)

    assert {life.id for life in place.lives}.isdisjoint(life.id for life in other.lives)
    assert place.lives[0].identity.name != other.lives[0].identity.name
    assert len(place.steps) != len(other.steps)


def test_cpr_numbers_are_test_numbers(place: Municipality) -> None:
    """Each number has 60 added to its day and a letter in its serial, and no two citizens share one."""
    numbers = [life.identity.cpr or "" for life in place.lives]

    assert len(set(numbers)) == len(numbers) == 60
    for life, number in zip(place.lives, numbers, strict=True):
        assert re.fullmatch(r"\d{6}[A-Z]\d{3}", number)
        born = date.fromisoformat(life.identity.born or "")
        assert (int(number[:2]) - 60, number[2:6]) == (born.day, f"{born:%m%y}")


def test_numbers_stay_unique_when_many_share_a_birthday() -> None:
    """A thousand citizens born on one day get a thousand numbers."""
    taken: set[str] = set()

    assert 1_000 == len({practice_cpr(Random(1), date(1980, 2, 3), taken) for _ in range(1_000)})


def test_no_two_people_share_a_name(place: Municipality) -> None:
    """Citizens and staff all have names of their own, and short names serve the command line."""
    staff = [worker for workers in place.town.workers.values() for worker in workers]
    relatives = place.town.relatives
    names = [life.identity.name for life in place.lives] + [one.name for one in [*staff, *relatives]]

    assert len(names) == len(set(names))
    slugs = [one.slug for one in [*staff, *relatives]]
    assert len(slugs) == len(set(slugs))
    assert all(re.fullmatch(r"[a-z]+\d*", slug) for slug in slugs)


def test_thousands_of_names_can_be_had() -> None:
    """There are names enough for the largest municipality."""
    assert 6_000 == len(set(invented_names(Random(2), 6_000)))


def test_the_year_lies_in_the_past_and_moves_forward(place: Municipality) -> None:
    """Commands come in order of time, within the year, and nothing happens after it was written down."""
    times = [step.at for step in place.steps]

    assert times == sorted(times)
    assert place.founding[0].at <= times[0]
    assert times[-1] < place.town.end <= NOW
    assert all(step.occurred is None or step.occurred <= step.at for step in place.steps)


def test_every_kind_of_command_is_in_the_year() -> None:
    """Three municipalities of 200 live through everything that the rules are about."""
    seen = {step.verb for seed in (1, 2, 3) for step in municipality(seed, 200, NOW).steps}

    wanted = """
        enrol assign release_coordinator tell_hope retell_hope record_contact record_death give_consent
        narrow_consent renew_consent withdraw_consent expire_consents refuse_consent set_block lift_block agree_text
        open_plan plan.set_goal plan.reword_goal plan.progress_goal plan.reach_goal plan.let_goal_go
        plan.grant_support plan.adjust_support plan.end_support plan.close convene meeting.invite meeting.approve
        meeting.withdraw_approval meeting.hold meeting.cancel meeting.agree meeting.complete meeting.delay
        meeting.drop propose_handover handover.accept handover.mark_read handover.decline handover.complete
        handover.withdraw confirm_consent register_basis open_emergency read_in_emergency close_emergency
        review_emergency register_representative protect_address make_crisis_agreement note_treatment correct relabel
        dispute misfile look tell cooperate change_coordinator change_contact_person close_citizen reopen_citizen
        end_relation end_representative unprotect_address end_basis record_disclosure
    """
    assert set() == set(wanted.split()) - seen


def test_every_event_that_says_its_own_rule_is_told_by_somebody() -> None:
    """In each of three municipalities of 200 every such event is somebody's, by a command of its own or within one."""
    within = {
        "citizen.closed", "citizen.reopened", "citizen.crisis_agreement_made", "citizen.treatment_noted",
        "handover.carried_over", "handover.let_go",
    }  # fmt: skip
    for seed in (1, 2, 3):
        told = {step.args[0] for step in municipality(seed, 200, NOW).steps if step.verb == "tell"}
        assert {topic.rsplit(".v", 1)[0] for topic in TOLD} == told | within


def test_every_citizen_lives_through_one_small_story() -> None:
    """There are forty of them, and each is a different one."""
    assert EVERY == len({*EPISODES, *STORIES}) == len(EPISODES) + len(STORIES)


def test_nothing_ordinary_happens_after_closing(place: Municipality) -> None:
    """Once the cooperation is closed nothing is written down, unless somebody comes back."""
    for closing in (step for step in place.steps if step.verb == "close_citizen"):
        later = [step for step in place.steps if step.citizen == closing.citizen and step.at > closing.at]
        assert not later or later[0].verb == "reopen_citizen"


def test_each_story_about_permission_is_somebodys() -> None:
    """Forty citizens and the main character are enough for every story, and few citizens live through one."""
    place = municipality(3, EVERY + 1, NOW)
    about = {step.verb for step in place.steps} & {
        "confirm_consent", "register_basis", "open_emergency", "register_representative", "protect_address",
        "correct", "relabel", "dispute", "misfile", "look",
    }  # fmt: skip

    assert 10 == len(about)
    assert len(EPISODES) < EVERY / 2


def test_what_was_spoken_was_heard_by_somebody_else() -> None:
    """A spoken consent has a witness who neither registers it nor works where it goes; some lapse, some count."""
    spoken = [step for step in municipality(1, 200, NOW).steps if step.named.get("form") == "spoken"]
    town = municipality(1, 200, NOW).town
    where = {worker.id: worker for workers in town.workers.values() for worker in workers}

    assert spoken
    for step in spoken:
        witness = where[step.named["witness"]]
        assert witness.slug != step.by
        assert witness.organisation.id != step.args[0]


def test_emergencies_are_at_night_and_reviewed_by_somebody_else() -> None:
    """Each is opened between midnight and six, read soon after, and looked at afterwards by another person."""
    steps = municipality(1, 200, NOW).steps
    opened = [step for step in steps if step.verb == "open_emergency"]

    assert len(opened) > 1
    for step in opened:
        later = [one for one in steps if one.citizen == step.citizen and one.at >= step.at]
        read = next(one for one in later if one.verb == "read_in_emergency")
        reviews = [one for one in later if one.verb == "review_emergency"]
        assert step.at.astimezone(COPENHAGEN).hour < 6
        assert read.by == step.by
        assert read.at - step.at < timedelta(hours=8)
        assert all(one.by not in {step.by, step.named.get("confirmed_by")} for one in reviews)


def test_each_command_of_a_life_has_an_id_of_its_own() -> None:
    """Also where a death cut the year short: a command with another's id would never be carried out."""
    steps = municipality(1, 200, NOW).steps

    assert len(steps) == len({step.command for step in steps})


def test_nothing_happens_to_the_dead(place: Municipality) -> None:
    """After a death no command is written for that citizen."""
    everybody = municipality(1, 200, NOW)
    for death in (step for step in everybody.steps if step.verb == "record_death"):
        later = [step for step in everybody.steps if step.citizen == death.citizen and step.at > death.at]
        assert [] == later


def test_every_text_has_labels(place: Municipality) -> None:
    """Whatever people write says what it is about; absence is labelled as such."""
    texts = [value for step in place.steps for value in step.named.values() if isinstance(value, Text)]

    assert texts
    assert all(text.labels and set(text.labels.split()) <= set(label_names(~0)) for text in texts)
    absences = [step.named["absence"] for step in place.steps if "absence" in step.named]
    assert absences
    assert {"attendance"} == {absence.labels for absence in absences}


def test_the_jobcentre_writes_nothing_about_the_main_character(place: Municipality) -> None:
    """What the jobcentre sees of the main character rests on the consent alone: it records nothing, and is no party."""
    town, jobcentre = place.town, place.town.partner("jobcentre")
    own = {worker.slug for worker in town.workers["jobcentre"]}
    steps = [step for step in place.steps if step.citizen == place.main.citizen]

    assert own.isdisjoint(step.by for step in steps)
    assert all(jobcentre not in step.named.get("parties", ()) for step in steps)
    assert all(jobcentre != step.named.get("owner") for step in steps)


def test_the_main_character_is_thirty_four(place: Municipality) -> None:
    """Age and the consent's last day follow the day of the run: the day lies after it, the first of a month."""
    born = date.fromisoformat(place.lives[0].identity.born or "")
    today = NOW.date()

    assert AGE == today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    assert last_day(place.town) == date(2027, 3, 1)


def test_the_story_is_told_in_the_language_of_the_run() -> None:
    """The main character speaks the language of the run; the commands are the same."""
    danish, english = municipality(4, 3, NOW), municipality(4, 3, NOW, "en")

    assert [s.command for s in danish.steps] == [s.command for s in english.steps]
    assert danish.steps != english.steps


def test_the_longest_name_fits_the_screen() -> None:
    """Whatever the names, a heading is wrapped and a command to copy stays on one line of 80 columns."""
    longest = max(FIRST, key=len) + " " + max(_FIRST_HALF, key=len) + max(_SECOND_HALF, key=len)
    out = io.StringIO()
    Screen(out).heading(f"[3/5] {longest}, 34 år.  Tovholder: {longest}, socialpsykiatrien")

    assert all(len(line) <= 80 for line in out.getvalue().splitlines())
    assert len(f"  {HUB} view hjemmepleje '{longest}' --as citizen") <= 80


@pytest.mark.parametrize("seed", range(20))
def test_the_main_characters_consent_lasts_on(seed: int) -> None:
    """On every day of the year the consent to the jobcentre ends after the run, on the first of a month."""
    day = NOW + timedelta(days=19 * seed)
    last = last_day(town(seed, 1, day))

    assert last.day == 1
    assert 60 < (last - day.date()).days < 130
