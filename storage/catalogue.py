"""Writing what the documents say. People write documents, the bot writes the database."""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from customers import changes as differences
from customers.model import Problem, Profile
from customers.scope import All
from storage.engine import snapshot, take_turns, transaction
from storage.records import PROFILE
from storage.tables import changes, customers, feeds, key_of
from storage.upsert import upsert


@dataclass(slots=True)
class Counts:
    """What an import did, per customer."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    missing: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


class Catalogue:
    """Facts about documents. An import is many short transactions, so that commands never wait for it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def put(self, scope: All, profiles: Sequence[Profile], now: datetime, counts: Counts) -> None:
        """Adds or changes these customers (at most a few hundred at a time); same document, same rows."""
        prepared = await asyncio.to_thread(lambda: [(profile, *_digest(profile)) for profile in profiles])
        async with transaction(self._engine) as connection:
            await take_turns(connection)
            known = await self._known(connection, [profile.slug for profile in profiles])
            added, changed, seen = [], [], []
            for profile, text, digest in prepared:
                before = known.get(profile.slug)
                if before is None:
                    added.append(_row(profile, text, digest) | {"first_seen": now, "changed_at": now})
                elif before.digest != digest:
                    changed.append((before.id, profile, _row(profile, text, digest) | {"changed_at": now}))
                else:
                    seen.append(before)
            if added:
                await connection.execute(customers.insert(), added)
            if changed:
                await self._change(connection, changed, now)
            await self._mend(connection, [row.id for row in seen if row.missing_since or row.broken_since])
        counts.added += len(added)
        counts.changed += len(changed)
        counts.unchanged += len(seen)

    async def break_(self, scope: All, slug: str, problems: Iterable[Problem], now: datetime) -> None:
        """Marks a customer whose document cannot be read; the last good version stays as it is."""
        why = "\n".join(str(problem) for problem in problems)
        async with transaction(self._engine) as connection:
            broken = update(customers).where(customers.c.slug == slug)
            await connection.execute(broken.values(broken_why=why, missing_since=None))
            await connection.execute(broken.where(customers.c.broken_since.is_(None)).values(broken_since=now))

    async def finish(self, scope: All, seen: set[str], now: datetime, counts: Counts, report: str) -> None:
        """Flags customers that no document names any more (never churned, never deleted) and keeps the report."""
        async with transaction(self._engine) as connection:
            await take_turns(connection)
            rows = await connection.execute(
                select(customers.c.id, customers.c.slug, customers.c.name, customers.c.missing_since)
            )
            gone = [row for row in rows if row.slug not in seen]
            counts.missing += [row.name for row in gone]
            fresh = [{"which": row.id} for row in gone if row.missing_since is None]
            if fresh:
                query = update(customers).where(customers.c.id == bindparam("which"))
                await connection.execute(query.values(missing_since=now), fresh)
            await self._count_version(connection, now, report, bool(counts.added or counts.changed or fresh))

    async def slugs(self, scope: All) -> set[str]:
        """Everybody who is in the database."""
        async with snapshot(self._engine) as connection:
            return set((await connection.scalars(select(customers.c.slug))).all())

    async def last_report(self, scope: All) -> tuple[datetime, str] | None:
        """When the catalogue was last imported and what came of it (JSON text)."""
        async with snapshot(self._engine) as connection:
            found = (
                await connection.execute(select(feeds.c.at, feeds.c.report).where(feeds.c.kind == "catalogue"))
            ).first()
        return (found.at, found.report) if found else None

    async def profiles(self, scope: All, slug: str | None = None) -> list[Profile]:
        """Every profile, or one, by name; for export."""
        query = select(customers.c.profile).order_by(customers.c.sort_key)
        if slug is not None:
            query = query.where(customers.c.slug == slug)
        async with snapshot(self._engine) as connection:
            return [PROFILE.validate_json(text) for text in await connection.scalars(query)]

    async def _known(self, connection: AsyncConnection, slugs: Sequence[str]) -> dict[str, Any]:
        columns = (
            customers.c.id,
            customers.c.slug,
            customers.c.digest,
            customers.c.missing_since,
            customers.c.broken_since,
        )
        rows = await connection.execute(select(*columns).where(customers.c.slug.in_(slugs)))
        return {row.slug: row for row in rows}

    async def _change(
        self, connection: AsyncConnection, changed: Sequence[tuple[int, Profile, dict[str, Any]]], now: datetime
    ) -> None:
        ids = [customer_id for customer_id, _, _ in changed]
        rows = await connection.execute(select(customers.c.id, customers.c.profile).where(customers.c.id.in_(ids)))
        before = {row.id: row.profile for row in rows}

        def compared() -> list[dict[str, Any]]:
            return [
                {"customer_id": customer_id, "at": now, "what": what}
                for customer_id, profile, _ in changed
                for what in differences.between(PROFILE.validate_json(before[customer_id]), profile)
            ]

        said = await asyncio.to_thread(compared)
        back = {"missing_since": None, "broken_since": None, "broken_why": None}
        rows_now = [{"which": customer_id} | row | back for customer_id, _, row in changed]
        columns: dict[str, Any] = {name: bindparam(name) for name in rows_now[0] if name != "which"}
        await connection.execute(
            update(customers).where(customers.c.id == bindparam("which")).values(columns), rows_now
        )
        if said:
            await connection.execute(changes.insert(), said)

    async def _mend(self, connection: AsyncConnection, ids: Sequence[int]) -> None:
        if ids:
            query = update(customers).where(customers.c.id.in_(ids))
            await connection.execute(query.values(missing_since=None, broken_since=None, broken_why=None))

    async def _count_version(self, connection: AsyncConnection, now: datetime, report: str, changed: bool) -> None:
        query = select(feeds.c.version, feeds.c.at).where(feeds.c.kind == "catalogue")
        before = (await connection.execute(query)).first()
        if before and not changed:  # an import that was killed may have stored customers and not counted them
            changed = bool(await connection.scalar(select(exists().where(customers.c.changed_at > before.at))))
        version = before.version + int(changed) if before else 1
        row = {"kind": "catalogue", "version": version, "at": now, "report": report}
        await connection.execute(upsert(connection.dialect, feeds, [feeds.c.kind]), [row])


