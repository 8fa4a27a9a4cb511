"""Write the reference pages that the code itself knows: settings and error codes.

``python tools/reference.py`` writes them; a test compares them with the code.
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import coverslip.core
from coverslip.core.errors import CoverslipError
from coverslip.infra.web import status_of
from coverslip.settings import Settings

PAGES = Path(__file__).resolve().parents[1] / "docs" / "reference"
CORE = Path(coverslip.core.__file__).parent


def main() -> None:
    for name, text in pages().items():
        (PAGES / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """Return the generated pages by file name."""
    return {"settings.md": _settings_page(), "errors.md": _errors_page()}


def _settings_page() -> str:
    lines = [
        "# Settings",
        "",
        "Every setting is an environment variable, read once at the start. Sizes may be written as `500MB` or `10GB`.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = field.get_default()
        shown = "none" if default is None else f"`{default}`"
        lines.append(f"| `COVERSLIP_{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(lines) + "\n"


def _errors_page() -> str:
    lines = [
        "# Errors",
        "",
        "Every error has a code that is never renamed. Over HTTP it is the `code` of a problem document (RFC 9457);",
        "the command line prints it in brackets and ends with exit code 1, or 2 where the command itself was wrong.",
        "",
        "| code | HTTP status | what is said unless more is known |",
        "|---|---|---|",
    ]
    for module in sorted(CORE.glob("*errors.py")):  # whoever asks may not have imported all of them
        import_module(f"coverslip.core.{module.stem}")
    known = (error for error in every_error(CoverslipError) if error.__module__.startswith("coverslip.core."))
    errors = sorted(known, key=lambda error: error.code)
    lines += [f"| `{error.code}` | {status_of(error())} | {error.default_message} |" for error in errors]
    return "\n".join(lines) + "\n"


def every_error(root: type[CoverslipError]) -> Iterator[type[CoverslipError]]:
    """Yield ``root`` and all classes below it."""
    yield root
    for child in root.__subclasses__():
        yield from every_error(child)


if __name__ == "__main__":
    main()
