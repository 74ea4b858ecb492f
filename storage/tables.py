"""The schema, one table a noun. Content about one customer carries `customer_id`; see docs/decisions/0004."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy.types import TypeDecorator, TypeEngine


class Utc(TypeDecorator[datetime]):
    """Aware UTC in, aware UTC out. SQLite forgets offsets, so a naive value is refused instead of being guessed."""

    impl = SqlDateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored; pass an aware one")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        aware: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC)


KEY = 500  # characters; an index of PostgreSQL takes no more than 2,704 bytes


def key_of(text: str | None) -> str | None:
    """What is sorted and compared instead of what was written: SQLite folds ASCII only."""
    return text.casefold()[:KEY] if text else None


class Json(TypeDecorator[Any]):
    """JSON on SQLite, JSONB on PostgreSQL, whose dialect is imported only when it is used."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(JSON(none_as_null=True))
        from sqlalchemy.dialects.postgresql import JSONB

        return dialect.type_descriptor(JSONB(none_as_null=True))


Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

customers = Table(
    "customers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("slug", String(255), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("sort_key", Text, nullable=False, index=True, comment="casefolded name; SQLite folds ASCII only"),
    Column("aliases", Json, nullable=False),
    Column("status", String(16), nullable=False),
    Column("internal", Boolean, nullable=False),
    Column("tier", String(16)),
    Column("csm_name", Text, comment="casefolded"),
    Column("csm_email", Text, comment="casefolded"),
    Column("csm_handle", Text, comment="casefolded"),
    Column("onboarded", Date),
    Column("renewal", Date),
    Column("churned", Date),
    Column("seats", Integer),
    Column("amount", Float),
    Column("currency", String(3)),
    Column("satisfaction", Integer, comment="NPS that the document states"),
    Column("users", Integer, comment="users that the document states"),
    Column("updated", Date, comment="date of the document"),
    Column("profile", Text, nullable=False, comment="the whole document value as JSON text"),
    Column("head", Text, nullable=False, comment="the same without the sections' text, which a brief does not need"),
    Column("custom_data", Json, nullable=False),
    Column("digest", String(64), nullable=False, comment="of the profile, so that an import knows what changed"),
    Column("first_seen", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    Column("missing_since", Utc),
    Column("broken_since", Utc),
    Column("broken_why", Text),
    Column("judged", Text, comment="open judgements as JSON text, so that a brief needs no other table"),
)
Index("ix_customers_csm_email", customers.c.csm_email)
Index("ix_customers_csm_name", customers.c.csm_name)
# who counts as a customer, and whose renewal is near, answered without the long rows themselves
_COUNTED = (customers.c.internal, customers.c.status, customers.c.tier, customers.c.renewal, customers.c.first_seen)
Index("ix_customers_counted", *_COUNTED)
# what the weekly check asks of everybody: in the long rows themselves SQLite finds it behind the whole document
_JUDGED = (customers.c.id, customers.c.status, customers.c.seats, customers.c.satisfaction, customers.c.users)
Index("ix_customers_judged", *_JUDGED)

changes = Table(
    "changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer_id", ForeignKey("customers.id", ondelete="CASCADE"), nullable=False),
    Column("at", Utc, nullable=False),
    Column("what", Text, nullable=False),
)
Index("ix_changes_customer_at", changes.c.customer_id, changes.c.at)

usage = Table(
    "usage",
    metadata,
    Column("customer_id", ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True),
    Column("week", Integer, primary_key=True, autoincrement=False, comment="weeks since Monday 1970-01-05"),
    Column("active", Integer, nullable=False),
    Column("seats", Integer),
    CheckConstraint("active >= 0", name="active"),
    sqlite_with_rowid=False,
)

feeds = Table(
    "feeds",
    metadata,
    Column("kind", String(32), primary_key=True, comment="'usage' or 'catalogue'"),
    Column("version", Integer, nullable=False, comment="counts imports that changed something"),
    Column("at", Utc, nullable=False),
    Column("last_week", Integer),
    Column("report", Text, comment="the last import's report as JSON text"),
)

