"""Uploads as a client sends them, and the job that the worker runs, for the tests of arrivals."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import httpx

from coverslip.features import imports
from coverslip.infra.jobs import Worker
from coverslip.infra.runtime import Runtime

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def metadata(**said: str) -> str:
    """Return an ``Upload-Metadata`` header; ``field_x`` stands for ``field.x``."""
    pairs = [
        (key.replace("field_", "field."), base64.b64encode(value.encode("utf-8")).decode())
        for key, value in said.items()
    ]
    return ",".join(f"{key} {value}" for key, value in pairs)


def announce(client: Any, length: int, **said: str) -> httpx.Response:
    headers = {**TUS, "Upload-Length": str(length), "Upload-Metadata": metadata(**said)}
    answer: httpx.Response = client.post("/uploads", headers=headers)
    return answer


def address(answer: httpx.Response) -> str:
    """Return where an announced upload lies, relative to the API."""
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"].removeprefix("/api/v1")


def send(client: Any, where: str, offset: int, data: bytes, **more: str) -> httpx.Response:
    headers = {**PIECE, "Upload-Offset": str(offset), **{key.replace("_", "-"): text for key, text in more.items()}}
    answer: httpx.Response = client.request("PATCH", where, content=data, headers=headers)
    return answer


def offset_of(client: Any, where: str) -> int:
    answer = client.request("HEAD", where, headers=TUS)
    assert answer.status_code == 200
    return int(answer.headers["Upload-Offset"])


def upload(client: Any, data: bytes, **said: str) -> str:
    """Upload a file in one piece and return its arrival."""
    made = announce(client, len(data), **said)
    where = address(made)
    if data:
        assert send(client, where, 0, data).status_code == 204
    return made.headers["Coverslip-Arrival"]


def work(runtime: Runtime) -> None:
    """Run the jobs that wait, as the job process does."""
    worker = Worker(runtime, {imports.JOB_ARRIVE: imports.JOB_HANDLERS[imports.JOB_ARRIVE]})
    while worker.run_one():
        pass


def arrival(client: Any, arrival_id: str) -> dict[str, Any]:
    answer = client.get(f"/imports/arrivals/{arrival_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def left_over(data: Path) -> list[str]:
    """Return every file and folder of uploads and of the store that is no slide's, relative to the data folder."""
    found = list((data / "uploads").rglob("*")) if (data / "uploads").exists() else []
    store = data / "slides"
    found += [path for path in store.rglob("*") if path.name.startswith(".")] if store.exists() else []
    return sorted(str(path.relative_to(data)) for path in found)


def is_one_sentence(text: str) -> bool:
    return text.endswith(".") and text[0].isupper() and "\n" not in text and len(text) < 200 and "Traceback" not in text


def stored(runtime: Runtime) -> list[bytes]:
    return [path.read_bytes() for path in (runtime.settings.data / "slides").rglob("*.svs")]


def stored_part(runtime: Runtime) -> bytes:
    (part,) = (runtime.settings.data / "uploads").rglob("*.part")
    return part.read_bytes()
