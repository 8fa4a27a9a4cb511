"""Real OpenID providers on loopback: ``oidc-provider`` (Node) and ``oidc-provider-mock`` (Python).

Both run in processes of their own. :func:`walk` does what a browser does at one of them.
"""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

ROOT = Path(__file__).parents[3]
MODULES = ROOT / "web" / "node_modules"
SECRET = "a client secret of 32 characters"
START_S = 60.0


@dataclass
class Issuer:
    """A provider that runs."""

    url: str

    def put(self, sub: str, **claims: Any) -> None:
        """Let the provider know somebody, or know them as they are now."""
        httpx.post(f"{self.url}/test/person/{sub}", json=claims).raise_for_status()

    def remove(self, sub: str) -> None:
        """Let somebody leave the organisation."""
        httpx.post(f"{self.url}/test/person/{sub}", json=None, content=b"null").raise_for_status()

    def lie(self, about: str | None) -> None:
        """Answer with forged tokens from now on; None for honest ones."""
        httpx.post(f"{self.url}/test/lie", content=json.dumps(about)).raise_for_status()


def client(name: str, origins: list[str], provider: str = "clinic", **more: Any) -> dict[str, Any]:
    """Return an application as the provider knows it; by default it authenticates with HTTP Basic."""
    return {
        "client_id": name,
        "client_secret": SECRET,
        "redirect_uris": [f"{one}/api/v1/session/external/{provider}/callback" for one in origins],
        "post_logout_redirect_uris": [f"{one}/signin" for one in origins],
        "grant_types": ["authorization_code", "refresh_token"],
        **more,
    }


@contextmanager
def node_issuer(
    clients: list[dict[str, Any]], people: Mapping[str, Mapping[str, Any]], *, lean: bool = True
) -> Iterator[Issuer]:
    """Run ``oidc-provider``; ``lean`` ID tokens hold no claims of the person, which are at userinfo only."""
    asked = {"modules": str(MODULES.resolve()), "clients": clients, "people": people, "lean": lean}
    command = ["node", str(Path(__file__).with_name("issuer.mjs")), json.dumps(asked)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, "the provider did not start"
        yield Issuer(url)
    finally:
        _end(process)


@contextmanager
def python_issuer(people: Mapping[str, Mapping[str, Any]]) -> Iterator[Issuer]:
    """Run ``oidc-provider-mock``, which takes any client and says nothing of PKCE."""
    known = [part for sub, claims in people.items() for part in ("--user-claims", json.dumps({"sub": sub, **claims}))]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *known]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _until_there(f"{url}/.well-known/openid-configuration", process)
        yield Issuer(url)
    finally:
        _end(process)


def walk(url: str, sub: str, browser: httpx.Client | None = None) -> dict[str, str]:
    """Sign in at a provider as somebody, and return with what it sends the browser back.

    Parameters
    ----------
    browser : httpx.Client or None
        A browser that may be signed in there already; a fresh one when None.
    """
    if browser is None:
        with httpx.Client() as fresh:
            return walk(url, sub, fresh)
    home = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
    answer = browser.get(url)
    for _ in range(12):
        if answer.is_redirect:
            there = urljoin(str(answer.url), answer.headers["location"])
            if not there.startswith(home):
                return dict(parse_qsl(urlsplit(there).query))
            answer = browser.get(there)
        else:
            assert answer.status_code == 200, answer.text
            answer = _fill_in(browser, answer, sub)
    raise AssertionError("the provider never sends the browser back")


def _fill_in(browser: httpx.Client, page: httpx.Response, sub: str) -> httpx.Response:
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)"', page.text))
    found = re.search(r'<form[^>]*action="([^"]+)"', page.text)
    target = urljoin(str(page.url), unescape(found[1])) if found else str(page.url)
    return browser.post(target, data={**fields, "login": sub, "password": "any", "sub": sub})


def _until_there(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        assert process.poll() is None, "the provider did not start"
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the provider does not answer")


def _end(process: "subprocess.Popen[Any]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
