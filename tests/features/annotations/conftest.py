"""A slide to draw on, and people who may do something there, each with a token of their own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from tests.features.conftest import Browser
from tests.support.people import add_person, scope_of, token_of

from coverslip.core.ids import new_id
from coverslip.features import access, slides
from coverslip.features.access import Role
from coverslip.features.slides import SlideEntry, SlideState
from coverslip.infra.runtime import Runtime

RECTANGLE = {"kind": "rectangle", "x": 10, "y": 20, "width": 100, "height": 50, "rotation": 0}
WIDTH, HEIGHT = 20_000, 10_000


def operation(kind: str, target: str, base_rev: int = 0, **patch: Any) -> dict[str, Any]:
    """Return an operation with an id of its own; ``entity`` says what it is about, the rest is its patch."""
    entity = patch.pop("entity", "annotation")
    return {
        "op_id": new_id(),
        "entity": entity,
        "target": target,
        "kind": kind,
        "base_rev": base_rev,
        "patch": patch,
    }


def make_slide(runtime: Runtime, project_id: str, name: str) -> str:
    """Make a slide of a known size, without a file."""
    with runtime.db.transaction() as session:
        entry = SlideEntry(None, project_id, name, f"{name}.svs", "/x", (name,), 1, SlideState.READY)
        slide_id = slides.put_slide(session, entry)
        query = text("UPDATE slide SET width = :w, height = :h WHERE slide_id = :id")
        session.execute(query, {"w": WIDTH, "h": HEIGHT, "id": slide_id})
    return str(slide_id)


def make_script(runtime: Runtime, rooms: FastAPI, name: str, slide_id: str, role: Role | None) -> Browser:
    """Return a script of a new person who is something on a slide."""
    with runtime.db.transaction() as session:
        person_id = add_person(session, name)
        if role is not None:
            access.grant(session, person_id, role, scope_of(session, "slide", slide_id))
        secret = token_of(session, person_id)
    found = Browser(rooms)
    found.headers["Authorization"] = f"Bearer {secret}"
    return found


@dataclass
class Studio:
    """A slide with a layer, and who draws on it."""

    runtime: Runtime
    rooms: FastAPI
    admin: Browser
    project_id: str
    slide_id: str
    layer_id: str = ""

    def someone(self, name: str, role: Role | None = Role.ANNOTATOR) -> Browser:
        """Return a script of a new person."""
        return make_script(self.runtime, self.rooms, name, self.slide_id, role)

    def post(self, who: Browser, *ops: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        """Send operations that the request as a whole takes, and return their results."""
        answer = who.post(self.address("annotations/ops"), json={"ops": list(ops), **more})
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    def get(self, who: Browser, what: str = "annotations") -> dict[str, Any]:
        """Read something of the slide."""
        answer = who.get(self.address(what))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def address(self, what: str) -> str:
        """Return the address of something of the slide."""
        return f"/slides/{self.slide_id}/{what}"

    def draw(self, who: Browser, **patch: Any) -> str:
        """Draw a rectangle and return its id."""
        target = new_id()
        shape = {"layer_id": self.layer_id, "geometry": RECTANGLE, **patch}
        result = self.post(who, operation("create", target, **shape))[0]
        assert result["outcome"] == "applied", result
        return target

    def layer(self, who: Browser, **members: Any) -> str:
        """Make a layer and return its id."""
        answer = who.post(self.address("layers"), json=members)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["layer_id"])


@pytest.fixture
def studio(runtime: Runtime, rooms: FastAPI, signed_in: Browser) -> Studio:
    return furnished(runtime, rooms, signed_in)


def furnished(runtime: Runtime, rooms: FastAPI, admin: Browser) -> Studio:
    """Return a slide with a layer."""
    with runtime.db.transaction() as session:
        project_id = slides.create_project(session, "Study")
    found = Studio(runtime, rooms, admin, project_id, make_slide(runtime, project_id, "a"))
    found.layer_id = found.layer(admin)
    return found


@pytest.fixture
def audited(runtime: Runtime) -> Callable[[str], list[Any]]:
    """Give the audit records whose action begins so."""

    def find(prefix: str) -> list[Any]:
        with runtime.db.read() as session:
            query = text("SELECT action, object_id, detail FROM audit WHERE action LIKE :prefix ORDER BY no")
            return list(session.execute(query, {"prefix": f"{prefix}%"}).all())

    return find
