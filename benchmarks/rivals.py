"""Other bots, installed by their own package managers into a private folder, at versions that are written here."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SLACK_MACHINE = "0.40.1"
BOLT_JS = "5.1.0"
_PATIENCE = 240  # seconds for an installation


class NotInstalled(Exception):
    """Why a yardstick is missing; the measurement says so and goes on."""


def slack_machine(tools: Path) -> Path:
    """The Python of a virtual environment with slack-machine."""
    home = tools / f"slack-machine-{SLACK_MACHINE}"
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        shutil.rmtree(home, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(home)], tools)
        _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
              f"slack-machine=={SLACK_MACHINE}"], tools)  # fmt: skip
        (home / "complete").touch()
    return python


def bolt_js(tools: Path) -> tuple[str, Path]:
    """Node, and the folder in which Bolt for JavaScript is installed."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise NotInstalled("node and npm are not on this machine")
    home = tools / f"bolt-js-{BOLT_JS}"
    if not (home / "complete").exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        _run([npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(home), f"@slack/bolt@{BOLT_JS}"],
             home)  # fmt: skip
        (home / "complete").touch()
    return node, home


def _run(command: Sequence[str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tool = Path(command[0]).name
    try:
        code = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE
        ).returncode
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"could not be installed within {_PATIENCE} s ({tool})") from None
    if code:
        raise NotInstalled(f"could not be installed ({tool} ended with {code})")
