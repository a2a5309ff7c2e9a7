"""Mail that says there is news: to those who chose it, at fixed times, and nothing in it of anybody."""

import re
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from hub.aggregates import Text
from hub.aggregates.voice import QuestionAsked, StrengthSuggested
from hub.application import commands
from hub.consumers.mailing import Mailer
from hub.consumers.notices import Notices
from hub.errors import MailUnavailable
from hub.postgres import Database
from tests.browsing import Site
from tests.building import CITIZEN, Town, rich, settle


class Post:
    """A real mail server of the test's own: what it took, and for whom."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], Message]] = []
        self.refuses: set[str] = set()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or refuse."""
        if address in self.refuses:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a message."""
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content)
        self.taken.append((str(envelope.mail_from), list(envelope.rcpt_tos), message))
        return "250 OK"

    @property
    def to(self) -> list[str]:
        """Who was written to."""
        return [address for _, addresses, _ in self.taken for address in addresses]


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """A town with somebody at each of four organisations."""
    return settle(database, tmp_path)


@pytest.fixture
def post() -> Post:
    """What the mail server takes."""
    return Post()


@pytest.fixture
def mailer(post: Post) -> Iterator[Mailer]:
    """A mail server on this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield Mailer("127.0.0.1", port, "none", None, None, "hub@kommune.example", "https://hub.example")
    finally:
        controller.stop()


@pytest.fixture
def notices(town: Town, mailer: Mailer) -> Notices:
    """What sends the mail."""
    wired = town.wired
    return Notices(wired.hub, wired.access, wired.overview, wired.due, mailer)


@pytest.fixture
def karla(town: Town) -> UUID:
    """A citizen with a coordinator who may know of questions and wishes."""
    citizen = rich(town)
    town.wired.catch_up()
    return citizen


def ask(town: Town, citizen: UUID, words: str = "Hvornår ringer I?") -> None:
    """The citizen asks something; an answer is due."""
    town.later()
    commands.tell(town.hub, CITIZEN, citizen, QuestionAsked, {"words": Text.of(words, "wishes")})
    town.wired.catch_up()


def next_quarter(town: Town) -> None:
    """Let time pass until the next fixed time is reached."""
    town.later(minutes=15)


def test_who_chose_it_is_told_that_there_is_news(
    town: Town, karla: UUID, notices: Notices, post: Post
) -> None:
    """On the next quarter of the hour one mail goes, and no second one for the same."""
    notices.choose("at_once", "mette@kommune.example", person=town.persons["mette"])
    notices.look()
    ask(town, karla)
    assert 0 == notices.look()
    assert [] == post.taken
    next_quarter(town)
    assert 1 == notices.look()
    next_quarter(town)
    assert 0 == notices.look()
    assert ["mette@kommune.example"] == post.to


def test_the_mail_tells_nothing(town: Town, karla: UUID, notices: Notices, post: Post) -> None:
    """No citizen, organisation, person or event is in it; sender, subject and words are the same for everybody."""
    notices.choose("at_once", "mette@kommune.example", person=town.persons["mette"])
    notices.choose("at_once", "lene@kommune.example", person=town.persons["lene"])
    notices.look()
    ask(town, karla, "Er min dosis rigtig?")
    next_quarter(town)
    notices.look()
    assert post.taken
    for sender, (address,), message in post.taken:
        whole = message.as_string().replace(address, "")
        assert sender == "hub@kommune.example"
        assert message["Subject"] == "Der er nyt i hubben"
        body = message.get_payload(decode=True)
        assert isinstance(body, bytes)
        for word in ("Karla", "Prøve", "dosis", "jobcentre", "psychiatry", "Mette", str(karla)):
            assert word not in whole + body.decode()
        assert re.search(r"00|15|30|45", message["Date"].split(":")[1])
        assert message["Date"].split(":")[2].startswith("00")
    assert 1 == len({message.get_payload() for _, _, message in post.taken})


def test_what_may_not_be_known_sends_no_mail(town: Town, karla: UUID, notices: Notices, post: Post) -> None:
    """Where nothing began that the person may know of, no mail goes: its coming would tell."""
    commands.withdraw_consent(town.hub, CITIZEN, karla, partner=town.partner("social_psychiatry"))
    town.wired.catch_up()
    notices.choose("at_once", "mette@kommune.example", person=town.persons["mette"])
    notices.look()
    ask(town, karla)
    next_quarter(town)
    assert 0 == notices.look()
    assert [] == post.taken
    town.consent(karla, "social_psychiatry", "wishes")
    ask(town, karla, "Og nu?")
    next_quarter(town)
    assert 1 == notices.look(), "the same question, permitted, is news"
    print("control: caught")


