"""Passkeys: made, used as second factor and alone; what was made elsewhere or copied opens nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.features.identity.accounts import Authenticator, add_person, keep, sign_in, use_settings

from coverslip.infra.runtime import Runtime

_SHELL = {"id": "AA", "rawId": "AA", "type": "public-key"}


def _add(browser: Any, key: Authenticator, name: str = "My phone") -> Any:
    asked = browser.post("/me/passkeys/begin")
    assert asked.status_code == 200, asked.text
    made = key.create(asked.json()["options"])
    return browser.post("/me/passkeys", json={"challenge": asked.json()["challenge"], "name": name, "passkey": made})


def test_a_passkey_is_the_second_factor(browser: Callable[[], Any], alices: Any) -> None:
    key = Authenticator(verified=False)
    added = _add(alices, key)
    assert added.status_code == 201, added.text
    assert added.json()["passkey"]["name"] == "My phone"
    assert len(added.json()["recovery_codes"]) == 10
    one = browser()
    asked = sign_in(one, "alice").json()
    assert asked["second_factor"] == ["passkey", "recovery"]
    assert asked["passkey_options"]["allowCredentials"][0]["type"] == "public-key"
    proof = {"challenge": asked["challenge"], "passkey": key.get(asked["passkey_options"])}
    assert keep(one, one.post("/session/second-factor", json=proof)).status_code == 200
    assert one.get("/me").status_code == 200
    again = browser().post("/session/second-factor", json=proof)
    assert (again.status_code, again.json()["code"]) == (401, "challenge_ended")


def test_a_passkey_signs_in_alone(browser: Callable[[], Any], alices: Any, alice: str) -> None:
    key = Authenticator(synced=True)
    assert _add(alices, key).json()["passkey"]["synced"]
    one = browser()
    asked = one.post("/session/passkey/begin").json()
    assert asked["options"]["userVerification"] == "required"
    assert asked["options"]["allowCredentials"] == []
    answer = one.post("/session/passkey", json={"challenge": asked["challenge"], "passkey": key.get(asked["options"])})
    assert keep(one, answer).status_code == 200, answer.text
    assert answer.json()["viewer"]["person_id"] == alice


def test_a_touch_alone_is_not_enough_to_sign_in(browser: Callable[[], Any], alices: Any) -> None:
    key = Authenticator(verified=False)
    _add(alices, key)
    one = browser()
    asked = one.post("/session/passkey/begin").json()
    answer = one.post("/session/passkey", json={"challenge": asked["challenge"], "passkey": key.get(asked["options"])})
    assert (answer.status_code, answer.json()["code"]) == (401, "second_factor_refused")


@pytest.mark.parametrize("wrong", ["origin", "rp_id", "key", "challenge", "count", "unknown", "person"])
def test_an_answer_that_does_not_fit_opens_nothing(
    browser: Callable[[], Any], runtime: Runtime, alices: Any, wrong: str
) -> None:
    key = Authenticator(count=5)
    assert _add(alices, key).status_code == 201
    one = browser()
    asked = sign_in(one, "alice").json()
    options = dict(asked["passkey_options"])
    other = Authenticator(credential_id=key.credential_id, key=key.key, count=key.count)
    if wrong == "origin":
        other.origin = "http://coverslip.test.evil.example"
    elif wrong == "rp_id":
        other.rp_id = "evil.example"
    elif wrong == "key":
        other.key = Authenticator().key
    elif wrong == "challenge":
        options["challenge"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    elif wrong == "count":
        other.count = 1  # a copy that was made before
    elif wrong == "unknown":
        other.credential_id = Authenticator().credential_id
    else:
        add_person(runtime, "bob")
        bobs = browser()
        sign_in(bobs, "bob")
        other = Authenticator()
        assert _add(bobs, other).status_code == 201
    proof = {"challenge": asked["challenge"], "passkey": other.get(options)}
    answer = one.post("/session/second-factor", json=proof)
    assert (answer.status_code, answer.json()["code"]) == (401, "second_factor_refused")
    good = {"challenge": asked["challenge"], "passkey": key.get(asked["passkey_options"])}
    assert one.post("/session/second-factor", json=good).status_code == 200


@pytest.mark.parametrize("wrong", ["origin", "rp_id", "challenge", "twice"])
def test_what_was_made_elsewhere_is_no_passkey_here(alices: Any, wrong: str) -> None:
    key = Authenticator()
    if wrong == "twice":
        assert _add(alices, key).status_code == 201
    asked = alices.post("/me/passkeys/begin").json()
    options = dict(asked["options"])
    if wrong == "origin":
        key.origin = "https://coverslip.test"
    elif wrong == "rp_id":
        key.rp_id = "evil.example"
    elif wrong == "challenge":
        options["challenge"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    body = {"challenge": asked["challenge"], "name": "x", "passkey": key.create(options)}
    answer = alices.post("/me/passkeys", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "passkey_refused")


@pytest.mark.parametrize(
    "nonsense",
    [
        {},
        {"id": 1},
        {"id": "%"},
        {**_SHELL, "response": None},
        {
            "id": "AA",
            "rawId": "AA",
            "type": "public-key",
            "response": {"clientDataJSON": "%", "attestationObject": "%"},
        },
        {
            "id": "AA",
            "rawId": "AA",
            "type": "public-key",
            "response": {"clientDataJSON": "AA", "attestationObject": "n_8"},
        },
        {"id": ["a"] * 1000, "response": {"a": {"b": {}}}},
    ],
)
def test_nonsense_is_refused_and_never_breaks_the_server(
    browser: Callable[[], Any], alices: Any, nonsense: dict[str, Any]
) -> None:
    asked = alices.post("/me/passkeys/begin").json()
    body = {"challenge": asked["challenge"], "name": "x", "passkey": nonsense}
    assert alices.post("/me/passkeys", json=body).status_code == 422
    begun = browser().post("/session/passkey/begin").json()
    answer = browser().post("/session/passkey", json={"challenge": begun["challenge"], "passkey": nonsense})
    assert answer.status_code == 401


def test_anothers_challenge_adds_no_passkey(browser: Callable[[], Any], runtime: Runtime, alices: Any) -> None:
    add_person(runtime, "bob")
    bobs = browser()
    sign_in(bobs, "bob")
    asked = alices.post("/me/passkeys/begin").json()
    body = {"challenge": asked["challenge"], "name": "x", "passkey": Authenticator().create(asked["options"])}
    answer = bobs.post("/me/passkeys", json=body)
    assert (answer.status_code, answer.json()["code"]) == (401, "challenge_ended")


def test_passkeys_are_listed_and_removed(alices: Any) -> None:
    keys = [_add(alices, Authenticator(), name).json()["passkey"] for name in ("Phone", "Stick")]
    assert [one["name"] for one in alices.get("/me/passkeys").json()["items"]] == ["Phone", "Stick"]
    assert alices.request("DELETE", f"/me/passkeys/{keys[0]['passkey_id']}").status_code == 204
    assert alices.request("DELETE", f"/me/passkeys/{keys[0]['passkey_id']}").status_code == 404
    assert alices.get("/me").json()["second_factor"]["recovery_left"] == 10
    assert alices.request("DELETE", f"/me/passkeys/{keys[1]['passkey_id']}").status_code == 204
    assert alices.get("/me").json()["second_factor"]["recovery_left"] == 0


def test_the_last_factor_of_who_needs_one_stays(runtime: Runtime, alices: Any) -> None:
    passkey = _add(alices, Authenticator()).json()["passkey"]
    use_settings(runtime, second_factor_for=("everybody",))
    refused = alices.request("DELETE", f"/me/passkeys/{passkey['passkey_id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "second_factor_required")


def test_a_passkey_confirms_who_is_at_the_screen(alices: Any) -> None:
    assert alices.post("/session/confirm/begin").status_code == 404
    key = Authenticator()
    _add(alices, key)
    asked = alices.post("/session/confirm/begin").json()
    proof = {"challenge": asked["challenge"], "passkey": key.get(asked["options"])}
    assert alices.post("/session/confirm", json=proof).status_code == 204
    assert alices.post("/session/confirm", json=proof).status_code == 401


def test_the_page_offers_passkeys_where_browsers_know_them(browser: Callable[[], Any], runtime: Runtime) -> None:
    one = browser()
    assert not one.get("/session/options").json()["passkeys"]
    for address, offered in (
        ("https://slides.example.org", True),
        ("http://localhost:8080", True),
        ("http://127.0.0.1:8080", False),
        ("https://[2001:db8::1]", False),
        ("http://slides.example.org", False),
    ):
        use_settings(runtime, base_url=address)
        assert one.get("/session/options").json()["passkeys"] is offered, address


def test_an_address_has_a_limit_of_open_questions(browser: Callable[[], Any], runtime: Runtime) -> None:
    statuses = [browser().post("/session/passkey/begin").status_code for _ in range(101)]
    assert statuses == [200] * 100 + [429]
