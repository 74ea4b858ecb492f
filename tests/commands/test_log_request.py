"""`Log feature request`: opens at once, follows what is typed, joins what exists, saves once."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from commands import captured
from customers.errors import StorageBusy
from customers.intents import Source
from customers.model import Profile, Status
from customers.people import Standing
from customers.requests import Draft, Importance
from customers.requests import Status as At
from tests.commands.anybody import HOSTILE, TYPED, typed
from tests.commands.paper import Paper, request

ACME, BOLT, CORP = (Profile(name.lower(), name, Status.ACTIVE) for name in ("Acme", "Bolt", "Corp"))
SSO = request(12, "Single sign-on for phones", "Dune", "Echo", "Fern", "Gale", "Hill", status=At.PRIORITIZED)
EXPORT = request(13, "Export of reports to CSV")
MESSAGE = (
    "Acme asked again whether single sign-on can cover the phones.\nThird time this month, said by <@U7> in <#C7|ops>."
)
READ = "Acme asked again whether single sign-on can cover the phones.\nThird time this month, said by @U7 in #ops."
LINK = "https://harbour.slack.com/archives/C1/p51"
ADD = "Add my customer to this one"


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


async def _paper(text: str = MESSAGE, channel: str = "C1", *, globally: bool = False) -> Paper:
    paper = Paper(ACME, BOLT, CORP, known=[SSO, EXPORT])
    return await paper.take("log_request", text, channel, globally=globally)


async def test_the_form_opens_with_what_is_known() -> None:
    paper = await _paper()
    fields = paper.elements
    assert list(fields) == ["wanted", "importance:1", "title", "quote"]
    assert fields["wanted"]["initial_options"][0]["value"] == "1"
    assert fields["importance:1"]["initial_option"]["value"] == "important"
    assert fields["quote"]["initial_value"] == READ
    assert "initial_value" not in fields["title"]
    assert LINK in paper.said


async def test_a_channel_without_a_customer_opens_without_one() -> None:
    paper = await _paper(channel="C2")
    assert list(paper.elements) == ["wanted", "title", "quote"]
    assert "initial_options" not in paper.elements["wanted"]


async def test_from_anywhere_nothing_is_filled_in_and_no_words_are_needed() -> None:
    paper = await _paper(globally=True)
    assert not [one for one in paper.elements.values() if "initial_value" in one or "initial_options" in one]
    assert [one.get("optional", False) for one in paper.view.blocks] == [False, False, True]
    assert "this message" not in paper.said


async def test_a_short_message_is_its_own_title_and_is_searched_for_at_once() -> None:
    paper = await _paper("SSO, single sign-on on phones &amp; tablets")
    assert paper.elements["title"]["initial_value"] == "SSO, single sign-on on phones & tablets"
    assert "Request 12: Single sign-on for phones" in paper.said


async def test_a_database_that_does_not_answer_does_not_keep_the_form_shut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captured, "SOON", 0.01)
    paper = Paper(ACME, known=[SSO])

    async def busy(*_: Any) -> Any:
        raise StorageBusy()

    async def never(*_: Any) -> Any:
        await asyncio.Event().wait()

    paper.store.linked, paper.requests.titles = busy, never  # type: ignore[method-assign]
    await paper.take("log_request", "Single sign-on")
    assert list(paper.elements) == ["wanted", "title", "quote"]
    assert paper.elements["title"]["initial_value"] == "Single sign-on"


# Following what is typed


async def test_every_chosen_customer_has_an_importance_of_its_own() -> None:
    paper = await _paper(channel="C2")
    assert await paper.pick("wanted", "acme", "corp")
    assert list(paper.elements)[:4] == ["wanted", "importance:1", "importance:3", "title"]
    await paper.choose("importance:3", "blocker")
    assert await paper.pick("wanted", "corp", "bolt")
    assert list(paper.elements)[:4] == ["wanted", "importance:3", "importance:2", "title"]
    assert paper.elements["importance:3"]["initial_option"]["value"] == "blocker"
    assert [paper.view.blocks[at]["label"]["text"] for at in (1, 2)] == ["Importance for Corp", "Importance for Bolt"]


async def test_similar_requests_appear_as_the_title_is_typed_and_go_again() -> None:
    paper = await _paper()
    assert not await paper.type("title", "ab")
    assert await paper.type("title", "sign-on for phones")
    assert [one for one in paper.shows if "12" in one] == [
        "Request 12: Single sign-on for phones\nprioritized · 5 customers: Dune, Echo, Fern and 2 more"
    ]
    assert paper.said.count(ADD) == 1
    assert await paper.type("title", "colours of the rainbow")
    assert ADD not in paper.said


async def test_the_form_is_shown_again_only_when_it_shows_something_else() -> None:
    paper = await _paper()
    assert await paper.type("title", "sign-on for phones")
    assert not await paper.type("title", "sign-on for phones!")
    await paper.choose("importance:1", "blocker")
    assert not await paper.type("title", "sign-on for phones?")
    paper.requests.known[12] = request(12, SSO.title, "Dune", "Echo", status=At.PLANNED)
    assert await paper.type("title", "sign-on for phones")
    assert "planned · 2 customers: Dune, Echo" in str(paper.shows)


async def test_a_change_keeps_everything_that_was_typed() -> None:
    paper = await _paper()
    await paper.type("quote", "in other words")
    await paper.choose("importance:1", "nice_to_have")
    assert await paper.type("title", "export  of reports")
    assert paper.elements["quote"]["initial_value"] == "in other words"
    assert paper.elements["title"]["initial_value"] == "export of reports"
    assert paper.elements["importance:1"]["initial_option"]["value"] == "nice_to_have"
    assert paper.elements["wanted"]["initial_options"][0]["value"] == "1"
    assert (LINK in paper.said, "no customer yet" in paper.said) == (True, True)


# Joining


async def test_joining_shows_the_request_instead_of_a_title_and_keeps_the_rest() -> None:
    paper = await _paper()
    await paper.type("title", "phones sign-on")
    await paper.choose("importance:1", "blocker")
    assert await paper.press("join:1")
    assert (paper.view.title, paper.view.raw["submit"]["text"]) == ("Add to request 12", "Add")
    assert list(paper.elements) == ["wanted", "importance:1", "quote"]
    assert paper.elements["importance:1"]["initial_option"]["value"] == "blocker"
    assert paper.elements["quote"]["initial_value"] == READ
    assert await paper.pick("wanted", "acme", "bolt")
    assert paper.view.title == "Add to request 12"
    assert await paper.submit() == "clear"
    draft = Draft("", READ, ((1, Importance.BLOCKER), (2, Importance.IMPORTANT)), _source(), 12)
    assert paper.requests.logged == [(draft, "U0MAYA", "view:V1")]


async def test_what_joins_can_be_a_new_one_after_all() -> None:
    paper = await _paper()
    await paper.type("title", "phones sign-on")
    await paper.press("join:1")
    assert await paper.press("join:new")
    assert (paper.view.title, list(paper.elements)) == (
        "Log feature request",
        ["wanted", "importance:1", "title", "quote"],
    )
    await paper.type("title", "phones and tablets")
    await paper.submit()
    assert [(draft.title, draft.into) for draft, _, _ in paper.requests.logged] == [("phones and tablets", None)]


async def test_a_request_that_is_gone_is_not_joined() -> None:
    paper = await _paper()
    await paper.type("title", "phones sign-on")
    del paper.requests.known[12]
    assert not await paper.press("join:1")
    assert paper.view.title == "Log feature request"


# Saving


def _source() -> Source:
    return Source("C1", "5.1", LINK, "5.1")


async def test_a_request_is_saved_with_its_message() -> None:
    paper = await _paper()
    await paper.type("title", "  SSO   for\tphones ")
    assert await paper.submit() == "clear"
    draft = Draft("SSO for phones", READ, ((1, Importance.IMPORTANT),), _source(), None)
    assert paper.requests.logged == [(draft, "U0MAYA", "view:V1")]


async def test_from_anywhere_a_request_has_no_message_and_may_have_no_words() -> None:
    paper = await _paper(globally=True)
    await paper.pick("wanted", "bolt")
    await paper.type("title", "SSO for phones")
    assert await paper.submit() == "clear"
    assert paper.requests.logged[0][0] == Draft("SSO for phones", "", ((2, Importance.IMPORTANT),), Source(), None)


async def test_a_customer_whose_row_was_never_shown_is_saved_as_important() -> None:
    paper = await _paper(channel="C2")
    paper.view.values["wanted"] = {"wanted": {"selected_options": await paper.options("wanted", "corp")}}
    await paper.type("title", "ab")
    paper.view.values["title"]["request_title"]["value"] = "SSO for phones"
    await paper.submit()
    assert paper.requests.logged[0][0].wanted == ((3, Importance.IMPORTANT),)


@pytest.mark.parametrize(
    ("title", "wanted", "quote", "under"),
    [
        ("ab", 1, "", {"title": "Write a title of at least 3 characters."}),
        (" \0\u202e ", 1, "", {"title": "Write a title of at least 3 characters."}),
        ("x" * 151, 1, "", {"title": "Shorten the title to 150 characters."}),
        ("SSO", 0, "", {"wanted": "Choose at least one customer."}),
        ("SSO", 21, "", {"wanted": "Choose at most 20 customers; add the others with a second form."}),
        ("SSO", 1, "x" * 3_001, {"quote": "Shorten this to 3,000 characters."}),
        ("", 0, "", {"title": "Write a title of at least 3 characters.", "wanted": "Choose at least one customer."}),
    ],
)
async def test_what_is_missing_is_told_where_it_is_missing(
    title: str, wanted: int, quote: str, under: dict[str, str]
) -> None:
    paper = await _paper(channel="C2")
    chosen = [{"text": {"type": "plain_text", "text": f"C{at}"}, "value": str(at)} for at in range(1, wanted + 1)]
    paper.view.values |= {
        "wanted": {"wanted": {"selected_options": chosen}},
        "title": {"request_title": {"value": title}},
        "quote": {"quote": {"value": quote}},
    }
    assert (await paper.submit(), paper.errors, paper.saved) == ("errors", under, 0)


@pytest.mark.parametrize("title", ["x" * 150, "abc", "🎉🎉🎉"])
async def test_titles_of_any_allowed_length_are_saved(title: str) -> None:
    paper = await _paper()
    await paper.type("title", title)
    assert (await paper.submit(), paper.requests.logged[0][0].title) == ("clear", title)


@pytest.mark.parametrize("value", ["", "x", "-1", "²", "9" * 30, "1|2"])
async def test_what_is_no_customer_saves_nothing(value: str) -> None:
    paper = await _paper()
    await paper.type("title", "SSO for phones")
    chosen = [{"text": {"type": "plain_text", "text": "?"}, "value": value}]
    paper.view.values["wanted"] = {"wanted": {"selected_options": chosen}}
    assert (await paper.submit(), paper.saved) == ("errors", 0)
    assert "no longer in Dossier" in paper.errors["wanted"]


@pytest.mark.parametrize("standing", [Standing.GUEST, Standing.OUTSIDER, Standing.BOT, Standing.UNKNOWN])
async def test_nobody_else_may_even_with_an_open_form(standing: Standing) -> None:
    paper = await _paper()
    await paper.type("title", "phones sign-on")
    paper.refuse(standing)
    assert await paper.options("wanted", "acme") == []
    assert not await paper.press("join:1")
    assert (await paper.submit(), paper.saved) == ("update", 0)


# Whatever people write


WORDS = typed() | st.sampled_from([*HOSTILE, "🎉" * 4_000, "x" * 10_000, "\u202e" * 200, "<@U1>" * 900, "\0", "a\nb"])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(typed(), min_size=1, max_size=25), WORDS, WORDS, st.lists(typed(), max_size=6))
async def test_slack_takes_every_form_whatever_people_write(
    names: list[str], message: str, title: str, wishes: list[str]
) -> None:
    profiles = [Profile(f"customer-{at}", name, Status.ACTIVE) for at, name in enumerate(names)]
    paper = Paper(
        *profiles, known=[request(9, f"{TYPED} {title}"[:150], *wishes), request(10, f"same {TYPED}", *names)]
    )
    await paper.take("log_request", message)
    await paper.pick("wanted", *(f"customer-{at}" for at in range(len(names))))
    await paper.type("title", f"{title[:140]} same")
    if await paper.type("title", "same"):
        assert await paper.press("join:1")
        await paper.press("join:new")
        await paper.type("title", title[:150])
    await paper.submit()
    assert paper.saved or paper.errors
