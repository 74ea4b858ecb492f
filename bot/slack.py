"""Slack's side of the bot: who we are, who is asking, who can read a channel, posting, and Bolt itself.

Design: slack.md, "Bolt and slack_sdk traps". Sends are never repeated by the client; outcomes are told as errors.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import aiohttp
import orjson
import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from commands.listen import Listeners
from customers.errors import ChannelUnknown, MaybePosted, NotPosted
from customers.people import Reader, Standing

FRESH = timedelta(minutes=5)  # design, "Who may": conversations.info not older than five minutes
REMEMBERED = 20_000
TIMEOUT = 10.0  # seconds of one call
QUICK = 2.0  # seconds for a look-up or reply that an acknowledgement waits for
REPLY = 1.0  # seconds for the answer to a press
UNREACHED = (aiohttp.ClientError, OSError, SlackClientError, asyncio.TimeoutError)
# what Slack says of a token that will never do (pages of auth.test and apps.connections.open, "Errors")
REFUSED = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "not_allowed_token_type",
        "no_permission",
        "missing_scope",
        "access_denied",
        "team_access_not_granted",
        "ekm_access_denied",
    }
)
UNSURE = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable"})

Clock = Callable[[], datetime]
log = structlog.get_logger()
T = TypeVar("T")


def new_session(timeout: float = TIMEOUT) -> aiohttp.ClientSession:
    """One for all calls; a connection per call costs six times as much."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout, connect=timeout / 2))


