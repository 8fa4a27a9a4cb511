"""Exports from the request to the file: whole or not at all, whatever happens in between."""

import io
import shutil
from collections import namedtuple
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import zarr
from sqlalchemy import select, update
from tests.features.conftest import Browser
from tests.features.exports.conftest import Known, ask, lying, state
from zarr.storage import ZipStore

from coverslip.core.time import utc_now
from coverslip.features import exports
from coverslip.features.exports import jobs, service
from coverslip.features.exports.models import ExportRecord
from coverslip.infra.audit import AuditRow, first_broken
from coverslip.infra.jobs import Job, JobInterrupted, Worker
from coverslip.infra.runtime import Runtime

Register = Callable[..., Known]
WorkOff = Callable[[], int]
Usage = namedtuple("Usage", "total used free")


def test_a_whole_slide_becomes_a_file_with_every_pixel(
    runtime: Runtime, signed_in: Browser, register: Register, work_off: WorkOff
) -> None:
    slide = register()
    waiting = ask(signed_in, slide)
    assert (waiting["state"], waiting["progress"], waiting["file_name"]) == ("queued", 0, "coded.ome.tif")
    assert signed_in.get(f"/exports/{waiting['export_id']}/file").json()["code"] == "conflict"
    assert work_off() == 1
    done = state(signed_in, waiting)
    assert (done["state"], done["progress"], done["error_code"]) == ("done", 1, None)
    response = signed_in.get(f"/exports/{waiting['export_id']}/file")
    assert response.headers["content-type"] == "image/tiff"
    assert int(response.headers["content-length"]) == done["size_bytes"] == len(response.content)
    assert "coded.ome.tif" in response.headers["content-disposition"]
    with tifffile.TiffFile(io.BytesIO(response.content)) as opened:
        np.testing.assert_array_equal(opened.series[0].levels[0].asarray(), slide.pixels)
    part = signed_in.get(f"/exports/{waiting['export_id']}/file", headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, response.content[10:20])
    assert lying(runtime) == [waiting["export_id"]]
    assert [one["export_id"] for one in signed_in.get("/exports").json()["items"]] == [waiting["export_id"]]


def test_who_took_it_away_is_on_record(
    runtime: Runtime, signed_in: Browser, register: Register, work_off: WorkOff
) -> None:
    slide = register()
    export = ask(signed_in, slide)
    work_off()
    signed_in.get(f"/exports/{export['export_id']}/file")
    with runtime.db.read() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.no)).all()
        assert first_broken(session) is None
    actions = [(row.action, row.object_id) for row in rows]
    assert ("export.requested", slide.slide_id) in actions
    assert ("export.written", export["export_id"]) in actions
    downloads = [row for row in rows if row.action == "slide.viewed" and row.detail["kind"] == "download"]
    assert [row.object_id for row in downloads] == [slide.slide_id]
    assert not any("coded" in str(row.detail) for row in rows if row.action.startswith("export"))


def test_an_area_at_an_objective_without_identity(signed_in: Browser, register: Register, work_off: WorkOff) -> None:
    slide = register("S24-1234")
    wanted = {"x": 200, "y": 100, "width": 600, "height": 400, "objective": 20, "identity": False}
    estimate = signed_in.get(f"{slide.address}/estimate", params={"kind": "ome-tiff", **wanted}).json()
    assert (estimate["width"], estimate["height"], estimate["mpp"], estimate["fits"]) == (300, 200, 0.5, True)
    export = ask(signed_in, slide, **wanted)
    assert export["file_name"] == "slide-area-20x.ome.tif"
    work_off()
    body = signed_in.get(f"/exports/{export['export_id']}/file").content
    with tifffile.TiffFile(io.BytesIO(body)) as opened:
        np.testing.assert_array_equal(opened.pages[0].asarray(), slide.pixels[100:500:2, 200:800:2])
    assert b"S24-1234" not in body


def test_zarr(signed_in: Browser, register: Register, work_off: WorkOff, tmp_path: Path) -> None:
    slide = register()
    export = ask(signed_in, slide, kind="ome-zarr")
    assert export["file_name"] == "coded.ome.zarr.zip"
    work_off()
    path = tmp_path / "out.zip"
    path.write_bytes(signed_in.get(f"/exports/{export['export_id']}/file").content)
    store = ZipStore(path, mode="r")
    array: Any = zarr.open_group(store, mode="r", zarr_format=3)["0"]
    np.testing.assert_array_equal(np.moveaxis(array[0, :, 0], 0, -1), slide.pixels)
    store.close()


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"kind": "ome-tiff", "x": 1}, "invalid_request"),
        ({"kind": "ome-tiff", "x": 90_000, "y": 0, "width": 5, "height": 5}, "invalid_request"),
        ({"kind": "ome-tiff", "x": 0, "y": 0, "width": -5, "height": 5}, "invalid_request"),
        ({"kind": "ome-tiff", "objective": 1e9}, "invalid_request"),
        ({"kind": "gif"}, "invalid_request"),
        ({"kind": "ome-tiff", "colour": 1}, "invalid_request"),
    ],
)
def test_what_cannot_be_exported_is_refused(
    runtime: Runtime, signed_in: Browser, register: Register, wanted: dict[str, Any], code: str
) -> None:
    response = signed_in.post(register().address, json=wanted)
    assert (response.status_code, response.json()["code"]) == (422, code)
    with runtime.db.read() as session:
        assert session.scalars(select(ExportRecord)).first() is None


