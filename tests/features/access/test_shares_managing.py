"""Share links in the hands of who manages them: lists, changes, how they end, what is on record; both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from tests.features.access.test_shares import ids, names, records
from tests.support.canaries import WORD
from tests.support.people import add_person, give
from tests.support.shares import PASSWORD, House

from coverslip.core.time import utc_now
from coverslip.features import identity
from coverslip.features.access import Role, end_trashed_shares
from coverslip.infra.audit import AuditRow


def test_links_are_listed_to_who_manages_what_they_show(house: House) -> None:
    made = [house.share(kind)["share"]["share_id"] for kind in ("project", "case", "slide")]
    listed = house.call(house.manager, "GET", "/shares")
    assert [one["share_id"] for one in listed["items"]] == made[::-1]
    page = house.call(house.manager, "GET", "/shares?limit=2")
    assert page["next"] == made[1]
    rest = house.call(house.manager, "GET", f"/shares?limit=2&after={page['next']}")
    assert ([one["share_id"] for one in rest["items"]], rest["next"]) == ([made[0]], None)
    of_case = house.call(house.admin, "GET", f"/shares?object_id={house.cases[0]}")["items"]
    assert [one["share_id"] for one in of_case] == [made[1]]
    with house.runtime.db.transaction() as session:
        person = add_person(session, "Case manager")
    give(house.runtime, person, Role.MANAGER, "case", house.cases[1])
    other = house.signed_in(person)
    assert house.call(other, "GET", "/shares?state=all")["items"] == []
    for method, body in (("GET", None), ("PATCH", {"note": "x"}), ("DELETE", None)):
        house.call(other, method, f"/shares/{made[0]}", body, 404)
    house.call(other, "POST", f"/shares/{made[0]}/preview", None, 404)
    house.call(house.manager, "GET", "/shares?after=nothing", None, 422)
    house.call(house.manager, "DELETE", f"/shares/{made[0]}", None, 204)
    assert len(house.call(house.manager, "GET", "/shares")["items"]) == 2
    ended = house.call(house.manager, "GET", "/shares?state=ended")["items"]
    assert [(one["share_id"], one["ended_why"], one["ended_by"]["name"]) for one in ended] == [
        (made[0], "revoked", "Dr Ada Sender")
    ]
    assert len(house.call(house.manager, "GET", "/shares?state=all")["items"]) == 3


def test_opens_last_seen_and_done_are_shown(house: House) -> None:
    made = house.share("slide", recipient="Prof B")
    stranger = house.opened(made)
    house.call(stranger, "POST", "/share/done", {"message": "It is."}, 204)
    share = house.call(house.manager, "GET", f"/shares/{made['share']['share_id']}")
    assert (share["opens"], share["last_seen_from"], share["done_message"]) == (1, "203.0.113.7", "It is.")
    assert share["last_seen_at"]
    assert share["done_at"]
    stranger.headers.pop("X-CSRF-Token")
    house.call(stranger, "POST", "/share/done", {}, 403)
    house.call(house.browser(), "POST", "/share/done", {}, 401)


def test_a_change_holds_for_whoever_has_it_open(house: House) -> None:
    made = house.share("case", identity=True, note="old")
    share_id, stranger = made["share"]["share_id"], house.opened(made)
    assert WORD in names(stranger)[0]
    patch = {"identity": False, "note": "new", "may": "comment", "watermark": True, "maximum_opens": 5}
    changed = house.call(house.manager, "PATCH", f"/shares/{share_id}", patch)
    assert {name: changed[name] for name in patch} == patch
    assert names(stranger) == ["Slide 1", "Slide 2"]
    assert stranger.get("/session").json()["share"]["note"] == "new"
    house.call(house.manager, "PATCH", f"/shares/{share_id}", {"password": PASSWORD})
    assert house.browser().post("/share/open", json={"token": made["token"]}).status_code == 403
    cleared = house.call(house.manager, "PATCH", f"/shares/{share_id}", {"password": None, "maximum_opens": None})
    assert (cleared["has_password"], cleared["maximum_opens"]) == (False, None)
    soon = (utc_now() + timedelta(hours=1)).isoformat()
    house.call(house.manager, "PATCH", f"/shares/{share_id}", {"expires_at": soon})
    assert stranger.get("/session").json()["expires_at"] <= soon.replace("+00:00", "Z")
    with house.runtime.db.read() as session:
        [row] = session.scalars(select(AuditRow).where(AuditRow.action == "share.changed").limit(1)).all()
    assert row.detail["changed"] == sorted(patch)
    assert "new" not in str(row.detail)


def test_revoking_ends_every_session_of_a_link(house: House) -> None:
    made, other = house.share("case"), house.share("case")
    strangers = [house.opened(made) for _ in range(3)]
    beside = house.opened(other)
    house.call(house.manager, "DELETE", f"/shares/{made['share']['share_id']}", None, 204)
    assert [one.get("/slides").status_code for one in strangers] == [401] * 3
    assert beside.get("/slides").status_code == 200
    look = house.browser().post("/share/look", json={"token": made["token"]}).json()
    assert (look["state"], look["ended"]["why"], look["ask"]) == ("ended", "revoked", "Dr Ada Sender")
    assert "note" not in {name for name, value in look.items() if value is not None}
    answer = house.browser().post("/share/open", json={"token": made["token"]})
    assert (answer.status_code, answer.json()["code"]) == (410, "share_ended")
    house.call(house.manager, "PATCH", f"/shares/{made['share']['share_id']}", {"note": "x"}, 409)
    house.call(house.manager, "POST", f"/shares/{made['share']['share_id']}/preview", None, 410)


@pytest.mark.parametrize("kind", ["slide", "case", "project"])
@pytest.mark.parametrize("what", ["itself", "above"])
def test_what_goes_into_the_trash_takes_its_links_along(house: House, kind: str, what: str) -> None:
    made = house.share(kind)
    stranger = house.opened(made)
    if what == "above" or kind == "project":
        house.call(house.admin, "POST", f"/projects/{house.project}/trash")
    elif kind == "case":
        house.call(house.admin, "POST", f"/cases/{house.cases[0]}/trash")
    else:
        house.call(house.admin, "POST", "/slides/trash", {"slide_ids": [house.slides[0]]})
    assert stranger.get("/slides").status_code == 401
    look = house.browser().post("/share/look", json={"token": made["token"]}).json()
    assert (look["state"], look["ended"]["why"]) == ("ended", "trashed")
    listed = house.call(house.admin, "GET", "/shares?state=ended")["items"]
    assert [one["ended_why"] for one in listed] == ["trashed"]
    if what == "itself" and kind == "slide":  # coming back revives nothing
        house.call(house.admin, "POST", "/slides/restore", {"slide_ids": [house.slides[0]]})
        assert house.browser().post("/share/open", json={"token": made["token"]}).status_code == 410


def test_the_sweep_ends_what_a_killed_process_left(house: House) -> None:
    made = house.share("slide")
    with house.runtime.db.transaction() as session:
        session.execute(text("UPDATE slide SET trash_root = slide_id WHERE slide_id = :id"), {"id": house.slides[0]})
    assert end_trashed_shares(house.runtime.db) == 1
    assert end_trashed_shares(house.runtime.db) == 0
    assert house.browser().post("/share/open", json={"token": made["token"]}).status_code == 410


def test_what_moves_out_is_shown_no_more(house: House) -> None:
    stranger = house.opened(house.share("project"))
    house.call(
        house.admin, "POST", "/slides/move", {"slide_ids": [house.slides[4]], "project_id": house.foreign_project}
    )
    assert house.slides[4] not in ids(stranger)
    assert stranger.get(f"/slides/{house.slides[4]}").status_code == 404


def test_links_go_to_the_heir_of_who_leaves(house: House) -> None:
    made = house.share("project")
    with house.runtime.db.transaction() as session:
        heir = add_person(session, "Heir")
        owned = {one.kind: one.count for one in identity.owned_by(session, house.manager_id)}
        assert owned["share links"] == 1
        identity.hand_over(session, house.manager_id, heir, by=identity.SYSTEM)
    share = house.call(house.admin, "GET", f"/shares/{made['share']['share_id']}")
    assert share["made_by"]["name"] == "Heir"
    assert house.opened(made).get("/slides").json()["total"] == 6


def test_everything_about_a_link_is_on_record(house: House) -> None:
    made = house.share("case", password=PASSWORD, maximum_opens=2)
    share_id = made["share"]["share_id"]
    house.browser().post("/share/open", json={"token": made["token"], "password": "not this one"})
    stranger = house.opened(made, password=PASSWORD)
    stranger.get("/slides")
    stranger.get(f"/slides/{house.slides[0]}")
    house.call(stranger, "POST", "/share/done", {}, 204)
    house.call(house.manager, "PATCH", f"/shares/{share_id}", {"note": "x"})
    house.call(house.manager, "DELETE", f"/shares/{share_id}", None, 204)
    house.call(house.browser(), "POST", "/share/request", {"token": made["token"], "message": "more"}, 202)
    found = records(house, share_id)
    assert [(row.action, row.outcome) for row in found if row.action.startswith("share.")] == [
        ("share.created", "done"),
        ("share.opened", "denied"),
        ("share.opened", "done"),
        ("share.done", "done"),
        ("share.changed", "done"),
        ("share.ended", "done"),
        ("share.requested", "done"),
    ]
    views = [row for row in found if row.action in {"slide.viewed", "slides.listed"}]
    assert {row.action for row in views} == {"slide.viewed", "slides.listed"}
    assert {(row.share_id, row.principal, row.address) for row in views} == {(share_id, share_id, "203.0.113.7")}
    assert not {WORD, made["token"], PASSWORD} & set(str([row.detail for row in found]).split("'"))
