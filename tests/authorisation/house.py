"""A furnished house: the whole application on SQLite, real slides in four projects, and somebody for each column.

It is furnished once. What a request changes is put back by copying the database, so that each cell of the table
is asked of the same house.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
import tifffile
from tests.support.people import scope_of

from coverslip.app import create_app
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features import access, identity, imports
from coverslip.features.access import Right, Role
from coverslip.features.exports.models import ExportRecord
from coverslip.features.identity import SYSTEM, Viewer
from coverslip.features.identity.models import PasskeyRecord, SessionRecord, TotpRecord
from coverslip.features.identity.sessions import start_session
from coverslip.features.identity.store_people import person_by_id
from coverslip.features.imports import rules as folder_rules
from coverslip.features.imports import uploads
from coverslip.features.imports.arrivals import Target
from coverslip.features.imports.parts import uploads_folder
from coverslip.features.imports.schemas import RuleIn
from coverslip.features.slides import attachments, saved_views
from coverslip.features.slides.schemas_cases import SavedViewIn
from coverslip.features.tiles import StoredTiles
from coverslip.features.viewing import marks
from coverslip.features.viewing.schemas import AlignmentIn, BookmarkIn, CameraView, PresetIn
from coverslip.infra.runtime import Runtime

ORIGIN: Final = "http://coverslip.test"
PASSWORD: Final = "wooden teapot under glass"
VIEW: Final = {"x": 10, "y": 10, "resolution": 1}
PROJECTS: Final = ("own", "consult", "elsewhere", "foreign")
MEMBERS: Final = {
    "v": (Role.VIEWER, None),
    "r": (Role.REVIEWER, None),
    "n": (Role.ANNOTATOR, None),
    "d": (Role.EDITOR, None),
    "b": (Role.EDITOR, (Right.EXPORT, Right.DOWNLOAD)),
    "m": (Role.MANAGER, None),
}
OFFICES: Final[dict[str, identity.OrganisationRole]] = {"U": "auditor", "P": "operator", "A": "administrator"}
PERSON_OF: Final = {"R": "m", "W": "m", "T": "A"}
"""Whose tokens they are."""
GUESSED: Final = "0192a0c4-7d5e-7000-8000-00000000cafe"


@dataclass
class House:
    """The application with everything in it.

    Attributes
    ----------
    headers : dict of dict
        What each column sends with every request.
    things : dict of dict
        Ids by object class, then by kind; of what is a person's own by person: ``things["own"]["export"]["v"]``.
    """

    runtime: Runtime
    app: StoredTiles
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    _kept: sqlite3.Connection | None = None
    _files: dict[Path, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._transport = httpx.ASGITransport(self.app, client=("203.0.113.7", 5000))

    def ask(self, column: str, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request as somebody, and nothing but what they would send."""
        headers = {"Origin": ORIGIN, **self.headers[column], **options.pop("headers", {})}
        request = httpx.Request(method, ORIGIN + path, headers=headers, **options)
        self.runtime.settings = self.runtime.settings.model_copy(update={"allow_public": column == "p"})
        found: httpx.Response = self.run(self._ask(request))
        return found

    def ask_all(self, asked: Sequence[tuple[str, str, str, dict[str, Any]]]) -> list[httpx.Response]:
        """Send several requests at once that change nothing."""

        async def all_of_them() -> list[httpx.Response]:
            return list(await asyncio.gather(*(self._ask(self._request(*one)) for one in asked)))

        found: list[httpx.Response] = self.run(all_of_them())
        return found

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        response = await self._transport.handle_async_request(request)
        response.request = request
        await response.aread()
        return response

    def run(self, work: Any) -> Any:
        """Run something on the application's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def keep(self) -> None:
        """Remember everything as it is now."""
        self._kept = sqlite3.connect(":memory:", check_same_thread=False)
        with _live(self.runtime) as live:
            live.backup(self._kept)
        data = self.runtime.settings.data
        folders = [data / "attachments", data / "exports", uploads_folder(self.runtime)]
        self._files = {path: path.read_bytes() for one in folders for path in one.rglob("*") if path.is_file()}

    def restore(self) -> None:
        """Put everything back; permissions that are held in memory are forgotten, as after a change."""
        assert self._kept is not None
        with _live(self.runtime) as live:
            self._kept.backup(live)
        for path, content in self._files.items():
            if not path.is_file() or path.stat().st_size != len(content):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        self.forget()

    def forget(self) -> None:
        """Forget the permissions that are held in memory."""

        async def drop() -> None:
            self.app.service().grants.drop()

        self.run(drop())

    def thing(self, kind: str, place: str, column: str) -> str:
        """Return the id of an object, for what is a person's own that of this column's person."""
        if place == "guessed":
            return GUESSED
        found = self.things[place].get(kind, GUESSED)
        if isinstance(found, dict):
            return str(found.get(column, found.get(PERSON_OF.get(column, ""), found.get("", GUESSED))))
        return str(found)

    def close(self) -> None:
        async def end() -> None:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            if others:
                await asyncio.wait(others, timeout=5)

        self.run(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        if self._kept is not None:
            self._kept.close()


@contextmanager
def _live(runtime: Runtime) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(runtime.settings.data / "coverslip.db", timeout=10)
    connection.execute("PRAGMA synchronous=OFF")
    try:
        yield connection
    finally:
        connection.close()


def furnish(runtime: Runtime, slide: Path, profile: bytes, folder: Path) -> House:
    """Build the house: people, slides, and one of everything that a route may name."""
    house = House(runtime, create_app(runtime))  # type: ignore[arg-type]  # the front of it
    _let_in(house)
    found = _bring_slides(house, slide, profile, folder)
    _sort(house, found)
    _share(house)
    for place in ("own", "shared", "foreign", "trashed"):
        _mark(house, place)
    _leave_personal(house)
    _administer(house, folder)
    _trash(house)
    house.keep()
    return house


# --- people -------------------------------------------------------------------------------------


def _let_in(house: House) -> None:
    with house.runtime.db.transaction() as session:
        identity.ensure_administrator(session)
        hashed = identity.hash_password(PASSWORD)
        for column in (*MEMBERS, "o", *OFFICES, "new", "left", "idle"):
            new = identity.NewPerson(f"person-{column}", f"Person {column}", organisation_role=OFFICES.get(column))
            person_id = identity.add_person(session, new, by=SYSTEM).person_id
            identity.put_password(session, person_id, hashed, by=SYSTEM)
            house.people[column] = person_id
        group = identity.add_group(session, "Readers", by=SYSTEM)
        for column in MEMBERS:
            identity.add_member(session, group, house.people[column], by=SYSTEM)
        spare = identity.add_group(session, "Spare", by=SYSTEM)
        identity.add_member(session, spare, house.people["new"], by=SYSTEM)
        house.things["own"] = {
            "readers": group,
            "group": spare,
            "person": house.people["new"],
            "left": house.people["left"],
        }
    house.headers["a"] = house.headers["p"] = {}
    for column in (*MEMBERS, "o", *OFFICES):
        house.headers[column] = _browser(house, column)
    house.headers["e"] = _browser(house, "m")
    _run_out(house, house.headers["e"])
    with house.runtime.db.transaction() as session:
        for column, scope in (("R", "read"), ("W", "write"), ("T", "write")):
            person_id = house.people[PERSON_OF[column]]
            secret = identity.create_token(session, person_id, "script", scopes=[scope])  # type: ignore[list-item]
            house.headers[column] = {"Authorization": f"Bearer {secret}"}
        identity.deactivate(session, house.people["left"], by=SYSTEM)


def _browser(house: House, column: str) -> dict[str, str]:
    with house.runtime.db.transaction() as session:
        person = person_by_id(session, house.people[column])
        assert person is not None
        caller = identity.Caller("203.0.113.7", "a browser", None)
        begun = start_session(session, person, caller, house.runtime.settings, utc_now())
    return {"Cookie": f"{identity.COOKIE}={begun.cookie}", identity.CSRF_HEADER: begun.csrf_token or ""}


def _run_out(house: House, headers: dict[str, str]) -> None:
    secret = identity.credential_hash(headers["Cookie"].partition("=")[2])
    with house.runtime.db.transaction() as session:
        row = session.query(SessionRecord).filter_by(secret_hash=secret).one()
        row.ends_at = utc_now() - timedelta(minutes=1)


def _as(house: House, column: str) -> Viewer:
    """Return a viewer who may do everything in a person's name, to make things that are theirs."""
    person = house.people[PERSON_OF.get(column, column)]
    return replace(SYSTEM, viewer_id=new_id(), person_id=person, name=f"Person {column}")


