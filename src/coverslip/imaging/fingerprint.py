"""What recognises a slide: a fingerprint that survives moves, and a version that changes with any change."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

EDGE_BYTES = 64 * 1024
MANY_FILES = 64
_PARSED_SUFFIXES = (".json", ".xml", ".zattrs", ".zgroup", ".zarray", ".dcm", ".ini")
_FOLDER_FORMATS = ("zarr", "dicom")


def fingerprint(folder: Path, files: Sequence[str], format_name: str) -> str:
    """Hash what identifies a slide wherever it lies.

    Parameters
    ----------
    folder : pathlib.Path
        The folder that ``files`` are relative to.
    files : sequence of str
        With ``/`` between parts.
    format_name : str
        ``SlideInfo.format``; for Zarr and folders of DICOM files, as for more than 64 files, the
        names and sizes of all files count, and the bytes only of those that the parser opens.

    Returns
    -------
    str
        64 hexadecimal digits of SHA-256. Modification times do not enter.
    """
    digest = hashlib.sha256()
    many = len(files) > MANY_FILES or (format_name in _FOLDER_FORMATS and len(files) > 1)
    for position, name in enumerate(sorted(files)):
        path = folder / name
        size = path.stat().st_size
        digest.update(size.to_bytes(8, "little"))
        if many:
            digest.update(name.encode("utf-8", "surrogateescape") + b"\0")
        if not many or (position < MANY_FILES and name.lower().endswith(_PARSED_SUFFIXES)):
            _add_edges(digest, path, size)
    return digest.hexdigest()


def _add_edges(digest: "hashlib._Hash", path: Path, size: int) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        digest.update(os.pread(descriptor, EDGE_BYTES, 0))
        digest.update(os.pread(descriptor, EDGE_BYTES, max(0, size - EDGE_BYTES)))
    finally:
        os.close(descriptor)


def version_of(slide_fingerprint: str, mtimes_ns: Sequence[int], body: bytes, render_epoch: int) -> str:
    """Return the 16 hexadecimal digits that tile addresses carry as ``v``.

    They change when the fingerprint, a modification time, the slide index or the way tiles are
    made changes.
    """
    digest = hashlib.sha256(slide_fingerprint.encode())
    for mtime_ns in mtimes_ns:
        digest.update(int(mtime_ns).to_bytes(8, "little", signed=True))
    digest.update(hashlib.sha256(body).digest())
    digest.update(render_epoch.to_bytes(4, "little"))
    return digest.hexdigest()[:16]
