"""What ``coverslip info FILE`` and ``coverslip doctor`` say: about one slide, and about this computer."""

import platform
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from coverslip import __version__
from coverslip.cli.readers import decoder
from coverslip.core.errors import CoverslipError
from coverslip.imaging.index import SlideIndex, load_index
from coverslip.imaging.work import describe
from coverslip.infra.datafolder import check_data_folder
from coverslip.ports.registry import formats
from coverslip.settings import Settings

_METADATA_SHOWN: Final = 200


def describe_file(path: Path) -> dict[str, Any]:
    """Return what a slide holds, by name.

    Raises
    ------
    SlideUnreadable
        Or a subclass: why it is no slide.
    """
    with tempfile.TemporaryDirectory(prefix="coverslip-") as folder, decoder() as pool:
        index_path = Path(folder, "index")
        facts = pool.run_blocking(describe, str(path.absolute()), str(index_path))
        return {**_named(facts), **_pictured(load_index(index_path))}


def diagnose_host(settings: Settings) -> Iterator[str]:
    """Say what works on this computer; nothing is created or changed."""
    python, sqlite = platform.python_version(), sqlite3.sqlite_version
    yield f"Coverslip {__version__}, Python {python}, SQLite {sqlite}, {sys.platform}"
    found = formats()
    yield f"Formats: {', '.join(sorted(one.name for one in found.formats))}"
    for name, reason in found.failures:
        yield f"Format {name} does not load: {reason}"
    yield _said("Data folder", lambda: _data_folder(settings))
    yield _said("Database", lambda: _database(settings))
    disk = shutil.disk_usage(_nearest(settings.data))
    yield f"Disk of the data folder: {disk.free / 1e9:.1f} GB free of {disk.total / 1e9:.1f} GB"


def _said(name: str, look: Callable[[], str]) -> str:
    try:
        return f"{name}: {look()}"
    except CoverslipError as error:
        return f"{name}: {error.message} [{error.code}]"


def _data_folder(settings: Settings) -> str:
    check_data_folder(settings.data, sqlite=settings.uses_sqlite)
    return str(settings.data) if settings.data.is_dir() else f"{settings.data} (made by the first serve)"


def _database(settings: Settings) -> str:
    if settings.uses_sqlite and not (settings.data / "coverslip.db").exists():
        return "SQLite, none yet"
    from coverslip.infra.db import open_database  # looking at a file needs no database
    from coverslip.infra.schema import is_current

    db = open_database(settings)
    try:
        state = "up to date" if is_current(db) else "to be migrated at the next start"
        return f"{'SQLite' if db.dialect == 'sqlite' else 'PostgreSQL'}, {state}"
    finally:
        db.close()


def _nearest(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _named(facts: dict[str, Any]) -> dict[str, Any]:
    shown = ("format", "vendor", "scanner", "scanned_at", "width", "height", "mpp_x", "mpp_y", "objective")
    named = {name: facts[name] for name in shown if facts[name] is not None}
    return {**named, "files": len(facts["files"]), "size_bytes": facts["size_bytes"], "version": facts["version"]}


def _pictured(index: SlideIndex) -> dict[str, Any]:
    info = index.info
    levels = [f"{level.width} x {level.height}{'' if level.stored else ' (made)'}" for level in index.levels]
    pictured: dict[str, Any] = {
        "dtype": info.dtype,
        "channels": [channel.name for channel in info.channels],
        "planes": info.z_count,
        "times": info.t_count,
        "levels": levels,
        "associated": [image.name for image in info.associated],
    }
    for name, value in list(info.metadata.items())[:_METADATA_SHOWN]:
        pictured.setdefault(f"metadata {name}", value)
    return pictured