# --- slides -------------------------------------------------------------------------------------


def _bring_slides(house: House, slide: Path, profile: bytes, folder: Path) -> dict[str, str]:
    """Register slides by the real steps of an import; return their ids by name."""
    content = slide.read_bytes()
    for project in PROJECTS:
        (folder / project).mkdir(parents=True)
    names = [f"own/zz{one}" for one in ("own1", "gone1", "gone2", "gone3")]
    names += ["consult/zzshared1", "elsewhere/zzshared3", "foreign/zzforeign1"]
    for number, name in enumerate(names):
        # One byte more each: the same slide, and yet another file.
        (folder / f"{name}.svs").write_bytes(content + bytes(number))
    for number, name in enumerate(("own/zzown2", "own/zzgone4", "consult/zzshared2", "foreign/zzforeign2")):
        pixels = np.full((256, 256, 3), 100 + number, np.uint8)
        tifffile.imwrite(folder / f"{name}.tif", pixels, photometric="rgb", tile=(128, 128), iccprofile=profile)
    imports.import_paths(house.runtime, [folder / one for one in PROJECTS])
    listed = house.ask("A", "GET", "/api/v1/slides?limit=500").json()["items"]
    assert {one["state"] for one in listed} == {"ready"}, listed
    projects = house.ask("A", "GET", "/api/v1/projects").json()["items"]
    return {one["name"]: one["slide_id"] for one in listed} | {one["name"]: one["project_id"] for one in projects}


