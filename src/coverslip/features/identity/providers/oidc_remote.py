"""Talking to an issuer: what it says about itself, its keys, tokens and people.

Nothing here follows a redirect, waits longer than ten seconds, or reads more than a megabyte.
"""

import base64
import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_plus, urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from coverslip.core.time import monotonic_s
from coverslip.features.identity.providers.oidc_settings import OidcSettings, is_safe
from coverslip.ports.identity import ProviderError

PublicKey = RSAKey | ECKey | OKPKey

_TIMEOUT: Final = httpx.Timeout(10.0, connect=5.0)
_LARGEST: Final = 2**20
_FRESH_S: Final = 3600.0
_NOT_AGAIN_S: Final = 10.0
"""After a failure, and after keys were read: an attacker shall not make us hammer the issuer."""
_PATIENCE_S: Final = 5.0
_WELL_KNOWN: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Metadata:
    """What an issuer says about itself, as far as we use it; ``says_iss`` that its answers carry its name."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    says_iss: bool


class TokenRefused(Exception):
    """The issuer does not exchange this code or refresh token; ``code`` is its word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Remote:
    """One issuer.

    Parameters
    ----------
    settings : OidcSettings
    """

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, list[PublicKey]] | None = None
        self._failed: tuple[float, str] | None = None

    def metadata(self) -> Metadata:
        """Return what the issuer says about itself, at most an hour old.

        Raises
        ------
        ProviderError
        """
        kept = self._metadata
        if kept is not None and monotonic_s() < kept[0] + _FRESH_S:
            return kept[1]
        with self._alone():
            if self._metadata is kept or self._metadata is None:
                self._metadata = (monotonic_s(), self._discovered())
            return self._metadata[1]

    def keys(self, kid: str | None) -> list[PublicKey]:
        """Return the keys with which a token may be signed: those called ``kid``, all where it is None.

        Keys change over night: one that is not known makes us read them again.

        Raises
        ------
        ProviderError
        """
        uri = self.metadata().jwks_uri
        kept = self._keys
        now_s = monotonic_s()
        if kept is not None:
            found = _called(kept[1], kid)
            if now_s < kept[0] + (_FRESH_S if found else _NOT_AGAIN_S):
                return found
        with self._alone():
            if self._keys is kept or self._keys is None:
                self._keys = (monotonic_s(), _keys(self._json("GET", uri, "jwks_uri")))
            return _called(self._keys[1], kid)

    def tokens(self, grant: Mapping[str, str]) -> dict[str, Any]:
        """Exchange a code or a refresh token.

        Raises
        ------
        TokenRefused, ProviderError
        """
        settings = self._settings
        form, headers = dict(grant), {}
        if settings.authentication == "basic":
            pair = f"{quote_plus(settings.client_id)}:{quote_plus(settings.client_secret or '')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form["client_id"] = settings.client_id
            if settings.authentication == "post":
                form["client_secret"] = settings.client_secret or ""
        status, body = self._send(
            "POST", self.metadata().token_endpoint, "issuer: the token_endpoint", data=form, headers=headers
        )
        answer = _object(body)
        if status == 200 and answer is not None:
            return answer
        code = answer.get("error") if answer is not None else None
        if code in {"invalid_client", "unauthorized_client"} or (code is None and status == 401):
            raise ProviderError(
                "client_id, client_secret or client_authentication is wrong: "
                f"the issuer does not accept them ({code or status})"
            )
        if isinstance(code, str) and 400 <= status < 500:
            raise TokenRefused(code[:80])
        raise ProviderError(f"issuer: the token_endpoint answers {status}, which is no answer to a code")

    def userinfo(self, access_token: str) -> dict[str, Any]:
        """Return what the issuer tells about the person of an access token.

        Raises
        ------
        ProviderError
        """
        endpoint = self.metadata().userinfo_endpoint
        if endpoint is None:
            return {}
        return self._json("GET", endpoint, "userinfo_endpoint", headers={"Authorization": f"Bearer {access_token}"})

    # --- asking ---------------------------------------------------------------------------------

    def _discovered(self) -> Metadata:
        issuer = self._settings.issuer
        said = self._json("GET", issuer.removesuffix("/") + _WELL_KNOWN, "issuer")
        if said.get("issuer") != issuer:
            raise ProviderError(
                f"issuer is {issuer!r}, but the one there calls itself {str(said.get('issuer'))[:200]!r}; "
                "write it exactly so"
            )
        methods = said.get("code_challenge_methods_supported")
        if isinstance(methods, list) and methods and "S256" not in methods:
            raise ProviderError("issuer: this one does not know PKCE with S256, which is needed")
        return Metadata(
            authorization_endpoint=_endpoint(said, "authorization_endpoint"),
            token_endpoint=_endpoint(said, "token_endpoint"),
            jwks_uri=_endpoint(said, "jwks_uri"),
            userinfo_endpoint=_endpoint(said, "userinfo_endpoint") if said.get("userinfo_endpoint") else None,
            end_session_endpoint=_endpoint(said, "end_session_endpoint") if said.get("end_session_endpoint") else None,
            says_iss=said.get("authorization_response_iss_parameter_supported") is True,
        )

    def _json(self, method: str, url: str, what: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        named = "issuer" if what == "issuer" else f"issuer: the {what}"
        status, body = self._send(method, url, named, headers=headers)
        answer = _object(body)
        if status != 200 or answer is None:
            raise ProviderError(f"{named} answers {status} at {url}, which is not what an issuer answers there")
        return answer

    def _send(
        self,
        method: str,
        url: str,
        named: str,
        *,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        settings = self._settings
        trusted = ssl.create_default_context(cafile=None if settings.ca_file is None else str(settings.ca_file))
        asked = {"Accept": "application/json", **(headers or {})}
        try:
            with (
                httpx.Client(timeout=_TIMEOUT, verify=trusted, proxy=settings.proxy, trust_env=False) as client,
                client.stream(method, url, data=data, headers=asked) as answer,
            ):
                body = b""
                until_s = monotonic_s() + (_TIMEOUT.read or 0.0)
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > _LARGEST or monotonic_s() > until_s:
                        raise ProviderError(f"{named} answers too much or too slowly")
                return answer.status_code, body
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise ProviderError(_why(error, named, url)) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one thread ask; others wait a little, and right after a failure nobody asks again."""
        if not self._lock.acquire(timeout=_PATIENCE_S):
            raise ProviderError("issuer does not answer")
        try:
            if self._failed is not None and monotonic_s() < self._failed[0] + _NOT_AGAIN_S:
                raise ProviderError(self._failed[1])
            try:
                yield
            except ProviderError as error:
                self._failed = (monotonic_s(), error.sentence)
                raise
            self._failed = None
        finally:
            self._lock.release()


def _endpoint(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not is_safe(value):
        raise ProviderError(f"issuer: its {name} is no https:// address")
    return value


def _keys(answer: Mapping[str, Any]) -> list[PublicKey]:
    """Return the keys for signatures; kinds that we do not know are none of ours."""
    found: list[PublicKey] = []
    listed = answer.get("keys")
    for one in listed if isinstance(listed, list) else []:
        if not isinstance(one, dict) or one.get("kty") not in {"RSA", "EC", "OKP"} or one.get("use", "sig") != "sig":
            continue
        try:
            key = import_key({name: value for name, value in one.items() if name not in {"x5c", "x5t", "x5u"}})
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if isinstance(key, RSAKey | ECKey | OKPKey):
            found.append(key)
    return found


def _called(keys: list[PublicKey], kid: str | None) -> list[PublicKey]:
    return [key for key in keys if kid is None or key.kid == kid]


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _why(error: Exception, named: str, url: str) -> str:
    host = urlsplit(url).netloc
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"{named}: the certificate of {host} is not trusted ({cause.verify_message}); "
                "renew it there, or name the authority that signed it in ca_file"
            )
        if isinstance(cause, ssl.SSLError):
            return f"{named}: {host} speaks no TLS that could be used"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.TimeoutException):
        return f"{named}: {host} does not answer in time"
    return f"{named}: {host} cannot be reached; check the address, the firewall and proxy"
