"""Tokens, and a GitHub App that gets itself one: kept while it holds, renewed once when GitHub refuses it."""

from datetime import datetime, timedelta

import aiohttp
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.github.answers import Done, NotSent, Refused
from bot.github.client import GitHub
from bot.github.credentials import App, Token
from tests.bot.github.foreign_github import STARTS, ForeignGitHub, broken, cut


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    """A private key and its public half, PEM."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = serialization.NoEncryption()
    private = made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return private.decode(), made.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


class _Clock:
    now = STARTS

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def app(github: ForeignGitHub, session: aiohttp.ClientSession, keys: tuple[str, str], clock: _Clock) -> GitHub:
    github.app = ("123", keys[1])
    return GitHub(session, github.url, "acme/app", App("123", keys[0], "acme/app"), clock)


def _asked(github: ForeignGitHub) -> list[str]:
    return [one.path.rsplit("/", 1)[1] for one in github.requests]


async def test_an_app_finds_its_installation_and_keeps_the_token(app: GitHub, github: ForeignGitHub) -> None:
    assert isinstance(await app.create_issue("A", "", ()), Done)
    assert isinstance(await app.create_issue("B", "", ()), Done)
    assert _asked(github) == ["installation", "access_tokens", "issues", "issues"]
    assert github.requests[1].path == "/app/installations/42/access_tokens"


async def test_a_known_installation_is_not_looked_up(
    github: ForeignGitHub, session: aiohttp.ClientSession, keys: tuple[str, str]
) -> None:
    github.app = ("123", keys[1])
    app = GitHub(session, github.url, "acme/app", App("123", keys[0], "acme/app", 42), lambda: STARTS)
    await app.issue(1)
    assert _asked(github) == ["access_tokens", "1"]


async def test_a_token_is_renewed_shortly_before_it_expires(app: GitHub, github: ForeignGitHub, clock: _Clock) -> None:
    await app.issue(1)
    clock.now = STARTS + timedelta(minutes=54)
    await app.issue(1)
    assert _asked(github).count("access_tokens") == 1
    clock.now = STARTS + timedelta(minutes=56)
    await app.issue(1)
    assert _asked(github).count("access_tokens") == 2


async def test_a_refused_token_is_renewed_once(app: GitHub, github: ForeignGitHub) -> None:
    await app.issue(1)
    github.tokens.clear()
    assert isinstance(await app.create_issue("A", "", ()), Done)
    assert _asked(github)[-4:] == ["issues", "installation", "access_tokens", "issues"]
    assert len(github.issues) == 1


async def test_it_is_renewed_only_once(app: GitHub, github: ForeignGitHub) -> None:
    await app.issue(1)
    github.requests.clear()
    refusal = broken(401, done=False)
    github.meets("create", refusal, refusal, refusal)
    made = await app.create_issue("A", "", ())
    assert isinstance(made, Refused)
    assert _asked(github).count("issues") == 2


async def test_without_a_token_surely_nothing_was_created(app: GitHub, github: ForeignGitHub) -> None:
    """An unknown outcome of the call for a token must not make the outcome of the issue unknown."""
    github.meets("token", cut(done=False), broken(502, done=False))
    assert isinstance(await app.create_issue("A", "", ()), NotSent)
    assert isinstance(await app.create_issue("A", "", ()), NotSent)
    assert isinstance(await app.create_issue("A", "", ()), Done)


async def test_an_app_that_is_not_installed_says_so(app: GitHub, github: ForeignGitHub) -> None:
    github.meets("installation", broken(404, done=False))
    made = await app.create_issue("A", "", ())
    assert isinstance(made, Refused)
    assert made.reason == "The GitHub App is not installed on the repository."


async def test_another_apps_key_is_refused(app: GitHub, github: ForeignGitHub) -> None:
    assert github.app is not None
    github.app = ("124", github.app[1])
    made = await app.create_issue("A", "", ())
    assert isinstance(made, Refused)
    assert made.reason == "GitHub does not accept the app's id or private key."


@pytest.mark.parametrize(
    "key", ["", "no key", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"]
)
async def test_a_key_that_is_none_is_told(github: ForeignGitHub, session: aiohttp.ClientSession, key: str) -> None:
    app = GitHub(session, github.url, "acme/app", App("123", key, "acme/app"), lambda: STARTS)
    made = await app.who()
    assert isinstance(made, Refused)
    assert "private key" in made.reason
    assert github.requests == []


async def test_an_app_needs_to_write_issues_and_nothing_more(app: GitHub, github: ForeignGitHub, clock: _Clock) -> None:
    github.push = False  # says nothing about an app
    assert await app.who() == Done("acme/app as a GitHub App")
    github.permissions = {"issues": "read"}
    clock.now = STARTS + timedelta(hours=2)
    told = await app.who()
    assert isinstance(told, Refused)
    assert "only read" in told.reason


def test_secrets_are_not_shown(keys: tuple[str, str]) -> None:
    assert "ghp_secret" not in repr(Token("ghp_secret"))
    assert "PRIVATE" not in repr(App("123", keys[0], "acme/app"))
