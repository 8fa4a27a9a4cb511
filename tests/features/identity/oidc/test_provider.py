"""Signing in at two real providers: who comes back, how we authenticate, and what claims say."""

from typing import Any

import pytest
from tests.features.identity.oidc.clinic import CALLBACK, HOME, provider, signed_in
from tests.support.issuers import SECRET, Issuer, client, node_issuer, walk

from coverslip.ports.identity import CannotLookUp, ProviderError, Refused

OFFLINE: dict[str, Any] = {
    "scopes": ["openid", "profile", "email", "groups", "offline_access"],
    "prompt": "consent",
}


def test_who_comes_back(issuer: Issuer) -> None:
    found = signed_in(provider(issuer))
    assert found.key == f"{issuer.url}#a-1"
    assert (found.provider, found.user_name, found.name) == ("clinic", "alice.ward", "Alice Ward")
    assert found.email == "alice@hospital.example"
    assert found.groups == ("pathology", "staff")
    assert found.refresh is None
    assert found.hint.count(".") == 2
    assert "hint" not in repr(found)


def test_the_other_provider(other: Issuer) -> None:
    oidc = provider(other, scopes=["openid", "profile", "email"])
    found = signed_in(oidc)
    assert (found.key, found.user_name) == (f"{other.url}#a-1", "alice.ward")
    assert found.groups == ("pathology", "staff")
    assert found.refresh is not None
    again = oidc.look_up(found.key, found.refresh)
    assert again is not None
    assert (again.key, again.name) == (found.key, "Alice Ward")


@pytest.mark.parametrize(
    "more",
    [
        {"client_authentication": "basic"},
        {"client_id": "by-post", "client_authentication": "post"},
        {"client_id": "open", "client_secret": None},
    ],
    ids=["basic", "post", "none"],
)
def test_ways_to_authenticate(issuer: Issuer, more: dict[str, Any]) -> None:
    assert signed_in(provider(issuer, **more)).user_name == "alice.ward"


@pytest.mark.parametrize("algorithm", ["PS256", "ES256", "EdDSA"])
def test_algorithms(issuer: Issuer, algorithm: str) -> None:
    assert signed_in(provider(issuer, client_id=f"signs-{algorithm}")).user_name == "alice.ward"


def test_an_algorithm_that_is_not_allowed(issuer: Issuer) -> None:
    with pytest.raises(Refused, match="forged"):
        signed_in(provider(issuer, client_id="signs-PS256", algorithms=["RS256", "ES256"]))


def test_claims_in_the_token_alone() -> None:
    people = {
        "a-1": {"name": "Alice Ward", "preferred_username": "alice.ward", "groups": ["staff"], "email": "a@b.example"}
    }
    with node_issuer([client("coverslip", [HOME])], people, lean=False) as issuer:
        assert signed_in(provider(issuer)).groups == ("staff",)
        issuer.lie("userinfo")  # it is not even asked
        assert signed_in(provider(issuer)).groups == ("staff",)


def test_paths_of_claims(issuer: Issuer) -> None:
    issuer.put(
        "c-3", name="Carl", preferred_username="carl", email="c@h.example", realm_access={"roles": ["reader", "x"]}
    )
    found = signed_in(provider(issuer, groups_claim="realm_access.roles", user_name_claim="email"), "c-3")
    assert (found.groups, found.user_name) == (("reader", "x"), "c@h.example")


def test_claims_that_are_not_there(issuer: Issuer) -> None:
    issuer.put("d-4")
    found = signed_in(provider(issuer), "d-4")
    assert (found.user_name, found.name, found.email, found.groups) == ("d-4", "d-4", None, ())


def test_an_address_that_nobody_verified(issuer: Issuer) -> None:
    issuer.put("e-5", preferred_username="eve", email="alice@hospital.example", email_verified=False)
    assert signed_in(provider(issuer), "e-5").email is None
    for verified in ({}, {"email_verified": False}):
        issuer.put("e-5", preferred_username="eve", email="alice@hospital.example", **verified)
        with pytest.raises(Refused, match="declined"):
            signed_in(provider(issuer, email_domains=["hospital.example"]), "e-5")
    assert signed_in(provider(issuer, email_domains=["@Hospital.example"])).user_name == "alice.ward"
    with pytest.raises(Refused, match="declined"):
        signed_in(provider(issuer, email_domains=["elsewhere.example"]))


def test_only_some_groups(issuer: Issuer) -> None:
    oidc = provider(issuer, required_groups=["pathology"])
    assert signed_in(oidc).user_name == "alice.ward"
    with pytest.raises(Refused, match="declined"):
        signed_in(oidc, "b-2")


def test_looked_up_without_the_person(issuer: Issuer) -> None:
    oidc = provider(issuer, **OFFLINE)
    found = signed_in(oidc)
    issuer.put("a-1", name="Alice Hill", preferred_username="alice.ward", groups=["staff"])
    again = oidc.look_up(found.key, found.refresh)
    assert again is not None
    assert (again.name, again.groups, again.refresh is not None) == ("Alice Hill", ("staff",), True)
    issuer.remove("a-1")
    assert oidc.look_up(found.key, again.refresh) is None
    with pytest.raises(CannotLookUp):
        oidc.look_up(found.key)


def test_a_refresh_token_of_somebody_else(issuer: Issuer) -> None:
    oidc = provider(issuer, **OFFLINE)
    alice, bob = signed_in(oidc), signed_in(oidc, "b-2")
    with pytest.raises(ProviderError, match="somebody else"):
        oidc.look_up(alice.key, bob.refresh)


def test_out_of_the_group_is_out(issuer: Issuer) -> None:
    oidc = provider(issuer, required_groups=["pathology"], **OFFLINE)
    found = signed_in(oidc)
    issuer.put("a-1", preferred_username="alice.ward", groups=["staff"])
    assert oidc.look_up(found.key, found.refresh) is None


def test_a_fresh_proof(issuer: Issuer) -> None:
    oidc = provider(issuer)
    begun = oidc.begin("/", CALLBACK, prove=True)
    assert "prompt=login" in begun.url
    assert "max_age=0" in begun.url
    assert oidc.complete(begun.state_secret, walk(begun.url, "a-1"), CALLBACK).key == f"{issuer.url}#a-1"


@pytest.mark.parametrize("lie", ["old_proof", "no_proof"])
def test_a_proof_that_is_none(issuer: Issuer, lie: str) -> None:
    issuer.lie(lie)
    oidc = provider(issuer)
    begun = oidc.begin("/", CALLBACK, prove=True)
    with pytest.raises(Refused, match="declined"):
        oidc.complete(begun.state_secret, walk(begun.url, "a-1"), CALLBACK)


def test_signing_out_there_too(issuer: Issuer) -> None:
    url = provider(issuer).logout_url(f"{HOME}/signin", "a.b.c")
    assert url is not None
    assert url.startswith(f"{issuer.url}/session/end?")
    assert "id_token_hint=a.b.c" in url
    assert "id_token_hint" not in (provider(issuer).logout_url(f"{HOME}/signin", "x" * 5000) or "")
    assert provider(issuer, logout=False).logout_url(f"{HOME}/signin") is None


def test_explained(issuer: Issuer) -> None:
    steps = {one.what: one for one in provider(issuer).explain("")}
    assert [one.outcome for one in steps.values()] == ["passed", "passed", "passed", "noted", "noted"]
    wrong = {one.what: one for one in provider(issuer, client_secret="another secret of 32 characters").explain("")}
    assert wrong["Client"].outcome == "failed"
    assert "client_secret" in wrong["Client"].detail
    assert SECRET not in str(steps)
