"""Secrets and customer text never reach a log."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import logs
from tests.conftest import Story

CANARY = "xoxb-canary Brightwater"


@pytest.fixture
def _logged(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    before = structlog.get_config()
    logs.set_up("DEBUG")
    yield
    logging.root.handlers[:], logging.root.level = handlers, level
    structlog.configure(**before)


@pytest.mark.usefixtures("_logged")
def test_an_exception_is_its_type_and_place_without_its_message(capfd: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        structlog.get_logger().exception("listener_failed", what="/brief")
    said = capfd.readouterr().err
    assert "error=ValueError" in said
    assert "test_logs.py:" in said
    assert "canary" not in said


@pytest.mark.usefixtures("_logged")
@pytest.mark.parametrize("record", [(f"Invalid request: {CANARY}",), ("body %s", CANARY), (f'{{"a": "{CANARY}"}}',)])
def test_a_librarys_text_is_cut_before_its_first_value(
    record: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("slack_bolt.AsyncApp").error(*record)
    said = capfd.readouterr().err
    assert "logger=slack_bolt.AsyncApp" in said
    assert "canary" not in said


async def test_a_whole_story_leaves_no_customer_text(capfd: pytest.CaptureFixture[str], fresh: Story) -> None:
    seen = await fresh.slack.command("maya", "#cs-team", "/brief brightwater")
    await fresh.slack.press("maya", seen, "Share in channel")
    await fresh.slack.command("gus", "#general", "/brief brightwater")
    await fresh.slack.command("maya", "#cs-team", "/brief nobody at all")
    said = "".join(capfd.readouterr())
    assert "refused" in said
    for secret in ("rightwater", "nobody at all", fresh.slack.bot_token, fresh.slack.app_token):
        assert secret not in said
