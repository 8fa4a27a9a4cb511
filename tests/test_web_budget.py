"""What a first visit loads: library and viewer together."""

import gzip
from pathlib import Path

WEB_APP = Path(__file__).parents[1] / "src" / "coverslip" / "web_app"
SCRIPT_MOST = 350_000
"""Bytes of gzipped script."""


def test_all_script_together_stays_small() -> None:
    scripts = sorted(WEB_APP.rglob("*.js"))
    assert scripts, "the web app is not built: run `make setup`"
    assert sum(len(gzip.compress(script.read_bytes(), 9)) for script in scripts) <= SCRIPT_MOST


def test_the_page_itself_carries_no_script_or_style() -> None:
    page = (WEB_APP / "index.html").read_text(encoding="utf-8")
    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page
    assert "://" not in page.replace("http://www.w3.org", "")
