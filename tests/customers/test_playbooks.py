"""Playbook files: what they say, what is wrong with them, and when their steps are due."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.playbooks import SHIPPED, read, told
from customers.model import Profile, Status
from customers.playbooks import FURTHEST, STEPS, Anchor, Playbook, Step, days_of, kind_of, parse, plan, shelf_of
from customers.runs import AFTER_CHURN

GOOD = """# Renewal

**Days count from:** renewal

What it
is for.

## Send it
**When:** 45 days before
**Owner:**  Sales

Write it. Done when
it is out.

- one
- two

## Begin

**When:** 90 days before
"""


def book(text: str, file: str = "renewal.md") -> Playbook:
    found, problems = parse(text, file)
    assert problems == ()
    assert found is not None
    return found


def test_a_playbook_is_read_with_its_steps_in_the_order_of_their_days() -> None:
    begin = Step("Begin", "csm", -90)
    send = Step("Send it", "sales", -45, "Write it. Done when it is out.\n\n- one\n- two")
    assert book(GOOD) == Playbook("renewal", "Renewal", "What it is for.", Anchor.RENEWAL, (begin, send))
    assert book(GOOD).roles == ("csm", "sales")


def test_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    assert book("\ufeff" + GOOD.replace("\n", "\r\n")) == book(GOOD)


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("90 days before", -90),
        ("1 day after", 1),
        ("2 weeks before the renewal", -14),
        ("On the day", 0),
        ("the day of the start", 0),
        ("3 months before", -90),
        ("day 5", 5),
        ("+14", 14),
        ("-30", -30),
        ("−30", -30),
        ("14 days", None),
        ("14", None),
        ("0", 0),
        ("- 3 days", -3),
        ("Same day.", 0),
        ("10 days later", 10),
        ("", None),
        ("soon", None),
        ("90 days", None),
        ("before 90 days", None),
        ("1.5 weeks after", None),
        ("99999 days before", None),
        ("- -3", None),
        ("٣ days before", -3),
    ],
)
def test_days_as_people_write_them(said: str, days: int | None) -> None:
    assert days_of(said) == days


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        (("# Renewal", "Renewal"), 1, "There is no title."),
        (("**Days count from:** renewal", ""), 1, "It does not say what its days count from."),
        (("from:** renewal", "from:** Easter"), 3, "“Easter” is no day to count from."),
        (("**When:** 45 days before", "**Due:** 45 days before"), 8, "This step does not say when."),
        (("45 days before", "soon"), 9, "“soon” is no day."),
        (("45 days before", f"{FURTHEST + 1} days before"), 9, f"This is more than {FURTHEST} days away."),
        (("Sales", "<!channel>"), 10, "“<!channel>” is no role."),
        (("Sales", "x" * 25), 10, f"“{'x' * 25}” is no role."),
        (("**When:** 90 days before", "**When:** day 1\n**When:** day 2"), 21, "“When” stands here twice."),
        (("## Begin", "## " + "Begin " * 30), 18, "This heading is longer than 120 characters."),
        (("## Begin", "## …"), 18, "This heading has no words."),
        (("## Begin", "# Begin"), 18, "This is a second title."),
        (("Write it.", "word " * 400), 8, "The text of this step is longer than 1,500 characters."),
        (("Write it.", "```"), 12, "The code block or comment that begins here never ends."),
    ],
)
def test_every_mistake_names_its_line(change: tuple[str, str], line: int, message: str) -> None:
    found, problems = parse(GOOD.replace(*change), "own/renewal.md")
    assert found is None
    assert (line, message) in [(one.line, one.message) for one in problems]
    assert all(one.hint and one.broken and str(one).startswith("own/renewal.md:") for one in problems)


@pytest.mark.parametrize(
    ("head", "goes_on"),
    [
        ("", False),
        ("**After churn:** goes on", True),
        ("**After churn:** stops", False),
        ("__After  churn__:  Goes  on.", True),
        ("- **AFTER CHURN:** STOPS", False),
        ("```\n**After churn:** goes on\n```", False),  # an example
    ],
)
def test_what_happens_after_churn_is_said_at_the_head(head: str, goes_on: bool) -> None:
    assert book(GOOD.replace("renewal\n", f"renewal\n{head}\n", 1)).goes_on is goes_on


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        (("renewal\n", "renewal\n**After churn:** maybe\n"), 4, "“maybe” is nothing that a playbook does after churn."),
        (("renewal\n", "renewal\n**After churn:** goes on, sometimes\n"), 4, "“goes on, sometimes” is nothing"),
        (("renewal\n", "renewal\n**After churn:**\n"), 4, "It does not say what happens after churn."),
        (("renewal\n", "renewal\n**After churn:** stops\n**After churn:** goes on\n"), 5, "“After churn” stands here"),
        (("Sales", "Sales\n**After churn:** goes on"), 11, "“After churn” stands where it is not read."),
        (("What it", "What it\n**After churn:** goes on"), 6, "“After churn” stands where it is not read."),
        (("# Renewal", "**After churn:** goes on\n# Renewal"), 1, "“After churn” stands where it is not read."),
        (("Sales", "Sales\n**Days count from:** start"), 11, "“Days count from” stands where it is not read."),
    ],
)
def test_what_happens_after_churn_is_never_guessed(change: tuple[str, str], line: int, message: str) -> None:
    found, problems = parse(GOOD.replace(*change, 1), "own/renewal.md")
    assert found is None
    assert [(one.line, one.message[: len(message)]) for one in problems] == [(line, message)]
    assert str(problems[0]).startswith(f"own/renewal.md:{line}:")


def test_a_file_has_steps_and_not_too_many() -> None:
    head, step = GOOD.split("## ")[0], "## Step\n**When:** day 1\n"
    assert [one.message for one in parse(head, "a.md")[1]] == ["There are no steps."]
    assert len(book(head + step * STEPS).steps) == STEPS
    assert parse(head + step * (STEPS + 1), "a.md")[0] is None


def test_headings_in_code_are_no_steps() -> None:
    example = "```\n## Not a step\n```\n\n## Begin\n"
    assert [one.title for one in book(GOOD.replace("## Begin\n", example)).steps] == ["Begin", "Send it"]


@pytest.mark.parametrize(
    ("typed", "kind", "rest"),
    [
        ("renewal acme", "renewal", "acme"),
        ("Churn Prevention Acme & Sons", "churn-prevention", "Acme & Sons"),
        ("churn-prevention", "churn-prevention", ""),
        ("Leaving us acme", "churn-prevention", "acme"),
        ("churn acme", "churn-prevention", "acme"),
        ("ren", "renewal", ""),
        ("re", None, "re"),
        ("", None, ""),
        ("acme renewal", None, "acme renewal"),
        ("<!channel>", None, "<!channel>"),
        ("re-", None, "re-"),
    ],
)
def test_a_playbook_is_found_by_what_is_typed(typed: str, kind: str | None, rest: str) -> None:
    leaving = GOOD.replace("# Renewal", "# Leaving us")
    shelf = shelf_of(
        [("renewal.md", book(GOOD), ()), ("churn-prevention.md", book(leaving, "churn-prevention.md"), ())]
    )
    found, left = shelf.named(typed)
    assert (found.kind if found else None, left) == (kind, rest)


def test_of_two_files_with_one_name_the_second_is_a_problem() -> None:
    shelf = shelf_of([("renewal.md", book(GOOD), ()), ("Renewal.MD", book(GOOD), ())])
    assert list(shelf.playbooks) == ["renewal"]
    assert [str(one)[:60] for one in shelf.problems] == ["Renewal.MD:1: Another file is the playbook renewal already, "]


@pytest.mark.parametrize(("name", "kind"), [("Churn Prevention.md", "churn-prevention"), ("a/b/x.md", "x"), ("…", "")])
def test_the_name_of_a_file_is_what_people_type(name: str, kind: str) -> None:
    assert kind_of(name) == kind


TODAY = date(2026, 11, 16)


def test_what_was_due_before_the_start_is_due_today() -> None:
    found = plan(book(GOOD), date(2027, 1, 20), TODAY)
    assert [(step.title, day) for step, day in found.steps] == [("Begin", TODAY), ("Send it", date(2026, 12, 6))]
    assert found.late == 1


def test_the_day_to_count_from_is_the_documents() -> None:
    profile = Profile("acme", "Acme", Status.ACTIVE, renewal=date(2027, 2, 1))
    assert [one.of(profile, TODAY) for one in Anchor] == [TODAY, date(2027, 2, 1), None]


LINES = ["# T", "## S", "**When:** day 3", "**When:**", "**Owner:** x", "**Days count from:** start", "```", "", "<!--"]
LINES += [
    "**After churn:** goes on",
    "**After churn:** x",
    "> q",
    "- a",
    "---",
    "===",
    "\0",
    "\u202e",
    "**Owner:** " + "é" * 50,
    "### sub",
    "1. one",
    "\tcode",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(LINES) | st.text(max_size=30), max_size=25))
def test_any_text_is_a_playbook_or_has_problems(lines: list[str]) -> None:
    text = "\n".join(lines)
    found, problems = parse(text, "a.md")
    assert found is not None or any(one.broken for one in problems)
    assert all(1 <= one.line <= text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1 for one in problems)
    if found:
        assert [one.days for one in found.steps] == sorted(one.days for one in found.steps)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_nothing_is_due_before_it_starts(anchor: date, today: date) -> None:
    found = plan(book(GOOD), anchor, today)
    assert all(day >= today and day >= anchor + timedelta(days=step.days) for step, day in found.steps)
    assert found.late == sum(anchor + timedelta(days=step.days) < today for step, _ in found.steps)


# What comes with Dossier


def test_the_shipped_ones_are_whole() -> None:
    shelf = read(None)
    assert shelf.problems == ()
    assert shelf.kinds == ("churn-prevention", "onboarding", "renewal")
    for one in shelf.playbooks.values():
        assert 8 <= len(one.steps) <= 17
        assert one.about
        assert [step.title for step in one.steps if "Done when" not in step.detail] == []
        assert sum("`" in step.detail or "*" in step.detail for step in one.steps) >= len(one.steps) // 2


@pytest.mark.parametrize(
    ("kind", "topics"),
    [
        ("renewal", ("90 days", "health score", "Value", "Expansion")),
        (
            "churn-prevention",
            ("Early warning", "intervention", "rescue plan", "win-back", "exit interview", "bring them back"),
        ),
        ("onboarding", ("kick-off", "Train", "sponsor")),
    ],
)
def test_they_cover_the_topics_of_the_customer_document(kind: str, topics: tuple[str, ...]) -> None:
    text = (SHIPPED / f"{kind}.md").read_text(encoding="utf-8")
    assert [topic for topic in topics if topic not in text] == []


def test_of_them_only_churn_prevention_goes_on_with_steps_after_the_decision_to_leave() -> None:
    shelf = read(None)
    assert [kind for kind in shelf.kinds if shelf.playbooks[kind].goes_on] == ["churn-prevention"]
    steps = shelf.playbooks["churn-prevention"].steps
    decided = next(step.days for step in steps if step.title.startswith("Decide"))
    leaving = [step.days for step in steps if step.title.startswith("If they leave")]
    assert len(leaving) == 4
    assert all(decided < days < decided + AFTER_CHURN.days for days in leaving)


def test_a_folder_of_ones_own_replaces_them(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    assert [one.message for one in read(folder).problems] == ["no .md file here"]
    (folder / "renewal.md").write_text(GOOD, encoding="utf-8")
    (folder / "README.md").write_text("# About this folder", encoding="utf-8")
    (folder / "broken.md").write_bytes(b"# \xff")
    (folder / "wrong.md").write_text(GOOD.replace("45 days before", "soon"), encoding="utf-8")
    (folder / "large.md").write_text("x" * 300_000, encoding="utf-8")
    shelf = read(folder)
    assert shelf.kinds == ("renewal",)
    assert [(one.file, one.line) for one in shelf.problems] == [("broken.md", 1), ("large.md", 1), ("wrong.md", 9)]
    assert told(shelf)[-1] == (True, "renewal: Renewal, 2 steps, counted from the renewal; csm, sales")
    assert read(folder / "nowhere").problems[0].broken
