"""The web app's types are generated from what the server says now."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_committed_description_is_the_servers() -> None:
    tool = ROOT / "tools" / "export_openapi.py"
    done = subprocess.run([sys.executable, str(tool), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
