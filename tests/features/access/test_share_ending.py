"""After the end of a link: whoever came by it is told so, without its token; nobody else is told of it."""

import re
from datetime import timedelta

from sqlalchemy import select
from tests.support.shares import PASSWORD, House, open_link

from coverslip.core.time import utc_now
from coverslip.features import identity
from coverslip.features.access.models import Share


def age(house: House, share_id: str, by: timedelta) -> None:
    """Let a link have been made earlier, with its end."""
    with house.runtime.db.transaction() as session:
        row = session.scalars(select(Share).where(Share.share_id == share_id)).one()
        row.created_at, row.expires_at = row.created_at - by, row.expires_at - by


def test_whoever_came_by_a_link_is_told_of_its_end_without_its_token(house: House) -> None:
    made = house.share("slide", note="Is it invasive?", expires_at=(utc_now() + timedelta(hours=1)).isoformat())
    share_id, stranger = made["share"]["share_id"], house.opened(made)
    told = stranger.post("/share/look", json={}).json()
    assert {name: value for name, value in told.items() if value not in {None, False}} == {
        "state": "open",
        "from": "Dr Ada Sender",
        "expires_at": made["share"]["expires_at"],
        "ask": "Dr Ada Sender",
    }, "a session that is over opens nothing, so no more of the link than that it still works"
    assert stranger.post("/share/request", json={"message": "More?"}).status_code == 409
    age(house, share_id, timedelta(hours=2))
    for ended in range(2):
        assert stranger.get("/session").status_code == 401
        told = stranger.post("/share/look", json={}).json()
        assert (told["state"], told["ended"]["why"], told["ask"]) == ("ended", "expired", "Dr Ada Sender")
        asked = stranger.post("/share/request", json={"message": f"Day {ended}?"})
        assert asked.status_code == 202, "also once the session is ended for good"
    requests = house.call(house.manager, "GET", f"/shares/{share_id}")["requests"]
    assert sorted(one["message"] for one in requests) == ["Day 0?", "Day 1?"]


def test_nobody_else_is_told_of_a_link_without_its_token(house: House) -> None:
    made = house.share("slide")
    assert house.browser().post("/share/look", json={}).json()["state"] == "none"
    assert house.browser().post("/share/request", json={}).status_code == 404
    planted = house.browser()
    planted.cookies = {"coverslip_share": "planted"}
    assert planted.post("/share/look", json={}).json()["state"] == "none"
    # An account says nothing of a link, nor does a preview of the sender's own.
    house.call(house.manager, "POST", f"/shares/{made['share']['share_id']}/preview")
    for headers in ({}, {"X-Coverslip-Share": "1"}):
        assert house.manager.post("/share/look", json={}, headers=headers).json()["state"] == "none"


def test_the_cookie_outlives_the_link_so_that_its_end_can_be_told(house: House) -> None:
    made = house.share("slide", expires_at=(utc_now() + timedelta(days=30)).isoformat())
    cookie = open_link(house.browser(), made["token"]).headers["set-cookie"]
    [kept] = re.findall(r"Max-Age=(\d+)", cookie)
    assert int(kept) > timedelta(days=40).total_seconds()


def test_who_signs_in_is_no_guest_of_a_link_that_has_ended(house: House) -> None:
    for ends in (False, True):
        made = house.share("slide")
        browser = house.opened(made)
        if ends:
            house.call(house.manager, "DELETE", f"/shares/{made['share']['share_id']}", None, 204)
        with house.runtime.db.transaction() as session:
            link = identity.reset(session, house.manager_id, by=identity.SYSTEM)
        answer = browser.post("/links/use", json={"token": link.token, "password": f"{PASSWORD} {ends}"})
        assert answer.status_code == 200, answer.text
        cleared = [one for one in answer.headers.get_list("set-cookie") if one.startswith('coverslip_share=""')]
        assert len(cleared) == int(ends)
        house.manager = house.signed_in(house.manager_id)