def _done(answer: httpx.Response) -> Any:
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


def _case(house: House, project: str, name: str, slides: Sequence[str]) -> str:
    case = _done(house.ask("A", "POST", "/api/v1/cases", json={"project_id": project, "name": name}))["case_id"]
    for one in slides:
        _done(house.ask("A", "PATCH", f"/api/v1/slides/{one}", json={"case_id": case}))
    return str(case)


def _sort(house: House, found: dict[str, str]) -> None:
    """Put the slides into cases, and name the objects of each class."""
    gone = _done(house.ask("A", "POST", "/api/v1/projects", json={"name": "gone", "parent_id": found["own"]}))
    _done(house.ask("A", "POST", "/api/v1/slides/move", json=_move(found["zzgone3"], gone["project_id"])))
    dim = _done(house.ask("A", "POST", "/api/v1/projects", json={"name": "dim", "parent_id": found["own"]}))
    house.things["own"] |= {
        "lent case": _case(house, found["own"], "lent", []),
        "kept case": _case(house, found["own"], "kept", []),
        "dim project": dim["project_id"],
        "coloured": found["zzown2"],
        "project": found["own"],
        "slide": found["zzown1"],
        "second": found["zzown2"],
        "case": _case(house, found["own"], "zzowncase", [found["zzown1"]]),
    }
    house.things["shared"] = {
        "coloured": found["zzshared2"],
        "project": found["elsewhere"],
        "slide": found["zzshared1"],
        "second": found["zzshared2"],
        "case": _case(house, found["consult"], "zzsharedcase", [found["zzshared1"], found["zzshared2"]]),
    }
    house.things["foreign"] = {
        "coloured": found["zzforeign2"],
        "project": found["foreign"],
        "slide": found["zzforeign1"],
        "second": found["zzforeign2"],
        "case": _case(house, found["foreign"], "zzforeigncase", [found["zzforeign1"]]),
    }
    house.things["trashed"] = {
        "coloured": found["zzgone4"],
        "project": gone["project_id"],
        "slide": found["zzgone1"],
        "second": found["zzown2"],
        "case": _case(house, found["own"], "zzgonecase", [found["zzgone2"]]),
    }
    house.things["guessed"] = {"second": found["zzown2"]}


