"""The schema of what happens by itself and of what people say about health; the rest of it stands in `tables`."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from storage.tables import Id, Json, Utc, metadata

snapshots = Table(
    "snapshots",
    metadata,
    Column("week", Integer, primary_key=True, autoincrement=False, comment="the complete week that was judged"),
    # no foreign key: on PostgreSQL it took a third of the check and locked every customer's row once a week; whoever
    # deletes a customer deletes their snapshots
    Column("customer_id", Id, primary_key=True, autoincrement=False),
    Column("colour", String(8), nullable=False, comment="as computed, whatever a person says"),
    Column("marks", String(16), nullable=False, comment="one letter an indicator in the order of the rules: g y r u"),
    Column("rules", Integer, nullable=False, comment="version of the rules"),
    Column("active", Integer, comment="users in that week; none when the feed has none"),
    Column("before", Integer, comment="users in the week before it"),
    Column("seats", Integer),
    sqlite_with_rowid=False,
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer_id", ForeignKey("customers.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False, comment="'usage_drop'"),
    Column("week", Integer, nullable=False, comment="the complete week in which it happened"),
    Column("before", Integer, nullable=False),
    Column("active", Integer, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("told_at", Utc, comment="when it was given to the outbox"),
    Column("claimed_by", String(32)),
    Column("claimed_at", Utc),
    Column("snoozed_until", Utc),
    Column("snoozed_by", String(32)),
    Column("done_at", Utc),
    Column("done_by", String(32)),
    Column("note", Text, nullable=False),
    UniqueConstraint("customer_id", "kind", "week"),
    sqlite_autoincrement=True,
)
Index("ix_alerts_done_week", alerts.c.done_at, alerts.c.week)
Index("ix_alerts_snoozed_until", alerts.c.snoozed_until)

alert_messages = Table(
    "alert_messages",
    metadata,
    Column("alert_id", ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "message", String(255), primary_key=True, index=True, comment="key in the outbox: it has a row of the alert"
    ),
)

judgements = Table(
    "judgements",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer_id", ForeignKey("customers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(16), nullable=False, comment="'override', 'escalation' or 'risk'"),
    Column("colour", String(8), comment="of an override"),
    Column("against", String(8), comment="what was computed when a colour was overridden"),
    Column("reason", Text, nullable=False),
    Column("until", Date, comment="the last day of an override"),
    Column("by", String(32), nullable=False),
    Column("at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("ended_by", String(32)),
    Column("ended_why", Text, nullable=False),
    Column("told", String(16), comment="computed colours whose contradiction its author was told, with commas"),
    Column("open_key", String(64), unique=True, comment="customer and kind while it is open: one at a time"),
    sqlite_autoincrement=True,
)

slots = Table(
    "slots",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("key", String(120), primary_key=True, comment="such as C123:2026-W48; whoever inserts it goes first"),
    Column("due", Utc, nullable=False),
    Column("at", Utc, nullable=False, index=True, comment="when it was taken"),
    Column("state", String(16), nullable=False, comment="'taken' or 'skipped'"),
)

digests = Table(
    "digests",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("weekday", Integer, nullable=False, comment="0 is Monday"),
    Column("at", String(5), nullable=False, comment="HH:MM by the zone"),
    Column("zone", String(64), nullable=False),
    Column("tiers", Json, nullable=False, comment="array; empty means all"),
    Column("csms", Json, nullable=False, comment="array of folded names or addresses; empty means all"),
    Column("since", Utc, nullable=False, comment="occasions before it are not made up for"),
    Column("created_by", String(32), nullable=False),
    Column("paused_at", Utc),
    Column("paused_by", String(32), comment="empty when Dossier paused it by itself"),
    Column("paused_why", Text, nullable=False),
    Column("changed_at", Utc, nullable=False, index=True),
)

editions = Table(
    "editions",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("key", String(32), primary_key=True, comment="the slot, such as 2026-W48"),
    Column("week", Integer, nullable=False, comment="the complete week it tells of"),
    Column("plan", Json, nullable=False, comment="ids in the order they are told, so that every part agrees"),
    Column("at", Utc, nullable=False),
)

playbook_runs = Table(
    "playbook_runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer_id", ForeignKey("customers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(64), nullable=False, comment="name of the playbook's file"),
    Column("title", Text, nullable=False),
    Column("counts_from", String(16), nullable=False, comment="'start', 'renewal' or 'onboarded'"),
    Column("anchor", Date, nullable=False, comment="the day that the offsets count from"),
    Column("channel", String(32), nullable=False, comment="where its message stands"),
    Column("started_by", String(32), nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("closed_at", Utc),
    Column("closed_by", String(32)),
    Column("closed_why", Text, nullable=False),
    Column("open_key", String(120), unique=True, comment="customer and kind while it is open: one at a time"),
    Column("goes_on", Boolean, nullable=False, comment="when its customer churns, for 90 days"),
    sqlite_autoincrement=True,
)

playbook_steps = Table(
    "playbook_steps",
    metadata,
    Column("run_id", ForeignKey("playbook_runs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("role", String(32), nullable=False, comment="who owns it: csm, engineering, product, …"),
    Column("owner", String(32), comment="Slack user; none means whoever has the role"),
    Column("days", Integer, nullable=False, comment="after the anchor, negative before it, as the file said"),
    Column("due", Date, nullable=False, comment="never before the day of the start"),
    Column("done_at", Utc),
    Column("done_by", String(32)),
    Column("skipped_why", Text, nullable=False, comment="set together with done_at when it was left out"),
    Column("reminded", Date, comment="the day of the last reminder"),
)
Index("ix_playbook_steps_done_due", playbook_steps.c.done_at, playbook_steps.c.due)

reviews = Table(
    "reviews",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(16), nullable=False, comment="'health' or 'code'"),
    Column("period", String(16), nullable=False, comment="2026-12 or 2026-Q4"),
    Column("customer_id", ForeignKey("customers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("item", String(255), nullable=False, comment="where the code stands; empty for health"),
    Column("verdict", String(16), nullable=False, comment="agree, override, plan; keep, standard, deprecate"),
    Column("note", Text, nullable=False),
    Column("due", Date, comment="of a planned action"),
    Column("by", String(32), nullable=False),
    Column("at", Utc, nullable=False),
    UniqueConstraint("kind", "period", "customer_id", "item"),
    sqlite_autoincrement=True,
)

preferences = Table(
    "preferences",
    metadata,
    Column("person", String(32), primary_key=True),
    Column("quiet_from", String(5), comment="HH:MM by the zone; none means no quiet hours"),
    Column("quiet_to", String(5)),
    Column("zone", String(64)),
    Column("dates", String(16), comment="language of dates, such as en-GB; none means 2026-11-23"),
    Column("home_at", Utc, comment="when the Home tab was last opened"),
    Column("home_before", Utc, comment="the time before that, for what changed since"),
)

# everything here that people did or that happened by itself
WATCHED = (
    snapshots, alert_messages, alerts, judgements, slots, digests, editions, playbook_steps, playbook_runs, reviews,
    preferences,
)  # fmt: skip
