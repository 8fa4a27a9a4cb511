"""What happens to a slide after it is registered: coarse levels, thumbnail, content hash.

Each job names the version it is for; a slide that changed meanwhile has a job of its own.
"""

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from coverslip.core.errors import SlideChanged, SlideMissing, SlideNotReady, StorageTimeout
from coverslip.core.time import utc_now
from coverslip.features.identity import SYSTEM
from coverslip.features.slides import attachments, placing, registration, service, trash
from coverslip.features.slides.schemas import SlideState
from coverslip.imaging import work
from coverslip.imaging.crc import write_crc_table
from coverslip.imaging.index import SlideIndex, load_index
from coverslip.infra.jobs import Handler, JobContext, JobInterrupted, enqueue

THUMBNAIL_PX: Final = 256
CRC_SUFFIX: Final = ".crc"
COARSE_LIMIT_S: Final = 3600.0
_CHUNK: Final = 4 * 2**20
_PAUSED: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Target:
    """A slide as it was when its job was made, and still is."""

    slide_id: str
    version: str
    index_path: Path


def thumbnail_key(version: str, size: int = THUMBNAIL_PX) -> str:
    """Return under which key the cache keeps a slide's thumbnail."""
    return hashlib.sha256(f"slide/{version}/thumbnail/{size}".encode()).hexdigest()[:40]


def make_thumbnail(context: JobContext) -> None:
    """Make the thumbnail of the library before anybody looks."""
    target = _target(context)
    if target is None or context.runtime.cache.get(thumbnail_key(target.version)) is not None:
        return
    try:
        body = context.runtime.pool.run_blocking(work.make_thumbnail, str(target.index_path), THUMBNAIL_PX)
    except SlideNotReady:
        return  # the coarse levels come first; their job makes the thumbnail too
    context.runtime.cache.put(thumbnail_key(target.version), body)


def build_coarse(context: JobContext) -> None:
    """Build the coarse levels of a file that has none, then its thumbnail."""
    target = _target(context)
    if target is None:
        return
    context.runtime.pool.run_blocking(work.build_coarse, str(target.index_path), timeout_s=COARSE_LIMIT_S)
    make_thumbnail(context)
    context.runtime.bus.publish("grants.drop", slide_id=target.slide_id)
    context.runtime.bus.publish("slides.changed")


def hash_content(context: JobContext) -> None:
    """Read the whole slide at a limited rate: a CRC-32 for each stored tile, and the SHA-256 of all bytes."""
    target = _target(context)
    if target is None:
        return
    rate = context.runtime.settings.hash_rate
    if not rate:
        _postpone(context)
        return
    index = load_index(target.index_path)
    if index.stored is not None:
        write_crc_table(index, target.index_path.with_suffix(CRC_SUFFIX), _stopper(context), rate)
    digest = content_sha256(context, index, rate)
    with context.db.transaction() as session:
        registration.set_content_hash(session, target.slide_id, target.version, digest)


def content_sha256(context: JobContext, index: SlideIndex, rate: int) -> str:
    """Return the SHA-256 (hex) of a slide's bytes.

    Of one file it is the file's own. Of several it is that of the lines ``SHA-256, two spaces,
    name`` in order of name, as ``sha256sum`` prints them.

    Raises
    ------
    SlideMissing, SlideChanged
        The files are not those of the index.
    """
    pace = _Pace(rate)
    sums = {
        name: _file_sha256(context, index.file_path(number), index.file_sizes[number], pace)
        for number, name in enumerate(index.info.files)
    }
    if len(sums) == 1:
        return next(iter(sums.values()))
    lines = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def read_label(context: JobContext) -> None:
    """Read the code on a slide's label, which may say its case, block and stain."""
    target = _target(context)
    if target is None:
        return
    codes = context.runtime.pool.run_blocking(work.read_label, str(target.index_path))["codes"]
    if codes:
        with context.db.transaction() as session:
            placing.label_slide(session, target.slide_id, codes[0]["text"])


def finish_trash(context: JobContext) -> None:
    """Let the slides follow their case or project into the trash or back, where a process died on the way."""
    trash.settle(context.db, str(context.payload["kind"]), str(context.payload["object_id"]))


def sweep_attachment(context: JobContext) -> None:
    """Delete the bytes of a deleted attachment that nobody else attached."""
    data = context.runtime.settings.data
    attachments.sweep(context.db, data, str(context.payload["sha256"]))
    attachments.sweep_parts(data)


HANDLERS: Final[Mapping[str, Handler]] = {
    attachments.JOB_SWEEP: sweep_attachment,
    trash.JOB_TRASH: finish_trash,
    registration.JOB_THUMBNAIL: make_thumbnail,
    registration.JOB_COARSE: build_coarse,
    registration.JOB_LABEL: read_label,
    registration.JOB_CONTENT_HASH: hash_content,
}
LIMITS: Final[Mapping[str, int]] = dict.fromkeys(
    (registration.JOB_CONTENT_HASH, registration.JOB_COARSE, registration.JOB_LABEL), 1
)
"""One of each at a time, so that a slot and a decoder are always free for what somebody waits for."""


class _Pace:
    """Sleeps when reading runs ahead of the rate."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._bytes = 0
        self._began_s = time.monotonic()

    def add(self, length: int) -> None:
        self._bytes += length
        time.sleep(max(0.0, self._bytes / self._rate - (time.monotonic() - self._began_s)))


def _target(context: JobContext) -> _Target | None:
    """Return the slide of a job, None when it changed or is gone: then there is nothing to do."""
    slide_id, version = str(context.payload["slide_id"]), str(context.payload["version"])
    with context.db.read() as session:
        # What lies in the trash is made ready all the same: it may come back.
        ref = service.locate(session, SYSTEM, slide_id, context.runtime.settings.index_folder, trashed=True)
    if ref.version != version or ref.state != SlideState.READY or ref.index_path is None:
        return None
    if ref.root_offline_since is not None:
        raise StorageTimeout
    return _Target(slide_id, version, ref.index_path)


def _postpone(context: JobContext) -> None:
    """Come back later: hashing is paused."""
    with context.db.transaction() as session:
        enqueue(
            session,
            registration.JOB_CONTENT_HASH,
            context.payload,
            dedupe_key=f"{registration.JOB_CONTENT_HASH}:{context.payload['slide_id']}:paused",
            run_after=utc_now() + _PAUSED,
        )


def _stopper(context: JobContext) -> Callable[[int, int], None]:
    def look(_done: int, _total: int) -> None:
        if context.should_stop():
            raise JobInterrupted

    return look


def _file_sha256(context: JobContext, path: Path, size: int, pace: _Pace) -> str:
    mount = context.runtime.mounts.of(path)
    digest = hashlib.sha256()
    try:
        descriptor = mount.run_blocking(os.open, path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise SlideMissing from error
    try:
        offset = 0
        while chunk := _chunk(mount, descriptor, offset):
            if context.should_stop():
                raise JobInterrupted
            digest.update(chunk)
            offset += len(chunk)
            pace.add(len(chunk))
    finally:
        os.close(descriptor)
    if offset != size:
        raise SlideChanged
    return digest.hexdigest()


def _chunk(mount: Any, descriptor: int, offset: int) -> bytes:
    data: bytes = mount.run_blocking(os.pread, descriptor, _CHUNK, offset)
    return data