def _move(slide_id: str, project_id: str) -> dict[str, Any]:
    return {"slide_ids": [slide_id], "project_id": project_id, "case_id": None}


def _share(house: House) -> None:
    """Give everybody what their column says, and somebody new an entry everywhere, so that it can be taken away."""
    things, group = house.things, house.things["own"]["readers"]
    with house.runtime.db.transaction() as session:
        own, foreign = (scope_of(session, "project", things[one]["project"]) for one in ("own", "foreign"))
        for column, (role, rights) in MEMBERS.items():
            access.grant(session, house.people[column], role, own, rights=rights)
        access.grant(session, house.people["o"], Role.MANAGER, foreign)
        dim, lent = things["own"]["dim project"], things["own"]["lent case"]
        access.grant(session, house.people["b"], Role.MANAGER, scope_of(session, "project", dim), rights=())
        access.grant(session, house.people["o"], Role.MANAGER, scope_of(session, "case", lent))
        kept = scope_of(session, "case", things["own"]["kept case"])
        for column in MEMBERS:
            access.grant(session, house.people[column], Role.VIEWER, kept)
        for kind in ("project", "case"):
            scope = scope_of(session, kind, things["shared"][kind])
            access.grant(session, group, Role.VIEWER, scope, rights=(), group=True)
        for place in ("own", "shared", "foreign", "trashed"):
            for kind in ("project", "case", "slide"):
                scope = scope_of(session, kind, things[place][kind])
                access.grant(session, house.people["new"], Role.VIEWER, scope, rights=())


def _mark(house: House, place: str) -> None:
    """Leave on a slide whatever hangs on slides."""
    things, runtime, manager = house.things[place], house.runtime, _as(house, "m")
    index, data = runtime.settings.index_folder, runtime.settings.data
    slide, second, project = things["slide"], things["second"], things["project"]
    style = {"gamma": 1.5}
    bookmark = BookmarkIn(name=f"mark of {place}", view=CameraView(**VIEW))
    with runtime.db.transaction() as session:
        things["bookmark"] = marks.add_bookmark(session, manager, slide, bookmark, index).bookmark_id
        things["my bookmark"] = {
            column: marks.add_bookmark(session, _as(house, column), slide, bookmark, index).bookmark_id
            for column in (*MEMBERS, "o", *OFFICES)
        }
        things["preset"] = marks.add_preset(
            session, manager, PresetIn(name="on slide", style=style, slide_id=slide), index
        ).preset_id
        things["project's preset"] = marks.add_preset(
            session, manager, PresetIn(name="in project", style=style, project_id=project), index
        ).preset_id
        lies = AlignmentIn(matrix=[1, 0, 0, 1, 5, 5], pairs=[])
        marks.set_alignment(session, manager, slide, second, lies, index)
        if place != "own":
            marks.set_alignment(session, manager, house.things["own"]["slide"], slide, lies, index)
    with (data / "note.txt").open("w+b") as file:
        file.write(f"note of {place}".encode())
        file.seek(0)
        word = {"own": "zzown", "shared": "zzshared", "foreign": "zzforeign", "trashed": "zzgone"}[place]
        kept = attachments.attach(runtime.db, data, manager, "slide", slide, file, f"{word}.txt", "text/plain")
    things["attachment"] = kept.attachment_id


# --- what is a person's own ---------------------------------------------------------------------


