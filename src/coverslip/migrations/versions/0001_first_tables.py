"""The first tables: people, access, catalogue, imports, jobs and the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BEYOND_TABLES = {
    "sqlite": (
        """CREATE VIRTUAL TABLE slide_search USING fts5(words, tokenize='ascii', prefix='1 2 3 4', detail='none')""",
        """
            CREATE TRIGGER slide_tally_insert AFTER INSERT ON slide
            BEGIN INSERT INTO slide_tally (project_no, state, format, count)
            VALUES (new.project_no, new.state, new.format, 1)
            ON CONFLICT (project_no, state, format) DO UPDATE SET count = count + 1;
            END""",
        """
            CREATE TRIGGER slide_tally_delete AFTER DELETE ON slide
            BEGIN UPDATE slide_tally SET count = count - 1
            WHERE project_no = old.project_no AND state = old.state AND format = old.format;
            END""",
        """
            CREATE TRIGGER slide_tally_update AFTER UPDATE OF project_no, state, format ON slide
            BEGIN UPDATE slide_tally SET count = count - 1
            WHERE project_no = old.project_no AND state = old.state AND format = old.format;
            INSERT INTO slide_tally (project_no, state, format, count)
            VALUES (new.project_no, new.state, new.format, 1)
            ON CONFLICT (project_no, state, format) DO UPDATE SET count = count + 1;
            END""",
    ),
    "postgresql": (
        """CREATE TABLE slide_search (rowid bigint PRIMARY KEY, words tsvector NOT NULL)""",
        """CREATE INDEX ix_slide_search_words ON slide_search USING gin (words)""",
        """CREATE FUNCTION slide_tally_count() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP <> 'INSERT' THEN
            UPDATE slide_tally SET count = count - 1
            WHERE project_no = OLD.project_no AND state = OLD.state AND format = OLD.format;
          END IF;
          IF TG_OP <> 'DELETE' THEN
            INSERT INTO slide_tally (project_no, state, format, count) VALUES (NEW.project_no, NEW.state, NEW.format, 1)
            ON CONFLICT (project_no, state, format) DO UPDATE SET count = slide_tally.count + 1;
          END IF;
          RETURN NULL;
        END $$""",
        """
            CREATE TRIGGER slide_tally_rows AFTER INSERT OR DELETE OR UPDATE OF project_no, state, format ON slide
            FOR EACH ROW EXECUTE FUNCTION slide_tally_count()""",
    ),
}


def upgrade() -> None:
    """Go forward; there is no way back but a backup."""
    op.create_table(
        "audit",
        sa.Column("no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("principal", sa.String(), nullable=True),
        sa.Column("session_id", sa.String(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("object_kind", sa.String(), nullable=True),
        sa.Column("object_id", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("prev_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_index(op.f("ix_audit_object_id"), "audit", ["object_id"], unique=False)
    op.create_index(op.f("ix_audit_principal"), "audit", ["principal"], unique=False)
    op.create_table(
        "audit_denial",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("principal", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("address", "minute", name=op.f("pk_audit_denial")),
    )
    op.create_table(
        "audit_head",
        sa.Column("head_no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("last_no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("head_no", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_view",
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("slide_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "slide_id", "kind", "hour", name=op.f("pk_audit_view")),
    )
    op.create_table(
        "job",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("run_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("error_message", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dedupe_key", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_job")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_job_dedupe_key")),
        sa.UniqueConstraint("job_id", name=op.f("uq_job_job_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_job_state_run_after"), "job", ["state", "run_after"], unique=False)
    op.create_table(
        "person",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_person")),
        sa.UniqueConstraint("person_id", name=op.f("uq_person_person_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "scope",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("scope_id", sa.String(), nullable=False),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["scope.scope_id"], name=op.f("fk_scope_parent_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_scope")),
        sa.UniqueConstraint("scope_id", name=op.f("uq_scope_scope_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_scope_parent_id"), "scope", ["parent_id"], unique=False)
    op.create_table(
        "sign_in_attempt",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_sign_in_attempt")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_sign_in_attempt_address_at"), "sign_in_attempt", ["address", "at"], unique=False)
    op.create_table(
        "slide_tally",
        sa.Column(
            "project_no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("state", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("format", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("project_no", "state", "format", name=op.f("pk_slide_tally")),
    )
    op.create_table(
        "access_grant",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("scope_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["scope_id"], ["scope.scope_id"], name=op.f("fk_access_grant_scope_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_access_grant")),
        sa.UniqueConstraint("person_id", "scope_id", name=op.f("uq_access_grant_person_id_scope_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_access_grant_scope_id"), "access_grant", ["scope_id"], unique=False)
    op.create_table(
        "api_token",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("token_id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_api_token_person_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
        sa.UniqueConstraint("token_id", name=op.f("uq_api_token_token_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "one_time_token",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_one_time_token_person_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_one_time_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_token_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "project",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column("scope_id", sa.String(), nullable=False),
        sa.Column("path", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_sort", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("offline_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["project.project_id"], name=op.f("fk_project_parent_id")),
        sa.ForeignKeyConstraint(["scope_id"], ["scope.scope_id"], name=op.f("fk_project_scope_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_project")),
        sa.UniqueConstraint("project_id", name=op.f("uq_project_project_id")),
        sa.UniqueConstraint("scope_id", name=op.f("uq_project_scope_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_project_parent_id"), "project", ["parent_id"], unique=False)
    op.create_index(op.f("ix_project_path"), "project", ["path"], unique=False)
    op.create_table(
        "session",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("csrf_hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_active_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idle_s", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_session_person_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_session")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_session_secret_hash")),
        sa.UniqueConstraint("session_id", name=op.f("uq_session_session_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "root",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("root_id", sa.String(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("path_hash", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.String(), nullable=True),
        sa.Column("offline_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scan_wanted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_scan_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scan_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_scan_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("done", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ignored", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rate_per_s", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.project_id"], name=op.f("fk_root_project_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_root")),
        sa.UniqueConstraint("path_hash", name=op.f("uq_root_path_hash")),
        sa.UniqueConstraint("root_id", name=op.f("uq_root_root_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_root_project_id"), "root", ["project_id"], unique=False)
    op.create_table(
        "slide",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("slide_id", sa.String(), nullable=False),
        sa.Column("project_no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scope_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_sort", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("state", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("error_message", sa.String(), nullable=True),
        sa.Column("format", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("vendor", sa.String(), nullable=True),
        sa.Column("scanner", sa.String(), nullable=True),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scanned_sort", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("width", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("height", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("mpp_x", sa.Double(), nullable=True),
        sa.Column("mpp_y", sa.Double(), nullable=True),
        sa.Column("mpp_entered", sa.Double(), nullable=True),
        sa.Column("mpp_entered_by", sa.String(), nullable=True),
        sa.Column("mpp_entered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("objective", sa.Double(), nullable=True),
        sa.Column("channel_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("size_bytes", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("file_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("folder", sa.LargeBinary(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=True),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("index_name", sa.String(), nullable=True),
        sa.Column("content_sha256", sa.String(), nullable=True),
        sa.Column("metadata_words", sa.Text(), nullable=False),
        sa.Column("audit_key", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_no"], ["project.no"], name=op.f("fk_slide_project_no")),
        sa.ForeignKeyConstraint(["scope_id"], ["scope.scope_id"], name=op.f("fk_slide_scope_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_slide")),
        sa.UniqueConstraint("scope_id", name=op.f("uq_slide_scope_id")),
        sa.UniqueConstraint("slide_id", name=op.f("uq_slide_slide_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_slide_by_created", "slide", ["created_at", "no", "project_no", "state", "format"], unique=False)
    op.create_index("ix_slide_by_format", "slide", ["format", "no", "project_no", "state"], unique=False)
    op.create_index("ix_slide_by_name", "slide", ["name_sort", "no", "project_no", "state", "format"], unique=False)
    op.create_index(
        "ix_slide_by_scanned", "slide", ["scanned_sort", "no", "project_no", "state", "format"], unique=False
    )
    op.create_index("ix_slide_by_size", "slide", ["size_bytes", "no", "project_no", "state", "format"], unique=False)
    op.create_index("ix_slide_by_state", "slide", ["state", "no", "project_no", "format"], unique=False)
    op.create_index(op.f("ix_slide_fingerprint"), "slide", ["fingerprint"], unique=False)
    op.create_table(
        "claim",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("root_id", sa.String(), nullable=False),
        sa.Column("path_hash", sa.String(), nullable=False),
        sa.Column("slide_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["root_id"], ["root.root_id"], name=op.f("fk_claim_root_id")),
        sa.ForeignKeyConstraint(["slide_id"], ["slide.slide_id"], name=op.f("fk_claim_slide_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_claim")),
        sa.UniqueConstraint("root_id", "path_hash", name=op.f("uq_claim_root_id_path_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_claim_slide_id"), "claim", ["slide_id"], unique=False)
    op.create_table(
        "source",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("slide_id", sa.String(), nullable=False),
        sa.Column("root_id", sa.String(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("path_hash", sa.String(), nullable=False),
        sa.Column("stamp", sa.String(), nullable=False),
        sa.Column("stamp_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("multiple", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["root_id"], ["root.root_id"], name=op.f("fk_source_root_id")),
        sa.ForeignKeyConstraint(["slide_id"], ["slide.slide_id"], name=op.f("fk_source_slide_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_source")),
        sa.UniqueConstraint("root_id", "path_hash", name=op.f("uq_source_root_id_path_hash")),
        sa.UniqueConstraint("slide_id", name=op.f("uq_source_slide_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_source_root_id_outcome"), "source", ["root_id", "outcome"], unique=False)
    op.create_table(
        "source_folder",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("root_id", sa.String(), nullable=False),
        sa.Column("path_hash", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.project_id"], name=op.f("fk_source_folder_project_id")),
        sa.ForeignKeyConstraint(["root_id"], ["root.root_id"], name=op.f("fk_source_folder_root_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_source_folder")),
        sa.UniqueConstraint("root_id", "path_hash", name=op.f("uq_source_folder_root_id_path_hash")),
        sqlite_autoincrement=True,
    )
    for statement in _BEYOND_TABLES[op.get_bind().dialect.name]:
        op.execute(statement)