def _digest(profile: Profile) -> tuple[str, str]:
    """The profile as JSON, and a digest of what it says wherever it stands: a line more above changes nobody."""
    sections = tuple(replace(one, line=0) for one in profile.sections)
    said = PROFILE.dump_json(replace(profile, file="", line=0, sections=sections))
    return PROFILE.dump_json(profile).decode(), hashlib.sha256(said).hexdigest()


def _row(profile: Profile, text: str, digest: str) -> dict[str, Any]:
    csm = profile.csm
    return {
        "slug": profile.slug,
        "name": profile.name,
        "sort_key": key_of(profile.name) or "",
        "aliases": list(profile.aliases),
        "status": profile.status.value,
        "internal": profile.internal,
        "tier": profile.tier.value if profile.tier else None,
        "csm_name": key_of(csm.name) if csm else None,
        "csm_email": key_of(csm.email) if csm else None,
        "csm_handle": key_of(csm.handle) if csm else None,
        "onboarded": profile.onboarded,
        "renewal": profile.renewal,
        "churned": profile.churned,
        "seats": profile.seats,
        "amount": profile.amount,
        "currency": profile.currency,
        "satisfaction": profile.stated.satisfaction,
        "users": profile.stated.users,
        "updated": profile.updated,
        "profile": text,
        "head": PROFILE.dump_json(replace(profile, sections=(), metadata=(), preamble="")).decode(),
        "custom_data": orjson.loads(orjson.dumps(profile.custom_data)),
        "digest": digest,
    }
