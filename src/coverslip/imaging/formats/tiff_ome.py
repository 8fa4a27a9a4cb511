"""OME-TIFF: planes that OME-XML describes, in one file or several, with sub-directories as levels."""

from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath

from coverslip.core.errors import (
    CorruptFile,
    FileNotFound,
    MissingCompanion,
    SlideUnreadable,
    TruncatedFile,
    UnsupportedCompression,
)
from coverslip.imaging.formats.tiff_codec import needs_whole_image
from coverslip.imaging.formats.tiff_ifd import ByteSource, TiffFile
from coverslip.imaging.formats.tiff_levels import (
    PlanePages,
    channel_count,
    default_channels,
    is_rgb,
    mpp_from_resolution,
    palette_colour,
    pyramid_of,
)
from coverslip.imaging.formats.tiff_ome_xml import OmeImage, parse_ome
from coverslip.imaging.formats.tiff_page import Page
from coverslip.imaging.formats.tiff_slide import Draft, TiffSlide, finish, tag_metadata
from coverslip.imaging.formats.tiff_text import MAX_XML_CHARS, tiff_time
from coverslip.ports.format import ChannelInfo

MAX_FILES = 4096
_MAX_XML_KEPT = 1 << 20
_ASSOCIATED = ("label", "macro", "overview", "thumbnail")


def is_ome(file: TiffFile) -> bool:
    """Say whether the first image carries OME-XML."""
    text = file.directories[0].text(270)
    return text[-16:].rstrip().endswith("OME>") and "<OME" in text[:4096]


def open_ome(file: TiffFile) -> TiffSlide:
    """Open an OME-TIFF that :func:`is_ome` recognised; its other files must lie beside it.

    Raises
    ------
    MissingCompanion
        A file that the metadata name is absent.
    """
    text = file.directories[0].text(270)
    images, companion = parse_ome(text)
    if companion is not None:
        text = _companion_text(file.source.path, companion)
        images, _ = parse_ome(text)
    if not images:
        raise CorruptFile("The file is damaged: its metadata describe no image.")
    files = _Files(file)
    try:
        return _open(files, images, text)
    except BaseException:
        files.close()
        raise


class _Files:
    """The files of one image, opened once each."""

    def __init__(self, first: TiffFile) -> None:
        self.opened = [first]
        self.names = [first.source.path.name]
        self._numbers: dict[str | None, int] = {None: 0, self.names[0]: 0}
        self._pages: dict[tuple[int, int], Page] = {}

    def number(self, name: str | None, *, alone: bool) -> int:
        """Return the number of a file by the name that the metadata give it."""
        if name not in self._numbers:
            self._numbers[name] = self._open(name or "", alone=alone)
        return self._numbers[name]

    def page(self, file_no: int, ifd: int) -> Page:
        """Return one image of one file."""
        key = (file_no, ifd)
        if key not in self._pages:
            directories = self.opened[file_no].directories
            if ifd >= len(directories):
                raise TruncatedFile(f"The file is incomplete: image {ifd + 1} of {len(directories)} is missing.")
            self._pages[key] = Page(directories[ifd])
        return self._pages[key]

    def close(self) -> None:
        for file in self.opened:
            file.close()

    def _open(self, name: str, *, alone: bool) -> int:
        folder = self.opened[0].source.path.parent
        path = beside(folder, name)
        if alone and not path.exists():
            return 0  # the file was renamed after it was written; its metadata still say the old name
        if len(self.opened) >= MAX_FILES:
            raise CorruptFile("The file is damaged: its metadata name more files than any slide has.")
        try:
            self.opened.append(TiffFile(path))
        except FileNotFound:
            raise MissingCompanion(f"The file {path.name} that belongs to this slide is missing.") from None
        self.names.append(path.name)
        return len(self.opened) - 1


def beside(folder: Path, name: str) -> Path:
    """Return the path of a companion in ``folder``; a name can never lead out of it."""
    plain = PureWindowsPath(PurePosixPath(name).name).name
    if not plain or plain in {".", ".."} or "\0" in plain:
        raise CorruptFile("The file is damaged: its metadata name an impossible file.")
    return folder / plain


def _companion_text(path: Path, name: str) -> str:
    try:
        source = ByteSource(beside(path.parent, name))
    except FileNotFound:
        raise MissingCompanion(f"The file {Path(name).name} that describes this slide is missing.") from None
    try:
        return source.read(0, min(source.size, MAX_XML_CHARS)).decode("utf-8", "replace")
    finally:
        source.close()


