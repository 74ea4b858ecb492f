"""What a request to Slack's Web API may be: from Slack's own list of methods where that file is, and our manifest."""

import json
from functools import cache
from typing import Any

import yaml

from bot.sandbox import check_blocks, check_view
from tests.conftest import ROOT

METHODS = ROOT.parent / "shared" / "slack" / "slack_methods.json"


def problems(method: str, given: dict[str, Any]) -> list[str]:
    """Why Slack would refuse a request of ours (the token stands in a header); empty when it would not."""
    wrong = check_view(given["view"]) if "view" in given else []
    wrong += check_blocks(given["blocks"]) if "blocks" in given else []
    return [f"{method}: {one}" for one in [*wrong, *_misshapen(method, given)]]


@cache
def declared() -> frozenset[str]:
    """The bot scopes that our manifest asks for."""
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    return frozenset(manifest["oauth_config"]["scopes"]["bot"])


@cache
def _known() -> dict[str, Any] | None:
    return json.loads(METHODS.read_text(encoding="utf-8"))["methods"] if METHODS.exists() else None


def _misshapen(method: str, given: dict[str, Any]) -> list[str]:
    known = _known()
    if known is None:
        return []
    if method not in known:
        return ["no such method"]
    fact = known[method]
    wrong = [f"unknown argument {name}" for name in sorted(set(given) - set(fact["args"]))]
    wrong += [f"{name} is missing" for name in fact["required"] if name != "token" and given.get(name) in (None, "")]
    for group in fact.get("arg_groups") or ():
        named = [name for name in group["args"] if given.get(name) not in (None, "")]
        if group["mutually_exclusive"] and len(named) > 1:
            wrong.append(f"either {' or '.join(named)}")
    scopes = set(fact["scopes"].get("bot") or ())
    return wrong + ([f"needs one of {sorted(scopes)}"] if scopes and not scopes & declared() else [])
