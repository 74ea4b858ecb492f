"""What is a customer and what is not, where one begins and where it ends, and how errors stay per customer."""

from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from customers.documents import Parsed, decode, export, parse, slug_of
from customers.model import Person, Status, Tier, Topic

HERE = Path(__file__).parent
SEED = HERE.parents[2] / "shared/seed/CUSTOMERS.md"


def read(text: str) -> Parsed:
    return parse(dedent(text), "c.md")


def titles(parsed: Parsed, number: int = 0) -> list[str]:
    return [section.title for section in parsed.customers[number].sections]


def said(parsed: Parsed) -> list[str]:
    return [str(problem) for problem in parsed.problems]


def test_the_template_s_shape() -> None:
    one, two = read("""\
        # Customers

        ## Acme

        **Status:** Active
        **Tier:** Growth
        **Onboarded:** 2026-01-02
        **CSM:** Ana Lima <ana@harbour.example>
        **Contract:** $4,500/month, 120 users

        A line of its own.

        ### Technical Setup
        - Supabase Project: acme

        ### Integration Quirks
        - slow on Mondays

        ## Birch

        **Status:** Pilot (until June)
        """).customers
    assert (one.slug, one.status, one.tier, one.onboarded) == ("acme", Status.ACTIVE, Tier.GROWTH, date(2026, 1, 2))
    assert one.csm == Person("Ana Lima", "ana@harbour.example")
    assert (one.amount, one.currency, one.seats) == (4500, "USD", 120)
    assert one.contract == "$4,500/month, 120 users"
    assert one.preamble == "A line of its own."
    assert [(s.title, s.topic) for s in one.sections] == [
        ("Technical Setup", Topic.SETUP),
        ("Integration Quirks", None),
    ]
    assert (two.name, two.status, two.qualifier, two.line) == ("Birch", Status.PILOT, "until June", 19)


def test_our_own_document_with_every_trap_of_the_seed() -> None:
    decoded = decode((HERE / "traps/catalogue.md").read_bytes(), "c.md")
    parsed = parse(decoded.text, "c.md")
    assert [customer.slug for customer in parsed.customers] == ["sandpiper"]
    assert (parsed.broken, parsed.problems, parsed.updated) == ((), (), date(2026, 10, 30))
    assert titles(parsed) == ["Technical Setup", "Known Issues", "Integration Quirks", "Notes"]
    assert parsed.customers[0].internal
    assert parsed.customers[0].sections[-1].body == "- Reset at will\n"
    (damage,) = decoded.problems
    assert damage.message.endswith("lines 73, 82–84.")


@pytest.mark.skipif(not SEED.exists(), reason="the seed document lies beside the repository only while it is built")
def test_the_seed_gives_one_customer_and_loses_nothing() -> None:
    decoded = decode(SEED.read_bytes(), "CUSTOMERS.md")
    assert "lines 164–166, 224–227, 230–233, 236–239, 263." in str(decoded.problems[0])
    parsed = parse(decoded.text, "CUSTOMERS.md")
    (demo,) = parsed.customers
    assert (parsed.broken, parsed.problems, demo.line, demo.slug) == ((), (), 84, "demo-account")
    assert [issue.state for issue in demo.issues] == ["expected", "expected for testing"]
    own = decoded.text.split("\n")[83:111]
    assert export(demo).rstrip().endswith("\n".join(own).rstrip())


def test_the_level_of_a_heading_does_not_make_a_customer() -> None:
    for level in range(1, 7):
        parsed = read(f"{'#' * level} Acme\n**Status:** Active\n**Tier:** Growth\n{'#' * level} Notes\n- x\n")
        assert (len(parsed.customers), titles(parsed)) == (1, ["Notes"])


@pytest.mark.parametrize(
    "block",
    [
        "**Status:** Active\n**Tier:** Growth",
        "- **Status:** Active\n- **Tier:** Growth",
        "* **status**: active  \n* **TIER** : growth  ",
        "**Status:** Active\\\n**Tier:** Growth",
        "__Status:__ Active\n\n__Tier:__ Growth",
        "**Status: Active**\n**Tier: Growth**",
        "**Status:** **Active**\n**Tier:** `Growth`",
    ],
)
def test_ways_to_write_the_block(block: str) -> None:
    for between in ("\n", "\n\n"):
        (customer,) = parse(f"## Acme{between}{block}\n\n### Notes\n", "c.md").customers
        assert (customer.status, customer.tier) == (Status.ACTIVE, Tier.GROWTH)


