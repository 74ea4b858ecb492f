"""The Home tab: every input the bot uses is drawn and told to the app; long threads are folded on the page."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp

from .conftest import bench, button, caller, plain, section
from .test_page import browser, do, regions


def options(*texts: str) -> list[dict[str, Any]]:
    return [{"text": plain(one), "value": one.casefold()} for one in texts]


INPUTS: list[tuple[dict[str, Any], str, Any, dict[str, Any]]] = [
    (
        {"type": "timepicker", "initial_time": "18:00"},
        '<input type="time"',
        "07:30",
        {"selected_time": "07:30"},
    ),
    ({"type": "datepicker"}, '<input type="date"', "2026-12-01", {"selected_date": "2026-12-01"}),
    ({"type": "users_select"}, '<option value="U0JONAS">', "jonas", {"selected_user": "U0JONAS"}),
    (
        {"type": "conversations_select"},
        '<option value="C0ENG">#engineering',
        "#engineering",
        {"selected_conversation": "C0ENG"},
    ),
    (
        {"type": "checkboxes", "options": options("Weekends")},
        '<input type="checkbox"',
        ["Weekends"],
        {"selected_options": options("Weekends")},
    ),
    (
        {"type": "overflow", "options": options("Snooze", "Done")},
        'data-option="snooze"',
        "Snooze",
        {"selected_option": options("Snooze")[0]},
    ),
    (
        {"type": "multi_static_select", "options": options("Growth", "Startup")},
        "<select",
        ["Growth", "Startup"],
        {"selected_options": options("Growth", "Startup")},
    ),
]


@pytest.mark.parametrize(("element", "drawn", "choice", "told"), INPUTS, ids=[one[0]["type"] for one in INPUTS])
async def test_what_is_chosen_on_home_is_told_with_the_view(
    element: dict[str, Any], drawn: str, choice: Any, told: dict[str, Any]
) -> None:
    heard: list[dict[str, Any]] = []

    def app(bot: AsyncApp) -> None:
        @bot.event("app_home_opened")
        async def opened(event: dict[str, Any], client: Any) -> None:
            block = section("x") | {"block_id": "b", "accessory": {"action_id": "a", **element}}
            await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [block]})

        @bot.action("a")
        async def chosen(ack: Any, body: dict[str, Any]) -> None:
            heard.append(body)
            await ack()

    async with bench(app) as slack, browser(slack) as web:
        seen = await slack.home("maya")
        assert drawn in (await regions(web, "maya", "home"))["messages"]
        await slack.select("maya", seen, "a", choice)
        [body] = heard
        assert (body["view"]["type"], body["container"]["type"], "message" in body) == ("home", "view", False)
        assert {name: body["actions"][0][name] for name in told} == told


async def test_a_button_on_home_opens_a_form_and_home_changes_under_it() -> None:
    def app(bot: AsyncApp) -> None:
        @bot.event("app_home_opened")
        async def opened(event: dict[str, Any], client: Any) -> None:
            blocks = [{"type": "actions", "elements": [button("Claim", "claim")]}]
            await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

        @bot.action("claim")
        async def claim(ack: Any, body: dict[str, Any], client: Any) -> None:
            await ack()
            home = {"type": "home", "blocks": [section("claimed")]}
            await client.views_publish(user_id=body["user"]["id"], view=home, hash=body["view"]["hash"])
            form = {"type": "modal", "title": plain("Note"), "blocks": [section("why")]}
            await client.views_open(trigger_id=body["trigger_id"], view=form)

    async with bench(app) as slack, browser(slack) as web:
        await slack.home("maya")
        view = slack.workspace.homes["U0MAYA"]
        part = f"{view.blocks[0]['block_id']}/claim"
        assert await do(web, "press", place={"view": view.id}, part=part, kind="button") == {}
        shown = await regions(web, "maya", "home")
        assert "claimed" in shown["messages"]
        assert "why" in shown["modal"]


async def test_the_address_of_home_opens_it_as_a_click_does() -> None:
    opened: list[str] = []

    def app(bot: AsyncApp) -> None:
        @bot.event("app_home_opened")
        async def home(event: dict[str, Any], client: Any) -> None:
            opened.append(event["user"])
            shown = [section(f"opened {len(opened)} times")]
            await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": shown})

    async with bench(app) as slack, browser(slack) as web:
        for times in (1, 2):
            assert f"opened {times} times" in await (await web.get("/?as=jonas&channel=home")).text()
        await web.get("/?as=jonas&channel=C0CSTEAM")
        await web.get("/?as=olga&channel=home")  # an outsider has none
        assert opened == ["U0JONAS", "U0JONAS"]


async def test_pickers_without_a_value_are_empty() -> None:
    def app(bot: AsyncApp) -> None:
        @bot.event("app_home_opened")
        async def home(event: dict[str, Any], client: Any) -> None:
            kinds = ("timepicker", "datepicker")
            blocks = [section("x") | {"block_id": one, "accessory": {"type": one, "action_id": "a"}} for one in kinds]
            await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    async with bench(app) as slack, browser(slack) as web:
        await slack.home("maya")
        shown = (await regions(web, "maya", "home"))["messages"]
        assert (shown.count('value=""'), "None" in shown) == (2, False)


@pytest.mark.parametrize(("replies", "folded"), [(3, False), (4, True)])
async def test_long_threads_are_folded(replies: int, folded: bool) -> None:
    async with bench() as slack, caller(slack) as client, browser(slack) as web:
        root = (await client.chat_postMessage(channel="C0CSTEAM", text="digest"))["ts"]
        for number in range(replies):
            await client.chat_postMessage(channel="C0CSTEAM", text=f"part {number}", thread_ts=root)
        shown = (await regions(web, "maya", "C0CSTEAM"))["messages"]
        head = f'<details class="thread" id="t{root}"{"" if folded else " open"}><summary>{replies} replies'
        assert head in shown
        assert shown.index(head) < shown.index("part 0") < shown.index("part 2")
