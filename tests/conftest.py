"""Where test slides come from.

Small samples with a licence to ship lie in ``tests/data``. The larger set is found through
``COVERSLIP_SAMPLES``; without it those tests are skipped, and CI fails on a skip it does not expect.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ("tests.support.databases", "tests.support.directory", "tests.support.mail", "tests.support.server")

DATA = Path(__file__).parent / "data"
PACKAGED = Path(__file__).parents[1] / "src" / "coverslip" / "samples"
SAMPLES_MISSING = "samples not here (COVERSLIP_SAMPLES)"


def sample_path(name: str) -> Path:
    """Return the path of a sample such as ``slides/small_vectra.qptiff``, or skip the test."""
    candidates = [DATA / name, PACKAGED / Path(name).name]
    if shared := os.environ.get("COVERSLIP_SAMPLES"):
        candidates.append(Path(shared) / name)
    for candidate in candidates:
        if candidate.exists():
            return candidate
    pytest.skip(f"{SAMPLES_MISSING}: {name}")


@pytest.fixture(scope="session")
def sample() -> Callable[[str], Path]:
    """Give a sample by its name, ``sample("slides/CMU-1-Small-Region.svs")``."""
    return sample_path


# Skips that a run may have, with the reason that must stand in the message. With CI=true every
# other skip fails the run, and where the full samples are here, these do too.
EXPECTED_SKIPS = (SAMPLES_MISSING,)
_unexpected: list[str] = []
WORKER = "PYTEST_XDIST_WORKER" in os.environ


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect skips that nobody agreed to; with several workers each report comes here once, too."""
    if report.skipped and not hasattr(report, "wasxfail") and not WORKER:
        _note_skip(report.nodeid, report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Collect whole modules that skipped themselves."""
    if report.skipped:
        _note_skip(report.nodeid, report)


def _note_skip(nodeid: str, report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    agreed = not os.environ.get("COVERSLIP_SAMPLES") and any(known in reason for known in EXPECTED_SKIPS)
    if not agreed:
        _unexpected.append(f"{nodeid}: {reason}")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker saw skipped while it collected."""
    _unexpected.extend(one for one in getattr(node, "workeroutput", {}).get("skips", ()) if one not in _unexpected)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a CI run that skipped something without an agreed reason."""
    if WORKER:
        session.config.workeroutput["skips"] = _unexpected  # type: ignore[attr-defined]
    elif os.environ.get("CI") == "true" and _unexpected:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the skips that nobody agreed to."""
    for line in _unexpected:
        terminalreporter.write_line(f"unexpected skip: {line}")
