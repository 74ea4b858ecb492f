"""snapshots, alerts, judgements, slots, digests, playbooks, reviews, preferences"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "digests",
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False, comment="0 is Monday"),
        sa.Column("at", sa.String(length=5), nullable=False, comment="HH:MM by the zone"),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("tiers", JSON, nullable=False, comment="array; empty means all"),
        sa.Column("csms", JSON, nullable=False, comment="array of folded names or addresses; empty means all"),
        sa.Column(
            "since", sa.DateTime(timezone=True), nullable=False, comment="occasions before it are not made up for"
        ),
        sa.Column("created_by", sa.String(length=32), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_by", sa.String(length=32), nullable=True, comment="empty when Dossier paused it by itself"),
        sa.Column("paused_why", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_digests")),
    )
    op.create_index("ix_digests_changed_at", "digests", ["changed_at"], unique=False)

    op.create_table(
        "editions",
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False, comment="the slot, such as 2026-W48"),
        sa.Column("week", sa.Integer(), nullable=False, comment="the complete week it tells of"),
        sa.Column("plan", JSON, nullable=False, comment="ids in the order they are told, so that every part agrees"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "key", name=op.f("pk_editions")),
    )
    op.create_table(
        "preferences",
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column(
            "quiet_from", sa.String(length=5), nullable=True, comment="HH:MM by the zone; none means no quiet hours"
        ),
        sa.Column("quiet_to", sa.String(length=5), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column(
            "dates",
            sa.String(length=16),
            nullable=True,
            comment="language of dates, such as en-GB; none means 2026-11-23",
        ),
        sa.Column("home_at", sa.DateTime(timezone=True), nullable=True, comment="when the Home tab was last opened"),
        sa.Column(
            "home_before",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="the time before that, for what changed since",
        ),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_preferences")),
    )
    op.create_table(
        "slots",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column(
            "key", sa.String(length=120), nullable=False, comment="such as C123:2026-W48; whoever inserts it goes first"
        ),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="when it was taken"),
        sa.Column("state", sa.String(length=16), nullable=False, comment="'taken' or 'skipped'"),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_slots")),
    )
    op.create_index("ix_slots_at", "slots", ["at"], unique=False)

    op.create_table(
        "alerts",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="'usage_drop'"),
        sa.Column("week", sa.Integer(), nullable=False, comment="the complete week in which it happened"),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True, comment="when it was given to the outbox"),
        sa.Column("claimed_by", sa.String(length=32), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_by", sa.String(length=32), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(length=32), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_alerts_customer_id_customers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("customer_id", "kind", "week", name=op.f("uq_alerts_customer_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alerts_done_week", "alerts", ["done_at", "week"], unique=False)
    op.create_index("ix_alerts_snoozed_until", "alerts", ["snoozed_until"], unique=False)
    op.create_table(
        "alert_messages",
        sa.Column("alert_id", ID, nullable=False),
        sa.Column(
            "message", sa.String(length=255), nullable=False, comment="key in the outbox: it has a row of the alert"
        ),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name=op.f("fk_alert_messages_alert_id_alerts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("alert_id", "message", name=op.f("pk_alert_messages")),
    )
    op.create_index("ix_alert_messages_message", "alert_messages", ["message"], unique=False)

    op.create_table(
        "judgements",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="'override', 'escalation' or 'risk'"),
        sa.Column("colour", sa.String(length=8), nullable=True, comment="of an override"),
        sa.Column(
            "against", sa.String(length=8), nullable=True, comment="what was computed when a colour was overridden"
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True, comment="the last day of an override"),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=False),
        sa.Column(
            "told",
            sa.String(length=16),
            nullable=True,
            comment="computed colours whose contradiction its author was told, with commas",
        ),
        sa.Column(
            "open_key", sa.String(length=64), nullable=True, comment="customer and kind while it is open: one at a time"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_judgements_customer_id_customers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judgements")),
        sa.UniqueConstraint("open_key", name=op.f("uq_judgements_open_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_judgements_customer_id", "judgements", ["customer_id"], unique=False)

    op.create_table(
        "playbook_runs",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False, comment="name of the playbook's file"),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("counts_from", sa.String(length=16), nullable=False, comment="'start', 'renewal' or 'onboarded'"),
        sa.Column("anchor", sa.Date(), nullable=False, comment="the day that the offsets count from"),
        sa.Column("channel", sa.String(length=32), nullable=False, comment="where its message stands"),
        sa.Column("started_by", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=32), nullable=True),
        sa.Column("closed_why", sa.Text(), nullable=False),
        sa.Column(
            "open_key",
            sa.String(length=120),
            nullable=True,
            comment="customer and kind while it is open: one at a time",
        ),
        sa.Column("goes_on", sa.Boolean(), nullable=False, comment="when its customer churns, for 90 days"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_playbook_runs_customer_id_customers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_runs")),
        sa.UniqueConstraint("open_key", name=op.f("uq_playbook_runs_open_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_playbook_runs_customer_id", "playbook_runs", ["customer_id"], unique=False)

    op.create_table(
        "reviews",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="'health' or 'code'"),
        sa.Column("period", sa.String(length=16), nullable=False, comment="2026-12 or 2026-Q4"),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("item", sa.String(length=255), nullable=False, comment="where the code stands; empty for health"),
        sa.Column(
            "verdict", sa.String(length=16), nullable=False, comment="agree, override, plan; keep, standard, deprecate"
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True, comment="of a planned action"),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_reviews_customer_id_customers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("kind", "period", "customer_id", "item", name=op.f("uq_reviews_kind")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reviews_customer_id", "reviews", ["customer_id"], unique=False)

    op.create_table(
        "snapshots",
        sa.Column(
            "week", sa.Integer(), autoincrement=False, nullable=False, comment="the complete week that was judged"
        ),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("colour", sa.String(length=8), nullable=False, comment="as computed, whatever a person says"),
        sa.Column(
            "marks",
            sa.String(length=16),
            nullable=False,
            comment="one letter an indicator in the order of the rules: g y r u",
        ),
        sa.Column("rules", sa.Integer(), nullable=False, comment="version of the rules"),
        sa.Column("active", sa.Integer(), nullable=True, comment="users in that week; none when the feed has none"),
        sa.Column("before", sa.Integer(), nullable=True, comment="users in the week before it"),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("week", "customer_id", name=op.f("pk_snapshots")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "playbook_steps",
        sa.Column("run_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False, comment="who owns it: csm, engineering, product, …"),
        sa.Column("owner", sa.String(length=32), nullable=True, comment="Slack user; none means whoever has the role"),
        sa.Column(
            "days", sa.Integer(), nullable=False, comment="after the anchor, negative before it, as the file said"
        ),
        sa.Column("due", sa.Date(), nullable=False, comment="never before the day of the start"),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(length=32), nullable=True),
        sa.Column("skipped_why", sa.Text(), nullable=False, comment="set together with done_at when it was left out"),
        sa.Column("reminded", sa.Date(), nullable=True, comment="the day of the last reminder"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["playbook_runs.id"], name=op.f("fk_playbook_steps_run_id_playbook_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_playbook_steps")),
    )
    op.create_index("ix_playbook_steps_done_due", "playbook_steps", ["done_at", "due"], unique=False)

    counted = ["internal", "status", "tier", "renewal", "first_seen"]
    op.create_index("ix_customers_counted", "customers", counted, unique=False)
    op.add_column(
        "customers", sa.Column("satisfaction", sa.Integer(), nullable=True, comment="NPS that the document states")
    )
    op.add_column(
        "customers", sa.Column("users", sa.Integer(), nullable=True, comment="users that the document states")
    )
    op.add_column("customers", sa.Column("updated", sa.Date(), nullable=True, comment="date of the document"))
    op.add_column(
        "customers",
        sa.Column(
            "judged",
            sa.Text(),
            nullable=True,
            comment="open judgements as JSON text, so that a brief needs no other table",
        ),
    )
    _fill_from_documents()
    judged = ["id", "status", "seats", "satisfaction", "users"]
    op.create_index("ix_customers_judged", "customers", judged, unique=False)


def _fill_from_documents() -> None:
    """What the documents state stands in JSON until now; an import of the same documents would not write it again."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(_SQLITE if sqlite else _POSTGRESQL)


_SQLITE = """
UPDATE customers SET satisfaction = json_extract(head, '$.stated.satisfaction'),
  users = json_extract(head, '$.stated.users'), updated = json_extract(head, '$.updated')
"""
_POSTGRESQL = """
UPDATE customers SET satisfaction = (head::json->'stated'->>'satisfaction')::int,
  users = (head::json->'stated'->>'users')::int, updated = (head::json->>'updated')::date
"""
