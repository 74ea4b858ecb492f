"""Every listener on one screen. `manifest.yml` declares the same names; a test holds them together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from commands.add_history import AddHistory
from commands.brief import Brief
from commands.brief_form import BriefForm
from commands.bugs import Bugs
from commands.customer import Customer
from commands.feature_review import Review
from commands.features import Features
from commands.health import HealthOf
from commands.known_issues import KnownIssues
from commands.listen import Listeners
from commands.log_request import LogRequest
from commands.pick import Pick
from commands.ports import FirstTime, Outbound, People, Places
from commands.redeliver import Again, Redeliver
from commands.report_bug import ReportBug
from commands.views import Views
from customers.backlog import Backlog
from customers.desk import Desk
from customers.logbook import Logbook
from customers.tracker import Tracker


@dataclass(frozen=True, slots=True)
class Desks:
    """What people can do, by noun."""

    customers: Desk
    backlog: Backlog
    tracker: Tracker
    logbook: Logbook


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
    _look(on, desks, outside)
    _capture(on, desks)
    _follow_up(on, desks)
    on.action("again", Redeliver(outside.again))

    people, places = outside.people, outside.places
    on.event("channel_shared", lambda event: places.forget(str(event.get("channel"))))
    on.event("channel_unshared", lambda event: places.forget(str(event.get("channel"))))
    on.event("user_change", lambda event: people.forget(str((event.get("user") or {}).get("id"))))
    return on


def _look(on: Listeners, desks: Desks, outside: Outside) -> None:
    """Questions about customers, and the channel's link."""
    desk = desks.customers
    customer, health, brief_form = Customer(desk), HealthOf(desk), BriefForm(desk)
    views = Views(desk, outside.places, outside.outbound, outside.first)
    on.command("/brief", Brief(desk))
    on.command("/known-issues", KnownIssues(desk))
    on.command("/health", health)
    on.command("/customer", customer)
    on.action("open", views.open)
    on.action("read", views.read)
    on.action("share", views.share)
    on.action("portfolio", health.page)
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
