"""Who may come to a socket, who may say what there, and how soon a right that was taken away is gone."""

import json
import socket
import time
from contextlib import suppress
from typing import Any

import httpx
import pytest
from tests.infra.test_origins import LOOK_ALIKES
from tests.support.live import Clinic, Seat, cookies_of, drawing, send_ops
from tests.support.people import give, scope_of
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from coverslip.core.errors import StartRefused
from coverslip.core.ids import new_id
from coverslip.features import access, identity, live
from coverslip.features.access import Role
from coverslip.features.live import messages, talking

WITHIN_S = 5.0

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"  # of websockets, after a refused handshake
)


# --- the handshake --------------------------------------------------------------------------------


def test_other_sites_open_no_socket(clinic: Clinic) -> None:
    _, browser = clinic.browser("Ada")
    own = cookies_of(browser)
    assert clinic.knock(own) == 101
    cookie = {"Cookie": own["Cookie"]}
    assert clinic.knock(cookie) == 403  # a browser always says from where it comes
    host = clinic.url.removeprefix("http://")
    foreign = [
        *(one.replace("slides.example.org", host) for one in LOOK_ALIKES if one.isascii() and "\x00" not in one),
        "http://evil.example",
        f"https://{host}",
        f"http://{host}.evil.example",
        f"http://{host}0",
        f"http://localhost:{host.rpartition(':')[2]}",
    ]
    for origin in foreign:
        if origin != clinic.url:
            assert clinic.knock({**cookie, "Origin": origin}) == 403, origin


def test_who_may_not_see_the_slide_is_not_let_in(clinic: Clinic) -> None:
    _, headers = clinic.person("Ada")
    assert clinic.knock(headers) == 101
    assert clinic.knock({**headers, "Origin": "http://evil.example"}) == 403
    assert clinic.knock(headers, clinic.foreign_id) == 404
    assert clinic.knock(headers, new_id()) == 404
    assert clinic.knock(headers, "x" * 65) in (403, 404, 422)
    assert clinic.knock(headers, query="?after=-1") in (403, 422)
    assert clinic.knock({"Authorization": "Bearer wrong"}) == 401
    assert clinic.knock({"Origin": clinic.url}) == 401
    assert clinic.knock({"Origin": clinic.url, "Cookie": "coverslip_session=wrong"}) == 401


def test_a_token_without_reading_is_not_let_in(clinic: Clinic) -> None:
    person_id, _ = clinic.person("Ada")
    with clinic.runtime.db.transaction() as session:
        secret = identity.create_token(session, person_id, "script", scopes=["write"])
    assert clinic.knock({"Authorization": f"Bearer {secret}"}) in (101, 403)


# --- what is taken away -----------------------------------------------------------------------------


def test_a_right_that_is_taken_away_is_gone_within_five_seconds(any_clinic: Clinic) -> None:
    clinic = any_clinic
    person_id, headers = clinic.person("Ada")
    seat = clinic.sit(headers)
    assert seat.hear("rights")["actions"] == ["view", "comment", "annotate"]
    began_s = time.monotonic()
    give(clinic.runtime, person_id, Role.VIEWER, "project", clinic.project_id)
    assert seat.hear("rights", within_s=WITHIN_S)["actions"] == ["view"]
    shape = {"kind": "point", "at": [1, 1]}
    assert seat.refusal("presence", cursor=None, viewport=None, drawing=shape, tool="point") == "forbidden"
    assert time.monotonic() - began_s < WITHIN_S
    began_s = time.monotonic()
    give(clinic.runtime, person_id, None, "project", clinic.project_id)
    assert seat.closed(WITHIN_S) == 4403
    assert time.monotonic() - began_s < WITHIN_S


def test_a_right_is_gone_even_when_nobody_tells(clinic: Clinic) -> None:
    person_id, headers = clinic.person("Ada")
    seat = clinic.sit(headers)
    seat.hear("welcome")
    clinic.runtime.db.publish = lambda kind, **fields: None  # as if the hint were lost
    try:
        give(clinic.runtime, person_id, None, "project", clinic.project_id)
    finally:
        clinic.runtime.db.publish = clinic.runtime.bus.publish
    assert seat.closed(WITHIN_S) == 4403


