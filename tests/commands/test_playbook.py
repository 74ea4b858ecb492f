"""Playbooks over hostile names and any value of a button: sound messages and forms, and no defect."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from commands import playbook_forms as forms
from commands import playbook_views as views
from commands.announce_playbooks import PlaybookNews
from commands.listen import Listeners
from commands.message import Message
from commands.named import names_by
from commands.playbook import PlaybookOf
from commands.playbook_start import Start
from customers import health, runs
from customers.desk import Desk
from customers.intents import Intent
from customers.model import Problem, Profile, Status
from customers.people import Reader, Standing
from customers.playbooks import Anchor, Playbook, Shelf, Step
from customers.plays import Playbooks
from customers.runs import Changed, Close, Draft, Reminder, Run, RunStep, Started, Waiting
from customers.scope import All, One
from tests.commands import anybody, paper
from tests.commands.anybody import MOMENTS, NOW, TODAY, TYPED, typed
from tests.commands.fakes import FakeOutbound, FakePeople, FakePlaces, FakeStore, decoded, pressed

UTC = ZoneInfo("UTC")
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
OWNERS = st.sampled_from([None, "U0MAYA", "U0JONAS"])
STEPS = st.builds(
    RunStep,
    st.just(1),
    typed(),
    typed(200),
    st.sampled_from(["csm", "engineering", f"{TYPED}lead"]),
    OWNERS,
    st.integers(-90, 90),
    DAYS,
    st.none() | MOMENTS,
    st.just("U0MAYA"),
    st.just("") | typed(),
    st.none() | st.just(TODAY),
)
RUNS = st.builds(
    Run,
    st.integers(1, 10**17),
    st.integers(1, 10**17),
    typed(),
    st.just("renewal"),
    typed(),
    st.sampled_from(Anchor),
    DAYS,
    st.just("C1"),
    st.just("U0MAYA"),
    MOMENTS,
    st.lists(STEPS, min_size=1, max_size=40).map(
        lambda many: tuple(replace(step, number=at) for at, step in enumerate(many, start=1))
    ),
    st.none() | MOMENTS,
    st.just("U0MAYA"),
    typed(),
    st.sampled_from(["", "C1/1.2", "C1/1.2/F1"]),
)
BOOK = Playbook(
    "renewal",
    "Renewal",
    "What it is for.",
    Anchor.RENEWAL,
    (Step("Begin", "csm", -90, "Type `/health`."), Step("End", "sales", 0)),
)
SHELF = Shelf({"renewal": BOOK}, (Problem("x.md", 1, "wrong", broken=True),))
ONE = Run(
    7,
    1,
    "Acme",
    "renewal",
    "Renewal",
    Anchor.RENEWAL,
    TODAY,
    "C1",
    "U0MAYA",
    NOW,
    (RunStep(1, "Begin", "", "csm", None, 0, TODAY), RunStep(2, "End", "", "sales", "U0JONAS", 9, TODAY)),
    place="C1/1.2",
)


def sound(message: Message) -> list[str]:
    return anybody.wrong(message.body())


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(RUNS, st.sampled_from([TODAY, date(2026, 1, 1), date(2027, 12, 31)]))
def test_every_view_of_a_run_is_sound(run: Run, today: date) -> None:
    assert sound(views.card(run, today, NOW)) == []
    for owner in (None, "U0MAYA"):
        assert sound(views.reminder(run, owner, TODAY, today)) == []
    assert sound(views.running_message(run, today, "https://harbour.slack.com/", NOW)) == []
    assert (
        sound(views.overview([replace(run, id=at) for at in range(1, 13)], run.customer, run.customer_id, today, NOW))
        == []
    )
    assert sound(views.done_line(run, 1)) == []
    told = [views.all_steps(run, today), forms.stop(run), forms.already(run, today, "https://harbour.slack.com/")]
    told += [form(run, run.steps[0]) for form in (forms.skip, forms.assign)]
    assert [paper.wrong(_unmentioned(one.view())) for one in told] == [[]] * 5


def _unmentioned(view: dict[str, Any]) -> dict[str, Any]:
    """A form is seen by one person, so naming somebody in it notifies nobody."""
    if isinstance(view, dict):
        if view.get("type") == "user":
            return {"type": "text", "text": "x"}
        return {key: _unmentioned(value) for key, value in view.items()}
    return [_unmentioned(one) for one in view] if isinstance(view, list) else view


@given(st.integers(1, 40).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_progress_is_never_shown_as_more_or_less_than_it_is(counted: tuple[int, int]) -> None:
    over, total = counted
    step = RunStep(1, "x", "", "csm", None, 0, TODAY)
    steps = tuple(replace(step, number=at, done_at=NOW if at < over else None) for at in range(total))
    told, _, drawn = views.bar(replace(ONE, steps=steps)).partition(f"{over} of {total} ")
    assert (told, len(drawn)) == ("", 10)
    assert ("░" not in drawn) is (over == total)
    assert ("▓" in drawn) is (over > 0)


def test_a_list_says_what_can_be_started_and_that_something_is_wrong() -> None:
    assert sound(views.listed(SHELF, 1, NOW)) == []
    told = str(views.listed(SHELF, 1, NOW).body())
    assert "2 steps from 90 days before the renewal to the day of the renewal; CSM, sales" in told
    assert "1 mistake in other files" in told
    assert "No playbook is loaded." in str(views.listed(Shelf(), None, NOW).body())


# Buttons, forms and reminders over a small store


class FakePlays:
    """One run that nobody can change, and what was asked."""

    def __init__(self, *waiting: Waiting) -> None:
        self.drafts: list[Draft] = []
        self.closed: list[tuple[int, Close, list[Intent]]] = []
        self.reminders: list[Reminder] = []
        self._waiting = list(waiting)

    async def find(self, scope: All, run_id: int) -> Run | None:
        return ONE if run_id == ONE.id else None

    async def open_for(self, scope: One) -> list[Run]:
        return [ONE] if scope.customer_id == 1 else []

    async def mine(self, scope: All, person: str, customer_ids: Sequence[int], limit: int) -> list[Run]:
        return [ONE, replace(ONE, id=8)]

    async def start(self, scope: One, draft: Draft, person: str, key: str, now: datetime, speak: Any) -> Started:
        self.drafts.append(draft)
        return Started(ONE, new=True)

    async def close(
        self, scope: One, run_id: int, number: int, close: Close, key: str, speak: Callable[[Run], list[Intent]]
    ) -> Changed:
        self.closed.append((number, close, speak(ONE)))
        return Changed(ONE)

    async def of_churned(self, scope: All, today: date, limit: int) -> list[Run]:
        return []

    async def left(self, scope: All, reader: Reader, limit: int) -> Sequence[int]:
        return []

    async def waiting(self, scope: All, day: date, limit: int, after: int = 0) -> list[Waiting]:
        return [one for one in self._waiting if one.run_id > after]

    async def remind(
        self, scope: One, reminder: Reminder, day: date, due: datetime, now: datetime, intents: Sequence[Intent]
    ) -> bool:
        self.reminders.append(reminder)
        return True


class Shop:
    """Everything behind `/playbook` for two customers; `renewal` runs for the first."""

    def __init__(self, shelf: Shelf = SHELF) -> None:
        names = ("Acme", "Acme Two", f"Beta {TYPED}<!channel>")
        records = FakeStore(*(Profile(f"c{at}", name, Status.ACTIVE) for at, name in enumerate(names)))
        self.records, self.shelf = records, shelf
        self.store, self.outbound, self.people = FakePlays(), FakeOutbound(), FakePeople()
        self.desk = Desk(records, records, records, health.Thresholds(), UTC)
        self.plays = Playbooks(self.store, records, lambda: self.shelf, UTC)  # type: ignore[arg-type]
        start = Start(self.desk, self.plays, self.people, FakePlaces("CEXT"), lambda: "https://harbour.slack.com/")
        of = PlaybookOf(self.desk, self.plays, self.people, start)
        self.on = Listeners(self.people, self.outbound, lambda: NOW)
        self.on.command("/playbook", of)
        self.on.action("playbook", of.act)
        self.on.submit(forms.START, start.submit)

    async def type(self, words: str, channel: str = "C1") -> dict[str, Any]:
        """The answer, or the form that opened."""
        body = {"command": "/playbook", "text": words, "user_id": "U0MAYA", "channel_id": channel, "team_id": "T1"}
        before = len(self.outbound.opened)
        answer = decoded(await self.on.hear(body | {"trigger_id": "t1"}))
        return self._opened() if len(self.outbound.opened) > before else self._sound(answer)

    async def press(self, action: str, value: str) -> dict[str, Any]:
        before = len(self.outbound.opened)
        await self.on.hear(pressed(action, value, at=f"{before}.{len(self.outbound.answers)}") | {"trigger_id": "t1"})
        return self._opened() if len(self.outbound.opened) > before else self._sound(self.outbound.answers[-1][1])

    def _opened(self) -> dict[str, Any]:
        form = self.outbound.opened[-1][1]
        assert paper.wrong(_unmentioned(form)) == []
        return form

    def _sound(self, answer: dict[str, Any]) -> dict[str, Any]:
        assert anybody.wrong(answer) == []
        assert "Something went wrong" not in answer["text"]
        return answer


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "Your open playbooks"),
        ("list", "Start Renewal…"),
        ("start", "Start a playbook"),
        ("start renewal", "Start a playbook"),
        ("start renewal beta", "Day of the renewal"),
        ("start renewal c0", "runs already"),
        ("start renewal acm", "could be more than one customer"),
        ("start nonsense", "There are renewal."),
        ("start <!channel> *x*", "No playbook is called"),
        ("start renewal nobody", "No customer is called"),
        ("show c0", "Renewal playbook of Acme"),
        ("show beta", "No playbook runs for"),
        ("show", "Which customer?"),
        ("stop c0", "Why does it stop?"),
        ("stop beta", "No playbook runs for"),
        ("help", "What Dossier answers"),
        ("frobnicate", "/playbook knows no"),
        ("x" * 10_000, "/playbook knows no"),
        ("start " + "x" * 10_000, "No playbook is called"),
    ],
)
async def test_every_word_is_answered(words: str, told: str) -> None:
    assert told in str(await Shop().type(words))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(
        ["done:card:7-1", "done:due:7-1", "done:home:7-1", "done", "more:card:7-1", "all:card", "stop:card", "show",
         "of", "start", "start:3", "", "nonsense", ":::"]
    ),
    st.sampled_from(
        ["7|1", "7|2", "7|9", "8|1", "7", "", "|", "1|renewal", "3|renewal", "|renewal", "99|renewal", "3|", "skip|7|1",
         "assign|7|2", "all|7|1", "skip|7|9", "7|1|2026-11-18|U0MAYA", "7|1|never|U0MAYA", "٣|1", "9" * 30]
    ) | st.text(max_size=20),
)  # fmt: skip
async def test_no_value_of_a_button_is_a_defect(action: str, value: str) -> None:
    with capture_logs():
        assert await Shop().press(f"playbook:{action}", value)


async def test_a_press_on_the_message_itself_changes_it_for_everybody() -> None:
    shop = Shop()
    await shop.on.hear(pressed("playbook:done:card:7-1", "7|1", private=False))
    assert shop.outbound.answers[-1][1]["replace_original"] is True
    number, close, intents = shop.store.closed[0]
    assert (number, close.by, close.on) == (1, "U0MAYA", TODAY)
    assert [(one.kind, one.word("pressed")) for one in intents] == [("playbook_card", "C1/1.0")]
    await shop.press("playbook:done:home:7-1", "7|1")
    assert [one.word("pressed") for one in shop.store.closed[1][2]] == [""]


async def test_nothing_can_be_started_without_a_playbook() -> None:
    assert "No playbook is loaded." in str(await Shop(Shelf()).type("start"))


def submitted(form: dict[str, Any], **values: Any) -> dict[str, Any]:
    view = {**form, "id": "V1", "hash": "h", "state": {"values": {at: {"x": one} for at, one in values.items()}}}
    return {"type": "view_submission", "user": {"id": "U0MAYA", "team_id": "T1"}, "view": view}


CHOSEN = {"customer": {"selected_option": {"value": "3"}}, "kind": {"selected_option": {"value": "renewal"}}}


@pytest.mark.parametrize(
    ("values", "under"),
    [
        ({}, "customer"),
        ({"customer": CHOSEN["customer"]}, "kind"),
        ({**CHOSEN, "anchor:renewal:3": {"selected_date": None}}, "anchor:renewal:3"),
        (CHOSEN, "kind"),  # the field for the day was not there yet
        ({**CHOSEN, "anchor:renewal:3": {"selected_date": "2099-01-01"}}, "anchor:renewal:3"),
        ({**CHOSEN, "anchor:renewal:2": {"selected_date": "2026-12-01"}}, "kind"),  # of another customer
        (
            {
                **CHOSEN,
                "anchor:renewal:3": {"selected_date": "2026-12-01"},
                "owner:sales": {"selected_user": "U0GUEST"},
            },
            "owner:sales",
        ),
    ],
)
async def test_what_is_missing_is_said_under_its_field(values: dict[str, Any], under: str) -> None:
    shop = Shop()
    shop.people.standings["U0GUEST"] = Standing.GUEST
    form = await shop.type("start renewal beta")
    answer = decoded(await shop.on.hear(submitted(form, **values)))
    assert list(answer["errors"]) == [under]
    assert shop.store.drafts == []


@pytest.mark.parametrize(
    ("status", "ago", "goes_on", "told"),
    [
        (Status.ACTIVE, None, False, ""),
        (Status.PILOT, None, True, ""),
        (Status.CHURNED, 0, False, "This customer has churned; the Renewal playbook is for current ones."),
        (Status.CHURNED, 0, True, ""),
        (Status.CHURNED, 89, True, ""),
        (Status.CHURNED, 90, True, "This customer churned on 2026-08-20; a playbook goes on for 90 days after that."),
        (Status.CHURNED, None, True, "This customer has churned, but the document does not say when."),
    ],
)
async def test_who_churned_can_only_be_won_back_for_90_days(
    status: Status, ago: int | None, goes_on: bool, told: str
) -> None:
    shop = Shop(Shelf({"renewal": replace(BOOK, goes_on=goes_on)}))
    churned = None if ago is None else TODAY - timedelta(days=ago)
    shop.records.profiles[3] = Profile("beta", "Beta", status, churned=churned)
    form = await shop.type("start renewal beta")
    assert told in str(form)  # before it is filled in
    assert ("Day of the renewal" in str(form)) is not told
    filled = {**CHOSEN, "anchor:renewal:3": {"selected_date": "2026-12-01"}}
    answer = decoded(await shop.on.hear(submitted(form, **filled)))
    assert answer.get("errors", {}).get("customer", "")[: len(told)] == told
    assert [one.goes_on for one in shop.store.drafts] == ([] if told else [goes_on])


async def test_the_form_says_which_steps_a_win_back_would_not_reach() -> None:
    shop = Shop(Shelf({"renewal": replace(BOOK, anchor=Anchor.START, goes_on=True)}))
    late = replace(BOOK.steps[1], days=60)
    for steps, told in (
        (BOOK.steps, "after they churned."),
        ((*BOOK.steps, late), "churned: 1 step will not be reached."),
    ):
        shop.shelf = Shelf({"renewal": replace(BOOK, anchor=Anchor.START, goes_on=True, steps=steps)})
        shop.records.profiles[3] = Profile("beta", "Beta", Status.CHURNED, churned=TODAY - timedelta(days=30))
        form = str(await shop.type("start renewal beta"))
        assert f"It ends on {TODAY + timedelta(days=60)}, 90 days" in form
        assert told in form
    assert "goes on after churn" in str(await shop.type("list"))


@pytest.mark.parametrize(("where", "channel"), [("here", "C1"), ("alone", "U0MAYA")])
async def test_a_filled_form_starts_it(where: str, channel: str) -> None:
    shop = Shop()
    form = await shop.type("start renewal beta")
    filled = {
        **CHOSEN,
        "anchor:renewal:3": {"selected_date": "2026-12-01"},
        "owner:sales": {"selected_user": "U0JONAS"},
        "owner:product": {"selected_user": "U0IRIS"},  # of a playbook that was chosen before
        "where": {"selected_option": {"value": where}},
    }
    assert decoded(await shop.on.hear(submitted(form, **filled))) == {"response_action": "clear"}
    draft = shop.store.drafts[0]
    assert (draft.customer_id, draft.kind, draft.anchor, draft.channel) == (3, "renewal", date(2026, 12, 1), channel)
    assert [(one.owner, one.due) for one in draft.steps] == [(None, TODAY), ("U0JONAS", date(2026, 12, 1))]


@pytest.mark.parametrize(
    ("hour", "owner", "ago", "told"),
    [
        (8, "U0JONAS", 3, 0),  # it is not nine yet
        (9, "U0JONAS", 3, 1),
        (9, None, 3, 1),
        (23, "U0MAYA", 3, 1),
        (9, "U0JONAS", 0, 1),  # somebody else gave them a step
        (9, "U0MAYA", 0, 0),  # who started it has just seen it
        (9, None, 0, 0),
    ],
)
async def test_who_is_reminded_when(hour: int, owner: str | None, ago: int, told: int) -> None:
    store = FakePlays(Waiting(7, 1, "C1", owner, 1, "U0MAYA", NOW - timedelta(days=ago)))
    plays = Playbooks(store, FakeStore(), Shelf, UTC)  # type: ignore[arg-type]
    assert await plays.remind(NOW.replace(hour=hour)) == told
    assert [one.owner for one in store.reminders] == [owner] * told


async def test_a_reminder_that_is_no_longer_true_is_not_sent() -> None:
    shop = Shop()
    news = PlaybookNews(shop.desk, shop.plays, names_by(FakePeople()))
    reminder = Reminder(7, 1, "C1", None, (1,))
    intent, card = runs.reminded(reminder, TODAY)
    assert await news.due(intent, NOW) is None  # nobody reminded of anything on that day
    assert await news.due(replace(intent, about={"run": 7, "day": "soon"}), NOW) is None
    said = await news.card(card, NOW)
    assert said.updates == "playbook_card:7"
    assert (await news.card(runs.started(ONE)[0], NOW)).updates == ""