def _open(files: _Files, images: list[OmeImage], text: str) -> TiffSlide:
    main = max(images, key=lambda image: image.size_x * image.size_y)
    main = _told_apart(main, _first_page(files, main))
    planes, base = _planes(files, main)
    levels = _levels(files, planes)
    shape = (main.size_t, main.size_z, main.size_c)
    draft = Draft("ome_tiff", levels, shape, _associated(files, images, main), files=tuple(files.names), palette=False)
    if not is_rgb(base) or base.photometric == 3 or main.size_c > 1:
        draft.channels = _channels(main, planes, base)
    mpp = (main.mpp_x, main.mpp_y) if main.mpp_x and main.mpp_y else mpp_from_resolution(base)
    metadata = {**tag_metadata(base.directory), **main.metadata, "ome.xml": text[:_MAX_XML_KEPT]}
    metadata.pop("tiff.ImageDescription", None)
    bits = main.significant_bits
    draft.facts = {
        "mpp_x": mpp[0],
        "mpp_y": mpp[1],
        "z_spacing_um": main.z_spacing_um if main.size_z > 1 else None,
        "objective": main.objective,
        "scanned_at": main.acquired_at or tiff_time(base.directory.text(306)),
        "bit_depth": bits if bits is not None and bits < base.bits else None,
        "metadata": metadata,
        "background": (255, 255, 255) if draft.channels is None else (0, 0, 0),
    }
    return finish(files.opened, draft)


def _first_page(files: _Files, image: OmeImage) -> Page:
    block = image.blocks[0] if image.blocks else None
    alone = len({one.file for one in image.blocks}) <= 1
    return files.page(files.number(block.file, alone=alone), block.ifd) if block else files.page(0, 0)


def _planes(files: _Files, image: OmeImage) -> tuple[dict[tuple[int, int, int], tuple[Page, int]], Page]:
    """Map every (t, z, c) to its page; check that the pages are what the metadata promise."""
    alone = len({block.file for block in image.blocks}) <= 1
    found: dict[tuple[int, int, int], tuple[Page, int]] = {}
    for at, name, ifd in image.planes():
        number = files.number(name, alone=alone)
        found[at] = files.page(number, ifd), number
    if not found:
        raise CorruptFile("The file is damaged: its metadata describe no plane.")
    base = found[min(found)][0]
    if (base.width, base.height) != (image.size_x, image.size_y):
        raise CorruptFile("The file is damaged: its metadata and its pixels differ in size.")
    if needs_whole_image(base):
        raise UnsupportedCompression
    return found, base


def _levels(files: _Files, planes: PlanePages) -> list[PlanePages]:
    """Return the planes of each level: the planes themselves, then their sub-directories."""
    pyramids = {}
    for at, (page, number) in planes.items():
        copies = (
            [Page(one) for one in files.opened[number].sub_directories(page.directory)] if 330 in page.directory else []
        )
        pyramids[at] = (pyramid_of([page, *copies]), number)
    depth = min(len(pages) for pages, _ in pyramids.values())
    return [{at: (pages[level], number) for at, (pages, number) in pyramids.items()} for level in range(depth)]


def _channels(image: OmeImage, planes: PlanePages, base: Page) -> tuple[ChannelInfo, ...]:
    """Return one channel for each image, or for each sample where one image holds them all."""
    per_image = channel_count(base)
    if image.size_c == 1 and per_image > 1:
        return default_channels(per_image)
    maps = {c: palette_colour(page) for (_, _, c), (page, _) in planes.items()}
    defaults = default_channels(image.size_c)
    return tuple(
        one if one.colour else replace(one, colour=maps.get(number) or defaults[number].colour)
        for number, one in enumerate(image.channels)
    )


def _told_apart(image: OmeImage, base: Page) -> OmeImage:
    """Correct metadata that count the samples of a pixel as images."""
    if image.samples == 1 and base.samples == image.size_c > 1:
        return replace(image, size_c=1, samples=base.samples)
    if image.samples > 1 and base.samples == 1:
        return replace(image, size_c=image.size_c * image.samples, samples=1, channels=())
    return image


def _associated(files: _Files, images: list[OmeImage], main: OmeImage) -> dict[str, Page]:
    found: dict[str, Page] = {}
    for number, image in enumerate(images):
        if (image.name, image.blocks) == (main.name, main.blocks) or len(found) >= 16:
            continue
        text = image.name.lower()
        name = next((name for name in _ASSOCIATED if name in text), f"image-{number + 1}")
        try:
            _, file_name, ifd = next(image.planes())
            found.setdefault(name, files.page(files.number(file_name, alone=True), ifd))
        except (SlideUnreadable, StopIteration):
            continue
    return found
