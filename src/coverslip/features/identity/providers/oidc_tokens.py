"""Whether an ID token is what its issuer signed, for us, now and for this sign-in; and what its claims say."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwa import JWS_ALGORITHMS, JWSAlgModel
from joserfc.jws import JWSRegistry, deserialize_compact

from coverslip.features.identity.providers.oidc_remote import PublicKey
from coverslip.features.identity.providers.oidc_settings import ALGORITHMS, OidcSettings
from coverslip.ports.identity import Refused

LEEWAY_S: Final = 60
_KINDS: Final = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
_MODELS: Final = {one.name: one for one in JWS_ALGORITHMS if one.name in ALGORITHMS}
_SUB_LONGEST: Final = 255
_GROUPS_KEPT: Final = 5000
_TEXT_LONGEST: Final = 1000


class _Registry(JWSRegistry):
    """Knows the few algorithms with a public key that we take, and nothing else: no ``none``, no shared secret."""

    max_header_length = 8192

    def get_alg(self, name: str) -> JWSAlgModel:
        """Return an algorithm that the settings allow."""
        model = _MODELS.get(name) if name in (self.allowed or ()) else None
        if model is None:
            raise UnsupportedAlgorithmError("not allowed")
        return model


def verified(
    token: Any,
    settings: OidcSettings,
    keys: Callable[[str | None], list[PublicKey]],
    *,
    now_s: float,
    nonce: str | None,
    access_token: str | None,
) -> dict[str, Any]:
    """Return the claims of an ID token.

    Parameters
    ----------
    keys : callable
        Gives the issuer's keys of a name.
    nonce : str or None
        Of this sign-in; None where none was sent (a refresh).

    Raises
    ------
    Refused
        It is forged, another's, or too old.
    ProviderError
        The keys cannot be read.
    """
    if not isinstance(token, str) or len(token) > 100_000:
        raise Refused("forged", "there is no ID token")
    algorithm, kid = _header(token)
    if algorithm not in settings.algorithms:
        raise Refused("forged", f"the ID token is signed by {algorithm[:20]!r}, which algorithms does not allow")
    claims = _opened(token, settings, [one for one in keys(kid) if one.key_type == _KINDS[algorithm]])
    _check_parties(claims, settings)
    _check_times(claims, now_s)
    if nonce is not None and not _same(claims.get("nonce"), nonce):
        raise Refused("forged", "the ID token is that of another sign-in (nonce)")
    if "at_hash" in claims and not _same(claims["at_hash"], _at_hash(algorithm, access_token or "")):
        raise Refused("forged", "the ID token is not that of the access token (at_hash)")
    subject_of(claims)
    return claims


def subject_of(claims: Mapping[str, Any]) -> str:
    """Return by which key the issuer knows somebody.

    Raises
    ------
    Refused
    """
    sub = claims.get("sub")
    if not isinstance(sub, str) or not sub or len(sub) > _SUB_LONGEST or "\0" in sub:
        raise Refused("forged", "there is no sub")
    return sub


def claim(claims: Mapping[str, Any], path: str) -> Any:
    """Return a claim by its key, or by keys with dots between them; None where it is not there."""
    if path in claims:  # keys may be addresses, which have dots of their own
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


def text_of(value: Any) -> str | None:
    """Return a claim that is a text, None for anything else."""
    return value.strip()[:_TEXT_LONGEST] or None if isinstance(value, str) and "\0" not in value else None


def groups_of(value: Any) -> tuple[str, ...]:
    """Return groups, which issuers write as a list, as one text or as an object with a key each."""
    listed: Sequence[Any] = [value] if isinstance(value, str) else list(value) if isinstance(value, list | dict) else []
    return tuple(dict.fromkeys(text for one in listed[:_GROUPS_KEPT] if (text := text_of(one)) is not None))


def _header(token: str) -> tuple[str, str | None]:
    part = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        algorithm, kid = header["alg"], header.get("kid")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused("forged", "the ID token is none") from error
    if not isinstance(algorithm, str) or not isinstance(kid, str | None):
        raise Refused("forged", "the ID token is none")
    return algorithm, kid


def _opened(token: str, settings: OidcSettings, keys: Sequence[PublicKey]) -> dict[str, Any]:
    registry = _Registry(algorithms=settings.algorithms, strict_check_header=False)
    for key in keys:
        try:
            claims = json.loads(deserialize_compact(token, key, registry=registry).payload)
        except (JoseError, ValueError, TypeError, RecursionError):
            continue
        if isinstance(claims, dict):
            return claims
    raise Refused("forged", "the ID token is signed by no key of the issuer")


def _check_parties(claims: Mapping[str, Any], settings: OidcSettings) -> None:
    if claims.get("iss") != settings.issuer:
        raise Refused("forged", "the ID token is of another issuer")
    audience = claims.get("aud")
    listed = audience if isinstance(audience, list) else [audience]
    if settings.client_id not in listed:
        raise Refused("forged", "the ID token is for another application (aud)")
    if ("azp" in claims or len(listed) > 1) and claims.get("azp") != settings.client_id:
        raise Refused("forged", "the ID token was asked for by another application (azp)")


def _check_times(claims: Mapping[str, Any], now_s: float) -> None:
    expires, issued = _seconds(claims, "exp"), _seconds(claims, "iat")
    if expires is None or issued is None:
        raise Refused("forged", "the ID token does not say for how long it is good")
    begins = _seconds(claims, "nbf") if "nbf" in claims else issued
    if now_s >= expires + LEEWAY_S:
        raise Refused("forged", "the ID token has expired; check the clocks of both machines")
    if begins is None or max(issued, begins) > now_s + LEEWAY_S:
        raise Refused("forged", "the ID token is of the future; check the clocks of both machines")


def _seconds(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    return (
        float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53 else None
    )


def _at_hash(algorithm: str, access_token: str) -> str:
    hashed = hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256
    digest = hashed(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def _same(said: Any, expected: str) -> bool:
    return isinstance(said, str) and hmac.compare_digest(said.encode("utf-8", "surrogatepass"), expected.encode())
