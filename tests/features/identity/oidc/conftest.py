"""Two real providers for the tests of OpenID Connect, and Coverslip set up for them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.features.identity.accounts import use_settings
from tests.features.identity.oidc.clinic import ALICE, BOB, HOME, table
from tests.support.issuers import Issuer, client, node_issuer, python_issuer

from coverslip.infra.runtime import Runtime


@pytest.fixture(scope="session")
def node() -> Iterator[Issuer]:
    """``oidc-provider`` with a client for each way to authenticate and each algorithm."""
    clients = [
        client("coverslip", [HOME]),
        client("by-post", [HOME], token_endpoint_auth_method="client_secret_post"),
        {**client("open", [HOME], token_endpoint_auth_method="none"), "client_secret": None},
        *[client(f"signs-{alg}", [HOME], id_token_signed_response_alg=alg) for alg in ("PS256", "ES256", "EdDSA")],
    ]
    for one in clients:
        if one["client_secret"] is None:
            del one["client_secret"]
    with node_issuer(clients, {}) as found:
        yield found


@pytest.fixture
def issuer(node: Issuer) -> Iterator[Issuer]:
    """The same, honest, with Alice and Bob."""
    node.lie(None)
    node.put("a-1", **ALICE)
    node.put("b-2", **BOB)
    yield node
    node.lie(None)


@pytest.fixture(scope="session")
def other() -> Iterator[Issuer]:
    """``oidc-provider-mock`` with the same people."""
    with python_issuer({"a-1": ALICE, "b-2": BOB}) as found:
        yield found


@pytest.fixture
def offers(runtime: Runtime, tmp_path: Path) -> Callable[..., Path]:
    """Let Coverslip offer a provider: ``offers(issuer, rules=[...], prompt="consent")``."""

    def write(issuer: Issuer, rules: list[dict[str, str]] | None = None, **more: Any) -> Path:
        path = tmp_path / "identity.toml"
        lines = [f"{key} = {json.dumps(value)}" for key, value in table(issuer, **more).items() if value is not None]
        text = "[[oidc]]\n" + "\n".join(lines) + "\n"
        for rule in rules or []:
            text += "[[oidc.groups]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in rule.items())
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        use_settings(runtime, identity_file=path)
        return path

    return write
