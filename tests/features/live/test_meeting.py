"""People on one slide, in two web processes: who is here, hands, presenting, and every edit at everybody."""

import threading
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from tests.support.live import Clinic, Seat, by, cookies_of, drawing, send_ops
from tests.support.people import give
from websockets.exceptions import ConnectionClosed

from coverslip.core.ids import new_id
from coverslip.features.access import Role

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"  # of websockets, after a refused handshake
)


def both_processes_hold_one(clinic: Clinic) -> bool:
    port = int(clinic.url.rpartition(":")[2])
    holding = [
        child
        for child in clinic.server.children()
        if [one for one in child.net_connections("tcp") if one.status == "ESTABLISHED" and one.laddr.port == port]
    ]
    return len(holding) == 2


def seats_in_both(clinic: Clinic, headers: Any, at_least: int) -> list[Seat]:
    """Sit people down until either process holds somebody: who takes a connection is the kernel's choice."""
    seats = [clinic.sit(headers) for _ in range(at_least)]
    while not both_processes_hold_one(clinic):
        assert len(seats) < 30, "one process takes everybody"
        seats.append(clinic.sit(headers))
    return seats


def following(seat: Seat) -> Callable[[dict[str, Any]], bool]:
    return lambda one: by(seat)(one) and bool(one["following"])


def everybody(seat: Seat) -> set[str]:
    """Return who somebody knows of, after all that has come until now."""
    welcome = seat.hear("welcome")
    return {one["client_id"] for one in welcome["people"]}


def test_people_in_two_processes_see_each_other(any_clinic: Clinic) -> None:
    clinic = any_clinic
    ada_id, ada_browser = clinic.browser("Ada")
    _, bob_headers = clinic.person("Bob")
    ada = clinic.sit(cookies_of(ada_browser))
    welcome = ada.hear("welcome")
    assert welcome["client_id"] == ada.client_id
    assert welcome["person"]["id"] == ada_id
    assert welcome["person"]["name"] == "Ada"
    assert not welcome["person"]["guest"]
    assert welcome["people"] == []
    assert welcome["presenter"] is None
    assert ada.hear("rights")["actions"] == ["view", "comment", "annotate"]

    others = seats_in_both(clinic, bob_headers, 3)
    for other in others:
        ada.hear("joined", by(other))
        assert other.hear("welcome")["person"]["name"] == "Bob"

    shape = {"kind": "line", "points": [[1, 2], [3, 4.5]]}
    ada.say("presence", cursor=[5, 6], viewport=None, drawing=shape, tool="line")
    for other in others:
        seen = other.hear("presence", lambda one: one["client_id"] == ada.client_id and one["drawing"] is not None)
        assert (seen["cursor"], seen["drawing"], seen["tool"]) == ([5, 6], shape, "line")
    for other in others:
        other.say("pointer", at=[7, 8])
        assert ada.hear("pointer", by(other))["at"] == [7, 8]

    late = clinic.sit(bob_headers)
    known = everybody(late)
    for one in (ada, *others):  # of another process it may hear a moment later
        if one.client_id not in known:
            late.hear("joined", by(one))

    for other in others:
        other.connection.close()
        ada.hear("left", by(other))


