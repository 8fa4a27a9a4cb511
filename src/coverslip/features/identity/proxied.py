"""Signing in by what a proxy says in a header: who may say it, and what becomes of those who may not."""

from collections.abc import Sequence

from coverslip.core.errors import NotFound
from coverslip.core.time import utc_now
from coverslip.features.identity import away, external, providers, signing_in
from coverslip.features.identity.callers import Caller, SignedIn
from coverslip.features.identity.passkeys import Site
from coverslip.features.identity.providers.header import TWICE, ProxyHeader
from coverslip.features.identity.signing_in import FactorNeeded
from coverslip.infra.runtime import Runtime
from coverslip.ports.identity import ExternalIdentity, HeaderProvider, Refused

Headers = Sequence[tuple[bytes, bytes]]


def announced(runtime: Runtime, peer: str, headers: Headers) -> ExternalIdentity | None:
    """Return whom a proxy names, None when nobody does who may; an attempt from elsewhere is counted.

    Raises
    ------
    ExternalRefused
        The header cannot be right.
    """
    provider = _provider(runtime)
    if provider is None:
        return None
    joined = _joined(headers)
    if not provider.trusts(peer):
        if isinstance(provider, ProxyHeader) and provider.header in joined:
            runtime.denials.note(peer, "request.header_ignored")
        return None
    try:
        return provider.complete(joined)
    except Refused as error:
        raise away.refused(runtime, provider.name, error) from error


def by_header(runtime: Runtime, peer: str, headers: Headers, caller: Caller, site: Site) -> SignedIn | FactorNeeded:
    """Let in whom a proxy names, or ask for the second factor.

    Raises
    ------
    NotFound
        No proxy that may says who is there.
    ExternalRefused, NameTakenElsewhere, AccountPending, SignInRefused
    """
    identity = announced(runtime, peer, headers)
    if identity is None:
        raise NotFound("No proxy says who you are.")
    now = utc_now()
    with runtime.db.transaction() as session:
        person = external.admit(session, runtime, identity, now=now)
        return signing_in.let_in(session, runtime, person.person_id, caller, site, now)


def _provider(runtime: Runtime) -> HeaderProvider | None:
    offered = providers.configured(runtime.settings).offered()
    return next((one.provider for one in offered if isinstance(one.provider, HeaderProvider)), None)


def _joined(headers: Headers) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}{TWICE}{text}" if key in found else text
    return found
