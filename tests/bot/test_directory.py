"""Which Slack user a document's CSM is, asked of a foreign Slack."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot import slack
from bot.directory import Directory
from customers.model import Person
from tests.foreign import TOKEN, ForeignSlack, person, refused


class Office:
    """A directory, the Slack it reads, and a clock."""

    def __init__(self, foreign: ForeignSlack, web: slack.AsyncWebClient) -> None:
        self.slack, self.now = foreign, datetime(2026, 11, 16, 8, tzinfo=UTC)
        self.directory = Directory(web, lambda: self.now)

    async def find(self, name: str | None = None, email: str | None = None, handle: str | None = None) -> str | None:
        return await self.directory.user_of(Person(name, email, handle))

    def add(self, user: str, handle: str, name: str, email: str = "", **more: object) -> None:
        self.slack.people[user] = person(user, handle, name, email, **more)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with ForeignSlack().serve() as foreign, slack.new_session() as session:
        made = Office(foreign, slack.client(TOKEN, foreign.url, session))
        made.add("U2", "maya", "Maya Okafor", "Maya@Harbour.example")
        made.add("U3", "jonas", "Jonas Lindqvist", "jonas@harbour.example")
        yield made
        assert foreign.wrong == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"email": "maya@harbour.EXAMPLE"}, "U2"),
        ({"name": "maya okafor"}, "U2"),
        ({"handle": "Maya"}, "U2"),
        ({"name": "Jonas Lindqvist", "email": "maya@harbour.example"}, "U2"),
        ({"name": "Jonas Lindqvist", "email": "left@harbour.example"}, None),
        ({"name": "Maya"}, None),
        ({"email": "maya"}, None),
        ({}, None),
    ],
)
async def test_by_e_mail_then_name_then_handle_and_never_by_a_guess(
    office: Office, asked: dict[str, str], found: str | None
) -> None:
    assert await office.find(**asked) == found


@pytest.mark.parametrize("more", [{"deleted": True}, {"is_bot": True}, {"is_stranger": True}, {"is_restricted": True}])
async def test_whoever_may_read_nothing_is_nobodys_csm(office: Office, more: dict[str, bool]) -> None:
    office.add("U2", "maya", "Maya Okafor", "maya@harbour.example", **more)
    assert await office.find(email="maya@harbour.example") is None


async def test_of_two_with_one_name_nobody_is_meant_and_nobody_is_found_by_an_empty_one(office: Office) -> None:
    office.add("U4", "maya2", "Maya Okafor")
    office.add("U5", "", "")
    assert await office.find(name="Maya Okafor") is None
    assert await office.find(name="", email="", handle="") is None


async def test_the_list_is_read_to_its_end_and_again_after_ten_minutes(office: Office) -> None:
    await office.find(name="Jonas Lindqvist")
    pages = office.slack.calls.count("users.list")
    assert pages == len(office.slack.people)
    office.add("U9", "noor", "Noor Haddad")
    office.now += timedelta(minutes=9, seconds=59)
    assert await office.find(name="Noor Haddad") is None
    assert office.slack.calls.count("users.list") == pages
    office.now += timedelta(seconds=1)
    assert await office.find(name="Noor Haddad") == "U9"


async def test_when_slack_cannot_be_asked_it_is_asked_again_next_time(office: Office) -> None:
    office.slack.meets("users.list", refused("ratelimited"))
    with pytest.raises(slack.SlackApiError):
        await office.find(name="Maya Okafor")
    assert await office.find(name="Maya Okafor") == "U2"
