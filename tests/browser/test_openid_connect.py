"""The organisation's own sign-in page, with a real provider: there and back, the ended session, sign-out."""

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.support.accounts import api_of, at_localhost, first_in, signed_in_as
from tests.support.clinic import Clinic
from tests.support.issuers import SECRET, Issuer, client, node_issuer

pytestmark = pytest.mark.browser

ENDED = "Your session has ended"
DORA: dict[str, Any] = {"name": "Dora Glass", "preferred_username": "dora", "email": "dora@hospital.example"}
CAROL: dict[str, Any] = {
    "name": "Carol Frost",
    "preferred_username": "carol",
    "email": "carol@hospital.example",
    "groups": ["heads"],
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("openid-data")


@pytest.fixture(scope="module")
def setting(
    browser: Browser, run_server: Callable[..., Any], data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Clinic, Issuer]]:
    """A server whose identity file comes while it runs, and the provider that it names."""
    path = tmp_path_factory.mktemp("openid") / "identity.toml"
    path.write_text("", encoding="utf-8")
    path.chmod(0o600)
    with run_server([], data, IDENTITY_FILE=str(path)) as address:
        context = first_in(browser, address)
        admin = Clinic(at_localhost(address).split("/signin", 1)[0], context)
        with node_issuer([client("coverslip", [admin.url])], {"c-1": CAROL, "c-2": DORA}) as issuer:
            lines = {
                "name": "clinic",
                "title": "Clinic account",
                "issuer": issuer.url,
                "client_id": "coverslip",
                "client_secret": SECRET,
                "scopes": ["openid", "profile", "email", "groups"],
            }
            text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items())
            rule = '[[oidc.groups]]\nexternal = "heads"\nrole = "administrator"\n'
            path.write_text(f"[[oidc]]\n{text}{rule}", encoding="utf-8")
            yield admin, issuer
        context.close()


@pytest.fixture
def context(browser: Browser, setting: tuple[Clinic, Issuer]) -> Iterator[BrowserContext]:
    made = browser.new_context(base_url=setting[0].url, viewport={"width": 1280, "height": 800})
    yield made
    made.close()


def at_the_provider(page: Page, issuer: Issuer, sub: str = "c-1") -> None:
    """Sign in at the provider's page, and agree where it asks."""
    page.wait_for_url(re.compile(f"^{re.escape(issuer.url)}/interaction/"))
    page.get_by_placeholder("Enter any login").fill(sub)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    agree = page.get_by_role("button", name="Continue")
    expect(agree.or_(page.get_by_text("Coverslip")).first).to_be_visible()
    if agree.is_visible():
        agree.click()


def enter(context: BrowserContext, issuer: Issuer, path: str = "/") -> Page:
    page = context.new_page()
    page.goto(path)
    page.get_by_role("button", name="Sign in with Clinic account").click()
    at_the_provider(page, issuer)
    signed_in_as(page, CAROL["name"]) if path == "/" else None
    return page


def test_there_and_back_to_the_same_place(context: BrowserContext, setting: tuple[Clinic, Issuer]) -> None:
    _, issuer = setting
    page = enter(context, issuer, "/people?tab=groups#there")
    page.wait_for_url(lambda at: at.endswith("/people?tab=groups#there"))
    me = api_of(page).get("/me")
    assert (me["person"]["name"], me["is_admin"], me["provider"]["name"]) == ("Carol Frost", True, "clinic")
    assert [cookie["name"] for cookie in context.cookies() if cookie["name"] == "coverslip_away"] == []


def test_a_problem_is_said_in_a_sentence(context: BrowserContext, setting: tuple[Clinic, Issuer]) -> None:
    _, issuer = setting
    issuer.lie("nonce")
    try:
        page = context.new_page()
        page.goto("/signin")
        page.get_by_role("button", name="Sign in with Clinic account").click()
        at_the_provider(page, issuer)
        expect(page.get_by_role("alert")).to_contain_text("did not let you in")
    finally:
        issuer.lie(None)
    page.goto("/signin?problem=<script>alert(1)</script>")
    expect(page.get_by_role("alert")).to_contain_text("Signing in did not work. Start again.")


