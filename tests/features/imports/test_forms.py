"""One slide in one line, ``curl -F file=@x.svs``, and many by a table."""

import errno
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.server import COVERSLIP

from coverslip.features.imports import multipart
from coverslip.infra.runtime import Runtime

from .arriving import arrival, is_one_sentence, left_over, sha256, work
from .conftest import SVS, TIFF, Served

BOUNDARY = b"-----boundary77"


def form(*parts: tuple[str, str | None, bytes]) -> bytes:
    """Return a body as clients write it; a part is name, file name and value."""
    body = b""
    for name, file_name, value in parts:
        named = "" if file_name is None else f'; filename="{file_name}"'
        body += b"--" + BOUNDARY + f'\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode()
        body += value + b"\r\n"
    return body + b"--" + BOUNDARY + b"--\r\n"


def post(client: Any, body: bytes, query: str = "?wait=0") -> Any:
    kind = f"multipart/form-data; boundary={BOUNDARY.decode()}"
    return client.post(f"/imports{query}", content=body, headers={"Content-Type": kind})


@pytest.fixture
def slide(sample: Callable[[str], Path]) -> bytes:
    return sample(SVS).read_bytes()


def test_a_form_becomes_a_slide_in_its_project_and_case(signed_in: Any, runtime: Runtime, slide: bytes) -> None:
    parts = (("file", "x.svs", slide), ("case", None, b"S24-1234"), ("project", None, b"Lab"), ("block", None, b"A1"))
    answer = post(signed_in, form(*parts, ("sha256", None, sha256(slide).encode())))
    assert answer.status_code == 202
    work(runtime)
    found = arrival(signed_in, answer.json()["arrival_id"])
    assert found["state"] == "done"
    detail = signed_in.get(f"/slides/{found['slide_ids'][0]}").json()
    assert (detail["name"], detail["case_name"], detail["block"]) == ("x", "S24-1234", "A1")
    assert detail["content_sha256"] == sha256(slide)
    assert left_over(runtime.settings.data) == []


def test_the_same_slide_twice_is_said_and_registered_only_on_request(
    signed_in: Any, runtime: Runtime, slide: bytes
) -> None:
    first = post(signed_in, form(("file", "x.svs", slide))).json()["arrival_id"]
    work(runtime)
    again = post(signed_in, form(("file", "copy.svs", slide))).json()["arrival_id"]
    work(runtime)
    found = arrival(signed_in, again)
    assert (found["state"], found["reason"]["code"]) == ("duplicate", "duplicate_slide")
    assert found["duplicate_of"] == arrival(signed_in, first)["slide_ids"][0]
    assert is_one_sentence(found["reason"]["message"])
    assert signed_in.get("/slides").json()["total"] == 1
    assert signed_in.post(f"/imports/arrivals/{again}/retry", json={"keep": True}).status_code == 202
    work(runtime)
    assert arrival(signed_in, again)["state"] == "done"
    assert signed_in.get("/slides").json()["total"] == 2
    assert signed_in.post(f"/imports/arrivals/{again}/retry").status_code == 409


def test_without_the_comparison_the_slide_would_be_there_twice(
    signed_in: Any, runtime: Runtime, slide: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coverslip.features.imports import arriving

    monkeypatch.setattr(arriving._Arriving, "_double_of", lambda *_: None)
    for name in ("x.svs", "copy.svs"):
        post(signed_in, form(("file", name, slide)))
        work(runtime)
    assert signed_in.get("/slides").json()["total"] == 2


def test_what_is_no_slide_fails_with_its_reason_and_can_be_tried_again(signed_in: Any, runtime: Runtime) -> None:
    answer = post(signed_in, form(("file", "x.svs", b"no slide at all")))
    work(runtime)
    found = arrival(signed_in, answer.json()["arrival_id"])
    assert (found["state"], found["can_retry"]) == ("failed", True)
    assert is_one_sentence(found["reason"]["message"])
    assert signed_in.get("/slides").json()["items"] == []
    assert not any(path.is_file() for path in (runtime.settings.data / "slides").rglob("*"))
    assert signed_in.post(f"/imports/arrivals/{found['arrival_id']}/retry").status_code == 202
    work(runtime)
    assert arrival(signed_in, found["arrival_id"])["state"] == "failed"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no form",
        form(("case", None, b"S1")),
        form(("file", "x.svs", b"abc"))[:-30],
        form(("file", "../x.svs", b"abc")),
        form(("other", "x.svs", b"abc")),
        form(("file", "x.svs", b"abc"), ("sha256", None, b"12")),
        form(("file", "x.svs", b"abc"), ("case", None, b"\xff")),
        form(("file", "x.svs", b"abc"), ("case", None, b"c" * 300)),
        form(("file", "x.svs", b"abc"), ("note", None, b"n" * 100_000)),
        form(("file", "x.svs", b"abc"), ("file", "X.svs", b"abc")),
    ],
)
def test_a_form_that_cannot_be_used_leaves_nothing(signed_in: Any, runtime: Runtime, body: bytes) -> None:
    answer = post(signed_in, body)
    assert answer.status_code == 422, answer.text
    assert is_one_sentence(answer.json()["detail"])
    assert left_over(runtime.settings.data) == []
    assert signed_in.get("/imports/arrivals").json()["items"] == []


