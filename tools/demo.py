"""Start Coverslip on two slides: a small real one, and a large one made from its tissue."""

import os
import sys
from pathlib import Path

from coverslip.testing.synthetic import make_demo_slide

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "src/coverslip/samples/CMU-1-Small-Region.svs"


def main() -> None:
    folder = ROOT / "build/demo/slides"
    folder.mkdir(parents=True, exist_ok=True)
    small, large = folder / SAMPLE.name, folder / "Large slide 100,000 x 80,000.tif"
    if not small.exists():
        small.symlink_to(SAMPLE)
    if not large.exists():
        print("Making a large slide from the small one's tissue ...", flush=True)
        make_demo_slide(SAMPLE, large)
    command = Path(sys.executable).with_name("coverslip")
    os.execv(
        command, [str(command), "serve", str(folder), "--data", str(ROOT / "build/demo/data"), "--open", *sys.argv[1:]]
    )


if __name__ == "__main__":
    main()