def test_the_ended_session_goes_on_in_place(context: BrowserContext, setting: tuple[Clinic, Issuer]) -> None:
    admin, issuer = setting
    page = enter(context, issuer)
    page.goto("/account")
    field = page.get_by_role("textbox", name="What it is for")
    page.get_by_role("button", name="New token").click()
    field.fill("Typed before the end")
    admin.send("DELETE", f"/people/{api_of(page).get('/me')['person']['person_id']}/sessions")
    page.get_by_role("button", name="Create token").click()
    dialog = page.get_by_role("dialog", name=ENDED)
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("textbox")).to_have_count(0)  # there is no password here to type in
    with context.expect_page() as opened:
        dialog.get_by_role("button", name="Sign in with Clinic account").click()
    tab = opened.value
    tab.wait_for_url(lambda at: at.endswith("/signin?returned"))  # still signed in at the provider
    expect(tab.get_by_role("heading", name="You are signed in")).to_be_visible()
    tab.close()
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")  # a browser without a screen gives no focus
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Your new token")).to_be_visible()  # what was asked for before is done


def test_signing_out_there_too(context: BrowserContext, setting: tuple[Clinic, Issuer]) -> None:
    _, issuer = setting
    page = enter(context, issuer)
    page.get_by_role("button", name=f"Account of {CAROL['name']}").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile(f"^{re.escape(issuer.url)}/session/end"))
    page.get_by_role("button", name=re.compile("sign me out", re.IGNORECASE)).click()
    page.wait_for_url(lambda at: "/signin" in at and at.startswith(setting[0].url))
    page.get_by_role("button", name="Sign in with Clinic account").click()
    expect(page.get_by_placeholder("Enter any login")).to_be_visible()  # the provider asks anew


def test_a_fresh_proof_is_given_there_and_the_second_factor_here(
    context: BrowserContext, setting: tuple[Clinic, Issuer], data: Path
) -> None:
    admin, issuer = setting
    page = context.new_page()
    page.goto("/account")
    page.get_by_role("button", name="Sign in with Clinic account").click()
    at_the_provider(page, issuer, "c-2")
    page.get_by_role("button", name="Set up an authenticator app").wait_for()
    with sqlite3.connect(data / "coverslip.db", timeout=30) as database:
        database.execute("UPDATE session SET proved_at = '2020-01-01 00:00:00.000000'")
    database.close()
    page.get_by_role("button", name="Set up an authenticator app").click()
    dialog = page.get_by_role("dialog", name="Is it still you?")
    with context.expect_page() as opened:
        dialog.get_by_role("button", name="Confirm with Clinic account").click()
    tab = opened.value
    at_the_provider(tab, issuer, "c-2")  # it asks anew, though they are signed in there
    tab.wait_for_url(lambda at: at.endswith("/signin?returned"))
    tab.close()
    page.bring_to_front()
    go_on = dialog.get_by_role("button", name="Confirm", exact=True)
    go_on.click() if go_on.is_visible() else None  # a browser with a screen goes on by itself
    secret = page.get_by_role("textbox", name="Or type this into the app").input_value().replace(" ", "")
    codes = pyotp.TOTP(secret)
    field = page.get_by_role("textbox", name="Code that the app shows")
    field.fill(codes.now())
    field.press("Enter")
    kept = page.get_by_role("dialog", name="Recovery codes")
    expect(kept.get_by_role("listitem")).to_have_count(10)
    recovery = kept.get_by_role("listitem").all_inner_texts()[0]
    kept.get_by_role("button", name="I have kept them").click()
    # The ended session goes on in place, with a code after the provider's page.
    admin.send("DELETE", f"/people/{api_of(page).get('/me')['person']['person_id']}/sessions")
    page.get_by_role("button", name="New token").click()
    page.get_by_role("textbox", name="What it is for").fill("After the end")
    page.get_by_role("button", name="Create token").click()
    ended = page.get_by_role("dialog", name=ENDED)
    with context.expect_page() as opened:
        ended.get_by_role("button", name="Sign in with Clinic account").click()
    tab = opened.value
    code = tab.get_by_role("textbox", name="Code from your app")
    code.fill("000000")
    code.press("Enter")
    expect(tab.get_by_role("alert")).to_contain_text("That did not fit")
    code.fill(codes.at(int(time.time()) + 30))  # a code works once: the one after the code that tied the app
    code.press("Enter")
    tab.wait_for_url(lambda at: at.endswith("/signin?returned"))
    tab.close()
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(ended).to_have_count(0)
    expect(page.get_by_text("Your new token")).to_be_visible()
    # And so does a sign-in from the start, here with one of the codes that were kept.
    admin.send("DELETE", f"/people/{api_of(page).get('/me')['person']['person_id']}/sessions")
    page.goto("/signin")
    page.get_by_role("button", name="Sign in with Clinic account").click()
    page.get_by_role("button", name="Use a recovery code").click()
    field = page.get_by_role("textbox", name="Recovery code")
    field.fill(recovery)
    field.press("Enter")
    signed_in_as(page, DORA["name"])