channel_links = Table(
    "channel_links",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("customer_id", ForeignKey("customers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("linked_by", String(32), nullable=False),
    Column("at", Utc, nullable=False),
)

looks = Table(
    "looks",
    metadata,
    Column("person", String(32), primary_key=True),
    Column("customer_id", ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("at", Utc, nullable=False),
    Column("before", Utc, comment="the look before that"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("key", String(255), primary_key=True, comment="one input of Slack; a second delivery finds it taken"),
    Column("at", Utc, nullable=False, index=True),
)

features = Table(
    "features",
    metadata,
    Column("id", Id, primary_key=True),
    Column("title", Text, nullable=False),
    Column("title_key", Text, nullable=False, comment="folded title; SQLite folds ASCII only"),
    Column("status", String(16), nullable=False),
    Column("reason", Text, nullable=False, comment="why it has this status"),
    Column("requested_by_customers", Json, nullable=False, comment="array of customer ids, in the order they came"),
    Column("customers_count", Integer, nullable=False, comment="length of that array, for sorting"),
    Column("merged_into", ForeignKey("features.id")),
    Column("created_by", String(32), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("status_at", Utc, nullable=False),
    sqlite_autoincrement=True,  # a number is never given twice: keys of the outbox name it
)
Index("ix_features_status", features.c.status, features.c.customers_count)

feature_evidence = Table(
    "feature_evidence",
    metadata,
    Column("id", Id, primary_key=True),
    Column("feature_id", ForeignKey("features.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("customer_id", ForeignKey("customers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("importance", String(16), nullable=False),
    Column("quote", Text, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("message_ts", String(32), nullable=False),
    Column("thread_ts", String(32), nullable=False),
    Column("permalink", Text, nullable=False),
    Column("logged_by", String(32), nullable=False),
    Column("at", Utc, nullable=False),
)

captures = Table(
    "captures",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("message_ts", String(32), primary_key=True),
    Column("kind", String(16), primary_key=True, comment="'request', 'bug' or 'history'"),
    Column("item", Id, nullable=False, comment="id of what it became"),
    Column("by", String(32), nullable=False),
    Column("at", Utc, nullable=False),
)

bugs = Table(
    "bugs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer_id", ForeignKey("customers.id", ondelete="CASCADE"), nullable=False),
    Column("title", Text, nullable=False),
    Column("steps", Text, nullable=False),
    Column("severity", String(16), nullable=False),
    Column("reported_by", String(32), nullable=False),
    Column("reported_at", Utc, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("message_ts", String(32), nullable=False),
    Column("thread_ts", String(32), nullable=False),
    Column("permalink", Text, nullable=False),
    Column("filing", String(16), nullable=False),
    Column("filing_why", Text, nullable=False),
    Column("issue_number", Integer),
    Column("issue_url", String(500), unique=True),
    Column("issue_seen_at", Utc, comment="GitHub's updated_at of what is known"),
    Column("closed_at", Utc),
    Column("closed_why", Text, nullable=False),
    Column("paused_at", Utc),
    Column("paused_why", Text, nullable=False),
    Column("warned", Integer, nullable=False, comment="percent of the allowance at the last warning"),
    sqlite_autoincrement=True,
)
Index("ix_bugs_customer_closed", bugs.c.customer_id, bugs.c.closed_at, bugs.c.due_at)
Index("ix_bugs_closed_due", bugs.c.closed_at, bugs.c.due_at)

bug_pauses = Table(
    "bug_pauses",
    metadata,
    Column("id", Id, primary_key=True),
    Column("bug_id", ForeignKey("bugs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("since", Utc, nullable=False),
    Column("until", Utc),
    Column("reason", Text, nullable=False),
    Column("paused_by", String(32), nullable=False),
    Column("resumed_by", String(32)),
)

history_entries = Table(
    "history_entries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer_id", ForeignKey("customers.id", ondelete="CASCADE"), nullable=False),
    Column("on", Date, nullable=False),
    Column("text", Text, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("message_ts", String(32), nullable=False),
    Column("thread_ts", String(32), nullable=False),
    Column("permalink", Text, nullable=False),
    Column("added_by", String(32), nullable=False),
    Column("at", Utc, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_history_entries_customer_on", history_entries.c.customer_id, history_entries.c.on)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("key", String(255), nullable=False, unique=True, comment="the fact; the same one never speaks twice"),
    Column("lane", String(64), nullable=False, comment="channel, person or 'github': what a pace is counted for"),
    Column("customer_id", ForeignKey("customers.id", ondelete="CASCADE"), index=True),
    Column("about", Json, nullable=False, comment="ids, never text"),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", Utc, comment="when something is done about it; a lease while it is being sent; none when it is over"),
    Column("first_try", Utc, comment="where a look-up begins"),
    Column("last_try", Utc),
    Column("counted_from", Utc, comment="giving up counts from here; sending again by hand begins anew"),
    Column("unsure", Boolean, nullable=False, comment="it may have been done: looked up before it is done again"),
    Column("reason", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
)
Index("ix_outbox_due", outbox.c.due)
Index("ix_outbox_state_changed", outbox.c.state, outbox.c.changed_at)

brakes = Table(
    "brakes",
    metadata,
    Column("lane", String(64), primary_key=True, comment="a lane, or 'slack' or 'github' as a whole"),
    Column("until", Utc, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False, comment="made up by Dossier itself, such as the key of the marks on GitHub"),
)
