"""What GitHub's OpenAPI description allows a request to be; without the file, a small table of what we call."""

import json
import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from tests.conftest import ROOT

OPENAPI = ROOT.parent / "shared" / "github" / "github-issues-openapi.json"
_REPO = "/repos/{owner}/{repo}"
_LISTED = "labels state sort direction since per_page page"
# (method, path): names in the query, names in the body with * for a required one
OWN: dict[tuple[str, str], tuple[str, str]] = {
    ("GET", "/user"): ("", ""),
    ("GET", _REPO): ("", ""),
    ("GET", f"{_REPO}/installation"): ("", ""),
    ("POST", "/app/installations/{installation_id}/access_tokens"): ("", "repositories"),
    ("GET", f"{_REPO}/issues"): (_LISTED, ""),
    ("POST", f"{_REPO}/issues"): ("", "title* body labels"),
    ("GET", f"{_REPO}/issues/{{issue_number}}"): ("", ""),
    ("POST", f"{_REPO}/issues/{{issue_number}}/comments"): ("", "body*"),
    ("POST", f"{_REPO}/labels"): ("", "name* color description"),
}


def problems(method: str, path: str, query: dict[str, str], body: Any) -> list[str]:
    """Why GitHub would not know what to do with a request; empty when it would."""
    described = openapi()
    found = _route(method, path, list(OWN) if described is None else _described(described))
    if found is None:
        return [f"{method} {path}: no such endpoint"]
    if described is None:
        return _by_table(found, query, body)
    return _by_description(described, found, query, body)


def misshapen(answer: Any, schema: str) -> list[str]:
    """Where an answer of the fake differs from GitHub's, such as `issue`; nothing without the file."""
    described = openapi()
    if described is None:
        return []
    wanted = {"$ref": f"#/components/schemas/{schema}", "components": described["components"]}
    return [f"{one.json_path}: {one.message}" for one in Draft202012Validator(wanted).iter_errors(answer)]


@cache
def openapi() -> Any:
    if not OPENAPI.exists():
        return None
    return _as_json_schema(json.loads(OPENAPI.read_text(encoding="utf-8")))


def _as_json_schema(part: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema lists the type null."""
    if isinstance(part, list):
        return [_as_json_schema(one) for one in part]
    if not isinstance(part, dict):
        return part
    made = {key: _as_json_schema(value) for key, value in part.items()}
    if made.pop("nullable", False) is True:
        if "enum" in made:
            made["enum"] = [*made["enum"], None]
        return {"anyOf": [made, {"type": "null"}]}
    return made


def _described(described: Any) -> list[tuple[str, str]]:
    return [(method.upper(), path) for path, methods in described["paths"].items() for method in methods]


def _route(method: str, path: str, known: list[tuple[str, str]]) -> tuple[str, str] | None:
    for one, template in known:
        if one == method and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path):
            return one, template
    return None


def _by_table(route: tuple[str, str], query: dict[str, str], body: Any) -> list[str]:
    asked, given = (words.split() for words in OWN[route])
    known, required = {name.rstrip("*") for name in given}, {name[:-1] for name in given if name.endswith("*")}
    names = set(body or {})
    wrong = (set(query) - set(asked)) | (names - known) | (required - names)
    return [f"{route}: {one}" for one in sorted(wrong)]


def _by_description(described: Any, route: tuple[str, str], query: dict[str, str], body: Any) -> list[str]:
    call = described["paths"][route[1]][route[0].lower()]
    parameters = [
        described["components"]["parameters"][one["$ref"].rsplit("/", 1)[1]] if "$ref" in one else one
        for one in call.get("parameters", [])
    ]
    queried = {one["name"]: one["schema"] for one in parameters if one["in"] == "query"}
    wrong = [f"{route}: unknown in the query: {name}" for name in set(query) - set(queried)]
    for name, value in query.items():
        wanted = queried.get(name, {})
        whole = wanted.get("type") == "integer"
        wrong += _errors(route, int(value) if whole and value.isdecimal() else value, wanted, described)
    if "requestBody" not in call:
        return wrong + ([f"{route}: a body where none belongs"] if body is not None else [])
    if body is None:
        return wrong + ([f"{route}: no body"] if call["requestBody"].get("required") else [])
    schema = call["requestBody"]["content"]["application/json"]["schema"]
    names = body if isinstance(body, dict) else {}
    wrong += [f"{route}: unknown in the body: {name}" for name in set(names) - set(schema["properties"])]
    return wrong + _errors(route, body, schema, described)


def _errors(route: tuple[str, str], value: Any, schema: Any, described: Any) -> list[str]:
    wanted = {**schema, "components": described["components"]}
    return [f"{route}: {one.json_path} {one.message}" for one in Draft202012Validator(wanted).iter_errors(value)]
