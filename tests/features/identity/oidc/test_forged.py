"""What an attacker could send instead of the truth: 0 get through."""

import json

import pytest
from tests.features.identity.oidc.clinic import CALLBACK, provider, signed_in
from tests.support.issuers import Issuer, walk

from coverslip.ports.identity import ProviderError, Refused

LIES = [
    "other_key", "none", "none_signed", "hs256", "hs256_secret", "embedded_key", "changed", "nonce", "no_nonce",
    "audience", "audiences", "authorised_party", "issuer", "issuer_slash", "expired", "future", "no_expiry",
    "access_token", "no_subject", "list_subject", "rubbish", "missing", "number", "userinfo",
]  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_forged_tokens(issuer: Issuer, lie: str) -> None:
    issuer.lie(lie)
    with pytest.raises(Refused) as refused:
        signed_in(provider(issuer))
    assert refused.value.reason == "forged"


@pytest.mark.parametrize("truth", ["rotated", "no_kid", "skewed"])
def test_what_is_unusual_and_right(issuer: Issuer, truth: str) -> None:
    oidc = provider(issuer)
    if truth != "rotated":
        signed_in(oidc)
    issuer.lie(truth)
    assert signed_in(oidc).user_name == "alice.ward"


def test_keys_are_read_again_but_not_for_everybody(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    oidc = provider(issuer)
    clock = [1000.0]
    monkeypatch.setattr("coverslip.features.identity.providers.oidc_remote.monotonic_s", lambda: clock[0])
    signed_in(oidc)
    issuer.lie("rotated")
    with pytest.raises(Refused):  # within ten seconds nobody makes us ask again
        signed_in(oidc)
    clock[0] += 11
    assert signed_in(oidc).user_name == "alice.ward"


def test_the_state_of_another_question(issuer: Issuer) -> None:
    oidc = provider(issuer)
    mine, theirs = oidc.begin("/", CALLBACK), oidc.begin("/", CALLBACK)
    back = walk(theirs.url, "b-2")
    for params in (back, {**back, "state": ""}, {**back, "state": back["state"] + "x"}, {"code": back["code"]}):
        with pytest.raises(Refused, match="forged"):
            oidc.complete(mine.state_secret, params, CALLBACK)
    state = json.loads(mine.state_secret)["state"]
    with pytest.raises(Refused, match="forged"):  # the code of one question with the state of another: PKCE
        oidc.complete(mine.state_secret, {**back, "state": state}, CALLBACK)


def test_a_code_works_once(issuer: Issuer) -> None:
    oidc = provider(issuer)
    begun = oidc.begin("/", CALLBACK)
    back = walk(begun.url, "a-1")
    assert oidc.complete(begun.state_secret, back, CALLBACK).user_name == "alice.ward"
    with pytest.raises(Refused, match="forged"):
        oidc.complete(begun.state_secret, back, CALLBACK)


def test_the_issuer_of_an_answer(issuer: Issuer) -> None:
    oidc = provider(issuer)
    begun = oidc.begin("/", CALLBACK)
    back = walk(begun.url, "a-1")
    mixed = [{**back, "iss": "https://elsewhere.example"}, {key: value for key, value in back.items() if key != "iss"}]
    for params in mixed:
        with pytest.raises(Refused, match="forged"):
            oidc.complete(begun.state_secret, params, CALLBACK)


def test_another_application(issuer: Issuer) -> None:
    begun = provider(issuer, client_id="by-post", client_authentication="post").begin("/", CALLBACK)
    with pytest.raises(Refused, match="forged"):
        provider(issuer).complete(begun.state_secret, walk(begun.url, "a-1"), CALLBACK)


def test_errors_that_come_back(issuer: Issuer) -> None:
    oidc = provider(issuer)
    begun = oidc.begin("/", CALLBACK)
    said = {"state": json.loads(begun.state_secret)["state"], "iss": issuer.url}
    with pytest.raises(Refused, match="declined"):
        oidc.complete(begun.state_secret, {**said, "error": "access_denied"}, CALLBACK)
    params = {**said, "error": "invalid_scope", "error_description": "no\nsuch\x1b[31m scope" + "x" * 5000}
    with pytest.raises(ProviderError) as failed:
        oidc.complete(begun.state_secret, params, CALLBACK)
    assert failed.value.sentence.isprintable()
    assert len(failed.value.sentence) < 400
    with pytest.raises(Refused, match="forged"):
        oidc.complete(begun.state_secret, said, CALLBACK)
