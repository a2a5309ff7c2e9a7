"""Login at a real provider: who is let in, as whom, and who is not; the second login before emergency access."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from starlette.requests import Request

from hub.config import Settings
from hub.postgres import Database
from hub.web.api.callers import Machine, NotAuthenticated
from hub.web.claims import meaning_of
from hub.web.gates import COOKIE
from hub.web.oidc import Provider as ProviderClient
from hub.web.oidc import provider_of
from hub.web.tokens import bearers
from tests.browsing import Client, Site
from tests.building import Town, settle
from tests.provider import PASSWORD, SECRET, Provider, Someone

CPR = "0101801234"
BACK = "http://127.0.0.1/login/tilbage"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """A real provider with people in it."""
    people = (
        Someone("mette"),
        Someone("lene"),
        Someone("ann"),
        Someone("nobody"),
        Someone("revisor", ("hub-revision",)),
        Someone("karla", ("hub-borger",), CPR),
        Someone("stranger", ("hub-borger",), "0202801234"),
        Someone("roleless", ("others",)),
    )
    with Provider(people, BACK) as running:
        yield running


@pytest.fixture(scope="module")
def town(lasting_database: Database, provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town whose people log in at the provider."""
    folder = tmp_path_factory.mktemp("town")
    made = settle(lasting_database, folder)
    settings = made.wired.settings
    given = {**settings.model_dump(), **provider.settings(folder)}
    object.__setattr__(made.wired, "settings", Settings(**given))
    return made


@pytest.fixture(scope="module")
def site(town: Town) -> Site:
    """Its pages."""
    return Site(town)


@pytest.fixture(scope="module")
def karla(town: Town) -> Any:
    """A citizen with a CPR number."""
    citizen = town.enrol(cpr=CPR)
    town.task(citizen, "mette", "coordinator")
    town.wired.catch_up()
    return citizen


@pytest.fixture(autouse=True)
def some_time(town: Town) -> None:
    """Each test comes an hour after the one before: nobody has tried too often."""
    town.later(hours=1)


def logged_in(site: Site, provider: Provider, who: str, client: Client | None = None) -> Client:
    """Somebody's browser, after the provider sent it back here."""
    client = client or site.as_(None)
    there = client.get("/login/begynd").headers["location"]
    client.answer = client.get(provider.log_in(there, who))  # type: ignore[attr-defined]
    return client


def test_a_coordinator_logs_in_and_out(site: Site, provider: Provider) -> None:
    """Somebody whom the hub knows types their password at the provider, sees their overview, and logs out of both."""
    mette = logged_in(site, provider, "mette")
    front = mette.get("/")
    assert 200 == front.status_code
    assert "Mette Prøve" in front.text

    csrf = front.text.split('name="csrf" value="')[1].split('"')[0]
    out = mette.post("/logud", csrf=csrf)
    assert out.headers["location"].startswith(f"{provider.issuer}/oauth/end_session?client_id=hub")
    assert provider.issuer in front.headers["content-security-policy"].split("form-action")[1].split(";")[0]
    assert (303, "/login") == (mette.get("/").status_code, mette.get("/").headers["location"])


def test_the_way_to_the_provider_is_bound_to_the_browser(site: Site) -> None:
    """The address has PKCE (S256), a state and a nonce, all new each time, and the browser's cookie is HttpOnly."""
    first, second = (site.as_(None).get("/login/begynd") for _ in range(2))
    asked, other = (parse_qs(urlsplit(one.headers["location"]).query) for one in (first, second))

    assert ["S256"] == asked["code_challenge_method"]
    assert 43 == len(asked["code_challenge"][0])
    assert all(asked[name] != other[name] for name in ("state", "nonce", "code_challenge"))
    cookie = first.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_a_citizen_is_found_by_the_cpr_number(site: Site, provider: Provider, karla: Any) -> None:
    """A citizen who logs in sees their own pages, and the number stands in no address and no page."""
    browser = logged_in(site, provider, "karla")
    page = browser.get("/mit")

    assert 200 == page.status_code
    assert "Karla Prøve" in page.text
    assert CPR not in page.text
    assert "/" == browser.answer.headers["location"]  # type: ignore[attr-defined]
    assert 403 == browser.get("/borgere").status_code


