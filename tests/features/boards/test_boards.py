"""Tumour boards: kept, ordered, shown only as far as one may see, and printed."""

import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fpdf
import pytest
from PIL import Image
from tests.features.notices.test_notices import Ward
from tests.support.canaries import entry
from tests.support.people import give

from coverslip.features import identity, imports, slides
from coverslip.features.access import Role
from coverslip.features.boards import handout
from coverslip.features.boards.schemas import Camera
from coverslip.infra.runtime import Runtime

CAMERA = {"x": 50, "y": 50, "resolution": 1}


@pytest.fixture
def ward(runtime: Runtime, browser: Callable[[], Any]) -> Ward:
    return Ward(runtime, browser)


def stop(*slide_ids: str, **more: Any) -> dict[str, Any]:
    return {"panes": [{"slide_id": one, "camera": CAMERA} for one in slide_ids], **more}


def made(ward: Ward, who: Any, *stops: dict[str, Any], status: int = 201) -> dict[str, Any]:
    body = {"project_id": ward.project_id, "title": "Monday", "stops": list(stops)}
    answer = who.post("/boards", json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def second_slide(ward: Ward, number: int = 2) -> str:
    with ward.runtime.db.transaction() as session:
        return slides.put_slide(session, entry(ward.project_id, number))


def test_a_board_is_made_changed_ordered_and_deleted(ward: Ward) -> None:
    _, ada = ward.person("Ada")
    other = second_slide(ward)
    board = made(ward, ada, stop(ward.slide_id, note="first"), stop(ward.slide_id, other, hide_identity=False))
    assert [len(one["panes"]) for one in board["stops"]] == [1, 2]
    assert board["stops"][0]["hide_identity"]
    assert board["may_change"]
    assert board["owner_name"] == "Ada"
    path = f"/boards/{board['board_id']}"
    assert ada.get(path).json() == board
    assert [one["board_id"] for one in ada.get(f"/boards?project_id={ward.project_id}").json()["items"]] == [
        board["board_id"]
    ]
    first, second = (one["stop_id"] for one in board["stops"])
    turned = ada.request("PUT", f"{path}/order", json={"rev": 1, "stop_ids": [second, first]}).json()
    assert [one["stop_id"] for one in turned["stops"]] == [second, first]
    assert turned["rev"] == 2
    stale = ada.request("PUT", f"{path}/order", json={"rev": 1, "stop_ids": [first, second]})
    assert stale.status_code == 409
    for wrong in ([first], [first, first], [first, second, second], [first, "x"]):
        assert ada.request("PUT", f"{path}/order", json={"rev": 2, "stop_ids": wrong}).status_code == 422
    changed = ada.request(
        "PATCH",
        path,
        json={"rev": 2, "title": " Tuesday ", "stops": [{"stop_id": first}, stop(other, note="new")]},
    ).json()
    assert changed["title"] == "Tuesday"
    assert [one["note"] for one in changed["stops"]] == ["first", "new"]
    assert changed["stops"][0] == board["stops"][0]
    assert ada.request("DELETE", path).status_code == 204
    assert ada.get(path).status_code == 404


def test_a_stop_is_for_those_who_see_all_its_slides(ward: Ward) -> None:
    _, ada = ward.person("Ada", Role.EDITOR)
    bob_id, bob = ward.person("Bob", Role.EDITOR)
    secret = second_slide(ward)
    give(ward.runtime, bob_id, None, "slide", secret)
    board = made(ward, ada, stop(ward.slide_id, note="open"), stop(ward.slide_id, secret, note="zzsecret"))
    path = f"/boards/{board['board_id']}"
    seen = bob.get(path)
    assert "zzsecret" not in seen.text
    assert secret not in seen.text
    assert [one["hidden"] for one in seen.json()["stops"]] == [False, True]
    # Whoever changes the board keeps what is hidden from them, and cannot open it.
    first, hidden = (one["stop_id"] for one in board["stops"])
    kept = bob.request("PATCH", path, json={"rev": 1, "stops": [{"stop_id": hidden}, {"stop_id": first}]})
    assert kept.status_code == 200, kept.text
    assert [one["note"] for one in ada.get(path).json()["stops"]] == ["zzsecret", "open"]
    over = bob.request("PATCH", path, json={"rev": 2, "stops": [{**stop(ward.slide_id), "stop_id": hidden}]})
    assert over.status_code == 404
    made(ward, bob, stop(secret), status=404)


def test_who_may_make_and_change_boards(ward: Ward) -> None:
    _, ada = ward.person("Ada")
    _, looker = ward.person("Lo", Role.REVIEWER)
    _, peer = ward.person("Peer")
    _, editor = ward.person("Ed", Role.EDITOR)
    eve_id, eve = ward.person("Eve")
    give(ward.runtime, eve_id, None, "project", ward.project_id)
    board = made(ward, ada, stop(ward.slide_id))
    path = f"/boards/{board['board_id']}"
    made(ward, looker, stop(ward.slide_id), status=403)
    made(ward, eve, stop(ward.slide_id), status=404)
    assert [who.get(path).status_code for who in (looker, peer, editor, eve)] == [200, 200, 200, 404]
    patch = {"rev": 1, "title": "Mine now"}
    assert [who.request("PATCH", path, json=patch).status_code for who in (looker, peer, eve, editor)] == [
        403,
        403,
        404,
        200,
    ]
    assert not looker.get(path).json()["may_change"]
    assert [who.request("DELETE", path).status_code for who in (looker, peer, eve)] == [403, 403, 404]
    assert eve.get("/boards").json()["items"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"stops": [{}]},
        {"stops": [{"panes": []}]},
        {"stops": [{"stop_id": "unknown"}]},
        {"stops": [stop("x") | {"more": 1}]},
        {"title": ""},
        {"title": " \n "},
        {"stops": [{"panes": [{"slide_id": "x", "camera": {**CAMERA, "resolution": 0}}]}]},
        {"stops": [stop("x", note="n" * 4001)]},
    ],
)
def test_what_is_no_board_is_refused(ward: Ward, wrong: dict[str, Any]) -> None:
    _, ada = ward.person("Ada")
    answer = ada.post("/boards", json={"project_id": ward.project_id, "title": "t", "stops": [], **wrong})
    assert answer.status_code in (404, 422), answer.text
    assert ada.get("/boards").json()["items"] == []


