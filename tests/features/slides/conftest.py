"""Slides registered by name, and what a person does to them over HTTP."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features import slides
from coverslip.features.identity import Viewer
from coverslip.features.slides import SlideEntry, SlideState
from coverslip.infra.runtime import Runtime


class Catalogue:
    """Acts on the catalogue as the web app does; every answer must be the status expected."""

    def __init__(self, runtime: Runtime, browser: Any) -> None:
        self.runtime = runtime
        self.browser = browser

    def project(self, name: str = "Study", parent: str | None = None) -> str:
        with self.runtime.db.transaction() as session:
            return slides.create_project(session, name, parent)

    def put(self, project: str, names: Iterable[str], folder: str = "/served/box") -> dict[str, str]:
        """Register slides by name and return their ids."""
        with self.runtime.db.transaction() as session:
            return {
                name: slides.put_slide(
                    session,
                    SlideEntry(None, project, name, f"{name}.svs", folder, (f"{name}.svs",), 1, SlideState.READY),
                )
                for name in names
            }

    def call(self, method: str, path: str, body: Any = None, status: int = 200, **options: Any) -> Any:
        answer = self.browser.request(method, path, **({"json": body} if body is not None else {}), **options)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def case(self, project: str, name: str, **more: Any) -> str:
        return str(self.call("POST", "/cases", {"project_id": project, "name": name, **more}, 201)["case_id"])

    def change(self, slide_id: str, status: int = 200, **patch: Any) -> Any:
        return self.call("PATCH", f"/slides/{slide_id}", patch, status)

    def slide(self, slide_id: str) -> Any:
        return self.call("GET", f"/slides/{slide_id}")

    def listed(self, **params: Any) -> list[str]:
        """Return the names of a list, whose total must agree."""
        found = self.call("GET", "/slides", params={"limit": 500, **params})
        assert found["total"] == len(found["items"])
        return [one["name"] for one in found["items"]]

    def counts(self, facet: str, **params: Any) -> dict[str, int]:
        return {one["value"]: one["count"] for one in self.call("GET", "/slides", params=params)[facet]}


@pytest.fixture
def catalogue(runtime: Runtime, signed_in: Any) -> Catalogue:
    """The catalogue with an administrator signed in, on each database."""
    return Catalogue(runtime, signed_in)


@pytest.fixture
def somebody() -> Callable[[], Viewer]:
    """Give a person who is no administrator."""
    return lambda: Viewer(new_id(), "session", new_id(), "Reader", None, utc_now(), None)
