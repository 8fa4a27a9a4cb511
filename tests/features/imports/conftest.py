"""Served folders full of real slides, and a scan at a time."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from coverslip.features import identity, imports, slides
from coverslip.features.imports.pipeline import Reader
from coverslip.features.imports.scan import Progress, Scan
from coverslip.features.slides import ListQuery
from coverslip.features.slides.schemas import SlideSummary
from coverslip.infra.runtime import Runtime

SVS = "slides/openslide-fixtures/small.svs"
TIFF = "slides/openslide-fixtures/boxes.tiff"


class Served:
    """A folder that is served, on one database."""

    def __init__(self, runtime: Runtime, folder: Path, sample: Callable[[str], Path]) -> None:
        self.runtime = runtime
        self.folder = folder
        self._sample = sample
        folder.mkdir(parents=True, exist_ok=True)
        with runtime.db.transaction() as session:
            identity.ensure_administrator(session)
            self.admin = identity.local_administrator(session)
            self.root_id = imports.add_root(session, folder)

    def add(self, name: str, sample: str = SVS) -> Path:
        """Copy a sample to a name inside the folder."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        source = self._sample(sample)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
        return target

    def scan(self, runtime: Runtime | None = None) -> Progress:
        """Look at the folder once."""
        used = runtime or self.runtime
        return Scan(used, Reader(used, 2), self.root_id, "test").run()

    def listed(self) -> list[SlideSummary]:
        """Return all slides by name."""
        with self.runtime.db.read() as session:
            return slides.list_slides(session, self.admin, ListQuery(), 500, None).items

    def count(self) -> int:
        """Return how many slides there are."""
        with self.runtime.db.read() as session:
            return slides.list_slides(session, self.admin, ListQuery(), 1, None).total

    def states(self) -> dict[str, str]:
        """Return each slide's state, or its reason where it is unreadable, by name."""
        return {
            one.name: one.state.value if one.reason is None or one.state != "unreadable" else one.reason.code
            for one in self.listed()
        }

    def ids(self) -> dict[str, str]:
        """Return each slide's id by name."""
        return {one.name: one.slide_id for one in self.listed()}

    def root(self) -> imports.RootOut:
        """Return how the root stands."""
        with self.runtime.db.read() as session:
            found = imports.list_roots(session).items
        return next(one for one in found if one.root_id == self.root_id)

    def where(self, slide_id: str) -> slides.SlideRef:
        """Return where a slide lies."""
        with self.runtime.db.read() as session:
            return slides.locate(session, self.admin, slide_id, self.runtime.settings.index_folder)


@pytest.fixture
def served(runtime: Runtime, tmp_path: Path, sample: Callable[[str], Path]) -> Served:
    """An empty served folder, on each database."""
    return Served(runtime, tmp_path / "slides", sample)


@pytest.fixture
def served_sqlite(sqlite_runtime: Runtime, tmp_path: Path, sample: Callable[[str], Path]) -> Served:
    """An empty served folder, on SQLite."""
    return Served(sqlite_runtime, tmp_path / "slides", sample)


@pytest.fixture
def slide(sample: Callable[[str], Path]) -> bytes:
    """A real SVS of 2 MB."""
    return sample("samples/CMU-1-Small-Region.svs").read_bytes()
