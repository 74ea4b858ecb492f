"""The only reader of the environment. Every problem is found at once and told with its mend, never with the value."""

import os
import re
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.shapes import shaped, weekdays
from customers.calendars import Calendar, country_code
from customers.health import Thresholds
from customers.schedule import Weekly

SLACK = "https://slack.com/api/"
GITHUB = "https://api.github.com"
_OF_THE_SYSTEM = (
    "PATH", "HOME", "LANG", "TMPDIR", "TEMP", "SYSTEMROOT", "LD_LIBRARY_PATH", "PYTHONPATH", "MPLCONFIGDIR",
    "XDG_CACHE_HOME",
)  # fmt: skip
_PLAIN = {
    "int_parsing": "is not a whole number",
    "float_parsing": "is not a number; write for example 0.8",
    "less_than_equal": "is too large; at most {le}",
    "greater_than_equal": "is too small; at least {ge}",
    "string_pattern_mismatch": "is none of DEBUG, INFO, WARNING, ERROR",
}


class BadSettings(Exception):
    """The bot cannot start; `problems` are lines for people."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """One field per environment variable of the same name; docs/reference/settings.md is made from this class."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", env_ignore_empty=True, frozen=True, hide_input_in_errors=True
    )

    slack_bot_token: SecretStr | None = Field(
        None, description="Bot token (`xoxb-…`) of the installed app. Required to run."
    )
    slack_app_token: SecretStr | None = Field(
        None, description="App-level token (`xapp-…`) with `connections:write`. Set: the bot uses Socket Mode."
    )
    slack_signing_secret: SecretStr | None = Field(
        None, description="Signing secret. Set (and no app token): the bot answers HTTP at `/slack/events`."
    )
    slack_api_url: str = Field(SLACK, description="Base URL of Slack's Web API.")
    data_dir: Path = Field(Path("data"), description="Folder of the SQLite file when `DATABASE_URL` is not set.")
    database_url: str | None = Field(
        None,
        description="`sqlite:////path/file` or `postgresql://user@host/name`. Default: SQLite in `DATA_DIR`.",
    )
    customer_docs: Path | None = Field(
        None, description="The customer document, or a folder of them. Imported at start and whenever a file changes."
    )
    document_poll_seconds: int = Field(
        10, ge=1, le=3600, description="How often the documents are looked at for changes."
    )
    document_max_mb: int = Field(16, ge=1, le=500, description="A larger document is refused; split it into a folder.")
    admins: str = Field("", description="Slack user ids of Dossier's admins, separated by commas.")
    host: str = Field("127.0.0.1", description="Address of the HTTP server. In a container: `0.0.0.0`.")
    port: int = Field(3000, ge=0, le=65535, description="Port of the HTTP server (events, health, metrics).")
    timezone: str = Field("UTC", description="The team's time zone, which decides what “today” is.")
    work_hours: str = Field("09:00-17:00", description="The team's working hours, which business days are made of.")
    work_days: str = Field("Mon-Fri", description="Working days: a range (`Mon-Fri`) or a list (`Sun,Mon,Tue`).")
    country: str | None = Field(
        None,
        description="Country whose public holidays are free, such as `DE` or `DE-BY`. A customer's own goes first.",
    )
    sprint_days: int = Field(14, ge=1, le=92, description="Length of a sprint in days.")
    sprint_anchor: date = Field(date(2026, 1, 5), description="A day on which a sprint begins (`YYYY-MM-DD`).")
    fallback_channel: str | None = Field(
        None, description="Channel id (`C…`) for messages to a CSM who is no Slack user."
    )
    bug_channel: str | None = Field(None, description="Channel id (`C…`) that is warned when a bug's time runs out.")
    github_repository: str | None = Field(
        None, description="`owner/name` of the repository for reported bugs. Not set: bugs wait for GitHub."
    )
    github_token: SecretStr | None = Field(
        None, description="Token that may write issues in that repository (and push, or labels are lost)."
    )
    github_app_id: str | None = Field(None, description="GitHub App instead of a token: its app id.")
    github_app_private_key: SecretStr | None = Field(None, description="GitHub App: its private key (PEM text).")
    github_app_installation: int | None = Field(
        None, description="GitHub App: the installation's id. Not set: looked up by the repository."
    )
    github_api_url: str = Field(GITHUB, description="Base URL of GitHub's REST API.")
    github_webhook_secret: SecretStr | None = Field(
        None, description="Secret of the webhook (events Issues and Issue comments) to `/github/webhooks`."
    )
    github_poll_seconds: int = Field(
        120,
        ge=5,
        le=86_400,
        description="How often GitHub is asked what changed, for where no webhook reaches the bot.",
    )
    weekly_check: str = Field(
        "Mon 06:00", description="When last week's usage is checked and health is judged, by `TIMEZONE`."
    )
    product_channel: str | None = Field(
        None, description="Channel id (`C…`) that is reminded of product's weekly queue. Not set: the fallback channel."
    )
    playbooks: Path | None = Field(
        None, description="Folder with your own playbooks (Markdown). Not set: the three that come with Dossier."
    )
    usage_database_url: SecretStr | None = Field(
        None, description="`postgresql://…` of your product's database, for a user that may only read."
    )
    usage_query: Path | None = Field(
        None, description="File with the SQL query that answers customer, week, active_users[, seats]."
    )
    usage_pull: str = Field("05:00", description="When the query is asked every day, by `TIMEZONE`.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR.")

    health_adoption_green: float = Field(0.80, description="Adoption (0–1) from which the indicator is green.")
    health_adoption_yellow: float = Field(0.50, description="Adoption (0–1) below which the indicator is red.")
    health_usage_drop: float = Field(0.20, description="Fall of weekly users (0–1); strictly more is yellow.")
    health_drop_base: int = Field(5, description="Weekly users from which a fall counts.")
    health_falling_weeks: int = Field(3, description="Weeks of falling in a row that are yellow.")
    health_idle_days: int = Field(14, description="Days without any use that are red.")
    health_feed_days: int = Field(9, description="Age in days up to which usage data is fresh.")
    health_feedback_negative: int = Field(0, description="NPS below which feedback is negative.")

    @field_validator("slack_bot_token", "slack_app_token")
    @classmethod
    def _token(cls, value: SecretStr | None, info: Any) -> SecretStr | None:
        if value is None:
            return None
        wanted = "xoxb-" if info.field_name == "slack_bot_token" else "xapp-"
        return shaped(value, wanted)

    @field_validator("slack_signing_secret")
    @classmethod
    def _secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and value.get_secret_value().startswith(("xoxb-", "xapp-", "xoxp-")):
            raise ValueError("is a token; the signing secret stands under “App Credentials” of “Basic Information”")
        return None if value is None else shaped(value, "")

    @field_validator("slack_api_url")
    @classmethod
    def _url(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", value):
            raise ValueError("is not an http(s) URL; write for example https://slack.com/api/")
        return value if value.endswith("/") else value + "/"

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("is not a time zone; write a name such as Europe/Berlin or America/New_York")
        return value

    @field_validator("github_api_url")
    @classmethod
    def _github_url(cls, value: str) -> str:
        return cls._url(value).removesuffix("/")

    @field_validator("github_repository")
    @classmethod
    def _repository(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[\w.-]+/[\w.-]+", value, re.ASCII):
            raise ValueError("is not a repository; write owner/name, for example acme/product")
        return value

    @field_validator("github_token", "github_webhook_secret")
    @classmethod
    def _github_secret(cls, value: SecretStr | None) -> SecretStr | None:
        return None if value is None else shaped(value, "")

    @field_validator("github_app_private_key")
    @classmethod
    def _pem(cls, value: SecretStr | None) -> SecretStr | None:
        text = value.get_secret_value().strip() if value else ""
        if value is not None and not (text.startswith("-----BEGIN ") and "PRIVATE KEY-----" in text):
            raise ValueError(
                "is no private key; put the whole text of the PEM file there, or its file into SECRETS_DIR"
            )
        return value

    @field_validator("weekly_check")
    @classmethod
    def _weekly(cls, value: str) -> str:
        day, _, at = value.strip().partition(" ")
        if len(weekdays(day)) != 1 or "-" in day or "," in day:
            raise ValueError("names no weekday and time; write for example Mon 06:00")
        return f"{day[:3].capitalize()} {cls._daily(at)}"

    @field_validator("usage_pull")
    @classmethod
    def _daily(cls, value: str) -> str:
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value.strip(), re.ASCII):
            raise ValueError("is no time of the day; write for example 05:00")
        return value.strip()

    @field_validator("usage_query", "playbooks")
    @classmethod
    def _there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.exists():
            raise ValueError("names a file or folder that does not exist; correct the path or create it")
        return value

    @field_validator("fallback_channel", "bug_channel", "product_channel")
    @classmethod
    def _channel(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[CG][A-Z0-9]{2,}", value):
            raise ValueError("is not a channel id; copy it from the channel's details in Slack (C…)")
        return value

    @field_validator("country")
    @classmethod
    def _country(cls, value: str | None) -> str | None:
        return None if value is None else country_code(value)

    @field_validator("work_hours")
    @classmethod
    def _hours(cls, value: str) -> str:
        match = re.fullmatch(r"(\d\d:\d\d)\s*-\s*(\d\d:\d\d)", value.strip())
        try:
            closes = "00:00" if match and match[2] == "24:00" else match[2] if match else ""
            if match and (closes == "00:00" or time.fromisoformat(match[1]) < time.fromisoformat(closes)):
                return f"{match[1]}-{closes}"
        except ValueError:
            pass
        raise ValueError("are no working hours; write for example 09:00-17:00")

    @field_validator("work_days")
    @classmethod
    def _days(cls, value: str) -> str:
        if not weekdays(value):
            raise ValueError("are no working days; write for example Mon-Fri or Sun,Mon,Tue,Wed,Thu")
        return value

    @field_validator("customer_docs")
    @classmethod
    def _documents(cls, value: Path | None) -> Path | None:
        if value is not None and not value.exists():
            raise ValueError("names a file or folder that does not exist; correct the path or create it")
        return value

    @model_validator(mode="after")
    def _limits(self) -> "Settings":
        for one in self.admin_ids:
            if not re.fullmatch(r"[UW][A-Z0-9]{2,}", one):
                raise ValueError(
                    "ADMINS holds something that is no Slack user id; write ids such as U012ABC, with commas"
                )
        try:
            self.thresholds  # noqa: B018 - builds them, so that a bad limit is told at start
        except ValidationError as problem:
            first = problem.errors()[0]
            where = "_".join(map(str, first["loc"])).upper()
            said = first["msg"].removeprefix("Value error, ")
            raise ValueError(f"HEALTH_{where} {said}" if where else f"HEALTH_* settings: {said}") from None
        return self

    @property
    def thresholds(self) -> Thresholds:
        """The health rules' numbers."""
        names = Thresholds.model_fields
        return Thresholds(**{name: getattr(self, f"health_{name}") for name in names})

    @property
    def calendar(self) -> Calendar:
        """When the team works."""
        opens, closes = (time.fromisoformat(one) for one in self.work_hours.split("-"))
        days = weekdays(self.work_days)
        return Calendar(opens, closes, days, self.zone, self.country, self.sprint_days, self.sprint_anchor)

    @property
    def check(self) -> Weekly:
        """When last week is checked."""
        day, _, at = self.weekly_check.partition(" ")
        return Weekly(min(weekdays(day)), time.fromisoformat(at), self.zone)

    @property
    def database(self) -> str:
        """Where the database is."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'dossier.sqlite3').absolute()}"

    @property
    def zone(self) -> ZoneInfo:
        """The team's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def admin_ids(self) -> frozenset[str]:
        """Slack user ids."""
        return frozenset(filter(None, (one.strip() for one in self.admins.split(","))))

    def cannot_run(self) -> list[str]:
        """What is missing before the bot can talk to Slack; one line each."""
        problems = []
        if self.slack_bot_token is None:
            problems.append("SLACK_BOT_TOKEN is not set; copy it from “OAuth & Permissions” of your Slack app (xoxb-…)")
        if self.slack_app_token is None and self.slack_signing_secret is None:
            problems.append(
                "neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP) is set; set one of the two"
            )
        given = self.github_repository, self.github_token or self.github_app_id
        if any(given) and not all(given):
            problems.append("GITHUB_REPOSITORY and GITHUB_TOKEN (or GITHUB_APP_ID) belong together; set both or none")
        if self.github_token and self.github_app_id:
            problems.append("GITHUB_TOKEN and GITHUB_APP_ID are both set; keep one of them")
        if self.github_webhook_secret and not self.github_repository:
            problems.append("GITHUB_WEBHOOK_SECRET is set without GITHUB_REPOSITORY; set both or none")
        if bool(self.usage_database_url) != bool(self.usage_query):
            problems.append("USAGE_DATABASE_URL and USAGE_QUERY belong together; set both or none")
        if bool(self.github_app_id) != bool(self.github_app_private_key):
            problems.append("GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY belong together; set both or none")
        return problems


class _Given(Settings):
    """Exactly what is given: a person's own environment must not reach the sandbox or a test."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def of_the_system() -> dict[str, str]:
    """The variables that any program of this machine needs, for a process that is told nothing of ours."""
    return {name: os.environ[name] for name in _OF_THE_SYSTEM if name in os.environ}


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment, `.env` and the files in SECRETS_DIR, or from `environment` alone.

    Raises BadSettings.
    """
    try:
        if environment is None:
            folder = os.environ.get("SECRETS_DIR", "")
            return Settings(_secrets_dir=folder) if folder and Path(folder).is_dir() else Settings()
        known = {name: environment[name.upper()] for name in Settings.model_fields if environment.get(name.upper())}
        return _Given(**known)  # type: ignore[arg-type]
    except ValidationError as problem:
        raise BadSettings([_line(one) for one in problem.errors(include_input=False, include_url=False)]) from None


def wrong_names(problem: BadSettings) -> frozenset[str]:
    """The variables that the problems are about."""
    return frozenset(line.split(" ")[0] for line in problem.problems)


def load_rest(problem: BadSettings) -> Settings:
    """What is left without the settings that are wrong, from wherever `load` reads; for `dossier check`."""
    given: dict[str, str | None] = {name.upper(): value for name, value in dotenv_values(".env").items()}
    folder = Path(os.environ.get("SECRETS_DIR") or os.devnull)
    if folder.is_dir():
        files = {one.name.upper(): one.read_text() for one in folder.iterdir() if one.is_file()}
        given = {**files, **given}
    given.update({name.upper(): value for name, value in os.environ.items()})
    wrong = wrong_names(problem)
    while True:
        try:
            return load({name: value for name, value in given.items() if value and name not in wrong})
        except BadSettings as more:  # one that only shows when the others are away
            if wrong_names(more) <= wrong:
                return load({})
            wrong |= wrong_names(more)


def _line(error: Any) -> str:
    name = "_".join(str(part) for part in error["loc"]).upper()
    plain = _PLAIN.get(error["type"])
    words = plain.format(**error.get("ctx", {})) if plain else str(error["msg"]).removeprefix("Value error, ")
    return f"{name} {words}" if name else words
