"""The OpenID Connect provider: where people log in, and what vouches for a partner's system.

The one importer of Authlib. An ID token is taken only with a signature by the provider's published keys, and with the
issuer, audience, times, nonce and access token hash that it ought to have; the browser's way there and back is bound
by state and PKCE (S256). Nothing of a token is kept or logged.
"""

import secrets
import stat
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn
from urllib.parse import urlencode, urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.claims import JWTClaims
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from hub.config import Settings
from hub.errors import HubError, Misconfigured
from hub.logs import logger
from hub.texts import say

ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
)  # fmt: skip
"""Signatures that are taken; never a shared secret's, and never none."""
LEEWAY: Final = 30
"""Seconds that two machines' clocks may differ."""
_KNOWN_FOR: Final = 3600.0
_KEYS_AGAIN: Final = 10.0
"""Seconds before the keys are asked for once more because a token names one that is not known."""
_PATIENCE: Final = 5.0
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderAway(HubError):
    """The provider does not answer, or not as it should."""

    def __init__(self) -> None:
        super().__init__(
            say(
                "Login-tjenesten svarer ikke lige nu. Prøv igen om lidt.",
                "The login service does not answer just now. Try again soon.",
            )
        )


class NotVouchedFor(HubError):
    """What came back is not what the provider would send: expired, forged, or another's."""

    def __init__(self) -> None:
        super().__init__(
            say(
                "Login blev ikke gennemført. Begynd forfra.",
                "The login was not completed. Begin again.",
            )
        )


class Going(NamedTuple):
    """A browser on its way to the provider: what is kept here, and where it goes."""

    url: str
    state: str
    nonce: str
    verifier: str


