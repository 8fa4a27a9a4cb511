"""What each row of the table sends: the smallest request that would be done for somebody who may.

``$slide`` and the like stand for the id of the object that the row is about, in the class that is asked about;
``$own.slide`` for one that is always theirs.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any, Final

import httpx
from tests.authorisation.house import PASSWORD, VIEW, House

FORM: Final = {"files": {"file": ("zz.txt", b"a note", "text/plain")}}
TUS: Final = {"Tus-Resumable": "1.0.0"}
CHALLENGE: Final = "0" * 43

DRAWN: Final = {
    "op_id": "0192a0c4-7d5e-7000-8000-0000000000a1",
    "entity": "annotation",
    "target": "0192a0c4-7d5e-7000-8000-0000000000a2",
    "kind": "create",
    "patch": {"layer_id": "$layer", "geometry": {"kind": "point", "at": [10, 10]}},
}
REMARK: Final = {
    **DRAWN,
    "entity": "comment",
    "patch": {"on": {"kind": "annotation", "annotation_id": "$annotation"}, "text": "Look"},
}

# By method and path; where a route has several rows, by the object of the row as well.
ASKED: Final[Mapping[str, dict[str, Any]]] = {
    "POST /csp-report": {"content": b"{}"},
    "POST /session": {"json": {"one_time_token": CHALLENGE}},
    "POST /session/second-factor": {"json": {"challenge": CHALLENGE, "totp": "000000"}},
    "POST /session/passkey": {"json": {"challenge": CHALLENGE, "passkey": {}}},
    "POST /session/external/{name}": {"json": {"next": "/"}},
    "POST /session/external/{name}/prove": {"json": {"next": "/"}},
    "POST /people/sign-in/{name}/test": {"json": {"user_name": "alice"}},
    "POST /people/{person_id}/link": {"json": {"provider": "clinic", "key": "1"}},
    "POST /session/confirm": {"json": {"password": PASSWORD}},
    "POST /me/terms": {"json": {"version": "1"}},
    "PATCH /me": {"json": {"name": "Another Name"}},
    "PUT /me/password": {"json": {"current_password": PASSWORD, "new_password": "seven herons on the ridge"}},
    "POST /password-check": {"json": {"password": "x"}},
    "POST /me/totp/confirm": {"json": {"code": "000000"}},
    "POST /me/passkeys": {"json": {"challenge": CHALLENGE, "name": "key", "passkey": {}}},
    "POST /me/tokens": {"json": {"name": "script", "scopes": ["read"], "days": 1}},
    "PUT /me/preferences": {"json": {"tour_done": True}},
    "POST /display-checks": {"json": {"workstation": "room 1", "result": {}}},
    "POST /links/look": {"json": {"token": CHALLENGE}},
    "POST /links/use": {"json": {"token": CHALLENGE, "password": PASSWORD}},
    "POST /registration": {"json": {"name": "Somebody", "email": "somebody@lab.example"}},
    "POST /invitations": {"json": {}},
    "POST /people": {"json": {"user_name": "newcomer", "name": "Newcomer"}},
    "PATCH /people/{person_id}": {"json": {"name": "Renamed"}},
    "POST /people/{person_id}/approve": {"json": {}},
    "POST /people/{person_id}/reset-link": {"json": {}},
    "POST /people/{person_id}/hand-over": {"json": {"to_person_id": "$own.person"}},
    "PUT /projects/{object_id}/members/{subject_kind}/{subject_id}": {"json": {"role": "viewer"}},
    "PUT /cases/{object_id}/members/{subject_kind}/{subject_id}": {"json": {"role": "viewer"}},
    "PUT /slides/{object_id}/members/{subject_kind}/{subject_id}": {"json": {"role": "viewer"}},
    "POST /groups": {"json": {"name": "Another group"}},
    "PATCH /groups/{group_id}": {"json": {"description": "people who read"}},
    "POST /projects -": {"json": {"name": "On top"}},
    "POST /projects project": {"json": {"name": "Below", "parent_id": "$project"}},
    "PATCH /projects/{project_id}": {"json": {"name": "renamed"}},
    "PUT /projects/{project_id}/settings": {"json": {"metadata_schema": [{"key": "grade", "type": "string"}]}},
    "PUT /projects/{project_id}/settings dim project": {
        "json": {"metadata_schema": [{"key": "grade", "type": "string", "identity": False}]}
    },
    "POST /projects/{project_id}/pattern/preview": {"json": {"pattern": "{case}_{block}"}},
    "POST /projects/{project_id}/pattern/apply": {"json": {"pattern": "{case}_{block}"}},
    "POST /projects/{project_id}/metadata/import": {
        "content": b"name,stain\nzzown2,HE\n",
        "headers": {"Content-Type": "text/csv"},
        "params": {"dry_run": "false"},
    },
    "PUT /projects/{project_id}/visibility": {"json": {"visibility": "signed_in"}},
    "GET /cases project": {"params": {"project_id": "$project"}},
    "GET /cases search": {"params": {"q": "zzowncase"}},
    "GET /cases search within": {"params": {"q": "zzown1"}},
    "POST /cases": {"json": {"project_id": "$project", "name": "zzcase"}},
    "PATCH /cases/{case_id} case": {"json": {"tags": ["seen"]}},
    "PATCH /cases/{case_id} case name": {"json": {"name": "zzrenamed"}},
    "POST /cases/{case_id}/attachments": FORM,
    "GET /slides project": {"params": {"project_id": "$project"}},
    "GET /slides search": {"params": {"q": "zzown1"}},
    "GET /slides/table project": {"params": {"project_id": "$project"}},
    "POST /slides/batch slide": {"json": {"slide_ids": ["$slide"], "patch": {"rating": 3}}},
    "POST /slides/batch slide name": {"json": {"slide_ids": ["$slide"], "patch": {"label_text": "zzlabel"}}},
    "PATCH /slides/{slide_id} slide": {"json": {"rating": 3}},
    "PATCH /slides/{slide_id} slide name": {"json": {"name": "zzrenamed"}},
    "POST /slides/move slide": {"json": {"slide_ids": ["$slide"], "project_id": "$home", "case_id": None}},
    "POST /slides/move kept case": {
        "json": {"slide_ids": ["$own.slide"], "project_id": "$own.project", "case_id": "$own.kept case"}
    },
    "POST /slides/move project": {"json": {"slide_ids": ["$own.slide"], "project_id": "$project", "case_id": None}},
    "POST /slides/copy slide": {"json": {"slide_ids": ["$slide"], "project_id": "$home", "case_id": None}},
    "POST /slides/copy project": {"json": {"slide_ids": ["$own.slide"], "project_id": "$project", "case_id": None}},
    "POST /slides/trash": {"json": {"slide_ids": ["$slide"]}},
    "POST /slides/restore": {"json": {"slide_ids": ["$slide"]}},
    "POST /trash/purge slide": {"json": {"object_ids": ["$slide"]}},
    "POST /trash/purge -": {"json": {}},
    "POST /slides/{slide_id}/attachments": FORM,
    "POST /views": {"json": {"name": "all", "query": {}}},
    "PATCH /views/{view_id}": {"json": {"name": "renamed"}},
    "POST /slides/{slide_id}/bookmarks": {"json": {"name": "here", "view": VIEW}},
    "PATCH /bookmarks/{bookmark_id}": {"json": {"note": "look here"}},
    "PUT /alignments/{slide_id}/{other_id}": {"json": {"matrix": [1, 0, 0, 1, 2, 3], "pairs": []}},
    "GET /presets slide": {"params": {"slide_id": "$slide"}},
    "GET /presets project": {"params": {"project_id": "$project"}},
    "POST /presets slide": {"json": {"name": "dark", "style": {}, "slide_id": "$slide"}},
    "POST /presets project": {"json": {"name": "dark", "style": {}, "project_id": "$project"}},
    "POST /me/notices/read": {"json": {}},
    "PUT /me/notices/choices": {"json": {"mail": ["mention"]}},
    "GET /boards project": {"params": {"project_id": "$project"}},
    "POST /boards": {"json": {"project_id": "$project", "title": "Monday"}},
    "PATCH /boards/{board_id}": {"json": {"rev": 1, "title": "Tuesday"}},
    "PUT /boards/{board_id}/order": {"json": {"rev": 1, "stop_ids": []}},
    "PUT /slides/{slide_id}/place": {"json": VIEW},
    "GET /viewing/opened": {"params": {"slide_id": "$own.slide"}},
    "POST /slides/{slide_id}/coverage": {"json": {"cells": [0]}},
    "GET /slides/{slide_id}/people": {"params": {"q": "person"}},
    "POST /slides/{slide_id}/annotations/ops slide": {"json": {"ops": [DRAWN]}},
    "POST /slides/{slide_id}/annotations/ops slide remark": {"json": {"ops": [REMARK]}},
    "POST /slides/{slide_id}/annotations/import": {"content": b'{"type":"Point","coordinates":[5,5]}'},
    "POST /projects/{project_id}/annotation-files": {"json": {}},
    "GET /annotations/slides project": {"params": {"project_id": "$project"}},
    "POST /slides/{slide_id}/layers": {"json": {"name": "Mitoses"}},
    "PATCH /slides/{slide_id}/layers/{layer_id}": {"json": {"name": "Mitoses"}},
    "POST /slides/{slide_id}/layers/import": {
        "params": {"kind": "labels", "name": "Tissue"},
        "content": b"\x93NUMPY\x01\0F\0{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2), }          \n\1\2",
    },
    "POST /slides/{slide_id}/layers/{layer_id}/result/select": {"json": {}},
    "POST /slides/{slide_id}/layers/{layer_id}/result/summary": {"json": {}},
    "GET /slides/{slide_id}/layers/{layer_id}/result/export": {"params": {"format": "csv"}},
    "PUT /projects/{project_id}/classes": {"json": {"classes": [], "rev": 0}},
    "POST /imports/roots": {"json": {"path": "/tmp"}},
    "POST /imports project": {"data": {"project": "$project"}, "params": {"wait": "0"}},
    "POST /imports case's project": {"data": {"project": "$project", "case": "zzcase"}, "params": {"wait": "0"}},
    "POST /imports/batch": {"content": b"file\n/nowhere.svs\n", "headers": {"Content-Type": "text/csv"}},
    "POST /imports/rules": {"json": {"folder": "/somewhere"}},
    "PATCH /imports/rules/{rule_id}": {"json": {"stain": "HE"}},
    "POST /uploads project": {"headers": {**TUS, "Upload-Length": "4"}, "metadata": {"project": "$project"}},
    "POST /uploads case's project": {
        "headers": {**TUS, "Upload-Length": "4"},
        "metadata": {"project": "$project", "case": "zzcase"},
    },
    "HEAD /uploads/{upload_id}": {"headers": TUS},
    "PATCH /uploads/{upload_id}": {
        "headers": {**TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"},
        "content": b"x",
    },
    "DELETE /uploads/{upload_id}": {"headers": TUS},
    "GET /downloads": {"params": {"slide_id": "$slide"}},
    "GET /downloads/size": {"params": {"slide_id": "$slide"}},
    "GET /slides/{slide_id}/region": {"params": {"x": "0", "y": "0", "width": "8", "height": "8"}},
    "GET /slides/{slide_id}/pixel": {"params": {"x": "1", "y": "1"}},
    "GET /slides/{slide_id}/exports/estimate": {"params": {"kind": "ome-tiff", "identity": "false"}},
    "POST /slides/{slide_id}/exports slide": {"json": {"kind": "ome-tiff"}},
    "POST /slides/{slide_id}/exports slide name": {"json": {"kind": "ome-tiff", "identity": True}},
    "POST /shares project": {"json": {"kind": "project", "object_id": "$project"}},
    "POST /shares case": {"json": {"kind": "case", "object_id": "$case"}},
    "POST /shares slide": {"json": {"kind": "slide", "object_id": "$slide"}},
    "POST /shares dim project": {"json": {"kind": "project", "object_id": "$own.dim project", "identity": True}},
    "POST /shares/check": {"json": {"kind": "slide", "object_id": "$slide"}},
    "PATCH /shares/{share_id} dim share": {"json": {"identity": True}},
    "PATCH /shares/{share_id}": {"json": {"note": "another note"}},
    "POST /share/look": {"json": {"token": CHALLENGE}},
    "POST /share/open": {"json": {"token": CHALLENGE}},
    "POST /share/request": {"json": {"token": CHALLENGE}},
    "POST /share/done": {"json": {}},
    "GET /audit/sightings": {"params": {"object": "$own.slide"}},
}

QUERIES: Final = {
    "candidates": {"q": "person"},
    "explain": {"person_id": "$own.person"},
}
FIXED: Final = {
    "subject_kind": "person",
    "z": "0",
    "x": "0",
    "y": "0",
    "level": "8",
    "object_no": "0",
    "name": "label",
}
"""Parts of addresses that are no ids."""


def send(house: House, column: str, method: str, path: str, thing: str, place: str) -> httpx.Response:
    """Send a row's request as one principal, about an object of one class."""
    return house.ask_all([prepared(house, column, method, path, thing, place)])[0]


