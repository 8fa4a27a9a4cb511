"""Share links at the whole application, as browsers meet it: canaries, pages, frames, pixels; both databases."""

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.features.tiles.conftest import Door
from tests.support.shares import dump

from coverslip.features import imports
from coverslip.features.access.policies import _flatten
from coverslip.infra.runtime import Runtime

WORD = "zzcanary"
API = "/api/v1"


class Lab:
    """One real slide in a case, with its name, label, fields and bookmarks full of canaries, and one beside it."""

    def __init__(self, runtime: Runtime, folder: Path, slide: Path) -> None:
        self.door = Door(runtime)
        self.door.sign_in()
        self.door.headers["X-CSRF-Token"] = self.door.get(f"{API}/session").json()["csrf_token"]
        inside = folder / f"{WORD}-folder"
        inside.mkdir()
        for name in ("shown", "other"):
            (inside / f"{WORD}-{name}.svs").symlink_to(slide)
        imports.import_paths(runtime, [inside])
        found = {one["name"]: one for one in self.call("GET", "/slides?limit=10")["items"]}
        self.slide, self.other = (found[f"{WORD}-{name}"]["slide_id"] for name in ("shown", "other"))
        self.version = found[f"{WORD}-shown"]["version"]
        self.project = found[f"{WORD}-shown"]["project_id"]
        body = {"project_id": self.project, "name": f"{WORD}-case", "fields": {"mrn": f"{WORD}-mrn"}}
        self.case = self.call("POST", "/cases", body, 201)["case_id"]
        patch = {"case_id": self.case, "label_text": f"{WORD}-label", "fields": {f"{WORD}-key": f"{WORD}-value"}}
        self.call("PATCH", f"/slides/{self.slide}", {**patch, "stain": "H&E", "tags": [f"{WORD}-tag"]})
        self.call("PATCH", f"/cases/{self.case}", {"tags": [f"{WORD}-case-tag"]})
        bookmark = {"name": f"{WORD}-bookmark", "note": f"{WORD}-note", "view": {"x": 1, "y": 2, "resolution": 1}}
        self.call("POST", f"/slides/{self.slide}/bookmarks", bookmark, 201)
        for where in ({"slide_id": self.slide}, {"project_id": self.project}):
            for name, style in ((f"{WORD}-preset", {"brightness": 0.5}), ("wordy", {"note": f"{WORD}-style"})):
                self.call("POST", "/presets", {"name": name, "style": style, **where}, 201)
        self.call("POST", "/views", {"name": f"{WORD}-view", "query": {"q": f"{WORD}-sought"}, "shared": True}, 201)
        self.people = dict(self.door.headers)

    def call(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        options = {} if body is None else {"json": body}
        answer = self.door.request(method, f"{API}{path}", **options)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def share(self, **more: Any) -> dict[str, Any]:
        self.door.headers = dict(self.people)
        body = {"kind": "case", "object_id": self.case, **more}
        found: dict[str, Any] = self.call("POST", "/shares", body, 201)
        return found

    def become(self, made: dict[str, Any]) -> None:
        """Ask from now on as a stranger who opened a link."""
        self.door.headers = {"Origin": "http://coverslip.test"}
        answer = self.door.request("POST", f"{API}/share/open", json={"token": made["token"]})
        assert answer.status_code == 200, answer.text
        self.door.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        self.door.headers["Cookie"] = answer.headers["set-cookie"].split(";")[0]

    def asked(self) -> Iterator[str]:
        """Every address that a GET may ask for, from the running application, on the shared slide and the other."""
        application = self.door.app._app
        while not hasattr(application, "routes"):
            application = application._app  # type: ignore[attr-defined]
        for path, route in _flatten(application.routes, ""):
            if "GET" not in (getattr(route, "methods", None) or ()):
                continue
            for slide_id in (self.slide, self.other):
                at = path.replace("{slide_id}", slide_id).replace("{case_id}", self.case)
                at = at.replace("{project_id}", self.project).replace("{other_id}", self.other)
                at = at.replace("{object_id}", slide_id).replace("{z}/{x}/{y}", "0/0/0")
                for name in ("label", "macro", "thumbnail") if "{name}" in at else ("x",):
                    yield re.sub(r"\{[^}]+\}", "0", at.replace("{name}", name))
                    yield re.sub(r"\{[^}]+\}", "0", at.replace("{name}", name)) + f"?q={WORD}&slide_id={slide_id}"


@pytest.fixture
def lab(runtime: Runtime, tmp_path: Path, sample: Callable[[str], Path]) -> Iterator[Lab]:
    """A real slide that is shared, and what is not."""
    found = Lab(runtime, tmp_path, sample("slides/CMU-1-Small-Region.svs"))
    yield found
    found.door.close()


def test_no_canary_reaches_a_share(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    label = lab.door.get(f"{API}/slides/{lab.slide}/associated/label").content
    made = lab.share(annotations=True)
    lab.become(made)
    paths = sorted(set(lab.asked()))
    assert len(paths) > 150
    shown, sizes = set(), 0
    for path in paths:
        answer = lab.door.get(path)
        assert answer.status_code < 500, path
        told = answer.text + str(dict(answer.headers))
        told = told.replace(f"q={WORD}", "")
        assert WORD not in told, path
        assert label not in answer.content, path
        if answer.status_code == 200:
            shown.add(path.split("?")[0])
        sizes += len(answer.content)
    assert {f"{API}/slides/{lab.slide}", f"{API}/cases/{lab.case}", f"{API}/slides"} <= shown
    # Where people of the house wrote: it is all there, by other words.
    assert {f"{API}/slides/{lab.slide}/bookmarks", f"{API}/presets"} <= shown
    assert [one["name"] for one in lab.call("GET", f"/slides/{lab.slide}/bookmarks")["items"]] == ["Bookmark 1"]
    presets = lab.call("GET", f"/presets?slide_id={lab.slide}")["items"]
    assert [one["name"] for one in presets] == ["Preset 1", "Preset 3"]
    assert f"{API}/slides/{lab.slide}/tiles/0/0/0" in shown
    assert f"{API}/slides/{lab.slide}/thumbnail" in shown
    assert not [one for one in shown if lab.other in one.replace(f"/{lab.slide}/", "/")]
    for closed in ("region", "download", "attachments", "associated/label", "associated/macro", "members", "place"):
        assert f"{API}/slides/{lab.slide}/{closed}" not in shown
    assert sizes > 10_000
    # Nothing of it, and no secret, in what the server writes down about requests.
    lab.door.headers = {}
    logged = "\n".join(one.getMessage() for one in caplog.records if not one.name.startswith("httpx"))  # the test's own
    for text in (logged, lab.door.get("/metrics").text):
        assert WORD not in text
        assert made["token"] not in text


def test_without_annotations_nothing_of_them_is_told(lab: Lab) -> None:
    entry = {"class_id": "a", "name": f"{WORD}-class", "colour": "#f0e442", "description": f"{WORD}-description"}
    lab.call("PUT", f"/projects/{lab.project}/classes", {"classes": [entry], "rev": 0})
    lab.call("POST", f"/slides/{lab.slide}/layers", {"name": f"{WORD}-layer"}, 201)
    for annotations in (True, False):
        lab.become(lab.share(annotations=annotations))
        told = ""
        for path in ("annotations", "annotations/timeline", "journal?after=0", "classes", "layers", "bookmarks"):
            answer = lab.door.get(f"{API}/slides/{lab.slide}/{path}")
            assert answer.status_code == 200, (path, answer.text)
            told += answer.text
        assert all((f"{WORD}-{what}" in told) is annotations for what in ("class", "description", "layer"))


def test_tiles_of_a_share_end_with_it_and_are_kept_by_no_browser(lab: Lab) -> None:
    made = lab.share()
    lab.become(made)
    path = f"{API}/slides/{lab.slide}/tiles/0/0/0"
    for _ in range(2):
        for query in ("", f"?v={lab.version}"):
            answer = lab.door.get(path + query)
            assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-cache")
    thumbnail = lab.door.get(f"{API}/slides/{lab.slide}/thumbnail?v={lab.version}")
    assert thumbnail.headers["cache-control"] == "private, no-cache"
    assert lab.door.get(path, X_Coverslip_Share="1").status_code == 200
    assert lab.door.get(path.replace(lab.slide, lab.other)).status_code == 404
    guest, lab.door.headers = lab.door.headers, dict(lab.people)
    both = {"Cookie": f"{lab.people['Cookie']}; {guest['Cookie']}"}
    other = path.replace(lab.slide, lab.other)
    assert lab.door.get(other, **both).status_code == 200
    assert lab.door.get(other, **both, X_Coverslip_Share="1").status_code == 404
    assert lab.door.get(path, X_Coverslip_Share="1").status_code == 401, "never the account instead"
    assert lab.door.get(f"{API}/slides/{lab.slide}/thumbnail?share=1").status_code == 401
    service = lab.door.app.service()
    lab.door.runtime.db.publish = lambda kind, **fields: (
        lab.door.run(_drop(service, fields)) if kind == "grants.drop" else None
    )
    lab.call("DELETE", f"/shares/{made['share']['share_id']}", None, 204)
    lab.door.headers = guest
    assert lab.door.get(path).status_code == 401
    assert lab.door.get(f"{path}?v={lab.version}").status_code == 401


async def _drop(service: Any, fields: dict[str, Any]) -> None:
    service.grants.drop(viewer=fields.get("viewer"), slide_id=fields.get("slide_id"))


def test_with_identity_the_label_is_shown(lab: Lab) -> None:
    lab.become(lab.share(identity=True))
    assert lab.door.get(f"{API}/slides/{lab.slide}/associated/label").status_code == 200
    assert lab.door.get(f"{API}/slides/{lab.slide}/download").status_code == 403
    assert lab.door.get(f"/dzi/{lab.slide}.dzi").status_code == 403


def test_the_page_of_a_link_is_the_same_for_every_token_and_changes_nothing(lab: Lab) -> None:
    made = lab.share(note=f"{WORD}-note")
    lab.door.headers = {}
    before = dump(lab.door.runtime)
    pages = set()
    for token in (made["token"], "unknown", "a/b", "%00", "é"):
        for method in ("GET", "HEAD"):
            answer = lab.door.request(method, f"/share/{token}")
            assert answer.status_code == 200
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["x-robots-tag"] == "noindex, nofollow"
            assert answer.headers["x-frame-options"] == "DENY"
            policy = answer.headers["content-security-policy"]
            nonce = re.search(r"'nonce-([^']+)'", policy)
            assert nonce is not None
            assert "frame-ancestors 'none'" in policy
            assert "set-cookie" not in answer.headers
            if method == "GET":
                pages.add(answer.text.replace(nonce[1], ""))
    assert len(pages) == 1
    [page] = pages
    assert re.search(r"<title>Coverslip</title>", page)
    assert "og:" not in page
    assert made["token"] not in page
    for path in ("/", "/robots.txt", f"/share/{made['token']}/x", f"{API}/share/{made['token']}"):
        lab.door.get(path)
    assert dump(lab.door.runtime) == before


def test_only_the_page_of_a_link_may_be_framed_and_only_by_its_origins(lab: Lab) -> None:
    origins = ["https://portal.example.org", "https://pacs.example.org:8443"]
    made, plain = lab.share(origins=origins), lab.share()
    framed = lab.door.get(f"/share/{made['token']}")
    assert f"frame-ancestors {' '.join(origins)};" in framed.headers["content-security-policy"]
    assert "x-frame-options" not in framed.headers
    others = (
        f"/share/{plain['token']}",
        "/share/unknown",
        "/",
        "/s",
        f"/s/slides/{lab.slide}",
        f"/share/x/{made['token']}",
    )
    for path in (*others, f"{API}/app"):
        answer = lab.door.get(path)
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], path
        assert answer.headers["x-frame-options"] == "DENY"
    lab.call("DELETE", f"/shares/{made['share']['share_id']}", None, 204)
    assert "frame-ancestors 'none'" in lab.door.get(f"/share/{made['token']}").headers["content-security-policy"]
