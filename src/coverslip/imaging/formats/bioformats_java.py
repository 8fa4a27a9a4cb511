"""The inside of the Java process: Bio-Formats through JPype, one file open at a time.

It answers over a socket with a line of JSON and perhaps pixels, and dies with whoever started it.
Nothing but this process ever loads Java: what a file does to it ends here.
"""

import json
import os
import select
import shutil
import socket
import struct
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from coverslip.imaging.formats.bioformats_facts import facts_of

HEAD: Final = struct.Struct("!IQ")
"""Bytes of the JSON, bytes of the pixels."""

OUT_OF_MEMORY: Final = 3
"""Exit status that ``-XX:+ExitOnOutOfMemoryError`` gives."""

LARGEST_JSON: Final = 64 * 2**20
LARGEST_PIXELS: Final = 512 * 2**20

# These follow what a file says to any other file, unpack archives, or make up pixels.
_NEVER: Final = ("FilePatternReader", "ZipReader", "FakeReader", "TextReader", "URLReader", "OMEXMLReader")
_OTHERS_FAULT: Final = ("UnknownFormatException", "UnsupportedCompressionException", "MissingLibraryException")


class Refused(Exception):
    """A request that cannot be answered; the argument is one of the codes that the parent knows."""


def main() -> None:
    """Serve the requests of the parent until it goes."""
    descriptor, machine, jar, folder, heap_mib = sys.argv[1:6]
    connection = socket.socket(fileno=int(descriptor))
    threading.Thread(target=_die_with_parent, args=(int(descriptor), folder), daemon=True).start()
    reader = JavaReader(machine, jar, folder, int(heap_mib))
    while (request := receive(connection)) is not None:
        try:
            answer, pixels = reader.answer(request[0])
        except Refused as refused:
            answer, pixels = {"refused": str(refused)}, b""
        send(connection, answer, pixels)
    _leave(folder, 0)


def _die_with_parent(descriptor: int, folder: str) -> None:
    """End this process when the other end of the socket closes, also while Java computes or hangs."""
    waiting = select.poll()
    waiting.register(descriptor, 0)  # nothing but the hang-up
    waiting.poll()
    _leave(folder, 1)