def test_once_a_day_is_at_seven(town: Town, karla: UUID, notices: Notices, post: Post) -> None:
    """The daily mail waits until seven the next morning, and comes once."""
    notices.choose("daily", "mette@kommune.example", person=town.persons["mette"])
    ask(town, karla)
    for _ in range(4 * 19):  # from ten in the morning until before seven
        next_quarter(town)
        notices.look()
    assert [] == post.taken
    for _ in range(4 * 6):
        next_quarter(town)
        notices.look()
    assert ["mette@kommune.example"] == post.to


def test_a_citizen_is_told_when_something_waits_for_them(
    town: Town, karla: UUID, notices: Notices, post: Post
) -> None:
    """A citizen who chose it has a mail when a question to them is there."""
    notices.choose("at_once", "karla@post.example", citizen=karla)
    notices.look()
    town.later()
    strength = {"words": Text.of("God til at lytte", "wishes")}
    commands.tell(town.hub, town.actor("mette"), karla, StrengthSuggested, strength)
    town.wired.catch_up()
    next_quarter(town)
    notices.look()
    assert ["karla@post.example"] == post.to


def test_no_choice_and_no_server_is_no_mail(town: Town, karla: UUID, notices: Notices, post: Post) -> None:
    """Off is off: who took the choice back, or never made it, is written to no more."""
    mette = town.persons["mette"]
    notices.choose("at_once", "mette@kommune.example", person=mette)
    notices.choose(None, person=mette)
    assert notices.choice(person=mette) is None
    ask(town, karla)
    next_quarter(town)
    assert 0 == notices.look()
    assert not town.wired.notices().possible
    assert 0 == town.wired.notices().look()


def test_a_server_that_is_down_is_tried_at_the_next_fixed_time(
    town: Town, karla: UUID, notices: Notices, post: Post, mailer: Mailer
) -> None:
    """What could not be sent goes at the next quarter, not in between; nothing in the error names anybody."""
    wired = town.wired
    down = Notices(wired.hub, wired.access, wired.overview, wired.due, mailer._replace(port=1))
    notices.choose("at_once", "mette@kommune.example", person=town.persons["mette"])
    notices.look()
    ask(town, karla)
    next_quarter(town)
    assert 0 == down.look()
    assert 0 == notices.look()
    next_quarter(town)
    assert 1 == notices.look()
    with pytest.raises(MailUnavailable) as refused:
        mailer._replace(port=1).send(["mette@kommune.example"], town.clock())
    assert "mette" not in str(refused.value)


def test_an_address_that_is_refused_holds_nobody_up(
    town: Town, karla: UUID, notices: Notices, post: Post
) -> None:
    """One address that the server does not take is left out; the others have their mail."""
    post.refuses.add("lene@kommune.example")
    for slug in ("lene", "mette"):
        notices.choose("at_once", f"{slug}@kommune.example", person=town.persons[slug])
    town.consent(karla, "authority", "wishes", purposes="casework")
    notices.look()
    ask(town, karla)
    next_quarter(town)
    notices.look()
    assert ["mette@kommune.example"] == post.to


def test_the_address_lies_sealed(town: Town, notices: Notices) -> None:
    """The table with people's choices holds no mail address that can be read there."""
    notices.choose("daily", "mette@kommune.example", person=town.persons["mette"])
    with town.database.connection() as connection:
        stored = str(connection.execute("SELECT notices::text FROM notices").fetchall())
    assert "mette" not in stored
    assert b"mette@kommune".hex() not in stored
    choice = notices.choice(person=town.persons["mette"])
    assert choice is not None
    assert ("daily", "mette@kommune.example") == choice


def test_people_choose_on_their_own_page(town: Town, karla: UUID) -> None:
    """A wrong address is refused with what was written kept; a right one is remembered, and can be taken back."""
    settings = town.wired.settings.model_copy(
        update={"smtp_host": "127.0.0.1", "mail_from": "hub@kommune.example"}
    )
    object.__setattr__(town.wired, "settings", settings)
    site = Site(town)
    for client, at in ((site.as_("mette"), "/kalender"), (site.as_(karla), "/mit/kalender")):
        wrong = client.post(f"{at}/besked", how="daily", mail="ikke en adresse")
        assert wrong.status_code == 422
        assert "ikke en adresse" in wrong.text
        assert 'href="#f-mail"' in wrong.text
        kept = client.followed(f"{at}/besked", how="daily", mail="navn@eksempel.dk")
        assert "navn@eksempel.dk" in kept.text
        assert "navn@eksempel.dk" not in client.followed(f"{at}/besked", how="no", mail="").text
