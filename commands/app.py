"""Every listener on one screen. `manifest.yml` declares the same names; a test holds them together."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from commands.add_history import AddHistory
from commands.alerts import AlertButtons
from commands.brief import Brief
from commands.brief_form import BriefForm
from commands.bugs import Bugs
from commands.clock import ClockRight
from commands.code_review import CodeReview
from commands.customer import Customer
from commands.digest import Digest
from commands.digest_form import CSM, Menus
from commands.digest_form import NAME as DIGEST
from commands.digest_form import ZONE as DIGEST_ZONE
from commands.feature_review import Review
from commands.features import Features
from commands.health import HealthOf
from commands.health_review import HealthReview
from commands.home import Home
from commands.home_shelves import ActionsOpen, AlertsOpen, BugsDue, MyDigests, StepsDue
from commands.home_tab import HomeTab
from commands.judgement_forms import CLOSE, OPEN, OVERRIDE
from commands.judgements import Judging
from commands.known_issues import KnownIssues
from commands.listen import Listeners
from commands.log_request import LogRequest
from commands.named import names_by
from commands.pick import Pick
from commands.playbook import PlaybookOf
from commands.playbook_forms import ASSIGN, SKIP, START, STOP
from commands.playbook_start import Start
from commands.playbook_views import REOPEN
from commands.ports import FirstTime, Outbound, People, Places
from commands.preferences_form import NAME as PREFERENCES
from commands.preferences_form import ZONE, PreferencesForm, zones
from commands.redeliver import Again, Redeliver
from commands.report_bug import ReportBug
from commands.views import Views
from customers.alerts import Alerts
from customers.backlog import Backlog
from customers.clock import Clock
from customers.desk import Desk
from customers.digests import Digests
from customers.judging import Judgements
from customers.logbook import Logbook
from customers.personal import Personal
from customers.plays import Playbooks
from customers.records import Card
from customers.reviewing import Reviews
from customers.sweep import Sweep
from customers.tracker import Tracker


@dataclass(frozen=True, slots=True)
class Desks:
    """What people can do, by noun."""

    customers: Desk
    backlog: Backlog
    tracker: Tracker
    logbook: Logbook
    clock: Clock
    judgements: Judgements
    personal: Personal
    reviews: Reviews
    sweep: Sweep
    alerts: Alerts
    playbooks: Playbooks
    digests: Digests


@dataclass(frozen=True, slots=True)
class Outside:
    """What listeners need from Slack and from delivery."""

    people: People
    places: Places
    outbound: Outbound
    first: FirstTime
    again: Again
    stir: Callable[[], None]
    home: Callable[[], str]


def register(desks: Desks, outside: Outside, clock: Callable[[], datetime]) -> Listeners:
    """Builds the listeners; two for one name are refused."""
    on = Listeners(outside.people, outside.outbound, clock, outside.stir, outside.home)
    alerts = AlertButtons(desks.alerts, on.outbound, names_by(outside.people))
    _look(on, desks, outside, alerts)
    _capture(on, desks)
    _follow_up(on, desks)
    _home(on, desks)
    _playbook(on, desks, outside)
    _alert(on, alerts)
    _digest(on, desks, outside)
    on.action("again", Redeliver(outside.again))
    on.action("clock", ClockRight(desks.clock))

    people, places = outside.people, outside.places
    on.event("channel_unshared", lambda event: places.forget(str(event.get("channel"))))
    on.event("user_change", lambda event: people.forget(str((event.get("user") or {}).get("id"))))
    return on


def _digest(on: Listeners, desks: Desks, outside: Outside) -> None:
    """The weekly risk digest of a channel."""
    digest, menus = Digest(desks.digests, outside.places, on.clock, on.stir), Menus(desks.digests)
    on.command("/digest", digest)
    on.action("digest", digest.act)
    on.submit(DIGEST, digest.submit)
    on.offer(DIGEST_ZONE, zones)
    on.offer(CSM, menus.csms)
    on.event("channel_shared", digest.shared)


def _alert(on: Listeners, buttons: AlertButtons) -> None:
    """Alerts about usage, wherever their rows stand."""
    on.action("alert", buttons.act)
    on.submit("alert_done", buttons.done)
    on.submit("alert_snooze", buttons.snoozed)


def _look(on: Listeners, desks: Desks, outside: Outside, alerts: AlertButtons) -> None:
    """Questions about customers, and the channel's link."""
    desk = desks.customers

    async def aged(card: Card) -> Card:
        """With the last weeks and an open alert."""
        alert = await desks.alerts.of_customer(card.record.customer_id, card.now)
        return replace(await desks.sweep.aged(card), alert=alert)

    judging = Judging(desk, desks.judgements, aged, names_by(outside.people))
    month = HealthReview(desk, desks.reviews, on.outbound)
    quarter = CodeReview(desk, desks.reviews, on.outbound)
    customer, health = Customer(desk, quarter.begin), HealthOf(desk, judging.typed, aged, month.begin, alerts.listed)
    brief_form = BriefForm(desk)
    views = Views(desk, outside.places, outside.outbound, outside.first, aged)
    on.command("/brief", Brief(desk))
    on.command("/known-issues", KnownIssues(desk))
    on.command("/health", health)
    on.command("/customer", customer)
    on.action("open", views.open)
    on.action("read", views.read)
    on.action("share", views.share)
    on.action("portfolio", health.page)
    on.action("judge", judging.act)
    on.submit(OVERRIDE, judging.overridden)
    on.submit(OPEN, judging.opened)
    on.submit(CLOSE, judging.closed)
    on.action("month", month.act)
    on.submit("month_plan", month.planned)
    on.submit("month_done", month.finished)
    on.action("code", quarter.act)
    on.submit("code_standard", quarter.standard)
    on.submit("code_deprecate", quarter.deprecated)
    on.action("list", customer.page)
    on.action("choose", customer.choose)
    on.action("link", customer.link)
    on.action("unlink", customer.unlink)
    on.action("keep", customer.keep)
    on.shortcut("customer_brief", brief_form.open)
    on.submit("customer_brief", brief_form.submit)


