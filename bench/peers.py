"""The peers' own environment: installed once into ``build/bench/peers``, apart from ours."""

import shutil
import subprocess
import sys
from pathlib import Path

from bench.servers import WORK

PACKAGES = (
    "large-image",
    "large-image-source-openslide",
    "large-image-source-tiff",
    "openslide-bin",
    "flask",
    "gunicorn",
    "granian",
    "simplejpeg",
)


def python() -> Path:
    """Return the interpreter of the peers' environment, made and filled when it is not there."""
    folder = WORK / "peers"
    interpreter = folder / "bin" / "python"
    done = folder / ".complete"
    if done.exists() and done.read_text() == "\n".join(PACKAGES):
        return interpreter
    shutil.rmtree(folder, ignore_errors=True)
    uv = shutil.which("uv")
    if uv and subprocess.run([uv, "--version"], capture_output=True, check=False).returncode == 0:
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(interpreter), *PACKAGES], check=True)
    else:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(interpreter), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    done.write_text("\n".join(PACKAGES))
    return interpreter
