"""Tiles over HTTP: the pixels, the caching, the permission, and every way to be refused."""

import io
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from sqlalchemy import func, select, update
from tests.features.tiles.conftest import Door, Shown

from coverslip.features import identity
from coverslip.features.identity.models import SessionRecord
from coverslip.features.tiles.service import canonical
from coverslip.imaging.style import ChannelStyle, Style, encode_style
from coverslip.infra.audit import AuditRow
from coverslip.testing.synthetic import coded_rgb, write_pyramid

Register = Callable[[Path], Shown]


def decoded(body: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(body)).convert("RGB"))


@pytest.fixture
def real(register: Register, sample: Callable[[str], Path], tmp_path: Path) -> Shown:
    """The real Aperio slide, in a folder of its own."""
    path = tmp_path / "tissue.svs"
    path.write_bytes(sample("samples/CMU-1-Small-Region.svs").read_bytes())
    return register(path)


def test_a_stored_tile_has_the_pixels_that_tifffile_decodes(door: Door, real: Shown) -> None:
    with tifffile.TiffFile(real.path) as tiff:
        page = tiff.pages[0]
        for x, y in ((0, 0), (3, 4), (9, 12)):
            response = door.get(real.tile(real.finest, x, y, real.current))
            assert response.status_code == 200
            assert response.headers["content-type"] == "image/jpeg"
            offset = page.dataoffsets[y * 10 + x]
            data = real.path.read_bytes()[offset : offset + page.databytecounts[y * 10 + x]]
            expected = page.decode(data, y * 10 + x, jpegtables=page.jpegtables)[0]
            np.testing.assert_array_equal(decoded(response.content), expected.reshape(240, 240, 3))
            assert len(response.content) <= len(data) + 600


def test_every_tile_of_every_level_comes_in_full_size(door: Door, real: Shown) -> None:
    paths = {
        real.tile(level["z"], x, y, real.current): (level["tile_width"], level["tile_height"])
        for level in real.levels
        for x in {0, level["cols"] - 1}
        for y in {0, level["rows"] - 1}
    }
    for response, size in zip(door.get_all(list(paths)), paths.values(), strict=True):
        assert response.status_code == 200, response.text
        assert Image.open(io.BytesIO(response.content)).size == size


def test_slides_never_show_each_others_tiles(door: Door, register: Register, tmp_path: Path) -> None:
    """Two slides whose pixels say where they lie are asked for in turn, stored and made levels, many at once."""
    slides = []
    for name, seed in (("left", 0), ("right", 97)):
        path = tmp_path / f"{name}.tif"
        write_pyramid(path, coded_rgb(1500, 1200, seed), factors=(1, 4), compression="jpeg", jpeg_rgb=True)
        slides.append((register(path), seed))
    wanted = [
        (shown, seed, level, x, y)
        for shown, seed in slides
        for level in shown.levels
        if level["downsample_x"] in (1.0, 2.0, 4.0)
        for x in range(level["cols"])
        for y in range(level["rows"])
    ]
    wanted.sort(key=lambda one: (one[3], one[4], one[1]))
    responses = door.get_all([shown.tile(level["z"], x, y) for shown, _, level, x, y in wanted])
    for response, (_, seed, level, x, y) in zip(responses, wanted, strict=True):
        factor = int(level["downsample_x"])
        tile = decoded(response.content).astype(int)
        left, top = x * 256 * factor + seed, y * 256 * factor + seed
        # The blue channel holds bits 8 to 11 of both coordinates; its middle is far from any edge.
        at = 100
        expected = ((left + at * factor) >> 8 & 15) | ((top + at * factor) >> 8 & 15) << 4
        if x * 256 + at < level["width"] - 8 and y * 256 + at < level["height"] - 8:
            assert abs(int(tile[at, at, 2]) - expected) <= 12, (seed, level["z"], x, y)


def test_a_current_address_may_be_kept_for_a_day(door: Door, real: Shown) -> None:
    response = door.get(real.tile(real.finest, 1, 1, real.current))
    assert response.headers["cache-control"] == "private, max-age=86400, immutable"
    assert response.headers["vary"] == "Cookie, Authorization"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("z", [0, -1])
def test_without_a_version_the_browser_asks_each_time(door: Door, real: Shown, z: int) -> None:
    path = real.tile(z % len(real.levels), 0, 0)
    first = door.get(path)
    assert first.headers["cache-control"] == "private, no-cache"
    tag = first.headers["etag"]
    for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = door.get(path, if_none_match=sent)
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == "private, no-cache"
    assert door.get(path, if_none_match='"other"').content == first.content


