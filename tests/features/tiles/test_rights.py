"""What roles and rights let somebody have of a slide's pixels and bytes, and how soon a change holds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.features.tiles.conftest import Door, Shown
from tests.support.people import add_person, scope_of, token_of

from coverslip.features import access
from coverslip.features.access import Right, Role, Visibility


class Reader:
    """Somebody with a token, who asks through the same door as the administrator."""

    def __init__(self, door: Door, shown: Shown) -> None:
        self.door, self.shown = door, shown
        with door.runtime.db.transaction() as session:
            self.person_id = add_person(session, "Reader")
            self._headers = {"Authorization": f"Bearer {token_of(session, self.person_id)}"}

    def give(self, role: Role | None, *rights: Right) -> None:
        with self.door.runtime.db.transaction() as session:
            access.grant(session, self.person_id, role, self.scope(session), rights=rights)

    def take(self) -> None:
        with self.door.runtime.db.transaction() as session:
            access.revoke(session, self.person_id, self.scope(session))

    def scope(self, session: Any) -> str:
        return scope_of(session, "slide", self.shown.slide_id)

    def status(self, rest: str) -> int:
        return int(self.get(rest).status_code)

    def get(self, rest: str) -> httpx.Response:
        return self.door.get(f"/api/v1/slides/{self.shown.slide_id}{rest}", **self._headers)

    def tile(self, query: str = "") -> int:
        return self.status(f"/tiles/0/0/0{query}")


@pytest.fixture
def reader(door: Door, register: Callable[[Path], Shown], sample: Any) -> Reader:
    """A slide, somebody, and hints that are carried as the hub does."""
    found = Reader(door, register(sample("slides/CMU-1-Small-Region.svs")))

    def publish(kind: str, **fields: Any) -> None:
        async def drop() -> None:
            door.app.service().grants.drop(viewer=fields.get("viewer"), slide_id=fields.get("slide_id"))

        if kind == "grants.drop":
            door.run(drop())

    door.runtime.db.publish = publish
    return found


def test_a_change_holds_for_the_next_tile(reader: Reader) -> None:
    """By the hint: no grant in memory outlives the change, and nobody waits for it to grow old."""
    version = f"?v={reader.shown.version}"
    assert reader.tile() == 404
    for _ in range(2):
        reader.give(Role.VIEWER)
        assert (reader.tile(), reader.tile(version)) == (200, 200)
        reader.take()
        assert (reader.tile(), reader.tile(version)) == (404, 404)
    reader.give(Role.VIEWER)
    assert reader.tile() == 200
    reader.give(None)
    assert reader.tile() == 404
    assert reader.door.get(f"/api/v1/slides/{reader.shown.slide_id}/tiles/0/0/0").status_code == 200


def test_a_project_that_closes_closes_its_tiles(reader: Reader) -> None:
    with reader.door.runtime.db.read() as session:
        project = reader.door.get(f"/api/v1/slides/{reader.shown.slide_id}").json()["project_id"]
        scope_id = scope_of(session, "project", project)

    def visible(to: Visibility | None) -> int:
        with reader.door.runtime.db.transaction() as session:
            access.set_visibility(session, scope_id, to)
        return reader.tile()

    assert [visible(one) for one in (Visibility.SIGNED_IN, Visibility.PRIVATE, Visibility.SIGNED_IN, None)] == [
        200,
        404,
        200,
        404,
    ]


# What each right opens: every cell by hand. The doors: tile, thumbnail, label, macro, download, archive.
DOORS = ("/tiles/0/0/0", "/thumbnail", "/region?x=0&y=0&width=9&height=9", "/associated/label", "/download")
OPENED = [
    ((), (200, 200, 200, 404, 403)),
    ((Right.IDENTITY,), (200, 200, 200, 200, 403)),
    ((Right.EXPORT,), (200, 200, 200, 404, 403)),
    ((Right.DOWNLOAD,), (200, 200, 200, 404, 403)),
    ((Right.IDENTITY, Right.DOWNLOAD), (200, 200, 200, 200, 200)),
]


@pytest.mark.parametrize(("rights", "expected"), OPENED)
@pytest.mark.parametrize("role", [Role.VIEWER, Role.MANAGER])
def test_what_each_right_opens(
    reader: Reader, role: Role, rights: tuple[Right, ...], expected: tuple[int, ...]
) -> None:
    assert [reader.status(one) for one in DOORS] == [404] * len(DOORS)
    reader.give(role, *rights)
    assert tuple(reader.status(one) for one in DOORS) == expected
    archive = reader.door.get(f"/api/v1/downloads?slide_id={reader.shown.slide_id}", **reader._headers)
    assert archive.status_code == expected[-1]


def test_without_identity_no_associated_image_is_known(reader: Reader) -> None:
    reader.give(Role.EDITOR, Right.EXPORT)
    for name in ("label", "macro", "thumbnail", "nothing"):
        answer = reader.get(f"/associated/{name}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    seen, known = reader.get("").json(), reader.door.get(f"/api/v1/slides/{reader.shown.slide_id}").json()
    assert (seen["associated"], seen["metadata"]) == ([], {})
    assert known["associated"]
    assert known["metadata"]


def test_the_grant_in_memory_carries_the_rights(reader: Reader) -> None:
    reader.give(Role.REVIEWER, Right.IDENTITY)
    assert reader.tile() == 200
    held = [entry.granted.value for entry in reader.door.app.service().grants._entries.values()]
    standing = next(one.standing for one in held if one.viewer.person_id == reader.person_id)
    assert standing == access.Standing(Role.REVIEWER, frozenset({Right.IDENTITY}))


def test_the_error_of_a_slide_without_pixels_names_no_file(reader: Reader) -> None:
    with reader.door.runtime.db.transaction() as session:
        from coverslip.features import slides

        reason = slides.Reason(code="missing_companion", message="The file zzcanary.dat is missing.")
        slides.set_state(session, [reader.shown.slide_id], slides.SlideState.UNREADABLE, reason)
    reader.give(Role.VIEWER)
    for one in ("/tiles/0/0/0", "/thumbnail", "/region?x=0&y=0&width=9&height=9"):
        answer = reader.get(one)
        assert answer.status_code == 422
        assert "zzcanary" not in answer.text
    reader.give(Role.VIEWER, Right.IDENTITY)
    assert "zzcanary" in reader.get("/thumbnail").text


def test_nobody_in_particular_sees_a_public_slide_where_that_is_allowed(reader: Reader) -> None:
    door, address = reader.door, f"/api/v1/slides/{reader.shown.slide_id}/tiles/0/0/0"
    project = door.get(f"/api/v1/slides/{reader.shown.slide_id}").json()["project_id"]
    with door.runtime.db.transaction() as session:
        scope_id = scope_of(session, "project", project)
        access.set_visibility(session, scope_id, Visibility.PUBLIC)
    door.headers.clear()
    assert door.get(address).status_code == 401
    door.runtime.settings = door.runtime.settings.model_copy(update={"allow_public": True})
    assert door.get(address).status_code == 200
    for rest in ("/associated/label", "/download", "/exports/estimate"):
        assert door.get(f"/api/v1/slides/{reader.shown.slide_id}{rest}").status_code in (401, 404)
    with door.runtime.db.transaction() as session:
        access.set_visibility(session, scope_id, Visibility.SIGNED_IN)
    assert door.get(address).status_code == 404
