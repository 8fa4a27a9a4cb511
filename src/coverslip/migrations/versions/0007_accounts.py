"""Accounts: user names, passwords, second factors, links, groups, scopes of tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WHEN = sa.DateTime(timezone=True)


def _no() -> sa.Column[int]:
    return sa.Column("no", _NUMBER, sa.Identity(always=False), nullable=False)


def _of_person(name: str = "person_id", *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _fk(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    """Give everybody there is a user name, keep sessions and tokens, make the new tables. No way back but a backup."""
    _people()
    _credentials()
    _factors()
    _groups()
    _links()


def _people() -> None:
    op.add_column("person", sa.Column("user_name", sa.String(), nullable=False, server_default=""))
    op.add_column("person", sa.Column("sign_in_name", sa.String(), nullable=False, server_default=""))
    op.add_column("person", sa.Column("email", sa.String(), nullable=True))
    op.add_column("person", sa.Column("search_text", sa.String(), nullable=False, server_default=""))
    op.add_column("person", sa.Column("organisation_role", sa.String(), nullable=True))
    op.add_column("person", sa.Column("source", sa.String(), nullable=False, server_default="local"))
    op.add_column("person", sa.Column("external_id", sa.String(), nullable=True))
    op.add_column("person", sa.Column("state", sa.String(), nullable=False, server_default="active"))
    op.add_column("person", sa.Column("note", sa.String(), nullable=True))
    op.add_column("person", sa.Column("last_seen_at", _WHEN, nullable=True))
    person = sa.table(
        "person",
        sa.column("no", sa.Integer()),
        sa.column("name", sa.String()),
        sa.column("search_text", sa.String()),
        sa.column("is_admin", sa.Boolean()),
        sa.column("user_name", sa.String()),
        sa.column("sign_in_name", sa.String()),
        sa.column("organisation_role", sa.String()),
    )
    first = sa.select(sa.func.min(person.c.no)).where(person.c.is_admin).scalar_subquery()
    numbered = sa.literal("person-") + sa.cast(person.c.no, sa.String())
    op.execute(
        person.update().values(
            user_name=numbered,
            sign_in_name=numbered,
            organisation_role=sa.case((person.c.is_admin, "administrator"), else_=None),
        )
    )
    op.execute(
        person.update().where(person.c.no == first).values(user_name="administrator", sign_in_name="administrator")
    )
    op.execute(person.update().values(search_text=person.c.user_name + " " + sa.func.lower(person.c.name)))
    op.drop_column("person", "is_admin")
    op.create_index(op.f("ix_person_sign_in_name"), "person", ["sign_in_name"], unique=True)
    op.create_index(op.f("ix_person_external_id"), "person", ["external_id"])


def _credentials() -> None:
    op.add_column("session", sa.Column("kind", sa.String(), nullable=False, server_default="full"))
    op.add_column("session", sa.Column("address", sa.String(), nullable=True))
    op.add_column("session", sa.Column("agent", sa.String(), nullable=True))
    # A session made before proofs were kept has proved nothing lately: its person confirms once.
    op.add_column("session", sa.Column("proved_at", _WHEN, nullable=False, server_default="1970-01-01 00:00:00"))
    op.create_index(op.f("ix_session_person_id"), "session", ["person_id"])
    op.add_column("api_token", sa.Column("scopes", sa.String(), nullable=True))
    op.create_index(op.f("ix_api_token_person_id"), "api_token", ["person_id"])
    op.add_column("sign_in_attempt", sa.Column("account", sa.String(), nullable=True))
    op.add_column("sign_in_attempt", sa.Column("failed", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_index(op.f("ix_sign_in_attempt_account_at"), "sign_in_attempt", ["account", "at"])
    op.create_table(
        "person_password",
        _of_person(),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("changed_at", _WHEN, nullable=False),
        _fk("person_password", "person_id", "person.person_id"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_password")),
    )


def _factors() -> None:
    op.create_table(
        "person_totp",
        _of_person(),
        sa.Column("sealed_secret", sa.String(), nullable=True),
        sa.Column("confirmed_at", _WHEN, nullable=True),
        sa.Column("last_step", _NUMBER, nullable=True),
        sa.Column("pending_secret", sa.String(), nullable=True),
        sa.Column("pending_at", _WHEN, nullable=True),
        _fk("person_totp", "person_id", "person.person_id"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_totp")),
    )
    op.create_table(
        "recovery_code",
        _no(),
        _of_person(),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("used_at", _WHEN, nullable=True),
        _fk("recovery_code", "person_id", "person.person_id"),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_recovery_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_recovery_code_person_id"), "recovery_code", ["person_id"])
    op.create_table(
        "passkey",
        _no(),
        sa.Column("passkey_id", sa.String(), nullable=False),
        _of_person(),
        sa.Column("credential_id", sa.String(), nullable=False),
        sa.Column("public_key", sa.String(), nullable=False),
        sa.Column("sign_count", _NUMBER, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("synced", sa.Boolean(), nullable=False),
        sa.Column("created_at", _WHEN, nullable=False),
        sa.Column("last_used_at", _WHEN, nullable=True),
        _fk("passkey", "person_id", "person.person_id"),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_passkey")),
        sa.UniqueConstraint("passkey_id", name=op.f("uq_passkey_passkey_id")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_passkey_person_id"), "passkey", ["person_id"])
    op.create_table(
        "sign_in_challenge",
        _no(),
        sa.Column("challenge_hash", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        _of_person(nullable=True),
        sa.Column("webauthn", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("expires_at", _WHEN, nullable=False),
        sa.Column("used_at", _WHEN, nullable=True),
        _fk("sign_in_challenge", "person_id", "person.person_id"),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_sign_in_challenge")),
        sa.UniqueConstraint("challenge_hash", name=op.f("uq_sign_in_challenge_challenge_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_sign_in_challenge_expires_at"), "sign_in_challenge", ["expires_at"])
    op.create_index(op.f("ix_sign_in_challenge_address_expires_at"), "sign_in_challenge", ["address", "expires_at"])


def _groups() -> None:
    op.create_table(
        "person_group",
        _no(),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folded_name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("created_at", _WHEN, nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_person_group")),
        sa.UniqueConstraint("group_id", name=op.f("uq_person_group_group_id")),
        sa.UniqueConstraint("folded_name", name=op.f("uq_person_group_folded_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "group_member",
        _no(),
        sa.Column("group_id", sa.String(), nullable=False),
        _of_person(),
        sa.Column("source", sa.String(), nullable=False),
        _fk("group_member", "group_id", "person_group.group_id"),
        _fk("group_member", "person_id", "person.person_id"),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_group_member")),
        sa.UniqueConstraint("group_id", "person_id", name=op.f("uq_group_member_group_id_person_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_group_member_person_id"), "group_member", ["person_id"])


def _links() -> None:
    op.create_table(
        "person_link",
        _no(),
        sa.Column("link_id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        _of_person(nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("organisation_role", sa.String(), nullable=True),
        sa.Column("group_ids", sa.JSON(), nullable=False),
        _of_person("created_by", nullable=True),
        sa.Column("created_at", _WHEN, nullable=False),
        sa.Column("expires_at", _WHEN, nullable=False),
        sa.Column("used_at", _WHEN, nullable=True),
        sa.Column("revoked_at", _WHEN, nullable=True),
        _fk("person_link", "person_id", "person.person_id"),
        _fk("person_link", "created_by", "person.person_id"),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_person_link")),
        sa.UniqueConstraint("link_id", name=op.f("uq_person_link_link_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_person_link_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_person_link_person_id"), "person_link", ["person_id"])
    op.create_table(
        "terms_acceptance",
        _no(),
        _of_person(),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("accepted_at", _WHEN, nullable=False),
        _fk("terms_acceptance", "person_id", "person.person_id"),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_terms_acceptance")),
        sa.UniqueConstraint("person_id", "version", name=op.f("uq_terms_acceptance_person_id_version")),
        sqlite_autoincrement=True,
    )
