"""Every listener on one screen. `manifest.yml` declares the same commands and events; a test holds them together."""

from collections.abc import Callable
from datetime import datetime

from commands.brief import Brief
from commands.customer import Customer
from commands.health import HealthOf
from commands.known_issues import KnownIssues
from commands.listen import Listeners
from commands.ports import FirstTime, Outbound, People, Places
from commands.views import Views
from customers.desk import Desk


def register(
    desk: Desk, people: People, places: Places, outbound: Outbound, first: FirstTime, clock: Callable[[], datetime]
) -> Listeners:
    """Builds the listeners; two for one name are refused."""
    on = Listeners(people, outbound, clock)
    customer, health, views = Customer(desk), HealthOf(desk), Views(desk, places, outbound, first)

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

    on.event("channel_shared", lambda event: places.forget(str(event.get("channel"))))
    on.event("channel_unshared", lambda event: places.forget(str(event.get("channel"))))
    on.event("user_change", lambda event: people.forget(str((event.get("user") or {}).get("id"))))
    return on
