"""Web API: auth.test, users.* and bots.info. Sources: docs.slack.dev, the page of each method; "User object"."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from bot.sandbox.call import Call, RefusedError
from bot.sandbox.seed import Person
from bot.sandbox.workspace import SLACKBOT, Json, Workspace

__all__ = ["METHODS", "wire_person"]


def auth_test(call: Call) -> Json:
    """auth.test"""
    seed = call.workspace.seed
    name, _ = seed.teams[seed.team_id]
    return {
        "url": f"{call.url}/",
        "team": name,
        "user": call.workspace.bot.name,
        "team_id": seed.team_id,
        "user_id": seed.bot_user,
        "bot_id": seed.bot_id,
        "is_enterprise_install": False,
    }


def info(call: Call) -> Json:
    """users.info"""
    if call.text("user") == SLACKBOT.id:
        return {"user": wire_person(SLACKBOT, call.workspace)}
    return {"user": wire_person(call.person(), call.workspace)}


def list_(call: Call) -> Json:
    """users.list"""
    everyone = [wire_person(one, call.workspace) for one in (SLACKBOT, *call.workspace.people.values())]
    stamp = int(call.workspace.clock.now().timestamp())
    return {**call.page(everyone, "members", default=200), "cache_ts": stamp}


def lookup_by_email(call: Call) -> Json:
    """users.lookupByEmail"""
    wanted = (call.text("email") or "").strip().casefold()
    for one in call.workspace.people.values():
        if one.email and one.email.casefold() == wanted and not one.deleted and not one.is_stranger:
            return {"user": wire_person(one, call.workspace)}
    raise RefusedError("users_not_found")


def bots_info(call: Call) -> Json:
    """bots.info"""
    seed = call.workspace.seed
    if call.text("bot") != seed.bot_id:
        raise RefusedError("bot_not_found")
    bot = {"id": seed.bot_id, "deleted": False, "name": call.workspace.bot.real_name, "app_id": seed.app_id}
    return {"bot": {**bot, "user_id": seed.bot_user, "updated": 0}}


def wire_person(person: Person, workspace: Workspace) -> Json:
    """Return a user object; the email only with the scope users:read.email, as Slack does."""
    zone = ZoneInfo(person.tz)
    now = workspace.clock.now().astimezone(UTC)
    offset = now.astimezone(zone).utcoffset()
    profile: dict[str, Any] = {
        "real_name": person.real_name,
        "display_name": person.name,
        "title": person.title,
        "team": person.team_id,
    }
    if person.email and "users:read.email" in workspace.declared.scopes and not person.is_stranger:
        profile["email"] = person.email
    if person.is_bot and person.id == workspace.seed.bot_user:
        profile |= {"bot_id": workspace.seed.bot_id, "api_app_id": workspace.seed.app_id}
    wire: Json = {
        "id": person.id,
        "team_id": person.team_id or workspace.seed.team_id,
        "name": person.name,
        "deleted": person.deleted,
        "profile": profile,
        "is_bot": person.is_bot and person.id != SLACKBOT.id,
        "is_app_user": False,
        "updated": 0,
    }
    if person.deleted:
        return wire
    wire |= {
        "real_name": person.real_name,
        "tz": person.tz,
        "tz_label": person.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": person.is_admin,
        "is_owner": person.is_owner,
        "is_primary_owner": False,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
        "is_email_confirmed": True,
    }
    return wire | ({"is_stranger": True} if person.is_stranger else {})


METHODS = {
    "auth.test": auth_test,
    "users.info": info,
    "users.list": list_,
    "users.lookupByEmail": lookup_by_email,
    "bots.info": bots_info,
}