def test_nothing_is_unmodified_for_who_may_not_see_it(outside: Door, door: Door, real: Shown) -> None:
    path = real.tile(real.finest, 0, 0)
    tag = door.get(path).headers["etag"]
    door.headers.clear()
    refused = door.get(path, if_none_match=tag)
    assert refused.status_code == 401
    assert refused.headers["cache-control"] == "no-store"


def test_a_stale_version_is_a_changed_slide(door: Door, real: Shown) -> None:
    response = door.get(real.tile(real.finest, 0, 0, "?v=0123456789abcdef"))
    assert (response.status_code, response.json()["code"]) == (409, "slide_changed")
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("place", "query"),
    [("99/0/0", ""), ("4/10/0", ""), ("4/0/13", ""), ("0/1/0", ""), ("4/0/0", "?plane=1"), ("4/0/0", "?time=1")],
)
def test_what_lies_outside_the_slide_is_not_found(door: Door, real: Shown, place: str, query: str) -> None:
    response = door.get(f"/api/v1/slides/{real.slide_id}/tiles/{place}{query}")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["request_id"] == response.headers["x-request-id"]


@pytest.mark.parametrize(
    ("place", "query", "pointer"),
    [
        ("x/0/0", "", "/path/z"),
        ("4/-1/0", "", "/path/x"),
        ("4/0/1.5", "", "/path/y"),
        ("4/0/0", "?plane=-1", "/query/plane"),
        ("4/0/0", "?time=later", "/query/time"),
        ("4/0/0", "?style=!!", "/style"),
        ("4/0/0", "?style=e30x", "/style"),
    ],
)
def test_a_malformed_parameter_is_named(door: Door, real: Shown, place: str, query: str, pointer: str) -> None:
    response = door.get(f"/api/v1/slides/{real.slide_id}/tiles/{place}{query}")
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert [problem["pointer"] for problem in response.json()["errors"]] == [pointer]


def test_absent_slides_and_odd_ids_look_alike(door: Door, real: Shown) -> None:
    for slide_id in ("01890a5d-ac96-774b-bcce-b302099a8057", "x", "0" * 36, "%2e%2e" * 6):
        response = door.get(f"/api/v1/slides/{slide_id}/tiles/0/0/0")
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_who_is_not_signed_in_sees_nothing(outside: Door) -> None:
    for headers in ({}, {"cookie": "coverslip_session=wrong"}, {"authorization": "Bearer wrong"}):
        response = outside.get("/api/v1/slides/01890a5d-ac96-774b-bcce-b302099a8057/tiles/0/0/0", **headers)
        assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
        assert response.headers["cache-control"] == "no-store"


def test_a_token_opens_tiles_until_it_is_revoked(door: Door, real: Shown) -> None:
    with door.runtime.db.transaction() as session:
        secret = identity.create_token(session, identity.ensure_administrator(session), "script")
    door.headers.clear()
    path = real.tile(real.finest, 0, 0, real.current)
    assert door.get(path, authorization=f"Bearer {secret}").status_code == 200
    assert door.get(path, authorization=f"bearer {secret}").status_code == 200
    with door.runtime.db.transaction() as session:
        identity.revoke_token(session, identity.list_tokens(session)[0].token_id)
    assert door.get(path, authorization=f"Bearer {secret}").status_code == 401


def test_a_session_that_ends_takes_its_tiles_along_at_once(door: Door, real: Shown) -> None:
    path = real.tile(real.finest, 0, 0, real.current)
    cookie = door.headers["Cookie"].partition("=")[2]
    assert door.get(path).status_code == 200
    with door.runtime.db.transaction() as session:
        identity.sign_out(session, identity.authenticate(session, cookie=cookie))
    assert door.get(path).status_code == 401


def test_a_look_is_on_record_once_an_hour_before_the_first_pixel(door: Door, real: Shown) -> None:
    for _ in range(3):
        door.get(real.tile(real.finest, 0, 0, real.current))
        door.get(real.tile(0, 0, 0, real.current))
    with door.runtime.db.read() as session:
        viewed = select(func.count()).where(AuditRow.action == "slide.viewed", AuditRow.object_id == real.slide_id)
        kinds = session.scalars(select(AuditRow.detail).where(AuditRow.action == "slide.viewed")).all()
        assert session.scalar(viewed) == len(kinds) == 2
        assert sorted(one["kind"] for one in kinds) == ["identity", "pixels"]


