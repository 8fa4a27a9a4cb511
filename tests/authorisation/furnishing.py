"""Everything in the house: people, slides and one of everything that a route may name."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import tifffile
from tests.authorisation.house import MEMBERS, OFFICES, PASSWORD, PERSON_OF, PROJECTS, VIEW, House
from tests.support.people import scope_of

from coverslip.app import create_app
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features import access, annotations, identity, imports
from coverslip.features.access import Role
from coverslip.features.access.models import Share
from coverslip.features.boards import service as boards
from coverslip.features.boards.schemas import BoardIn
from coverslip.features.exports.models import ExportRecord
from coverslip.features.identity import SYSTEM, Viewer
from coverslip.features.identity.models import PasskeyRecord, SessionRecord, ShareSession, TotpRecord
from coverslip.features.identity.sessions import start_session
from coverslip.features.identity.store_people import person_by_id
from coverslip.features.imports import rules as folder_rules
from coverslip.features.imports import uploads
from coverslip.features.imports.arrivals import Target
from coverslip.features.imports.schemas import RuleIn
from coverslip.features.slides import attachments, saved_views
from coverslip.features.slides.schemas_cases import SavedViewIn
from coverslip.features.viewing import marks
from coverslip.features.viewing.schemas import AlignmentIn, BookmarkIn, CameraView, PresetIn
from coverslip.infra.runtime import Runtime


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
    _share_with_strangers(house)
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
        board = BoardIn(project_id=project, title=f"board of {place}")
        things["board"] = boards.create_board(session, manager, board, index).board_id
        things["my board"] = {
            column: boards.create_board(session, _as(house, column), board, index).board_id
            for column in (*MEMBERS, "o", *OFFICES)
        }
        things["preset"] = marks.add_preset(
            session, manager, PresetIn(name="on slide", style=style, slide_id=slide), index
        ).preset_id
        things["project's preset"] = marks.add_preset(
            session, manager, PresetIn(name="in project", style=style, project_id=project), index
        ).preset_id
        layer = annotations.create_layer(session, manager, slide, annotations.LayerIn(name=f"layer of {place}"))
        things["layer"], things["annotation"] = layer.layer_id, new_id()
        shape = {"layer_id": layer.layer_id, "geometry": {"kind": "point", "at": [5, 5]}}
        drawn = {"op_id": new_id(), "entity": "annotation", "target": things["annotation"], "kind": "create"}
        annotations.apply(session, manager, slide, [{**drawn, "patch": shape}])
        lies = AlignmentIn(matrix=[1, 0, 0, 1, 5, 5], pairs=[])
        marks.set_alignment(session, manager, slide, second, lies, index)
        if place != "own":
            marks.set_alignment(session, manager, house.things["own"]["slide"], slide, lies, index)
    things["result"], things["overlay"] = _lay_over(runtime, manager, slide)
    with (data / "note.txt").open("w+b") as file:
        file.write(f"note of {place}".encode())
        file.seek(0)
        word = {"own": "zzown", "shared": "zzshared", "foreign": "zzforeign", "trashed": "zzgone"}[place]
        kept = attachments.attach(runtime.db, data, manager, "slide", slide, file, f"{word}.txt", "text/plain")
    things["attachment"] = kept.attachment_id


def _lay_over(runtime: Runtime, manager: Viewer, slide: str) -> tuple[str, str]:
    """Make a result layer and an overlay of a slide."""
    batch = annotations.Batch(annotations.from_points(np.array([[5.0, 5.0], [9.0, 9.0]])), {"size": np.ones(2)})
    points = annotations.publish_layer(runtime, manager, slide, "Points", [batch])
    picture = runtime.settings.data / "picture.npy"
    np.save(picture, np.ones((4, 4), np.uint8))
    laid = annotations.publish_overlay(runtime, manager, slide, "Picture", picture, kind="labels")
    return points.layer_id, laid.layer_id


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


def _share_with_strangers(house: House) -> None:
    """Share the own project with strangers, whose browsers hold nothing but the link's session."""
    for column, may in (("L", "look"), ("N", "annotate"), ("X", "look"), ("K", "look")):
        made = _linked(house, "own", may=may, annotations=column == "N")
        opened = house.ask("a", "POST", "/api/v1/share/open", json={"token": made["token"]})
        csrf = _done(opened)["csrf_token"]
        cookie = opened.headers["set-cookie"].partition(";")[0]
        house.headers[column] = {"Cookie": cookie, identity.CSRF_HEADER: csrf}
        if column == "K":
            _done(house.ask("A", "DELETE", f"/api/v1/shares/{made['share']['share_id']}"))
        elif column == "X":
            with house.runtime.db.transaction() as session:
                ended = utc_now() - timedelta(minutes=1)
                session.query(Share).filter_by(share_id=made["share"]["share_id"]).update({"expires_at": ended})
                session.query(ShareSession).filter_by(share_id=made["share"]["share_id"]).update({"ends_at": ended})
    dim = {"kind": "project", "object_id": house.things["own"]["dim project"]}
    made = _done(house.ask("A", "POST", "/api/v1/shares", json=dim))
    house.things["own"]["dim share"] = made["share"]["share_id"]
    for place in ("own", "shared", "foreign"):
        house.things[place]["share"] = _linked(house, place)["share"]["share_id"]


def _linked(house: House, place: str, **more: Any) -> dict[str, Any]:
    body = {"kind": "project", "object_id": house.things[place]["project"], **more}
    return dict(_done(house.ask("A", "POST", "/api/v1/shares", json=body)))
