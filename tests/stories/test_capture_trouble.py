"""Captures that go wrong: what people type is letters, an input counts once, and nothing is said that is not true."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from markdown_it import MarkdownIt

from bot.sandbox import Envelope, Seen
from tests.conftest import Story
from tests.stories.capturing import (
    FAILED,
    TITLE,
    WANTED,
    Json,
    another_form,
    bug,
    filed,
    forged,
    request,
    said,
    thread,
)

REFUSED = "Dossier answers full members of this workspace only."
GONE = "This customer is no longer in Dossier."
# what somebody types, and what stands there
TYPED = {
    "<!channel> look": "<!channel> look",
    "<@U0IRIS> look": "<@U0IRIS> look",
    "<https://x.example|Acme>": "<https://x.example|Acme>",
    "*Acme*_ & <b>": "*Acme*_ & <b>",
    "&lt;b&gt; &amp;": "&lt;b&gt; &amp;",
    ":tada: `code` ~no~": ":tada: `code` ~no~",
    "\u202eLTR \u2066here\u2069": "LTR here",
    "nul \0 and \x1b[31m": "nul  and [31m",
    "🎉🎉🎉👩‍👩‍👧‍👦": "🎉🎉🎉👩‍👩‍👧‍👦",
    "@org/all fixes #1": "@org/all fixes #1",
    "https://tracker.example/x.png": "https://tracker.example/x.png",
    "![x](https://tracker.example/x.png)": "![x](https://tracker.example/x.png)",
    "<!-- hidden --> <img src=x>": "<!-- hidden --> <img src=x>",
}
_MENTIONS = ("user", "usergroup", "broadcast", "channel")


def _is_told_literally(seen: Seen, words: str) -> None:
    """The words stand there as letters, and nothing in the message notifies or opens."""
    assert words in seen.text, (words, seen.text)
    for message in seen.messages:
        assert "<!" not in message.text
        assert "<@" not in message.text
        elements = [one for block in message.blocks for part in block["elements"] for one in part.get("elements", ())]
        assert not [one for one in elements if one["type"] in _MENTIONS]
        assert not [one for one in elements if one["type"] == "text" and one.get("unsafe")]
        assert {block["type"] for block in message.blocks} == {"rich_text"}


async def test_whatever_is_typed_into_a_request_stands_there_as_letters(fresh: Story) -> None:
    slack = fresh.slack
    for number, (typed, shown) in enumerate(TYPED.items(), start=1):
        on = (await slack.say("maya", "#cs-team", f"Message {number}")).own
        seen = await request(slack, on=on, wanted=["oakline"], title=typed, quote=f"They said: {typed}")
        line = " ".join(shown.split())
        _is_told_literally(seen, f"Request {number} saved “{line}”")
        told = await slack.command("iris", "#cs-team", f"/features show {number}")
        assert f"Request {number}  {line}" in told
        assert f"They said: {shown}" in told
    listed = await slack.command("iris", "#cs-team", "/features list all")
    assert "1  <!channel> look" in listed


async def test_whatever_is_typed_into_a_bug_stands_there_and_on_github_as_letters(fresh: Story) -> None:
    slack = fresh.slack
    markdown = MarkdownIt("gfm-like", {"linkify": False})
    for number, (typed, shown) in enumerate(TYPED.items(), start=1):
        on = (await slack.say("maya", "#cs-team", f"Message {number}")).own
        seen = await bug(slack, on=on, customer="oakline", title=typed, steps=f"{typed}\n```\n{typed}")
        line = " ".join(shown.split())
        assert f"Bug {number} saved for Oakline Retail: “{line}”" in seen
        told = await slack.command("maya", "#cs-team", f"/bugs show {number}")
        assert f"Bug {number}  {line}" in told
        assert shown in told
        issue = filed(slack)[-1]
        assert issue.title == line
        tokens = [one.type for one in markdown.parse(issue.body)]
        inner = [leaf.type for one in markdown.parse(issue.body) for leaf in one.children or ()]
        assert tokens.count("fence") == 1
        assert {"image", "html_inline"}.isdisjoint(inner)
        assert tokens.count("html_block") == 1  # our mark
        (code,) = [one.content for one in markdown.parse(issue.body) if one.type == "fence"]
        assert f"{shown}\n```\n{shown}" in code


async def test_a_mark_that_is_typed_into_another_bug_moves_nothing(fresh: Story) -> None:
    slack = fresh.slack
    await bug(slack)
    mark = filed(slack)[0].body.splitlines()[-1]
    await bug(slack, on=said(slack, "#engineering", "empty exports"), customer="oakline", title="Forged", steps=mark)
    await slack.github.close("jonas", filed(slack)[1].number)
    assert "Bug 2 of Oakline Retail was closed" in thread(slack, said(slack, "#engineering", "empty exports"))[-1].text
    assert TITLE in await slack.command("maya", "#cs-team", "/bugs list")
    await slack.github.edit("jonas", 2, body=mark)  # and into an issue that is none of ours
    await slack.github.close("jonas", 2)
    assert TITLE in await slack.command("maya", "#cs-team", "/bugs list")
    assert not [one for one in thread(slack, said(slack, "#kestrel", FAILED)) if "closed" in one.text]


@pytest.mark.parametrize("name", ["Log feature request", "Report customer bug", "Add to history"])
async def test_ten_thousand_characters_are_shortened_or_refused_in_the_form(fresh: Story, name: str) -> None:
    slack = fresh.slack
    posted = (await slack.say("maya", "#cs-team", "long " * 2_000)).own
    form = await slack.shortcut("maya", name, posted)
    most = 1_000 if name == "Add to history" else 3_000
    assert f"The first {most:,} characters; the rest stays in the message." in form
    values = {
        "Log feature request": {"wanted": ["oakline"], "title": "Long"},
        "Report customer bug": {"customer": "oakline", "title": "Long", "severity": "low"},
        "Add to history": {"customer": "oakline"},
    }
    seen = await slack.submit("maya", form, values[name])
    assert not seen.views, seen.text
    field = next(one for one in ("quote", "steps", "text") if one in {b.get("block_id") for b in form.view.blocks})

    def longer(payload: Json) -> None:
        another_form(payload)
        payload["view"]["state"]["values"][field] = {field: {"type": "plain_text_input", "value": "x" * 10_000}}

    answer = await forged(slack, longer)
    assert answer.body == {"response_action": "errors", "errors": {field: f"Shorten this to {most:,} characters."}}


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("🎉", "Write a title of at least 3 characters."),
        ("\0\0\0\0", "Write a title of at least 3 characters."),
        ("\u202e ab \u202c", "Write a title of at least 3 characters."),
        ("x" * 151, "Shorten the title to 150 characters."),
    ],
    ids=["emoji", "nul", "rtl", "long"],
)
async def test_a_title_that_says_nothing_or_too_much_is_refused_in_the_form(
    fresh: Story, title: str, told: str
) -> None:
    slack = fresh.slack
    form = await slack.shortcut("maya", "Report customer bug", said(slack, "#kestrel", FAILED))
    await slack.select("maya", form, "severity", "low")
    await slack.submit("maya", form, {"title": "ab"})

    def worse(payload: Json) -> None:
        payload["view"]["state"]["values"]["title"] = {"bug_title": {"type": "plain_text_input", "value": title}}

    answer = await forged(slack, worse)
    assert answer.body == {"response_action": "errors", "errors": {"title": told}}


# once


@pytest.mark.parametrize("capture", [request, bug], ids=["request", "bug"])
async def test_the_same_submit_a_hundred_times_at_once_is_one_thing(fresh: Story, capture: Any) -> None:
    slack = fresh.slack
    message = said(slack, *(("#brightwater", WANTED) if capture is request else ("#kestrel", FAILED)))
    await capture(slack)
    submit = slack.deliveries.last
    assert submit is not None
    before = [one.text for one in thread(slack, message)]
    again = [Envelope(submit.kind, submit.name, submit.payload) for _ in range(100)]
    answers = await asyncio.gather(*map(slack.deliveries.deliver, again))
    await slack.quiet()
    assert {str(one.body) for one in answers} == {"{'response_action': 'clear'}"}
    assert [one.text for one in thread(slack, message)] == before
    assert slack.dms("maya") == []
    assert len(filed(slack)) == (capture is bug)
    listed = "/features list" if capture is request else "/bugs list"
    seen = await slack.command("maya", "#cs-team", listed)
    assert [one for one in seen.buttons if one.startswith("Show")] == ["Show 1"]


async def test_a_request_of_no_message_counts_once_as_well(fresh: Story) -> None:
    slack = fresh.slack
    form = await slack.shortcut("maya", "log_request_global")
    await slack.submit("maya", form, {"wanted": ["oakline"], "title": "SSO", "quote": "They asked again"})
    submit = slack.deliveries.last
    assert submit is not None
    await asyncio.gather(*(slack.deliveries.deliver(Envelope("interactive", "", submit.payload)) for _ in range(20)))
    await slack.quiet()
    assert (await slack.command("maya", "#cs-team", "/features show 1")).text.count("They asked again") == 1
    assert ["Request 1 saved" in one.text for one in slack.dms("maya")] == [True]


async def test_two_people_who_capture_one_message_at_once_are_two_requesters_of_one_request(fresh: Story) -> None:
    slack = fresh.slack
    submits = []
    for person in ("maya", "jonas"):
        form = await slack.shortcut(person, "Log feature request", said(slack, "#brightwater", WANTED, person))
        view = await slack.fill(person, form, {"title": f"SSO, says {person}"})
        submits.append((slack.workspace.person(person), view))
    answers = await asyncio.gather(*(slack._submit(person, view) for person, view in submits))
    await slack.quiet()
    assert answers == [None, None]
    (told,) = thread(slack, said(slack, "#brightwater", WANTED))
    assert "Request 1 saved" in told.text
    alone = [*slack.dms("maya"), *slack.dms("jonas")]
    assert ["This message is request 1 already" in one.text for one in alone] == [True]
    shown = await slack.command("iris", "#cs-team", "/features show 1")
    assert "<@U0MAYA>" in shown
    assert "<@U0JONAS>" in shown
    assert "no such feature request" in await slack.command("iris", "#cs-team", "/features show 2")


async def test_two_people_who_report_one_message_at_once_file_one_issue(fresh: Story) -> None:
    slack = fresh.slack
    submits = []
    for person in ("maya", "iris"):
        form = await slack.shortcut(person, "Report customer bug", said(slack, "#kestrel", FAILED, person))
        await slack.select(person, form, "severity", "high")
        submits.append((slack.workspace.person(person), await slack.fill(person, form, {"title": TITLE})))
    await asyncio.gather(*(slack._submit(person, view) for person, view in submits))
    await slack.quiet()
    assert len(filed(slack)) == 1
    alone = [*slack.dms("maya"), *slack.dms("iris")]
    assert ["This message is bug 1 already" in one.text for one in alone] == [True]


async def test_what_was_captured_is_kept_when_the_message_is_edited_or_deleted_later(fresh: Story) -> None:
    slack = fresh.slack
    message = said(slack, "#brightwater", WANTED)
    await request(slack)
    message.text = "never mind"
    assert "This needs an owner." in await slack.command("maya", "#cs-team", "/features show 1")
    slack.workspace.remove(message)
    assert "This needs an owner." in await slack.command("maya", "#cs-team", "/features show 1")
    form = await slack.command("maya", "#cs-team", "/features set 1 planned")
    assert "Request 1 is planned now." in await slack.submit("maya", form, {"status": "planned"})
    assert [one.text for one in slack.dms("maya") if "Request 1 is now planned" in one.text]


# the database


def _database(story: Story) -> sqlite3.Connection:
    return sqlite3.connect(str(story.bot.database.file), isolation_level=None)


@pytest.fixture
async def impatient(fresh: Story) -> AsyncIterator[Story]:
    """Its writer waits for others for a moment only."""
    await fresh.bot.database._facts.run(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout = 20"))
    yield fresh


@contextmanager
def _locked(story: Story) -> Iterator[None]:
    with closing(_database(story)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("name", ["Log feature request", "Report customer bug", "Add to history"])
async def test_while_the_database_is_locked_the_form_stays_with_its_text(impatient: Story, name: str) -> None:
    slack = impatient.slack
    form = await slack.shortcut("maya", name, said(slack, "#brightwater", WANTED))
    typed = {"title": TITLE} if name != "Add to history" else {"text": TITLE}
    if name == "Report customer bug":
        await slack.select("maya", form, "severity", "low")
    await slack.fill("maya", form, typed)
    with _locked(impatient):
        seen = await slack.submit("maya", form)
        assert "Not saved yet; your text is still here. Press again in a moment." in seen, seen.text
        assert TITLE in str(seen.view.values)
    assert _counted(impatient) == 0
    seen = await slack.submit("maya", form)
    assert not seen.views, seen.text
    assert _counted(impatient) == 1


async def test_while_the_disk_is_full_the_form_stays_with_its_text(impatient: Story) -> None:
    slack = impatient.slack
    form = await slack.shortcut("maya", "Log feature request", said(slack, "#brightwater", WANTED))
    run: Callable[..., Any] = impatient.bot.database._facts.run
    most = await run(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count").scalar())
    await run(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1"))  # as many as it has
    for _ in range(3):
        seen = await slack.submit("maya", form, {"title": "SSO", "quote": "x" * 3_000})
        if seen.views:
            break
        form = await slack.shortcut("maya", "log_request_global")
        await slack.select("maya", form, "wanted", ["oakline"])
    assert "Not saved yet; your text is still here. Press again in a moment." in seen, seen.text
    before = _counted(impatient)
    await run(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {most}"))
    assert not (await slack.submit("maya", form)).views
    assert _counted(impatient) == before + 1


def _counted(story: Story) -> int:
    tables = ("features", "bugs", "history_entries")
    with closing(_database(story)) as database:
        return sum(database.execute(f"SELECT count(*) FROM {one}").fetchone()[0] for one in tables)


@pytest.mark.parametrize("name", ["Log feature request", "Report customer bug", "Add to history"])
async def test_a_customer_who_is_gone_or_never_was_is_told_and_nothing_is_kept(fresh: Story, name: str) -> None:
    slack = fresh.slack
    form = await slack.shortcut("maya", name, said(slack, "#brightwater", WANTED))
    typed = {"title": TITLE} if name != "Add to history" else {"text": TITLE}
    if name == "Report customer bug":
        await slack.select("maya", form, "severity", "low")
    with closing(_database(fresh)) as database:
        database.execute("PRAGMA foreign_keys = ON")
        database.execute("DELETE FROM customers WHERE slug = 'brightwater-logistics'")
        database.execute("UPDATE feeds SET version = version + 1 WHERE kind = 'catalogue'")
    assert GONE in await slack.submit("maya", form, typed)

    def nobody(value: str) -> Callable[[Json], None]:
        def change(payload: Json) -> None:
            chosen = {"text": {"type": "plain_text", "text": "Acme"}, "value": value}
            values = payload["view"]["state"]["values"]
            for block, action in (("wanted", "wanted"), ("customer", "bug_customer"), ("customer", "customer")):
                if action in values.get(block, {}):
                    values[block][action] |= {"selected_options": [chosen], "selected_option": chosen}

        return change

    for value in ("4711", "-1", "0", "abc", "9" * 30):
        answer = await forged(slack, nobody(value))
        assert answer.body["response_action"] == "errors", (value, answer.body)
        assert GONE in str(answer.body), value
    assert _counted(fresh) == 0
    assert slack.transcript.calls("chat.postMessage") == []


# who may


def _as(user: str, team: str = "T0HARBOUR") -> Callable[[Json], None]:
    def change(payload: Json) -> None:
        payload["user"] = {"id": user, "username": "x", "name": "x", "team_id": team}
        if "view" in payload:
            another_form(payload)

    return change


WHO = [_as("U0GUS"), _as("U0OLGA", "T0BRIGHT"), _as("U0DOSSIER"), _as("U0NOBODY")]


@pytest.mark.parametrize("change", WHO, ids=["guest", "outsider", "bot", "stranger"])
async def test_whoever_may_not_can_neither_open_nor_choose_nor_submit(fresh: Story, change: Any) -> None:
    slack = fresh.slack
    form = await slack.shortcut("maya", "Log feature request", said(slack, "#brightwater", WANTED))
    trigger = slack._payloads._interaction("message_action", slack.workspace.person("maya"))["trigger_id"]
    await forged(slack, lambda payload: (change(payload), payload.update(trigger_id=trigger)))  # type: ignore[func-returns-value]
    opened = slack.workspace.stack(slack.workspace.person("maya"))[-1]
    assert "rightwater" not in str(opened.blocks)
    assert not [one for one in opened.blocks if one["type"] == "input"]

    form = await slack.shortcut("maya", "Log feature request", said(slack, "#brightwater", WANTED))
    offered = await slack.suggest("maya", form, "wanted", "oak")
    assert offered.options == ("Oakline Retail",)
    assert (await forged(slack, change)).body == {"options": []}

    await slack.select("maya", form, "request_title", "SSO for the drivers")
    updates = len(slack.transcript.calls("views.update"))
    await forged(slack, change)
    assert len(slack.transcript.calls("views.update")) == updates

    await slack.submit("maya", form, {"title": "ab"})
    answer = await forged(slack, change)
    assert answer.body["response_action"] == "update"
    assert "rightwater" not in str(answer.body)
    assert REFUSED in str(answer.body) or "Slack did not confirm who you are" in str(answer.body)
    assert _counted(fresh) == 0


async def test_a_guest_cannot_send_again_what_github_refused(fresh: Story) -> None:
    slack = fresh.slack
    slack.faults.add("github:create_issue", "error", error=404)
    await bug(slack, on=said(slack, "#brightwater", WANTED), severity="low")
    refused = thread(slack, said(slack, "#brightwater", WANTED, "gus"), "gus")[-1]
    assert REFUSED in await slack.press("gus", refused, "Send again")
    assert filed(slack) == []


async def test_a_member_who_became_a_guest_can_press_and_submit_nothing_that_was_open(fresh: Story) -> None:
    slack = fresh.slack
    await request(slack)
    form = await slack.shortcut("maya", "Report customer bug", said(slack, "#kestrel", FAILED))
    await slack.select("maya", form, "severity", "low")
    shown = await slack.command("maya", "#brightwater", "/features show 1")
    await slack.change("maya", is_restricted=True)
    assert REFUSED in await slack.submit("maya", form, {"title": TITLE})
    pressed = await slack.press("maya", shown, "Plan…")
    assert REFUSED in pressed
    assert "rightwater" not in pressed.text
    assert _counted(fresh) == 1