def test_the_exports_of_others_are_not_there(
    runtime: Runtime, signed_in: Browser, register: Register, work_off: WorkOff
) -> None:
    export = ask(signed_in, register())
    work_off()
    with runtime.db.transaction() as session:
        session.execute(update(ExportRecord).values(person_id="somebody-else"))
    assert signed_in.get("/exports").json()["items"] == []
    for method, path in (("GET", ""), ("GET", "/file"), ("DELETE", "")):
        assert signed_in.request(method, f"/exports/{export['export_id']}{path}").json()["code"] == "not_found"
    assert lying(runtime) == [export["export_id"]]


def test_nobody_exports_without_signing_in(browser: Callable[[], Browser], register: Register) -> None:
    slide = register()
    outside = browser()
    assert outside.post(slide.address, json={"kind": "ome-tiff"}).json()["code"] == "unauthenticated"
    assert outside.get(f"/downloads?slide_id={slide.slide_id}").json()["code"] == "unauthenticated"


def test_a_full_disk_is_said_before(
    runtime: Runtime, signed_in: Browser, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    slide = register()
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**9, 10**9, service.SPARE_BYTES + 100_000))
    response = signed_in.post(slide.address, json={"kind": "ome-tiff"})
    assert (response.status_code, response.json()["code"]) == (507, "disk_full")
    assert "needs about" in response.json()["detail"]
    assert not signed_in.get(f"{slide.address}/estimate?kind=ome-tiff").json()["fits"]
    with runtime.db.read() as session:
        assert session.scalars(select(Job)).all() == [] or all(
            job.kind != service.JOB_EXPORT for job in session.scalars(select(Job))
        )


def test_what_was_promised_to_others_is_not_free(
    signed_in: Browser, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    slide = register()
    first = ask(signed_in, slide)
    room = service.SPARE_BYTES + int(1.5 * first["estimated_bytes"])
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**12, 0, room))
    assert signed_in.post(slide.address, json={"kind": "ome-tiff"}).status_code == 507


def test_taking_an_export_back_stops_it(
    runtime: Runtime, signed_in: Browser, register: Register, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = ask(signed_in, register())
    real = jobs._JobSource.progress

    def progress(self: Any, tiles: int) -> None:
        signed_in.request("DELETE", f"/exports/{export['export_id']}")
        self._say_s = -1e9
        real(self, tiles)

    monkeypatch.setattr(jobs._JobSource, "progress", progress)
    assert work_off() == 1
    assert signed_in.get(f"/exports/{export['export_id']}").status_code == 404
    assert lying(runtime) == []
    with runtime.db.read() as session:
        assert session.scalars(select(Job.state).where(Job.kind == service.JOB_EXPORT)).all() == ["done"]


def test_a_finished_one_is_removed_with_its_file(
    runtime: Runtime, signed_in: Browser, register: Register, work_off: WorkOff
) -> None:
    export = ask(signed_in, register())
    work_off()
    assert signed_in.request("DELETE", f"/exports/{export['export_id']}").status_code == 204
    assert lying(runtime) == []
    assert signed_in.request("DELETE", f"/exports/{export['export_id']}").status_code == 404


def test_an_interrupted_export_is_written_from_the_start(
    runtime: Runtime, signed_in: Browser, register: Register, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    slide = register()
    export = ask(signed_in, slide)
    with monkeypatch.context() as patched:

        def stop(self: Any, tiles: int) -> None:
            raise JobInterrupted

        patched.setattr(jobs._JobSource, "progress", stop)
        assert Worker(runtime, exports.JOB_HANDLERS).run_one()
    assert state(signed_in, export)["state"] in ("queued", "running")
    assert lying(runtime) == []
    assert work_off() == 1
    assert state(signed_in, export)["state"] == "done"


def test_a_job_that_was_given_up_is_said_to_have_failed(
    runtime: Runtime, signed_in: Browser, register: Register
) -> None:
    export = ask(signed_in, register())
    with runtime.db.transaction() as session:
        failed = {"state": "failed", "error_code": "job_gave_up", "error_message": "The work ended unfinished."}
        session.execute(update(Job).where(Job.kind == service.JOB_EXPORT).values(**failed))
    assert state(signed_in, export)["state"] == "failed"
    assert state(signed_in, export)["error_code"] == "job_gave_up"


def test_after_a_week_it_is_gone_and_so_is_what_nobody_knows(
    runtime: Runtime, signed_in: Browser, register: Register, work_off: WorkOff
) -> None:
    slide = register()
    old, new = ask(signed_in, slide), ask(signed_in, slide)
    work_off()
    (service.folder_of(runtime) / "nobody.part").write_bytes(b"left behind")
    assert exports.clear_expired(runtime) == 0
    assert lying(runtime) == sorted([old["export_id"], new["export_id"]])
    with runtime.db.transaction() as session:
        before = utc_now() - timedelta(seconds=1)
        session.execute(
            update(ExportRecord).where(ExportRecord.export_id == old["export_id"]).values(expires_at=before)
        )
    assert exports.clear_expired(runtime) == 1
    assert lying(runtime) == [new["export_id"]]
    assert [one["export_id"] for one in signed_in.get("/exports").json()["items"]] == [new["export_id"]]
