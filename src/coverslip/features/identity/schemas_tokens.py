"""What identity says over HTTP about tokens for scripts."""

from datetime import datetime

from pydantic import Field

from coverslip.features.identity.schemas import In, Name, Out, ScopeName


class NewToken(In):
    """A token to be made."""

    name: Name
    scopes: list[ScopeName] = Field(min_length=1, max_length=3)
    days: int = Field(ge=1, le=3650)


class TokenOut(Out):
    """A token without its secret."""

    token_id: str
    name: str
    person_id: str
    user_name: str
    scopes: list[ScopeName] | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class TokensOut(Out):
    """Tokens."""

    items: list[TokenOut]


class NewTokenOut(Out):
    """The token with its secret, shown once."""

    token: TokenOut
    secret: str
