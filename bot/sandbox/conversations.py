"""Web API: conversations.* and users.conversations. Sources: docs.slack.dev, the page of each method."""

from __future__ import annotations

from bot.sandbox.call import Call, RefusedError, wire_message
from bot.sandbox.seed import Channel, Person
from bot.sandbox.workspace import Json, Message, Workspace

__all__ = ["METHODS", "wire_channel"]

_KINDS = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


def info(call: Call) -> Json:
    """conversations.info"""
    channel = call.channel()
    call.needs(f"{_kind(channel)}:read")
    wire = wire_channel(channel, call.workspace)
    if call.flag("include_num_members"):
        wire["num_members"] = len(channel.members)
    return {"channel": wire}


def list_(call: Call) -> Json:
    """conversations.list"""
    return _listing(call, None)


def of_user(call: Call) -> Json:
    """users.conversations"""
    person = call.person() if call.text("user") else call.workspace.bot
    return _listing(call, person)


def members(call: Call) -> Json:
    """conversations.members"""
    channel = call.channel()
    call.needs(f"{_kind(channel)}:read")
    people = [{"id": one} for one in sorted(channel.members)]
    paged = call.page(people, "members")
    return {**paged, "members": [one["id"] for one in paged["members"]]}


def history(call: Call) -> Json:
    """conversations.history"""
    channel = call.channel(member=True)
    call.needs(f"{_kind(channel)}:history")
    top = [one for one in _within(call, channel) if one.thread_ts in (None, one.ts)]
    paged = call.page(_wired(call, top[::-1]), "messages")
    return {**paged, "has_more": bool(paged["response_metadata"]["next_cursor"])}


def replies(call: Call) -> Json:
    """conversations.replies"""
    channel = call.channel(member=True)
    call.needs(f"{_kind(channel)}:history")
    root = call.workspace.find(channel.id, call.text("ts") or "")
    if root is None:
        raise RefusedError("thread_not_found")
    thread = [one for one in _within(call, channel) if one.ts == root.ts or one.thread_ts == root.ts]
    paged = call.page(_wired(call, thread), "messages")
    return {**paged, "has_more": bool(paged["response_metadata"]["next_cursor"])}


def open_(call: Call) -> Json:
    """conversations.open, for one person: the app's direct conversation"""
    call.needs("im:write")
    if given := call.text("channel"):
        channel = call.workspace.channels.get(given)
        if channel is None or not channel.is_im:
            raise RefusedError("channel_not_found")
        return {"channel": {"id": channel.id}, "no_op": True, "already_open": True}
    users = [one for one in (call.text("users") or "").split(",") if one]
    if not users:
        raise RefusedError("users_list_not_supplied")
    if len(users) > 1:
        raise RefusedError("invalid_user_combination")
    person = call.workspace.people.get(users[0])
    if person is None or person.is_bot:
        raise RefusedError("user_not_found")
    if person.deleted:
        raise RefusedError("user_disabled")
    already = call.workspace.has_dm(person)
    channel = call.workspace.dm(person)
    wire = wire_channel(channel, call.workspace) if call.flag("return_im") else {"id": channel.id}
    return {"channel": wire, **({"no_op": True, "already_open": True} if already else {})}


def wire_channel(channel: Channel, workspace: Workspace) -> Json:
    """Return a channel as the app sees it (docs.slack.dev: Conversation object)."""
    if channel.is_im:
        return {
            "id": channel.id,
            "is_im": True,
            "user": channel.user,
            "is_archived": False,
            "is_org_shared": False,
            "is_shared": False,
            "is_ext_shared": False,
            "context_team_id": workspace.seed.team_id,
        }
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_general": channel.name == "general",
        "is_shared": channel.is_ext_shared,
        "is_org_shared": False,
        "is_ext_shared": channel.is_ext_shared,
        "is_pending_ext_shared": channel.is_pending_ext_shared,
        "is_member": workspace.bot.id in channel.members,
        "creator": workspace.seed.default_person,
        "context_team_id": workspace.seed.team_id,
        "shared_team_ids": [workspace.seed.team_id, *channel.shared_with],
        "connected_team_ids": list(channel.shared_with),
        "pending_connected_team_ids": [],
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def _kind(channel: Channel) -> str:
    return "im" if channel.is_im else "groups" if channel.is_private else "channels"


def _listing(call: Call, person: Person | None) -> Json:
    kinds = [one.strip() for one in (call.text("types") or "public_channel").split(",")]
    if unknown := [one for one in kinds if one not in _KINDS]:
        raise RefusedError("invalid_types", unknown=unknown)
    for kind in kinds:
        call.needs(f"{_KINDS[kind]}:read")
    wanted = {_KINDS[kind] for kind in kinds}
    bot = call.workspace.bot.id
    found = [
        wire_channel(one, call.workspace)
        for one in call.workspace.channels.values()
        if _kind(one) in wanted
        and (not (one.is_private or one.is_im) or bot in one.members)
        and (person is None or person.id in one.members)
        and not (one.is_archived and call.flag("exclude_archived"))
    ]
    return call.page(found, "channels")


def _wired(call: Call, messages: list[Message]) -> list[Json]:
    everything = call.flag("include_all_metadata")
    return [wire_message(one, call.workspace, with_metadata=everything) for one in messages]


def _within(call: Call, channel: Channel) -> list[Message]:
    """Return the messages everybody sees between `oldest` and `latest`, exclusive unless `inclusive`."""
    try:
        oldest, latest = float(call.text("oldest") or 0), float(call.text("latest") or "inf")
    except ValueError:
        raise RefusedError("invalid_ts_oldest") from None
    inclusive = call.flag("inclusive")
    return [
        one
        for one in call.workspace.log[channel.id]
        if not one.is_ephemeral
        and (oldest < float(one.ts) < latest or (inclusive and float(one.ts) in (oldest, latest)))
    ]


METHODS = {
    "conversations.info": info,
    "conversations.list": list_,
    "conversations.members": members,
    "conversations.history": history,
    "conversations.replies": replies,
    "conversations.open": open_,
    "users.conversations": of_user,
}
