"""What does nothing, over HTTP or over a WebSocket: how fast the load itself can be on this machine."""

import argparse
import asyncio
import os

import aiohttp

from benchmarks.servers.serving import until_told

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"


class _Echo(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(_ANSWER)


async def over_http() -> None:
    server = await asyncio.get_running_loop().create_server(_Echo, "127.0.0.1", 0)
    async with server:
        await until_told(port=server.sockets[0].getsockname()[1])


async def over_socket() -> None:
    """Acknowledges without looking."""
    address = os.environ["SLACK_API_URL"].replace("http:", "ws:").removesuffix("api/") + "link/"
    async with aiohttp.ClientSession() as session, session.ws_connect(address + os.environ["SLACK_APP_TOKEN"]) as link:

        async def hear() -> None:
            async for message in link:
                text = message.data
                if text.startswith('{"envelope_id"'):
                    await link.send_str(text[:54] + ',"payload":{"text":"hi"}}')

        hearing = asyncio.ensure_future(hear())
        await until_told(connected=True)
        hearing.cancel()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", action="store_true")
    asyncio.run(over_socket() if parser.parse_args().socket else over_http())
