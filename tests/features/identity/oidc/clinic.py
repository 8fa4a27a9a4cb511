"""A clinic with two people and a provider, and the way there and back."""

from typing import Any

from tests.support.issuers import SECRET, Issuer, walk

from coverslip.features.identity.providers.oidc import OidcProvider, make

HOME = "http://coverslip.test"
CALLBACK = f"{HOME}/api/v1/session/external/clinic/callback"
ALICE = {
    "name": "Alice Ward",
    "preferred_username": "alice.ward",
    "email": "alice@hospital.example",
    "email_verified": True,
    "groups": ["pathology", "staff"],
    "realm_access": {"roles": ["reader"]},
}
BOB = {"name": "Bob Stone", "preferred_username": "bob.stone", "email": "bob@hospital.example", "groups": ["staff"]}


def table(issuer: Issuer, **more: Any) -> dict[str, Any]:
    """Return a table ``[[oidc]]`` for a provider."""
    return {
        "name": "clinic",
        "title": "Clinic account",
        "issuer": issuer.url,
        "client_id": "coverslip",
        "client_secret": SECRET,
        "scopes": ["openid", "profile", "email", "groups"],
        **more,
    }


def provider(issuer: Issuer, **more: Any) -> OidcProvider:
    """Return a provider with such a table."""
    wanted = {name: value for name, value in table(issuer, **more).items() if value is not None}
    return make(wanted)


def signed_in(found: OidcProvider, sub: str = "a-1") -> Any:
    """Go to a provider and come back."""
    begun = found.begin("/", CALLBACK)
    return found.complete(begun.state_secret, walk(begun.url, sub), CALLBACK)
