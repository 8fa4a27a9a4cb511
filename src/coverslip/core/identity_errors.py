"""Errors of accounts and signing in: one class per stable code, as in ``core.errors``.

A sentence never says whether an account exists to somebody who could not know it.
"""

from coverslip.core.errors import Conflict, CoverslipError, Forbidden, InvalidRequest, NotFound


class SecondFactorRefused(CoverslipError):
    """A code, recovery code or passkey does not fit."""

    code = "second_factor_refused"
    default_message = "This is not right, or it was used already; try again."


class ChallengeEnded(CoverslipError):
    """The step before took place too long ago, or was finished already."""

    code = "challenge_ended"
    default_message = "This took too long; start again."


class AccountPending(CoverslipError):
    """The password is right, but no administrator has approved the account yet."""

    code = "account_pending"
    default_message = "An administrator has not approved this account yet."


class PasswordWrong(CoverslipError):
    """The current password, asked for again, is wrong."""

    code = "password_wrong"
    default_message = "The current password is wrong."


class PasswordRefused(InvalidRequest):
    """The new password is too easy to guess."""

    code = "password_refused"
    default_message = "This password is too easy to guess; choose another one."


class SessionOnly(Forbidden):
    """A script asks for what only a person in a browser may do."""

    code = "session_only"
    default_message = "Sign in with a browser to do this; a token may not."


class ScopeRefused(Forbidden):
    """The token was not made for this."""

    code = "scope_refused"
    default_message = "This token was not made for this; create one with the scope that it needs."


class DutiesOpen(Forbidden):
    """The terms of use or the second factor come first."""

    code = "duties_open"
    default_message = "First accept the terms of use or set up your second factor."


class ConfirmFirst(Forbidden):
    """Somebody may have left the screen open: prove again who is there."""

    code = "confirm_first"
    default_message = "Confirm that it is you first."


class LinkEnded(NotFound):
    """Unknown, used, withdrawn, expired: one answer for all."""

    code = "link_ended"
    default_message = "This link was used already or has ended; ask for a new one."


class NameTaken(Conflict):
    """Somebody or some group has this name."""

    code = "name_taken"
    default_message = "This name is taken; choose another one."


class LastAdministrator(Conflict):
    """Without them nobody could let anybody in."""

    code = "last_administrator"
    default_message = "This is the last administrator; make somebody else one first."


class OwnAccount(Conflict):
    """Nobody shuts themselves out."""

    code = "own_account"
    default_message = "You cannot do this to your own account; ask another administrator."


class ExternalAccount(Conflict):
    """The account is kept elsewhere."""

    code = "external_account"
    default_message = "This account is managed elsewhere; change it there."


class NameTakenElsewhere(Conflict):
    """Told only to who proved the other account: two people, or one person twice; an administrator knows."""

    code = "name_taken_elsewhere"
    default_message = (
        "Your password is right, but another account here has your user name already; "
        "ask an administrator to link the two if both are yours."
    )


class ProviderUnavailable(CoverslipError):
    """The directory or the sign-in service does not answer; the log says more."""

    code = "provider_unavailable"
    default_message = "Accounts of the organisation cannot be checked right now; try again in a moment."


class ExternalRefused(CoverslipError):
    """The organisation's sign-in said no, or what it said does not fit this browser; the log says more."""

    code = "external_refused"
    default_message = "Your organisation's sign-in did not let you in here; start again, or ask an administrator."


class ExternalGroup(Conflict):
    """The group is kept elsewhere."""

    code = "external_group"
    default_message = "This group is managed elsewhere; change it there."


class SecondFactorRequired(Conflict):
    """The last factor of somebody who needs one."""

    code = "second_factor_required"
    default_message = "Your role needs a second factor; set up another one before you remove this one."


class PasskeyRefused(InvalidRequest):
    """What the browser sent is no passkey for this server."""

    code = "passkey_refused"
    default_message = "This passkey cannot be used here."


class RegistrationClosed(Forbidden):
    """Only administrators let people in."""

    code = "registration_closed"
    default_message = "Ask an administrator for an account; nobody can register here."


class DomainRefused(InvalidRequest):
    """The address belongs to no domain that may register."""

    code = "domain_refused"
    default_message = "Addresses of this domain cannot register here; ask an administrator for an account."


class MailUnavailable(CoverslipError):
    """The mail server does not take the message."""

    code = "mail_unavailable"
    default_message = "Mail cannot be sent right now; try again later."
