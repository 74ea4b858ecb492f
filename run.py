#!/usr/bin/env python3
"""Set-up and everyday commands with nothing but Python ≥ 3.11: `python3 run.py sandbox | test | check | bench | …`.

Finds uv or installs it into a private virtual environment, installs what `uv.lock` names when the lock changed, then
runs the tool. Standard library only, because nothing is installed yet when this starts.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
TOOLS = ROOT / ".venv-tools"
STAMP = VENV / ".dossier-lock"

COMMANDS: dict[str, list[list[str]]] = {
    "sandbox": [["python", "-m", "bot", "sandbox"]],
    "test": [["python", "-m", "pytest"]],
    "check": [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["lint-imports"],
    ],
    "bench": [["python", "-m", "benchmarks"]],
    "faults": [["python", "-m", "tests.faults"]],
    "docs": [["python", "-m", "docs.generate"]],
}


def main(arguments: list[str]) -> int:
    """Runs one command; its own arguments go through. Returns its exit code."""
    if not arguments or arguments[0] not in COMMANDS:
        print(f"usage: python3 run.py {' | '.join(COMMANDS)} [arguments]", file=sys.stderr)
        return 2
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what an older Python meets first
        print(f"Dossier needs Python 3.11 or newer; this is {sys.version.split()[0]}", file=sys.stderr)
        return 2
    set_up()
    name, rest = arguments[0], arguments[1:]
    steps = COMMANDS[name]
    if len(steps) == 1 and os.name == "posix":  # in our place, so that a signal reaches the tool itself
        os.chdir(ROOT)
        os.execv(BIN / steps[0][0], [str(BIN / steps[0][0]), *steps[0][1:], *rest])
    for step in steps:
        try:
            code = subprocess.call([str(BIN / step[0]), *step[1:], *rest], cwd=ROOT)
        except KeyboardInterrupt:  # the tool got it as well and has ended by itself
            return 130
        if code:
            return code
    return 0


def set_up() -> None:
    """Installs what the lock names; does nothing when it is installed already."""
    wanted = hashlib.sha256((ROOT / "uv.lock").read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted and (BIN / "pytest").exists():
        return
    print("Setting up (once, about half a minute) …", file=sys.stderr)
    uv = shutil.which("uv") or install_uv()
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(VENV)}
    command = [uv, "sync", "--frozen", "--compile-bytecode", "--extra", "dev", "--quiet", "--python", sys.executable]
    done = subprocess.run(command, cwd=ROOT, env=environment)
    if done.returncode:
        sys.exit(f"Installing failed (exit code {done.returncode}); is the package registry reachable?")
    STAMP.write_text(wanted)


def install_uv() -> str:
    """uv from the package registry, in a virtual environment of its own; works where `ensurepip` is missing."""
    place = TOOLS / ("Scripts" if os.name == "nt" else "bin")
    uv = place / "uv"
    if uv.exists():
        return str(uv)
    if subprocess.call([sys.executable, "-m", "venv", str(TOOLS)], stderr=subprocess.DEVNULL):
        shutil.rmtree(TOOLS, ignore_errors=True)
        subprocess.check_call([sys.executable, "-m", "venv", "--without-pip", str(TOOLS)])
        pip = [sys.executable, "-m", "pip", "--python", str(place / "python")]
    else:
        pip = [str(place / "python"), "-m", "pip"]
    subprocess.check_call([*pip, "install", "--quiet", "--disable-pip-version-check", "uv"])
    return str(uv)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
