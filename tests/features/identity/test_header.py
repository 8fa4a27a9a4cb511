"""The header of a proxy: believed from listed addresses of the connection, once, and from nobody else."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from tests.features.conftest import Browser
from tests.features.identity.accounts import add_person, use_settings

from coverslip.features.identity.providers.header import make
from coverslip.infra.audit import AuditDenial
from coverslip.infra.forwarded import Forwarded
from coverslip.infra.runtime import Runtime
from coverslip.ports.identity import Misconfigured

PROXY = "192.0.2.10"
TABLE: dict[str, Any] = {
    "title": "Hospital sign-in",
    "addresses": [PROXY, "2001:db8::/64"],
    "user": "X-Remote-User",
    "full_name": "X-Remote-Name",
    "email": "X-Remote-Email",
    "groups_header": "X-Remote-Groups",
}
ALICE = [("X-Remote-User", "alice"), ("X-Remote-Name", "Alice Ward"), ("X-Remote-Groups", "staff; pathology")]


@pytest.fixture
def configured(runtime: Runtime, tmp_path: Path) -> Runtime:
    path = tmp_path / "identity.toml"
    lines = [f"{key} = {json.dumps(value)}" for key, value in TABLE.items()]
    rule = '[[header.groups]]\nexternal = "pathology"\ngroup = "Pathology"\n'
    path.write_text("[header]\n" + "\n".join(lines) + "\n" + rule, encoding="utf-8")
    path.chmod(0o600)
    use_settings(runtime, identity_file=path)
    return runtime


def send(browser: Browser, headers: list[tuple[str, str]]) -> httpx.Response:
    """Ask to be let in with headers that may come twice."""
    return browser.request("POST", "/session/header", headers=httpx.Headers(headers))


class Doubled(Browser):
    """A browser whose headers may come twice."""

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, client=(self._address, 5000))
            async with httpx.AsyncClient(transport=transport, base_url="http://coverslip.test") as client:
                return await client.request(method, f"/api/v1{path}", **options)

        return asyncio.run(run())


def test_off_by_default(rooms: FastAPI) -> None:
    mine = Doubled(rooms, PROXY)
    assert mine.get("/session/options", headers=ALICE).json()["announced"] is None
    assert send(mine, ALICE).status_code == 404


def test_from_the_proxy(configured: Runtime, rooms: FastAPI) -> None:
    mine = Doubled(rooms, PROXY)
    assert mine.get("/session/options", headers=ALICE).json()["announced"] == "Alice Ward"
    assert mine.get("/session/options").json()["announced"] is None
    answer = send(mine, ALICE)
    assert answer.status_code == 200
    assert answer.json()["viewer"]["name"] == "Alice Ward"
    cookie = answer.cookies["coverslip_session"]
    inside = Browser(rooms, "203.0.113.9")  # a normal session from here on
    inside.cookies["coverslip_session"] = cookie
    assert [one["name"] for one in inside.get("/me").json()["groups"]] == ["Pathology"]
    assert send(Doubled(rooms, "2001:db8::7"), [("x-remote-user", "ALICE")]).json()["viewer"] == {
        **answer.json()["viewer"],
        "user_name": "ALICE",
        "name": "ALICE",
    }


@pytest.mark.parametrize("address", ["192.0.2.11", "127.0.0.1", "203.0.113.7", "2001:db9::1", "unknown"])
def test_from_elsewhere_it_is_ignored_and_counted(configured: Runtime, rooms: FastAPI, address: str) -> None:
    mine = Doubled(rooms, address)
    assert mine.get("/session/options", headers=ALICE).json()["announced"] is None
    assert send(mine, ALICE).status_code == 404
    with configured.db.read() as session:
        assert [one.action for one in session.scalars(select(AuditDenial))] == ["request.header_ignored"]


def test_nothing_is_counted_without_it(configured: Runtime, rooms: FastAPI) -> None:
    assert Doubled(rooms, "203.0.113.7").get("/session/options").status_code == 200
    with configured.db.read() as session:
        assert session.scalars(select(AuditDenial)).all() == []


@pytest.mark.parametrize(
    "smuggled",
    [
        [("X-Remote-User", "root"), ("X-Remote-User", "alice")],
        [("X-Remote-User", "alice"), ("x-remote-user", "root")],
        [("X-Remote-User", "alice, root")],
        [("X-Remote-User", "alice"), ("X-Remote-Groups", "admins"), ("X-Remote-Groups", "staff")],
        [("X-Remote-User", "alice"), ("X-Remote-Email", "a@b.example"), ("X-Remote-Email", "root@b.example")],
        [("X-Remote-User", "ali\x7fce")],
        [("X-Remote-User", "a" * 201)],
    ],
    ids=["before", "after", "joined", "groups", "email", "control", "long"],
)
def test_smuggled_headers(configured: Runtime, rooms: FastAPI, smuggled: list[tuple[str, str]]) -> None:
    mine = Doubled(rooms, PROXY)
    assert mine.get("/session/options", headers=smuggled).json()["announced"] is None
    answer = send(mine, smuggled)
    assert (answer.status_code, answer.json()["code"]) == (403, "external_refused")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "empty", [[], [("X-Remote-User", "")], [("X-Remote-User", "  ")], [("X_Remote_User", "alice")]]
)
def test_nobody_is_named(configured: Runtime, rooms: FastAPI, empty: list[tuple[str, str]]) -> None:
    assert send(Doubled(rooms, PROXY), empty).status_code == 404


def test_the_connection_counts_not_what_it_says(configured: Runtime, rooms: FastAPI) -> None:
    use_settings(configured, trusted_proxies=("203.0.113.0/24",))
    front = Forwarded(rooms, configured, plain=True)
    claims = [*ALICE, ("X-Forwarded-For", PROXY)]
    assert send(Doubled(front, "203.0.113.7"), claims).status_code == 404  # a proxy, but not one that signs people in
    use_settings(configured, trusted_proxies=(PROXY,))
    front = Forwarded(rooms, configured, plain=True)
    answer = send(Doubled(front, PROXY), [*ALICE, ("X-Forwarded-For", "198.51.100.4")])
    assert answer.status_code == 200


def test_pages_of_other_sites(configured: Runtime, rooms: FastAPI) -> None:
    from coverslip.infra.origins import OriginCheck

    mine = Doubled(OriginCheck(rooms, configured), PROXY)
    assert send(mine, [*ALICE, ("Origin", "https://evil.example")]).status_code == 403
    assert send(mine, [*ALICE, ("Origin", "http://coverslip.test")]).status_code == 200


def test_names_in_utf_8(configured: Runtime, rooms: FastAPI) -> None:
    name = "Zoë Müller".encode().decode("latin-1")
    headers = [(b"X-Remote-User", b"zoe"), (b"X-Remote-Name", name.encode("latin-1"))]
    answer = Doubled(rooms, PROXY).request("POST", "/session/header", headers=headers)
    assert answer.json()["viewer"]["name"] == "Zoë Müller"


def test_a_name_that_is_taken(configured: Runtime, rooms: FastAPI) -> None:
    add_person(configured, "Alice")
    answer = send(Doubled(rooms, PROXY), ALICE)
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken_elsewhere")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"addresses": []}, "addresses is empty"),
        ({"addresses": ["proxy.hospital.example"]}, "addresses: proxy.hospital.example is no address"),
        ({"addresses": ["0.0.0.0/0"]}, "is everybody"),
        ({"addresses": ["::/0"]}, "is everybody"),
        ({"addresses": None}, "addresses is not set"),
        ({"user": "Cookie"}, "user must be the name of a header"),
        ({"user": "X Remote"}, "user must be the name of a header"),
        ({"user": None}, "user is not set"),
        ({"usr": "X"}, "usr is no key"),
    ],
)
def test_wrong_tables(wrong: dict[str, Any], sentence: str) -> None:
    values = {"name": "header", **TABLE, **wrong}
    with pytest.raises(Misconfigured) as refused:
        make({key: value for key, value in values.items() if value is not None})
    assert sentence in refused.value.sentence
