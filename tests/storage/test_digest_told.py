"""What a channel was told is what the next digest is compared with, and what a message goes on saying."""

from dataclasses import replace
from datetime import timedelta

from customers import digest
from customers.digest import Compared, Section, Tally
from customers.editions import Edition, Words
from customers.facts import Colour
from storage.database import Database
from storage.watch_tables import judgements
from tests.storage.harbour import ALL, ids, profile, put, run
from tests.storage.test_digests import EVERYBODY, NOW, WEEK, WINDOW, add, found, judge


async def test_whom_the_channel_was_told_otherwise_and_whose_colour_is_set_by_hand(database: Database) -> None:
    await put(database, *map(profile, ("Mended", "Worse", "Same", "By hand", "Ended")))
    known = await ids(database)
    await judge(database, WEEK - 1, Mended="y", Worse="r", Same="y", By_hand="g", Ended="g")
    await judge(database, WEEK, Mended="y", Worse="r", Same="r", By_hand="r", Ended="r")
    before = {"kind": "override", "colour": "green", "against": "red", "reason": "x", "by": "U1", "ended_why": ""}
    before |= {"at": NOW - timedelta(days=30), "ended_at": None}
    until = {"By hand": NOW.date(), "Ended": NOW.date() - timedelta(days=1)}
    await add(database, judgements, [{**before, "customer_id": known[one], "until": day} for one, day in until.items()])
    told = {"Mended": Colour.RED, "Worse": Colour.GREEN, "Same": Colour.RED, "By hand": Colour.GREEN}
    wanted = replace(EVERYBODY, told={known[name]: colour for name, colour in told.items()})
    assert await found(database, wanted) == {
        Section.RED: ["By hand", "Ended", "Worse"],
        Section.CORRECTED: ["Mended"],
    }
    material = await database.digests.material(ALL, wanted, WINDOW, NOW)
    assert material.tally == Tally(3, 1, 1, 0, still_red=1, new_red=2, by_hand=1)
    assert material.changes[known["Worse"]].was is Colour.GREEN
    assert material.told == {one: Colour.YELLOW if name == "Mended" else Colour.RED for name, one in known.items()}
    unsettled = await database.digests.material(ALL, wanted, replace(WINDOW, missing=WEEK), NOW)
    assert unsettled.told == wanted.told  # what lacks usage was not told for good


async def test_the_words_of_a_message_are_kept_until_the_next_digest(database: Database) -> None:
    store = database.digests
    made = digest.plan(digest.Material(WINDOW, Tally(1), (digest.Lines(Section.RED, (7,), 1),), ()))
    first, second = Words([{"a": 1}], [], "first"), Words([], [], "second")
    assert await store.say(ALL, "C1", "2026-W48", 0, first) == first  # no such digest
    await store.keep(ALL, "C1", Edition("2026-W48", WEEK, made, NOW))
    assert await store.say(ALL, "C1", "2026-W48", 0, first) == first
    assert await store.say(ALL, "C1", "2026-W48", 0, second) == first
    kept = await store.edition(ALL, "C1", "2026-W48")
    assert kept == Edition("2026-W48", WEEK, made, NOW, {0: first})
    await store.keep(ALL, "C1", Edition("2026-W49", WEEK + 1, made, NOW + timedelta(days=7)))
    assert await store.edition(ALL, "C1", "2026-W48") == Edition("2026-W48", WEEK, made, NOW)


async def test_adoption_is_compared_for_the_same_seats(database: Database) -> None:
    await put(database, profile("Acme"), profile("Silent"), profile("New"))
    await judge(database, WEEK, Acme="g", Silent="u", New="g")
    known = await ids(database)
    for name, column in (("Silent", "active"), ("New", "before")):
        await run(database, f"UPDATE snapshots SET {column} = NULL WHERE customer_id = {known[name]}")
    assert (await database.digests.material(ALL, EVERYBODY, WINDOW, NOW)).compared == Compared(50, 60, 100, 100)
