"""Bytes in, slide registered: served folders, scans, uploads, ``coverslip import``.

The job process runs one :class:`Watcher`; commands use :func:`add_root` and :func:`import_paths`.
Files are read only in decoder processes; nothing in a served folder is ever written.
"""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter

from coverslip.features import slides
from coverslip.features.imports.arrival_routes import router as _arrivals
from coverslip.features.imports.arrivals import JOB_ARRIVE
from coverslip.features.imports.arriving import arrive
from coverslip.features.imports.intake import Found, import_paths, try_paths
from coverslip.features.imports.purge import JOB_REMOVE, remove_files
from coverslip.features.imports.purge_routes import router as _purge
from coverslip.features.imports.routes import router as _roots
from coverslip.features.imports.schemas import RootOut
from coverslip.features.imports.service import (
    add_root,
    add_sample,
    checked_folder,
    list_roots,
    request_scan,
    sample_path,
)
from coverslip.features.imports.sharing import end_shared_folder, share_folder
from coverslip.features.imports.upload_routes import router as _uploads
from coverslip.features.imports.watch import Watcher
from coverslip.infra.jobs import Handler

router: Final = APIRouter()
for _part in (_roots, _arrivals, _uploads, _purge):
    router.include_router(_part)

JOB_HANDLERS: Final[Mapping[str, Handler]] = {**slides.JOB_HANDLERS, JOB_ARRIVE: arrive, JOB_REMOVE: remove_files}
JOB_LIMITS: Final[Mapping[str, int]] = {**slides.JOB_LIMITS, JOB_ARRIVE: 1}

__all__ = [
    "JOB_ARRIVE",
    "JOB_HANDLERS",
    "JOB_LIMITS",
    "Found",
    "RootOut",
    "Watcher",
    "add_root",
    "add_sample",
    "checked_folder",
    "end_shared_folder",
    "import_paths",
    "list_roots",
    "request_scan",
    "router",
    "sample_path",
    "share_folder",
    "try_paths",
]
