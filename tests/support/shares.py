"""A clinic with something to share: two projects, cases and slides in which every name is a canary."""

from typing import Any, Final

import httpx
from sqlalchemy import select
from tests.support.canaries import WORD, entry
from tests.support.people import add_person, give

from coverslip.features import identity, slides
from coverslip.features.access import Right, Role
from coverslip.infra.audit import called_from
from coverslip.infra.db import Base
from coverslip.infra.runtime import Runtime

PASSWORD: Final = "blue lantern at the pier"


class House:
    """Two projects; the first holds two cases of two slides and a loose one, the second a slide nobody shares.

    Parameters
    ----------
    runtime : Runtime
    admin : Browser
        In which the administrator is signed in.
    browser : callable
        Gives a fresh one.
    """

    def __init__(self, runtime: Runtime, admin: Any, browser: Any) -> None:
        self.runtime, self.admin, self._browser = runtime, admin, browser
        with runtime.db.transaction() as session:
            self.project = slides.create_project(session, f"{WORD}-project")
            self.below = slides.create_project(session, f"{WORD}-below", self.project)
            self.foreign_project = slides.create_project(session, "Foreign")
            self.slides = [slides.put_slide(session, entry(self.project, number)) for number in range(1, 6)]
            self.deep = slides.put_slide(session, entry(self.below, 6))
            self.foreign = slides.put_slide(session, entry(self.foreign_project, 7))
        self.cases = [self.case(f"{WORD}-case-{number}", {"mrn": f"{WORD}-mrn"}) for number in (1, 2)]
        for number, slide_id in enumerate(self.slides[:4]):
            patch = {
                "name": f"{WORD}-name-{number}",
                "case_id": self.cases[number // 2],
                "label_text": f"{WORD}-label",
                "fields": {f"{WORD}-key": f"{WORD}-value"},
                "stain": "HER2",
                "block": "A1",
                "tags": ["second opinion"],
            }
            self.call(admin, "PATCH", f"/slides/{slide_id}", patch)
        with runtime.db.transaction() as session:
            self.manager_id = add_person(session, "Dr Ada Sender")
        give(runtime, self.manager_id, Role.MANAGER, "project", self.project, *Right)
        self.manager = self.signed_in(self.manager_id)

    def browser(self) -> Any:
        """A fresh browser; what it does is on record with its address and link, as behind the real front."""
        found = self._browser()
        found._app = _Front(found._app)
        return found

    def case(self, name: str, fields: dict[str, str]) -> str:
        body = {"project_id": self.project, "name": name, "fields": fields}
        return str(self.call(self.admin, "POST", "/cases", body, 201)["case_id"])

    def signed_in(self, person_id: str) -> Any:
        """A browser in which somebody is signed in."""
        with self.runtime.db.transaction() as session:
            link = identity.reset(session, person_id, by=identity.SYSTEM)
        found = self.browser()
        answer = found.post("/links/use", json={"token": link.token, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        found.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return found

    def call(self, who: Any, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = who.request(method, path, **({} if body is None else {"json": body}))
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def share(self, kind: str = "project", object_id: str | None = None, **more: Any) -> dict[str, Any]:
        """Make a link as the manager: the share, its token and its address."""
        one = object_id or {"project": self.project, "case": self.cases[0], "slide": self.slides[0]}[kind]
        found: dict[str, Any] = self.call(
            self.manager, "POST", "/shares", {"kind": kind, "object_id": one, **more}, 201
        )
        return found

    def opened(self, made: dict[str, Any], **more: Any) -> Any:
        """A stranger's browser in which a link is open."""
        found = self.browser()
        answer = open_link(found, made["token"], **more)
        assert answer.status_code == 200, answer.text
        return found


class _Front:
    """Begins each request as ``tiles.StoredTiles`` does."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.routes = app.routes

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        called_from(scope["client"][0])
        await self._app(scope, receive, send)


def open_link(browser: Any, token: str, **more: Any) -> httpx.Response:
    """Press "Open slides" and keep the token for changes."""
    answer: httpx.Response = browser.post("/share/open", json={"token": token, **more})
    if answer.status_code == 200:
        browser.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return answer


def dump(runtime: Runtime) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table."""
    with runtime.db.read() as session:
        return {
            table.name: sorted((tuple(map(repr, row)) for row in session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }
