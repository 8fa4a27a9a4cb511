"""A folder full of damaged files, served as a user serves it: nobody but their own readers notices."""

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.server import Serve

QUICK, ALL = 40, 2000
PATIENCE_S = 1500
SOUND = "CMU-1-Small-Region.svs"
VICTIMS = (
    "slides/CMU-1-Small-Region.svs",
    "slides/test3-DAPI-2-(387).ndpi",
    "slides/openslide-fixtures/boxes.tiff",
    "slides/openslide-fixtures/small.svs",
    "slides/openslide-fixtures/boxes_0.dcm",
    "slides/multi-tiff/Channel_0.tif",
    "slides/multi_frame_jpeg_camelyon_challenge_image.dcm",
    "slides/multi_frame_jpeg2000_camelyon_challenge_image.dcm",
)
TRICKY_NAMES = ("two words", 'quote\'s "and" more', "emoji 🔬", "percent %5C..%2F", "semi;colon&amp=1")


def damaged(source: bytes, chance: random.Random) -> bytes:
    """Return a copy that is cut, or has bits flipped or a piece overwritten, half of it in the head."""
    data = bytearray(source)
    kind = chance.choice(("cut", "flip", "flip", "overwrite"))
    if kind == "cut":
        return bytes(data[: chance.randrange(len(data))])
    for _ in range(chance.choice((1, 8, 64))):
        at = chance.randrange(min(len(data), 4096)) if chance.random() < 0.5 else chance.randrange(len(data))
        if kind == "flip":
            data[at] ^= 1 << chance.randrange(8)
        else:
            data[at : at + 16] = chance.randbytes(16)[: len(data) - at]
    return bytes(data)


def fill(folder: Path, count: int, sample: Callable[[str], Path], seed: int) -> None:
    chance = random.Random(seed)
    originals = [sample(name) for name in VICTIMS]
    sources = [original.read_bytes() for original in originals]
    for number in range(count):
        which = chance.randrange(len(sources))
        name = f"{number:04} {chance.choice(TRICKY_NAMES)}".replace("/", "-")
        # Copies of one DICOM instance in one folder would be one series, so each gets its own.
        home = folder / str(number) if originals[which].suffix == ".dcm" else folder
        home.mkdir(exist_ok=True)
        (home / f"{name}{originals[which].suffix}").write_bytes(damaged(sources[which], chance))


def wait_until_scanned(client: httpx.Client, watch: Callable[[], None]) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        watch()
        roots = client.get("/api/v1/imports/roots").json()["items"]
        if roots and all(root["last_scan_at"] and not root["scanning"] for root in roots):
            bad: dict[str, Any] = next(root for root in roots if root["path"].endswith("bad"))
            return bad
        time.sleep(0.5)
    raise AssertionError("the folder was not registered in time")


def every_slide(client: httpx.Client) -> list[dict[str, Any]]:
    slides, cursor = [], None
    while True:
        page = client.get("/api/v1/slides", params={"limit": 200, **({"cursor": cursor} if cursor else {})}).json()
        slides += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return slides


@pytest.mark.timeout(2400)
@pytest.mark.parametrize("count", [QUICK, pytest.param(ALL, marks=pytest.mark.full)])
def test_damaged_files_are_named_and_hurt_nobody(
    count: int, tmp_path: Path, sample: Callable[[str], Path], serve: Callable[..., Serve]
) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.mkdir()
    bad.mkdir()
    (good / SOUND).write_bytes(sample(f"slides/{SOUND}").read_bytes())
    fill(bad, count, sample, seed=20_260_101)
    server = serve(good, bad, environment={"COVERSLIP_SETTLE_S": "0"})
    client = server.sign_in()
    before = [child.pid for child in server.children()]
    answers: list[int] = []

    def look_at_the_sound_slide() -> None:
        for slide in client.get("/api/v1/slides", params={"q": "CMU-1-Small", "state": "ready"}).json()["items"]:
            if slide["name"].startswith("CMU"):
                detail = client.get(f"/api/v1/slides/{slide['slide_id']}").json()
                finest = detail["levels"][-1]["z"]
                # One that waits until the damaged ones are through runs into the client's own limit.
                answer = client.get(f"/api/v1/slides/{slide['slide_id']}/tiles/{finest}/3/3", timeout=10)
                answers.append(answer.status_code)

    root = wait_until_scanned(client, look_at_the_sound_slide)

    listed = [slide for slide in every_slide(client) if not slide["name"].startswith("CMU")]
    assert len(listed) + root["ignored"] == count
    worst = 0
    for slide in listed:
        if slide["state"] == "unreadable":
            reason = slide["reason"]
            assert reason["code"].isidentifier(), reason
            assert reason["message"].endswith("."), reason
            assert "Traceback" not in reason["message"], reason
            assert str(tmp_path) not in reason["message"], reason
        address = f"/api/v1/slides/{slide['slide_id']}"
        levels = client.get(address).json().get("levels") or [{"z": 0}]
        for path in ("", "/thumbnail", f"/tiles/{levels[-1]['z']}/0/0", f"/tiles/{levels[0]['z']}/0/0", "/histogram"):
            worst = max(worst, client.get(address + path).status_code)
    assert worst < 500
    assert set(answers) == {200}
    assert [child.pid for child in server.children()] == before
    assert server.stop() == 0
