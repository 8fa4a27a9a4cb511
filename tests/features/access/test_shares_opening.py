"""Opening a share link as a stranger: looking changes nothing, opens are exact, what ended stays ended."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi import Request, Response
from sqlalchemy import select, text
from tests.support.shares import PASSWORD, House, dump, open_link

from coverslip.core.errors import CoverslipError, NotFound
from coverslip.core.time import utc_now
from coverslip.features import access, identity
from coverslip.features.access import share_opening
from coverslip.features.access.models import Share
from coverslip.features.access.routes_share import open_share
from coverslip.features.access.schemas_shares import ShareOpenIn
from coverslip.features.access.share_opening import TRIES_OF_ADDRESS, TRIES_OF_LINK
from coverslip.features.identity import Caller
from coverslip.features.identity.models import ShareSession
from coverslip.infra.audit import AuditDenial


def look(house: House, token: str) -> Any:
    answer = house.browser().post("/share/look", json={"token": token})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def test_the_page_says_who_shares_what_until_when(house: House) -> None:
    made = house.share("case", note="Is it invasive?", recipient="Prof B", may="comment")
    told = look(house, made["token"])
    assert told == {
        "state": "open",
        "from": "Dr Ada Sender",
        "note": "Is it invasive?",
        "recipient": "Prof B",
        "kind": "case",
        "slide_count": 2,
        "expires_at": made["share"]["expires_at"],
        "may": "comment",
        "download": False,
        "tries_left": None,
        "ended": None,
        "ask": "Dr Ada Sender",
    }


def test_before_the_password_hardly_anything_is_told(house: House) -> None:
    made = house.share("case", note="Is it invasive?", recipient="Prof B", password=PASSWORD)
    told = {name: value for name, value in look(house, made["token"]).items() if value not in {None, False}}
    assert told == {
        "state": "password",
        "from": "Dr Ada Sender",
        "expires_at": made["share"]["expires_at"],
        "tries_left": 5,
        "ask": "Dr Ada Sender",
    }


def test_looking_changes_nothing(house: House) -> None:
    made = [house.share("case"), house.share("case", password=PASSWORD), house.share("slide")]
    house.call(house.manager, "DELETE", f"/shares/{made[2]['share']['share_id']}", None, 204)
    before = dump(house.runtime)
    for one in made:
        for _ in range(3):
            look(house, one["token"])
            stranger = house.browser()
            for method in ("GET", "HEAD", "OPTIONS"):
                for path in ("/share/look", "/share/open", "/share/request", f"/shares/{one['share']['share_id']}"):
                    assert stranger.request(method, path).status_code >= 400
    after = dump(house.runtime)
    after.pop("audit_denial")  # the refusals of the wrong methods, counted by address
    before.pop("audit_denial")
    assert after == before


def test_an_unknown_token_is_none_and_its_look_is_on_record(house: House) -> None:
    assert look(house, "nothing")["state"] == "none"
    answer = open_link(house.browser(), "nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    house.runtime.denials.flush()
    with house.runtime.db.read() as session:
        [row] = session.scalars(select(AuditDenial)).all()
    assert (row.action, row.address, row.count) == ("share.looked", "203.0.113.7", 2)
    assert house.browser().post("/share/request", json={"token": "nothing"}).status_code == 404


def test_opening_counts_and_swaps_the_token_for_a_cookie(house: House) -> None:
    made, stranger = house.share("slide"), house.browser()
    answer = open_link(stranger, made["token"])
    assert answer.json()["start"] == {"path": f"/s/slides/{house.slides[0]}"}
    cookie = answer.headers["set-cookie"]
    parts = {part.strip().lower() for part in cookie.split(";")}
    assert cookie.startswith("coverslip_share=")
    assert {"httponly", "path=/", "samesite=lax"} <= parts
    assert made["token"] not in answer.text + cookie
    assert stranger.get("/slides").json()["total"] == 1
    first = dict(stranger.cookies)
    open_link(stranger, made["token"])
    assert house.call(house.manager, "GET", f"/shares/{made['share']['share_id']}")["opens"] == 2
    stranger.cookies, current = first, dict(stranger.cookies)
    assert stranger.get("/slides").status_code == 401, "the browser's older session has ended"
    stranger.cookies = current
    assert stranger.request("DELETE", "/session").status_code == 204
    stranger.cookies = current
    assert stranger.get("/slides").status_code == 401
    assert open_link(house.browser(), house.share("project")["token"]).json()["start"] == {"path": "/s"}


def test_a_session_that_somebody_planted_is_never_taken_over(house: House) -> None:
    stranger = house.browser()
    stranger.cookies = {"coverslip_share": "planted"}
    open_link(stranger, house.share("slide")["token"])
    assert stranger.cookies["coverslip_share"] != "planted"
    planted = house.browser()
    planted.cookies = {"coverslip_share": "planted"}
    assert planted.get("/slides").status_code == 401


@pytest.mark.parametrize(
    ("origins", "embedded", "scheme", "wanted"),
    [
        ([], False, "https", {"samesite=lax", "secure"}),
        ([], True, "https", {"samesite=lax", "secure"}),
        (["https://portal.example"], False, "https", {"samesite=lax", "secure"}),
        (["https://portal.example"], True, "https", {"samesite=none", "secure", "partitioned"}),
        (["https://portal.example"], True, "http", {"samesite=lax"}),
    ],
)
def test_only_in_a_frame_of_a_listed_origin_the_cookie_is_for_frames(
    house: House, origins: list[str], embedded: bool, scheme: str, wanted: set[str]
) -> None:
    made = house.share("slide", origins=origins)
    request = Request({"type": "http", "scheme": scheme, "server": ("h", 443), "path": "/", "headers": []})
    response, body = Response(), ShareOpenIn(token=made["token"], embedded=embedded)
    open_share(body, Caller("203.0.113.9"), request, response, house.runtime)
    parts = {part.strip().lower() for part in response.headers["set-cookie"].split(";")}
    assert {one for one in parts if one.startswith("samesite") or one in {"secure", "partitioned"}} == wanted


# --- passwords ----------------------------------------------------------------------------------


def test_wrong_passwords_say_how_many_tries_are_left(house: House) -> None:
    made = house.share("slide", password=PASSWORD)
    stranger = house.browser()
    answer = open_link(stranger, made["token"])
    assert (answer.status_code, answer.json()["code"], answer.json()["tries_left"]) == (403, "share_password_wrong", 5)
    for left in (4, 3, 2, 1, 0):
        answer = open_link(stranger, made["token"], password="wrong word")
        assert (answer.status_code, answer.json()["tries_left"]) == (403, left)
    answer = open_link(stranger, made["token"], password=PASSWORD)
    assert answer.status_code == 429, "the right one is not looked at any more"
    assert look(house, made["token"])["tries_left"] == 0
    other = house.browser()
    other._address = "203.0.113.99"
    assert open_link(other, made["token"], password=PASSWORD).status_code == 200
    later = utc_now() + timedelta(minutes=61)
    assert share_opening.open_share(house.runtime, made["token"], PASSWORD, Caller("203.0.113.7"), later)


def test_a_link_takes_twenty_tries_from_wherever(house: House) -> None:
    made = house.share("slide", password=PASSWORD)
    for number in range(TRIES_OF_LINK):
        stranger = house.browser()
        stranger._address = f"203.0.113.{100 + number // 4}"
        assert open_link(stranger, made["token"], password="wrong word").status_code == 403
    stranger._address = "203.0.113.200"
    assert open_link(stranger, made["token"], password=PASSWORD).status_code == 429
    share = made["share"]["share_id"]
    house.call(house.manager, "PATCH", f"/shares/{share}", {"password": "quite another one"})
    assert open_link(stranger, made["token"], password=PASSWORD).status_code == 403
    assert open_link(stranger, made["token"], password="quite another one").status_code == 200


def test_guesses_made_at_once_count_too(house: House) -> None:
    made = house.share("slide", password=PASSWORD)
    answers = at_once(house, 12, made["token"], "wrong word")
    assert sorted(answers) == ["share_password_wrong"] * TRIES_OF_ADDRESS + ["too_many_attempts"] * 7


def at_once(house: House, count: int, token: str, password: str | None) -> list[str]:
    """Open a link from as many threads; what each of them got."""
    gate = threading.Barrier(count)

    def press(_: int) -> str:
        gate.wait()
        try:
            share_opening.open_share(house.runtime, token, password, Caller("203.0.113.7"))
        except CoverslipError as error:
            return error.code
        return "opened"

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(press, range(count)))


def test_opens_are_exact_under_fifty_at_once(house: House) -> None:
    made = house.share("slide", maximum_opens=7)
    answers = at_once(house, 50, made["token"], None)
    assert (answers.count("opened"), answers.count("share_ended")) == (7, 43)
    share = house.call(house.manager, "GET", f"/shares/{made['share']['share_id']}")
    assert (share["opens"], share["ended_why"]) == (7, "opens")
    told = look(house, made["token"])
    assert (told["state"], told["ended"]["why"]) == ("ended", "opens")
    house.call(house.manager, "PATCH", f"/shares/{made['share']['share_id']}", {"maximum_opens": 8})
    assert open_link(house.browser(), made["token"]).status_code == 200


def test_who_is_in_stays_in_when_the_opens_are_used_up(house: House) -> None:
    stranger = house.opened(house.share("slide", maximum_opens=1))
    assert stranger.get("/slides").json()["total"] == 1


# --- ends ---------------------------------------------------------------------------------------


def age(house: House, share_id: str, by: timedelta) -> None:
    """Let a link have been made earlier, with its end."""
    with house.runtime.db.transaction() as session:
        row = session.scalars(select(Share).where(Share.share_id == share_id)).one()
        row.created_at, row.expires_at = row.created_at - by, row.expires_at - by


def test_a_link_that_ran_out_shows_nothing_and_may_be_given_more_time(house: House) -> None:
    made = house.share("slide", expires_at=(utc_now() + timedelta(hours=1)).isoformat())
    share_id, stranger = made["share"]["share_id"], house.opened(made)
    assert house.browser().post("/share/request", json={"token": made["token"]}).status_code == 409
    age(house, share_id, timedelta(hours=2))
    assert stranger.get("/slides").json()["items"] == [], "even if its session were forgotten"
    assert stranger.get("/session").status_code == 401
    told = look(house, made["token"])
    assert (told["state"], told["ended"]["why"]) == ("ended", "expired")
    assert open_link(house.browser(), made["token"]).json()["code"] == "share_ended"
    for _ in range(3):
        house.call(house.browser(), "POST", "/share/request", {"token": made["token"], "message": "Two days?"}, 202)
    assert house.browser().post("/share/request", json={"token": made["token"]}).status_code == 429
    asked = house.call(house.manager, "GET", f"/shares/{share_id}")["requests"]
    assert [one["message"] for one in asked] == ["Two days?"] * 3
    more = (utc_now() + timedelta(days=2)).isoformat()
    again = house.call(house.manager, "PATCH", f"/shares/{share_id}", {"expires_at": more})
    assert again["ended_at"] is None
    assert house.opened(made).get("/slides").json()["total"] == 1


@pytest.mark.parametrize("hours", [1, 25])
def test_a_clock_that_jumps_revives_nothing(house: House, hours: int) -> None:
    """It jumps ahead, the sweep comes by, and it jumps back."""
    end = (utc_now() + timedelta(minutes=30)).isoformat()
    made, lasting = house.share("slide", expires_at=end), house.share("slide")
    strangers = [house.opened(made), house.opened(lasting)]
    access.sweep(house.runtime.db, utc_now() + timedelta(hours=hours))
    assert [one.get("/slides").status_code for one in strangers] == [401, 401]
    assert open_link(house.browser(), made["token"]).json()["code"] == "share_ended"
    assert open_link(house.browser(), lasting["token"]).status_code == 200
    # The same where somebody asks while the clock is ahead: what has run out ends at the first look.
    ahead = utc_now() + timedelta(hours=hours)
    stranger = house.opened(lasting)
    secret = identity.credential_hash(stranger.cookies["coverslip_share"])
    with house.runtime.db.read() as session, pytest.raises(CoverslipError):
        identity.authenticate_hashed(session, share_hash=secret, now=ahead)


def test_a_session_ends_with_its_link_whatever_the_clock_says(house: House) -> None:
    """Set back by a day, a session does not outlive what the link's row says."""
    stranger = house.opened(house.share("slide"))
    with house.runtime.db.transaction() as session:
        session.execute(text("UPDATE share SET ended_at = created_at, ended_why = 'revoked'"))
    assert stranger.get("/slides").json()["items"] == []
    assert stranger.get(f"/slides/{house.slides[0]}").status_code == 404
    assert stranger.get("/session").status_code == 401