def test_a_wrapped_line_is_one_value() -> None:
    (customer,) = read("## A\n**Status:** Active\n**Contract:** $4,500/month,\n  120 users\n").customers
    assert (customer.contract, customer.seats) == ("$4,500/month, 120 users", 120)


@pytest.mark.parametrize(
    "text",
    [
        "```markdown\n## Acme\n**Status:** Active\n**Tier:** Growth\n```\n",
        "~~~~\n## Acme\n**Status:** Active\n**Tier:** Growth\n~~~\n~~~~\n",
        "<!--\n## Acme\n\n**Status:** Active\n**Tier:** Growth\n-->\n",
        "> ## Acme\n> **Status:** Active\n> **Tier:** Growth\n",
        "- ## Acme\n  **Status:** Active\n  **Tier:** Growth\n",
        "## Acme\n\n    **Status:** Active\n    **Tier:** Growth\n",
        "## Acme\n\n```\n**Status:** Active\n**Tier:** Growth\n```\n",
        "---\ntitle: x\n**Status:** Active\n---\n",
        "## Acme\n\nStatus is Active.\n",
        "**Status:** Active\n**Tier:** Growth\n",
        "## Known Issues\n**Status:** Active\n**Tier:** Growth\n",
        "## Acme\n\n### Notes\n\n_(To be added)_\n",
    ],
)
def test_what_is_no_customer(text: str) -> None:
    parsed = parse(text, "c.md")
    assert (parsed.customers, parsed.broken) == ((), ())


@pytest.mark.parametrize("title", ["[Customer Name]", "", "<name>", "_(To be added)_"])
def test_a_placeholder_outside_its_fence_is_no_customer(title: str) -> None:
    parsed = read(f"## Acme\n**Status:** Active\n## {title}\n**Status:** Active\n**Tier:** Growth\n### Notes\n- x\n")
    assert [customer.name for customer in parsed.customers] == ["Acme"]
    assert titles(parsed) == []
    assert said(parsed)[0].startswith("c.md:3: A customer without a name")


def test_underlined_headings() -> None:
    parsed = read("Acme\n====\n**Status:** Active\n**Tier:** Growth\n\nNotes\n-----\n- x\n")
    assert parsed.customers[0].name == "Acme"
    assert titles(parsed) == ["Notes"]


def test_a_line_drawn_below_the_block_is_no_heading() -> None:
    parsed = read("# All\n### A\n**Status:** Active\n**Tier:** Growth\n---\n## Rules\ntext\n")
    assert (len(parsed.customers), titles(parsed), parsed.customers[0].preamble) == (1, [], "")


def test_three_dashes_below_a_paragraph_are_a_line_and_not_a_heading() -> None:
    parsed = read("# All\n### A\n**Status:** Active\n### Notes\nLast words\n---\n### Rules\ntext\n")
    assert titles(parsed) == ["Notes"]
    assert parsed.customers[0].sections[0].body == "Last words\n"


# Where a customer ends


def test_a_file_about_one_customer_belongs_to_it_altogether() -> None:
    parsed = read("# A\n**Status:** Active\n\n## Technical Setup\n\n---\n\n### Quirks\n\n# Appendix\n\n---\n\nend\n")
    assert titles(parsed) == ["Technical Setup", "Quirks", "Appendix"]
    assert parsed.customers[0].sections[-1].body == "\n---\n\nend\n"


@pytest.mark.parametrize(
    ("after", "kept"),
    [
        ("### Quirks\n", ["Notes", "Quirks"]),  # the seed's shape: sections at the customer's level
        ("#### Quirks\n", ["Notes", "Quirks"]),
        ("\n---\n\n### Known Issues\n", ["Notes", "Known Issues"]),  # a line drawn between two sections
        ("## Known Issues\n", ["Notes", "Known Issues"]),
        ("\n---\n\n## Known Issues\n", ["Notes"]),
        ("\n---\n\n### Guidelines\n", ["Notes"]),
        ("## Guidelines\n", ["Notes"]),
        ("## Pilot Customers\n### Technical Setup\n", ["Notes"]),
        ("### Enterprise Customers\n", ["Notes"]),
        ("### B\n**Status:** Active\n**Tier:** Growth\n### Quirks\n", ["Notes"]),
    ],
)
def test_where_a_customer_at_the_level_of_its_sections_ends(after: str, kept: list[str]) -> None:
    assert titles(read(f"# Customers\n### A\n**Status:** Active\n**Tier:** N/A\n### Notes\n- x\n{after}")) == kept


