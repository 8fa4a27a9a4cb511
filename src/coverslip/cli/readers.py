"""What ``coverslip doctor formats`` and ``coverslip doctor FILE`` print."""

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from coverslip.core.errors import CoverslipError
from coverslip.imaging import work
from coverslip.imaging.index import SlideIndex, load_index
from coverslip.infra.pool import DecoderPool
from coverslip.settings import Settings

_WIDTH: Final = 78
_FILES_SHOWN: Final = 8


@contextmanager
def decoder() -> Iterator[DecoderPool]:
    """Lend one decoder: a command reads files no less carefully than the server."""
    settings = Settings()
    pool = DecoderPool(1, memory_bytes=settings.decoder_memory, timeout_s=settings.decoder_timeout_s)
    try:
        yield pool
    finally:
        pool.close_blocking()


def list_formats() -> Iterator[str]:
    """Say what this installation reads, by which reader, and what is missing for the rest."""
    with decoder() as pool:
        entries: list[dict[str, Any]] = pool.run_blocking(work.inventory)
        yield from _table([(one["format"], one["tier"], one["reader"] or "not installed") for one in entries])
        yield ""
        for one in entries:
            if one["missing"]:
                yield f"{one['format']}: {one['missing']}"
            elif one["format"] == "bioformats":
                yield _java(pool)
    yield ""
    yield "Endings, with their readers in the order in which they are asked:"
    yield from _endings(entries)


def _java(pool: DecoderPool) -> str:
    """Start Java once, so that the list does not promise what does not run."""
    try:
        kinds: list[str] = pool.run_blocking(work.java_kinds)
    except CoverslipError as error:
        return f"bioformats: It does not start: {error.message} [{error.code}]"
    return f"bioformats: Java starts, and Bio-Formats knows {len(kinds)} kinds of file; it is asked last."


def _endings(entries: Sequence[dict[str, Any]]) -> Iterator[str]:
    chains: defaultdict[str, list[str]] = defaultdict(list)
    for one in entries:
        for suffix in one["suffixes"]:
            chains[suffix].append(one["format"] if not one["missing"] else f"({one['format']})")
    by_chain: defaultdict[str, list[str]] = defaultdict(list)
    for suffix, chain in sorted(chains.items()):
        by_chain[", ".join(chain)].append(suffix)
    for readers, suffixes in sorted(by_chain.items()):
        line = f"{readers}:"
        for suffix in suffixes:
            if len(line) + len(suffix) >= _WIDTH:
                yield line
                line = " " * 4
            line += f" {suffix}" if not line.endswith("    ") else suffix
        yield line


def diagnose_file(path: Path) -> Iterator[str]:
    """Say what each format thinks of a file, what would become of it, and what is missing."""
    with decoder() as pool, tempfile.TemporaryDirectory(prefix="coverslip-") as folder:
        yield from _opinions(pool, path)
        yield ""
        index_path = Path(folder, "index")
        try:
            facts = pool.run_blocking(work.describe, str(path.absolute()), str(index_path))
        except CoverslipError as error:
            yield f"Not readable: {error.message} [{error.code}]"
            yield "In a served folder it would be listed as unreadable, with this sentence."
            return
        yield from _outcome(facts, load_index(index_path))
        label = pool.run_blocking(work.read_label, str(index_path))
        codes = ", ".join(f"{one['kind']} {one['text']!r}" for one in label["codes"])
        yield f"Label: {codes or label['note']}"


def _opinions(pool: DecoderPool, path: Path) -> Iterator[str]:
    try:
        answers: list[dict[str, str]] = pool.run_blocking(work.feasibility, str(path.absolute()))
    except CoverslipError as error:
        yield f"The readers could not all be asked: {error.message} [{error.code}]"
        return
    claims = [one for one in answers if one["confidence"] != "none"]
    others = [one["format"] for one in answers if one["confidence"] == "none"]
    yield from _table([(one["format"], one["tier"], one["confidence"], one["result"]) for one in claims])
    yield f"Not claimed by: {', '.join(others)}." if claims else "No format claims this file."
    yield from (f"{one['format']}: {one['result']}" for one in answers if "did not load" in one["result"])


def _outcome(facts: dict[str, Any], index: SlideIndex) -> Iterator[str]:
    """Say what the slide would be like."""
    info = index.info
    yield f"Readable as {facts['format']}: {facts['width']} x {facts['height']} pixels."
    files = ", ".join(info.files[:_FILES_SHOWN])
    more = f" and {len(info.files) - _FILES_SHOWN} more" if len(info.files) > _FILES_SHOWN else ""
    yield f"One slide of {len(info.files)} files: {files}{more}" if len(info.files) > 1 else "One slide of one file."
    planes = f", {info.z_count} focal planes" if info.z_count > 1 else ""
    times = f", {info.t_count} time points" if info.t_count > 1 else ""
    kind = "colour" if info.rgb else f"{len(info.channels)} channels of {info.dtype}"
    yield f"Pixels: {kind}{planes}{times}."
    passing = sum(level.pass_through for level in index.levels)
    if passing:
        yield f"Tiles: {passing} of {len(index.levels)} levels travel as they lie in the file, the others are made."
    else:
        yield "Tiles: all are made when they are asked for."
    if facts["needs_coarse"]:
        yield "Overview: the file has no small levels, so they are built once after registration."
    if info.mpp_x is None:
        yield "Scale: missing; nothing can be measured until somebody enters the size of a pixel."
    else:
        yield f"Scale: {info.mpp_x:.4g} µm a pixel."
    if info.rgb and info.icc_profile is None:
        yield "Colour: the file has no profile; it is shown as it is."
    images = [image.name for image in info.associated]
    yield f"Associated images: {', '.join(images) or 'none'}."


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
