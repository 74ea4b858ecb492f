"""As much of Slack as the bots under measurement ask for: who they are, who somebody is, where to post, and files."""

import asyncio
import itertools
from typing import Any

from aiohttp import web

from benchmarks.servers.serving import until_told
from benchmarks.signing import TEAM

_BOT = {"ok": True, "url": "http://127.0.0.1/", "team": "Bench", "user": "dossier", "team_id": TEAM,
        "user_id": "U0BOT", "bot_id": "B0BENCH", "is_enterprise_install": False}  # fmt: skip


def person(number: str) -> dict[str, Any]:
    """A full member."""
    return {
        "id": number,
        "team_id": TEAM,
        "name": number.lower(),
        "real_name": f"Person {number}",
        "deleted": False,
        "is_bot": False,
        "is_app_user": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "tz": "Etc/UTC",
        "updated": 1_700_000_000,
        "profile": {
            "avatar_hash": "0",
            "real_name": f"Person {number}",
            "real_name_normalized": f"Person {number}",
            "display_name": number.lower(),
            "display_name_normalized": number.lower(),
            "team": TEAM,
            "email": f"{number.lower()}@bench.example",
        },
    }


def answer(method: str, form: dict[str, str]) -> dict[str, Any]:
    """What a Web API method says; everything else is fine."""
    if method == "auth.test":
        return _BOT
    if method == "bots.info":
        return {"ok": True, "bot": {"id": "B0BENCH", "user_id": "U0BOT", "name": "bench", "deleted": False}}
    if method == "users.info":
        return {"ok": True, "user": person(form.get("user", "U0"))}
    if method == "users.list":
        return {"ok": True, "members": [person("U0BOT"), person("U0000000")], "response_metadata": {"next_cursor": ""}}
    if method == "conversations.info":
        return {"ok": True, "channel": {"id": form.get("channel", ""), "is_channel": True, "is_ext_shared": False}}
    if method in ("conversations.list", "users.conversations"):
        return {"ok": True, "channels": [], "response_metadata": {"next_cursor": ""}}
    return {"ok": True}


_posted = itertools.count(1)
_SCOPES = {"X-OAuth-Scopes": "chat:write,files:write"}
_lengths: dict[str, int] = {}  # of files that were announced
_taken: set[str] = set()  # … and whose bytes are here


async def post(request: web.Request) -> web.Response:
    """`chat.postMessage`: looks at what a message needs, and says where it is."""
    message = await request.json()
    if not (message.get("channel") and message.get("text") and message.get("blocks")):
        return web.json_response({"ok": False, "error": "no_text"})
    shown = [one["slack_file"]["id"] for one in message["blocks"] if "slack_file" in one]
    if not _taken.issuperset(shown):
        return web.json_response({"ok": False, "error": "invalid_blocks"})
    ts = f"1700000000.{next(_posted):06d}"
    return web.json_response({"ok": True, "channel": message["channel"], "ts": ts, "message": {"ts": ts}})


async def call(request: web.Request) -> web.Response:
    """`POST /api/method`."""
    form = {name: str(value) for name, value in (await request.post()).items()} | dict(request.query)
    method = request.match_info["method"]
    return web.json_response(answer(method, form), headers=_SCOPES if method == "auth.test" else None)


async def announce(request: web.Request) -> web.Response:
    """`files.getUploadURLExternal`: where the bytes go."""
    form = {name: str(value) for name, value in (await request.post()).items()} | dict(request.query)
    file = f"F{len(_lengths):09d}"
    _lengths[file] = int(form["length"])
    url = str(request.url.origin() / "upload" / file)
    return web.json_response({"ok": True, "upload_url": url, "file_id": file})


async def upload(request: web.Request) -> web.Response:
    """The bytes of a file: a PNG of the length that was announced."""
    data, file = await request.read(), request.match_info["file"]
    if len(data) != _lengths.get(file) or not data.startswith(b"\x89PNG"):
        return web.Response(status=400)
    _taken.add(file)
    return web.Response(text="OK")


async def main() -> None:
    site = web.Application()
    site.router.add_route("POST", "/api/chat.postMessage", post)
    site.router.add_route("POST", "/api/files.getUploadURLExternal", announce)
    site.router.add_route("POST", "/upload/{file}", upload)
    site.router.add_route("*", "/api/{method}", call)
    runner = web.AppRunner(site, access_log=None, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await until_told(port=runner.addresses[0][1])
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
