"""`dossier check`: every problem of the set-up at once, each with its mend."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import manifest, slack
from bot.catalogue import read_only
from bot.deliver.pictures import SCOPE as PICTURES
from bot.delivery import github_of
from bot.github.answers import Done, Refused
from bot.playbooks import read as read_playbooks
from bot.playbooks import told
from bot.settings import Settings
from customers.errors import StorageProblem
from customers.model import Person
from customers.scope import All
from storage.database import Database, NewerDatabase, open_database
from storage.engine import BadUrl

PAGE = 200
PATIENCE = 10.0  # seconds that GitHub may take
SHOWN = 20  # problems of one kind that are listed one by one


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `about` names the part, `said` what is so and, when not ok, what to do."""

    ok: bool
    about: str
    said: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


async def examine(settings: Settings, wrong: frozenset[str] = frozenset()) -> list[Finding]:
    """Looks at everything; a failure of one part never hides another.

    `wrong` are variables that are told already: what hangs on them is not judged.
    """
    missing = settings.cannot_run()
    found = [Finding(False, "settings", line) for line in missing if not any(name in line for name in wrong)]
    if not missing:
        transport = "Socket Mode" if settings.slack_app_token else "HTTP"
        found.append(Finding(True, "settings", f"complete, transport {transport}, time zone {settings.timezone}"))
    csms, documents = _documents(settings)
    found += documents
    if "PLAYBOOKS" not in wrong:
        found += [Finding(fine, "playbooks", line) for fine, line in told(read_playbooks(settings.playbooks))]
    database, said = await _database(settings)
    found.append(said)
    if database and not any(name.startswith("USAGE_") for name in wrong):
        found += await _usage(settings, database)
    if database and settings.customer_docs is None and "CUSTOMER_DOCS" not in wrong:
        found.append(await _imported(database))
    try:
        async with slack.new_session() as session:
            token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
            web = slack.client(token, settings.slack_api_url, session)
            reached = await _slack(settings, web)
            found += reached
            if not any(name.startswith("GITHUB_") for name in wrong):
                found += await _github(settings, session)
            if settings.slack_bot_token and all(one.ok for one in reached):
                found += await _channels(settings, web)
            if database and settings.slack_bot_token and all(one.ok for one in reached):
                named = csms or await database.records.csms(All("check"))
                found += await _csms(named, web)
    finally:
        if database:
            await database.close()
    return found


def _documents(settings: Settings) -> tuple[list[tuple[str, Person]], list[Finding]]:
    if settings.customer_docs is None:
        return [], []
    customers, problems = read_only(settings.customer_docs, settings.document_max_mb)
    shown = [Finding(not one.broken and bool(customers), "documents", str(one)) for one in problems[:SHOWN]]
    if len(problems) > SHOWN:
        shown.append(Finding(True, "documents", f"… and {len(problems) - SHOWN} more remarks"))
    shown.append(Finding(bool(customers), "documents", f"{len(customers)} customers read"))
    return [(name, csm) for name, csm in customers if csm], shown


async def _imported(database: Database) -> Finding:
    """Without CUSTOMER_DOCS the database must have been filled by hand."""
    count = (await database.records.page(All("check"), "", 0, 1)).total
    if count:
        return Finding(True, "documents", f"CUSTOMER_DOCS is not set; {count} customers were imported by hand")
    said = "CUSTOMER_DOCS is not set and nothing is imported; name the document or its folder, or use dossier import"
    return Finding(False, "documents", said)


async def _database(settings: Settings) -> tuple[Database | None, Finding]:
    try:
        database = await open_database(settings.database)
    except (BadUrl, NewerDatabase, StorageProblem, OSError) as problem:
        reason = getattr(problem, "reason", "")
        said = f"{getattr(problem, 'sentence', problem)} ({reason})" if reason else str(problem)
        return None, Finding(False, "database", said)
    try:
        await database.can_write()
        rows = await database.usage.count(All("check"))
        return database, Finding(True, "database", f"{database.url.get_backend_name()}, {rows} usage rows")
    except StorageProblem as problem:
        return database, Finding(False, "database", str(problem))


async def _usage(settings: Settings, database: Database) -> list[Finding]:
    """The product's database, when it is asked: lets us in, and understands the query."""
    if settings.usage_database_url is None or settings.usage_query is None:
        return []
    from bot.usage_query import NotPulled, UsageQuery

    query = UsageQuery(settings.usage_database_url.get_secret_value(), settings.usage_query, database)
    try:
        columns = await query.attempt(datetime.now(UTC).astimezone(settings.zone).date())
    except (NotPulled, StorageProblem) as problem:
        return [Finding(False, "usage query", str(problem))]
    said = f"{settings.usage_query.name} is understood and answers {', '.join(columns)}"
    return [Finding(True, "usage query", said)]


async def _slack(settings: Settings, web: AsyncWebClient) -> list[Finding]:
    found = []
    if settings.slack_bot_token:
        found += await _token(web)
    if settings.slack_app_token:
        found.append(await _app_token(web, settings.slack_app_token.get_secret_value()))
    return found