def _capture(on: Listeners, desks: Desks) -> None:
    """A message, or something heard in a call, becomes a request, a bug or an entry of the history."""
    desk = desks.customers
    pick, log_request = Pick(desk), LogRequest(desk, desks.backlog)
    report_bug, add_history = ReportBug(desk, desks.tracker), AddHistory(desk, desks.logbook)
    on.shortcut("log_request", log_request.open)
    on.shortcut("log_request_global", log_request.open)
    on.live("wanted", log_request.changed)
    on.live("request_title", log_request.changed)
    on.live("join", log_request.join)
    on.submit("log_request", log_request.submit)
    on.shortcut("report_bug", report_bug.open)
    on.shortcut("report_bug_global", report_bug.open)
    on.live("bug_customer", report_bug.changed)
    on.live("bug_title", report_bug.changed)
    on.live("severity", report_bug.changed)
    on.submit("report_bug", report_bug.submit)
    on.shortcut("add_history", add_history.open)
    on.submit("add_history", add_history.submit)
    for menu in ("wanted", "customer", "bug_customer"):
        on.offer(menu, pick.options)


def _follow_up(on: Listeners, desks: Desks) -> None:
    """What became of requests and bugs."""
    desk = desks.customers
    features, review = Features(desk, desks.backlog), Review(desk, desks.backlog, on.outbound)
    bugs = Bugs(desk, desks.tracker)
    on.command("/features", features)
    on.action("features", features.page)
    on.action("feature", features.act)
    on.submit("feature_move", features.moved)
    on.action("review", review.act)
    on.submit("review_decline", review.declined)
    on.submit("review_merge", review.merged)
    on.submit("review_ask", review.asked)
    on.offer("merge_into", review.candidates)
    on.command("/bugs", bugs)
    on.action("bugs", bugs.page)
    on.action("bug", bugs.act)
    on.submit("bug_pause", bugs.paused)


def _playbook(on: Listeners, desks: Desks, outside: Outside) -> None:
    """Checklists that are started for a customer and done step by step."""
    desk, playbooks = desks.customers, desks.playbooks
    start = Start(desk, playbooks, outside.people, outside.places, outside.home)
    playbook = PlaybookOf(desk, playbooks, outside.people, start)
    on.command("/playbook", playbook)
    on.action("playbook", playbook.act)
    on.submit(START, start.submit)
    on.submit(SKIP, playbook.skipped)
    on.submit(ASSIGN, playbook.assigned)
    on.submit(STOP, playbook.stopped)
    for field in ("playbook_customer", "playbook_kind", "playbook_anchor"):
        on.live(field, start.changed)
    on.live(REOPEN, playbook.reopened)
    on.offer("playbook_customer", Pick(desk).options)


def _home(on: Listeners, desks: Desks) -> None:
    """The Home tab and what people set for themselves."""
    shelves = (
        AlertsOpen(desks.alerts),
        BugsDue(),
        StepsDue(desks.playbooks),
        ActionsOpen(desks.reviews),
        MyDigests(desks.digests),
    )
    home = Home(desks.customers, desks.personal, shelves)
    preferences = PreferencesForm(desks.personal)
    on.tab = tab = HomeTab(on, home.draw)
    on.event("app_home_opened", tab.opened)
    on.action("home", home.act)
    on.submit(PREFERENCES, preferences.submit)
    on.offer(ZONE, zones)