@pytest.mark.parametrize("step", ["room", "write", "sync"])
def test_a_full_disk_leaves_nothing_of_a_form(
    signed_in: Any, runtime: Runtime, slide: bytes, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    usage, full = shutil.disk_usage(runtime.settings.data), OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    real_write, real_sync = os.write, os.fsync

    def is_part(descriptor: int) -> bool:
        return Path(f"/proc/self/fd/{descriptor}").readlink().suffix == ".part"

    def write(descriptor: int, data: Any) -> int:
        if is_part(descriptor):
            raise full
        return real_write(descriptor, data)

    def sync(descriptor: int) -> None:
        if is_part(descriptor):
            raise full
        real_sync(descriptor)

    if step == "room":
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    else:
        monkeypatch.setattr(os, "write" if step == "write" else "fsync", write if step == "write" else sync)
    answer = post(signed_in, form(("file", "x.svs", slide)))
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert left_over(runtime.settings.data) == []


@pytest.mark.parametrize("step", [1, 2, 3, 5, 10_000])
def test_a_form_is_read_the_same_however_it_is_cut(step: int) -> None:
    import asyncio

    value = b"a\r\n--" + BOUNDARY[:-1] + b"\r\n\r\nb" * 50
    body = form(("file", 'x "y".svs'.replace('"', "%22"), value), ("case", None, "ü".encode()))

    async def pieces() -> Any:
        for at in range(0, len(body), step):
            yield body[at : at + step]

    async def read() -> list[Any]:
        return [event async for event in multipart.read_form(pieces(), BOUNDARY)]

    events = asyncio.run(read())
    begun = [event for event in events if isinstance(event, multipart.PartBegins)]
    assert [(one.name, one.file_name) for one in begun] == [("file", 'x "y".svs'), ("case", None)]
    data = b"|".join(b"".join(one.data for one in run) for run in _runs(events))
    assert data == value + b"|" + "ü".encode()


def _runs(events: list[Any]) -> list[list[Any]]:
    runs: list[list[Any]] = []
    for event in events:
        if isinstance(event, multipart.PartBegins):
            runs.append([])
        elif isinstance(event, multipart.PartData):
            runs[-1].append(event)
    return runs


def test_curl_brings_a_slide_in_in_one_line(serve: Callable[..., Any], sample: Callable[[str], Path]) -> None:
    server = serve()
    command = [str(COVERSLIP), "token", "create", "--data", str(server.data)]
    token = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]
    path = sample("samples/CMU-1-Small-Region.svs")
    line = ["curl", "-sS", "-H", f"Authorization: Bearer {token}", "-F", f"file=@{path}"]
    line += ["-F", "case=S24-1234", "-F", "project=Lab", "-w", "\n%{http_code}", f"{server.url}/api/v1/imports"]
    said = subprocess.run(line, capture_output=True, text=True, check=True, timeout=120).stdout
    body, _, status = said.rpartition("\n")
    assert status == "201", body
    assert '"state":"done"' in body
    slides = server.sign_in().get("/api/v1/slides").json()["items"]
    assert [(one["name"], one["case_name"], one["state"]) for one in slides] == [
        ("CMU-1-Small-Region", "S24-1234", "ready")
    ]
    again = subprocess.run(line, capture_output=True, text=True, check=True, timeout=120).stdout
    assert again.endswith("409")
    assert "duplicate_slide" in again


CSV = "file;project;case;block;grade\n{a};Lab;S24-1;A1;2\n{b};;S24-2;;\n/no/such.svs;;;;\nrelative.svs;;;;\n"
YAML = """
- file: {a}
  project: Lab
  case: S24-1
  fields: {{block: A1, grade: "2"}}
- {{file: {b}, case: S24-2}}
- file: /no/such.svs
- file: relative.svs
"""


@pytest.mark.parametrize(("table", "kind"), [(CSV, "text/csv"), (YAML, "application/yaml")])
def test_a_table_registers_many_files_in_place(served: Served, signed_in: Any, table: str, kind: str) -> None:
    a, b = served.add("a.svs"), served.add("b.tiff", TIFF)
    body = table.format(a=a, b=b)
    tried = signed_in.post("/imports/batch?dry_run=true", content=body, headers={"Content-Type": kind})
    assert tried.status_code == 200, tried.text
    assert (tried.json()["accepted"], tried.json()["refused"]) == (2, 2)
    assert signed_in.get("/imports/arrivals").json()["items"] == []
    done = signed_in.post("/imports/batch", content=body, headers={"Content-Type": kind}).json()
    assert [one["reason"] and one["reason"]["code"] for one in done["items"]] == [
        None,
        None,
        "file_not_found",
        "invalid_request",
    ]
    served.scan()
    found = {one["name"]: one for one in signed_in.get("/slides").json()["items"]}
    assert (found["a"]["case_name"], found["a"]["block"], found["a"]["fields"]) == ("S24-1", "A1", {"grade": "2"})
    assert found["b"]["case_name"] == "S24-2"
    projects = {one["project_id"]: one["name"] for one in signed_in.get("/projects").json()["items"]}
    assert (projects[found["a"]["project_id"]], projects[found["b"]["project_id"]]) == ("Lab", "slides")
    changed = body.replace("S24-2", "S24-9")
    signed_in.post("/imports/batch", content=changed, headers={"Content-Type": kind})
    now = {one["name"]: one["case_name"] for one in signed_in.get("/slides").json()["items"]}
    assert now["b"] == "S24-9"
    assert a.read_bytes()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"name,case\nx,y\n",
        b"file\n",
        b"file,case\na,b,c\n",
        b"- a: &x [1]\n  b: *x\n",
        b"- - -",
        b"- file: [",
    ],
)
def test_a_table_that_cannot_be_read_is_refused_in_one_sentence(signed_in: Any, body: bytes) -> None:
    answer = signed_in.post("/imports/batch", content=body, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 422
    assert is_one_sentence(answer.json()["detail"])