def test_an_idle_session_ends(house: House) -> None:
    stranger = house.opened(house.share("slide"))
    back = timedelta(seconds=house.runtime.settings.session_idle_s + 1)
    with house.runtime.db.transaction() as session:
        row = session.scalars(select(ShareSession)).one()
        row.last_active_at = row.last_active_at - back
    assert stranger.get("/slides").status_code == 401
    with house.runtime.db.read() as session:
        assert session.execute(text("SELECT ended_at FROM share_session")).scalar_one() is not None, "for good"


# --- secrets ------------------------------------------------------------------------------------


def test_a_dump_of_the_database_opens_no_share(house: House) -> None:
    made = [house.share("slide"), house.share("case", password=PASSWORD)]
    stranger = house.opened(made[0])
    secrets = {made[0]["token"], made[1]["token"], PASSWORD, stranger.cookies["coverslip_share"]}
    secrets.add(stranger.headers["X-CSRF-Token"])
    rows = dump(house.runtime)
    everything = str(rows)
    assert not [one for one in secrets if one in everything]
    words = {word for table in ("share", "share_session") for row in rows[table] for word in row}
    words = {word.strip("'") for word in words if len(word) > 8}
    assert len(words) > 15
    for word in words:
        assert open_link(house.browser(), word[:200]).status_code in {404, 422}
        thief = house.browser()
        thief.cookies = {"coverslip_share": word.encode("ascii", "ignore").decode().replace(";", "")}
        assert thief.get("/slides").status_code == 401


