"""The foreign GitHub's own honesty: its checks find mistakes, with GitHub's description and without."""

from typing import Any

import pytest

from tests.bot.github import facts

ISSUES = "/repos/acme/app/issues"
MISTAKES: list[tuple[str, str, dict[str, str], Any]] = [
    ("POST", ISSUES, {}, {"body": "no title"}),
    ("POST", ISSUES, {}, {"title": "x", "lables": []}),
    ("POST", "/repos/acme/app/labels", {}, {"color": "ff0000"}),
    ("GET", ISSUES, {"label": "x"}, None),
    ("GET", "/repos/acme/app/isues", {}, None),
    ("PUT", ISSUES, {}, {"title": "x"}),
]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found(mistake: tuple[str, str, dict[str, str], Any]) -> None:
    assert facts.problems(*mistake) != []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_without_the_description_too(
    mistake: tuple[str, str, dict[str, str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "OPENAPI", facts.OPENAPI / "nowhere.json")
    facts.openapi.cache_clear()
    try:
        assert facts.problems(*mistake) != []
        assert facts.problems("POST", ISSUES, {}, {"title": "x", "body": "y", "labels": ["z"]}) == []
    finally:
        facts.openapi.cache_clear()


needs_description = pytest.mark.skipif(not facts.OPENAPI.exists(), reason="GitHub's description is not here")


@needs_description
@pytest.mark.parametrize(
    ("query", "body"),
    [({}, {"title": []}), ({}, {"title": "x", "labels": "y"}), ({}, ["title"]), ({"page": "1"}, {"title": "x"})],
)
def test_types_are_checked_with_the_description(query: dict[str, str], body: Any) -> None:
    assert facts.problems("POST", ISSUES, query, body) != []


@needs_description
@pytest.mark.parametrize("query", [{"state": "any"}, {"sort": "age"}, {"page": "one"}, {"direction": "up"}])
def test_values_of_a_query_are_checked_with_the_description(query: dict[str, str]) -> None:
    assert facts.problems("GET", ISSUES, query, None) != []


@needs_description
@pytest.mark.parametrize("route", facts.OWN, ids=" ".join)
def test_our_own_table_says_nothing_that_the_description_does_not(route: tuple[str, str]) -> None:
    call = facts.openapi()["paths"][route[1]][route[0].lower()]
    queried, given = facts.OWN[route]
    parameters = facts.openapi()["components"]["parameters"].values()
    known = {one["name"] for one in (*call.get("parameters", []), *parameters) if "name" in one}
    assert set(queried.split()) <= known
    schema = call["requestBody"]["content"]["application/json"]["schema"] if given else {"properties": {}}
    assert {name.rstrip("*") for name in given.split()} <= set(schema["properties"])
    assert {name[:-1] for name in given.split() if name.endswith("*")} == set(schema.get("required", []))
