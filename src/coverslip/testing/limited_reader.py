"""A decoder-like process that gives its verdict on files, for tests with bad input.

It has 1 GiB of data and no privilege of root, describes one file after the other, and looks at what it
could open: overview tile, finest tile, associated images. What it says is checked by :func:`complaints`.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from coverslip.core.errors import CoverslipError, SlideUnreadable

VERDICT_S = 30.0
"""A verdict that takes longer is none."""

OPENS, DIED, ESCAPED = "opens", "DIED", "ESCAPED"

_CHILD = """
import ctypes, json, resource, sys, time, warnings
resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
from coverslip.core.errors import CoverslipError
from coverslip.imaging import work
from coverslip.imaging.index import load_index
warnings.simplefilter("ignore")

def looks(index):
    loaded = load_index(index)
    finest = loaded.levels[-1]
    for z, x, y in ((0, 0, 0), (len(loaded.levels) - 1, finest.cols // 2, finest.rows // 2)):
        yield lambda: work.make_tile(str(index), z, x, y)
    for image in loaded.info.associated:
        yield lambda: work.make_associated(str(index), image.name, 256)

def peak_kib():
    # Not ru_maxrss: that survives exec and would be the peak of whoever started this process.
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

def verdict(path, index):
    try:
        about = work.describe(path, index)
    except CoverslipError as error:
        return {"code": error.code, "message": error.message}
    pixels = []
    for look in looks(__import__("pathlib").Path(index)):
        try:
            look()
        except CoverslipError as error:
            pixels.append(error.code)
    work.close_views()
    return {"code": "opens", "message": "", "format": about["format"], "pixels": pixels}

index = sys.argv[1]
# The administrator may read everything, so every privilege of root goes (capset(2), version 3 of its header).
header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
if ctypes.CDLL(None, use_errno=True).capset(header, none):
    raise OSError(ctypes.get_errno(), "capset")
for line in sys.stdin:
    path = json.loads(line)
    start = time.monotonic()
    try:
        answer = verdict(path, index)
    except BaseException as error:
        answer = {"code": "ESCAPED", "message": f"{type(error).__name__}: {error}"}
    answer["seconds"] = time.monotonic() - start
    answer["peak_kib"] = peak_kib()
    print(json.dumps(answer), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one file.

    Attributes
    ----------
    code : str
        ``opens``, the code of a refusal, ``ESCAPED`` for any other exception, ``DIED``.
    message : str
    seconds : float
    format : str
        Who opened it.
    pixels : tuple of str
        Codes of errors met while looking at its tiles and images.
    peak_kib : int
        Largest resident size of the process so far.
    """

    code: str
    message: str
    seconds: float = 0.0
    format: str = ""
    pixels: tuple[str, ...] = ()
    peak_kib: int = 0


class LimitedReader:
    """One limited process; a new one takes over when it dies.

    Parameters
    ----------
    folder : pathlib.Path
        For the indexes.
    """

    def __init__(self, folder: Path) -> None:
        self._arguments = [sys.executable, "-c", _CHILD, str(folder / "slide.index")]
        self._child: subprocess.Popen[str] | None = None

    def verdict(self, path: Path) -> Verdict:
        """Describe one file in the limited process."""
        if self._child is None:
            self._child = subprocess.Popen(  # noqa: S603 - this Python and the program above
                self._arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
        child = self._child
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the process has no pipes")
        try:
            child.stdin.write(json.dumps(str(path)) + "\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except BrokenPipeError:
            line = ""
        if line:
            answer = json.loads(line)
            return Verdict(**{**answer, "pixels": tuple(answer.get("pixels", ()))})
        status = child.wait()
        self.close()
        return Verdict(DIED, f"exit status {status}")

    def close(self) -> None:
        """End the process; harmless when called twice."""
        child, self._child = self._child, None
        if child is None:
            return
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                stream.close()
        child.wait(timeout=VERDICT_S)


def complaints(verdict: Verdict, folder: Path) -> list[str]:
    """Return what is wrong with a verdict: it must come in time, in one plain sentence, with a code.

    Parameters
    ----------
    verdict : Verdict
    folder : pathlib.Path
        A folder whose name no message may reveal.
    """
    wrong = []
    if verdict.code not in _codes(SlideUnreadable) | {OPENS}:
        wrong.append(f"the code is {verdict.code}: {verdict.message}")
    if verdict.seconds > VERDICT_S:
        wrong.append(f"it took {verdict.seconds:.1f} s")
    sentence = verdict.message
    if verdict.code != OPENS and (not sentence.endswith(".") or "\n" in sentence or "Traceback" in sentence):
        wrong.append(f"not one plain sentence: {sentence!r}")
    if str(folder) in sentence:
        wrong.append(f"the message shows a path: {sentence!r}")
    strange = set(verdict.pixels) - (_codes(CoverslipError) - {CoverslipError.code})
    return wrong + [f"looking at it gave {code}" for code in strange]


def _codes(root: type[CoverslipError]) -> set[str]:
    return {root.code}.union(*(_codes(child) for child in root.__subclasses__()))
