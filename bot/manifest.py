"""The Slack app manifest: the file as it is (Socket Mode), or the variant for HTTP with the bot's public URL."""

from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
PATH = "/slack/events"


def file() -> Path:
    """Beside the packages in a checkout, inside the package when installed."""
    packaged = HERE / "manifest.yml"
    return packaged if packaged.exists() else HERE.parent / "manifest.yml"


def text() -> str:
    """As written."""
    return file().read_text(encoding="utf-8")


def parsed() -> dict[str, Any]:
    """As Slack reads it."""
    value: dict[str, Any] = yaml.safe_load(text())
    return value


def scopes() -> frozenset[str]:
    """The bot scopes that the app needs."""
    return frozenset(parsed()["oauth_config"]["scopes"]["bot"]) - optional_scopes()


def optional_scopes() -> frozenset[str]:
    """Those with which an uncertain post is looked up instead of being told as uncertain."""
    return frozenset(parsed()["oauth_config"]["scopes"].get("bot_optional", ()))


def for_http(base: str) -> str:
    """The same app, answered at `base`/slack/events."""
    url = base.rstrip("/").removesuffix(PATH) + PATH
    manifest = parsed()
    for command in manifest["features"]["slash_commands"]:
        command["url"] = url
    settings = manifest["settings"]
    settings["socket_mode_enabled"] = False
    settings["interactivity"]["request_url"] = url
    settings["event_subscriptions"]["request_url"] = url
    return str(yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True))
