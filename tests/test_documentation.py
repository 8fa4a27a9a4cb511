"""The reference pages say what the code does, and the documentation's own links hold."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import reference  # noqa: E402 - lies in tools/, which is no package


@pytest.mark.parametrize("name", ["settings.md", "errors.md"])
def test_reference_pages_are_what_the_code_says(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == reference.pages()[name], "run: .venv/bin/python tools/reference.py"


def test_every_command_stands_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    answer = subprocess.run(
        [sys.executable, "-m", "coverslip.cli", "--help"], capture_output=True, text=True, check=True
    )
    commands = re.findall(r"^[ │]*([a-z]+)  ", answer.stdout, flags=re.MULTILINE)
    assert len(commands) >= 6
    missing = [command for command in commands if f"coverslip {command}" not in page]
    assert missing == []


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    link = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
    broken = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in pages
        for target in link.findall(page.read_text(encoding="utf-8"))
        if not target.startswith(("http://", "https://")) and not (page.parent / target).exists()
    ]
    assert broken == []


def test_python_examples_parse() -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        for example in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL):
            compile(example, str(page), "exec")
