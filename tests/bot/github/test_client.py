"""Calls to GitHub against a foreign one: what each came to, and that none repeats itself."""

from datetime import timedelta

import aiohttp
import pytest

from bot.github.answers import Done, NotSent, Refused, Unknown, is_missing_label
from bot.github.client import GitHub
from bot.github.credentials import Token
from bot.github.issue import labels, mark, missing_labels
from tests.bot.github.facts import misshapen
from tests.bot.github.foreign_github import (
    STARTS,
    Fault,
    ForeignGitHub,
    broken,
    cut,
    late,
    limited,
    refuse,
    secondary,
)

KEY = b"key of the markers"


async def _create(ours: GitHub, bug: int = 17) -> object:
    return await ours.create_issue("Login fails", mark(bug, KEY), labels("critical"))


async def test_an_issue_is_created_with_its_labels(ours: GitHub, github: ForeignGitHub) -> None:
    made = await ours.create_issue("Login fails", "body", labels("critical"))
    assert isinstance(made, Done)
    assert (made.data.number, made.data.title, made.data.state) == (1, "Login fails", "open")
    assert made.data.labels == ("customer-reported", "severity:critical")
    assert made.data.url == "https://github.com/acme/app/issues/1"
    assert [one.method for one in github.requests] == ["POST"]


async def test_requests_say_who_we_are_and_which_version_we_mean(ours: GitHub, github: ForeignGitHub) -> None:
    await ours.issue(1)
    headers = github.requests[0].headers
    assert headers["User-Agent"] == "dossier"
    assert headers["X-GitHub-Api-Version"] == "2022-11-28"
    assert headers["Accept"] == "application/vnd.github+json"


async def test_the_fake_answers_in_githubs_shape(ours: GitHub, github: ForeignGitHub) -> None:
    await _create(ours)
    await ours.comment(1, "Seen")
    assert misshapen(github.close(1), "issue") == []
    assert misshapen(github.comments[0], "issue-comment") == []


@pytest.mark.parametrize(
    ("fault", "expected", "filed"),
    [
        (limited(7), NotSent("GitHub asks us to call less often.", 7.0, shared=True), 0),
        (secondary(), NotSent("GitHub asks us to call less often.", 60.0, shared=True), 0),
        (broken(500), Unknown("GitHub did not say whether it was done (HTTP 500)."), 1),
        (broken(503, done=False), Unknown("GitHub did not say whether it was done (HTTP 503)."), 0),
        (cut(), Unknown("The connection to GitHub broke off before it answered."), 1),
        (Fault(201, "no issue", done=False), Unknown("GitHub's answer could not be read."), 0),
        (Fault(200, [], done=False), Unknown("GitHub's answer could not be read."), 0),
    ],
)
async def test_a_create_call_is_made_once_whatever_it_comes_to(
    ours: GitHub, github: ForeignGitHub, fault: Fault, expected: object, filed: int
) -> None:
    github.meets("create", fault)
    assert await _create(ours) == expected
    assert len(github.issues) == filed
    assert len(github.requests) == 1


async def test_an_answer_that_does_not_come_is_unknown(impatient: GitHub, github: ForeignGitHub) -> None:
    await impatient.issue(1)  # what the fake reads once is read
    github.meets("create", late())
    assert await _create(impatient) == Unknown("The connection to GitHub broke off before it answered.")
    assert len(github.issues) == 1


async def test_nobody_listening_means_not_sent(session: aiohttp.ClientSession) -> None:
    nowhere = GitHub(session, "http://127.0.0.1:1", "acme/app", Token("t"), lambda: STARTS)
    assert await _create(nowhere) == NotSent("GitHub could not be reached.")


async def test_a_wrong_token_is_refused(session: aiohttp.ClientSession, github: ForeignGitHub) -> None:
    stranger = GitHub(session, github.url, "acme/app", Token("ghp_wrong"), lambda: STARTS)
    made = await _create(stranger)
    assert isinstance(made, Refused)
    assert made.status == 401
    assert len(github.requests) == 1


