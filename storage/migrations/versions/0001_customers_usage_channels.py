"""customers, usage, channels"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customers",
        sa.Column("id", ID, nullable=False),
        sa.Column("slug", sa.String(length=255), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False, comment="casefolded name; SQLite folds ASCII only"),
        sa.Column("aliases", JSON, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("tier", sa.String(length=16), nullable=True),
        sa.Column("csm_name", sa.Text(), nullable=True, comment="casefolded"),
        sa.Column("csm_email", sa.Text(), nullable=True, comment="casefolded"),
        sa.Column("csm_handle", sa.Text(), nullable=True, comment="casefolded"),
        sa.Column("onboarded", sa.Date(), nullable=True),
        sa.Column("renewal", sa.Date(), nullable=True),
        sa.Column("churned", sa.Date(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("amount", sa.Float(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("profile", sa.Text(), nullable=False, comment="the whole document value as JSON text"),
        sa.Column(
            "head",
            sa.Text(),
            nullable=False,
            comment="the same without the sections' text, which a brief does not need",
        ),
        sa.Column("custom_data", JSON, nullable=False),
        sa.Column(
            "digest",
            sa.String(length=64),
            nullable=False,
            comment="of the profile, so that an import knows what changed",
        ),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("broken_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("broken_why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("slug", name=op.f("uq_customers_slug")),
    )
    op.create_index("ix_customers_csm_email", "customers", ["csm_email"], unique=False)
    op.create_index("ix_customers_csm_name", "customers", ["csm_name"], unique=False)
    op.create_index("ix_customers_sort_key", "customers", ["sort_key"], unique=False)

    op.create_table(
        "feeds",
        sa.Column("kind", sa.String(length=32), nullable=False, comment="'usage' or 'catalogue'"),
        sa.Column("version", sa.Integer(), nullable=False, comment="counts imports that changed something"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_week", sa.Integer(), nullable=True),
        sa.Column("report", sa.Text(), nullable=True, comment="the last import's report as JSON text"),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_feeds")),
    )
    op.create_table(
        "inbox",
        sa.Column(
            "key", sa.String(length=255), nullable=False, comment="one input of Slack; a second delivery finds it taken"
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_at", "inbox", ["at"], unique=False)

    op.create_table(
        "changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_changes_customer_id_customers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index("ix_changes_customer_at", "changes", ["customer_id", "at"], unique=False)

    op.create_table(
        "channel_links",
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("linked_by", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_channel_links_customer_id_customers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_links")),
    )
    op.create_index("ix_channel_links_customer_id", "channel_links", ["customer_id"], unique=False)

    op.create_table(
        "looks",
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=True, comment="the look before that"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_looks_customer_id_customers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person", "customer_id", name=op.f("pk_looks")),
    )
    op.create_index("ix_looks_customer_id", "looks", ["customer_id"], unique=False)

    op.create_table(
        "usage",
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("week", sa.Integer(), autoincrement=False, nullable=False, comment="weeks since Monday 1970-01-05"),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.CheckConstraint("active >= 0", name=op.f("ck_usage_active")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_usage_customer_id_customers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", "week", name=op.f("pk_usage")),
        sqlite_with_rowid=False,
    )