def test_a_look_is_bounded_and_finite(ward: Ward) -> None:
    _, ada = ward.person("Ada")
    one = stop(ward.slide_id)
    one["panes"][0]["look"] = {"style": "x" * 17_000}
    made(ward, ada, one, status=422)
    one["panes"][0]["look"] = {"half": "\ud800"}
    assert ada.post(
        "/boards",
        content=b'{"project_id":"%s","title":"t","stops":[{"panes":[{"slide_id":"%s","camera":{"x":1,"y":1,'
        b'"resolution":1},"look":{"half":"\\ud800"}}]}]}' % (ward.project_id.encode(), ward.slide_id.encode()),
        headers={"Content-Type": "application/json"},
    ).status_code in (400, 422)


# --- the hand-out -----------------------------------------------------------------------------------


def test_scale_bars_are_round_and_within_a_fifth() -> None:
    for um_for_mm in (0.3, 1.0, 7.7, 40.0, 950.0):
        length, text = handout.bar(um_for_mm, 130.0)
        number, unit = text.split()
        um = float(number) * (1000 if unit == "mm" else 1)
        assert length * um_for_mm == pytest.approx(um)
        assert 130 / 5 / 2.6 <= length <= 130 / 5 + 1e-9
        assert str(um).strip("0.")[0] in "125"


