"""Run the web app's own checks with whichever Node there is: ``python tools/web.py lint test``."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from setup import ROOT, node_environment


def main(scripts: list[str]) -> None:
    environment = node_environment()
    for script in scripts:
        print(f"web: {script}", flush=True)
        done = subprocess.run(["npm", "run", "--silent", script], cwd=ROOT / "web", env=environment, check=False)
        if done.returncode:
            raise SystemExit(done.returncode)


if __name__ == "__main__":
    main(sys.argv[1:])
