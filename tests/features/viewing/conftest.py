"""Two slides, a second person who may look at one project only, and real slides for what needs pixels."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from tests.features.conftest import Browser
from tests.support.people import add_person

from coverslip.features import access, identity, imports, slides
from coverslip.features.slides import SlideEntry, SlideState
from coverslip.infra.runtime import Runtime


@dataclass(frozen=True)
class Study:
    """A project with two slides."""

    project_id: str
    first: str
    second: str


@pytest.fixture
def study(runtime: Runtime) -> Study:
    with runtime.db.transaction() as session:
        project = slides.create_project(session, "Study")
        ids = [
            slides.put_slide(
                session, SlideEntry(None, project, name, f"{name}.svs", "/x", (name,), 1, SlideState.READY)
            )
            for name in ("a", "b")
        ]
    return Study(project, *ids)


@pytest.fixture
def person(runtime: Runtime, rooms: FastAPI) -> Callable[..., Browser]:
    """Give a script of another person who is something on a project, with a token of their own."""

    def make(name: str, project_id: str | None = None, role: access.Role = access.Role.VIEWER) -> Browser:
        with runtime.db.transaction() as session:
            person_id = add_person(session, name)
            if project_id is not None:
                query = text("SELECT scope_id FROM project WHERE project_id = :id")
                scope_id = session.execute(query, {"id": project_id}).scalar_one()
                access.grant(session, person_id, role, scope_id, rights=access.ALL_RIGHTS)
            secret = identity.create_token(session, person_id, "script")
        found = Browser(rooms)
        found.headers["Authorization"] = f"Bearer {secret}"
        return found

    return make


@pytest.fixture
def register(runtime: Runtime, signed_in: Any) -> Callable[[Path], dict[str, Any]]:
    """Register a slide file in place and give its detail."""

    def make(path: Path) -> dict[str, Any]:
        imports.import_paths(runtime, [path])
        items = signed_in.get("/slides?limit=500").json()["items"]
        found = next(one for one in items if one["name"] in (path.stem, path.name))
        assert found["state"] == "ready", found["reason"]
        detail: dict[str, Any] = signed_in.get(f"/slides/{found['slide_id']}").json()
        return detail

    return make


@pytest.fixture
def audited(runtime: Runtime) -> Callable[[str], list[Any]]:
    """Give the audit records whose action begins so."""

    def find(prefix: str) -> list[Any]:
        with runtime.db.read() as session:
            query = text("SELECT action, object_id, detail FROM audit WHERE action LIKE :prefix ORDER BY no")
            return list(session.execute(query, {"prefix": f"{prefix}%"}).all())

    return find