def test_a_session_that_ended_ends_its_sockets(any_clinic: Clinic) -> None:
    clinic = any_clinic
    _, browser = clinic.browser("Ada")
    person_id, headers = clinic.person("Bob")
    at_browser, at_script = clinic.sit(cookies_of(browser)), clinic.sit(headers)
    at_browser.hear("welcome")
    at_script.hear("welcome")
    assert browser.delete("/session").status_code < 300
    assert at_browser.closed(WITHIN_S) == 4401
    with clinic.runtime.db.transaction() as session:
        identity.deactivate(session, person_id, by=identity.SYSTEM)
    assert at_script.closed(WITHIN_S) == 4401


def test_sockets_are_no_activity(clinic: Clinic) -> None:
    person_id, browser = clinic.browser("Ada")
    with clinic.runtime.db.read() as session:
        before = [one.last_active_at for one in identity.list_sessions(session, person_id)]
    seat = clinic.sit(cookies_of(browser))
    seat.hear("welcome")
    for _ in range(5):
        assert seat.refusal("presence", cursor=[1, 1], viewport=None, drawing=None, tool=None) is None
    with clinic.runtime.db.read() as session:
        assert [one.last_active_at for one in identity.list_sessions(session, person_id)] == before


# --- what is said -------------------------------------------------------------------------------------


BAD = [
    "",
    "null",
    "[]",
    "17",
    "{",
    '{"type": 3}',
    '{"type": "edit"}',
    '{"type": "ops", "ops": []}',
    '{"type": "presence", "cursor": [1]}',
    '{"type": "presence", "cursor": [NaN, 1]}',
    '{"type": "presence", "cursor": [1e999, 1]}',
    '{"type": "presence", "cursor": ["x", 1]}',
    '{"type": "presence", "drawing": {"kind": "spiral"}}',
    '{"type": "presence", "drawing": {"kind": "line", "points": [["a", 1]]}}',
    '{"type": "presence", "more": 1}',
    '{"type": "present"}',
    '{"type": "follow", "client_id": "../../x"}',
    '{"type": "view", "slide_id": "x", "panes": "no"}',
    '{"type": "pointer", "at": {"x": 1}}',
    '{"type": "presence", "tool": "\\ud800"}',
    "[" * 5000,
]


def test_what_cannot_be_understood_is_refused_and_nothing_breaks(clinic: Clinic) -> None:
    _, headers = clinic.person("Ada")
    seat, other = clinic.sit(headers), clinic.sit(headers)
    seat.hear("welcome")
    for text in BAD:
        seat.connection.send(text)
        assert seat.hear("refused")["code"] == "message_refused", text
        time.sleep(0.03)  # no faster than a hand
    seat.connection.send(b"\xff\xfe")
    assert seat.hear("refused")["code"] == "message_refused"
    assert seat.refusal("hello", client_id=new_id()) == "message_refused"
    assert other.refusal("ping") is None
    seat.connection.send(json.dumps({"type": "presence", "tool": "x" * 70_000}))
    assert seat.closed() == 1009


def test_who_says_no_hello_is_not_kept_waiting_for(clinic: Clinic) -> None:
    _, headers = clinic.person("Ada")
    with connect(clinic.address(), additional_headers=headers, compression=None) as connection:
        seat = Seat(connection, "nobody")
        seat.say("presence", cursor=[1, 1])
        assert seat.hear("refused")["code"] == "message_refused"
        assert seat.closed(15) == 1008


def test_a_flood_costs_the_one_who_sends_it(clinic: Clinic) -> None:
    _, headers = clinic.person("Ada")
    seat, other = clinic.sit(headers), clinic.sit(headers)
    seat.hear("welcome")
    other.hear("welcome")
    for _ in range(120):
        seat.say("pointer", at=[1, 1])
    assert seat.hear("refused")["code"] == "too_many_messages"
    time.sleep(1.1)
    assert seat.refusal("ping") is None
    with suppress(ConnectionClosed, OSError):  # it may break while it still sends
        for _ in range(20_000):
            seat.say("ping")
    assert seat.closed() in (1008, 1006)
    assert other.refusal("ping") is None


