"""A form that is sent again after its first sending was saved: nothing is doubled, nothing dropped in silence."""

from typing import Any

import pytest

from tests.conftest import Story
from tests.stories.capturing import FAILED, WANTED, bug, forged, request, said


def _typed(block: str, words: str) -> Any:
    def change(payload: dict[str, Any]) -> None:
        (field,) = payload["view"]["state"]["values"][block].values()
        field["value"] = words

    return change


@pytest.mark.parametrize("block", ["title", "quote"])
async def test_a_request_that_was_changed_after_it_was_saved_says_so(fresh: Story, block: str) -> None:
    await request(fresh.slack)
    answer = await forged(fresh.slack, _typed(block, "Something else"))
    assert "This was saved as request 1 before you changed it; the change was not." in str(answer.body)
    assert "See /features show 1." in str(answer.body)
    assert len([one for one in fresh.slack.messages("#brightwater", "maya") if one.bot_id]) == 1


async def test_a_bug_that_was_changed_after_it_was_saved_says_so(fresh: Story) -> None:
    await bug(fresh.slack)
    answer = await forged(fresh.slack, lambda payload: None)
    assert answer.body == {"response_action": "clear"}
    answer = await forged(fresh.slack, _typed("steps", "Something else"))
    assert "This was saved as bug 1 before you changed it" in str(answer.body)


async def test_an_entry_that_was_changed_after_it_was_saved_says_so(fresh: Story) -> None:
    form = await fresh.slack.shortcut("maya", "Add to history", said(fresh.slack, "#brightwater", WANTED))
    await fresh.slack.submit("maya", form)
    answer = await forged(fresh.slack, _typed("text", "Something else"))
    assert "This was saved as an entry of the history before you changed it" in str(answer.body)


async def test_an_entry_has_the_day_of_its_message(fresh: Story) -> None:
    form = await fresh.slack.shortcut("maya", "Add to history", fresh.slack.messages("#brightwater", "maya")[0])
    await fresh.slack.submit("maya", form)
    assert "2026-11-09" in await fresh.slack.command("maya", "#brightwater", "/brief")


@pytest.mark.parametrize("capture", [request, bug])
async def test_whoever_came_second_is_not_told_that_they_changed_something(fresh: Story, capture: Any) -> None:
    """They pressed the very form again; that somebody else's words stand there is no change of theirs."""
    message = said(fresh.slack, *(("#brightwater", WANTED) if capture is request else ("#kestrel", FAILED)))
    await capture(fresh.slack, on=message)
    await capture(fresh.slack, "iris", on=message, title="Another title")
    answer = await forged(fresh.slack, lambda payload: None)
    assert answer.body == {"response_action": "clear"}
