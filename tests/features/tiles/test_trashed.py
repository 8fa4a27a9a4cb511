"""What lies in the trash gives no pixels, by no door, and does again when it is restored."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from coverslip.features import identity
from coverslip.features.slides import trash


def test_a_trashed_slide_gives_no_pixels(door: Any, register: Callable[[Path], Any], sample: Any) -> None:
    shown = register(sample("slides/CMU-1-Small-Region.svs"))
    base = f"/api/v1/slides/{shown.slide_id}"
    doors = [
        shown.tile(0, 0, 0, shown.current),
        shown.tile(shown.finest, 0, 0),
        f"{base}/thumbnail",
        f"{base}/download",
        f"{base}/region?x=0&y=0&width=9&height=9",
        f"{base}/associated/label",
        f"/dzi/{shown.slide_id}.dzi",
    ]
    with door.runtime.db.transaction() as session:
        admin = identity.local_administrator(session)
    project = door.get(base).json()["project_id"]

    def publish(kind: str, **fields: Any) -> None:
        """Carry hints as the hub does."""

        async def drop() -> None:
            door.app.service().grants.drop(viewer=fields.get("viewer"), slide_id=fields.get("slide_id"))

        if kind == "grants.drop":
            door.run(drop())

    def statuses() -> set[int]:
        return {door.get(one).status_code for one in doors}

    door.runtime.db.publish = publish
    assert statuses() == {200}
    trash.trash_slides(door.runtime.db, admin, [shown.slide_id])
    assert statuses() == {404}
    trash.restore_slides(door.runtime.db, admin, [shown.slide_id])
    assert statuses() == {200}
    trash.trash_project(door.runtime.db, admin, project)
    assert statuses() == {404}
    trash.restore_project(door.runtime.db, admin, project)
    assert statuses() == {200}
