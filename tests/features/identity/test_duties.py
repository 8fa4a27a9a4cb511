"""The terms of use: everybody accepts them once for each version, and nothing opens before."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.features.identity.accounts import sign_in, use_settings

from coverslip.core.errors import SettingRefused
from coverslip.features import identity
from coverslip.features.identity.duties import current_terms
from coverslip.infra.runtime import Runtime
from coverslip.settings import read_settings


@pytest.fixture
def terms(runtime: Runtime, tmp_path: Path) -> Path:
    path = tmp_path / "terms.txt"
    path.write_text("Be careful.", encoding="utf-8")
    use_settings(runtime, terms_file=path)
    return path


def test_nothing_opens_before_the_terms_are_accepted(browser: Callable[[], Any], terms: Path, alice: str) -> None:
    one = browser()
    assert sign_in(one, "alice").json()["duties"] == ["accept_terms"]
    assert one.get("/projects").json()["code"] == "duties_open"
    read = browser().get("/terms").json()
    assert read["text"] == "Be careful."
    assert one.post("/me/terms", json={"version": "another"}).status_code == 409
    assert one.get("/projects").status_code == 403
    assert one.post("/me/terms", json={"version": read["version"]}).status_code == 204
    assert one.get("/projects").status_code == 200
    assert one.get("/me").json()["terms"]["accepted_at"] is not None
    other = browser()
    assert sign_in(other, "alice").json()["duties"] == []


def test_new_terms_are_accepted_again(browser: Callable[[], Any], terms: Path, alice: str) -> None:
    one = browser()
    sign_in(one, "alice")
    first = one.get("/terms").json()["version"]
    one.post("/me/terms", json={"version": first})
    terms.write_text("Be more careful.", encoding="utf-8")
    assert one.get("/terms").json()["version"] != first
    other = browser()
    assert sign_in(other, "alice").json()["duties"] == ["accept_terms"]


def test_a_limited_session_opens_no_tiles_and_no_stored_secret(
    browser: Callable[[], Any], runtime: Runtime, terms: Path, alice: str
) -> None:
    one = browser()
    sign_in(one, "alice")
    with runtime.db.read() as session:
        hashed = identity.credential_hash(one.cookies["coverslip_session"])
        with pytest.raises(identity_refusal()):
            identity.authenticate_hashed(session, cookie_hash=hashed)
    assert one.request("DELETE", "/session").status_code == 204


def identity_refusal() -> type[Exception]:
    from coverslip.core.identity_errors import DutiesOpen

    return DutiesOpen


def test_without_terms_there_are_none(browser: Callable[[], Any], runtime: Runtime) -> None:
    assert browser().get("/terms").status_code == 404
    assert current_terms(runtime.settings) is None


def test_a_file_that_is_not_there_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingRefused, match="COVERSLIP_TERMS_FILE cannot be used: there is no such file"):
        read_settings(terms_file=tmp_path / "none.txt")


def test_a_file_that_goes_or_is_no_text_is_said(browser: Callable[[], Any], terms: Path) -> None:
    terms.write_bytes(b"\xff\xfe\x00")
    answer = browser().get("/terms")
    assert (answer.status_code, answer.json()["code"]) == (500, "setting_refused")
    terms.unlink()
    assert browser().get("/terms").json()["code"] == "setting_refused"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"smtp_host": "mail"}, "smtp_host also needs smtp_from"),
        ({"registration": "domain"}, "also needs registration_domains and smtp_host and base_url"),
        ({"base_url": "slides.example.org"}, "COVERSLIP_BASE_URL cannot be used"),
        ({"base_url": "https://slides.example.org/app"}, "COVERSLIP_BASE_URL cannot be used"),
        ({"second_factor_for": ("nobody",)}, "COVERSLIP_SECOND_FACTOR_FOR cannot be used"),
    ],
)
def test_settings_that_cannot_work_are_named(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingRefused, match=said):
        read_settings(**given)
