"""A real nginx in front of Coverslip, with configurations as people are given them."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "single-sign-on.md"
START_S = 20.0


def documented() -> str:
    """Return the server block of the documentation, as it stands there."""
    found = re.search(r"```nginx\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


@contextmanager
def nginx(folder: Path, upstream: str, people: Path) -> Iterator[str]:
    """Run nginx as documented on a free port without TLS; gives its address.

    Parameters
    ----------
    upstream : str
        Host and port of Coverslip.
    people : pathlib.Path
        Names and passwords for HTTP Basic, which stands here for SAML or Kerberos.
    """
    with running_nginx(folder, documented(), upstream, {"/etc/nginx/people": str(people)}) as front:
        yield f"http://{front}"


@contextmanager
def running_nginx(folder: Path, server: str, upstream: str, instead: Mapping[str, str]) -> Iterator[str]:
    """Run nginx with a server block on a free port without TLS; gives host and port.

    Parameters
    ----------
    server : str
        As it stands in the documentation or in ``deploy/``.
    upstream : str
        Host and port of Coverslip.
    instead : mapping of str to str
        What more is to be replaced in the block, and by what.
    """
    command = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if command is None:
        pytest.skip("nginx is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    always = {"listen 443 ssl;": f"listen 127.0.0.1:{port};", "127.0.0.1:8080": upstream}
    for shown, here in {**always, **instead}.items():
        assert shown in server, shown
        server = server.replace(shown, here)
    server = re.sub(r"^\s*ssl_certificate.*\n", "", server, flags=re.MULTILINE)
    folder.mkdir(exist_ok=True)
    user = "user root; " if os.geteuid() == 0 else ""  # or it could not read the folders of tests
    paths = " ".join(f"{one}_temp_path {folder}/{one};" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    text = (
        f"{user}daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;\n"
        f"events {{ worker_connections 256; }}\nhttp {{ access_log off; {paths}\n{server}\n}}\n"
    )
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    process = subprocess.Popen([command, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")])
    try:
        until = time.monotonic() + START_S
        while True:
            assert process.poll() is None, (folder / "error.log").read_text(encoding="utf-8")
            with socket.socket() as asking:
                if asking.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert time.monotonic() < until, "nginx does not answer"
            time.sleep(0.05)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
