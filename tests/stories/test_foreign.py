"""`dossier run` with environment variables only, against a Slack that knows nothing of ours, over both transports."""

import json
import signal
from pathlib import Path

import pytest

from tests.conftest import SEED
from tests.foreign import (
    APP_TOKEN,
    SECRET,
    TOKEN,
    ForeignSlack,
    command,
    dossier_run,
    port_in,
    post,
    ready_line,
    signed,
)

DOCUMENTS = [pytest.param(SEED, marks=pytest.mark.skipif(not SEED.exists(), reason="the seed document is not here"))]
DOCUMENTS.append(pytest.param(Path(__file__).parents[2] / "customers" / "examples", id="examples"))


def _environment(slack: ForeignSlack, folder: Path, documents: Path) -> dict[str, str]:
    return {
        "SLACK_API_URL": slack.url,
        "SLACK_BOT_TOKEN": TOKEN,
        "CUSTOMER_DOCS": str(documents),
        "DATA_DIR": str(folder),
        "PORT": "0",
    }


@pytest.mark.parametrize("documents", DOCUMENTS)
async def test_a_signed_brief_is_answered_over_http(tmp_path: Path, documents: Path) -> None:
    async with ForeignSlack().serve() as slack:
        environment = _environment(slack, tmp_path, documents) | {"SLACK_SIGNING_SECRET": SECRET}
        async with dossier_run(environment) as process:
            port = port_in(await ready_line(process))
            status, answer = await post(port, *signed(command("/brief", "demo")))
            assert status == 200
            assert answer["response_type"] == "ephemeral"
            assert "Demo Account (Internal Testing)" in json.dumps(answer["blocks"])
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0


@pytest.mark.parametrize("documents", DOCUMENTS)
async def test_the_same_brief_is_answered_over_socket_mode(tmp_path: Path, documents: Path) -> None:
    async with ForeignSlack().serve() as slack:
        environment = _environment(slack, tmp_path, documents) | {"SLACK_APP_TOKEN": APP_TOKEN}
        async with dossier_run(environment) as process:
            await ready_line(process)
            socket = await slack.socket
            payload = command("/brief", "demo")
            await socket.send_json(
                {"envelope_id": "e-1", "type": "slash_commands", "accepts_response_payload": True, "payload": payload}
            )
            ack = await slack.acks.get()
            assert ack["envelope_id"] == "e-1"
            assert "Demo Account (Internal Testing)" in json.dumps(ack["payload"]["blocks"])


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
async def test_a_refused_token_ends_the_start_with_one_line(tmp_path: Path, name: str) -> None:
    async with ForeignSlack().serve() as slack:
        environment = _environment(slack, tmp_path, DOCUMENTS[1].values[0]) | {"SLACK_APP_TOKEN": APP_TOKEN}
        environment |= {name: environment[name][:5] + "wrong"}
        async with dossier_run(environment) as process:
            _, said = await process.communicate()
            assert process.returncode == 2
            assert f"{name} is refused by Slack (invalid_auth)".encode() in said
            assert b"Traceback" not in said
