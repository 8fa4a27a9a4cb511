"""Two small drivers for the browsers that Playwright's Chromium is not, over what they themselves speak.

Firefox speaks Marionette (length-prefixed JSON on a local port), WebKitGTK WebDriver (JSON over HTTP): no further
library is needed, and no driver that a distribution does not carry.
"""

import base64
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

START_S = 60
MINI_BROWSERS = (
    "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
    "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
    "/usr/libexec/webkit2gtk-4.1/MiniBrowser",
)


class Driven(Protocol):
    """A browser under command."""

    def go(self, url: str) -> None:
        """Open an address and wait until it has loaded."""
        ...

    def run(self, script: str, *arguments: Any) -> Any:
        """Run the body of a function in the page and give what it returns."""
        ...

    def add_cookie(self, cookie: dict[str, Any]) -> None:
        """Add a cookie of the page that is open."""
        ...

    def shot(self) -> bytes:
        """Give what the window shows, as PNG."""
        ...


class Firefox:
    """Firefox over Marionette."""

    def __init__(self, port: int) -> None:
        self._socket = _connected(port)
        self._no = 0
        self._read()  # the greeting
        self._ask("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": True}}})

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def go(self, url: str) -> None:
        """See :class:`Driven`."""
        self._ask("WebDriver:Navigate", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """See :class:`Driven`."""
        return self._ask("WebDriver:ExecuteScript", {"script": script, "args": list(arguments)})["value"]

    def add_cookie(self, cookie: dict[str, Any]) -> None:
        """See :class:`Driven`."""
        self._ask("WebDriver:AddCookie", {"cookie": cookie})

    def shot(self) -> bytes:
        """See :class:`Driven`."""
        return base64.b64decode(self._ask("WebDriver:TakeScreenshot", {"full": False})["value"])

    def _ask(self, command: str, parameters: dict[str, Any]) -> Any:
        self._no += 1
        message = json.dumps([0, self._no, command, parameters]).encode()
        self._socket.sendall(str(len(message)).encode() + b":" + message)
        _, _, error, result = self._read()
        assert error is None, error
        return result

    def _read(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            length += self._received(1)
        return json.loads(self._received(int(length[:-1])))

    def _received(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            part = self._socket.recv(size - len(parts))
            assert part, "Firefox went away"
            parts += part
        return bytes(parts)


class WebKit:
    """WebKitGTK's MiniBrowser over WebDriver."""

    def __init__(self, port: int, browser: str) -> None:
        self._address = f"http://127.0.0.1:{port}/session"
        options = {"binary": browser, "args": ["--automation"]}
        capabilities = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        until = time.monotonic() + START_S
        while True:
            try:
                answer = self._ask("POST", "", {"capabilities": capabilities})
                break
            except (ConnectionError, urllib.error.URLError):
                assert time.monotonic() < until, "WebKitWebDriver did not start"
                time.sleep(0.2)
        self._address += f"/{answer['sessionId']}"

    def go(self, url: str) -> None:
        """See :class:`Driven`."""
        self._ask("POST", "/url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """See :class:`Driven`."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def add_cookie(self, cookie: dict[str, Any]) -> None:
        """See :class:`Driven`."""
        self._ask("POST", "/cookie", {"cookie": cookie})

    def shot(self) -> bytes:
        """See :class:`Driven`."""
        return base64.b64decode(self._ask("GET", "/screenshot", None))

    def close(self) -> None:
        """End the browser."""
        self._ask("DELETE", "", None)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._address + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error


@contextlib.contextmanager
def firefox(folder: Path) -> Iterator[Driven]:
    """Run Firefox without a window, with a profile in ``folder``."""
    found = next((path for name in ("firefox-esr", "firefox") if (path := shutil.which(name))), None)
    assert found is not None, "Firefox is not here: run `python3 tools/setup.py browser`"
    port = _free_port()
    (folder / "user.js").write_text(
        f'user_pref("marionette.port", {port});\nuser_pref("datareporting.policy.dataSubmissionEnabled", false);\n'
        'user_pref("browser.shell.checkDefaultBrowser", false);\n'
        'user_pref("network.captive-portal-service.enabled", false);\n'
    )
    command = [found, "--headless", "--marionette", "--no-remote", "--width", "1200", "--height", "900"]
    environment = os.environ | {"HOME": str(folder), "MOZ_HEADLESS_WIDTH": "1200", "MOZ_HEADLESS_HEIGHT": "900"}
    with _running([*command, "--profile", str(folder)], environment), contextlib.closing(Firefox(port)) as driven:
        yield driven


@contextlib.contextmanager
def webkit(folder: Path) -> Iterator[Driven]:
    """Run WebKitGTK's MiniBrowser on a display of its own."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    browser = next((path for path in MINI_BROWSERS if Path(path).exists()), None)
    if driver is None or screen is None or browser is None:
        raise AssertionError("WebKitGTK is not here: run `python3 tools/setup.py browser`")
    port = _free_port()
    with subprocess.Popen(
        [screen, "-displayfd", "1", "-screen", "0", "1200x900x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as display:
        assert display.stdout is not None
        number = display.stdout.readline().strip()
        assert re.fullmatch(r"\d+", number), "Xvfb did not start"
        environment = os.environ | {"DISPLAY": f":{number}", "HOME": str(folder)}
        # A container lends no user namespaces to a browser's own sandbox.
        environment |= {"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1", "XDG_RUNTIME_DIR": str(folder)}
        try:
            with _running([driver, f"--port={port}"], environment):
                opened = WebKit(port, browser)
                yield opened
                opened.close()
        finally:
            display.terminate()


@contextlib.contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet) as process:
        try:
            yield
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
            process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _connected(port: int) -> socket.socket:
    until = time.monotonic() + START_S
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=120)
        except ConnectionError:
            assert time.monotonic() < until, "Firefox did not start"
            time.sleep(0.2)