def test_five_hundred_forged_and_swapped_tokens_open_nothing(house: House) -> None:
    """Tokens changed in one place, cut, doubled, of other kinds, of other links' cookies: none is let in."""
    made = [house.share("slide") for _ in range(3)]
    stranger = house.opened(made[0])
    cookie = stranger.cookies["coverslip_share"]
    forged: list[str] = []
    for one in made:
        token = one["token"]
        forged += [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(len(token))]
        forged += [token[:at] for at in range(len(token))] + [token + "A", token * 2, token.swapcase(), token[::-1]]
        forged += [one["share"]["share_id"], f" {token}", f"{token} ", f"{token}\n", f"{token}\0", f"%{token}"]
    forged += [cookie, stranger.headers["X-CSRF-Token"], house.manager.cookies["coverslip_session"]]
    forged += [made[0]["token"][:11] + made[1]["token"][11:], "é" * 22, "' OR 1=1 --", "*", "null"]
    while len(forged) < 500:
        forged.append(f"{made[len(forged) % 3]['token'][:-2]}{len(forged) % 64:02d}")
    forged = [one for one in forged if one not in {two["token"] for two in made} and one.strip() != ""]
    assert len(forged) >= 490
    for token in forged:
        with pytest.raises(NotFound):
            share_opening.open_share(house.runtime, token, None, Caller("203.0.113.7"))
    for name, value in (
        ("coverslip_share", made[0]["token"]),
        ("coverslip_share", house.manager.cookies["coverslip_session"]),
        ("coverslip_session", cookie),
        ("coverslip_session", made[0]["token"]),
    ):
        thief = house.browser()
        thief.cookies = {name: value}
        assert thief.get("/slides").status_code == 401, name
    for bearer in (cookie, made[0]["token"]):
        assert house.browser().get("/slides", headers={"Authorization": f"Bearer {bearer}"}).status_code == 401
    counts = [house.call(house.manager, "GET", f"/shares/{one['share']['share_id']}")["opens"] for one in made]
    assert counts == [1, 0, 0]
