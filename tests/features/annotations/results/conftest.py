"""A slide with real zoom levels, cells on it, and layers written by the real steps."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from fastapi import FastAPI
from sqlalchemy import text
from tests.features.conftest import Browser
from tests.support.people import add_person

from coverslip.features import access, annotations, identity, imports
from coverslip.features.annotations.results.derived import Grid
from coverslip.infra.runtime import Runtime

CLASSES = ("Tumor", "Stroma", "Immune")


@dataclass(frozen=True)
class Cells:
    """Cells as somebody else would hold them."""

    shapes: Any
    columns: dict[str, Any]
    classes: list[str | None]

    def __len__(self) -> int:
        return len(self.shapes)


def make_cells(count: int, width: float, height: float, *, seed: int = 0, corners: int = 24) -> Cells:
    """Make cells all over a slide, some with a hole, some of two parts, some without a class."""
    chance = np.random.default_rng(seed)
    centre = chance.uniform((30, 30), (width - 30, height - 30), (count, 2))
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    radius = chance.uniform(6, 14, (count, 1)) * (1 + 0.05 * chance.standard_normal((count, corners)))
    outline = np.stack([centre[:, :1] + radius * np.cos(angle), centre[:, 1:] + radius * np.sin(angle)], axis=-1)
    shapes = shapely.polygons(np.round(outline * 256) / 256)
    for number in range(0, count, 17):
        x, y = np.round(centre[number])
        shapes[number] = shapes[number].difference(shapely.box(x - 1, y - 1, x + 1, y + 1))
    for number in range(5, count, 19):
        x, y = np.round(centre[number])
        shapes[number] = shapely.MultiPolygon([shapes[number], shapely.box(x + 20, y, x + 24, y + 4)])
    classes: list[str | None] = [None if n % 11 == 0 else CLASSES[n % 3] for n in range(count)]
    columns = {
        "Nucleus: Area µm^2": shapely.area(shapes) * 0.25,
        "Mean DAB OD": chance.random(count),
        "cluster": [("a", "b", None)[n % 3] for n in range(count)],
    }
    columns["Mean DAB OD"][3] = np.nan
    return Cells(shapes, columns, classes)


@pytest.fixture
def grid() -> Grid:
    """Zoom levels of a slide of 20,000 x 16,000 pixels."""
    return Grid(20_000, 16_000, tuple((z, float(2 ** (6 - z))) for z in range(7)))


@pytest.fixture
def slide(runtime: Runtime, signed_in: Any, sample: Callable[[str], Path]) -> dict[str, Any]:
    """A registered slide with its detail."""
    imports.import_paths(runtime, [sample("slides/CMU-1-Small-Region.svs")])
    (found,) = signed_in.get("/slides").json()["items"]
    detail: dict[str, Any] = signed_in.get(f"/slides/{found['slide_id']}").json()
    return detail


@pytest.fixture
def published(runtime: Runtime, admin: Any, slide: dict[str, Any]) -> Callable[..., str]:
    """Write a layer on the slide and give its id."""

    def make(cells: Cells, **options: Any) -> str:
        batches = annotations.batches_of(cells.shapes, cells.columns, cells.classes)
        named = [annotations.LayerClass(name, None, "#112233") for name in CLASSES]
        made = annotations.publish_layer(runtime, admin, slide["slide_id"], "Cells", batches, classes=named, **options)
        return made.layer_id

    return make


@pytest.fixture
def person(runtime: Runtime, rooms: FastAPI) -> Callable[..., Browser]:
    """Give a script of another person who is something on a project, with a token of their own."""

    def make(name: str, project_id: str | None = None, role: access.Role = access.Role.VIEWER) -> Browser:
        with runtime.db.transaction() as session:
            person_id = add_person(session, name)
            if project_id is not None:
                query = text("SELECT scope_id FROM project WHERE project_id = :id")
                scope_id = session.execute(query, {"id": project_id}).scalar_one()
                access.grant(session, person_id, role, scope_id, rights=access.ALL_RIGHTS)
            secret = identity.create_token(session, person_id, "script")
        found = Browser(rooms)
        found.headers["Authorization"] = f"Bearer {secret}"
        return found

    return make
