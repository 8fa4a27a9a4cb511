"""A real directory on loopback: slapd with groups that know their members, by TLS and in the clear."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ldap3
import pytest
from tests.support.certificates import make_certificate

BASE = "dc=clinic,dc=example"
PEOPLE, GROUPS = f"ou=people,{BASE}", f"ou=groups,{BASE}"
ADMIN, ADMIN_PASSWORD = f"cn=admin,{BASE}", "the directory's own"
SERVICE, SERVICE_PASSWORD = f"cn=coverslip,{BASE}", "a service account's"
PASSWORD = "four kettles in the rain"
SLAPD = shutil.which("slapd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SLAPD_MISSING = "slapd is not installed"

_CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
pidfile {folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
moduleload ppolicy
TLSCertificateFile {cert}
TLSCertificateKeyFile {key}
database mdb
suffix "{base}"
directory {folder}/data
rootdn "{admin}"
rootpw "{password}"
maxsize 67108864
index objectClass,uid,member,entryUUID eq
overlay memberof
overlay ppolicy
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{service}" read by users read by * auth
"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Directory:
    """A running slapd, and how to change what it holds."""

    folder: Path
    cert: Path
    key: Path
    plain_port: int = field(default_factory=free_port)
    tls_port: int = field(default_factory=free_port)
    _process: "subprocess.Popen[bytes] | None" = None
    _connection: Any = None

    @property
    def tls(self) -> str:
        """Its address by TLS."""
        return f"ldaps://localhost:{self.tls_port}"

    @property
    def plain(self) -> str:
        """Its address in the clear, where StartTLS is offered too."""
        return f"ldap://localhost:{self.plain_port}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        urls = f"ldap://127.0.0.1:{self.plain_port} ldaps://127.0.0.1:{self.tls_port}"
        command = [str(SLAPD), "-f", str(self.folder / "slapd.conf"), "-h", urls, "-d", "0"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.tls_port), 1):
                return
            assert self._process.poll() is None, "slapd ended"
            time.sleep(0.02)
        raise AssertionError("slapd does not answer")

    def stop(self) -> None:
        """Stop; what it holds stays."""
        if self._connection is not None:
            with contextlib.suppress(Exception):
                self._connection.unbind()
            self._connection = None
        if self._process is not None:
            self._process.terminate()
            self._process.wait(15)
            self._process = None

    def add(self, dn: str, classes: Sequence[str], **attributes: Any) -> None:
        """Add an entry."""
        self._done(self._as_admin().add(dn, list(classes), attributes))

    def change(self, dn: str, **attributes: Any) -> None:
        """Replace attributes; an empty list takes one away."""
        changes = {
            name: [(ldap3.MODIFY_REPLACE, values if isinstance(values, list) else [values])]
            for name, values in attributes.items()
        }
        self._done(self._as_admin().modify(dn, changes))

    def rename(self, dn: str, name: str) -> None:
        """Give an entry another name."""
        self._done(self._as_admin().modify_dn(dn, name))

    def delete(self, dn: str) -> None:
        """Delete an entry."""
        self._done(self._as_admin().delete(dn))

    def person(self, uid: str, name: str | None = None, **more: Any) -> str:
        """Add somebody with the usual password and return their DN."""
        dn, shown = f"uid={uid},{PEOPLE}", name or uid.title()
        more = {"mail": f"{uid}@clinic.example", "userPassword": PASSWORD, **more}
        known = {attribute: value for attribute, value in more.items() if value is not None}
        self.add(dn, ["inetOrgPerson", "shadowAccount"], uid=uid, cn=shown, sn=shown.split()[-1], **known)
        return dn

    def group(self, name: str, *members: str) -> str:
        """Add a group and return its DN."""
        dn = f"cn={name},{GROUPS}"
        self.add(dn, ["groupOfNames"], cn=name, member=list(members))
        return dn

    def _as_admin(self) -> Any:
        if self._connection is None:
            server = ldap3.Server("127.0.0.1", port=self.plain_port, get_info=ldap3.NONE, connect_timeout=5)
            self._connection = ldap3.Connection(server, ADMIN, ADMIN_PASSWORD, check_names=False)
            assert self._connection.bind(), self._connection.result
        return self._connection

    def _done(self, done: bool) -> None:
        assert done, self._as_admin().result


@contextlib.contextmanager
def directory_running(folder: Path, **certificate: Any) -> Iterator[Directory]:
    """Run a directory with a service account and two empty branches; options go to its certificate."""
    if SLAPD is None:
        pytest.skip(SLAPD_MISSING)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir()
    cert, key = make_certificate(folder / "tls", **certificate)
    running = Directory(folder, cert, key)
    written = _CONFIGURATION.format(
        folder=folder, cert=cert, key=key, base=BASE, admin=ADMIN, password=ADMIN_PASSWORD, service=SERVICE
    )
    (folder / "slapd.conf").write_text(written, encoding="utf-8")
    running.start()
    try:
        running.add(BASE, ["dcObject", "organization"], dc="clinic", o="A clinic")
        for branch in (PEOPLE, GROUPS):
            running.add(branch, ["organizationalUnit"], ou=branch.split(",")[0].removeprefix("ou="))
        running.add(
            SERVICE, ["simpleSecurityObject", "organizationalRole"], cn="coverslip", userPassword=SERVICE_PASSWORD
        )
        yield running
    finally:
        running.stop()


def secret_file(path: Path, secret: str = SERVICE_PASSWORD) -> Path:
    """Write a secret that only its owner reads."""
    path.write_text(secret + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path


def ldap_table(directory: Directory, folder: Path, **more: Any) -> dict[str, Any]:
    """Return a table for a directory, by TLS with a service account; None takes a key out."""
    table = {
        "name": "clinic",
        "title": "Clinic account",
        "servers": [directory.tls],
        "ca_file": str(directory.cert),
        "base_dn": PEOPLE,
        "group_base_dn": GROUPS,
        "bind_dn": SERVICE,
        "password_file": str(secret_file(folder / "service.secret")),
        **more,
    }
    return {key: value for key, value in table.items() if value is not None}


def write_identity_file(path: Path, *tables: Mapping[str, Any], kind: str = "ldap") -> Path:
    """Write an identity file of these tables."""
    lines: list[str] = []
    for table in tables:
        lines.append(f"[[{kind}]]")
        lines += [f"{key} = {_toml(value)}" for key, value in table.items() if key != "groups"]
        for rule in table.get("groups", ()):
            lines += [f"[[{kind}.groups]]", *(f"{key} = {_toml(value)}" for key, value in rule.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path.chmod(0o640)
    return path


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value) if isinstance(value, int | float) else "'" + str(value) + "'"


@pytest.fixture(scope="session")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    """A directory for the whole session; each test adds its own people."""
    with directory_running(tmp_path_factory.mktemp("directory") / "slapd") as running:
        yield running
