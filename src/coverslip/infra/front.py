"""What stands around the application, from the inside out; nothing in here knows a feature."""

from typing import Any

from starlette.types import ASGIApp

from coverslip.infra.asgi import Compression, RequestId, SecurityHeaders
from coverslip.infra.audit_heads import check_folder
from coverslip.infra.cookies import HostCookies
from coverslip.infra.forwarded import Forwarded
from coverslip.infra.launch import Asked
from coverslip.infra.origins import OriginCheck
from coverslip.infra.runtime import Runtime
from coverslip.infra.tls import check_transport, is_loopback
from coverslip.settings import Settings, read_settings


def settings_for(asked: Asked) -> Settings:
    """Return the settings that a start asks for.

    What is shared with people on the network listens there, and by TLS: self-signed, unless a
    certificate or a proxy is set.

    Raises
    ------
    SettingRefused
    """
    settings = read_settings(**asked.settings)
    if not asked.share:
        return settings
    changes: dict[str, Any] = {}
    if asked.settings.get("host") is None and is_loopback(settings.host) and not settings.trusted_proxies:
        changes["host"] = "0.0.0.0"  # noqa: S104 - that is what was asked for
    if not settings.speaks_tls and not settings.trusted_proxies:
        changes["tls_self_signed"] = True
    return settings.model_copy(update=changes)


def check_start(settings: Settings) -> None:
    """Refuse to start with what would be unsafe or would fail later.

    Raises
    ------
    SettingRefused
        Names the setting and says what to do.
    """
    check_transport(settings)
    if settings.audit_heads is not None:
        check_folder(settings.audit_heads)


def wrapped(app: ASGIApp, runtime: Runtime) -> ASGIApp:
    """Return an application with ids, headers, the check of origins and compression around it."""
    lasting = not runtime.settings.tls_self_signed
    return RequestId(SecurityHeaders(OriginCheck(Compression(app), runtime), lasting=lasting))


def outermost(app: ASGIApp, runtime: Runtime) -> ASGIApp:
    """Return an application that sees requests as people sent them: by their address, name and way.

    On this machine alone, in plain text, nothing needs to be done, and tiles do not pay for it.
    """
    settings = runtime.settings
    if not settings.speaks_tls and not settings.trusted_proxies:
        return app
    cookies = HostCookies(app)
    return Forwarded(cookies, runtime, plain=not settings.speaks_tls) if settings.trusted_proxies else cookies
