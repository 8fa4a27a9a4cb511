"""OpenID Connect: signing in at any issuer, by the authorization code flow with PKCE.

What comes back is believed only when it belongs to what this browser was sent away with (state), to
this sign-in (nonce, PKCE) and to this issuer and application (the signed ID token). People are known
by issuer and ``sub``, never by a name: the same ``sub`` at another issuer is somebody else.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Literal
from urllib.parse import urlencode

from coverslip.core.time import utc_now
from coverslip.features.identity.providers.oidc_remote import Remote, TokenRefused
from coverslip.features.identity.providers.oidc_settings import OidcSettings, read_table
from coverslip.features.identity.providers.oidc_tokens import (
    LEEWAY_S,
    claim,
    groups_of,
    subject_of,
    text_of,
    verified,
)
from coverslip.ports.identity import Begun, CannotLookUp, ExternalIdentity, ProviderError, Refused, Step

_DECLINED: Final = frozenset(
    {"access_denied", "login_required", "consent_required", "interaction_required", "account_selection_required"}
)
_KEY_LONGEST: Final = 255
_HINT_LONGEST: Final = 4000
"""Of an address that browsers, proxies and issuers all take."""


class OidcProvider:
    """Signs people in at one issuer.

    Parameters
    ----------
    settings : OidcSettings
    """

    way: Literal["redirect"] = "redirect"

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._remote = Remote(settings)

    @property
    def name(self) -> str:
        """Stable key."""
        return self._settings.name

    @property
    def title(self) -> str:
        """What people read on the button of the sign-in page."""
        return self._settings.title

    def begin(self, return_to: str, redirect_uri: str, *, prove: bool = False) -> Begun:
        """Say where to send the browser, and what to keep until it comes back.

        Raises
        ------
        ProviderError
        """
        settings = self._settings
        with self._named():
            endpoint = self._remote.metadata().authorization_endpoint
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(settings.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        prompts = " ".join(dict.fromkeys([*(["login"] if prove else []), *(settings.prompt or "").split()]))
        if prompts:
            asked["prompt"] = prompts
        if prove:
            asked["max_age"] = "0"
        kept = {
            "state": state,
            "nonce": nonce,
            "verifier": verifier,
            "begun_s": int(utc_now().timestamp()),
            "prove": prove,
        }
        return Begun(f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}", json.dumps(kept))

    def complete(self, kept: str, params: Mapping[str, str], redirect_uri: str) -> ExternalIdentity:
        """Take what came back: exchange the code, and believe the ID token if it is sound.

        Raises
        ------
        Refused, ProviderError
        """
        with self._named():
            return self._completed(json.loads(kept), params, redirect_uri)

    def _completed(self, begun: dict[str, Any], params: Mapping[str, str], redirect_uri: str) -> ExternalIdentity:
        if not hmac.compare_digest(params.get("state", "").encode(), begun["state"].encode()):
            raise Refused("forged", "this answer is that to another question (state)")
        metadata = self._remote.metadata()
        said_by = params.get("iss")
        if said_by != self._settings.issuer and (said_by is not None or metadata.says_iss):
            raise Refused("forged", "this answer is of another issuer (iss)")
        if "error" in params:
            raise _declined(params["error"], params.get("error_description", ""))
        if not params.get("code"):
            raise Refused("forged", "there is no code")
        grant = {
            "grant_type": "authorization_code",
            "code": params["code"],
            "redirect_uri": redirect_uri,
            "code_verifier": begun["verifier"],
        }
        try:
            tokens = self._remote.tokens(grant)
        except TokenRefused as error:
            raise Refused("forged", f"the issuer does not take the code ({error.code})") from error
        access_token = text_of(tokens.get("access_token"))
        claims = verified(
            tokens.get("id_token"),
            self._settings,
            self._remote.keys,
            now_s=utc_now().timestamp(),
            nonce=begun["nonce"],
            access_token=access_token,
        )
        if begun["prove"]:
            _check_proof(claims, begun["begun_s"])
        # Without a place that tells about people, a refresh token would tell nothing later on.
        refresh = tokens.get("refresh_token") if metadata.userinfo_endpoint is not None else None
        told = self._all_claims(claims, access_token)
        identity = self._identity(told, refresh, tokens["id_token"])
        if (reason := self._unwanted(identity, told)) is not None:
            raise Refused("declined", reason)
        return identity

    def look_up(self, key: str, refresh: str | None = None) -> ExternalIdentity | None:
        """Return somebody as they are now, by the refresh token that they left; None when it is good no more.

        Raises
        ------
        CannotLookUp, ProviderError
        """
        if refresh is None:
            raise CannotLookUp
        with self._named():
            return self._looked_up(key, refresh)

    def _looked_up(self, key: str, refresh: str) -> ExternalIdentity | None:
        try:
            tokens = self._remote.tokens({"grant_type": "refresh_token", "refresh_token": refresh})
        except TokenRefused as error:
            if error.code == "invalid_grant":
                return None
            raise ProviderError(f"issuer does not take a refresh token ({error.code})") from error
        access_token = text_of(tokens.get("access_token"))
        if access_token is None:
            raise ProviderError("issuer answers a refresh token without an access token")
        claims = self._remote.userinfo(access_token)
        try:
            if self._key(subject_of(claims)) != key:
                raise Refused("forged", "somebody else")
            if tokens.get("id_token") is not None:
                fresh = verified(
                    tokens["id_token"],
                    self._settings,
                    self._remote.keys,
                    now_s=utc_now().timestamp(),
                    nonce=None,
                    access_token=access_token,
                )
                claims = _joined(fresh, claims)
            if self._key(subject_of(claims)) != key:
                raise Refused("forged", "somebody else")
        except Refused as error:
            raise ProviderError(f"issuer answers a refresh token wrongly ({error.detail})") from error
        identity = self._identity(claims, tokens.get("refresh_token") or refresh, None)
        return identity if self._unwanted(identity, claims) is None else None

    def logout_url(self, return_to: str, hint: str | None = None) -> str | None:
        """Return where a browser signs out of the issuer too, None when it offers no such place."""
        if not self._settings.logout:
            return None
        try:
            endpoint = self._remote.metadata().end_session_endpoint
        except ProviderError:
            return None  # signing out here must not wait for it
        if endpoint is None:
            return None
        asked = {"client_id": self._settings.client_id, "post_logout_redirect_uri": return_to}
        if hint is not None and len(hint) <= _HINT_LONGEST:
            asked["id_token_hint"] = hint
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def explain(self, user_name: str, password: str | None = None) -> Iterator[Step]:
        """Say step by step what of the issuer works; nobody can be signed in from here."""
        try:
            found = self._remote.metadata()
            yield Step("Discovery", "passed", f"{self._settings.issuer} is what it calls itself.")
            count = len(self._remote.keys(None))
            yield Step("Keys", "passed" if count else "failed", f"{count} for signatures at {found.jwks_uri}.")
            yield self._known_client()
        except ProviderError as error:
            yield Step("Connect", "failed", f"{error.sentence}.")
            return
        leaving = "yes" if self._settings.logout and found.end_session_endpoint is not None else "no"
        yield Step("Sign-out", "noted", f"Signs out of the issuer too: {leaving}.")
        yield Step("Groups", "noted", f"Read from {self._settings.groups_claim} of the ID token or userinfo.")

    def _known_client(self) -> Step:
        """Try a code that is none: an issuer that knows us says so of the code, not of us."""
        grant = {"grant_type": "authorization_code", "code": "none", "redirect_uri": "https://localhost/none"}
        try:
            self._remote.tokens({**grant, "code_verifier": secrets.token_urlsafe(32)})
        except TokenRefused:
            return Step("Client", "passed", "The issuer knows client_id and how it authenticates.")
        except ProviderError as error:
            return Step("Client", "failed", f"{error.sentence}.")
        return Step("Client", "failed", "The issuer takes a code that it never gave.")

    def _all_claims(self, claims: dict[str, Any], access_token: str | None) -> dict[str, Any]:
        """Ask for what the ID token leaves out."""
        settings = self._settings
        wanted = (settings.user_name_claim, settings.name_claim, settings.email_claim, settings.groups_claim)
        if access_token is None or all(claim(claims, path) is not None for path in wanted):
            return claims
        told = self._remote.userinfo(access_token)
        if told and told.get("sub") != claims["sub"]:
            raise Refused("forged", "userinfo tells about somebody else")
        return _joined(claims, told)

    def _identity(self, claims: Mapping[str, Any], refresh: Any, hint: str | None) -> ExternalIdentity:
        settings = self._settings
        groups = claim(claims, settings.groups_claim)
        elsewhere = claims.get("_claim_names")
        if groups is None and isinstance(elsewhere, dict) and settings.groups_claim in elsewhere:
            raise ProviderError(
                "groups_claim: the issuer leaves the groups out because there are too many; "
                "let it send only those that are assigned to this application"
            )
        email = text_of(claim(claims, settings.email_claim))
        sub = subject_of(claims)
        user_name = text_of(claim(claims, settings.user_name_claim)) or email or sub
        return ExternalIdentity(
            provider=settings.name,
            key=self._key(sub),
            user_name=user_name,
            name=text_of(claim(claims, settings.name_claim)) or user_name,
            email=None if claims.get("email_verified") is False else email,
            groups=groups_of(groups),
            refresh=refresh if isinstance(refresh, str) and refresh else None,
            hint=hint,
        )

    def _key(self, sub: str) -> str:
        key = f"{self._settings.issuer}#{sub}"
        return key if len(key) <= _KEY_LONGEST else f"sha256#{hashlib.sha256(key.encode()).hexdigest()}"

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Say of which table an error is."""
        try:
            yield
        except ProviderError as error:
            raise ProviderError(f'[[oidc]] "{self._settings.name}": {error.sentence}.') from error

    def _unwanted(self, identity: ExternalIdentity, claims: Mapping[str, Any]) -> str | None:
        """Return why the table does not let somebody in whom the issuer vouches for."""
        settings = self._settings
        if settings.required_groups and not set(settings.required_groups) & set(identity.groups):
            return "in none of required_groups"
        if settings.email_domains:
            domain = (identity.email or "").rpartition("@")[2].lower()
            if domain not in settings.email_domains:
                return "the mail address is in none of email_domains"
            if claims.get("email_verified") is not True:
                return "the issuer has not verified the mail address"
        return None


def make(table: Mapping[str, Any]) -> OidcProvider:
    """Make a provider of a table ``[[oidc]]``.

    Raises
    ------
    Misconfigured
    """
    return OidcProvider(read_table(table))


def _joined(signed: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return all claims; what is signed counts more."""
    return {**told, **signed}


def _declined(error: str, description: str) -> Exception:
    if error in _DECLINED:
        return Refused("declined", error)
    word = "".join(one for one in f"{error}: {description}" if one.isprintable())[:200]
    return ProviderError(f"issuer refuses the question ({word}); check client_id, scopes and the redirect address")


def _check_proof(claims: Mapping[str, Any], begun_s: int) -> None:
    """Refuse somebody who was only still signed in there: asked for a fresh proof, an issuer says when it was."""
    at = claims.get("auth_time")
    if not isinstance(at, int | float) or isinstance(at, bool) or at < begun_s - LEEWAY_S:
        raise Refused("declined", "the issuer does not say that it took a fresh proof (auth_time)")