async def test_issues_turned_off_say_so(ours: GitHub, github: ForeignGitHub) -> None:
    github.has_issues = False
    made = await _create(ours)
    assert isinstance(made, Refused)
    assert (made.status, made.reason) == (410, "Issues are turned off in the repository.")


async def test_a_post_to_a_moved_repository_is_not_followed(
    session: aiohttp.ClientSession, github: ForeignGitHub
) -> None:
    """Followed, it would become a GET or file the issue in a place that nobody named."""
    github.moved_from = "acme/old"
    old = GitHub(session, github.url, "acme/old", Token("ghp_foreign"), lambda: STARTS)
    made = await _create(old)
    assert isinstance(made, Refused)
    assert (made.reason, github.issues) == ("The repository has moved.", [])


async def test_a_moved_issue_is_followed(session: aiohttp.ClientSession, github: ForeignGitHub) -> None:
    github.moved_from = "acme/old"
    github.file("Login fails")
    old = GitHub(session, github.url, "acme/old", Token("ghp_foreign"), lambda: STARTS)
    found = await old.issue(1)
    assert isinstance(found, Done)
    assert found.data.title == "Login fails"


async def test_dropped_labels_are_seen(ours: GitHub, github: ForeignGitHub) -> None:
    github.push = False
    made = await _create(ours)
    assert isinstance(made, Done)
    assert missing_labels(made.data, labels("critical")) == ("customer-reported", "severity:critical")


async def test_an_unknown_label_can_be_made_once_and_the_issue_tried_again(ours: GitHub, github: ForeignGitHub) -> None:
    github.makes_labels = False
    assert is_missing_label(await _create(ours))  # type: ignore[arg-type]
    assert await ours.create_label("severity:critical", "b60205", "System down") == Done("severity:critical")
    assert await ours.create_label("customer-reported", "1d76db", "There already") == Done("customer-reported")
    assert isinstance(await _create(ours), Done)


async def test_a_label_that_cannot_be_made_is_refused(ours: GitHub, github: ForeignGitHub) -> None:
    github.meets("label", refuse(422, "Validation Failed", {"resource": "Label", "field": "color", "code": "invalid"}))
    assert isinstance(await ours.create_label("x", "blue", ""), Refused)


async def test_a_comment_tells_its_address(ours: GitHub, github: ForeignGitHub) -> None:
    github.file("Login fails")
    assert await ours.comment(1, "Seen") == Done("https://github.com/acme/app/issues/1#issuecomment-5000")
    assert isinstance(await ours.comment(2, "Nobody"), Refused)


# looking for an issue whose creation was never answered


async def test_an_unanswered_issue_is_found_by_its_marker(ours: GitHub, github: ForeignGitHub) -> None:
    github.meets("create", cut())
    await _create(ours)
    github.file("Another", mark(18, KEY), "customer-reported")
    found = await ours.find_marked(17, KEY, STARTS)
    assert isinstance(found, Done)
    assert [one.number for one in found.data] == [1]
    assert all("/search" not in one.path for one in github.requests)


async def test_it_is_found_although_github_dropped_its_labels(ours: GitHub, github: ForeignGitHub) -> None:
    github.push = False
    github.meets("create", broken(502))
    await _create(ours)
    found = await ours.find_marked(17, KEY, STARTS)
    assert isinstance(found, Done)
    assert [one.number for one in found.data] == [1]


async def test_a_closed_one_counts_and_a_forged_one_does_not(ours: GitHub, github: ForeignGitHub) -> None:
    github.file("Ours", mark(17, KEY))
    github.file("Forged", mark(17, b"another key"))
    github.close(1)
    found = await ours.find_marked(17, KEY, STARTS)
    assert isinstance(found, Done)
    assert [one.number for one in found.data] == [1]


async def test_what_the_list_does_not_show_yet_is_absent(ours: GitHub, github: ForeignGitHub) -> None:
    github.file("Ours", mark(17, KEY))
    github.hidden = 1
    assert await ours.find_marked(17, KEY, STARTS) == Done([])


async def test_it_is_found_on_a_later_page(ours: GitHub, github: ForeignGitHub) -> None:
    github.file("Ours", mark(17, KEY))
    for number in range(230):
        github.file(f"Noise {number}")
    found = await ours.find_marked(17, KEY, STARTS)
    assert isinstance(found, Done)
    assert [one.number for one in found.data] == [1]
    assert [one.query["page"] for one in github.requests] == ["1", "2", "3"]


