"""Manifest, listeners and README say the same; the manifest is one that Slack accepts."""

import json
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from bot import manifest
from commands.listen import Listeners
from docs.generate import command_rows
from tests.conftest import ROOT, Story

SCHEMA = ROOT.parent / "shared" / "slack" / "manifest.schema.1.0.0.json"
CALLED = {  # method → bot scope that Slack's page of the method names
    "users.info": "users:read",
    "users.list": "users:read",
    "conversations.info": "channels:read",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
}
LOOKED_UP = {  # the same for what is only called when the outcome of a post is unknown
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "conversations.open": "im:write",
}
PICTURES = {  # the same for charts, without which messages go as well
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
}


@pytest.fixture
def listeners(_shared: Story) -> Listeners:
    return _shared.bot.listeners


def _declared() -> dict[str, Any]:
    return manifest.parsed()


def test_every_declared_command_is_listened_to_and_every_listener_declared(listeners: Listeners) -> None:
    assert {one["command"] for one in _declared()["features"]["slash_commands"]} == set(listeners.commands)


def test_every_declared_event_is_listened_to_and_every_listener_declared(listeners: Listeners) -> None:
    assert set(_declared()["settings"]["event_subscriptions"]["bot_events"]) == set(listeners.events)


def test_every_declared_shortcut_is_listened_to_and_every_listener_declared(listeners: Listeners) -> None:
    assert {one["callback_id"] for one in _declared()["features"]["shortcuts"]} == set(listeners.shortcuts)


def test_every_form_that_is_opened_is_answered(listeners: Listeners) -> None:
    """Forms of shortcuts carry the shortcut's name, or that of the message shortcut they share."""
    forms = {name.removesuffix("_global") for name in listeners.shortcuts}
    assert forms <= set(listeners.submits)


def test_the_readme_lists_the_commands_of_the_manifest() -> None:
    assert "\n".join(command_rows()) in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.skipif(not SCHEMA.exists(), reason="Slack's manifest schema is not here")
@pytest.mark.parametrize("text", [manifest.text(), manifest.for_http("https://dossier.example")])
def test_slack_accepts_the_manifest(text: str) -> None:
    problems = Draft7Validator(json.loads(SCHEMA.read_text())).iter_errors(yaml.safe_load(text))
    assert [problem.message for problem in problems] == []


def test_the_manifest_stays_inside_slacks_numbers() -> None:
    """Slack: "Manifest reference": name 35, description 140, 50 commands of 32 characters; commands are escaped."""
    declared = _declared()
    commands = declared["features"]["slash_commands"]
    assert len(declared["display_information"]["name"]) <= 35
    assert len(declared["display_information"]["description"]) <= 140
    assert len(commands) <= 50
    assert all(len(one["command"]) <= 32 and one["should_escape"] for one in commands)
    shortcuts = declared["features"]["shortcuts"]
    kinds = [one["type"] for one in shortcuts]
    assert kinds.count("message") <= 5
    assert kinds.count("global") <= 5
    assert all(len(one["name"]) <= 24 and len(one["description"]) <= 150 for one in shortcuts)


def test_the_scopes_are_those_that_the_calls_need() -> None:
    needed = {*CALLED.values(), "commands", "users:read.email", "groups:read"}
    assert manifest.scopes() == needed
    assert manifest.optional_scopes() == {*LOOKED_UP.values(), *PICTURES.values(), "groups:history", "im:history"}
    assert manifest.optional_scopes() <= set(_declared()["oauth_config"]["scopes"]["bot"])  # Slack wants both


def test_the_http_variant_answers_at_one_address() -> None:
    made = yaml.safe_load(manifest.for_http("https://dossier.example/"))
    url = "https://dossier.example/slack/events"
    assert {one["url"] for one in made["features"]["slash_commands"]} == {url}
    assert made["settings"]["interactivity"]["request_url"] == url
    assert made["settings"]["event_subscriptions"]["request_url"] == url
    assert made["settings"]["socket_mode_enabled"] is False
