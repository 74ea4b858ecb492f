"""feature requests, bugs, history, outbox"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "brakes",
        sa.Column("lane", sa.String(length=64), nullable=False, comment="a lane, or 'slack' or 'github' as a whole"),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("lane", name=op.f("pk_brakes")),
    )
    op.create_table(
        "captures",
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("message_ts", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="'request', 'bug' or 'history'"),
        sa.Column("item", ID, nullable=False, comment="id of what it became"),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "message_ts", "kind", name=op.f("pk_captures")),
    )
    op.create_table(
        "features",
        sa.Column("id", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_key", sa.Text(), nullable=False, comment="folded title; SQLite folds ASCII only"),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, comment="why it has this status"),
        sa.Column(
            "requested_by_customers", JSON, nullable=False, comment="array of customer ids, in the order they came"
        ),
        sa.Column("customers_count", sa.Integer(), nullable=False, comment="length of that array, for sorting"),
        sa.Column("merged_into", ID, nullable=True),
        sa.Column("created_by", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["merged_into"], ["features.id"], name=op.f("fk_features_merged_into_features")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_features")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_features_status", "features", ["status", "customers_count"], unique=False)
    op.create_table(
        "bugs",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("reported_by", sa.String(length=32), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("message_ts", sa.String(length=32), nullable=False),
        sa.Column("thread_ts", sa.String(length=32), nullable=False),
        sa.Column("permalink", sa.Text(), nullable=False),
        sa.Column("filing", sa.String(length=16), nullable=False),
        sa.Column("filing_why", sa.Text(), nullable=False),
        sa.Column("issue_number", sa.Integer(), nullable=True),
        sa.Column("issue_url", sa.String(length=500), nullable=True),
        sa.Column(
            "issue_seen_at", sa.DateTime(timezone=True), nullable=True, comment="GitHub's updated_at of what is known"
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_why", sa.Text(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_why", sa.Text(), nullable=False),
        sa.Column("warned", sa.Integer(), nullable=False, comment="percent of the allowance at the last warning"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_bugs_customer_id_customers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bugs")),
        sa.UniqueConstraint("issue_url", name=op.f("uq_bugs_issue_url")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_bugs_closed_due", "bugs", ["closed_at", "due_at"], unique=False)
    op.create_index("ix_bugs_customer_closed", "bugs", ["customer_id", "closed_at", "due_at"], unique=False)
    op.create_table(
        "feature_evidence",
        sa.Column("id", ID, nullable=False),
        sa.Column("feature_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("importance", sa.String(length=16), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("message_ts", sa.String(length=32), nullable=False),
        sa.Column("thread_ts", sa.String(length=32), nullable=False),
        sa.Column("permalink", sa.Text(), nullable=False),
        sa.Column("logged_by", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_feature_evidence_customer_id_customers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["feature_id"], ["features.id"], name=op.f("fk_feature_evidence_feature_id_features"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feature_evidence")),
    )
    op.create_index(op.f("ix_feature_evidence_customer_id"), "feature_evidence", ["customer_id"], unique=False)
    op.create_index(op.f("ix_feature_evidence_feature_id"), "feature_evidence", ["feature_id"], unique=False)
    op.create_table(
        "history_entries",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("message_ts", sa.String(length=32), nullable=False),
        sa.Column("thread_ts", sa.String(length=32), nullable=False),
        sa.Column("permalink", sa.Text(), nullable=False),
        sa.Column("added_by", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_history_entries_customer_id_customers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history_entries")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_history_entries_customer_on", "history_entries", ["customer_id", "on"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False, comment="the fact; the same one never speaks twice"),
        sa.Column(
            "lane",
            sa.String(length=64),
            nullable=False,
            comment="channel, person or 'github': what a pace is counted for",
        ),
        sa.Column("customer_id", ID, nullable=True),
        sa.Column("about", JSON, nullable=False, comment="ids, never text"),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column(
            "due",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when something is done about it; a lease while it is being sent; none when it is over",
        ),
        sa.Column("first_try", sa.DateTime(timezone=True), nullable=True, comment="where a look-up begins"),
        sa.Column("last_try", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "counted_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="giving up counts from here; sending again by hand begins anew",
        ),
        sa.Column(
            "unsure",
            sa.Boolean(),
            nullable=False,
            comment="it may have been done: looked up before it is done again",
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_outbox_customer_id_customers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index(op.f("ix_outbox_customer_id"), "outbox", ["customer_id"], unique=False)
    op.create_index("ix_outbox_due", "outbox", ["due"], unique=False)
    op.create_index("ix_outbox_state_changed", "outbox", ["state", "changed_at"], unique=False)
    op.create_table(
        "bug_pauses",
        sa.Column("id", ID, nullable=False),
        sa.Column("bug_id", ID, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("paused_by", sa.String(length=32), nullable=False),
        sa.Column("resumed_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["bug_id"], ["bugs.id"], name=op.f("fk_bug_pauses_bug_id_bugs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bug_pauses")),
    )
    op.create_index(op.f("ix_bug_pauses_bug_id"), "bug_pauses", ["bug_id"], unique=False)
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column(
            "value",
            sa.Text(),
            nullable=False,
            comment="made up by Dossier itself, such as the key of the marks on GitHub",
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secrets")),
    )
