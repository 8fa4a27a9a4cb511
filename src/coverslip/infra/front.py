"""What stands around the application, from the inside out; nothing in here knows a feature."""

from starlette.types import ASGIApp

from coverslip.infra.asgi import Compression, RequestId, SecurityHeaders
from coverslip.infra.audit_heads import check_folder
from coverslip.infra.cookies import HostCookies
from coverslip.infra.forwarded import Forwarded
from coverslip.infra.origins import OriginCheck
from coverslip.infra.runtime import Runtime
from coverslip.infra.tls import check_transport
from coverslip.settings import Settings


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