def test_tiles_keep_a_session_alive(door: Door, real: Shown) -> None:
    with door.runtime.db.transaction() as session:
        row = session.scalars(select(SessionRecord)).one()
        before = row.last_active_at
        session.execute(update(SessionRecord).values(last_active_at=before - timedelta(minutes=5)))
    door.get(real.tile(real.finest, 0, 0, real.current))
    with door.runtime.db.read() as session:
        assert session.scalars(select(SessionRecord)).one().last_active_at >= before


def test_a_made_tile_is_made_once(door: Door, real: Shown) -> None:
    path = real.tile(0, 0, 0, real.current)
    first = door.get(path)
    done = door.runtime.pool.stats().done
    again = door.get(path)
    assert again.content == first.content
    assert door.runtime.pool.stats().done == done


def test_equal_requests_share_one_decoder_task(door: Door, real: Shown) -> None:
    done = door.runtime.pool.stats().done
    responses = door.get_all([real.tile(1, 1, 1, real.current)] * 12)
    assert {response.content for response in responses} == {responses[0].content}
    assert door.runtime.pool.stats().done == done + 1


def test_a_style_changes_pixels_and_its_spelling_does_not(door: Door, real: Shown) -> None:
    plain = door.get(real.tile(real.finest, 5, 6, real.current)).content
    style = encode_style(Style(brightness=-0.25))
    darker = door.get(real.tile(real.finest, 5, 6, f"?style={style}"))
    assert decoded(darker.content).mean() < decoded(plain).mean() - 20
    assert darker.headers["etag"].endswith(f'-{style}"')
    nothing = encode_style(Style())
    assert canonical(nothing) is None
    assert door.get(real.tile(real.finest, 5, 6, f"?v={real.version}&style={nothing}")).content == plain


def test_a_projection_has_an_address_and_pixels_of_its_own(door: Door, register: Register, tmp_path: Path) -> None:
    values = np.zeros((3, 64, 64), np.uint8)
    values[0], values[1], values[2, :, :32] = 20, 60, 250
    path = tmp_path / "stack.ome.tif"
    tifffile.imwrite(path, values, photometric="minisblack", metadata={"axes": "ZYX"})
    shown = register(path)
    style = encode_style(Style(channels=(ChannelStyle(0, colour="#ffffff", low=0, high=255),)))
    means = {}
    for plane in ("0", "1", "max", "mean"):
        address = shown.tile(0, 0, 0, f"{shown.current}&plane={plane}&style={style}")
        answers = [door.get(address), door.get(address)]
        assert answers[0].headers["etag"] == answers[1].headers["etag"]
        assert answers[0].content == answers[1].content
        means[plane] = decoded(answers[0].content)[:64, :64, 0].astype(float)
        assert door.get(address, if_none_match=answers[0].headers["etag"]).status_code == 304
        region = f"/api/v1/slides/{shown.slide_id}/region?x=0&y=0&width=64&height=64&plane={plane}&format=npy"
        raw = np.load(io.BytesIO(door.get(region).content))[..., 0]
        assert raw[5, 5] == {"0": 20, "1": 60, "max": 250, "mean": 110}[plane]
        assert raw[5, 60] == {"0": 20, "1": 60, "max": 60, "mean": 27}[plane]
    for plane, left, right in (("0", 20, 20), ("1", 60, 60), ("max", 250, 60), ("mean", 110, 27)):
        assert means[plane][:, 2:28].mean() == pytest.approx(left, abs=3), plane
        assert means[plane][:, 36:60].mean() == pytest.approx(right, abs=3), plane
    refused = door.get(f"/api/v1/slides/{shown.slide_id}/region?x=0&y=0&width=8&height=8&plane=min")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")


def test_the_cache_may_be_full_without_anybody_noticing(
    door: Door, real: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(door.runtime.cache), "has_room", lambda *_: False)
    path = real.tile(0, 0, 0, real.current)
    assert door.get(path).content == door.get(path).content


def test_a_damaged_cache_file_is_made_again(door: Door, real: Shown) -> None:
    path = real.tile(0, 0, 0, real.current)
    first = door.get(path).content
    kept: list[Path] = []
    while not kept:  # it is kept after the answer
        time.sleep(0.01)
        kept = [one for one in door.runtime.cache.folder.rglob("*") if one.is_file() and not one.name.startswith(".")]
    for one in kept:
        one.write_bytes(b"")
    assert door.get(path).content == first