def test_a_turned_and_mirrored_view_is_printed_as_seen() -> None:
    """A picture with one red corner, to be seen where the viewer's own mathematics puts it."""
    frame = handout.Frame(0, 0, 100, 100)
    for mirrored in (False, True):
        for rotation in (0.0, math.pi / 2, math.pi, -math.pi / 2):
            camera = Camera(x=0, y=0, resolution=1, rotation=rotation, mirrored=mirrored)
            side = 283 if handout.is_turned(camera) else 200
            image = Image.new("RGB", (side, side), (255, 255, 255))
            # 60 right of the middle and 40 up, in pixels of the picture.
            at = (side // 2 + 60, side // 2 - 40)
            image.paste((255, 0, 0), (at[0] - 8, at[1] - 8, at[0] + 8, at[1] + 8))
            body = io.BytesIO()
            image.save(body, "JPEG", quality=95)
            shown = Image.open(io.BytesIO(handout.as_seen(body.getvalue(), camera, frame))).convert("RGB")
            x, y = (-60 if mirrored else 60), -40
            cos, sin = math.cos(rotation), math.sin(rotation)
            seen = (x * cos - y * sin, x * sin + y * cos)
            pixel = shown.getpixel((round(shown.width / 2 + seen[0]), round(shown.height / 2 + seen[1])))
            assert isinstance(pixel, tuple)
            assert pixel[0] > 200, (mirrored, rotation)
            assert pixel[1] < 90, (mirrored, rotation)


def test_what_is_read_covers_the_frame() -> None:
    frame = handout.frames(1)[0]
    camera = Camera(x=1000, y=2000, resolution=4)
    wanted = handout.wanted(camera, None, frame)
    assert wanted.width * wanted.downsample == pytest.approx(
        4 * handout.SCREEN_PX * frame.width / (handout.PAGE_W_MM - 2 * handout.MARGIN_MM), rel=0.01
    )
    assert wanted.x + wanted.width * wanted.downsample / 2 == pytest.approx(1000)
    assert wanted.y + wanted.height * wanted.downsample / 2 == pytest.approx(2000)
    for count in (1, 2, 3, 4):
        for one in handout.frames(count):
            assert one.x + one.width <= handout.PAGE_W_MM - handout.MARGIN_MM + 1e-6
            assert one.y + one.height <= handout.PAGE_H_MM - handout.NOTE_MM - handout.MARGIN_MM + 1e-6


def test_what_is_too_long_for_the_page_is_cut_and_says_so() -> None:
    pdf = fpdf.FPDF(orientation="landscape", unit="mm", format="A4")
    pdf.add_page()
    pdf.set_font("helvetica", size=12)
    assert handout.fitted(pdf, "short", 60, "...") == "short"
    cut = handout.fitted(pdf, "a long heading " * 20, 60, "...")
    assert cut.endswith("...")
    assert 40 < pdf.get_string_width(cut) <= 60
    short = "one\ntwo"
    assert handout.first_lines(pdf, short, "...") == short
    long = "\n".join(f"line {number}" for number in range(30))
    assert handout.first_lines(pdf, long, "...").splitlines() == ["line 0", "line 1", "line 2", "line 3..."]


def test_a_real_hand_out(
    runtime: Runtime, browser: Callable[[], Any], sample: Callable[[str], Path], tmp_path: Path
) -> None:
    ward = Ward(runtime, browser)
    ada_id, ada = ward.person("Ada")
    folder = tmp_path / "slides"
    folder.mkdir()
    (folder / "real.svs").symlink_to(sample("CMU-1-Small-Region.svs"))
    imports.import_paths(runtime, [folder])
    with runtime.db.read() as session:
        listed = slides.list_slides(session, identity.SYSTEM, slides.ListQuery(q="real"), 10, None)
    real = listed.items[0].slide_id
    give(runtime, ada_id, Role.VIEWER, "slide", real)
    camera = {"x": 1100, "y": 1400, "resolution": 2, "rotation": 0.4, "mirrored": True}
    pane = {"slide_id": real, "camera": camera}
    board = made(
        ward,
        ada,
        {"panes": [{"slide_id": real, "camera": {**CAMERA, "resolution": 1.5}}], "note": "naïve Żółć Ki-67 µm"},
        {"panes": [pane, pane], "hide_identity": False},
        stop(ward.slide_id, note="cannot be read"),
    )
    answer = ada.get(f"/boards/{board['board_id']}/handout.pdf")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert answer.content.count(b"/Type /Page\n") == 3
    assert answer.content.count(b"/Subtype /Image") == 3 or answer.content.count(b"/Subtype /Image") == 2
