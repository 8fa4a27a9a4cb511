"""One's own account: the first password, signing in, second factors, tokens and sessions.

The tests of this module are chapters of one story on one server, in order.
"""

import io
import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from tests.support.accounts import PASSWORD, api_of, at_localhost, sign_in, signed_in_as, with_account

pytestmark = pytest.mark.browser

DESK: ViewportSize = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def printed(run_server: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The printed address of a server on which nobody was before."""
    with run_server([], tmp_path_factory.mktemp("accounts-data")) as address:
        yield at_localhost(address)


@pytest.fixture(scope="module")
def url(printed: str) -> str:
    return printed.split("/signin", 1)[0]


@pytest.fixture(scope="module")
def boss(browser: Browser, url: str) -> Iterator[Page]:
    """The administrator's page through the whole story."""
    context = browser.new_context(base_url=url, viewport=DESK)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def secrets() -> dict[str, Any]:
    """What people write down as the story goes."""
    return {}


@pytest.fixture
def anybody(browser: Browser, url: str) -> Iterator[Callable[[], Page]]:
    """Further people at machines of their own."""
    made: list[BrowserContext] = []

    def come() -> Page:
        made.append(browser.new_context(base_url=url, viewport=DESK))
        return made[-1].new_page()

    yield come
    for context in made:
        context.close()


def me(page: Page) -> Any:
    return api_of(page).get("/me")


def test_the_first_administrator_is_offered_a_password(boss: Page, printed: str, url: str) -> None:
    boss.goto(printed)
    expect(boss.get_by_role("heading", name="Set a password")).to_be_visible()
    field = boss.get_by_role("textbox", name="New password")
    field.fill("administrator1")
    expect(boss.get_by_text("Too weak")).to_be_visible()
    boss.get_by_role("button", name="Set password").click()
    expect(field).to_have_attribute("aria-invalid", "true")
    assert me(boss)["password"]["set"] is False
    field.fill(PASSWORD)
    expect(boss.get_by_text(re.compile("^(Very good|Good|Acceptable)$"))).to_be_visible()
    field.press("Enter")
    expect(boss).to_have_url(f"{url}/")
    said = me(boss)
    assert said["password"]["set"] is True
    assert said["is_admin"] is True


def test_name_and_password_sign_in_with_keys_alone(
    boss: Page, anybody: Callable[[], Page], secrets: dict[str, Any]
) -> None:
    secrets["boss"] = me(boss)["person"]
    page = anybody()
    page.goto("/account")
    expect(page).to_have_url(re.compile("/signin$"))
    name = page.get_by_role("textbox", name="User name")
    name.focus()
    page.keyboard.type(secrets["boss"]["user_name"])
    page.keyboard.press("Tab")
    page.keyboard.type("not the password at all")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Not signed in")
    password = page.get_by_role("textbox", name="Password", exact=True)
    page.get_by_role("button", name="Show what is typed").click()
    expect(password).to_have_attribute("type", "text")
    page.get_by_role("button", name="Show what is typed").click()
    expect(password).to_have_attribute("type", "password")
    password.fill("")
    name.focus()
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    # Where one was going in the first place.
    expect(page).to_have_url(re.compile("/account$"))
    expect(page.get_by_role("heading", name="My account")).to_be_visible()


def test_unknown_names_get_the_same_answer(anybody: Callable[[], Page], secrets: dict[str, Any]) -> None:
    page = anybody()
    said = []
    for name in (secrets["boss"]["user_name"], "nobody-of-that-name"):
        sign_in(page, name, "not the password at all")
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("Not signed in")
        said.append(re.sub(r"Request \S+", "", alert.inner_text()))
    assert said[0] == said[1]


def test_my_name_is_changed_where_everybody_sees_it(boss: Page) -> None:
    boss.goto("/account")
    boss.get_by_role("textbox", name="Name", exact=True).fill("Ada Boss")
    boss.get_by_role("textbox", name="Mail address").fill("ada@lab.example")
    boss.get_by_role("button", name="Save", exact=True).click()
    expect(boss.get_by_text("Saved.")).to_be_visible()
    person = me(boss)["person"]
    assert (person["name"], person["email"]) == ("Ada Boss", "ada@lab.example")


def test_an_authenticator_is_tied_by_a_code_drawn_here(boss: Page, secrets: dict[str, Any]) -> None:
    asked: list[str] = []
    boss.on("request", lambda request: asked.append(request.url))
    boss.goto("/account")
    boss.get_by_role("button", name="Set up an authenticator app").click()
    picture = boss.get_by_role("img", name="QR code for your authenticator app")
    expect(picture).to_be_visible()
    read = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.screenshot())).convert("L"))
    assert len(read) == 1
    address = urlsplit(read[0].text)
    secret = parse_qs(address.query)["secret"][0]
    assert address.scheme == "otpauth"
    assert secrets["boss"]["user_name"] in unquote(address.path)
    typed = boss.get_by_role("textbox", name="Or type this into the app").input_value()
    assert typed.replace(" ", "") == secret
    assert all(urlsplit(one).hostname == "localhost" for one in asked)
    code = boss.get_by_role("textbox", name="Code that the app shows")
    code.fill("000000")
    code.press("Enter")
    expect(boss.get_by_role("alert")).to_contain_text("That code did not fit")
    secrets["totp"] = pyotp.TOTP(secret)
    code.fill(secrets["totp"].now())
    code.press("Enter")
    dialog = boss.get_by_role("dialog", name="Recovery codes")
    expect(dialog.get_by_role("listitem")).to_have_count(10)
    secrets["recovery"] = dialog.get_by_role("listitem").all_inner_texts()
    assert len(set(secrets["recovery"])) == 10
    dialog.get_by_role("button", name="I have kept them").click()
    expect(boss.get_by_text("An authenticator app is set up")).to_be_visible()
    assert me(boss)["second_factor"] == {"required": False, "totp": True, "passkeys": 0, "recovery_left": 10}
    boss.reload()
    expect(boss.get_by_text(secrets["recovery"][0])).to_have_count(0)


