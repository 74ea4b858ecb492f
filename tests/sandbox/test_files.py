"""Pictures: announced, uploaded, completed, shown; and every way in which Slack would not take one."""

from __future__ import annotations

import copy
import struct
import zlib
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, FormData
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox, check_blocks

from .conftest import MANIFEST, bench, button, caller, plain, refused, section
from .test_page import browser, regions

WITH_FILES = copy.deepcopy(MANIFEST)
WITH_FILES["oauth_config"]["scopes"]["bot"].append("files:write")


def png(width: int = 3, height: int = 2) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\x0b\x6b\x6b" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


PICTURE = png()


async def sent(url: str, data: bytes | FormData) -> tuple[int, str]:
    async with ClientSession() as web, web.post(url, data=data) as answer:
        return answer.status, await answer.text()


async def announced(client: AsyncWebClient, length: int = len(PICTURE)) -> tuple[str, str]:
    answer = await client.files_getUploadURLExternal(filename="chart.png", length=length, alt_txt="Adoption")
    return answer["upload_url"], answer["file_id"]


async def uploaded(client: AsyncWebClient, data: bytes = PICTURE) -> str:
    url, file = await announced(client, len(data))
    assert await sent(url, data) == (200, f"OK - {len(data)}")
    done = await client.files_completeUploadExternal(files=[{"id": file, "title": "Adoption"}])
    assert done["files"] == [{"id": file, "title": "Adoption"}]
    return file


def shows(file: str, **more: Any) -> dict[str, Any]:
    return {"type": "image", "slack_file": {"id": file}, "alt_text": "Two lines, falling", **more}


async def test_a_picture_is_seen_with_its_title_and_words() -> None:
    async with bench(manifest=WITH_FILES) as slack, caller(slack) as client, browser(slack) as web:
        file = await uploaded(client)
        home = {"type": "home", "blocks": [section("x") | {"accessory": shows(file)}]}
        await client.views_publish(user_id="U0MAYA", view=home)
        await client.chat_postMessage(channel="C0CSTEAM", text="x", blocks=[shows(file, title=plain("Week 46"))])
        shown = (await regions(web, "maya", "C0CSTEAM"))["messages"]
        for part in ("Week 46</figcaption>", f'src="/files-pri/{file}"', 'alt="Two lines, falling"'):
            assert part in shown
        assert f'src="/files-pri/{file}"' in (await regions(web, "maya", "home"))["messages"]
        answer = await web.get(f"/files-pri/{file}")
        assert (await answer.read(), answer.content_type) == (PICTURE, "image/png")
        [picture] = slack.pictures(slack.messages("#cs-team", "maya")[-1])
        assert (picture.title, picture.alt, picture.size) == ("Adoption", "Adoption", (3, 2))


async def test_bytes_may_come_as_a_form() -> None:
    async with bench(manifest=WITH_FILES) as slack, caller(slack) as client:
        url, file = await announced(client)
        form = FormData()
        form.add_field("filename", PICTURE, filename="chart.png")
        assert (await sent(url, form))[0] == 200
        assert (found := slack.workspace.files.find(file)) is not None
        assert found.data == PICTURE


async def test_files_need_their_scope() -> None:
    async with bench() as slack, caller(slack) as client:
        answer = await refused(client.files_getUploadURLExternal(filename="a.png", length=1))
        assert (answer["error"], answer["needed"]) == ("missing_scope", "files:write")


@pytest.mark.parametrize(
    ("length", "error"),
    [(0, "invalid_arguments"), (-1, "invalid_arguments"), (1024 * 1024 + 1, "file_upload_size_restricted")],
)
async def test_files_of_no_or_too_many_bytes_are_refused(length: int, error: str) -> None:
    async with bench(manifest=WITH_FILES) as slack, caller(slack) as client:
        answer = await refused(client.files_getUploadURLExternal(filename="a.png", length=length))
        assert answer["error"] == error


async def test_an_upload_address_takes_the_announced_bytes_once() -> None:
    async with bench(manifest=WITH_FILES) as slack, caller(slack) as client:
        url, _ = await announced(client)
        assert await sent(url, PICTURE + b"x") == (400, f"{len(PICTURE)} bytes were announced, {len(PICTURE) + 1} came")
        assert (await sent(url, PICTURE))[0] == 200
        assert await sent(url, PICTURE) == (400, "this upload address was used already")
        assert (await sent(f"{slack.url}/upload/v1/guessed", PICTURE))[0] == 404
        assert "upload" in slack.render_transcript()


async def test_only_what_was_uploaded_is_completed_and_once() -> None:
    async with bench(manifest=WITH_FILES) as slack, caller(slack) as client:
        _, early = await announced(client)
        done = await uploaded(client)
        for file, error in ((early, "file_not_found"), ("F0NOBODY99", "file_not_found"), (done, "file_update_failed")):
            answer = await refused(client.files_completeUploadExternal(files=[{"id": file}]))
            assert answer["error"] == error
        for files in ("{", "[]", '["F0NOBODY99"]'):
            answer = await refused(client.api_call("files.completeUploadExternal", params={"files": files}))
            assert answer["error"] == "invalid_arguments"


