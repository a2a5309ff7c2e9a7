"""A real OpenID Connect provider (canaille) in a process of its own, on loopback, with people and a client in memory.

with Provider(people, back="http://127.0.0.1/login/tilbage") as provider:
    provider.settings(folder)                     # what the hub is given
    provider.log_in(browser, "mette")             # a browser goes through the provider's own pages
"""

import json
import os
import re
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT: Final = "hub"
SECRET: Final = "the-hubs-own-secret"
PASSWORD: Final = "correct horse battery"
SYSTEM: Final = "jobcentre-system"
SYSTEM_SECRET: Final = "the-systems-own-secret"


class Someone(NamedTuple):
    """A person at the provider."""

    name: str
    groups: tuple[str, ...] = ("hub-staff",)
    cpr: str = ""
    organisation: str = ""


MEANING: Final = """
scopes = "openid profile groups"
person = "sub"
role = "groups"
cpr = "preferred_username"
audience = "hub"
machine_scope = "hub"

[roles]
hub-staff = "staff"
hub-borger = "citizen"
hub-revision = "auditor"
hub-drift = "operator"

[systems.jobcentre-system]
partner = "jobcentre"
on_behalf = true
"""


class Provider:
    """The provider's process, while the context lasts."""

    def __init__(self, people: tuple[Someone, ...], back: str) -> None:
        self.key = RSAKey.generate_key(2048, auto_kid=True)
        self._given = {
            "people": [one._asdict() for one in people],
            "back": back,
            "key": self.key.as_dict(private=True),
        }
        self.issuer = ""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="hub-provider-")
        given = Path(self._folder.name) / "given.json"
        given.write_text(json.dumps(self._given), encoding="utf-8")
        self._log = (Path(self._folder.name) / "log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.provider", str(given)],
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=Path(__file__).parents[1],
            env={**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"},
        )
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], 60)
        line = self._process.stdout.readline().decode().strip() if ready else ""
        if not line:
            self.__exit__(None, None, None)
            raise AssertionError("The provider did not start.")
        self.issuer = f"http://127.0.0.1:{line}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._log.close()
        self._folder.cleanup()

    def settings(self, folder: Path, meaning: str = MEANING) -> dict[str, Any]:
        """What the hub's settings say of it."""
        secret, claims = folder / "oidc.secret", folder / "claims.toml"
        secret.write_text(SECRET, encoding="utf-8")
        secret.chmod(0o600)
        claims.write_text(meaning, encoding="utf-8")
        return {
            "oidc_issuer": self.issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret_file": secret,
            "oidc_claims": claims,
        }

    def log_in(self, url: str, who: str, browser: httpx.Client | None = None) -> str:
        """Go where the hub sends a browser, type name and password, and be sent back: the address there."""
        browser = browser or httpx.Client(trust_env=False)
        answer = browser.get(url)
        for _ in range(12):
            place = answer.headers.get("location")
            if place is not None:
                target = answer.url.join(place)
                if str(target).startswith(self._given["back"]):
                    return str(target)
                answer = browser.get(target)
                continue
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.text)
            name = "password" if 'name="password"' in answer.text else "login"
            fields = {name: PASSWORD if name == "password" else who}
            answer = browser.post(answer.url, data={**fields, **({"csrf_token": token[1]} if token else {})})
        raise AssertionError(f"The provider never sent {who} back: {answer.status_code} {answer.text[:2000]}")

    def machine_token(self) -> str:
        """An access token by client credentials."""
        answer = httpx.post(
            f"{self.issuer}/oauth/token",
            data={"grant_type": "client_credentials", "scope": "hub"},
            auth=(SYSTEM, SYSTEM_SECRET),
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def signed(self, claims: Mapping[str, Any], key: RSAKey | None = None, **header: Any) -> str:
        """A token (RFC 9068) signed with the provider's key, or another."""
        key = key or self.key
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": CLIENT, "sub": SYSTEM, "client_id": SYSTEM, "scope": "hub",
                 "iat": now, "exp": now + 300}  # fmt: skip
        return jwt.encode({"alg": "RS256", "kid": key.kid, **header}, {**usual, **claims}, key)


def main(given: Path) -> None:
    """Be the provider."""
    from canaille import create_app  # noqa: PLC0415 - only the provider's own process needs it
    from canaille.app import models  # noqa: PLC0415
    from werkzeug.serving import make_server  # noqa: PLC0415

    told = json.loads(given.read_text(encoding="utf-8"))
    probe = make_server("127.0.0.1", 0, lambda *_: [])
    port = probe.port
    probe.server_close()
    app = create_app({
        "SECRET_KEY": "for tests alone",
        "SERVER_NAME": f"127.0.0.1:{port}",
        "PREFERRED_URL_SCHEME": "http",
        "TESTING": False,
        "WTF_CSRF_ENABLED": True,
        "CANAILLE": {"DATABASE": "memory", "SMTP": None, "JAVASCRIPT": False, "HTMX": False,
                     "CAPTCHA_THRESHOLD": 0, "PASSWORD_LIFETIME": None,
                     "LOGGING": {"version": 1, "disable_existing_loggers": False},
                     "ACL": {"DEFAULT": {"PERMISSIONS": ["use_oidc", "edit_self"], "READ": [], "WRITE": []}}},
        "CANAILLE_OIDC": {
            "ACTIVE_JWKS": [told["key"]],
            "USERINFO_MAPPING": {
                "PREFERRED_USERNAME": "{% if user.employee_number %}{{ user.employee_number }}{% endif %}",
                "WEBSITE": "{% if user.department %}{{ user.department }}{% endif %}",
            },
        },
    })  # fmt: skip
    with app.app_context():
        backend = app.backend
        with backend.session():
            people = {}
            for one in told["people"]:
                user = models.User(
                    formatted_name=one["name"],
                    family_name=one["name"],
                    user_name=one["name"],
                    emails=[f"{one['name']}@example.invalid"],
                    employee_number=one["cpr"] or None,
                    department=one["organisation"] or None,
                )
                backend.save(user)
                backend.set_user_password(user, PASSWORD)
                people[one["name"]] = user
            for group in sorted({name for one in told["people"] for name in one["groups"]}):
                members = [people[one["name"]] for one in told["people"] if group in one["groups"]]
                backend.save(models.Group(members=members, display_name=group))
            hub = models.Client(
                client_id=CLIENT, client_secret=SECRET, client_name="hub", redirect_uris=[told["back"]],
                client_uri="http://127.0.0.1", post_logout_redirect_uris=[told["back"].rsplit("/", 1)[0]],
                scope=["openid", "profile", "groups"], grant_types=["authorization_code"],
                response_types=["code"], token_endpoint_auth_method="client_secret_basic",
            )  # fmt: skip
            backend.save(hub)
            hub.audience = [hub]
            backend.save(hub)
            system = models.Client(
                client_id=SYSTEM, client_secret=SYSTEM_SECRET, client_name="system", audience=[hub],
                scope=["hub"], grant_types=["client_credentials"], token_endpoint_auth_method="client_secret_basic",
            )  # fmt: skip
            backend.save(system)
    server = make_server("127.0.0.1", port, app, threaded=True)
    print(port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
