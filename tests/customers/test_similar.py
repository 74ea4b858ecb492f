"""Requests that say the same thing, whoever wrote them down first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.similar import Known, Match, SimilarIndex, stem, words

TITLES = """
Single sign-on (SSO) via Okta
Okta SSO login
SSO with OneLogin
Excel export of reports
Export audit log to S3
Import contacts from CSV
Contract export
Dark web monitoring
Customer fields
Slack notifications when a ticket changes
E-mail notifications
Webhook for new orders
Bulk edit of users
Deutsche Übersetzung der Oberfläche
Benachrichtigungen per E-Mail
ダークモード対応
Экспорт отчетов в Excel
Café locator
Two-factor authentication
Rate limits per API key
Role based permissions
Model comparison
Configuration of the session timeout
""".strip().splitlines()

some_words = st.sampled_from([word for title in TITLES for word in title.split()] + ["zebra", "the", "é", "3"])
some_titles = st.lists(some_words, max_size=6).map(" ".join) | st.text(max_size=20)


def index(*titles: str) -> SimilarIndex:
    return SimilarIndex([Known(number, title, 1, "backlog") for number, title in enumerate(titles or TITLES)])


ALL = index()


def titles(found: tuple[Match, ...]) -> list[str]:
    return [match.title for match in found]


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("export to excel", "Excel export of reports"),
        ("Excel exporting for our reports", "Excel export of reports"),
        ("permission", "Role based permissions"),
        ("api rate limit", "Rate limits per API key"),
        ("bulk editing users", "Bulk edit of users"),
        ("configure session timeouts", "Configuration of the session timeout"),
        ("two factor auth", "Two-factor authentication"),
        ("authenticator with 2 factors", "Two-factor authentication"),
        ("notifcations in slack", "Slack notifications when a ticket changes"),  # a letter is missing
        ("otka sso", "Okta SSO login"),  # two changed places
        ("email notification", "E-mail notifications"),
        ("web hooks for orders", "Webhook for new orders"),
        ("übersetzung, DEUTSCH!", "Deutsche Übersetzung der Oberfläche"),
        ("uebersetzung", "Deutsche Übersetzung der Oberfläche"),
        ("e-mail benachrichtigung", "Benachrichtigungen per E-Mail"),
        ("ダークモード", "ダークモード対応"),
        ("экспорт отчета", "Экспорт отчетов в Excel"),
        ("cafe", "Café locator"),
        ("ＯＫＴＡ ｓｓｏ ｌｏｇｉｎ", "Okta SSO login"),
        ("Please add support for a webhook on new orders", "Webhook for new orders"),
        ("Please let us export reports to Excel, our finance team wants it every month", "Excel export of reports"),
        ("Could we get a webhook when new orders come in from the shop?", "Webhook for new orders"),
    ],
)
def test_what_says_the_same_is_found(asked: str, first: str) -> None:
    assert titles(ALL.find(asked))[:1] == [first]


def test_both_ways_to_say_single_sign_on_are_found() -> None:
    assert titles(ALL.find("SSO with Okta")) == ["Okta SSO login", "Single sign-on (SSO) via Okta"]


@pytest.mark.parametrize(
    "asked",
    [
        "dark mode",  # not Dark web monitoring, nor Model comparison
        "custom fields",  # not Customer fields
        "contact export",  # not Contract export
        "Okta directory groups",
        "webinars",
        "zebra",
        "darn",  # in a word of four letters another letter makes another word
        "", " ", "to", "ss", "é", "!!!", "\0\u202e", "👍🏽",
    ],
)  # fmt: skip
def test_what_says_something_else_is_not(asked: str) -> None:
    assert ALL.find(asked) == ()


def test_something_better_hides_what_is_half_alike() -> None:
    assert titles(index("Export reports to Excel", "Export reports to PDF").find("reports export PDF")) == [
        "Export reports to PDF"
    ]
    assert titles(index("Export reports to Excel").find("reports export PDF")) == ["Export reports to Excel"]
    long = "Dark mode for the web monitoring page on telephones"
    assert titles(index(long, "Dark web", "Dark mode").find("dark mode")) == ["Dark mode", long]


def test_a_rare_word_weighs_more() -> None:
    many = index(*[f"Export of thing{number}" for number in range(50)], "Export archive", "Invoice archive")
    assert titles(many.find("invoice export archive", 1)) == ["Invoice archive"]


def test_a_word_in_one_title_only_does_not_outweigh_all_others() -> None:
    assert titles(index("Excel export zebra", "Zebra").find("export zebra"))[0] == "Excel export zebra"


@given(some_titles)
def test_every_title_finds_itself(title: str) -> None:
    found = index(*TITLES, title).find(title, 30)
    assert sum(map(len, words(title))) < 3 or found[0].score == 1.0
    assert len(TITLES) in [match.id for match in found] or not found


def test_a_very_short_title_says_nothing() -> None:
    assert index("Go", "3").find("go") == index("Go", "3").find("3") == ()


@given(st.lists(some_titles, max_size=12), some_titles, st.integers(1, 5))
def test_answers_are_few_good_and_always_the_same(known: list[str], asked: str, limit: int) -> None:
    found = index(*known).find(asked, limit)
    assert found == index(*known).find(asked, limit)
    assert len(found) <= limit
    assert all(0.46 <= match.score <= 1.0 for match in found)
    assert found == tuple(sorted(found, key=lambda match: (-match.score, match.id)))


@given(st.permutations(["export", "invoices", "excel", "monthly"]))
def test_the_order_of_words_does_not_count(order: list[str]) -> None:
    found = index(*TITLES, "Monthly export of invoices to Excel").find(" ".join(order))
    assert (found[0].title, found[0].score) == ("Monthly export of invoices to Excel", 1.0)


def test_of_two_alike_the_one_more_customers_want_comes_first() -> None:
    same = [Known(1, "Okta SSO", 2, "shipped"), Known(2, "SSO Okta", 5, "backlog"), Known(3, "Okta: SSO", 2, "planned")]
    assert SimilarIndex(same).find("okta sso") == (
        Match(2, "SSO Okta", 1.0, 5, "backlog"),
        Match(1, "Okta SSO", 1.0, 2, "shipped"),
        Match(3, "Okta: SSO", 1.0, 2, "planned"),
    )


@given(st.lists(some_titles, min_size=1, max_size=8), some_titles)
def test_one_added_later_is_found_as_if_it_had_been_there(known: list[str], asked: str) -> None:
    grown = index(*known[:-1]) if len(known) > 1 else SimilarIndex()
    grown.add(Known(len(known) - 1, known[-1], 1, "backlog"))
    assert grown.find(asked) == index(*known).find(asked)
    assert len(grown) == len(known)


def test_a_request_changes() -> None:
    one = SimilarIndex([Known(7, "Dark mode", 1, "backlog")], version=3)
    one.add(Known(7, "Dark mode", 2, "planned"))
    assert one.find("dark mode") == (Match(7, "Dark mode", 1.0, 2, "planned"),)
    one.add(Known(7, "Night theme", 2, "planned"))
    assert (one.find("dark mode"), titles(one.find("night theme"))) == ((), ["Night theme"])
    assert titles(one.find("nihgt theme")) == ["Night theme"]
    one.remove(7)
    one.remove(7)
    assert (one.find("night theme"), len(one), one.version) == ((), 0, 3)


@pytest.mark.parametrize("asked", ["export " * 5000, "x" * 100_000, " ".join(f"word{n}" for n in range(5000))])
def test_a_very_long_title_is_cut(asked: str) -> None:
    assert len(words(asked)) <= 16
    assert max(map(len, words(asked))) <= 300
    assert len(ALL.find(asked)) <= 3


@pytest.mark.parametrize(
    ("forms", "told"),
    [
        ("report reports reporting reported", "report"),
        ("log logs logging logged", "log"),
        ("share shares sharing shared", "shar"),
        ("category categories", "category"),
        ("batch batches", "batch"),
        ("access", "access"),
        ("status", "status"),
        ("analysis", "analysis"),
        ("string", "string"),
        ("mode modes", "mode"),
        ("billing bill bills", "bill"),
        ("gas", "gas"),
        ("customer customers", "customer"),
    ],
)
def test_stems(forms: str, told: str) -> None:
    assert {stem(word) for word in forms.split()} == {told}


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("Exporting the reports to the report", ("export", "report")),
        ("Single sign-on", ("singl", "sign")),
        ("E-Mail: 2FA, S3", ("email", "2fa", "s3")),
        ("to be or not to be", ("to", "be", "or", "not")),
        ("ダークモード", ("ダー", "ーク", "クモ", "モー", "ード")),
        ("Ünïcode & Söhne", ("unicod", "sohn")),
    ],
)
def test_words_of_a_title(title: str, told: tuple[str, ...]) -> None:
    assert words(title) == told
