"""The decision, rule 7: whose words, which labels, and when it happened, once something more was said of an item."""

from typing import Any

import pytest

from hub.application.disclosure import Disclosure, Shown, Viewer
from hub.application.standing import State
from hub.items import Item
from hub.statements import Statement
from hub.vocabulary import Channel
from tests.deciding import (
    ANNA,
    ANY,
    CLINIC,
    CONSENT,
    CORRECTION,
    HOUR,
    LATER,
    NOW,
    SCREEN,
    STRANGER,
    SUPPORT,
    THEM,
    US,
    block,
    corrected,
    field,
    grant,
    granted,
    item,
    misfiled,
    moved,
    names,
    relabelled,
    state,
    task,
)

HOPE = item()
OURS = item(source=US)


def look(said: State, **how: Any) -> Viewer:
    """We look, through our topic unless the test says something else."""
    return said.viewer(US, NOW, **{"purpose": "support", **how})


def whose(said: State, which: Item = HOPE, **how: Any) -> Any:
    """Whose words we are shown: "absent", None for the original, or the event of a correction."""
    found = look(said, **how).disclose(which)
    return "absent" if found is None else found.fields[0].words


def test_the_latest_words_are_shown() -> None:
    """With a consent the reader sees the last correction; uncorrected fields keep their words."""
    two = item(field("a"), field("words"))
    said = state(grant(), corrected(), corrected(correction=LATER))

    assert (Shown("a", SUPPORT), Shown("words", SUPPORT, LATER)) == look(said).disclose(two).fields  # type: ignore[union-attr]
    assert LATER == whose(state(granted(), corrected(), corrected(correction=LATER)))


def test_a_field_carries_old_labels_and_new() -> None:
    """A correction adds the labels of its words; the old ones stay until the citizen removes them."""
    said = state(grant("wishes"), corrected(labels="health"))
    viewer = look(said)

    assert "absent" == whose(said)
    assert names("wishes", "health") == viewer.labels(field(), said.amendment(HOPE.event_id))
    assert CORRECTION == whose(state(grant("wishes health"), corrected(labels="health")))
    assert CORRECTION == whose(
        state(grant("wishes"), corrected(labels="health"), relabelled(remove="health"))
    )


def test_the_correctors_name_joins_the_existence() -> None:
    """Whoever may not know of the corrector is not shown the item; an unknown corrector hides it altogether."""
    said = state(grant("wishes"), corrected(by=CLINIC))

    assert "absent" == whose(said)
    assert names("wishes", "addiction") == look(said).existence(HOPE, said.amendment(HOPE.event_id))
    assert CORRECTION == whose(state(grant("wishes addiction"), corrected(by=CLINIC)))
    assert "absent" == whose(state(grant(), corrected(by=STRANGER)))


def test_the_corrector_must_be_covered_as_a_source() -> None:
    """A consent that names its sources covers an item when it names everybody who wrote in it."""
    sources = [str(THEM)]

    assert CORRECTION == whose(state(grant(sources=sources), corrected(by=THEM)), item(source=THEM))
    assert "absent" == whose(state(grant(sources=sources), corrected()), item(source=THEM))


def test_every_time_that_was_given_must_be_covered() -> None:
    """Original and corrected times must both be covered; what we are told is the last."""
    window = {"happened_from": 5, "happened_to": 9, "include_undated": False}

    def happened(*said: Statement, at: int | None = 6) -> Any:
        found = look(state(grant(window=window), *said)).disclose(item(occurred_at=at))
        return found and found.happened

    assert 7 == happened(moved(8), moved(7))
    assert happened(moved(4)) is None
    assert happened(moved(9), moved(7)) is None
    assert happened(moved(7), at=4) is None


def test_a_recorder_sees_its_own_words_unless_rule_2_permits_the_others() -> None:
    """Without a grant to it, the recorder is shown what it wrote itself; with one it is shown the latest."""
    by_us, by_them = corrected(by=US), corrected(by=THEM, correction=LATER)

    assert whose(state(task(), by_them), OURS) is None
    assert CORRECTION == whose(state(task(), by_us, by_them), OURS)
    assert CORRECTION == whose(state(task(), by_us, corrected(correction=LATER)), OURS)
    assert LATER == whose(state(grant(purposes="support treatment"), by_us, by_them), OURS)
    assert CORRECTION == whose(state(grant("plan", "support treatment"), by_us, by_them), OURS)


def test_a_grant_for_some_purposes_is_enough_only_for_who_asks_for_one() -> None:
    """On a topic every registered purpose must be granted; a person is shown the latest for the purpose asked."""
    said = state(grant(), task(), corrected(by=THEM))
    treating = state(grant(), task(purpose="treatment"), corrected(by=THEM))

    assert whose(said, OURS) is None
    assert whose(said, OURS, channel=Channel.API) is None
    assert CORRECTION == whose(said, OURS, channel=SCREEN, person=ANNA)
    assert whose(treating, OURS, channel=SCREEN, person=ANNA, purpose="treatment") is None