def client(token: str, url: str, session: aiohttp.ClientSession) -> AsyncWebClient:
    """A client that never repeats a call by itself: a repeated post is a double post."""
    return AsyncWebClient(token=token, base_url=url, session=session, retry_handlers=[])


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is, from `auth.test`; `scopes` are those granted to the token."""

    team: str
    team_name: str
    enterprise: str | None
    bot_user: str
    bot_id: str
    scopes: frozenset[str]
    url: str = ""  # of the workspace, such as https://acme.slack.com/; links to messages begin with it


async def identify(web: AsyncWebClient) -> Identity:
    """Raises SlackApiError for a bad token, or what aiohttp raises when Slack cannot be reached."""
    found = await web.auth_test()
    granted = str(found.headers.get("X-OAuth-Scopes") or found.headers.get("x-oauth-scopes") or "")
    return Identity(
        found["team_id"],
        str(found.get("team") or ""),
        found.get("enterprise_id"),
        str(found.get("user_id") or ""),
        str(found.get("bot_id") or ""),
        frozenset(filter(None, (scope.strip() for scope in granted.split(",")))),
        str(found.get("url") or ""),
    )


class _Remembered(Generic[T]):
    """Answers of Slack that stay true for a few minutes; concurrent questions for one key are asked once."""

    def __init__(self, ask: Callable[[str], Awaitable[T]], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._known: OrderedDict[str, tuple[datetime, T]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[T]] = {}

    def fresh(self, key: str) -> T | None:
        """What is known and not too old."""
        found = self._known.get(key)
        return found[1] if found and abs(self._clock() - found[0]) < FRESH else None

    async def get(self, key: str) -> T:
        if (known := self.fresh(key)) is not None:
            return known
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.ensure_future(self._ask(key))
            task.add_done_callback(lambda done: self._asked(key, done))
        return await asyncio.wait_for(asyncio.shield(task), QUICK)

    def _asked(self, key: str, done: asyncio.Task[T]) -> None:
        wanted = self._asking.get(key) is done  # not when it was forgotten while it was being asked
        if wanted:
            del self._asking[key]
        if done.cancelled() or done.exception() is not None or not wanted:  # whoever asked may have given up waiting
            return
        self._known[key] = (self._clock(), done.result())
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def forget(self, key: str) -> None:
        self._known.pop(key, None)
        self._asking.pop(key, None)


class People:
    """Who somebody is: `users.info`, remembered for five minutes, forgotten on `user_change`."""

    def __init__(self, web: AsyncWebClient, who: Callable[[], Identity], admins: frozenset[str], clock: Clock) -> None:
        self._web = web
        self._who = who
        self._admins = admins
        self._users = _Remembered(self._ask, clock)

    async def reader(self, user: str, team: str | None) -> Reader:
        """Standing UNKNOWN when Slack does not say: doubt means no."""
        if (known := self._users.fresh(user)) is not None:
            return known
        try:
            return await self._users.get(user)
        except UNREACHED as problem:
            log.warning("identity_unknown", user=user, why=code_of(problem))
            gone = code_of(problem) in ("user_not_found", "user_not_visible", "users_not_found")
            return Reader(user, Standing.DELETED if gone else Standing.UNKNOWN)

    def forget(self, user: str) -> None:
        """The account changed."""
        self._users.forget(user)

    async def _ask(self, user: str) -> Reader:
        found = (await self._web.users_info(user=user)).get("user")
        if not isinstance(found, dict):
            raise SlackClientError("users.info told nothing about the user")
        profile = found.get("profile") or {}
        return Reader(
            user,
            self._standing(found),
            profile.get("real_name") or found.get("real_name"),
            profile.get("email"),
            found.get("name"),
            found.get("tz"),
        )

    def _standing(self, user: dict[str, Any]) -> Standing:
        me = self._who()
        grid = (user.get("enterprise_user") or {}).get("enterprise_id")
        if user.get("deleted"):
            return Standing.DELETED
        if user.get("is_bot") or user.get("is_workflow_bot"):
            return Standing.BOT
        if user.get("is_stranger") or (
            user.get("team_id", me.team) != me.team and not (grid and grid == me.enterprise)
        ):
            return Standing.OUTSIDER
        if user.get("is_restricted") or user.get("is_ultra_restricted"):
            return Standing.GUEST
        return Standing.ADMIN if user.get("id") in self._admins else Standing.MEMBER


class Places:
    """Who else can read a channel: `conversations.info`, never older than five minutes."""

    def __init__(self, web: AsyncWebClient, clock: Clock) -> None:
        self._channels = _Remembered(self._ask, clock)
        self._web = web

    async def has_outsiders(self, channel: str) -> bool:
        """Externally shared (`is_ext_shared` decides), or about to be. Raises ChannelUnknown."""
        try:
            return await self._channels.get(channel)
        except UNREACHED as problem:
            log.warning("channel_unknown", channel=channel, why=code_of(problem))
            raise ChannelUnknown() from problem

    def forget(self, channel: str) -> None:
        """It was shared or unshared."""
        self._channels.forget(channel)

    async def _ask(self, channel: str) -> bool:
        found = (await self._web.conversations_info(channel=channel)).get("channel")
        if not isinstance(found, dict):
            raise SlackClientError("conversations.info told nothing about the channel")
        pending = (
            found.get("is_pending_ext_shared") or found.get("pending_shared") or found.get("pending_connected_team_ids")
        )
        return bool(found.get("is_ext_shared") or pending)


class Outbound:
    """What leaves the bot besides acknowledgements."""

    def __init__(self, web: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        self._web = web
        self._session = session
        self._host = urlsplit(web.base_url).hostname

    async def respond(self, url: str, body: dict[str, Any]) -> None:
        """An answer to a button; when it fails the person presses again, so it is logged and nothing more."""
        host = urlsplit(url).hostname or ""
        if host != self._host and not host.endswith((".slack.com", ".slack-gov.com")):
            log.warning("answer_refused", why="not an address of Slack")
            return
        try:
            async with self._session.post(
                url, data=orjson.dumps(body), headers={"Content-Type": "application/json; charset=utf-8"},
                timeout=aiohttp.ClientTimeout(total=REPLY), allow_redirects=False,
            ) as answer:  # fmt: skip
                if answer.status != 200:
                    log.warning("answer_refused", status=answer.status)
        except UNREACHED as problem:
            log.warning("answer_lost", why=code_of(problem))

    async def open(self, trigger: str, view: dict[str, Any]) -> None:
        """When it fails the person sees nothing and tries again, so it is logged and nothing more."""
        await self._view("form_not_opened", self._web.views_open(trigger_id=trigger, view=view))

    async def update(self, view_id: str, seen: str, view: dict[str, Any]) -> None:
        """A form that changed since, or was closed, stays as it is."""
        await self._view("form_not_updated", self._web.views_update(view_id=view_id, hash=seen, view=view))

    async def publish(self, user: str, view: dict[str, Any]) -> None:
        """The Home tab of a person; the newest takes the place of whatever stood there, so no hash is needed."""
        await self._view("home_not_published", self._web.views_publish(user_id=user, view=view))

    async def _view(self, event: str, call: Awaitable[Any]) -> None:
        try:
            await asyncio.wait_for(call, REPLY)
        except UNREACHED as problem:
            log.warning(event, why=code_of(problem))

    async def post(self, channel: str, body: dict[str, Any]) -> None:
        """Raises NotPosted when it surely failed, MaybePosted when nobody can know."""
        try:
            sent = self._web.chat_postMessage(channel=channel, unfurl_links=False, unfurl_media=False, **body)
            await asyncio.wait_for(sent, QUICK)
        except SlackApiError as problem:
            code = code_of(problem)
            if code in UNSURE or status_of(problem) >= 500 or (code.startswith("http_") and status_of(problem) < 400):
                raise MaybePosted() from problem
            raise NotPosted(code_of(problem)) from problem
        except aiohttp.ClientConnectorError as problem:
            raise NotPosted("no_connection") from problem
        except UNREACHED as problem:
            raise MaybePosted() from problem


def code_of(problem: BaseException) -> str:
    """Slack's error code, `http_500` for an answer without one, or the kind of failure."""
    if isinstance(problem, SlackApiError):
        data = getattr(problem.response, "data", None)
        code = data.get("error") if isinstance(data, dict) else None
        return str(code) if code else f"http_{status_of(problem)}"
    return type(problem).__name__


