"""The page in the browser: the shell, its regions, the stream of changes, and the verbs behind its buttons."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from aiohttp import web

from bot.sandbox.addresses import place_of
from bot.sandbox.drawing import FOLDER, Asked, Drawing
from bot.sandbox.github.wire import HTML
from bot.sandbox.journeys import Journeys
from bot.sandbox.reading import parts
from bot.sandbox.seen import Seen
from bot.sandbox.workspace import Json, Message, NotPossibleError, View

__all__ = ["Page"]

# No foreign script, frame, form or picture: nothing leaves this machine.
_POLICY = (
    "default-src 'self'; img-src 'self' data: http://127.0.0.1:* http://localhost:*; style-src 'self'; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
_FILES = {"style.css": "text/css", "app.js": "text/javascript", "forms.js": "text/javascript"}


class Page:
    """Serves the page; every button calls the same verb a test would call."""

    def __init__(self, sandbox: Journeys) -> None:
        self._sandbox = sandbox
        self._drawing = Drawing(sandbox)
        self._changed, self._count = asyncio.Event(), 0
        self._closing = False
        sandbox.workspace.listeners.append(self._wake)
        sandbox.transcript.listeners.append(self._wake)
        self._verbs = {
            "type": self._type,
            "press": self._press,
            "options": self._options,
            "shortcut": self._shortcut,
            "submit": self._submit,
            "close": self._close,
            "dismiss": self._dismiss,
            "home": self._home,
            "move": self._move,
            "usage": self._usage,
            "reset": self._reset,
            "github": self._github,
            "trouble": self._trouble,
            "calm": self._calm,
        }

    def register(self, app: web.Application) -> None:
        """Add the page's addresses."""
        app.router.add_get("/", self._page)
        app.router.add_get("/regions", self._regions)
        app.router.add_get("/stream", self._stream)
        app.router.add_get("/page/{name}", self._file)
        app.router.add_get("/archives/{channel}/{message}", self._own)
        app.router.add_get(f"{HTML}/{{owner}}/{{repo}}/issues/{{number}}", self._own)
        app.router.add_post("/do/{verb}", self._do)

    def close(self) -> None:
        """End all streams."""
        self._closing = True
        self._wake()

    def _wake(self) -> None:
        self._count += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _page(self, request: web.Request) -> web.Response:
        """The whole page; who comes to Home by its address opens it as a click does."""
        asked = _asked(request)
        if asked.place == "home" and (opener := self._drawing.home_of(asked)):
            await self._sandbox.home(opener)
        text = self._drawing.page(asked)
        return web.Response(text=text, content_type="text/html", headers=_HEADERS)

    async def _regions(self, request: web.Request) -> web.Response:
        regions = self._drawing.regions(_asked(request))
        return web.Response(body=orjson.dumps(regions), content_type="application/json", headers=_HEADERS)

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in _FILES:
            raise web.HTTPNotFound
        return web.Response(body=(FOLDER / name).read_bytes(), content_type=_FILES[name], headers=_HEADERS)

    async def _own(self, request: web.Request) -> web.Response:
        """Lead from the address of a message or an issue to its place on the page."""
        query = {name: request.query[name] for name in ("as", "drawer") if name in request.query}
        place = place_of(request.path, self._sandbox.github.repository, query)
        if place is None:
            raise web.HTTPNotFound
        raise web.HTTPFound("/" + place)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        """Tell the browser that something changed, at most every 40 ms, by server-sent events."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        told = -1
        try:
            while not self._closing:
                if told == self._count:
                    await self._changed.wait()
                    await asyncio.sleep(0.04)
                told = self._count
                await response.write(b"data: changed\n\n")
        except ConnectionResetError:
            pass
        return response

    async def _do(self, request: web.Request) -> web.Response:
        """Run a verb for the person at the page; what is not possible comes back as a sentence."""
        verb = self._verbs.get(request.match_info["verb"])
        if verb is None or request.content_type != "application/json":
            raise web.HTTPBadRequest
        try:
            answer = await verb(orjson.loads(await request.read()))
        except NotPossibleError as problem:
            answer = {"problem": str(problem)}
        except (KeyError, TypeError, AttributeError, orjson.JSONDecodeError) as problem:
            raise web.HTTPBadRequest(text=f"this request has not the shape of the verb: {problem!r}") from problem
        return web.Response(body=orjson.dumps(answer), content_type="application/json", headers=_HEADERS)

    async def _type(self, asked: Json) -> Json:
        line = str(asked.get("line", "")).strip()
        if not line:
            return {}
        if line.startswith("/") and not asked.get("thread"):
            return self._told(await self._sandbox.command(asked["as"], asked["channel"], line))
        if line.startswith("/"):
            return {"problem": "Slash commands of apps do not work in threads."}
        return self._told(await self._sandbox.say(asked["as"], asked["channel"], line, asked.get("thread")))

    async def _press(self, asked: Json) -> Json:
        where = self._where(asked)
        if isinstance(where, View) and asked.get("values"):
            await self._sandbox.keep(asked["as"], where, _still_there(where, asked["values"]))
        if asked.get("kind") == "button":
            return self._told(await self._sandbox.press(asked["as"], where, asked["part"]))
        return self._told(await self._sandbox.select(asked["as"], where, asked["part"], asked.get("option")))

    async def _options(self, asked: Json) -> Json:
        person = self._sandbox.workspace.person(asked["as"])
        block, _, action = str(asked["part"]).partition("/")
        options = await self._sandbox.options(person, self._where(asked), block, action, str(asked.get("typed", "")))
        return {"options": options}

    async def _shortcut(self, asked: Json) -> Json:
        message = self._where(asked) if asked.get("place") else None
        if isinstance(message, View):
            raise NotPossibleError("a form has no shortcuts")
        return self._told(await self._sandbox.shortcut(asked["as"], asked["name"], message))

    async def _submit(self, asked: Json) -> Json:
        view = self._where(asked)
        if not isinstance(view, View):
            raise NotPossibleError("a message cannot be submitted")
        form = await self._sandbox.keep(asked["as"], view, _still_there(view, asked["values"]))
        return self._told(await self._sandbox.submit(asked["as"], form))

    async def _close(self, asked: Json) -> Json:
        return self._told(await self._sandbox.close(asked["as"]))

    async def _dismiss(self, asked: Json) -> Json:
        where = self._where(asked)
        if isinstance(where, Message):
            await self._sandbox.dismiss(asked["as"], where)
        return {}

    async def _home(self, asked: Json) -> Json:
        return self._told(await self._sandbox.home(asked["as"]))

    async def _move(self, asked: Json) -> Json:
        box = self._sandbox
        match asked.get("by"):
            case "hour" | "day" as span:
                await box.until(box.clock.now() + timedelta(**{f"{span}s": 1}))
            case "monday":
                await box.next_monday(asked["as"])
            case "digest":
                await box.next_digest()
            case _:
                await box.go_to(_local(str(asked["to"]), box.workspace.person(asked["as"]).tz))
        return {}

    async def _usage(self, asked: Json) -> Json:
        if "label" in asked:
            return {"report": await self._sandbox.import_story(str(asked["label"]))}
        return {"report": await self._sandbox.import_usage(str(asked["rows"]))}

    async def _reset(self, asked: Json) -> Json:
        await self._sandbox.reset()
        return {}

    async def _github(self, asked: Json) -> Json:
        hub, who, number = self._sandbox.github, asked["as"], int(asked["issue"])
        match asked["what"]:
            case "comment":
                seen = await hub.comment(who, number, str(asked["text"]))
            case "close":
                seen = await hub.close(who, number, str(asked["reason"]))
            case "reopen":
                seen = await hub.reopen(who, number)
            case "label":
                seen = await hub.label(who, number, str(asked["name"]))
            case "unlabel":
                seen = await hub.unlabel(who, number, str(asked["name"]))
            case other:
                raise KeyError(other)
        return self._told(seen)

    async def _trouble(self, asked: Json) -> Json:
        self._sandbox.begin_trouble(str(asked["label"]))
        return {}

    async def _calm(self, asked: Json) -> Json:
        await self._sandbox.calm()
        return {}

    def _told(self, seen: Seen) -> Json:
        """Return what the page must say beside redrawing: errors that do not stand in the channel already."""
        workspace = self._sandbox.workspace
        drawn = {one.text for one in workspace.seen_anywhere(workspace.people[seen.person]) if one.is_error}
        said = [one for one in seen.errors if one not in drawn]
        return {"problem": " ".join(said)} if said else {}

    def _where(self, asked: Json) -> Message | View:
        """Find the message or form a button stands in, as this person sees it."""
        place: dict[str, Any] = asked.get("place") or {}
        person = self._sandbox.workspace.person(asked["as"])
        found: Message | View | None
        if view := place.get("view"):
            found = self._sandbox.workspace.view(str(view))
        else:
            seen = self._sandbox.messages(str(place.get("channel")), person)
            found = next((one for one in seen if one.ts == place.get("ts")), None)
        if found is None:
            raise NotPossibleError("That is not there any more.")
        return found


def _still_there(view: View, values: Json) -> Json:
    """Leave out inputs that the app took away while the browser was sending them."""
    there = {f"{block['block_id']}/{element['action_id']}" for block, element in parts(view.blocks)}
    return {name: value for name, value in values.items() if name in there}


def _local(text: str, zone: str) -> datetime:
    """Read a date and time as a browser's input gives it, in a person's zone."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        raise NotPossibleError(f"“{text[:40]}” is no date and time.") from None


def _asked(request: web.Request) -> Asked:
    query = request.query
    place = "github" if query.get("view") == "github" else query.get("channel", "")
    return Asked(query.get("as", ""), place, "drawer" in query, query.get("issue", ""), query.get("state", "open"))