async def unusable(slack: Sandbox, client: AsyncWebClient, why: str) -> str:
    match why:
        case "unknown":
            return "F0NOBODY99"
        case "not completed":
            return (await announced(client))[1]
        case "no picture":
            return await uploaded(client, b"%PDF-1.7")
        case _:
            slack.workspace.files.lag = timedelta(seconds=3)
            return await uploaded(client)


@pytest.mark.parametrize("why", ["unknown", "not completed", "no picture", "too early"])
async def test_a_file_that_cannot_be_shown_is_refused_like_wrong_blocks(why: str) -> None:
    async with bench(manifest=WITH_FILES) as slack, caller(slack) as client:
        blocks = [section("x"), shows(await unusable(slack, client, why))]
        answer = await refused(client.chat_postMessage(channel="C0CSTEAM", text="x", blocks=blocks))
        assert answer["error"] == "invalid_blocks"
        assert answer["errors"] == ["invalid slack file [json-pointer:/blocks/1/slack_file]"]
        view = {"type": "home", "blocks": blocks}
        answer = await refused(client.views_publish(user_id="U0MAYA", view=view))
        pointer = "[ERROR] invalid slack file [json-pointer:/view/blocks/1/slack_file]"
        assert (answer["error"], answer["response_metadata"]["messages"]) == ("invalid_arguments", [pointer])


async def test_a_file_can_be_shown_when_slack_has_worked_on_it() -> None:
    async with bench(manifest=WITH_FILES) as slack, caller(slack) as client:
        file = await unusable(slack, client, "too early")
        await slack.move(timedelta(seconds=3))
        await client.chat_postMessage(channel="C0CSTEAM", text="x", blocks=[shows(file)])


async def test_pictures_of_other_machines_are_not_fetched() -> None:
    async with bench() as slack, caller(slack) as client:
        blocks = [{"type": "image", "image_url": "https://a.example/x.png", "alt_text": "x"}]
        answer = await refused(client.chat_postMessage(channel="C0CSTEAM", text="x", blocks=blocks))
        assert answer["errors"] == ["downloading image failed [json-pointer:/blocks/0/image_url]"]


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        ({"slack_file": {"id": "C0CSTEAM"}}, "input must match regex pattern: ^[F][A-Z0-9]{8,}$"),
        ({"slack_file": {"id": "F0ABCDEFGH", "url": "https://a.example/x"}}, "must have either id or url"),
        ({"slack_file": {"id": "F0ABCDEFGH"}, "image_url": "https://a.example/x"}, "either image_url or slack_file"),
        ({"slack_file": "F0ABCDEFGH"}, "must be an object"),
        ({"image_width": 3}, "invalid additional property: image_width"),
    ],
)
def test_shapes_that_slack_refuses(image: dict[str, Any], problem: str) -> None:
    assert problem in " ".join(check_blocks([{"type": "image", "alt_text": "x", **image}]))
    assert problem in " ".join(
        check_blocks([section("x") | {"accessory": {"type": "image", "alt_text": "x", **image}}])
    )


async def test_what_slack_adds_to_pictures_does_not_come_back_in() -> None:
    heard: list[dict[str, Any]] = []

    def app(bot: AsyncApp) -> None:
        @bot.action("go")
        async def go(ack: Any, body: dict[str, Any]) -> None:
            heard.append(body["message"])
            await ack()

    async with bench(app, manifest=WITH_FILES) as slack, caller(slack) as client:
        blocks = [shows(await uploaded(client)), {"type": "actions", "elements": [button("Go", "go")]}]
        await client.chat_postMessage(channel="C0CSTEAM", text="x", blocks=blocks)
        await slack.press("maya", slack.messages("#cs-team", "maya")[-1], "Go")
        image = heard[0]["blocks"][0]
        assert (image["image_width"], image["image_height"], image["image_bytes"]) == (3, 2, len(PICTURE))
        assert all(block["block_id"] for block in heard[0]["blocks"])
        again = client.chat_update(channel="C0CSTEAM", ts=heard[0]["ts"], text="x", blocks=heard[0]["blocks"])
        assert "invalid additional property: fallback" in (await refused(again))["errors"][0]


async def test_an_edit_alone_shows_a_file_to_nobody() -> None:
    async with bench(manifest=WITH_FILES) as slack, caller(slack) as client, browser(slack) as web:
        posted = await client.chat_postMessage(channel="C0CSTEAM", text="x")
        file = await uploaded(client)
        await client.chat_update(channel="C0CSTEAM", ts=posted["ts"], text="x", blocks=[shows(file)])
        assert "File not found" in (await regions(web, "maya", "C0CSTEAM"))["messages"]
        assert slack.pictures(slack.messages("#cs-team", "maya")[-1]) == []
        await client.chat_postMessage(channel="C0CSTEAM", text="x", blocks=[shows(file)])
        assert "File not found" not in (await regions(web, "maya", "C0CSTEAM"))["messages"]


@pytest.mark.parametrize("after_doing", [False, True])
async def test_uploads_can_be_broken(after_doing: bool) -> None:
    async with bench(manifest=WITH_FILES) as slack, caller(slack) as client:
        slack.faults.add("upload", "http_500", after_doing=after_doing)
        url, file = await announced(client)
        assert (await sent(url, PICTURE))[0] == 500
        assert (found := slack.workspace.files.find(file)) is not None
        assert found.uploaded is after_doing
