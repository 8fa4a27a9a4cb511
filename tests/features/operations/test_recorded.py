"""What people do is on record, each with who, what, which object and from where; nothing is forgotten.

The tables here are written by hand. An operation that is in neither fails, and so does an action that
nobody can search for.
"""

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.features.tiles.conftest import Door, Shown
from tests.support.recorded import NOT_RECORDED, RECORDED

import coverslip
from coverslip.features import identity
from coverslip.features.operations import actions
from coverslip.features.operations.actions import Kind, kind_of
from coverslip.infra.audit import AuditDenial, AuditRow, Outcome

API = "/api/v1"


def operations(door: Door) -> set[str]:
    document = door.get(f"{API}/openapi.json").json()
    return {operation["operationId"] for path in document["paths"].values() for operation in path.values()}


def test_somebody_thought_about_every_operation(outside: Door) -> None:
    known = RECORDED.keys() | NOT_RECORDED.keys()
    assert operations(outside) - known == set(), "say above what these put on record, or why nothing"
    assert known - operations(outside) == set()
    assert RECORDED.keys() & NOT_RECORDED.keys() == set()


def test_every_action_can_be_searched_for_by_its_kind() -> None:
    unknown = {action for action in recorded_actions() | set(RECORDED.values()) if kind_of(action) is None}
    assert unknown == set(), "give them a kind in operations/actions.py"
    assert kind_of("slide.viewed") is Kind.VIEW
    assert kind_of("slide.renamed") is Kind.CHANGE
    assert kind_of("project.set_up") is Kind.SETTING
    assert kind_of("something.new") is None
    assert set(actions.EVENT_IDS) == set(actions.ACTION_CODES) == set(Kind)


