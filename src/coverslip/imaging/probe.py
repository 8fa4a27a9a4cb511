"""Which format reads a file: asks every plugin, opens with the surest, and says why if none can."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from coverslip.core.errors import (
    CorruptFile,
    CoverslipError,
    DecoderMemory,
    EmptyFile,
    FileNotFound,
    NotAFile,
    PermissionRefused,
    SlideUnreadable,
    UnsupportedCompression,
    UnsupportedFormat,
)
from coverslip.ports.format import Confidence, Format, Peek, Slide
from coverslip.ports.registry import formats

HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Candidate:
    """A format and how sure it is that a file is its own."""

    format: Format
    confidence: Confidence


def peek(path: Path) -> Peek:
    """Read once what every format may look at.

    Raises
    ------
    FileNotFound, PermissionRefused, NotAFile, EmptyFile
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            return Peek(path, b"", True, 0)
        if not stat.S_ISREG(status.st_mode):
            raise NotAFile
        if status.st_size == 0:
            raise EmptyFile
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise refusal_of(error) from error
    try:
        head = os.pread(descriptor, HEAD_BYTES, 0)
    except OSError as error:
        raise refusal_of(error) from error
    finally:
        os.close(descriptor)
    return Peek(path, head, False, status.st_size)


def candidates(look: Peek) -> list[Candidate]:
    """Return the formats that claim a file, the surest first, those that want to be last after their equals.

    A plugin that fails claims nothing.
    """
    found = [Candidate(each, confidence_of(each, look)) for each in formats().formats]
    claimed = [candidate for candidate in found if candidate.confidence > Confidence.NONE]
    return sorted(claimed, key=lambda candidate: (-candidate.confidence, getattr(candidate.format, "last", False)))


def confidence_of(plugin: Format, look: Peek) -> Confidence:
    """Ask one format; whatever it raises counts as no."""
    try:
        return Confidence(plugin.probe(look))
    except Exception:  # noqa: BLE001 - probing must survive any plugin on any bytes
        return Confidence.NONE


def open_path(path: Path) -> Slide:
    """Open a file or folder with the surest format that can.

    Raises
    ------
    SlideUnreadable
        Or a subclass; when several formats tried, the reason of the surest.
    """
    look = peek(path)
    first: SlideUnreadable | None = None
    for candidate in candidates(look):
        try:
            return open_with(candidate.format, path)
        except (UnsupportedFormat, UnsupportedCompression) as error:
            # Only "not mine after all" is passed on: a damaged or hostile file is not tried on every decoder.
            first = first or error
        except SlideUnreadable as error:
            # Whoever was surer has already said why; a later reader's guess would only mislead.
            raise first or error from error
    if first is not None:
        raise first
    raise NotAFile if look.is_dir else UnsupportedFormat


def open_as(path: Path, format_name: str) -> Slide:
    """Open a file with the format that indexed it."""
    peek(path)
    for plugin in formats().formats:
        if plugin.name == format_name:
            return open_with(plugin, path)
    raise UnsupportedFormat(f"The reader {format_name} that registered this slide is not installed.")


def open_with(plugin: Format, path: Path) -> Slide:
    """Open with one format; whatever a reader raises becomes one plain sentence."""
    try:
        return plugin.open(path)
    except CoverslipError as error:
        if isinstance(error, SlideUnreadable):
            raise
        raise CorruptFile from error
    except MemoryError as error:
        raise DecoderMemory from error
    except OSError as error:
        raise refusal_of(error) from error
    except Exception as error:
        raise CorruptFile from error


def refusal_of(error: OSError) -> SlideUnreadable:
    """Return the sentence for what the operating system said."""
    if isinstance(error, FileNotFoundError):
        return FileNotFound()
    if isinstance(error, PermissionError):
        return PermissionRefused()
    if isinstance(error, IsADirectoryError | NotADirectoryError):
        return NotAFile()
    return CorruptFile()


def feasibility(path: Path) -> list[dict[str, str]]:
    """Say what each format thinks of a file, for ``coverslip doctor FILE``; in the order in which they are asked.

    Returns
    -------
    list of dict
        ``format``, ``tier``, ``confidence`` and ``result``: ``opens``, or the reason why not.
    """
    look = peek(path)
    asked = [candidate.format for candidate in candidates(look)]
    report = [_attempt(plugin, look) for plugin in (*asked, *(one for one in formats().formats if one not in asked))]
    report += [
        {"format": name, "tier": "", "confidence": "none", "result": f"the reader did not load: {reason}"}
        for name, reason in formats().failures
    ]
    return report


def _attempt(plugin: Format, look: Peek) -> dict[str, str]:
    confidence = confidence_of(plugin, look)
    result = "does not claim the file"
    if confidence > Confidence.NONE:
        try:
            open_with(plugin, look.path).close()
            result = "opens"
        except SlideUnreadable as error:
            result = error.message
    return {
        "format": plugin.name,
        "tier": plugin.tier.value,
        "confidence": confidence.name.lower(),
        "result": result,
    }