@pytest.mark.parametrize("who", ["nobody", "stranger", "roleless"])
def test_somebody_unknown_is_told_so_politely(site: Site, provider: Provider, karla: Any, who: str) -> None:
    """Whom the hub does not know is told so, whom to ask, and is not let in."""
    browser = logged_in(site, provider, who)
    answer = browser.answer  # type: ignore[attr-defined]

    assert 403 == answer.status_code
    assert "Hubben kender dig ikke endnu" in answer.text
    assert COOKIE not in browser.cookies
    assert 303 == browser.get("/").status_code


def test_an_answer_that_is_not_this_browsers_lets_nobody_in(site: Site, provider: Provider) -> None:
    """Another browser, another state, another code, or the same answer twice: the login begins anew."""
    one, other = site.as_(None), site.as_(None)
    there = one.get("/login/begynd").headers["location"]
    back = provider.log_in(there, "mette")

    for client, address in (
        (other, back),
        (site.as_(None), "/login/tilbage?code=x&state=y"),
    ):
        answer = client.get(address)
        assert 400 == answer.status_code
        assert "Begynd forfra" in answer.text
    assert 303 == one.get(back).status_code
    assert 400 == one.get(back).status_code

    again = site.as_(None)
    query = parse_qs(urlsplit(again.get("/login/begynd").headers["location"]).query)
    forged = again.get(f"/login/tilbage?code=made-up&state={query['state'][0]}&iss={provider.issuer}")
    assert 400 == forged.status_code
    wrong = site.as_(None)
    query = parse_qs(urlsplit(wrong.get("/login/begynd").headers["location"]).query)
    mixed = wrong.get(f"/login/tilbage?code=x&state={query['state'][0]}&iss=https://elsewhere.example")
    assert 400 == mixed.status_code


def test_a_session_that_was_fixed_before_the_login_is_worth_nothing(
    site: Site, provider: Provider, town: Town
) -> None:
    """Whoever planted a session in the browser beforehand is not logged in with it afterwards."""
    planted = site.sessions.begin("staff", person=town.persons["ann"])
    browser = site.as_(None)
    browser.cookies.set(COOKIE, planted.token)
    logged_in(site, provider, "mette", browser)

    given = [one.value for one in browser.cookies.jar if one.name == COOKIE and one.value != planted.token]
    assert given
    assert site.sessions.find(planted.token) is None
    thief = site.as_(None)
    thief.cookies.set(COOKIE, "chosen-by-somebody-else")
    assert 303 == thief.get("/").status_code


def test_emergency_access_asks_for_a_second_login(
    site: Site, provider: Provider, town: Town, karla: Any
) -> None:
    """Before emergency access the password is typed again, also by somebody who is logged in at the provider."""
    with httpx.Client(trust_env=False) as at_provider:
        mette = site.as_(None)
        first = provider.log_in(mette.get("/login/begynd").headers["location"], "mette", at_provider)
        assert 303 == mette.get(first).status_code
        assert 'action="/vaerdispring"' not in mette.get("/vaerdispring").text

        there = mette.get("/login/igen").headers["location"]
        assert {"prompt": ["login"]}.items() <= parse_qs(urlsplit(there).query).items()
        typed: list[bytes] = []
        at_provider.event_hooks["request"].append(lambda request: typed.append(request.read()))
        back = mette.get(provider.log_in(there, "mette", at_provider))
        assert any(PASSWORD.split(" ", maxsplit=1)[0].encode() in body for body in typed)
    assert (303, "/vaerdispring") == (back.status_code, back.headers["location"])
    form = mette.get("/vaerdispring")
    assert 'action="/vaerdispring"' in form.text

    csrf = form.text.split('name="csrf" value="')[1].split('"')[0]
    opened = mette.post(
        "/vaerdispring", csrf=csrf, borger=CPR, reason="Svarer ikke", reason_label="health", how="ringet"
    )
    assert 303 == opened.status_code, opened.text
    assert "Værdispringet er åbent" in mette.get(opened.headers["location"]).text


