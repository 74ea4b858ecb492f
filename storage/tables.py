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
    Column("profile", Text, nullable=False, comment="the whole document value as JSON text"),
    Column("head", Text, nullable=False, comment="the same without the sections' text, which a brief does not need"),
    Column("custom_data", Json, nullable=False),
    Column("digest", String(64), nullable=False, comment="of the profile, so that an import knows what changed"),
    Column("first_seen", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    Column("missing_since", Utc),
    Column("broken_since", Utc),
    Column("broken_why", Text),
)
Index("ix_customers_csm_email", customers.c.csm_email)
Index("ix_customers_csm_name", customers.c.csm_name)

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
