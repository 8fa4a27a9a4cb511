"""Share links: who makes them, what they show and hide, how they change and end; both databases."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.support.canaries import WORD
from tests.support.people import add_person, give
from tests.support.shares import House

from coverslip.core.time import utc_now
from coverslip.features.access import Role
from coverslip.features.access.policies import _flatten
from coverslip.infra.audit import AuditRow


def names(browser: Any, path: str = "/slides?limit=500") -> list[str]:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return sorted(one["name"] for one in answer.json()["items"])


def ids(browser: Any, path: str = "/slides?limit=500", key: str = "slide_id") -> set[str]:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return {one[key] for one in answer.json()["items"]}


def records(house: House, share_id: str) -> list[AuditRow]:
    with house.runtime.db.read() as session:
        query = select(AuditRow).where((AuditRow.share_id == share_id) | (AuditRow.object_id == share_id))
        return list(session.scalars(query.order_by(AuditRow.no)))


# --- who may make one ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["project", "case", "slide"])
def test_a_manager_makes_a_link(house: House, kind: str) -> None:
    before = utc_now()
    made = house.share(kind, note="Please look", recipient="Prof B")
    share = made["share"]
    assert made["url"] == f"http://coverslip.test/share/{made['token']}"
    assert len(made["token"]) >= 22, "128 bits"
    assert (share["kind"], share["made_by"]["name"], share["recipient"]) == (kind, "Dr Ada Sender", "Prof B")
    assert share["has_password"] is share["identity"] is share["watermark"] is False
    assert share["opens"] == 0
    assert share["ended_at"] is share["ended_why"] is None
    assert WORD in share["object_name"]
    life = pytest.approx(7 * 24 * 3600, abs=60)
    assert (datetime.fromisoformat(share["expires_at"]) - before).total_seconds() == life


@pytest.mark.parametrize(
    ("role", "status"),
    [(None, 404), (Role.VIEWER, 403), (Role.REVIEWER, 403), (Role.ANNOTATOR, 403), (Role.EDITOR, 403), ("M", 201)],
)
def test_only_who_manages_a_thing_shares_it(house: House, role: Any, status: int) -> None:
    with house.runtime.db.transaction() as session:
        person = add_person(session, "Somebody")
    if role is not None:
        give(house.runtime, person, Role.MANAGER if role == "M" else role, "case", house.cases[0])
    who = house.signed_in(person)
    house.call(who, "POST", "/shares", {"kind": "case", "object_id": house.cases[0]}, status)
    checked = 200 if status == 201 else status
    house.call(who, "POST", "/shares/check", {"kind": "case", "object_id": house.cases[0]}, checked)


def test_who_may_not_see_names_cannot_share_them(house: House) -> None:
    with house.runtime.db.transaction() as session:
        person = add_person(session, "Blind manager")
    give(house.runtime, person, Role.MANAGER, "project", house.project)
    who = house.signed_in(person)
    body = {"kind": "project", "object_id": house.project}
    house.call(who, "POST", "/shares", {**body, "identity": True}, 403)
    made = house.call(who, "POST", "/shares", body, 201)
    house.call(who, "PATCH", f"/shares/{made['share']['share_id']}", {"identity": True}, 403)
    house.call(who, "PATCH", f"/shares/{made['share']['share_id']}", {"note": "x"})
    named = house.share("case")
    assert house.call(who, "GET", f"/shares/{named['share']['share_id']}")["object_name"].startswith("Case ")


@pytest.mark.parametrize(
    "wrong",
    [
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": (utc_now() + timedelta(days=366)).isoformat()},
        {"expires_at": "2099-01-01T00:00:00"},
        {"password": "short"},
        {"maximum_opens": 0},
        {"may": "edit"},
        {"origins": ["https://a.example/path"]},
        {"origins": ["https://a.example; script-src *"]},
        {"origins": ["*"]},
        {"origins": ["javascript:alert(1)"]},
        {"note": "a\0b"},
        {"more": 1},
    ],
)
def test_what_cannot_be_is_refused(house: House, wrong: dict[str, Any]) -> None:
    body = {"kind": "project", "object_id": house.project, **wrong}
    assert house.manager.post("/shares", json=body).status_code == 422


# --- what it shows ------------------------------------------------------------------------------


def test_a_link_shows_its_object_and_nothing_else(house: House) -> None:
    stranger = house.opened(house.share("project"))
    assert ids(stranger) == {*house.slides, house.deep}
    assert ids(stranger, "/projects", "project_id") == {house.project, house.below}
    assert ids(stranger, "/cases", "case_id") == set(house.cases)
    assert stranger.get(f"/slides/{house.foreign}").status_code == 404
    of_case = house.opened(house.share("case"))
    assert ids(of_case) == set(house.slides[:2])
    assert ids(of_case, "/cases", "case_id") == {house.cases[0]}
    assert ids(of_case, "/projects", "project_id") == set()
    assert of_case.get(f"/cases/{house.cases[1]}").status_code == 404
    of_slide = house.opened(house.share("slide"))
    assert ids(of_slide) == {house.slides[0]}
    assert of_slide.get("/slides").json()["total"] == 1
    assert ids(of_slide, "/cases", "case_id") == ids(of_slide, "/projects", "project_id") == set()
    assert of_slide.get(f"/slides/{house.slides[1]}").status_code == 404
    assert of_slide.get(f"/slides/{house.slides[0]}/neighbours").json()["total"] == 1


def test_what_is_visible_to_everybody_is_no_part_of_a_link(house: House) -> None:
    house.call(house.admin, "PUT", f"/projects/{house.foreign_project}/visibility", {"visibility": "signed_in"})
    assert ids(house.opened(house.share("slide"))) == {house.slides[0]}


def test_names_are_numbers_that_begin_with_the_senders_order(house: House) -> None:
    order = [house.slides[3], house.slides[1]]
    made = house.share("project", start={"slide_ids_order": order, "slide_id": house.slides[3], "view": "x=1&y=2&z=3"})
    stranger = house.opened(made)

    def called() -> dict[str, str]:
        return {one["slide_id"]: one["name"] for one in stranger.get("/slides?limit=500").json()["items"]}

    first = called()
    assert sorted(first.values()) == [f"Slide {number}" for number in range(1, 7)]
    assert [first[one] for one in order] == ["Slide 1", "Slide 2"]
    assert names(stranger, "/cases") == ["Case 1", "Case 2"]
    assert names(stranger, "/projects") == ["Project 1", "Project 2"]
    detail = stranger.get(f"/slides/{house.slides[3]}").json()
    assert (detail["name"], detail["file_name"], detail["metadata"], detail["label_text"]) == ("Slide 1", "", {}, None)
    assert detail["case_name"] in {"Case 1", "Case 2"}
    assert stranger.get(f"/cases/{house.cases[1]}").json()["slides"][0]["name"] in first.values()
    # What comes later goes to the end, what leaves takes its number along: the others keep theirs.
    house.call(house.admin, "POST", "/slides/move", {"slide_ids": [house.foreign], "project_id": house.project})
    house.call(house.admin, "POST", "/slides/trash", {"slide_ids": [house.slides[1]]})
    later = called()
    assert later == {**{one: name for one, name in first.items() if one != house.slides[1]}, house.foreign: "Slide 7"}
    again = house.opened(made)
    assert {one["slide_id"]: one["name"] for one in again.get("/slides?limit=500").json()["items"]} == later
    seen = stranger.get("/session").json()["share"]
    assert seen["start"] == {"slide_ids_order": order, "slide_id": house.slides[3], "view": "x=1&y=2&z=3"}


def test_with_identity_names_are_names(house: House) -> None:
    stranger = house.opened(house.share("case", identity=True))
    assert names(stranger) == [f"{WORD}-name-0", f"{WORD}-name-1"]
    detail = stranger.get(f"/slides/{house.slides[0]}").json()
    assert (detail["label_text"], detail["case_name"]) == (f"{WORD}-label", f"{WORD}-case-1")
    assert stranger.get(f"/slides/{house.slides[0]}/attachments").status_code == 403
    assert stranger.get(f"/slides/{house.slides[0]}/download").status_code in {403, 404}


def test_the_session_says_what_the_page_needs(house: House) -> None:
    made = house.share("slide", note="Is it invasive?", recipient="Prof B", watermark=True, may="annotate")
    answer = house.opened(made).get("/session").json()
    assert (answer["kind"], answer["viewer"]["is_admin"], answer["duties"]) == ("share", False, [])
    share = answer["share"]
    assert (share["from"], share["note"], share["recipient"]) == ("Dr Ada Sender", "Is it invasive?", "Prof B")
    assert (share["may"], share["kind"], share["object_id"]) == ("annotate", "slide", house.slides[0])
    assert share["watermark"].startswith("Prof B · Dr Ada Sender · ")
    assert share["start"]["slide_id"] == house.slides[0]
    assert share["preview"] is False
    assert house.manager.get("/session").json()["kind"] == "session"
    assert house.manager.get("/session").json()["share"] is None
    assert house.opened(house.share("slide")).get("/session").json()["share"]["watermark"] is None


def test_bookmarks_show_where_the_link_says_so_and_name_nobody(house: House) -> None:
    path = f"/slides/{house.slides[0]}/bookmarks"
    for name in ("Here", "There"):
        body = {"name": name, "note": f"{WORD}-note", "view": {"x": 1, "y": 2, "resolution": 1}}
        house.call(house.manager, "POST", path, body, 201)

    def told(**more: Any) -> list[tuple[str, str, str, bool]]:
        items = house.opened(house.share("slide", annotations=True, **more)).get(path).json()["items"]
        return [(one["name"], one["note"], one["author"], one["mine"]) for one in items]

    assert told() == [("Bookmark 1", "", "", False), ("Bookmark 2", "", "", False)]
    assert told(identity=True) == [("Here", f"{WORD}-note", "", False), ("There", f"{WORD}-note", "", False)]
    assert house.opened(house.share("slide", annotations=False)).get(path).json()["items"] == []


def test_presets_look_the_same_without_their_words(house: House) -> None:
    style = {"brightness": 0.25, "channels": [{"index": 1, "colour": "#00ff00", "low": 10}]}
    for where in ({"slide_id": house.slides[0]}, {"project_id": house.project}):
        house.call(house.manager, "POST", "/presets", {"name": f"{WORD}-preset", "style": style, **where}, 201)
        wordy = {"name": "wordy", "style": {**style, "note": f"{WORD}-style"}, **where}
        house.call(house.manager, "POST", "/presets", wordy, 201)
    path = f"/presets?slide_id={house.slides[0]}"
    items = house.opened(house.share("project")).get(path).json()["items"]
    assert [(one["name"], one["style"]) for one in items] == [("Preset 1", style), ("Preset 3", style)]
    of_project = house.opened(house.share("project")).get(f"/presets?project_id={house.project}").json()["items"]
    assert [one["name"] for one in of_project] == ["Preset 1"]
    named = house.opened(house.share("project", identity=True)).get(path).json()["items"]
    assert [one["name"] for one in named] == [f"{WORD}-preset", "wordy"] * 2


def test_what_people_wrote_is_neither_shown_nor_found_where_names_are_hidden(house: House) -> None:
    house.call(house.admin, "PATCH", f"/slides/{house.slides[0]}", {"tags": [WORD, "teaching"], "mpp": 0.4})
    house.call(house.admin, "PATCH", f"/cases/{house.cases[0]}", {"tags": [WORD]})
    hidden, named = (house.opened(house.share("project", identity=identity)) for identity in (False, True))
    slide, case = f"/slides/{house.slides[0]}", f"/cases/{house.cases[0]}"
    for who, tags in ((hidden, []), (named, ["teaching", WORD])):
        assert who.get(slide).json()["tags"] == tags
        assert (who.get(slide).json()["mpp_entered_by"] is None) is (who is hidden)
        assert who.get(case).json()["tags"] == ([WORD] if tags else [])
        listed = who.get("/slides?limit=500").json()
        assert [one["tags"] for one in listed["items"] if one["slide_id"] == house.slides[0]] == [tags]
        assert bool(listed["tags"]) is bool(tags)
    # A guess gets one answer, whether it is right or wrong.
    for query in ("tag=teaching", "tag=unknown", "q=teaching", "q=unknown", f"q={WORD}"):
        assert hidden.get(f"/slides?{query}").json()["total"] == 0, query
        assert hidden.get(f"{slide}/neighbours?{query}").status_code == 404
    assert hidden.get("/slides?stain=HER2").json()["total"] == 4, "what is shown can be chosen by"
    assert named.get("/slides?tag=teaching").json()["total"] == 1


def test_a_link_never_shows_more_than_its_maker_may_see(house: House) -> None:
    made = house.share("project", identity=True)
    stranger = house.opened(made)
    assert ids(stranger) == {*house.slides, house.deep}
    give(house.runtime, house.manager_id, None, "case", house.cases[0])
    assert ids(stranger) == {*house.slides[2:], house.deep}
    assert stranger.get(f"/slides/{house.slides[0]}").status_code == 404
    give(house.runtime, house.manager_id, Role.VIEWER, "case", house.cases[1])
    shown = {one["slide_id"]: one["name"] for one in stranger.get("/slides?limit=500").json()["items"]}
    assert WORD not in shown[house.slides[2]]
    assert WORD in shown[house.slides[4]]
    give(house.runtime, house.manager_id, None, "project", house.project)
    assert ids(stranger) == set()
    looked = house.browser().post("/share/look", json={"token": made["token"]}).json()
    assert looked["state"] == "ended"
    assert house.browser().post("/share/open", json={"token": made["token"]}).status_code == 410


# --- what it does not let through ----------------------------------------------------------------


def test_whatever_does_not_say_that_it_is_open_to_links_is_closed(house: House) -> None:
    """Every route of the rooms, called with a link that shows names: only those of the list below answer."""
    stranger = house.opened(house.share("project", identity=True))
    answered = set()
    for method, path in routes(house):
        at = path.replace("{slide_id}", house.slides[0]).replace("{case_id}", house.cases[0])
        at = at.replace("{project_id}", house.project).replace("{other_id}", house.slides[1])
        at = at.replace("{object_id}", house.slides[0]).replace("{name}", "label")
        at = re.sub(r"\{[^}]+\}", "x", at)
        if (method, path) in {("DELETE", "/session"), ("POST", "/share/open"), ("POST", "/session")}:
            continue  # these end or replace the session
        status = stranger.request(
            method, at, **({"json": {}} if method in {"POST", "PUT", "PATCH"} else {})
        ).status_code
        if status not in {401, 403}:
            answered.add((method, path))
    assert answered - PUBLIC == OPEN_TO_LINKS


OPEN_TO_LINKS = {
    ("GET", "/session"),
    ("POST", "/session/activity"),
    ("POST", "/share/done"),
    ("GET", "/projects"),
    ("GET", "/slides"),
    ("GET", "/slides/{slide_id}"),
    ("GET", "/slides/{slide_id}/neighbours"),
    ("GET", "/cases"),
    ("GET", "/cases/{case_id}"),
    ("GET", "/slides/{slide_id}/bookmarks"),
    ("GET", "/alignments/{slide_id}/{other_id}"),
    ("GET", "/presets"),
    # What is drawn, where the link shows annotations.
    ("GET", "/slides/{slide_id}/annotations"),
    ("GET", "/slides/{slide_id}/annotations/timeline"),
    ("GET", "/slides/{slide_id}/annotations/{annotation_id}/history"),
    ("GET", "/slides/{slide_id}/journal"),
    ("GET", "/slides/{slide_id}/classes"),
    ("GET", "/slides/{slide_id}/layers"),
    ("GET", "/slides/{slide_id}/layers/{layer_id}/result"),
    ("GET", "/slides/{slide_id}/layers/{layer_id}/result/tiles/{z}/{x}/{y}.mvt"),
    ("GET", "/slides/{slide_id}/layers/{layer_id}/result/centroids"),
    ("GET", "/slides/{slide_id}/layers/{layer_id}/result/columns/{name:path}"),
    ("GET", "/slides/{slide_id}/layers/{layer_id}/result/objects/{object_no}"),
    ("GET", "/slides/{slide_id}/layers/{layer_id}/overlay"),
    ("GET", "/slides/{slide_id}/layers/{layer_id}/overlay/tiles/{z}/{x}/{y}"),
    # A link that may annotate draws on its own layers; the rooms refuse the others after looking at the body.
    ("POST", "/slides/{slide_id}/annotations/ops"),
    ("PATCH", "/slides/{slide_id}/layers/{layer_id}"),
    ("DELETE", "/slides/{slide_id}/layers/{layer_id}"),
}
PUBLIC = {
    ("GET", "/session/options"),
    ("POST", "/session/external/{name}"),
    ("GET", "/session/external/{name}/callback"),
    ("POST", "/session/header"),
    ("POST", "/session/second-factor"),
    ("POST", "/session/passkey/begin"),
    ("POST", "/session/passkey"),
    ("GET", "/terms"),
    ("POST", "/links/look"),
    ("POST", "/links/use"),
    ("POST", "/registration"),
    ("POST", "/password-check"),
    ("OPTIONS", "/uploads"),
    ("POST", "/share/look"),
    ("POST", "/share/request"),
}


def routes(house: House) -> list[tuple[str, str]]:
    """Every method and path under the API, from the running application."""
    app = house.browser()._app
    return sorted(
        (method, path.removeprefix("/api/v1"))
        for path, route in _flatten(app.routes, "")
        for method in getattr(route, "methods", ())
        if path.startswith("/api/v1/") and method != "HEAD" and "/app" not in path and "csp-report" not in path
    )


def test_a_page_of_a_share_never_falls_back_to_an_account(house: House) -> None:
    """Both cookies in one browser: the header, or a word in the address, says which of them is meant."""
    made = house.share("slide")
    manager = house.manager
    csrf = manager.headers["X-CSRF-Token"]
    path = manager.post(f"/shares/{made['share']['share_id']}/preview").json()["url"]
    assert path == f"/s/slides/{house.slides[0]}"
    assert len(ids(manager)) == 6
    as_share = {"X-Coverslip-Share": "1"}
    seen = manager.get("/session", headers=as_share).json()
    assert (seen["kind"], seen["share"]["preview"]) == ("share", True)
    assert manager.get("/slides", headers=as_share).json()["total"] == 1
    assert manager.get("/slides?share=1").json()["total"] == 1
    assert manager.get("/session").json()["kind"] == "session"
    # A preview counts as no open, tells nothing, and is on record as what it is.
    token = {**as_share, "X-CSRF-Token": seen["csrf_token"]}
    assert manager.post("/share/done", json={}, headers=token).status_code == 204
    share = house.call(manager, "GET", f"/shares/{made['share']['share_id']}")
    assert (share["opens"], share["done_at"], share["last_seen_at"]) == (0, None, None)
    actions = [row.action for row in records(house, share["share_id"])]
    assert actions[:3] == ["share.created", "session.start", "share.previewed"]
    assert manager.request("DELETE", "/session", headers=token).status_code == 204
    assert manager.get("/session", headers=as_share).status_code == 401, "never the account instead"
    manager.headers["X-CSRF-Token"] = csrf
    assert manager.get("/session").status_code == 200
