"""Finding the format of a file, and saying in one sentence why there is none."""

import os
from pathlib import Path

import pytest

from coverslip.core.errors import (
    CorruptFile,
    CoverslipError,
    DecoderMemory,
    EmptyFile,
    FileNotFound,
    NotAFile,
    PermissionRefused,
    SlideUnreadable,
    TruncatedFile,
    UnsupportedFormat,
)
from coverslip.imaging import probe
from coverslip.imaging.build import build_index
from coverslip.ports.format import Confidence, Format, Peek, Slide, Tier
from coverslip.ports.registry import Registered


class Plugin:
    """A format whose answers a test chooses."""

    suffixes = (".x",)
    tier = Tier.BRONZE

    def __init__(self, name: str, confidence: int, outcome: Slide | Exception) -> None:
        self.name = name
        self._confidence = confidence
        self._outcome = outcome
        self.opened = 0

    def probe(self, peek: Peek) -> Confidence:
        if self._confidence < 0:
            raise RuntimeError("a broken plugin")
        return Confidence(self._confidence)

    def open(self, path: Path) -> Slide:
        self.opened += 1
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


class Opened:
    """A slide that only knows how to close."""

    def close(self) -> None:
        pass


def use(monkeypatch: pytest.MonkeyPatch, *plugins: Plugin) -> None:
    found: tuple[Format, ...] = plugins
    monkeypatch.setattr(probe, "formats", lambda: Registered(found, (("broken", "ImportError: no"),)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "file.x"
    target.write_bytes(b"some bytes")
    return target


def test_the_surest_format_opens(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    slide: Slide = Opened()  # type: ignore[assignment]  # opening is all that is looked at
    weak, sure = Plugin("weak", 1, CorruptFile()), Plugin("sure", 4, slide)
    use(monkeypatch, weak, Plugin("raises", -1, CorruptFile()), sure)
    assert probe.open_path(path) is slide
    assert (weak.opened, sure.opened) == (0, 1)


def test_a_format_that_finds_it_cannot_passes_the_file_on(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    slide: Slide = Opened()  # type: ignore[assignment]  # opening is all that is looked at
    use(monkeypatch, Plugin("first", 4, UnsupportedFormat()), Plugin("second", 2, slide))
    assert probe.open_path(path) is slide


def test_a_damaged_file_is_not_tried_on_every_decoder(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    slide: Slide = Opened()  # type: ignore[assignment]  # opening is all that is looked at
    second = Plugin("second", 2, slide)
    use(monkeypatch, Plugin("first", 4, TruncatedFile()), second)
    with pytest.raises(TruncatedFile):
        probe.open_path(path)
    assert second.opened == 0


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (ValueError("index 4 out of range"), CorruptFile),
        (KeyError("x"), CorruptFile),
        (RecursionError(), CorruptFile),
        (MemoryError(), DecoderMemory),
        (PermissionError(13, "no"), PermissionRefused),
        (OSError(5, "Input/output error"), CorruptFile),
        (CoverslipError("inner"), CorruptFile),
        (TruncatedFile(), TruncatedFile),
    ],
)
def test_whatever_a_reader_raises_becomes_one_sentence(
    monkeypatch: pytest.MonkeyPatch, path: Path, raised: Exception, said: type[SlideUnreadable]
) -> None:
    use(monkeypatch, Plugin("only", 4, raised))
    with pytest.raises(said) as refusal:
        probe.open_path(path)
    assert type(refusal.value) is said
    assert str(path) not in refusal.value.message


def test_nobody_claims_the_file(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    use(monkeypatch, Plugin("no", 0, CorruptFile()))
    with pytest.raises(UnsupportedFormat):
        probe.open_path(path)
    with pytest.raises(NotAFile):
        probe.open_path(path.parent)


def test_the_report_says_what_each_format_thinks(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    slide: Slide = Opened()  # type: ignore[assignment]  # opening is all that is looked at
    use(monkeypatch, Plugin("a", 4, TruncatedFile()), Plugin("b", 0, slide), Plugin("c", 2, slide))
    report = {one["format"]: (one["confidence"], one["result"]) for one in probe.feasibility(path)}
    assert report == {
        "a": ("certain", TruncatedFile.default_message),
        "b": ("none", "does not claim the file"),
        "c": ("fair", "opens"),
        "broken": ("none", "the reader did not load: ImportError: no"),
    }


def test_what_is_no_file_is_said_without_waiting(tmp_path: Path) -> None:
    empty, fifo = tmp_path / "empty.svs", tmp_path / "fifo.svs"
    empty.write_bytes(b"")
    os.mkfifo(fifo)
    dangling = tmp_path / "dangling.svs"
    dangling.symlink_to(tmp_path / "nowhere")
    for path, said in (
        (empty, EmptyFile),
        (fifo, NotAFile),
        (tmp_path / "absent.svs", FileNotFound),
        (dangling, FileNotFound),
        (Path("/dev/null"), NotAFile),
        (tmp_path, NotAFile),
        (tmp_path / "empty.svs" / "below.svs", NotAFile),
        (tmp_path / ("x" * 300), CorruptFile),
    ):
        with pytest.raises(SlideUnreadable) as refusal:
            build_index(path)
        assert type(refusal.value) is said, path


def test_no_permission_is_said(path: Path) -> None:
    path.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65_534)  # the superuser may read everything
    try:
        with pytest.raises(PermissionRefused):
            build_index(path)
    finally:
        os.seteuid(user)


def test_noise_is_refused_whatever_its_name(tmp_path: Path) -> None:
    for name in ("a.svs", "b.tif", "c.dcm", "d.png", "e.ndpi", "f.mrxs", "g", 'with "quotes" & 🔬.svs'):
        target = tmp_path / name
        target.write_bytes(os.urandom(5000))
        with pytest.raises(SlideUnreadable) as refusal:
            build_index(target)
        assert str(tmp_path) not in refusal.value.message
        assert refusal.value.message.endswith(".")