async def _token(web: AsyncWebClient) -> list[Finding]:
    try:
        me = await slack.identify(web)
    except SlackApiError as problem:
        why = problem.response.get("error")
        return [Finding(False, "bot token", f"Slack answered {why}; reinstall the app and copy its bot token")]
    except slack.UNREACHED as problem:
        return [
            Finding(False, "Slack", f"{web.base_url} cannot be reached ({type(problem).__name__}); check the network")
        ]
    wanted = manifest.scopes()
    found = [Finding(True, "bot token", f"accepted by workspace {me.team_name or me.team}")]
    if not me.scopes:
        return [*found, Finding(True, "scopes", "Slack did not say which scopes were granted")]
    if missing := sorted(wanted - me.scopes):
        said = f"missing {', '.join(missing)}; install the app again from manifest.yml"
        return [*found, Finding(False, "scopes", said)]
    optional = manifest.optional_scopes()
    if PICTURES in optional - me.scopes:
        found.append(Finding(True, "scopes", f"without {PICTURES} (optional): messages go without their charts"))
    if without := sorted(optional - me.scopes - {PICTURES}):
        said = f"without {', '.join(without)} (optional): a post whose outcome is unknown cannot be looked up"
        found.append(Finding(True, "scopes", said))
    extra = sorted(me.scopes - wanted - optional)
    return [
        *found,
        Finding(True, "scopes", f"as in the manifest{', more than needed: ' + ', '.join(extra) if extra else ''}"),
    ]


async def _app_token(web: AsyncWebClient, token: str) -> Finding:
    try:
        await web.apps_connections_open(app_token=token)
    except SlackApiError as problem:
        why = problem.response.get("error")
        return Finding(
            False, "app token", f"Slack answered {why}; make one with connections:write under Basic Information"
        )
    except slack.UNREACHED as problem:
        return Finding(False, "app token", f"Slack cannot be reached ({type(problem).__name__}); check the network")
    return Finding(True, "app token", "Socket Mode can connect")


async def _github(settings: Settings, session: aiohttp.ClientSession) -> list[Finding]:
    client = github_of(settings, session, lambda: datetime.now(UTC), PATIENCE)
    if client is None:
        said = "not set up: reported bugs are saved and wait; set GITHUB_REPOSITORY and GITHUB_TOKEN to file them"
        return [Finding(True, "GitHub", said)]
    answer = await client.who()
    if isinstance(answer, Done):
        found = [Finding(True, "GitHub", answer.data)]
    else:
        mend = answer.next_step if isinstance(answer, Refused) else "Check GITHUB_API_URL and the network."
        found = [Finding(False, "GitHub", f"{answer.reason} {mend}")]
    if settings.github_webhook_secret is None:
        seconds = settings.github_poll_seconds
        found.append(Finding(True, "GitHub", f"no GITHUB_WEBHOOK_SECRET: asked every {seconds} s what changed"))
    return found


async def _channels(settings: Settings, web: AsyncWebClient) -> list[Finding]:
    """The channels of the settings: there, internal, and with the bot in them."""
    found = []
    for name, channel in (("FALLBACK_CHANNEL", settings.fallback_channel), ("BUG_CHANNEL", settings.bug_channel)):
        if channel is None:
            continue
        try:
            told = (await web.conversations_info(channel=channel))["channel"]
        except (SlackApiError, *slack.UNREACHED) as problem:
            said = f"{channel} cannot be read ({slack.code_of(problem)}); copy the id from the channel's details"
            found.append(Finding(False, name, said))
            continue
        if told.get("is_ext_shared") or told.get("is_pending_ext_shared"):
            found.append(Finding(False, name, f"{channel} is shared with another organisation; choose an internal one"))
        elif told.get("is_archived") or not told.get("is_member"):
            found.append(Finding(False, name, f"the bot is not in {channel}; unarchive it or invite the bot there"))
        else:
            found.append(Finding(True, name, f"{channel} is internal and the bot is in it"))
    return found


async def _csms(named: list[tuple[str, Person]], web: AsyncWebClient) -> list[Finding]:
    """CSMs that match no Slack user: nobody would see those customers under `/health`."""
    try:
        known = await _everybody(web)
    except (SlackApiError, *slack.UNREACHED):
        return [
            Finding(False, "CSMs", "Slack's user list cannot be read; check the scopes users:read and users:read.email")
        ]
    lost = [(customer, person) for customer, person in named if not _matches(person, known)]
    if not lost:
        return [Finding(True, "CSMs", f"all {len(named)} are Slack users")]
    mend = "write Name <email> as in Slack"
    told = [
        Finding(False, "CSMs", f"{customer}: {person} is no Slack user; {mend}") for customer, person in lost[:SHOWN]
    ]
    more = len(lost) - SHOWN
    return [*told, Finding(False, "CSMs", f"… and {more} more")] if more > 0 else told


async def _everybody(web: AsyncWebClient) -> set[str]:
    known: set[str] = set()
    cursor = ""
    while True:
        page = await web.users_list(limit=PAGE, cursor=cursor or None)
        for user in page["members"]:
            if not user.get("deleted") and not user.get("is_bot"):
                profile = user.get("profile") or {}
                names = (profile.get("email"), profile.get("real_name"), user.get("real_name"), user.get("name"))
                known |= {str(name).casefold() for name in names if name}
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return known


def _matches(person: Person, known: set[str]) -> bool:
    return any(value and value.casefold() in known for value in (person.email, person.name, person.handle))
