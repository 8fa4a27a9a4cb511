"""A clinic with two people and a provider, and the way there and back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select
from tests.features.conftest import Browser
from tests.support.issuers import SECRET, Issuer, walk

from coverslip.features.identity.providers.oidc import OidcProvider, make
from coverslip.infra.audit import AuditRow
from coverslip.infra.runtime import Runtime

NEXT = "/slides/018f?case=7#x=1&y=2"
OFFLINE: dict[str, Any] = {"scopes": ["openid", "profile", "email", "groups", "offline_access"], "prompt": "consent"}
Offers = Callable[..., Path]
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


def go(browser: Browser, sub: str = "a-1", path: str | None = NEXT) -> dict[str, str]:
    """Go to the provider as somebody; returns what the browser brings back."""
    answer = browser.post("/session/external/clinic", json={"next": path})
    assert answer.status_code == 200, answer.text
    return walk(answer.json()["url"], sub)


def arrive(browser: Browser, params: dict[str, str], name: str = "clinic") -> str:
    """Come back; returns where the browser is sent on to."""
    answer = browser.get(f"/session/external/{name}/callback", params=params)
    assert answer.status_code == 303, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.headers["location"])


def who(browser: Browser) -> httpx.Response:
    answer = browser.get("/session")
    if answer.status_code == 200:
        browser.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return answer


def record_of(runtime: Runtime, action: str) -> AuditRow:
    with runtime.db.read() as session:
        return session.scalars(select(AuditRow).where(AuditRow.action == action).order_by(AuditRow.no.desc())).first()  # type: ignore[return-value]
