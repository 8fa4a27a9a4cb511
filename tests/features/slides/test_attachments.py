"""Attachments: bytes kept once under their hash, whole or not at all, given out as downloads."""

import errno
import hashlib
import os
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from coverslip.core.errors import DiskFull
from coverslip.features.slides import attachments
from coverslip.infra.runtime import Runtime


def attach(catalogue: Any, path: str, body: bytes, name: str = "report.pdf", kind: str = "application/pdf") -> Any:
    answer = catalogue.browser.post(f"{path}/attachments", files={"file": (name, body, kind)})
    assert answer.status_code == 201, answer.text
    return answer.json()


def stored(runtime: Runtime) -> list[Path]:
    return [path for path in attachments.attachments_folder(runtime.settings.data).rglob("*") if path.is_file()]


def test_equal_bytes_lie_once_and_come_back(catalogue: Any) -> None:
    project = catalogue.project()
    [slide] = catalogue.put(project, ["a"]).values()
    case = catalogue.case(project, "S1")
    body = os.urandom(3 * 2**20)
    first = attach(catalogue, f"/slides/{slide}", body)
    second = attach(catalogue, f"/cases/{case}", body, "../../etc/passwd  ü.exe", "text/html")
    assert first["sha256"] == hashlib.sha256(body).hexdigest() == second["sha256"]
    assert [path.read_bytes() for path in stored(catalogue.runtime)] == [body]
    assert second["name"] == "passwd ü.exe"
    assert catalogue.call("GET", f"/slides/{slide}/attachments")["items"] == [first]
    assert catalogue.call("GET", f"/cases/{case}/attachments")["items"] == [second]
    answer = catalogue.browser.get(f"/attachments/{second['attachment_id']}")
    assert answer.content == body
    assert answer.headers["content-type"] == "application/octet-stream", "no browser runs what somebody attached"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-security-policy"].startswith("sandbox")
    catalogue.call("POST", "/slides/trash", {"slide_ids": [slide]})
    catalogue.call("GET", f"/attachments/{first['attachment_id']}", status=404)
    with catalogue.runtime.db.read() as session:
        trail = str(session.execute(text("SELECT action, detail FROM audit")).all())
    assert "report.pdf" not in trail
    assert first["sha256"] in trail
    assert "attachment.downloaded" in trail


def test_deleted_bytes_go_later_and_only_when_nobody_needs_them(catalogue: Any) -> None:
    [slide] = catalogue.put(catalogue.project(), ["a"]).values()
    one, two = (attach(catalogue, f"/slides/{slide}", b"same") for _ in range(2))
    db, data = catalogue.runtime.db, catalogue.runtime.settings.data
    catalogue.call("DELETE", f"/attachments/{one['attachment_id']}", status=204)
    assert attachments.sweep(db, data, one["sha256"])
    assert len(stored(catalogue.runtime)) == 1, "the other attachment has these bytes"
    catalogue.call("DELETE", f"/attachments/{two['attachment_id']}", status=204)
    assert not attachments.sweep(db, data, one["sha256"]), "somebody may be attaching the same right now"
    [path] = stored(catalogue.runtime)
    old = path.stat().st_mtime - timedelta(hours=2).total_seconds()
    os.utime(path, (old, old))
    assert attachments.sweep(db, data, one["sha256"])
    assert stored(catalogue.runtime) == []
    catalogue.call("GET", f"/attachments/{two['attachment_id']}", status=404)


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_nothing_half_kept(
    sqlite_runtime: Runtime, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_arguments: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    class Full(BytesIO):
        def read(self, *_: object) -> bytes:
            raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patched:
        if step == "fsync":
            patched.setattr(os, "fsync", full)
        elif step == "replace":
            patched.setattr(Path, "replace", full)
        with pytest.raises(DiskFull):
            attachments.keep(sqlite_runtime.settings.data, Full() if step == "write" else BytesIO(b"some bytes"))
    assert stored(sqlite_runtime) == []
    kept = attachments.keep(sqlite_runtime.settings.data, BytesIO(b"some bytes"))
    assert [path.name for path in stored(sqlite_runtime)] == [kept.sha256]


def test_the_hash_is_on_disk_before_the_row(catalogue: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order that makes an attachment durable, and no row where the bytes did not make it."""
    [slide] = catalogue.put(catalogue.project(), ["a"]).values()
    order: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(descriptor: int) -> None:
        order.append("fsync")
        fsync(descriptor)

    def noted_replace(path: Path, to: Path) -> Path:
        order.append("replace")
        return replace(path, to)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    attach(catalogue, f"/slides/{slide}", b"x")
    assert [one for one in order if one == "replace"] == ["replace"]
    assert order.index("fsync") < order.index("replace") < len(order) - 1 - order[::-1].index("fsync")

    def fail(_path: Path, _to: Path) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(Path, "replace", fail)
    answer = catalogue.browser.post(f"/slides/{slide}/attachments", files={"file": ("y", b"y", "text/plain")})
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert len(catalogue.call("GET", f"/slides/{slide}/attachments")["items"]) == 1


def test_what_is_no_form_is_refused(catalogue: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    [slide] = catalogue.put(catalogue.project(), ["a"]).values()
    path = f"/slides/{slide}/attachments"
    for options in (
        {},
        {"content": b"x", "headers": {"Content-Type": "text/plain"}},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
        {"content": b"--a\r\nbroken", "headers": {"Content-Type": "multipart/form-data; boundary=a"}},
        {"files": {"other": ("x", b"x")}},
        {"data": {"file": "text"}, "files": {"other": ("x", b"x")}},
    ):
        answer = catalogue.browser.post(path, **options)
        assert answer.status_code == 422, options
        assert answer.json()["errors"][0]["pointer"] == "/file"
    monkeypatch.setattr(attachments, "LARGEST", 1000)
    answer = catalogue.browser.post(path, files={"file": ("x", b"x" * 100_000)})
    assert (answer.status_code, answer.json()["code"]) == (422, "too_large")
    assert stored(catalogue.runtime) == []
