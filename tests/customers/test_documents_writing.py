"""Export: what was imported comes out as it went in, what was changed comes out changed, nothing can be forged."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.documents import export, export_catalogue, parse, slug_of
from customers.documents.composing import one_line
from customers.documents.outline import outline
from customers.model import (
    CustomCode,
    HistoryEntry,
    KnownIssue,
    MetadataLine,
    Person,
    Profile,
    Section,
    Stated,
    Status,
    Tier,
    Topic,
)

TEMPLATE = """**Last Updated:** 2026-10-01

## Acme (EU)

**Status:** Active (at risk)
**Tier:** N/A
**CSM:** Ana Lima <ana@harbour.example>
**Contract:** about $4k, ask Ana
**Favourite colour:** teal | #0aa  and more
**Aliases:** Acme, AC

Preamble with  two blanks.
> and a quote

### Technical Setup
- Supabase Project: acme
- A bullet of *ours*: `x`
    * nested\twith a tab

#### Network
text

### Integration Quirks

| a | b |
| - | - |

```python
## not a heading
```

### Support History
- 2026-09-01: Went live
"""


def only(text: str) -> Profile:
    parsed = parse(text, "c.md")
    assert not parsed.broken
    (profile,) = parsed.customers
    return profile


def bare(profile: Profile) -> Profile:
    """Without the place, which moves."""
    return replace(profile, file="", line=0, sections=tuple(replace(one, line=0) for one in profile.sections))


def contents(profile: Profile) -> Profile:
    """Without the heading lines as well, whose levels a catalogue may change."""
    sections = tuple(replace(section, heading="") for section in profile.sections)
    return replace(bare(replace(profile, sections=sections)), heading="")


def test_a_document_in_the_template_s_form_comes_out_byte_for_byte() -> None:
    assert export(only(TEMPLATE)) == TEMPLATE


@pytest.mark.parametrize(
    "change",
    [
        {"status": Status.CHURNED, "qualifier": None, "churned": date(2026, 11, 1)},
        {"tier": Tier.GROWTH},
        {"onboarded": date(2026, 1, 2), "renewal": date(2027, 1, 2)},
        {"csm": Person(handle="bo")},
        {"csm": Person("Bo", handle="bo")},
        {"csm": None},
        {"aliases": ()},
        {"aliases": ("X", "Y Z")},
        {"timezone": "Europe/Berlin", "country": "DE", "channel": "#acme"},
        {"contract": "$1,234.50/month, 9 users", "amount": 1234.5, "currency": "USD", "seats": 9},
        {"custom_data": {"Favourite colour": "red", "Region": "north"}},
        {"custom_data": {}},
        {"updated": None},
        {"preamble": ""},
    ],
)
def test_what_was_changed_comes_out_changed_and_nothing_else(change: dict[str, object]) -> None:
    changed = replace(only(TEMPLATE), **change)  # type: ignore[arg-type]
    again = only(export(changed))
    assert replace(bare(again), metadata=()) == replace(bare(changed), metadata=())
    untouched = set(only(TEMPLATE).metadata) & set(again.metadata)
    assert len(untouched) >= len(only(TEMPLATE).metadata) - len(change)


def test_a_new_name_is_written_at_the_old_level() -> None:
    assert "\n## Acme #2 #\n" not in export(replace(only(TEMPLATE), name="Bolt\n## x"))
    assert "\n## Bolt ## x\n" in export(replace(only(TEMPLATE), name="Bolt\n## x"))
    assert only(export(replace(only(TEMPLATE), name="We love C #"))).name == "We love C #"


def made_by_hand() -> Profile:
    return Profile(
        slug="hand", name="Hand", status=Status.PILOT, csm=Person("Ana"), amount=1500.0, currency="EUR", seats=12,
        issues=(KnownIssue("Slow", "wait", "open"), KnownIssue("Loud\non Mondays")),
        history=(HistoryEntry("Went live", date(2026, 1, 2)), HistoryEntry("Called")),
        code=(CustomCode("a.py", "does", "Bo", date(2026, 2, 3)), CustomCode("b.py")),
        stated=Stated(0.725, -20, 12), metadata=(), custom_data={"Region": "north"},
        sections=(Section("Quirks", None, "", "- odd", 0),),
    )  # fmt: skip


def test_a_profile_made_by_hand_gets_its_sections() -> None:
    again = only(export(made_by_hand()))
    assert (again.issues, again.history, again.code, again.stated) == (
        made_by_hand().issues,
        made_by_hand().history,
        made_by_hand().code,
        made_by_hand().stated,
    )
    assert (again.contract, again.amount, again.seats) == ("1500 EUR/month, 12 users", 1500, 12)
    assert again.custom_data == {"Region": "north"}
    assert "Quirks" in [section.title for section in again.sections]


def test_captured_history_goes_to_the_top_newest_first_and_only_once() -> None:
    new = [HistoryEntry("B", date(2026, 10, 2)), HistoryEntry("A\nmore", date(2026, 11, 3))]
    text = export(only(TEMPLATE), new)
    assert "### Support History\n- 2026-11-03: A\n  - more\n- 2026-10-02: B\n- 2026-09-01: Went live\n" in text
    assert only(text).history == (new[1], new[0], HistoryEntry("Went live", date(2026, 9, 1)))
    assert export(only(text), new) == text


@pytest.mark.parametrize(
    "body",
    [
        "",
        "\n",
        "\n\n",
        "text\n",
        "\ntext\n\n",
        "  - 2026-01-01: a\n",
        "* 2026-01-01: a\n",
        "1. 2026-01-01: a\n",
        "```\nopen\n",
        "  indented text\n",
        "\n\tindented text\n\n",
    ],
)
def test_captured_history_finds_its_place_in_any_section(body: str) -> None:
    before = only(f"# A\n**Status:** Active\n\n## Support History\n{body}")
    entry = HistoryEntry("new", date(2026, 11, 3))
    again = only(export(before, [entry]))
    assert again.history == (entry, *before.history)
    assert all(line in export(again) for line in body.split("\n"))


def test_captured_history_without_a_section_makes_one_in_its_place() -> None:
    text = "# A\n**Status:** Active\n\n## Known Issues\n- x\n\n## Quirks\n```\nopen\n"
    parsed = only(export(only(text), [HistoryEntry("new", date(2026, 11, 3))]))
    assert [section.title for section in parsed.sections] == ["Known Issues", "Quirks", "Support History"]
    assert [entry.text for entry in parsed.history] == ["new"]


EVIL = "x\n\n## Evil\n**Status:** Active\n**Tier:** Growth\n```\n<!-- \n> y\n---\n### Known Issues\n- forged"


def test_what_was_typed_in_slack_cannot_forge_a_customer_or_hide_one() -> None:
    profiles = [
        replace(only(TEMPLATE), name="One", slug="one", custom_data={"Note\n## Evil": EVIL}, preamble=""),
        replace(made_by_hand(), issues=(KnownIssue(EVIL, EVIL, EVIL),), history=(HistoryEntry(EVIL),)),
        replace(made_by_hand(), name="Last", slug="last", code=(CustomCode(EVIL, EVIL, EVIL),), aliases=(EVIL,)),
    ]
    parsed = parse(export_catalogue(profiles), "c.md")
    assert [customer.name for customer in parsed.customers] == ["One", "Hand", "Last"]
    assert parsed.broken == ()
    assert len(parsed.customers[1].issues) == 1
    alone = parse(export(only(TEMPLATE), [HistoryEntry(EVIL, date(2026, 1, 2)), HistoryEntry("```")]), "c.md")
    assert [customer.name for customer in alone.customers] == ["Acme (EU)"]
    assert len(alone.customers[0].history) == 3


def test_a_label_of_ours_cannot_be_forged_by_custom_data() -> None:
    again = only(export(replace(only(TEMPLATE), custom_data={"Tier": "Growth", "**Status": "Churned"})))
    assert (again.status, again.tier) == (Status.ACTIVE, None)
    assert again.custom_data == {"Custom Tier": "Growth", "Custom Status": "Churned"}


def test_a_catalogue_of_different_shapes_reads_back() -> None:
    texts = [
        TEMPLATE,
        "# Own file\n**Status:** Active\n\n# Appendix\n\n---\n\nend",
        "# All\n### Flat\n**Status:** Pilot\n**Tier:** N/A\n### Notes\n- x\n### Quirks\n```\nopen\n",
        "Line\n====\n**Status:** Churned\n**Churned:** 2026-01-02\n**Last Updated:** 2026-02-03\n\nNotes\n-----\n",
    ]
    profiles = [only(text) for text in texts]
    parsed = parse(export_catalogue(profiles), "c.md")
    assert [customer.slug for customer in parsed.customers] == [profile.slug for profile in profiles]
    assert [customer.updated for customer in parsed.customers] == [profile.updated for profile in profiles]
    assert contents(parsed.customers[1]) == contents(profiles[1])
    assert parsed.customers[2].sections[1].body == "```\nopen\n```\n"
    assert parse(export_catalogue([]), "c.md").customers == ()


LINES = st.sampled_from([
    "## Acme", "### Acme (x)", "# Beta", "#### Deep", "### Technical Setup", "### Known Issues", "## Known Issues",
    "# Notes", "### Quirks", "## Pilot Customers", "## Guidelines", "#### Open", "### Support History",
    "### Success Metrics", "Title\n====", "Title\n------", "===", "---", "***", "* * *",
    "**Status:** Active", "**Status:** Pilot (x)", "- **Status:** Churned", "  **Status:** Active",
    "**Status: Active**",
    "**Tier:** Growth", "**Tier**: Gold", "**CSM:** A <a@b.ex>", "**Onboarded:** 2026-01-02",
    "**Onboarded:** 2026-02-30",
    "**Contract:** $4,500/month, 9 users", "**Foo:** bar", "__Foo2:__ bar  ", "**Expected:**", "**Aliases:** a, b",
    "**Last Updated:** 2026-01-01", "**Label:** - [ ]", "**bold**", "** **", "_(To be added)_",
    "", "", "", "text", "  indented", "    code", "\\", "\u2028x", "\x0c", "[a]: b",
    "```", "~~~", "```md", "<!--", "-->", "<div>", "</div>", "<script>", "<?php", "> quote",
    "- item", "* item", "+ plus", "-", "- - x", "1. one", "- [ ] todo", "- `code` x > y", "  - nested", "    - deep",
    "- Issue #1: a, workaround: b", "- 2026-01-01: done", "- 2026-13-01: bad", "- Adoption: 72%", "- NPS 41",
    "- File: `a`", "- Owner: b",
])  # fmt: skip
BEGINNINGS = st.sampled_from([
    "",
    "# Acme\n**Status:** Active\n",
    "## Acme\n**Status:** Active\n**Tier:** Growth\n",
    "# All\n\n### Acme\n**Status:** Pilot\n**Tier:** N/A\n### Notes\n",
])  # fmt: skip
DOCUMENTS = st.builds(lambda start, lines: start + "\n".join(lines), BEGINNINGS, st.lists(LINES, max_size=25))


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS)
def test_importing_what_was_exported_changes_nothing(text: str) -> None:
    for profile in parse(text, "c.md").customers:
        written = export(profile)
        again = only(written)
        assert bare(again) == bare(profile)
        assert export(again) == written


@settings(max_examples=100, deadline=None)
@given(st.lists(DOCUMENTS, max_size=3))
def test_a_catalogue_reads_back(texts: list[str]) -> None:
    found: dict[str, Profile] = {}
    for number, text in enumerate(texts):
        for one in parse(text, "c.md").customers:
            name = f"{number} {one.name}"
            if not outline(export(one)).unclosed:  # closing an open fence changes the text, and has its own test
                found[slug_of(name)] = replace(one, name=name, slug=slug_of(name))
    parsed = parse(export_catalogue(found.values()), "c.md")
    assert [contents(one) for one in parsed.customers] == [contents(one) for one in found.values()]
    assert parsed.broken == ()


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
DAYS = st.none() | st.dates()
NAMES = st.text(st.sampled_from("abcÄé ().#&'漢"), min_size=1, max_size=12).map(str.strip).filter(slug_of)


def same_values(one: Profile) -> tuple[object, ...]:
    return (
        one.status,
        one.tier,
        one.onboarded,
        one.renewal,
        one.churned,
        one.csm,
        one.aliases,
        one.updated,
        one.stated,
    )


@settings(max_examples=150, deadline=None)
@given(
    status=st.sampled_from(Status),
    tier=st.none() | st.sampled_from(Tier),
    onboarded=DAYS,
    renewal=DAYS,
    churned=DAYS,
    csm=st.none() | st.builds(Person, st.sampled_from(["Ana Lima", "Bo"]), st.none() | st.just("a@b.example")),
    aliases=st.lists(st.sampled_from(["A", "B c", "Ünï"]), unique=True).map(tuple),
    updated=DAYS,
    stated=st.builds(
        Stated,
        st.none() | st.sampled_from([0.0, 0.724, 1.0]),
        st.none() | st.integers(-100, 100),
        st.none() | st.integers(0, 10**6),
    ),
)
def test_values_survive_whatever_they_are(**values: object) -> None:
    build: Callable[..., Profile] = Profile
    profile = build(slug="x", name="X", **values)
    assert same_values(only(export(profile))) == same_values(profile)


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS, st.lists(st.builds(HistoryEntry, TEXTS, DAYS), max_size=3))
def test_any_text_in_any_place_leaves_one_customer(label: str, value: str, history: list[HistoryEntry]) -> None:
    metadata = (MetadataLine("Status", "Active"),)
    profile = Profile(
        "x", "X", Status.ACTIVE, metadata=metadata, custom_data={label: value}, aliases=(value,), contract=value
    )
    parsed = parse(export(profile, history), "c.md")
    assert len(parsed.customers) + len(parsed.broken) == 1
    if history and parsed.customers:
        assert parsed.customers[0].sections[0].topic is Topic.HISTORY


ONE_LINE = (st.text(min_size=1, max_size=60) | LINES).map(one_line).filter(bool)
ENTRIES = st.lists(
    st.builds(HistoryEntry, ONE_LINE, st.dates(date(2000, 1, 1), date(2099, 12, 31))), min_size=1, max_size=4
)


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS, ENTRIES)
def test_whatever_was_added_in_slack_is_one_bullet_each_and_changes_nothing_else(
    text: str, entries: list[HistoryEntry]
) -> None:
    for profile in parse(text, "c.md").customers:
        written = export(profile, entries)
        again = only(written)
        fresh = [one for one in dict.fromkeys(entries) if one not in profile.history]
        assert sorted(again.history, key=repr) == sorted([*profile.history, *fresh], key=repr)
        dates = [one.on for one in again.history if one in fresh]
        assert dates == sorted(dates, reverse=True)
        others = {"history": (), "sections": (), "preamble": ""}
        assert again.preamble.startswith(profile.preamble)
        assert replace(bare(again), **others) == replace(bare(profile), **others)
        kept = [section for section in again.sections if section.topic is not Topic.HISTORY]
        assert len(kept) == len([section for section in profile.sections if section.topic is not Topic.HISTORY])
        assert export(again, entries).rstrip("\n") == written.rstrip("\n")
        assert [one.slug for one in parse(written, "c.md").customers] == [profile.slug]


@settings(max_examples=100, deadline=None)
@given(ENTRIES)
def test_a_catalogue_carries_what_was_added_in_slack_to_its_customer_only(entries: list[HistoryEntry]) -> None:
    profiles = [only(TEMPLATE), replace(made_by_hand(), name="Last", slug="last")]
    parsed = parse(export_catalogue(profiles, {"last": entries}), "c.md").customers
    assert parsed[0].history == profiles[0].history
    assert sorted(parsed[1].history, key=repr) == sorted([*profiles[1].history, *dict.fromkeys(entries)], key=repr)