class Provider:
    """One provider; asked over TLS, with its description and keys kept for a while. Safe from several threads."""

    def __init__(self, issuer: str, client_id: str, secret: str, *, scope: str = "openid") -> None:
        self.issuer = issuer
        self.client_id = client_id
        self._secret = secret
        self._scope = scope
        self._lock = threading.Lock()
        self._description: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    # What it is.

    def described(self) -> Mapping[str, Any]:
        """What the provider says of itself (OpenID Connect Discovery); refused where it is another's."""
        with self._lock:
            if self._description is None or time.monotonic() - self._description[0] > _KNOWN_FOR:
                found = self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                if str(found.get("issuer", "")).rstrip("/") != self.issuer.rstrip("/"):
                    _away("the provider calls itself something else")
                if any(not _trusted(found.get(name)) for name in _ENDPOINTS):
                    _away("the provider lacks an address that is safe")
                self._description = time.monotonic(), found
            return self._description[1]

    @property
    def origin(self) -> str:
        """Where forms may lead besides here: logging out leads there."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    def _keys_known(self, *, older_than: float) -> KeySet:
        uri = str(self.described()["jwks_uri"])
        with self._lock:
            if self._keys is None or time.monotonic() - self._keys[0] > older_than:
                try:
                    self._keys = time.monotonic(), KeySet.import_key_set(self._get(uri))  # type: ignore[arg-type]
                except (JoseError, ValueError, KeyError, TypeError):
                    _away("the provider's keys cannot be read")
            return self._keys[1]

    # There and back.

    def going(self, back: str, *, again: bool = False) -> Going:
        """Where a browser goes to log in; `again`: also somebody who is logged in there types the password."""
        found, state, nonce = self.described(), secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        verifier = secrets.token_urlsafe(48)
        anew = {"prompt": "login", "max_age": "60"} if again else {}
        with self._client(code_challenge_method="S256") as client:
            url, _ = client.create_authorization_url(
                found["authorization_endpoint"],
                state,
                verifier,
                redirect_uri=back,
                nonce=nonce,
                **anew,
            )
        return Going(url, state, nonce, verifier)

    def came(self, code: str, back: str, *, nonce: str, verifier: str) -> dict[str, Any]:
        """The claims of whoever came back with a code."""
        found = self.described()
        with self._client() as client:
            try:
                token = client.fetch_token(
                    found["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    redirect_uri=back,
                    code_verifier=verifier,
                )
            except AuthlibBaseError:
                raise NotVouchedFor from None
            except Exception as error:  # noqa: BLE001 - whatever the network does, in either edition of httpx
                _away(type(error).__name__)
        signed = token.get("id_token")
        if not isinstance(signed, str):
            raise NotVouchedFor
        header, claims = self._signed(signed)
        known = {
            "iss": {"essential": True, "value": str(found["issuer"])},
            "aud": {"essential": True, "value": self.client_id},
            "nonce": {"essential": True, "value": nonce},
        }
        params = {"nonce": nonce, "client_id": self.client_id, "access_token": token.get("access_token")}
        try:
            CodeIDToken(claims, header, known, params).validate(leeway=LEEWAY)
        except (JoseError, ValueError, TypeError):
            raise NotVouchedFor from None
        return claims

    def leaving(self, back: str) -> str | None:
        """Where a browser goes to log out there as well; None where the provider has no such place.

        No ID token goes along: it would put what it says of the person into an address.
        """
        try:
            place = self.described().get("end_session_endpoint")
        except ProviderAway:
            return None
        if not _trusted(place):
            return None
        return f"{place}?{urlencode({'client_id': self.client_id, 'post_logout_redirect_uri': back})}"

    # A partner's system.

    def vouched(self, token: str, audience: str) -> dict[str, Any]:
        """The claims of an access token (client credentials): a signed one, or one that the provider is asked about."""
        if token.count(".") == 2:  # noqa: PLR2004 - header, claims and signature
            header, claims = self._signed(token)
            known = {
                "iss": {"essential": True, "value": str(self.described()["issuer"])},
                "aud": {"essential": True, "value": audience},
                "exp": {"essential": True},
            }
            try:
                JWTClaims(claims, header, known).validate(leeway=LEEWAY)
            except (JoseError, ValueError, TypeError):
                raise NotVouchedFor from None
            if "nonce" in claims:  # an ID token is for logging in, and for nothing else
                raise NotVouchedFor
            return claims
        return self._asked_about(token, audience)

    def _asked_about(self, token: str, audience: str) -> dict[str, Any]:
        found = self.described()
        place = found.get("introspection_endpoint")
        if not _trusted(place):
            raise NotVouchedFor
        with self._client() as client:
            try:
                answer = client.introspect_token(place, token=token, token_type_hint="access_token")  # noqa: S106
                claims = answer.json() if answer.status_code == 200 else {}  # noqa: PLR2004
            except Exception as error:  # noqa: BLE001 - whatever the network does
                _away(type(error).__name__)
        aud = claims.get("aud") or []
        there = claims.get("active") is True and audience in ([aud] if isinstance(aud, str) else aud)
        if not there or claims.get("iss", found["issuer"]) != found["issuer"]:
            raise NotVouchedFor
        exp = claims.get("exp")
        if not isinstance(exp, int | float) or exp + LEEWAY < time.time():
            raise NotVouchedFor
        return dict(claims)

    # How it is done.

    def _signed(self, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims of a token that one of the provider's keys signed."""
        for older_than in (_KNOWN_FOR, _KEYS_AGAIN):  # a key that is not known may be new
            try:
                found = jwt.decode(token, self._keys_known(older_than=older_than), algorithms=[*ALGORITHMS])
            except (JoseError, ValueError, TypeError, UnicodeError):
                continue
            return found.header, found.claims
        raise NotVouchedFor

    def _client(self, **options: Any) -> Any:
        return OAuth2Client(
            self.client_id, self._secret, scope=self._scope, timeout=_PATIENCE, trust_env=False, **options
        )

    def _get(self, url: str) -> dict[str, Any]:
        with self._client() as client:
            try:
                answer = client.request("GET", url, withhold_token=True)
                answer.raise_for_status()
                found = answer.json()
            except Exception as error:  # noqa: BLE001 - whatever the network does, in either edition of httpx
                _away(type(error).__name__)
        if not isinstance(found, dict):
            _away("the provider answers something else")
        return found


def provider_of(settings: Settings, scope: str) -> Provider | None:
    """The provider of the settings; None where there is none."""
    if settings.oidc_issuer is None:
        return None
    if settings.oidc_client_id is None or settings.oidc_client_secret_file is None:
        raise Misconfigured(
            "HUB_OIDC_ISSUER is set: set HUB_OIDC_CLIENT_ID and HUB_OIDC_CLIENT_SECRET_FILE as well."
        )
    return Provider(
        settings.oidc_issuer, settings.oidc_client_id, _secret(settings.oidc_client_secret_file), scope=scope
    )


def _secret(path: Path) -> str:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise Misconfigured(f"Others can read the secret in {path}: run `chmod 600` on it.")
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        raise Misconfigured(
            f"{path} cannot be read: point HUB_OIDC_CLIENT_SECRET_FILE at the secret."
        ) from None


def _trusted(url: object) -> bool:
    """An address with TLS, or on this machine."""
    if not isinstance(url, str):
        return False
    parts = urlsplit(url)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}
    )


def _away(why: str) -> NoReturn:
    logger().warning("the login provider failed", reason=why)
    raise ProviderAway from None