def test_presenting_following_and_handing_over(any_clinic: Clinic) -> None:
    clinic = any_clinic
    _, ada_headers = clinic.person("Ada")
    _, bob_headers = clinic.person("Bob", Role.VIEWER)
    ada = clinic.sit(ada_headers)
    ada.hear("welcome")  # whoever is there before is in its list
    others = [clinic.sit(bob_headers) for _ in range(3)]
    for other in others:
        ada.hear("joined", by(other))
    bob = others[0]
    view = {
        "slide_id": clinic.slide_id,
        "panes": [{"slide_id": clinic.slide_id, "camera": {"x": 1, "y": 2, "resolution": 4}}],
        "camera": {"x": 1, "y": 2, "resolution": 4, "rotation": 0.5},
        "look": {"brightness": 1.5},
        "identity_hidden": True,
    }
    assert ada.refusal("view", **view) == "not_presenting"
    ada.say("present", on=True)
    for one in (ada, *others):
        assert one.hear("presenter")["client_id"] == ada.client_id
    assert bob.refusal("present", on=True) == "somebody_presents"
    assert bob.refusal("hand_over", client_id=bob.client_id) == "not_presenting"
    for one in others:
        one.say("follow", client_id=ada.client_id)
        ada.hear("presence", following(one))
    ada.say("view", **view)
    for one in others:
        shown = one.hear("view")
        assert {name: shown[name] for name in view} == view
        assert shown["client_id"] == ada.client_id
    assert ada.refusal("hand_over", client_id=new_id()) == "message_refused"
    ada.say("hand_over", client_id=bob.client_id)
    for one in (ada, *others):
        assert one.hear("presenter")["client_id"] == bob.client_id
    assert ada.refusal("view", **view) == "not_presenting"
    bob.connection.close()
    for one in (ada, *others[1:]):
        assert one.hear("presenter")["client_id"] is None


def test_who_comes_later_sees_what_is_presented_whichever_process_takes_them(clinic: Clinic) -> None:
    _, ada_headers = clinic.person("Ada")
    _, bob_headers = clinic.person("Bob", Role.VIEWER)
    ada = clinic.sit(ada_headers)
    ada.say("present", on=True)
    ada.hear("presenter")
    ada.say("view", slide_id=clinic.slide_id, camera={"x": 1, "y": 2, "resolution": 4})
    for one in seats_in_both(clinic, bob_headers, 6):
        assert one.hear("view")["camera"] == {"x": 1, "y": 2, "resolution": 4}


def test_every_edit_reaches_everybody_and_its_author(any_clinic: Clinic) -> None:
    clinic = any_clinic
    _, headers = clinic.person("Ada")
    seats = [clinic.sit(headers) for _ in range(4)]
    starts = {seat.hear("welcome")["seq"] for seat in seats}
    with clinic.client(headers) as ada:
        layer = clinic.layer(ada)
        wanted = []
        for number in range(30):
            op = drawing(layer, name=f"n{number}")
            wanted.append(op["op_id"])
            last = send_ops(ada, clinic.slide_id, op)["seq"]
    for seat in seats:
        assert edits(seat, last) == wanted
    again = clinic.sit(headers, after=min(starts))
    assert edits(again, last) == wanted
    middle = clinic.sit(headers, after=last - 5)
    assert edits(middle, last) == wanted[-5:]


def test_a_changed_list_of_classes_reaches_everybody_on_slides_of_the_project(any_clinic: Clinic) -> None:
    clinic = any_clinic
    _, headers = clinic.person("Ada", Role.MANAGER)
    seats = seats_in_both(clinic, headers, 3)
    bob_id, bob_headers = clinic.person("Bob")
    give(clinic.runtime, bob_id, Role.VIEWER, "project", clinic.foreign_project)
    elsewhere = clinic.sit(bob_headers, slide_id=clinic.foreign_id)
    for one in (*seats, elsewhere):
        one.hear("welcome")
    with clinic.client(headers) as client:
        listed = client.get(f"/slides/{clinic.slide_id}/classes").json()["classes"]
        body = {"classes": listed[:1], "rev": 0}
        began_s = time.monotonic()
        assert client.put(f"/projects/{clinic.project_id}/classes", json=body).status_code == 200
        for one in seats:
            one.hear("classes", within_s=3.0)
        assert time.monotonic() - began_s < 3.0
        assert len(client.get(f"/slides/{clinic.slide_id}/classes").json()["classes"]) == 1
    assert elsewhere.silent("classes")