@pytest.mark.parametrize(
    ("after", "kept"),
    [
        ("### Quirks\n", ["Notes", "Quirks"]),
        ("\n---\n\n### Quirks\n", ["Notes", "Quirks"]),
        ("## Guidelines\n", ["Notes"]),
        ("## Pilot Customers\n", ["Notes"]),
        ("### Pilot Customers\n", ["Notes", "Pilot Customers"]),
        ("# Appendix\n", ["Notes"]),
    ],
)
def test_where_a_customer_above_its_sections_ends(after: str, kept: list[str]) -> None:
    assert titles(read(f"# Customers\n## A\n**Status:** Active\n### Notes\n- x\n{after}")) == kept


def test_a_section_with_a_status_of_its_own_stays_a_section() -> None:
    parsed = read("## A\n**Status:** Active\n### Rollout\n**Status:** in progress\n### Pilot\n**Status:** Active\n")
    assert titles(parsed) == ["Rollout", "Pilot"]
    assert said(parsed) == [
        "c.md:5: “Pilot” is read as a section of “A”. (If it is a customer, give it Status and Tier, and the heading "
        "level of the other customers.)"
    ]


def test_a_customer_below_another_needs_a_sibling_of_status() -> None:
    parsed = read("## A\n**Status:** Active\n### B\n**Status:** Active\n**CSM:** Ana\n#### Notes\n")
    assert [customer.name for customer in parsed.customers] == ["A", "B"]


def test_a_known_section_outside_any_customer_is_reported() -> None:
    parsed = read("# Customers\n## A\n**Status:** Active\n### Notes\n## Else\n### Known Issues\n- lost\n")
    assert said(parsed)[0].startswith("c.md:6: Known Issues stands outside any customer")


def test_labels_without_stars_are_reported() -> None:
    parsed = read("## A\n\nStatus: Active\nTier: Growth\n")
    assert (parsed.customers, said(parsed)[0][:30]) == ((), "c.md:1: “A” looks like a custo")


# Errors stay with their customer


@pytest.mark.parametrize(
    ("block", "line", "message"),
    [
        ("**Status:** Actve\n**Tier:** Growth", 3, "“Actve” is not a status. (Did you mean Active?"),
        ("**Status:** Actve", 3, "“Actve” is not a status. (Did you mean Active?"),
        ("**Tier:** Growth\n**CSM:** Ana", 2, "This customer has no Status line. (Add **Status:**"),
        ("**Staus:** Active\n**Tier:** Growth\n**CSM:** Ana", 2, "This customer has no Status line."),
        ("**Status:** Active | Pilot | Churned\n**Tier:** Growth", 3, "“Active | Pilot | Churned” is not a status."),
        ("**Status:** Active, at risk\n**Tier:** Growth", 3, "(Put the remark in brackets: Active (…)."),
        ("**Status:**\n**Tier:** Growth", 3, "The status is empty."),
        ("**Status:** Active\n**Renewal:** 2026-02-30", 4, "Renewal 2026-02-30 is not in the calendar."),
        ("**Status:** Active\n**Onboarded:** 5 Nov 2025", 4, "Onboarded “5 Nov 2025” is not a date. (Write it as"),
        ("**Status:** Active\n**Churned:** soon", 4, "Churned “soon” is not a date."),
        (
            "**Status:** Active\n**Tier:** Growth\n**tier**: Startup",
            5,
            "Tier stands here twice; it is already on line 4",
        ),
    ],
)
def test_a_broken_customer_leaves_the_others_alone(block: str, line: int, message: str) -> None:
    parsed = read(f"# All\n## Bad\n{block}\n\n## Good\n**Status:** Active\n**Tier:** Growth\n")
    assert [customer.name for customer in parsed.customers] == ["Good"]
    (broken,) = parsed.broken
    assert (broken.slug, broken.name) == ("bad", "Bad")
    (problem,) = [problem for problem in parsed.problems if problem.broken]
    assert problem in broken.problems
    assert (problem.file, problem.line, problem.customer) == ("c.md", line, "bad")
    assert message in str(problem)
    assert "last good version" in (problem.hint or "")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("**Tier:** Platinum", "“Platinum” is not a tier"),
        ("**Tier:** Entreprise", "Did you mean Enterprise?"),
        ("**Timezone:** Europe/Berln", "Did you mean Europe/Berlin?"),
        ("**Country:** UK", "Did you mean GB?"),
        ("**Slack channel:** two words", "is not a channel name"),
        ("**CSM:** Ana <ana@>", "No e-mail address can be read"),
        ("**Contract:** €12.000/month", "amount is not clear"),
        ("**Teir:** Growth", "Did you mean Tier?"),
        ("**Churned:** 2026-01-01", "There is a churn date, but the status is Active."),
        ("**Last Updated:** last week", "Last Updated “last week” is not a date."),
        ("**Region:** a\n**Region:** b", "Region stands here twice; the first one counts."),
    ],
)
def test_what_is_unknown_is_reported_and_breaks_nothing(line: str, message: str) -> None:
    parsed = read(f"## A\n**Status:** Active\n{line}\n")
    assert len(parsed.customers) == 1
    (problem,) = parsed.problems
    assert message in str(problem)
    assert (problem.line, problem.broken, problem.customer) == (2 + len(line.split("\n")), False, "a")


