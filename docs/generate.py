"""Writes docs/reference/ from the code: settings, commands, command line, errors. A test fails when they differ."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from bot import manifest
from bot.cli import app
from bot.settings import Settings
from customers import errors

HERE = Path(__file__).resolve().parent
NOTE = "<!-- made by `python3 run.py docs` from the code; edit the code instead -->\n"


def pages() -> dict[str, str]:
    """File name → text of every generated page."""
    return {"settings.md": _settings(), "commands.md": _commands(), "cli.md": _cli(), "errors.md": _errors()}


def write(folder: Path) -> None:
    """Writes the pages."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


def command_rows() -> list[str]:
    """The table of slash commands, for the reference and for the README."""
    commands = manifest.parsed()["features"]["slash_commands"]
    cells = (
        (one["command"], str(one.get("usage_hint", "")).replace("|", "\\|"), one["description"]) for one in commands
    )
    return [
        "| Command | | Answer |",
        "| --- | --- | --- |",
        *(f"| `{name}` | {hint} | {does} |" for name, hint, does in cells),
    ]


def shortcut_rows() -> list[str]:
    """The table of shortcuts, for the reference and for the README."""
    shortcuts = manifest.parsed()["features"]["shortcuts"]
    rows = (f"| {one['name']} | {one['type']} | {one['description']} |" for one in shortcuts)
    return ["| Shortcut | On | What it does |", "| --- | --- | --- |", *rows]


def _settings() -> str:
    rows = ["| Variable | Default | Meaning |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None or field.default == "" else f"`{field.default}`"
        rows.append(f"| `{name.upper()}` | {default} | {field.description} |")
    told = "Environment variables, or lines of a file `.env` in the working folder.\n"
    return _page("Settings", told, "\n".join(rows))


def _commands() -> str:
    events = "\n".join(f"* `{name}`" for name in manifest.parsed()["settings"]["event_subscriptions"]["bot_events"])
    scopes = "\n".join(f"* `{name}`" for name in sorted(manifest.scopes()))
    optional = "\n".join(f"* `{name}`" for name in sorted(manifest.optional_scopes()))
    told = "Every answer is visible to the person who asked only, until somebody presses *Share in channel*.\n"
    return _page(
        "Slash commands",
        told,
        "\n".join(command_rows()),
        "## Events that the bot listens to\n\n" + events,
        "## Shortcuts\n\n" + "\n".join(shortcut_rows()),
        "## Scopes that the bot needs\n\n" + scopes,
        "## Optional scopes\n\nWith them a post whose outcome is unknown is looked for before it is sent again.\n\n"
        + optional,
    )


def _cli() -> str:
    root = typer.main.get_command(app)
    told = "Exit codes: 0 all well, 1 done but something needs mending, 2 not done.\n"
    return _page("Command line", told, "\n".join(_described(root, "dossier")))


def _described(command: Any, path: str) -> Iterator[str]:
    if hasattr(command, "commands"):
        for name, one in command.commands.items():
            yield from _described(one, f"{path} {name}")
        return
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    usage = " ".join(f"[{one.name.upper()}]" if not one.required else one.name.upper() for one in arguments)
    yield f"## `{path}{' ' + usage if usage else ''}`\n\n{(command.help or '').strip()}\n"
    for one in command.params:
        words = getattr(one, "help", None) or ""
        label = one.name.upper() if one.param_type_name == "argument" else ", ".join(one.opts)
        yield f"* `{label}` {words}".rstrip()
    yield ""


def _errors() -> str:
    rows = []
    for name, one in inspect.getmembers(errors, inspect.isclass):
        if issubclass(one, errors.DossierError) and not one.__subclasses__():
            rows.append(f"| `{name}` | {(one.__doc__ or '').strip().splitlines()[0]} |")
    tree = (errors.DossierError.__doc__ or "").split("\n\n")[1]
    head = ["| Error | When |", "| --- | --- |"]
    return _page(
        "What can go wrong for a person", "", "```\n" + inspect.cleandoc(tree) + "\n```", "\n".join(head + rows)
    )


def _page(title: str, *parts: str) -> str:
    return f"# {title}\n\n{NOTE}\n" + "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


if __name__ == "__main__":
    write(HERE / "reference")
