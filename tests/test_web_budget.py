"""What a first visit loads: library and viewer together."""

import gzip
import re
from pathlib import Path

WEB_APP = Path(__file__).parents[1] / "src" / "coverslip" / "web_app"
SCRIPT_MOST = 350_000
"""Bytes of gzipped script."""
COMING = ("Viewer", "Uploads", "ShareNews", "decode.worker", "hash.worker")
"""Chunks that library and viewer ask for by themselves; dialogs and other pages come when somebody opens them."""


def first_visit() -> set[Path]:
    """The scripts of the page, of library and viewer, and all that these import at once."""
    assets = {script.name: script for script in WEB_APP.rglob("*.js")}
    page = (WEB_APP / "index.html").read_text(encoding="utf-8")
    waiting = re.findall(r"/assets/([\w.-]+\.js)", page)
    for chunk in COMING:
        found = [name for name in assets if name.startswith(f"{chunk}-")]
        assert found, f"the web app has no chunk {chunk}"
        waiting += found
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            code = assets[name].read_text(encoding="utf-8")
            waiting += re.findall(r"""(?:from|import)\s*["'`]\./([\w.-]+\.js)["'`]""", code)
    return {assets[name] for name in seen}


def test_the_script_of_a_first_visit_stays_small() -> None:
    assert (WEB_APP / "index.html").exists(), "the web app is not built: run `make setup`"
    assert sum(len(gzip.compress(script.read_bytes(), 9)) for script in first_visit()) <= SCRIPT_MOST


def test_the_page_itself_carries_no_script_or_style() -> None:
    page = (WEB_APP / "index.html").read_text(encoding="utf-8")
    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page
    assert "://" not in page.replace("http://www.w3.org", "")
