"""Uploads in pieces: what is acknowledged is here, whatever is cut, doubled, swapped or damaged on the way."""

import base64
import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import ClientDisconnect

from coverslip.features.imports import parts, uploads
from coverslip.infra.audit import first_broken
from coverslip.infra.runtime import Runtime

from .arriving import (
    PIECE,
    TUS,
    address,
    announce,
    arrival,
    is_one_sentence,
    left_over,
    metadata,
    offset_of,
    send,
    sha256,
    stored,
    stored_part,
    upload,
    work,
)


def test_the_server_says_what_it_speaks(browser: Callable[[], Any]) -> None:
    said = browser().request("OPTIONS", "/uploads")
    assert said.status_code == 204
    assert said.headers["Tus-Version"] == said.headers["Tus-Resumable"] == "1.0.0"
    assert set(said.headers["Tus-Extension"].split(",")) == {"creation", "checksum", "termination", "expiration"}
    assert "sha256" in said.headers["Tus-Checksum-Algorithm"]


def test_a_slide_sent_in_pieces_is_registered_with_its_hash(signed_in: Any, runtime: Runtime, slide: bytes) -> None:
    made = announce(signed_in, len(slide), filename="a.svs", project="Lab", sha256=sha256(slide))
    where, arrival_id = address(made), made.headers["Coverslip-Arrival"]
    assert "Upload-Expires" in made.headers
    third = len(slide) // 3
    for start in range(0, len(slide), third):
        assert offset_of(signed_in, where) == start
        answer = send(signed_in, where, start, slide[start : start + third])
        assert answer.status_code == 204
        assert int(answer.headers["Upload-Offset"]) == min(start + third, len(slide))
    assert arrival(signed_in, arrival_id)["state"] == "waiting"
    assert signed_in.get("/slides").json()["items"] == []
    work(runtime)
    found = arrival(signed_in, arrival_id)
    assert (found["state"], found["reason"]) == ("done", None)
    detail = signed_in.get(f"/slides/{found['slide_ids'][0]}").json()
    assert (detail["name"], detail["state"], detail["content_sha256"]) == ("a", "ready", sha256(slide))
    assert [one["name"] for one in signed_in.get("/projects").json()["items"]] == ["Lab"]
    assert stored(runtime) == [slide]
    assert left_over(runtime.settings.data) == []
    with runtime.db.read() as session:
        assert first_broken(session) is None


def test_an_upload_that_is_announced_again_goes_on(signed_in: Any, slide: bytes) -> None:
    said = {"filename": "a.svs", "group": "key"}
    first = announce(signed_in, len(slide), **said)
    assert send(signed_in, address(first), 0, slide[:1000]).status_code == 204
    again = announce(signed_in, len(slide), **said)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Upload-Offset"] == "1000"
    mine = signed_in.get("/uploads").json()["items"]
    assert [(one["path"], one["offset"], one["group"]) for one in mine] == [("a.svs", 1000, "key")]
    changed = announce(signed_in, len(slide) + 1, **said)
    assert (changed.status_code, changed.json()["code"]) == (422, "invalid_request")


class Cut(Exception):
    """The connection is gone."""


def cut_upload(signed_in: Any, where: str, offset: int, data: bytes, at: int) -> None:
    """Send a piece over a connection that breaks after ``at`` bytes."""

    async def body() -> Any:
        yield data[:at]
        raise Cut

    headers = {**PIECE, "Upload-Offset": str(offset)}
    with pytest.raises((Cut, ClientDisconnect, httpx.HTTPError)):
        signed_in.request("PATCH", where, content=body(), headers=headers)


@pytest.mark.parametrize("cuts", [8, pytest.param(50, marks=pytest.mark.full)])
def test_an_upload_cut_anywhere_goes_on_at_the_servers_offset(
    signed_in: Any, runtime: Runtime, slide: bytes, cuts: int
) -> None:
    made = announce(signed_in, len(slide), filename="a.svs", sha256=sha256(slide))
    where = address(made)
    for number in range(cuts):
        offset = offset_of(signed_in, where)
        ahead = (len(slide) - offset) * (number + 1) // (cuts + 1) + number
        cut_upload(signed_in, where, offset, slide[offset:], ahead)
        now = offset_of(signed_in, where)
        assert offset <= now <= offset + ahead
        assert stored_part(runtime) == slide[:now]
    offset = offset_of(signed_in, where)
    assert send(signed_in, where, offset, slide[offset:]).status_code == 204
    work(runtime)
    assert arrival(signed_in, made.headers["Coverslip-Arrival"])["state"] == "done"
    assert stored(runtime) == [slide]


def test_pieces_doubled_and_out_of_order_change_nothing(signed_in: Any, runtime: Runtime, slide: bytes) -> None:
    made = announce(signed_in, len(slide), filename="a.svs", sha256=sha256(slide))
    where = address(made)
    step = len(slide) // 7
    order = [0, 0, 2, 1, 0, 3, 2, 2, 5, 3, 4, 5, 4, 6, 6, 7, 0]
    for number in order:
        begin = number * step
        before = offset_of(signed_in, where)
        answer = send(signed_in, where, begin, slide[begin : begin + step])
        if begin == before < len(slide):
            assert answer.status_code == 204
        else:
            assert (answer.status_code, answer.json()["code"]) == (409, "upload_offset")
            assert is_one_sentence(answer.json()["detail"])
            assert offset_of(signed_in, where) == before
    work(runtime)
    assert stored(runtime) == [slide]


