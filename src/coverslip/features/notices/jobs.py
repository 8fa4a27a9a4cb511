"""Mails about notices: sent a little later, and only what was not read meanwhile. They name nobody's slide."""

from typing import Final

from coverslip.features.identity import get_person
from coverslip.features.notices import service
from coverslip.features.notices.schemas import NoticeKind
from coverslip.features.notices.service import JOB_MAIL
from coverslip.infra.jobs import Handler, JobContext
from coverslip.infra.mail import can_mail, send_mail

_SENTENCES: Final = {
    NoticeKind.MENTION: "{by} mentioned you in a comment.",
    NoticeKind.REPLY: "{by} replied to you.",
    NoticeKind.REVIEW_ASKED: "{by} asks you for a review.",
    NoticeKind.REVIEW_DECIDED: "{by} decided on your annotation: {word}.",
    NoticeKind.SHARE_DONE: "{by} has finished with the slides that you shared.",
    NoticeKind.SHARE_ENDING: "A link that you shared with {by} ends within two days.",
}


def mail_notice(context: JobContext) -> None:
    """Send the mail of one notice, unless it was read or nobody can be mailed."""
    settings = context.runtime.settings
    if not can_mail(settings):
        return
    with context.db.read() as session:
        row = service.unread_row(session, str(context.payload["notice_id"]))
        person = None if row is None else get_person(session, row.person_id)
    if row is None or person is None or person.state != "active" or not person.email:
        return
    kind = NoticeKind(row.kind)
    sentence = _SENTENCES[kind].format(by=row.by_name or "somebody", word=row.word)
    path = "/" if row.slide_id is None else f"/slides/{row.slide_id}"
    where = "" if settings.base_url is None else f"\n\n{settings.base_url.rstrip('/')}{path}"
    text = f"{sentence}{where}\n\nIn Coverslip you choose about what you get mail.\n"
    send_mail(settings, person.email, "Coverslip: " + sentence, text)


HANDLERS: Final[dict[str, Handler]] = {JOB_MAIL: mail_notice}
