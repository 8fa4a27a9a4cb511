"""The Java process as its parent sees it: started when first needed, limited, killed when it hangs, started again.

Each decoder has one at most. It inherits the decoder's limits; the heap is half of the decoder's
memory, and the Java machine around it has the other half.
"""

import atexit
import resource
import shutil
import socket
import subprocess
import tempfile
import threading
from typing import Any, Final

from coverslip.core.errors import (
    CorruptFile,
    DecoderDied,
    DecoderMemory,
    DecoderTimeout,
    MissingCompanion,
    SlideUnreadable,
    UnsupportedFormat,
)
from coverslip.imaging.formats.bioformats_install import find_installed, python_command
from coverslip.imaging.formats.bioformats_java import OUT_OF_MEMORY, receive, send
from coverslip.settings import read_settings

HEAP_MIB: Final = 512
SMALLEST_HEAP_MIB: Final = 96
_SHARE_OF_TIME: Final = 0.8
_DEATH_WAIT_S: Final = 5.0

_REFUSALS: Final[dict[str, SlideUnreadable]] = {
    "damaged": CorruptFile("The file is damaged: Bio-Formats cannot read it."),
    "unsupported": UnsupportedFormat("Bio-Formats does not know this kind of file."),
    "missing": MissingCompanion("A file that belongs to this slide is missing."),
    "outside": UnsupportedFormat("The file names other files outside its own folder, which are not opened."),
}


class JavaProcess:
    """One Java process, or none yet. May be shared by the slides and threads of this process.

    Parameters
    ----------
    limit_s : float or None
        Longest time for one request, the start of Java included; None: four fifths of what a
        decoder may take, so that the decoder can still say what happened.
    heap_mib : int or None
        None: half of the memory that this process may have.
    """

    def __init__(self, limit_s: float | None = None, heap_mib: int | None = None) -> None:
        self._limit_s = limit_s
        self._heap_mib = heap_mib
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        self._folder = ""

    @property
    def pid(self) -> int | None:
        """The process, None where there is none now."""
        return None if self._process is None else self._process.pid

    def ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytearray]:
        """Send one request and return the answer and its pixels.

        Raises
        ------
        DecoderTimeout, DecoderMemory, DecoderDied
            The process was ended or ended; the next request starts another.
        SlideUnreadable
            What Bio-Formats says of the file, or what is missing to run it.
        """
        with self._lock:
            connection = self._connection or self._start()
            try:
                send(connection, request)
                message = receive(connection)
            except TimeoutError:
                self._end()
                raise DecoderTimeout from None
            except (OSError, ValueError):
                message = None
            except BaseException:
                self._end()  # half an answer may be on its way; the next request must not take it for its own
                raise
            if message is None:
                raise self._died()
        answer, pixels = message
        if "refused" in answer:
            raise type(_REFUSALS[answer["refused"]])(_REFUSALS[answer["refused"]].message)
        return answer, pixels

    def close(self) -> None:
        """End the process; harmless when there is none."""
        with self._lock:
            self._end()

    def _start(self) -> socket.socket:
        installed = find_installed()
        ours, theirs = socket.socketpair()
        self._folder = tempfile.mkdtemp(prefix="coverslip-java-")
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own code
                python_command(
                    str(theirs.fileno()),
                    str(installed.machine),
                    str(installed.jar),
                    self._folder,
                    str(self._heap_mib or heap_for(resource.getrlimit(resource.RLIMIT_DATA)[0])),
                ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        ours.settimeout(self._limit_s or read_settings().decoder_timeout_s * _SHARE_OF_TIME)
        self._connection = ours
        return ours

    def _died(self) -> SlideUnreadable:
        process = self._process
        status = None
        if process is not None:
            try:
                status = process.wait(_DEATH_WAIT_S)
            except subprocess.TimeoutExpired:
                status = None
        self._end()
        return DecoderMemory() if status == OUT_OF_MEMORY else DecoderDied()

    def _end(self) -> None:
        process, self._process = self._process, None
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        if process is not None:
            process.kill()
            process.wait()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""


def heap_for(data_limit: int) -> int:
    """Return the heap in MiB for a process whose data segment is limited to so many bytes."""
    if data_limit in (resource.RLIM_INFINITY, 0) or data_limit < 0:
        return HEAP_MIB
    return max(SMALLEST_HEAP_MIB, data_limit // 2 // 2**20)


_shared = JavaProcess()
atexit.register(_shared.close)


def java() -> JavaProcess:
    """Return the Java process of this process."""
    return _shared