def status_of(problem: SlackApiError) -> int:
    """The HTTP status, from slack_sdk's response or, when the body was no JSON, from aiohttp's."""
    return int(getattr(problem.response, "status_code", 0) or getattr(problem.response, "status", 0) or 0)


class _Route(AsyncMiddleware):
    """The dictionary route: the last middleware answers, so Bolt never walks a list of listeners."""

    def __init__(self, listeners: Listeners) -> None:
        self._hear = listeners.hear

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        answer = await self._hear(req.body)
        if answer is None:
            return BoltResponse(status=200, body="")
        return BoltResponse(status=200, body=orjson.dumps(answer).decode(), headers=_JSON)


_JSON: dict[str, Any] = {"content-type": ["application/json; charset=utf-8"]}


class _OneTeam(AsyncApp):
    """Bolt makes a web client for every request, because tokens may differ from one to the next.

    Ours never do, so all requests share one: a tenth of a request's cost (docs/decisions/0001). A test holds the names
    against those that Bolt itself puts into a context.
    """

    def _init_context(self, req: AsyncBoltRequest) -> None:
        req.context["logger"] = self._framework_logger
        req.context["token"] = self._token
        req.context["client"] = self._async_client
        req.context["listener_runner"] = self._async_listener_runner


def bolt(web: AsyncWebClient, token: str, who: Callable[[], Identity], listeners: Listeners) -> AsyncApp:
    """Bolt with our gate in front (so without its own check of signatures) and our dictionary at the end."""

    async def authorize(**_context: Any) -> AuthorizeResult:
        me = who()
        return AuthorizeResult(
            enterprise_id=me.enterprise, team_id=me.team, bot_token=token, bot_id=me.bot_id, bot_user_id=me.bot_user
        )

    anonymous = AsyncWebClient(base_url=web.base_url, session=web.session, retry_handlers=[])
    app = _OneTeam(
        name="dossier",
        client=anonymous,
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,  # no message events are subscribed
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
    )
    app.use(_Route(listeners))
    return app


async def dispatch(app: AsyncApp, payload: dict[str, Any]) -> BoltResponse:
    """One payload that the gate or Slack's socket vouches for; both transports are the same from here on.

    Listeners never raise, so an error of Bolt means that it stumbled over the payload's shape: a bad request.
    """
    try:
        answer = await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=payload))
    except Exception:
        log.exception("payload_refused", kind="unreadable")
        return BoltResponse(status=400, body="")
    return answer if answer.status < 500 else BoltResponse(status=400, body="")