def test_each_field_has_its_own_words() -> None:
    """Of two corrected fields the recorder sees the latest words of the one that it was granted."""
    two = item(field("words"), field("other", "health"), source=US)
    said = state(
        grant("wishes", "support treatment"),
        corrected(by=THEM),
        corrected("other", by=THEM, correction=LATER),
    )

    expected = (Shown("words", ANY, CORRECTION), Shown("other", ANY, None))
    assert Disclosure("own", ANY, expected, 1000 * HOUR) == look(said).disclose(two)


def test_a_recorder_is_told_the_time_it_said_itself() -> None:
    """When it happened follows the same rule: its own latest, unless a grant lets it know of the event."""

    def happened(*said: Statement, which: Item = OURS, **how: Any) -> Any:
        found = look(state(*said), **how).disclose(which)
        return found and found.happened

    assert 1000 * HOUR == happened(task(), moved(7, THEM))
    assert 8 == happened(task(), moved(8, US), moved(7, THEM))
    window = {"happened_from": 0, "happened_to": None, "include_undated": False}
    assert 7 == happened(grant(purposes="support treatment", window=window), moved(8, US), moved(7, THEM))
    assert 8 == happened(grant(window=window), moved(8, US), moved(7, THEM))
    assert 7 == happened(
        grant(window=window), task(), moved(8, US), moved(7, THEM), channel=SCREEN, person=ANNA
    )
    assert 7 == happened(granted(), moved(8, US), moved(7, THEM), which=HOPE)


@pytest.mark.parametrize("event", ["consents.given", "consents.refused"])
@pytest.mark.parametrize("channel", [Channel.TOPIC, Channel.API])
def test_who_registered_a_consent_is_told_what_was_put_right_in_it(event: str, channel: Channel) -> None:
    """Who registered a consent or a refusal is shown the corrected words where a grant permits them."""
    how, both = {"channel": channel}, "support treatment"
    ours = item(field("words", "contact"), event=event, labels="contact", source=US, named=THEM)
    window = {"happened_from": 0, "happened_to": None, "include_undated": False}

    def happened(*said: Statement) -> Any:
        found = look(state(*said), **how).disclose(ours)
        return found and found.happened

    assert CORRECTION == whose(state(grant("contact", both), corrected()), ours, **how)
    assert whose(state(task(), corrected()), ours, **how) is None
    assert whose(state(grant("wishes", both), corrected()), ours, **how) is None
    assert whose(state(grant("contact"), corrected()), ours, **how) is None
    assert "absent" == whose(state(grant("contact", both), corrected()), ours._replace(source=THEM), **how)
    assert 7 == happened(grant("contact", both, window=window), moved(8, US), moved(7, THEM))
    assert 8 == happened(grant("wishes", both, window=window), moved(8, US), moved(7, THEM))


def test_blocks_are_judged_on_the_labels_now() -> None:
    """A label that has come since is blocked as well, also for the recorder."""
    for which in (HOPE, OURS):
        assert "absent" == whose(state(grant(), block("health"), relabelled(add="health")), which)
        assert "absent" == whose(state(grant(), block("health"), relabelled(None, "health")), which)
        assert () == look(state(grant(), block("health"), relabelled(add="health"))).consented(which)
        assert () == look(state(grant(), block("health"), relabelled(None, "health"))).consented(which)


def test_the_existence_is_judged_as_it_is_labelled_now() -> None:
    """A label added to the existence must be granted; one removed need not be."""
    assert "absent" == whose(state(grant("wishes"), relabelled(None, "health")))
    assert whose(state(grant("wishes"), relabelled(None, "wishes", "health")), item(labels="health")) is None
    assert "absent" == whose(state(grant(), relabelled(None, "", "wishes")))


@pytest.mark.parametrize("which", [HOPE, OURS])
def test_misfiled_words_are_gone_for_every_reader(which: Item) -> None:
    """Free text is lost, corrected or not, to the recorder as well; what is no text stays."""
    mixed = which._replace(fields=(field("text", text=True), field("kind"), field("more", text=True)))
    said = state(grant(), granted(), misfiled(), corrected("text"))

    assert ("kind",) == tuple(each.name for each in look(said).disclose(mixed).fields)  # type: ignore[union-attr]
    assert look(said).disclose(which._replace(fields=(field(text=True),))) is None
    assert (CONSENT,) == look(said).consented(mixed)
    assert () == look(said).consented(which._replace(fields=(field(text=True),)))
    assert (CONSENT,) == look(state(grant())).consented(which._replace(fields=(field(text=True),)))
    assert "absent" != whose(state(grant()), which._replace(fields=(field(text=True),)))


def test_an_amendment_of_another_item_changes_nothing() -> None:
    """Corrections are those of the item itself."""
    said = state(grant(), corrected())

    assert whose(said, HOPE._replace(event_id=ANNA)) is None