def prepared(
    house: House, column: str, method: str, path: str, thing: str, place: str
) -> tuple[str, str, str, dict[str, Any]]:
    """Return a row's request: who sends it, method, address, and the rest."""
    short = path.removeprefix("/api/v1")
    options = ASKED.get(f"{method} {short} {thing}") or ASKED.get(f"{method} {short}") or {}
    last = short.rpartition("/")[2]
    if last in QUERIES:
        options = {"params": QUERIES[last]}

    def of(word: str) -> str:
        return _meant(house, word, column, place)

    filled: dict[str, Any] = _filled(options, of)
    metadata = filled.pop("metadata", None)
    if metadata is not None:
        pairs = {"filename": "zz.svs", **metadata}
        text = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in pairs.items())
        filled["headers"] = {**filled["headers"], "Upload-Metadata": text}
    if "data" in filled:
        filled["files"] = {"file": ("zz.svs", b"none", "application/octet-stream")}
    return column, method, _address(house, path, thing, place, column), filled


def _address(house: House, path: str, thing: str, place: str, column: str) -> str:
    def part(found: re.Match[str]) -> str:
        name = found[1]
        if name == "name" and path.startswith("/dzi"):
            return "0_0.jpg"
        if name == "name" and "/columns/" in path:
            return "class"
        if name in FIXED:
            return FIXED[name]
        if thing == "lent case" and name == "subject_id":
            return house.people["m"]
        if name in ("subject_id", "person_id") and thing != "person" and "/people/" not in path:
            return house.people["new"]
        return _id(house, name.removesuffix("_id"), path, thing, place, column)

    return re.sub(r"\{(\w+)(?::path)?\}", part, path)


def _id(house: House, name: str, path: str, thing: str, place: str, column: str) -> str:
    base = thing.removesuffix(" name").removesuffix(" remark")
    if name == "slide" and base in ("layer", "annotation", "result", "overlay"):
        return house.thing("slide", place, column)
    if "/alignments/" in path and thing == "other slide":
        # An own slide and that one; of their own, the second.
        kind, where = ("slide", "own") if name == "slide" else ("second" if place == "own" else "slide", place)
        return house.thing(kind, where, column)
    if "/alignments/" in path:
        return house.thing("slide" if name == "slide" else "second", place, column)
    if name in ("slide", "case", "project") and base not in house.things["own"]:
        return house.thing(name, place, column)
    return house.thing(base, place, column)


def _meant(house: House, word: str, column: str, place: str) -> str:
    if word == "home":
        return house.thing("project", "foreign" if place == "foreign" else "own", column)
    where, _, kind = word.rpartition(".")
    return house.thing(kind, where or place, column)


def _filled(value: Any, of: Any) -> Any:
    if isinstance(value, str) and value.startswith("$"):
        return of(value[1:])
    if isinstance(value, dict):
        return {name: _filled(one, of) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, of) for one in value]
    return value
