"""Web API: files.getUploadURLExternal and files.completeUploadExternal.

Sources: docs.slack.dev, "Working with files" and the page of each method. What Slack answers to a file completed twice
is not documented; here it is refused.
"""

from __future__ import annotations

from bot.sandbox.call import Call, RefusedError
from bot.sandbox.pictures import File
from bot.sandbox.workspace import Json

__all__ = ["METHODS", "UPLOAD"]

UPLOAD = "/upload/v1"
MOST_BYTES = 1024 * 1024  # the sandbox's own limit, Slack's is 1 GB
ALT_CHARACTERS = 1000


def get_upload_url(call: Call) -> Json:
    """files.getUploadURLExternal"""
    given = call.text("length") or ""
    if not given.isascii() or not given.isdigit() or int(given) == 0:
        raise _invalid("must be a positive integer [json-pointer:/length]")
    if int(given) > MOST_BYTES:
        raise RefusedError("file_upload_size_restricted")
    alt = call.text("alt_txt") or ""
    if len(alt) > ALT_CHARACTERS:
        raise RefusedError("alt_txt_too_large")
    file = call.workspace.files.announce(call.text("filename") or "", int(given), alt)
    return {"upload_url": f"{call.url}{UPLOAD}/{file.ticket}", "file_id": file.id}


def complete_upload(call: Call) -> Json:
    """files.completeUploadExternal, for files that stay the app's own"""
    given = call.json("files", "invalid_arguments")
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise _invalid("must be an array of files [json-pointer:/files]")
    if call.text("channel_id") or call.text("channels"):
        raise _invalid("the sandbox shares no files into channels; show them in blocks [json-pointer:/channel_id]")
    completed = [(_uploaded(call, one.get("id")), str(one.get("title") or "")) for one in given]
    for file, title in completed:
        call.workspace.files.complete(file, title)
    call.workspace.changed()
    return {"files": [{"id": file.id, "title": file.title} for file, _ in completed]}


def _uploaded(call: Call, file_id: object) -> File:
    file = call.workspace.files.find(file_id)
    if file is None or not file.uploaded:
        raise RefusedError("file_not_found")
    if file.completed is not None:
        raise RefusedError("file_update_failed")
    return file


def _invalid(problem: str) -> RefusedError:
    return RefusedError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {problem}"]})


METHODS = {"files.getUploadURLExternal": get_upload_url, "files.completeUploadExternal": complete_upload}
