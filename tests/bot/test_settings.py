"""Settings: every problem at once, in one line with its mend, and never a secret in it."""

from datetime import time
from pathlib import Path

import pytest

from bot.settings import BadSettings, Settings, load, load_rest, wrong_names

BOT, APP = "xoxb-1-secret", "xapp-1-secret"


def _problems(**environment: str) -> list[str]:
    with pytest.raises(BadSettings) as bad:
        load(environment)
    return bad.value.problems


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SLACK_BOT_TOKEN", BOT + "\n", "line break"),
        ("SLACK_BOT_TOKEN", " " + BOT, "space"),
        ("SLACK_BOT_TOKEN", f'"{BOT}"', "quotation marks"),
        ("SLACK_BOT_TOKEN", "xoxp-1-secret", "is a user token, but a bot token (xoxb-…) is needed"),
        ("SLACK_BOT_TOKEN", APP, "is an app-level token, but a bot token"),
        ("SLACK_APP_TOKEN", BOT, "is a bot token, but an app-level token"),
        ("SLACK_SIGNING_SECRET", "se cret", "space"),
        ("SLACK_API_URL", "slack.com", "not an http(s) URL"),
        ("TIMEZONE", "Mars/Olympus", "is not a time zone"),
        ("CUSTOMER_DOCS", "/no/such/folder", "does not exist"),
        ("PORT", "99999", "65535"),
        ("PORT", "http", "whole number"),
        ("HEALTH_ADOPTION_GREEN", "0.4", "red limit of adoption must lie below the green one"),
        ("LOG_LEVEL", "LOUD", "DEBUG"),
        ("GITHUB_REPOSITORY", "acme", "write owner/name"),
        ("GITHUB_REPOSITORY", "https://github.com/acme/app", "write owner/name"),
        ("GITHUB_API_URL", "api.github.com", "not an http(s) URL"),
        ("GITHUB_TOKEN", "ghp_1\n", "line break"),
        ("GITHUB_APP_PRIVATE_KEY", "abc", "is no private key"),
        ("BUG_CHANNEL", "#bugs", "is not a channel id"),
        ("FALLBACK_CHANNEL", "U123", "is not a channel id"),
        ("WORK_HOURS", "17:00-09:00", "are no working hours"),
        ("WORK_HOURS", "9-5", "are no working hours"),
        ("WORK_DAYS", "Mon-Funday", "are no working days"),
        ("COUNTRY", "Germany", "country code"),
    ],
)
def test_a_wrong_value_is_told_with_its_name_and_mend(name: str, value: str, said: str) -> None:
    (line,) = _problems(**{name: value})
    assert said in line
    assert "secret" not in line


def test_all_problems_come_at_once() -> None:
    assert len(_problems(SLACK_BOT_TOKEN="x", TIMEZONE="x", PORT="x", CUSTOMER_DOCS="/x")) == 4


def test_missing_tokens_are_told_before_running() -> None:
    assert [line.split()[0] for line in load({}).cannot_run()] == ["SLACK_BOT_TOKEN", "neither"]


@pytest.mark.parametrize("transport", [{"SLACK_APP_TOKEN": APP}, {"SLACK_SIGNING_SECRET": "abc"}])
def test_a_bot_token_and_one_transport_are_enough(transport: dict[str, str]) -> None:
    assert load({"SLACK_BOT_TOKEN": BOT, **transport}).cannot_run() == []


def test_secrets_do_not_show_in_the_representation() -> None:
    shown = repr(load({"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": APP, "SLACK_SIGNING_SECRET": "hush-secret"}))
    assert "secret" not in shown.replace("signing_secret", "").replace("webhook_secret", "")


def test_an_empty_variable_is_an_unset_one() -> None:
    assert load({"SLACK_APP_TOKEN": ""}).slack_app_token is None


def test_the_database_is_a_file_in_the_data_folder_by_default(tmp_path: Path) -> None:
    assert load({"DATA_DIR": str(tmp_path)}).database == f"sqlite:///{tmp_path}/dossier.sqlite3"


def test_the_api_url_ends_in_a_slash() -> None:
    assert load({"SLACK_API_URL": "http://127.0.0.1:9/api"}).slack_api_url.endswith("/api/")