def _leave(folder: str, status: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(status)  # Java's own end would wait for its threads


def send(connection: socket.socket, answer: dict[str, Any], pixels: bytes | bytearray = b"") -> None:
    """Send one message."""
    text = json.dumps(answer).encode()
    connection.sendall(HEAD.pack(len(text), len(pixels)) + text)
    if pixels:
        connection.sendall(pixels)


def receive(connection: socket.socket) -> tuple[dict[str, Any], bytearray] | None:
    """Take one message; None when the other end has closed.

    Raises
    ------
    ValueError
        What came is no message.
    """
    head = _exactly(connection, HEAD.size)
    if head is None:
        return None
    text_length, pixel_length = HEAD.unpack(head)
    if text_length > LARGEST_JSON or pixel_length > LARGEST_PIXELS:
        raise ValueError("no message of ours is so long")
    text, pixels = _exactly(connection, text_length), _exactly(connection, pixel_length)
    if text is None or pixels is None:
        return None
    answer = json.loads(text)
    if not isinstance(answer, dict):
        raise ValueError("a message is an object")
    return answer, pixels


def _exactly(connection: socket.socket, count: int) -> bytearray | None:
    buffer = bytearray(count)
    view = memoryview(buffer)
    while view:
        received = connection.recv_into(view)
        if received == 0:
            return None
        view = view[received:]
    return buffer


class JavaReader:
    """The one reader of this process."""

    def __init__(self, machine: str, jar: str, folder: str, heap_mib: int) -> None:
        import jpype

        jpype.startJVM(
            machine,
            f"-Xmx{heap_mib}m",
            "-Xss512k",
            "-Xrs",  # signals are Python's
            "-XX:+UseSerialGC",
            "-XX:ReservedCodeCacheSize=64m",
            "-XX:MaxMetaspaceSize=128m",
            "-XX:CompressedClassSpaceSize=64m",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:-UsePerfData",
            "-XX:-CreateCoredumpOnCrash",
            f"-XX:ErrorFile={folder}/crash.log",  # its report would show the environment; it goes with the folder
            "-Djava.awt.headless=true",
            f"-Djava.io.tmpdir={folder}",
            # An XML inside a file may not make the reader fetch or open anything.
            "-Djavax.xml.accessExternalDTD=",
            "-Djavax.xml.accessExternalSchema=",
            "-Djavax.xml.accessExternalStylesheet=",
            # Nor may a file name be an address: every connection goes to a proxy that is not there.
            "-DsocksProxyHost=127.0.0.1",
            "-DsocksProxyPort=1",
            "-DsocksNonProxyHosts=",
            "-Dhttp.nonProxyHosts=",
            classpath=[jar],
            convertStrings=True,
        )
        self._class: Any = jpype.JClass
        self._failure: Any = jpype.JException
        self._class("loci.common.DebugTools").setRootLevel("OFF")
        self._kinds = self._class("loci.formats.ImageReader").getDefaultReaderClasses()
        for kind in list(self._kinds.getClasses()):
            if kind.getSimpleName() in _NEVER:
                self._kinds.removeClass(kind)
        self._path = ""
        self._reader: Any = None
        self._meta: Any = None

    def answer(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes | bytearray]:
        """Do what a request asks.

        Raises
        ------
        Refused
        """
        try:
            if request["do"] == "open":
                self._open(request["path"])
                return facts_of(
                    self._class, self._reader, self._meta, used_files(request["path"], self._reader.getUsedFiles())
                ), b""
            if request["do"] == "read":
                self._open(request["path"])
                return {}, self._pixels(request)
            if request["do"] == "formats":
                return {"formats": sorted(self._formats())}, b""
            if request["path"] == self._path:
                self._close()
        except self._failure as error:
            self._close()
            raise Refused(_code(error)) from None
        return {}, b""

    def _open(self, path: str) -> None:
        if path == self._path:
            return
        self._close()
        images = self._class("loci.formats.ImageReader")(self._kinds)
        self._reader = self._class("loci.formats.ChannelFiller")(images)  # palettes become the colours that they mean
        try:
            self._reader.setFlattenedResolutions(False)
            factory = self._class("loci.common.services.ServiceFactory")()
            service = factory.getInstance(self._class("loci.formats.services.OMEXMLService"))
            self._meta = service.createOMEXMLMetadata()
            self._reader.setMetadataStore(self._meta)
            self._reader.setId(path)
        except BaseException:
            self._close()
            raise
        self._path = path

    def _close(self) -> None:
        reader, self._reader, self._meta, self._path = self._reader, None, None, ""
        if reader is not None:
            with suppress(self._failure):
                reader.close()

    def _pixels(self, request: dict[str, Any]) -> bytearray:
        """Return one band of each asked plane, one after the other, as they lie in the reader."""
        reader = self._reader
        reader.setSeries(request["series"])
        reader.setResolution(request["resolution"])
        x, y, width, height = request["region"]
        out = bytearray()
        for image in request["images"]:
            number = reader.getIndex(request["z"], image, request["t"])
            out += memoryview(reader.openBytes(number, x, y, width, height))
        return out

    def _formats(self) -> Iterator[str]:
        for reader in self._class("loci.formats.ImageReader")(self._kinds).getReaders():
            yield str(reader.getFormat())


def used_files(path: str, names: Iterable[Any]) -> list[str]:
    """Return the files of a slide relative to its folder.

    Raises
    ------
    Refused
        One leads out of the folder: a file may not show what lies elsewhere on this computer.
    """
    folder = Path(path).parent
    found = []
    for name in names:
        used = Path(os.path.normpath(folder / str(name)))
        if not used.is_relative_to(folder) or not used.resolve().is_relative_to(folder.resolve()):
            raise Refused("outside")
        found.append(used.relative_to(folder).as_posix())
    return found


def _code(error: Any) -> str:
    """Name what Java threw in one of the words that the parent knows; its message may show paths."""
    names = set()
    cause, depth = error, 0
    while cause is not None and depth < 8:
        names.add(type(cause).__name__.rpartition(".")[2])
        cause, depth = cause.getCause(), depth + 1
    if names & set(_OTHERS_FAULT):
        return "unsupported"
    return "missing" if names & {"FileNotFoundException", "NoSuchFileException"} else "damaged"


if __name__ == "__main__":
    main()