async def test_too_many_issues_are_no_proof_of_absence(ours: GitHub, github: ForeignGitHub) -> None:
    for number in range(201):
        github.file(f"Noise {number}")
    assert isinstance(await ours.find_marked(17, KEY, STARTS, pages=2), Unknown)
    assert await ours.find_marked(17, KEY, STARTS, pages=3) == Done([])


async def test_old_issues_that_changed_are_not_looked_through(ours: GitHub, github: ForeignGitHub) -> None:
    for number in range(300):
        github.file(f"Old {number}")
    first_try = STARTS + timedelta(days=1)
    for one in github.issues:
        one["updated_at"] = "2026-11-17T09:00:00Z"
    assert await ours.find_marked(17, KEY, first_try) == Done([])
    assert len(github.requests) == 1


async def test_githubs_clock_may_be_some_minutes_behind_ours(ours: GitHub, github: ForeignGitHub) -> None:
    github.file("Ours", mark(17, KEY))
    found = await ours.find_marked(17, KEY, STARTS + timedelta(minutes=4))
    assert isinstance(found, Done)
    assert len(found.data) == 1


async def test_a_failed_look_up_tells_nothing(ours: GitHub, github: ForeignGitHub) -> None:
    github.file("Ours", mark(17, KEY))
    github.meets("list", limited(5), broken(500))
    assert isinstance(await ours.find_marked(17, KEY, STARTS), NotSent)
    assert isinstance(await ours.find_marked(17, KEY, STARTS), Unknown)


# polling


async def test_polling_hears_of_every_change_once_more_at_most(ours: GitHub, github: ForeignGitHub) -> None:
    for number in range(250):
        github.file(f"Issue {number}")
    github.change(7, pull_request={"url": "x"})
    github.close(3)
    heard, asked = [], (STARTS, 1)
    for _ in range(10):
        got = await ours.updated_since(*asked)
        assert isinstance(got, Done)
        heard += [one.number for one in got.data.issues]
        asked = got.data.following
        if not got.data.more:
            break
    assert set(heard) == set(range(1, 251)) - {7}
    assert (len(heard), heard[-1]) == (251, 3)  # an issue at the seam of two pages comes twice
    last = await ours.updated_since(*asked)
    assert isinstance(last, Done)
    assert [one.number for one in last.data.issues] == [3]


async def test_polling_gets_past_more_than_a_page_within_one_second(
    session: aiohttp.ClientSession,
) -> None:
    async with ForeignGitHub(clock=lambda: STARTS) as github:
        ours = GitHub(session, github.url, "acme/app", Token("ghp_foreign"), lambda: STARTS)
        for number in range(150):
            github.file(f"Issue {number}")
        heard, asked, more = set(), (STARTS, 1), True
        while more:
            got = await ours.updated_since(*asked)
            assert isinstance(got, Done)
            heard |= {one.number for one in got.data.issues}
            asked, more = got.data.following, got.data.more
        assert len(heard) == 150


# what `dossier check` asks


async def test_a_sound_set_up_is_named(ours: GitHub) -> None:
    assert await ours.who() == Done("acme/app as dossier-bot")


@pytest.mark.parametrize(
    ("attribute", "value", "said"),
    [("push", False, "only read"), ("has_issues", False, "turned off"), ("archived", True, "archived")],
)
async def test_an_unfit_repository_is_told_with_a_mend(
    ours: GitHub, github: ForeignGitHub, attribute: str, value: bool, said: str
) -> None:
    setattr(github, attribute, value)
    told = await ours.who()
    assert isinstance(told, Refused)
    assert said in told.reason


async def test_a_repository_that_is_not_there_is_told(session: aiohttp.ClientSession, github: ForeignGitHub) -> None:
    told = await GitHub(session, github.url, "acme/none", Token("ghp_foreign"), lambda: STARTS).who()
    assert isinstance(told, Refused)
    assert told.reason == "GitHub shows us no such repository."
