"""People with passwords, a phone with an authenticator app, and a passkey made of software."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from coverslip.features import identity
from coverslip.infra.runtime import Runtime
from coverslip.settings import Settings

PASSWORD = "wooden teapot under glass"
OTHER_PASSWORD = "seven herons on the ridge"


def add_person(runtime: Runtime, user_name: str, password: str | None = PASSWORD, **more: Any) -> str:
    """Make an account; with a password unless it is None."""
    new = identity.NewPerson(user_name, more.pop("name", user_name.title()), **more)
    with runtime.db.transaction() as session:
        person_id = identity.add_person(session, new, by=identity.SYSTEM).person_id
        if password is not None:
            hashed = identity.hash_password(password)
            identity.put_password(session, person_id, hashed, by=identity.SYSTEM)
    return person_id


def use_settings(runtime: Runtime, **changes: Any) -> None:
    """Let a runtime see other settings."""
    runtime.settings = Settings(**{**runtime.settings.model_dump(), **changes})


def sign_in(browser: Any, user_name: str, password: str = PASSWORD) -> httpx.Response:
    """Sign in by password and keep the CSRF token where a session begins."""
    return keep(browser, browser.post("/session", json={"user_name": user_name, "password": password}))


def keep(browser: Any, answer: httpx.Response) -> httpx.Response:
    """Keep the CSRF token of an answer, where there is one."""
    if answer.status_code == 200 and answer.json().get("csrf_token"):
        browser.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return answer


@dataclass
class Authenticator:
    """Makes passkeys and answers with them, as a phone does (ES256, no attestation)."""

    origin: str = "http://coverslip.test"
    rp_id: str = "coverslip.test"
    verified: bool = True
    synced: bool = False
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer ``navigator.credentials.create``."""
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + public
        data = self._data(attested)
        client = self._client("webauthn.create", options["challenge"])
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._credential(
            {"clientDataJSON": bytes_to_base64url(client), "attestationObject": bytes_to_base64url(attestation)}
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer ``navigator.credentials.get``."""
        self.count += 1
        data = self._data(b"")
        client = self._client("webauthn.get", options["challenge"])
        signed = data + hashlib.sha256(client).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._credential(
            {
                "clientDataJSON": bytes_to_base64url(client),
                "authenticatorData": bytes_to_base64url(data),
                "signature": bytes_to_base64url(signature),
                "userHandle": None,
            }
        )

    def _data(self, attested: bytes) -> bytes:
        flags = 0x01 | (0x04 if self.verified else 0) | (0x18 if self.synced else 0) | (0x40 if attested else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big") + attested

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        assert base64url_to_bytes(challenge)
        return json.dumps(said).encode()

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": bytes_to_base64url(self.credential_id),
            "rawId": bytes_to_base64url(self.credential_id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": response,
        }
