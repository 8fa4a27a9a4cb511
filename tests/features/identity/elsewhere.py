"""A clinic whose people are in a directory, for the tests of what they are here."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from tests.features.identity.accounts import sign_in, use_settings
from tests.support.directory import GROUPS, PASSWORD, Directory, ldap_table, write_identity_file

from coverslip.infra.runtime import Runtime


@dataclass
class Elsewhere:
    """A runtime with an identity file, and the directory that it names."""

    runtime: Runtime
    directory: Directory
    folder: Path

    def configure(self, *rules: dict[str, str], **more: Any) -> None:
        """Write the identity file with these rules."""
        table = ldap_table(self.directory, self.folder, **more)
        path = write_identity_file(self.folder / "identity.toml", {**table, "groups": rules})
        use_settings(self.runtime, identity_file=path)

    def person(self, **more: Any) -> str:
        """Add somebody to the directory and return their user name."""
        uid = f"p{uuid4().hex[:10]}"
        self.directory.person(uid, **more)
        return uid

    def group(self, *uids: str) -> str:
        """Add a group of these people to the directory and return its DN."""
        return self.directory.group(f"g{uuid4().hex[:10]}", *(self.dn(uid) for uid in uids))

    @staticmethod
    def dn(uid: str) -> str:
        """Return the DN of somebody."""
        return f"uid={uid},{GROUPS.replace('ou=groups', 'ou=people')}"

    @staticmethod
    def sign_in(browser: Any, uid: str, password: str = PASSWORD) -> httpx.Response:
        """Sign in and keep the CSRF token."""
        return sign_in(browser, uid, password)
