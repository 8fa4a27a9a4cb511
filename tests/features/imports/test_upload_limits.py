"""Uploads and the machine they run on: full disks, space promised to others, quotas, days that pass."""

import errno
import os
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from coverslip.core.time import utc_now
from coverslip.features.imports.upkeep import expire_uploads
from coverslip.infra.runtime import Runtime

from .arriving import (
    TUS,
    address,
    announce,
    is_one_sentence,
    left_over,
    offset_of,
    send,
    sha256,
    stored,
    stored_part,
    work,
)


@pytest.mark.parametrize("step", ["announce", "room", "write", "sync", "later"])
def test_a_full_disk_is_said_and_loses_nothing(
    signed_in: Any, runtime: Runtime, slide: bytes, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    usage = shutil.disk_usage(runtime.settings.data)
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def refuse(*_: Any, **__: Any) -> Any:
        raise full

    def is_part(descriptor: int) -> bool:
        return Path(f"/proc/self/fd/{descriptor}").readlink().suffix == ".part"

    real_write, real_sync = os.write, os.fsync
    if step == "room":
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=len(slide)))
    if step == "announce":
        monkeypatch.setattr(Path, "touch", refuse)
    if step in ("room", "announce"):
        answer = announce(signed_in, len(slide), filename="a.svs")
        assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
        assert is_one_sentence(answer.json()["detail"])
        assert signed_in.get("/uploads").json()["items"] == []
        return
    made = announce(signed_in, len(slide), filename="a.svs", sha256=sha256(slide))
    where = address(made)
    assert send(signed_in, where, 0, slide[:2000]).status_code == 204
    if step == "write":
        monkeypatch.setattr(os, "write", lambda fd, data: refuse() if is_part(fd) else real_write(fd, data))
    elif step == "sync":
        monkeypatch.setattr(os, "fsync", lambda fd: refuse() if is_part(fd) else real_sync(fd))
    else:

        def nearly_full(descriptor: int, data: Any) -> int:
            if is_part(descriptor) and os.fstat(descriptor).st_size >= 5000:
                raise full
            return real_write(descriptor, bytes(data)[:1500]) if is_part(descriptor) else real_write(descriptor, data)

        monkeypatch.setattr(os, "write", nearly_full)
    answer = send(signed_in, where, 2000, slide[2000:])
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    monkeypatch.undo()
    offset = offset_of(signed_in, where)
    assert stored_part(runtime) == slide[:offset]
    assert offset >= 2000
    assert send(signed_in, where, offset, slide[offset:]).status_code == 204
    work(runtime)
    assert stored(runtime) == [slide]


def test_the_space_that_others_still_need_is_promised_to_them(
    signed_in: Any, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(runtime.settings.data)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=300 * 2**20))
    assert announce(signed_in, 150 * 2**20, filename="a.svs").status_code == 201
    assert announce(signed_in, 150 * 2**20, filename="b.svs").status_code == 507
    assert announce(signed_in, 50 * 2**20, filename="c.svs").status_code == 201


def test_one_person_has_so_many_unfinished_uploads(signed_in: Any, runtime: Runtime) -> None:
    runtime.settings = runtime.settings.model_copy(update={"uploads_open": 3})
    made = [announce(signed_in, 10, filename=f"{number}.svs") for number in range(4)]
    assert [one.status_code for one in made] == [201, 201, 201, 429]
    assert made[-1].json()["code"] == "too_many_uploads"
    assert signed_in.request("DELETE", address(made[0]), headers=TUS).status_code == 204
    assert announce(signed_in, 10, filename="4.svs").status_code == 201


def test_an_upload_that_nobody_goes_on_with_is_deleted_after_a_day(
    signed_in: Any, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = announce(signed_in, 10, filename="a.svs")
    send(signed_in, address(made), 0, b"12345")
    assert expire_uploads(runtime) == 0
    from coverslip.features.imports import upkeep

    monkeypatch.setattr(upkeep, "utc_now", lambda: utc_now() + timedelta(hours=25))
    assert expire_uploads(runtime) == 1
    assert signed_in.request("HEAD", address(made), headers=TUS).status_code == 404
    assert left_over(runtime.settings.data) == []
    assert signed_in.get("/imports/arrivals").json()["items"] == []