def _leave_personal(house: House) -> None:
    runtime = house.runtime
    everybody = (*MEMBERS, "o", *OFFICES, "new")
    kinds = ("upload", "arrival", "view", "session", "passkey", "token")
    mine: dict[str, dict[str, str]] = {kind: {} for kind in kinds}
    for column in everybody:
        viewer = _as(house, column)
        wanted = uploads.Wanted(f"{column}.svs", 5, Target(project=house.things["own"]["project"]))
        begun = uploads.create(runtime, viewer, wanted)
        mine["upload"][column], mine["arrival"][column] = begun.upload_id, begun.arrival_id
        _browser(house, column)
        with runtime.db.transaction() as session:
            view = SavedViewIn(name=f"view of {column}", query={})
            mine["view"][column] = saved_views.create_view(session, viewer, view).view_id
            mine["session"][column] = identity.list_sessions(session, viewer.person_id)[0].session_id
            identity.create_token(session, viewer.person_id, "spare")
            mine["token"][column] = identity.list_tokens(session, viewer.person_id)[0].token_id
            mine["passkey"][column] = _passkey(session, viewer.person_id)
            session.add(TotpRecord(person_id=viewer.person_id, sealed_secret="sealed", confirmed_at=utc_now()))
    for kind, ids in mine.items():
        house.things["own"][kind] = ids
        house.things["foreign"][kind] = ids["new"]
    for place in ("own", "shared", "trashed"):
        house.things[place]["export"] = {column: _export(house, column, place) for column in everybody}
    house.things["foreign"]["export"] = _export(house, "new", "foreign")
    with runtime.db.transaction() as session:
        shown = SavedViewIn(name="for all", query={"project_id": house.things["own"]["project"]}, shared=True)
        author = replace(_as(house, "m"), person_id=house.people["idle"])
        house.things["own"]["shared view"] = saved_views.create_view(session, author, shown).view_id


def _passkey(session: Any, person_id: str) -> str:
    passkey_id = new_id()
    session.add(
        PasskeyRecord(
            passkey_id=passkey_id,
            person_id=person_id,
            credential_id=new_id().replace("-", ""),
            public_key="",
            sign_count=0,
            name="key",
            synced=False,
            created_at=utc_now(),
            last_used_at=None,
        )
    )
    return passkey_id


def _export(house: House, column: str, place: str) -> str:
    """Leave a finished export with the slide's name in it, as if it had been asked for when that was allowed."""
    slide, export_id, now = house.things[place]["slide"], new_id(), utc_now()
    folder = house.runtime.settings.data / "exports"
    folder.mkdir(exist_ok=True)
    (folder / export_id).write_bytes(b"II*\0")
    with house.runtime.db.transaction() as session:
        row = ExportRecord(export_id=export_id, slide_id=slide, slide_version="", job_id="", kind="ome-tiff")
        row.scope_id, row.person_id = scope_of(session, "slide", slide), house.people[column]
        row.request, row.file_name, row.state = {"kind": "ome-tiff"}, f"zz{place}.ome.tif", "done"
        row.tiles_done = row.tiles_all = 1
        row.estimated_bytes = row.size_bytes = 4
        row.created_at = row.finished_at = now
        row.expires_at = now + timedelta(days=7)
        session.add(row)
    return export_id


# --- administration -----------------------------------------------------------------------------


def _administer(house: House, folder: Path) -> None:
    own = house.things["own"]
    asked = identity.NewPerson("applicant", "Applicant", state="pending")
    with house.runtime.db.transaction() as session:
        own["applicant"] = identity.add_person(session, asked, by=SYSTEM).person_id
        own["any token"] = own["token"]["new"]
        own["rule"] = folder_rules.create(session, SYSTEM, RuleIn(folder=str(folder / "own" / "box"))).rule_id
    own["invitation"] = _done(house.ask("A", "POST", "/api/v1/invitations", json={"name": "Guest"}))["link_id"]
    own["root"] = _done(house.ask("A", "GET", "/api/v1/imports/roots"))["items"][0]["root_id"]


def _trash(house: House) -> None:
    """Put into the trash what lies there; each by itself."""
    gone = house.things["trashed"]
    for kind in ("slide", "coloured"):
        _done(house.ask("A", "POST", "/api/v1/slides/trash", json={"slide_ids": [gone[kind]]}))
    for kind in ("case", "project"):
        _done(house.ask("A", "POST", f"/api/v1/{kind}s/{gone[kind]}/trash"))