def test_without_the_check_of_the_offset_a_doubled_piece_would_damage_the_slide(
    signed_in: Any, runtime: Runtime, slide: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard of the test above removed: the hash at the end is the second net, and it holds."""
    real = parts.Appending.__init__

    def unchecked(self: parts.Appending, path: Path, offset: int, size: int, checksum: Any = None) -> None:
        real(self, path, path.stat().st_size, size, checksum)

    monkeypatch.setattr(parts.Appending, "__init__", unchecked)
    made = announce(signed_in, len(slide), filename="a.svs", sha256=sha256(slide))
    where = address(made)
    half = len(slide) // 2
    assert send(signed_in, where, 0, slide[:half]).status_code == 204
    assert send(signed_in, where, 0, slide[:half]).status_code == 204  # should have been refused
    send(signed_in, where, 2 * half, slide[2 * half :])
    work(runtime)
    found = arrival(signed_in, made.headers["Coverslip-Arrival"])
    assert (found["state"], found["reason"]["code"]) == ("failed", "checksum_mismatch")
    assert signed_in.get("/slides").json()["items"] == []


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_a_piece_that_differs_from_its_checksum_is_not_kept(signed_in: Any, slide: bytes, algorithm: str) -> None:
    where = address(announce(signed_in, len(slide), filename="a.svs"))
    right = base64.b64encode(hashlib.new(algorithm, slide[:5000]).digest()).decode()
    damaged = bytearray(slide[:5000])
    damaged[77] ^= 1
    answer = send(signed_in, where, 0, bytes(damaged), Upload_Checksum=f"{algorithm} {right}")
    assert (answer.status_code, answer.json()["code"]) == (460, "checksum_mismatch")
    assert offset_of(signed_in, where) == 0
    assert send(signed_in, where, 0, slide[:5000], Upload_Checksum=f"{algorithm} {right}").status_code == 204
    assert offset_of(signed_in, where) == 5000
    for wrong in ("crc9 AAAA", "sha256", "sha256 !!!"):
        assert send(signed_in, where, 5000, b"x", Upload_Checksum=wrong).status_code == 422


@pytest.mark.parametrize("when", ["announced", "later"])
def test_a_wrong_hash_registers_nothing_and_can_be_sent_again(
    signed_in: Any, runtime: Runtime, slide: bytes, when: str
) -> None:
    wrong = sha256(b"something else")
    made = announce(signed_in, len(slide), filename="a.svs", sha256=wrong if when == "announced" else "later")
    where = address(made)
    send(signed_in, where, 0, slide)
    if when == "later":
        assert arrival(signed_in, made.headers["Coverslip-Arrival"])["state"] == "receiving"
        assert send(signed_in, where, len(slide), b"", Upload_Sha256=wrong).status_code == 204
    work(runtime)
    found = arrival(signed_in, made.headers["Coverslip-Arrival"])
    assert (found["state"], found["reason"]["code"]) == ("failed", "checksum_mismatch")
    assert is_one_sentence(found["reason"]["message"])
    assert signed_in.get("/slides").json()["items"] == []
    assert stored(runtime) == []
    assert signed_in.request("DELETE", where, headers=TUS).status_code == 204
    assert left_over(runtime.settings.data) == []


def test_without_the_final_check_damaged_bytes_would_be_registered(
    signed_in: Any, runtime: Runtime, slide: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coverslip.features.imports import arriving

    monkeypatch.setattr(arriving._Arriving, "_verify", lambda *_: None)
    arrival_id = upload(signed_in, slide, filename="a.svs", sha256=sha256(b"something else"))
    work(runtime)
    assert arrival(signed_in, arrival_id)["state"] == "done"  # the guard is what makes the test above pass


def synced_before_answer(signed_in: Any, where: str, slide: bytes, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the part was synced at its full length before a piece was answered."""
    seen: list[int] = []
    real = os.fsync

    def watched(descriptor: int) -> None:
        seen.append(os.fstat(descriptor).st_size)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    assert send(signed_in, where, 0, slide[:3000]).status_code == 204
    return 3000 in seen


def test_a_piece_is_on_the_disk_before_it_is_acknowledged(
    signed_in: Any, slide: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = address(announce(signed_in, len(slide), filename="a.svs"))
    assert synced_before_answer(signed_in, where, slide, monkeypatch)


def test_without_the_sync_the_test_above_fails(signed_in: Any, slide: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    where = address(announce(signed_in, len(slide), filename="a.svs"))
    monkeypatch.setattr(parts.Appending, "sync", lambda _: None)
    assert not synced_before_answer(signed_in, where, slide, monkeypatch)


def test_two_requests_do_not_write_to_one_upload_at_a_time(signed_in: Any, runtime: Runtime, slide: bytes) -> None:
    made = announce(signed_in, len(slide), filename="a.svs")
    where = address(made)
    (part,) = (runtime.settings.data / "uploads").rglob("*.part")
    with parts.Appending(part, 0, len(slide)):
        answer = send(signed_in, where, 0, slide[:100])
    assert (answer.status_code, answer.json()["code"]) == (423, "upload_locked")
    assert send(signed_in, where, 0, slide[:100]).status_code == 204


def test_a_crash_after_the_last_piece_loses_no_upload(
    signed_in: Any, runtime: Runtime, slide: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = announce(signed_in, len(slide), filename="a.svs")
    with monkeypatch.context() as patched:
        patched.setattr(uploads, "complete_if_whole", lambda *_: None)  # as if the process ended before this
        send(signed_in, address(made), 0, slide)
    assert arrival(signed_in, made.headers["Coverslip-Arrival"])["state"] == "receiving"
    assert offset_of(signed_in, address(made)) == len(slide)
    work(runtime)
    assert stored(runtime) == [slide]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Length": "10", "Upload-Metadata": metadata(filename="a.svs")}, 412, "tus_version_refused"),
        ({**TUS, "Upload-Metadata": metadata(filename="a.svs")}, 422, "invalid_request"),
        ({**TUS, "Upload-Length": "-5", "Upload-Metadata": metadata(filename="a.svs")}, 422, "invalid_request"),
        ({**TUS, "Upload-Length": "10"}, 422, "invalid_request"),
        ({**TUS, "Upload-Length": "10", "Upload-Metadata": "filename ???"}, 422, "invalid_request"),
        ({**TUS, "Upload-Length": "10", "Upload-Metadata": "filename /////w=="}, 422, "invalid_request"),
        ({**TUS, "Upload-Length": "10", "Upload-Metadata": metadata(filename="../a.svs")}, 422, "name_refused"),
        (
            {**TUS, "Upload-Length": "1", "Upload-Metadata": metadata(filename="a", group_files="x")},
            422,
            "invalid_request",
        ),
        (
            {**TUS, "Upload-Length": "1", "Upload-Metadata": metadata(filename="a", sha256="12")},
            422,
            "invalid_request",
        ),
    ],
)
def test_what_cannot_be_an_upload_is_refused_in_one_sentence(
    signed_in: Any, runtime: Runtime, headers: dict[str, str], status: int, code: str
) -> None:
    answer = signed_in.post("/uploads", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert is_one_sentence(answer.json()["detail"])
    assert left_over(runtime.settings.data) == []


def test_more_bytes_than_announced_are_refused(signed_in: Any) -> None:
    where = address(announce(signed_in, 10, filename="a.svs"))
    answer = send(signed_in, where, 0, b"x" * 11)
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert signed_in.request("PATCH", where, content=b"x", headers=TUS).status_code == 422


def test_nobody_else_sees_an_upload(signed_in: Any, browser: Callable[[], Any]) -> None:
    where = address(announce(signed_in, 10, filename="a.svs"))
    stranger = browser()
    assert stranger.request("HEAD", where, headers=TUS).status_code == 401
    assert stranger.get("/uploads").status_code == 401
    for unknown in ("/uploads/none", "/uploads/%00", "/uploads/" + "x" * 60):
        assert signed_in.request("HEAD", unknown, headers=TUS).status_code == 404
    del signed_in.headers["X-CSRF-Token"]
    assert announce(signed_in, 10, filename="b.svs").status_code == 403


def test_files_that_are_one_slide_arrive_together(
    signed_in: Any, runtime: Runtime, sample: Callable[[str], Path]
) -> None:
    folder = sample("slides/dicom-cytomine")
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    for name, data in files.items():
        assert listed_arrivals(signed_in) in ([], ["receiving"])
        arrival_id = upload(
            signed_in, data, path=f"series/{name}", group="one", group_files=str(len(files)), sha256=sha256(data)
        )
    work(runtime)
    found = arrival(signed_in, arrival_id)
    assert (found["state"], found["name"], len(found["slide_ids"])) == ("done", "series", 1)
    detail = signed_in.get(f"/slides/{found['slide_ids'][0]}").json()
    assert (detail["name"], detail["file_count"]) == ("series", len(files))


def listed_arrivals(signed_in: Any) -> list[str]:
    return [one["state"] for one in signed_in.get("/imports/arrivals").json()["items"]]


def test_two_clients_announce_the_same_group_at_once(signed_in: Any, rooms: Any, runtime: Runtime) -> None:
    answers: list[httpx.Response] = []

    def ask() -> None:
        client = type(signed_in)(rooms)
        client.cookies, client.headers = dict(signed_in.cookies), dict(signed_in.headers)
        answers.append(announce(client, 10, filename="a.svs", group="key"))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    good = [one for one in answers if one.status_code == 201]
    assert len({one.headers["Location"] for one in good}) == 1
    assert {one.status_code for one in answers} <= {201, 409, 503}