def test_the_code_of_the_app_is_the_second_step(anybody: Callable[[], Page], secrets: dict[str, Any]) -> None:
    page = anybody()
    sign_in(page, secrets["boss"]["user_name"])
    code = page.get_by_role("textbox", name="Code from your app")
    code.fill("123456")
    code.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("That did not fit")
    assert page.request.get("/api/v1/session").status == 401
    # A code works once: the one after the code that tied the app.
    code.fill(secrets["totp"].at(int(time.time()) + 30))
    code.press("Enter")
    signed_in_as(page, "Ada Boss")


def test_a_recovery_code_works_once(boss: Page, anybody: Callable[[], Page], secrets: dict[str, Any]) -> None:
    for works in (True, False):
        page = anybody()
        sign_in(page, secrets["boss"]["user_name"])
        page.get_by_role("button", name="Use a recovery code").click()
        field = page.get_by_role("textbox", name="Recovery code")
        field.fill(secrets["recovery"][0])
        field.press("Enter")
        if works:
            signed_in_as(page, "Ada Boss")
        else:
            expect(page.get_by_role("alert")).to_contain_text("That did not fit")
    assert me(boss)["second_factor"]["recovery_left"] == 9


def with_authenticator(page: Page) -> Any:
    """A machine that knows passkeys; its owner always says yes."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    options |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools, made["authenticatorId"]


def test_a_passkey_is_added_and_then_signs_in_alone(
    boss: Page, anybody: Callable[[], Page], secrets: dict[str, Any]
) -> None:
    devtools, authenticator = with_authenticator(boss)
    boss.goto("/account")
    boss.get_by_role("button", name="Add a passkey").click()
    boss.get_by_role("textbox", name="Name of the passkey").fill("Work laptop")
    boss.get_by_role("button", name="Add this passkey").click()
    keys = boss.get_by_role("list", name="Passkeys")
    expect(keys).to_contain_text("Work laptop")
    assert [one["name"] for one in api_of(boss).get("/me/passkeys")["items"]] == ["Work laptop"]
    credential = devtools.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"][0]
    page = anybody()
    other, at = with_authenticator(page)
    other.send("WebAuthn.addCredential", {"authenticatorId": at, "credential": credential})
    page.goto("/signin")
    page.get_by_role("button", name="Sign in with a passkey").click()
    signed_in_as(page, "Ada Boss")
    assert me(page)["person"]["person_id"] == secrets["boss"]["person_id"]
    # And as the second step after the password.
    page.context.clear_cookies()
    sign_in(page, secrets["boss"]["user_name"])
    page.get_by_role("button", name="Use a passkey", exact=True).click()
    page.get_by_role("button", name="Use my passkey").click()
    signed_in_as(page, "Ada Boss")
    boss.get_by_role("button", name="Remove passkey Work laptop").click()
    expect(keys).to_have_count(0)
    assert api_of(boss).get("/me/passkeys")["items"] == []
    page.context.clear_cookies()
    page.goto("/signin")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_be_visible()


def test_a_token_is_shown_once_and_works_until_it_is_revoked(boss: Page, url: str, browser: Browser) -> None:
    boss.goto("/account")
    boss.get_by_role("button", name="New token").click()
    dialog = boss.get_by_role("dialog", name="New token")
    dialog.get_by_role("textbox", name="What it is for").fill("Nightly export")
    dialog.get_by_role("combobox", name="It may").select_option("read")
    dialog.get_by_role("combobox", name="It ends after").select_option("7")
    dialog.get_by_role("button", name="Create token").click()
    made = boss.get_by_role("dialog", name="Your new token")
    secret = made.get_by_role("textbox", name="Token").input_value()
    made.get_by_role("button", name="I have copied it").click()
    tokens = boss.get_by_role("list", name="Access tokens")
    expect(tokens).to_contain_text("Nightly export")
    assert secret not in boss.content()
    script = browser.new_context(extra_http_headers={"Authorization": f"Bearer {secret}"})
    said = script.request.get(f"{url}/api/v1/me").json()
    assert said["session_kind"] == "token"
    assert said["scopes"] == ["read"]
    boss.get_by_role("button", name="Revoke token Nightly export").click()
    expect(tokens).to_contain_text("revoked")
    assert script.request.get(f"{url}/api/v1/me").status == 401
    script.close()


def test_sessions_are_listed_and_ended(boss: Page, browser: Browser, anybody: Callable[[], Page]) -> None:
    with_account(browser, api_of(boss), "grace", "Grace Colleague")
    here, there = anybody(), anybody()
    for page in (here, there):
        sign_in(page, "grace")
        signed_in_as(page, "Grace Colleague")
    here.goto("/account")
    rows = here.get_by_role("list", name="Where you are signed in").get_by_role("listitem")
    sessions = api_of(here).get("/me/sessions")["items"]
    expect(rows).to_have_count(len(sessions))
    expect(rows.filter(has_text="here").first).to_contain_text("Chrome, Linux")
    here.get_by_role("button", name="End all others").click()
    expect(rows).to_have_count(1)
    assert there.request.get("/api/v1/session").status == 401
    assert here.request.get("/api/v1/session").ok


def test_the_way_to_somewhere_survives_signing_in(anybody: Callable[[], Page]) -> None:
    page = anybody()
    page.goto("/?q=liver")
    expect(page).to_have_url(re.compile("/signin$"))
    sign_in_here(page, "grace", PASSWORD)
    expect(page).to_have_url(re.compile(r"/\?q=liver$"))


def sign_in_here(page: Page, user_name: str, password: str) -> None:
    """The same as ``sign_in``, without going to the page first."""
    page.get_by_role("textbox", name="User name").fill(user_name)
    field = page.get_by_role("textbox", name="Password", exact=True)
    field.fill(password)
    field.press("Enter")