def recorded_actions() -> set[str]:
    """Every action that the source writes out where a record is made."""
    found = set()
    for path in Path(coverslip.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(getattr(node, "func", None), "id", "")
            if isinstance(node, ast.Call) and name in {"AuditEvent", "_record", "_event", "put_on_record"}:
                texts = [one.value for one in node.args if isinstance(one, ast.Constant)]
                found |= {text for text in texts if isinstance(text, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+", text)}
    assert len(found) > 40
    return found


class Trail:
    """Does one thing, and says what that put on record."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def last(self) -> int:
        with self.door.runtime.db.read() as session:
            return session.scalar(select(AuditRow.no).order_by(AuditRow.no.desc()).limit(1)) or 0

    def of(self, method: str, path: str, status: int = 200, **options: Any) -> list[AuditRow]:
        before = self.last()
        answer = self.door.request(method, path, **options)
        assert answer.status_code == status, answer.text
        with self.door.runtime.db.read() as session:
            return list(session.scalars(select(AuditRow).where(AuditRow.no > before).order_by(AuditRow.no)))

    def one(self, method: str, path: str, status: int = 200, **options: Any) -> AuditRow:
        found = self.of(method, path, status, **options)
        assert len(found) == 1, [row.action for row in found]
        row = found[0]
        assert row.address == "203.0.113.7"
        return row


@pytest.fixture
def trail(door: Door) -> Trail:
    session = door.get(f"{API}/session").json()
    door.headers["X-CSRF-Token"] = session["csrf_token"]
    return Trail(door)


def _person(trail: Trail) -> str:
    person_id: str = trail.door.get(f"{API}/session").json()["viewer"]["person_id"]
    return person_id


def test_looking_at_a_slide_is_on_record_once_for_each_kind(
    trail: Trail,
    register: Callable[[Path], Shown],
    sample: Callable[[str], Path],
) -> None:
    slide = register(sample("slides/CMU-1-Small-Region.svs"))  # its detail is read there, and so on record
    person = _person(trail)
    tile = trail.one("GET", slide.tile(0, 0, 0))
    assert (tile.action, tile.object_kind, tile.object_id, tile.principal) == (
        "slide.viewed",
        "slide",
        slide.slide_id,
        person,
    )
    assert tile.detail["kind"] == "pixels"
    assert trail.of("GET", slide.tile(0, 0, 0)) == []
    assert trail.of("GET", f"/dzi/{slide.slide_id}.dzi") == [], "the same pixels by another door"
    path = f"{API}/slides/{slide.slide_id}"
    assert trail.one("GET", f"{path}/bookmarks").detail["kind"] == "annotations"
    assert trail.one("GET", f"{path}/download").detail["kind"] == "download"
    assert trail.one("GET", f"{path}/thumbnail").object_id == "thumbnails"
    assert trail.one("GET", f"{path}/attachments").action == "attachments.listed"
    exported = trail.one("GET", f"{API}/slides/table")
    assert (exported.action, exported.object_kind) == ("slides.exported", "catalogue")


def test_a_search_is_on_record_without_its_words(trail: Trail) -> None:
    row = trail.one("GET", f"{API}/slides?q=Doe%5EJane")
    assert (row.action, row.principal) == ("slides.listed", _person(trail))
    assert "words_hmac" in row.detail
    assert "Doe" not in str(row.detail)
    assert trail.of("GET", f"{API}/slides?q=Doe%5EJane") == [], "once an hour"
    assert trail.one("GET", f"{API}/slides?q=Roe").detail["words_hmac"] != row.detail["words_hmac"]
    drawn = f"{API}/annotations/slides?class_name=Doe%5EJane"
    row = trail.one("GET", drawn)
    assert (row.action, row.principal, row.object_kind) == ("slides.listed", _person(trail), "catalogue")
    assert "Doe" not in str(row.detail)
    assert trail.of("GET", drawn) == [], "once an hour"
    others = [trail.one("GET", f"{API}/annotations/slides{query}").detail for query in ("", "?class_name=Roe")]
    assert "words_hmac" not in others[0]
    assert row.detail["words_hmac"] != others[1]["words_hmac"]
    assert trail.one("GET", f"{API}/trash").action == "trash.listed"
    assert trail.one("GET", f"{API}/imports/arrivals").action == "arrivals.listed"


def test_changes_are_on_record_with_hashes_of_old_and_new(
    trail: Trail,
    register: Callable[[Path], Shown],
    sample: Callable[[str], Path],
) -> None:
    slide = register(sample("slides/CMU-1-Small-Region.svs"))
    path = f"{API}/slides/{slide.slide_id}"
    renamed = trail.one("PATCH", path, json={"name": "Doe^Jane"})
    again = trail.one("PATCH", path, json={"name": "Roe^Jim"})
    assert (renamed.action, again.action) == ("slide.renamed", "slide.renamed")
    assert renamed.detail["value_hmac"] == again.detail["old_hmac"]
    assert "Jane" not in str((renamed.detail, again.detail))
    project = trail.door.request("POST", f"{API}/projects", json={"name": "Study"}).json()["project_id"]
    body: dict[str, Any] = {"metadata_schema": [], "pattern": None}
    assert trail.one("PUT", f"{API}/projects/{project}/settings", json=body).action == "project.set_up"


def test_a_script_is_on_record_by_its_token(trail: Trail) -> None:
    runtime = trail.door.runtime
    with runtime.db.transaction() as session:
        secret = identity.create_token(session, identity.ensure_administrator(session), "script")
        token_id = identity.list_tokens(session)[0].token_id
    row = trail.one("GET", f"{API}/slides?q=x", headers={"Authorization": f"Bearer {secret}"})
    assert (row.token_id, row.session_id, row.share_id) == (token_id, token_id, None)
    assert trail.one("GET", f"{API}/slides?q=y").token_id is None


def test_signing_in_and_out_are_on_record_refused_or_not(trail: Trail) -> None:
    with trail.door.runtime.db.transaction() as session:
        token = identity.issue_one_time(session)
    refused = trail.one("POST", f"{API}/session", 401, json={"one_time_token": "guess"})
    assert (refused.action, refused.outcome, refused.principal) == ("session.start", Outcome.DENIED, None)
    signed_in = trail.one("POST", f"{API}/session", json={"one_time_token": token}, headers={"Cookie": ""})
    assert (signed_in.action, signed_in.outcome, signed_in.principal) == ("session.start", Outcome.DONE, _person(trail))
    person = _person(trail)
    out = trail.one("DELETE", f"{API}/session", 204)
    assert (out.action, out.principal) == ("session.end", person)


def _refusals(door: Door) -> list[AuditDenial]:
    door.runtime.denials.flush()
    with door.runtime.db.transaction() as session:
        rows = list(session.scalars(select(AuditDenial)))
        for row in rows:
            session.delete(row)
        return rows


def test_refusals_are_on_record_with_their_object(trail: Trail) -> None:
    door = trail.door
    foreign = "0192a0c4-1111-7222-8333-444455556666"
    person = _person(trail)
    cookie = door.headers["Cookie"]
    cases: list[tuple[str, str, dict[str, str], int, str, str | None, str | None]] = [
        ("GET", f"{API}/slides", {"Cookie": ""}, 401, "request.unauthenticated", None, None),
        ("PATCH", f"{API}/slides/{foreign}", {"X-CSRF-Token": "x"}, 403, "request.csrf_refused", person, foreign),
        ("GET", f"{API}/slides/{foreign}", {}, 404, "request.not_found", person, foreign),
        ("GET", f"{API}/slides/{foreign}/tiles/0/0/0", {}, 404, "request.not_found", person, foreign),
    ]
    for method, path, headers, status, action, principal, object_id in cases:
        sent = {"Cookie": cookie, **headers}
        answer = door.request(method, path, headers=sent, **({"json": {}} if method == "PATCH" else {}))
        assert answer.status_code == status, path
        rows = _refusals(door)
        assert [(row.action, row.principal, row.object_id, row.address) for row in rows] == [
            (action, principal, object_id, "203.0.113.7")
        ], path


def test_guessing_at_the_door_is_on_record_also_when_the_door_is_shut(outside: Door) -> None:
    for _ in range(12):
        last = outside.request("POST", f"{API}/session", json={"one_time_token": "guess"})
    assert last.status_code == 429
    assert [row.action for row in _refusals(outside)] == ["session.start.limited"]


def test_no_route_changes_or_deletes_a_record(outside: Door) -> None:
    document = outside.get(f"{API}/openapi.json").json()
    methods = {path: set(found) for path, found in document["paths"].items() if path.startswith(f"{API}/audit")}
    assert len(methods) >= 4
    assert all(found == {"get"} for found in methods.values())
