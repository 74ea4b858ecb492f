"""What we take over from Bolt stays what Bolt does."""

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from bot.slack import _OneTeam


async def test_our_context_has_the_names_that_bolt_puts_into_its_own() -> None:
    contexts = []
    for kind in (AsyncApp, _OneTeam):
        request = AsyncBoltRequest(mode="socket_mode", body={"command": "/brief"})
        kind(token="xoxb-1", signing_secret="s")._init_context(request)
        contexts.append({name: type(value) for name, value in request.context.items() if name != "logger"})
    assert contexts[0] == contexts[1]