def test_a_private_layer_is_its_owners_alone(clinic: Clinic) -> None:
    _, ada_headers = clinic.person("Ada")
    _, bob_headers = clinic.person("Bob", Role.MANAGER)
    ada, bob = clinic.sit(ada_headers), clinic.sit(bob_headers)
    start = ada.hear("welcome")["seq"]
    bob.hear("welcome")
    with clinic.client(ada_headers) as client:
        hidden, shown = clinic.layer(client, visibility="private"), clinic.layer(client)
        secret = drawing(hidden, name="secret")
        send_ops(client, clinic.slide_id, secret)
        plain = drawing(shown, name="plain")
        last = send_ops(client, clinic.slide_id, plain)["seq"]
    assert edits(ada, last) == [secret["op_id"], plain["op_id"]]
    assert edits(bob, last) == [plain["op_id"]]
    for headers, wanted in ((ada_headers, 2), (bob_headers, 1)):
        late = clinic.sit(headers, after=start)
        assert len(edits(late, last)) == wanted


def edits(seat: Seat, last: int) -> list[str]:
    """Return the operations on annotations that come, in order, up to a number of the journal; none comes twice."""
    found: list[dict[str, Any]] = []
    while not found or found[-1]["seq"] < last:
        message = seat.hear("entries")
        assert message["seq"] == message["entries"][-1]["seq"] or message["seq"] > message["entries"][-1]["seq"]
        found += message["entries"]
    numbers = [one["seq"] for one in found]
    assert numbers == sorted(set(numbers))
    return [one["op_id"] for one in found if one["entity"] == "annotation"]


def test_the_same_tab_takes_its_place_again_and_nobody_elses(clinic: Clinic) -> None:
    _, ada_headers = clinic.person("Ada")
    _, bob_headers = clinic.person("Bob")
    first = clinic.sit(ada_headers)
    first.hear("welcome")
    witness = clinic.sit(ada_headers)  # in the other process, so that there are rooms in both
    witness.hear("welcome")
    time.sleep(0.3)
    stolen = clinic.sit(bob_headers, client_id=first.client_id)
    assert stolen.closed() == 1008
    assert not [one for one in stolen.heard if one["type"] == "welcome"]
    assert first.refusal("ping") is None
    again = clinic.sit(ada_headers, client_id=first.client_id)
    again.hear("welcome")
    assert first.closed() == 4409
    assert again.refusal("ping") is None


def test_people_of_a_process_that_died_are_gone(any_clinic: Clinic) -> None:
    clinic = any_clinic
    _, headers = clinic.person("Ada")
    seats = seats_in_both(clinic, headers, 4)
    for seat in seats:
        seat.hear("welcome")
    time.sleep(0.5)
    port = int(clinic.url.rpartition(":")[2])
    victim = next(
        child
        for child in clinic.server.children()
        if [one for one in child.net_connections("tcp") if one.status == "ESTABLISHED" and one.laddr.port == port]
    )
    psutil.Process(victim.pid).kill()
    time.sleep(0.5)
    alive = [seat for seat in seats if _answers(seat)]
    dead = [seat for seat in seats if seat not in alive]
    assert alive
    assert dead
    for seat in alive:
        for other in dead:
            seat.hear("left", by(other), within_s=25)


def _answers(seat: Seat) -> bool:
    try:
        return seat.refusal("ping") is None
    except (ConnectionClosed, OSError):
        return False


@pytest.mark.timeout(120)
def test_twenty_people_get_every_edit(any_clinic: Clinic) -> None:
    clinic = any_clinic
    _, headers = clinic.person("Ada")
    seats = [clinic.sit(headers) for _ in range(20)]
    for seat in seats:
        seat.hear("welcome")
    wanted: set[str] = set()
    lock = threading.Lock()
    with clinic.client(headers) as client:
        layer = clinic.layer(client)

    def draw(count: int) -> None:
        with clinic.client(headers) as client:
            for _ in range(count):
                op = drawing(layer)
                send_ops(client, clinic.slide_id, op)
                with lock:
                    wanted.add(op["op_id"])

    drawers = [threading.Thread(target=draw, args=(15,)) for _ in range(4)]
    for one in drawers:
        one.start()
    for one in drawers:
        one.join()
    with clinic.client(headers) as client:
        last = client.get(f"/slides/{clinic.slide_id}/journal?after=0&limit=1000").json()["seq"]
    for seat in seats:
        found = edits(seat, last)
        assert len(found) == len(wanted) == 60
        assert set(found) == wanted