def test_another_persons_second_login_steps_nobody_up(site: Site, provider: Provider, town: Town) -> None:
    """A colleague's password does not open emergency access in somebody's session."""
    mette = logged_in(site, provider, "mette")
    answer = mette.get(provider.log_in(mette.get("/login/igen").headers["location"], "lene"))

    assert 400 == answer.status_code
    assert 'action="/vaerdispring"' not in mette.get("/vaerdispring").text


def test_a_login_long_ago_is_no_second_login(
    site: Site, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider that says somebody logged in before the hub asked again steps nobody up."""
    mette = logged_in(site, provider, "mette")
    there = mette.get("/login/igen").headers["location"]
    with site.town.database.connection() as connection:
        connection.execute("UPDATE web_logins SET begun = begun + 3600")
    assert 400 == mette.get(provider.log_in(there, "mette")).status_code
    assert 'action="/vaerdispring"' not in mette.get("/vaerdispring").text


def test_too_many_logins_are_refused_for_a_while(site: Site, town: Town) -> None:
    """The thirty-first login within five minutes from one address is asked to wait, and later it is welcome."""
    browser = site.as_(None)
    answers = [browser.get("/login/begynd").status_code for _ in range(31)]

    assert [303] * 30 + [429] == answers
    assert "For mange forsøg" in browser.get("/login/begynd").text
    town.later(minutes=6)
    assert 303 == browser.get("/login/begynd").status_code


def test_a_provider_that_is_away_is_said_to_be(town: Town) -> None:
    """Nobody is let in while the login service does not answer, and the page says so."""
    site = Site(town)
    site.app._app.state.provider = ProviderClient("http://127.0.0.1:9", "hub", SECRET)
    assert 503 == site.as_(None).get("/login/begynd").status_code


# Partners' systems.


def request_of(site: Site, token: str | None) -> Request:
    """A call with a bearer token."""
    headers = [] if token is None else [(b"authorization", f"Bearer {token}".encode())]
    return Request({"type": "http", "headers": headers, "app": site.app._app, "method": "GET", "path": "/"})


@pytest.fixture(scope="module")
def whose(town: Town) -> Any:
    """What tells whose token came."""
    settings = town.wired.settings
    meaning = meaning_of(settings.oidc_claims)
    return bearers(provider_of(settings, meaning.scopes), meaning)


def test_a_partners_system_is_known_by_its_token(
    site: Site, provider: Provider, town: Town, whose: Any
) -> None:
    """A token by client credentials, opaque or signed, stands for the organisation that the file names."""
    jobcentre = Machine(town.partner("jobcentre"), on_behalf=True)

    assert jobcentre == whose(request_of(site, provider.machine_token()))
    assert jobcentre == whose(request_of(site, provider.signed({})))
    assert whose(request_of(site, None)) is None


def test_a_token_that_is_no_good_lets_no_system_in(site: Site, provider: Provider, whose: Any) -> None:
    """Expired, for another, by another, unsigned, too narrow, of a stranger, or an ID token: none is taken."""
    other = RSAKey.generate_key(2048, auto_kid=True)
    unsigned = provider.signed({}).rsplit(".", 1)[0] + "."
    bad = {
        "expired": provider.signed({"exp": 1}),
        "for another": provider.signed({"aud": "another"}),
        "by another": provider.signed({"iss": "https://elsewhere.example"}),
        "without scope": provider.signed({"scope": "openid"}),
        "unknown system": provider.signed({"client_id": "unknown"}),
        "an ID token": provider.signed({"nonce": "n"}),
        "another's key": provider.signed({}, other),
        "another's key under a known name": provider.signed({}, other, kid=provider.key.kid),
        "unsigned": unsigned,
        "nonsense": "nonsense",
        "long": "x" * 10_000,
    }
    taken = []
    for name, token in bad.items():
        try:
            whose(request_of(site, token))
            taken.append(name)
        except NotAuthenticated:
            pass
    assert [] == taken
    assert isinstance(whose(request_of(site, provider.signed({}))), Machine)
    print("control: caught")
