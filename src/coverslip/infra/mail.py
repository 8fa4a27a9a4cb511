"""Mail, where a mail server is set; nothing pretends that a message was sent when it was not."""

import logging
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final

from coverslip.core.identity_errors import MailUnavailable
from coverslip.settings import Settings

logger = logging.getLogger(__name__)

_TIMEOUT_S: Final = 10.0


def can_mail(settings: Settings) -> bool:
    """Whether a mail server is set."""
    return settings.smtp_host is not None


def send_mail(settings: Settings, to: str, subject: str, text: str) -> None:
    """Hand a message to the mail server. Blocks for up to ten seconds: call it outside of a transaction.

    Raises
    ------
    MailUnavailable
        There is none, it does not answer, or it does not take the message.
    """
    if settings.smtp_host is None or settings.smtp_from is None:
        raise MailUnavailable("No mail server is set (COVERSLIP_SMTP_HOST).")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.smtp_from, to, subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="coverslip")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    try:
        with _connection(settings, settings.smtp_host) as server:
            if settings.smtp_user is not None and settings.smtp_password is not None:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            server.send_message(message)
    except (smtplib.SMTPException, OSError) as error:
        logger.warning("a mail could not be sent: %s", type(error).__name__)  # the reason may hold the address
        raise MailUnavailable from error


def _connection(settings: Settings, host: str) -> smtplib.SMTP:
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(host, settings.smtp_port, timeout=_TIMEOUT_S, context=ssl.create_default_context())
    server = smtplib.SMTP(host, settings.smtp_port, timeout=_TIMEOUT_S)
    if settings.smtp_security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except (smtplib.SMTPException, OSError):
            server.close()  # nobody else holds it yet
            raise
    return server