def test_who_does_not_read_is_sent_away(clinic: Clinic) -> None:
    _, headers = clinic.person("Ada")
    address = clinic.url.removeprefix("http://").split(":")
    lazy = socket.socket()
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    lazy.connect((address[0], int(address[1])))
    seat = clinic.sit(headers, sock=lazy, max_queue=1)
    points = [[number % 199 * 0.5, number // 199 * 0.25] for number in range(40_000)]
    with clinic.client(headers) as client:
        layer = clinic.layer(client)
        for _ in range(40):
            op = drawing(layer, geometry={"kind": "multipoint", "points": points})
            send_ops(client, clinic.slide_id, op)
    until = time.monotonic() + 20
    while True:
        with_them = clinic.sit(headers)
        people = {one["client_id"] for one in with_them.hear("welcome")["people"]}
        with_them.connection.close()
        if seat.client_id not in people:
            break
        assert time.monotonic() < until, "they still sit there"
        time.sleep(0.5)


# --- the table of messages -----------------------------------------------------------------------------

POINT = {"kind": "point", "at": [1, 1]}
CAMERA = {"x": 1, "y": 1, "resolution": 1}
SAID: dict[str, dict[str, Any]] = {
    "ping": {},
    "presence": {"cursor": [1, 1]},
    "drawing": {"cursor": [1, 1], "drawing": POINT, "tool": "point"},
    "pointer": {"at": [1, 1]},
    "follow": {"client_id": None},
    "present": {"on": True},
    "view": {"slide_id": "s", "camera": CAMERA},
    "hand_over": {"client_id": "somebody-else"},
    "hello": {"client_id": "somebody-else"},
}
# Each principal at a slide where nobody presents: + taken, else the code. ``view`` is said while one presents, where
# one may; ``drawing`` is a presence with a shape.
TABLE = """
             ping presence drawing   pointer follow present   view           hand_over       hello
viewer       +    +        forbidden +       +      +         +              message_refused message_refused
reviewer     +    +        forbidden +       +      +         +              message_refused message_refused
annotator    +    +        +         +       +      +         +              message_refused message_refused
editor       +    +        +         +       +      +         +              message_refused message_refused
manager      +    +        +         +       +      +         +              message_refused message_refused
administrator +   +        +         +       +      +         +              message_refused message_refused
reading      +    +        forbidden +       +      +         +              message_refused message_refused
look         +    +        forbidden +       +      forbidden not_presenting not_presenting  message_refused
comment      +    +        forbidden +       +      forbidden not_presenting not_presenting  message_refused
annotate     +    +        +         +       +      forbidden not_presenting not_presenting  message_refused
"""


def guest_headers(clinic: Clinic, may: str, **more: object) -> tuple[dict[str, str], httpx.Client, str]:
    """Return the handshake of somebody who opened a share link, their browser, and the id of the link."""
    admin = clinic.server.client if "X-CSRF-Token" in clinic.server.client.headers else clinic.server.sign_in()
    body = {"kind": "slide", "object_id": clinic.slide_id, "may": may, "annotations": True, **more}
    made = admin.post("/api/v1/shares", json=body)
    assert made.status_code == 201, made.text
    browser = clinic.client({})
    opened = browser.post("/share/open", json={"token": made.json()["token"]})
    assert opened.status_code == 200, opened.text
    browser.headers["X-CSRF-Token"] = opened.json()["csrf_token"]
    return cookies_of(browser), browser, made.json()["share"]["share_id"]


def principal(clinic: Clinic, name: str) -> dict[str, str]:
    if name in {one.value for one in Role}:
        return clinic.person(name, Role(name))[1]
    if name == "administrator":
        admin = clinic.server.client if "X-CSRF-Token" in clinic.server.client.headers else clinic.server.sign_in()
        return cookies_of(admin)
    if name == "reading":
        person_id, _ = clinic.person(name, Role.MANAGER)
        with clinic.runtime.db.transaction() as session:
            secret = identity.create_token(session, person_id, "script", scopes=["read"])
        return {"Authorization": f"Bearer {secret}"}
    return guest_headers(clinic, name)[0]


def test_every_message_of_every_principal(clinic: Clinic) -> None:
    head, *lines = [line.split() for line in TABLE.strip().splitlines()]
    assert set(head) - {"drawing"} == set(messages.DECLARED)
    for name, *cells in lines:
        seat = clinic.sit(principal(clinic, name), name="Mona")
        seat.hear("welcome")
        for said, expected in zip(head, cells, strict=True):
            kind = "presence" if said == "drawing" else said
            code = seat.refusal(kind, **SAID[said])
            assert (code or "+") == expected, (name, said)
            time.sleep(0.06)
        seat.connection.close()
        time.sleep(0.1)


def test_a_message_without_a_policy_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    live.check_messages()
    monkeypatch.delitem(messages.DECLARED, "pointer")
    with pytest.raises(StartRefused, match="pointer"):
        live.check_messages()
    monkeypatch.undo()
    monkeypatch.setitem(talking.ANSWERS, "erase", lambda room, member, message: None)
    with pytest.raises(StartRefused, match="erase"):
        live.check_messages()


# --- guests -----------------------------------------------------------------------------------------------


def test_a_guest_of_a_link(clinic: Clinic) -> None:
    _, headers = clinic.person("Dr Ada Sender")
    ada = clinic.sit(headers)
    ada.hear("welcome")
    cookie, browser, share_id = guest_headers(clinic, "annotate")
    guest = clinic.sit(cookie, name="  Mona\tLisa\u202e ")
    welcome = guest.hear("welcome")
    assert welcome["person"]["guest"]
    assert welcome["person"]["name"] == "Mona Lisa (guest)"
    seen = ada.hear("joined", lambda one: one["client_id"] == guest.client_id)["person"]
    assert seen == welcome["person"]
    assert clinic.knock(cookie, clinic.foreign_id) == 404
    with clinic.client(headers) as client:
        layer = clinic.layer(client)
        last = send_ops(client, clinic.slide_id, drawing(layer))["seq"]
    entries = guest.hear("entries", lambda one: one["seq"] >= last)["entries"]
    assert {one["author_name"] for one in entries} == {""}  # a link shows slides, no people
    assert "Ada Sender" not in json.dumps(entries)
    own = drawing(layer)
    send_ops(browser, clinic.slide_id, own, guest_name="Mona Lisa")
    for seat in (ada, guest):
        message = seat.hear("entries", lambda one: one["entries"][-1]["op_id"] == own["op_id"])
        assert message["entries"][-1]["author_name"] == "Mona Lisa (guest)"
    clinic.server.client.delete(f"/api/v1/shares/{share_id}")
    assert guest.closed(WITHIN_S) == 4401


def test_a_link_without_annotations_shows_none(clinic: Clinic) -> None:
    _, headers = clinic.person("Ada")
    ada = clinic.sit(headers)
    ada.hear("welcome")
    guest = clinic.sit(guest_headers(clinic, "look", annotations=False)[0])
    assert guest.hear("welcome")["person"]["name"] == "Guest (guest)"
    ada.hear("joined", lambda one: one["client_id"] == guest.client_id)
    ada.say("presence", cursor=[1, 2], viewport=None, drawing=POINT, tool="point")
    seen = guest.hear("presence")
    assert (seen["cursor"], seen["drawing"]) == ([1, 2], None)
    with clinic.client(headers) as client:
        send_ops(client, clinic.slide_id, drawing(clinic.layer(client)))
    ada.hear("entries")
    assert guest.silent("entries", 1.0)


def test_the_public_looks_and_draws_nothing(clinic: Clinic) -> None:
    with clinic.runtime.db.transaction() as session:
        access.set_visibility(session, scope_of(session, "project", clinic.project_id), access.Visibility.PUBLIC)
    try:
        assert clinic.knock({"Origin": clinic.url}) == 401  # this server allows no public projects
    finally:
        with clinic.runtime.db.transaction() as session:
            access.set_visibility(session, scope_of(session, "project", clinic.project_id), None)