def test_twins_are_both_reported_with_both_lines() -> None:
    parsed = read("## Acmé\n**Status:** Active\n## Bo\n**Status:** Active\n## ACME (new)\n**Status:** Active\n")
    assert [customer.name for customer in parsed.customers] == ["Bo"]
    assert [broken.slug for broken in parsed.broken] == ["acme", "acme"]
    assert [
        (problem.line, "line 5" in problem.message, "line 1)" in problem.message) for problem in parsed.problems
    ] == [
        (1, True, False),
        (5, False, True),
    ]


def test_a_half_written_file_says_what_it_hides() -> None:
    parsed = read("## A\n**Status:** Active\n### Notes\n```\n## B\n**Status:** Active\n")
    assert [customer.name for customer in parsed.customers] == ["A"]
    assert said(parsed) == [
        "c.md:4: The code block or comment that begins here never ends, so nothing below it is read. "
        "(Close it with the same mark on a line of its own.)"
    ]


def test_what_ends_with_its_bullet_hides_nothing() -> None:
    parsed = read("# All\n## A\n**Status:** Active\n### Notes\n- ```\n## B\n**Status:** Active\n")
    assert ([customer.name for customer in parsed.customers], parsed.problems) == (["A", "B"], ())


def test_a_misspelt_section_is_kept_and_reported() -> None:
    parsed = read("## A\n**Status:** Active\n### Know Issues\n- x\n### known ISSUES:\n- y\n")
    assert [section.topic for section in parsed.customers[0].sections] == [None, Topic.ISSUES]
    assert "Did you mean Known Issues?" in said(parsed)[0]
    assert [issue.text for issue in parsed.customers[0].issues] == ["y"]


def test_dates_of_the_document_and_of_a_customer() -> None:
    parsed = read(
        "# All\n**Last Updated:** 2026-01-02\n## A\n**Status:** Pilot\n**Last Updated:** 2026-03-04\n"
        "## B\n**Status:** Pilot\n"
    )
    assert parsed.updated == date(2026, 1, 2)
    assert [customer.updated for customer in parsed.customers] == [date(2026, 3, 4), date(2026, 1, 2)]


def test_lines_are_exact_whatever_the_line_ends() -> None:
    text = "# All\n\n## A\n**Status:** Active\n**Tier:** Gold\n\n### Notes\n- x\n"
    for raw in (text, text.replace("\n", "\r\n"), text.replace("\n", "\r"), "\ufeff" + text):
        parsed = parse(decode(raw.encode(), "c.md").text, "c.md")
        assert [problem.line for problem in parsed.problems] == [5]
        assert (parsed.customers[0].line, parsed.customers[0].sections[0].line) == (3, 7)
        assert parse(raw, "c.md") == parsed


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Demo Account (Internal Testing)", "demo-account"),
        ("Ünïcode & Söhne GmbH", "unicode-sohne-gmbh"),
        ("Smørrebrød Łódź", "smorrebrod-lodz"),
        ("Straße 7", "strasse-7"),
        ("  A.C.M.E.  ", "a-c-m-e"),
        ("(only brackets)", "only-brackets"),
        ("株式会社アクメ", "株式会社アクメ"),
        ("Эй Компания", "эи-компания"),
        ("हिन्दी", "हिन्दी"),
        ("‮Acme‬", "acme"),
    ],
)
def test_slugs(name: str, slug: str) -> None:
    assert slug_of(name) == slug
    assert slug_of(slug) == slug


def test_slugs_of_strange_names() -> None:
    assert slug_of("🚀") == slug_of("🚀") != slug_of("🌊")
    assert slug_of("🚀").startswith("customer-")
    long, longer = slug_of("a" * 9_000), slug_of("a" * 9_001)
    assert long != longer
    assert max(len(long), len(longer)) <= 80