def test_every_threshold_of_the_rules_is_a_setting() -> None:
    limits = load({"HEALTH_IDLE_DAYS": "21"}).thresholds
    assert limits.idle_days == 21
    assert {f"health_{name}" for name in type(limits).model_fields} <= set(Settings.model_fields)


def test_what_is_given_is_all_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person's own DATABASE_URL must not become the sandbox's."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://real/customers")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "real")
    given = load({})
    assert (given.database_url, given.slack_signing_secret) == (None, None)


def test_the_environment_is_read_when_nothing_is_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("TIMEZONE=Europe/Berlin\nCUSTOMER_DOCS=\n")
    monkeypatch.setenv("PORT", "4711")
    found = load()
    assert (found.port, found.timezone, found.customer_docs) == (4711, "Europe/Berlin", None)


@pytest.mark.parametrize("admins", ["iris", "U1, @iris"])
def test_admins_are_user_ids(admins: str) -> None:
    assert "no Slack user id" in _problems(ADMINS=admins)[0]


def test_secrets_can_come_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "slack_bot_token").write_text(f"{BOT}\n")
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    token = load().slack_bot_token
    assert token is not None
    assert token.get_secret_value() == BOT


TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
PEM = "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"GITHUB_REPOSITORY": "a/b"}, "GITHUB_REPOSITORY and GITHUB_TOKEN (or GITHUB_APP_ID) belong together"),
        ({"GITHUB_TOKEN": "t"}, "GITHUB_REPOSITORY and GITHUB_TOKEN (or GITHUB_APP_ID) belong together"),
        ({"GITHUB_REPOSITORY": "a/b", "GITHUB_APP_ID": "1"}, "GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY belong"),
        (
            {"GITHUB_REPOSITORY": "a/b", "GITHUB_TOKEN": "t", "GITHUB_APP_ID": "1", "GITHUB_APP_PRIVATE_KEY": PEM},
            "GITHUB_TOKEN and GITHUB_APP_ID are both set; keep one of them",
        ),
        ({"GITHUB_WEBHOOK_SECRET": "s"}, "GITHUB_WEBHOOK_SECRET is set without GITHUB_REPOSITORY"),
        ({"GITHUB_REPOSITORY": "a/b", "GITHUB_TOKEN": "t", "GITHUB_WEBHOOK_SECRET": "s"}, None),
        ({"GITHUB_REPOSITORY": "a/b", "GITHUB_APP_ID": "1", "GITHUB_APP_PRIVATE_KEY": PEM}, None),
    ],
)
def test_the_github_settings_belong_together(given: dict[str, str], said: str | None) -> None:
    problems = load(TOKENS | given).cannot_run()
    assert [line for line in problems if said is None or not line.startswith(said)] == []
    assert bool(problems) is (said is not None)


@pytest.mark.parametrize(
    ("hours", "days", "opens", "closes", "weekdays"),
    [
        ("09:00-17:00", "Mon-Fri", time(9), time(17), {0, 1, 2, 3, 4}),
        ("08:30 - 16:15", "sun, mon,Tue", time(8, 30), time(16, 15), {6, 0, 1}),
        ("00:00-24:00", "Sat-Mon", time(0), time(0), {5, 6, 0}),
    ],
)
def test_the_team_s_working_hours(hours: str, days: str, opens: time, closes: time, weekdays: set[int]) -> None:
    calendar = load({"WORK_HOURS": hours, "WORK_DAYS": days, "COUNTRY": "de-by"}).calendar
    assert (calendar.opens, calendar.closes, set(calendar.weekdays), calendar.country) == (
        opens,
        closes,
        weekdays,
        "DE-BY",
    )


def test_what_is_left_is_read_from_everywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=xoxb-1\nCUSTOMER_DOCS=/nowhere\n")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "github_token").write_text("ghp_1")
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path / "secrets"))
    monkeypatch.setenv("GITHUB_REPOSITORY", "a/b")
    with pytest.raises(BadSettings) as refused:
        load()
    assert wrong_names(refused.value) == {"CUSTOMER_DOCS"}
    rest = load_rest(refused.value)
    assert (rest.customer_docs, rest.github_repository) == (None, "a/b")
    assert rest.slack_bot_token is not None
    assert rest.github_token is not None
