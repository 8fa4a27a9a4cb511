"""What was acknowledged is there: servers killed while people draw, and power cuts that take what was not synced."""

import json
import os
import random
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.features.annotations.conftest import make_slide
from tests.features.annotations.killing import Drawer, PowerCut, draw_until_killed, servers, shim
from tests.support.people import add_person, give, token_of

from coverslip.features import annotations, identity, slides
from coverslip.features.access import Role
from coverslip.features.annotations.ops import apply_entry, empty_state, shown
from coverslip.infra import journal
from coverslip.infra.audit import first_broken
from coverslip.infra.runtime import Runtime, open_runtime
from coverslip.settings import Settings

PEOPLE = 3


def _prepared(settings: Settings) -> tuple[str, str, list[str]]:
    """Make a slide with a layer and people who draw; nothing stays open."""
    runtime = open_runtime(settings, decoders=1)
    with runtime.db.transaction() as session:
        project_id = slides.create_project(session, "Study")
        identity.ensure_administrator(session)
        admin = identity.local_administrator(session)
        people = [add_person(session, f"Person {number}") for number in range(PEOPLE)]
        secrets = [token_of(session, one) for one in people]
    slide_id = make_slide(runtime, project_id, "a")
    for one in people:
        give(runtime, one, Role.ANNOTATOR, "project", project_id)
    with runtime.db.transaction() as session:
        layer_id = annotations.create_layer(session, admin, slide_id, annotations.LayerIn()).layer_id
    _close(runtime)
    return slide_id, layer_id, secrets


def _close(runtime: Runtime) -> None:
    runtime.pool.close_blocking()
    runtime.close()


def _check(settings: Settings, slide_id: str, people: list[Drawer]) -> None:
    """All that was acknowledged is there once; the journal has no gap and leads to the state; the audit fits."""
    runtime = open_runtime(settings, decoders=1)
    with runtime.db.read() as session:
        entries: list[dict[str, Any]] = []
        while page := journal.after(session, slide_id, len(entries)):
            entries += [one.wire() for one in page]
        assert [one["seq"] for one in entries] == list(range(1, len(entries) + 1))
        assert journal.head(session, slide_id) == len(entries)
        assert first_broken(session) is None
        found = json.loads(annotations.snapshot(session, identity.SYSTEM, slide_id).text())
        recorded = session.execute(text("SELECT count(*) FROM annotation_operation")).scalar_one()
    _close(runtime)
    state = empty_state()
    for entry in entries:
        apply_entry(state, entry)
    now = {one["annotation_id"]: one for one in found["annotations"]}
    assert shown(state)["annotations"] == now
    seqs = {one["op_id"]: one["seq"] for one in entries}
    assert len(seqs) == len(entries)
    acknowledged = 0
    for one in people:
        for op_id, result in one.acknowledged.items():
            assert seqs[op_id] == result["seq"]
            assert one.sent[op_id]["target"] in now
        acknowledged += len(one.acknowledged)
    assert recorded == acknowledged
    assert {one["geometry"]["y"] for one in now.values()} == {2}


@pytest.mark.parametrize(
    ("kills", "with_postgresql"),
    [
        pytest.param(20, 5, marks=pytest.mark.timeout(300)),
        pytest.param(200, 50, marks=[pytest.mark.full, pytest.mark.timeout(2400)]),
    ],
)
def test_a_server_killed_while_people_draw_loses_nothing(settings: Settings, kills: int, with_postgresql: int) -> None:
    slide_id, layer_id, secrets = _prepared(settings)
    chance = random.Random(5)
    with servers(settings) as found:
        people = [Drawer(found.url, one, slide_id, layer_id) for one in secrets]
        for _ in range(kills if settings.uses_sqlite else with_postgresql):
            draw_until_killed(found, people, chance)
        found.start()
        for one in people:
            one.finish()
    assert sum(one.again for one in people) > 0  # some were cut off
    _check(settings, slide_id, people)


def _lost(database: Path, folder: Path, people: list[Drawer]) -> int:
    """Count what was acknowledged and is not there, looking at a copy so that nothing is repaired by looking."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in (database, Path(f"{database}-wal")):
        if name.exists():
            shutil.copy(name, folder / name.name)
    connection = sqlite3.connect(folder / database.name)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        there = {row[0] for row in connection.execute("SELECT op_id FROM annotation_operation")}
    finally:
        connection.close()
    return sum(op_id not in there for one in people for op_id in one.acknowledged)


@pytest.mark.parametrize(
    "cuts",
    [
        pytest.param(10, marks=pytest.mark.timeout(300)),
        pytest.param(100, marks=[pytest.mark.full, pytest.mark.timeout(2400)]),
    ],
)
def test_a_power_cut_loses_nothing_that_was_acknowledged(sqlite_settings: Settings, tmp_path: Path, cuts: int) -> None:
    slide_id, layer_id, secrets = _prepared(sqlite_settings)
    database, chance = sqlite_settings.data / "coverslip.db", random.Random(6)
    cut = PowerCut(database, tmp_path / "writes.log", chance)
    with servers(sqlite_settings, _watched(database, tmp_path)) as found:
        people = [Drawer(found.url, one, slide_id, layer_id) for one in secrets]
        for number in range(cuts):
            draw_until_killed(found, people, chance)
            cut.play(keep=(0.0, 0.5, 0.9)[number % 3])
            assert _lost(database, tmp_path / "looked at", people) == 0
        found.start()
        for one in people:
            one.finish()
    _check(sqlite_settings, slide_id, people)


def test_the_cuts_find_a_lowered_synchronous(sqlite_settings: Settings, tmp_path: Path) -> None:
    """The test above would see it: with NORMAL the log of writes is not synced before an answer."""
    slide_id, layer_id, secrets = _prepared(sqlite_settings)
    database, chance = sqlite_settings.data / "coverslip.db", random.Random(7)
    cut = PowerCut(database, tmp_path / "writes.log", chance)
    with servers(sqlite_settings, _watched(database, tmp_path)) as found:
        people = [Drawer(found.url, one, slide_id, layer_id) for one in secrets]
        draw_until_killed(found, people, chance, "NORMAL")
        cut.play(keep=0.0)
        assert _lost(database, tmp_path / "looked at", people) > 0


def _watched(database: Path, folder: Path) -> dict[str, str]:
    """Return the environment in which what is written to a database is kept on a log."""
    (folder / "writes.log").touch()
    return {
        "LD_PRELOAD": str(shim(folder)),
        "POWERCUT_PREFIX": os.fspath(database.resolve()),
        "POWERCUT_LOG": os.fspath(folder / "writes.log"),
    }
