"""Socket Mode with 50 listeners and 64 envelopes in flight, beside slack-machine and Bolt for Python and JavaScript."""

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack

from benchmarks import documents, rivals, seeds, signing
from benchmarks.bench import SLICES, Bench
from benchmarks.briefs import AT_ONCE
from benchmarks.link import Link, SocketSlack
from benchmarks.outcome import Goal, Outcome, Row, at_least, compared
from benchmarks.processes import Child, module
from benchmarks.rounds import Sample, Samples, Side, interleave
from benchmarks.servers import starting

PEOPLE = 40
LISTENERS = "50"
WHY = (
    "Ours asks who is asking, limits the time and runs through Bolt's middleware before its dictionary; slack-machine "
    "does none of that."
)
_GOALS: dict[str, Goal | None] = {"slack-machine": at_least(1.2), "Bolt for JavaScript": at_least(3), "Bolt": None}


async def measure(bench: Bench) -> Outcome:
    """All bots are connected to one Slack of ours, each with a WebSocket of its own."""
    count, seconds = bench.size(300, 60), bench.seconds(0.5)
    database = f"sqlite:///{bench.folder}/dossier.sqlite3"
    await seeds.imported(database, bench.folder, count)
    names = [documents.name(number) for number in range(count)]
    briefs = _payloads("/brief", names)
    absent: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(SocketSlack())
        extra = starting.settings(slack.api, bench.folder, database)
        del extra["SLACK_SIGNING_SECRET"]
        ours = await _joined(
            bench, stack, slack, module("benchmarks.servers.ours", "--listeners", LISTENERS), extra, "xapp-ours"
        )
        sides = [
            _side("ours, a full /brief", ours, briefs, seconds, '"header"'),
            _side("ours, “hi”", ours, _payloads("/padding-0", [""] * PEOPLE), seconds, '"hi"'),
        ]
        for title, command, more in await _others(bench, absent):
            variables = {"SLACK_API_URL": slack.api, "SLACK_BOT_TOKEN": starting.BOT_TOKEN, "BENCH_COMMANDS": LISTENERS}
            link = await _joined(bench, stack, slack, command, variables | more, f"xapp-{len(sides)}")
            sides.append(_side(title, link, briefs, seconds, '"hi"'))
        samples = await interleave(sides, bench.rounds, SLICES)
        nothing = module("benchmarks.servers.ceiling", "--socket")
        idle = await _joined(bench, stack, slack, nothing, {"SLACK_API_URL": slack.api}, "xapp-nothing")
        top = await idle.drive(briefs, AT_ONCE, seconds, '"hi"')
    return Outcome("socket", tuple(_rows(samples, absent)), _notes(count, top.rate))


async def _joined(
    bench: Bench, stack: AsyncExitStack, slack: SocketSlack, command: list[str], extra: dict[str, str], token: str
) -> Link:
    log = bench.folder / f"{token}.log"
    child = await stack.enter_async_context(Child(command, extra | {"SLACK_APP_TOKEN": token}, log=log))
    await child.ready()
    link = slack.link(token)
    async with asyncio.timeout(10):
        await link.connected.wait()
    return link


async def _others(bench: Bench, absent: dict[str, str]) -> list[tuple[str, list[str], dict[str, str]]]:
    """What can be run here: title, command line, variables."""
    found = [("Bolt", [sys.executable, "-m", "benchmarks.servers.bare", "--socket", "--listeners", LISTENERS],
              dict[str, str]())]  # fmt: skip
    try:
        python = await asyncio.to_thread(rivals.slack_machine, bench.tools)
        found.append(("slack-machine", [str(python), "-m", "benchmarks.servers.machine_bot"], {}))
    except rivals.NotInstalled as problem:
        absent["slack-machine"] = str(problem)
    try:
        node, home = await asyncio.to_thread(rivals.bolt_js, bench.tools)
        found.append(("Bolt for JavaScript", [node, "benchmarks/servers/bolt.cjs"], {"BOLT_HOME": str(home)}))
    except rivals.NotInstalled as problem:
        absent["Bolt for JavaScript"] = str(problem)
    return found


def _payloads(command: str, texts: Sequence[str]) -> list[str]:
    return [
        json.dumps(signing.fields(command, text, signing.user(number % PEOPLE))) for number, text in enumerate(texts)
    ]


def _side(title: str, link: Link, payloads: Sequence[str], seconds: float, expect: str) -> Side:
    async def run() -> Sample:
        return (await link.drive(payloads, AT_ONCE, seconds, expect)).sample()

    return Side(title, run)


def _rows(samples: Samples, absent: dict[str, str]) -> list[Row]:
    rows = []
    for title, goal in _GOALS.items():
        if title in absent:
            rows.append(Row.absent(f"“hi” ÷ “hi” of {title}", goal, absent[title]))
            continue
        rows.append(
            compared(f"“hi” ÷ “hi” of {title}", samples, "rate", ("ours, “hi”", title), goal, unit="/s", why=WHY)
        )
        brief = ("ours, a full /brief", title)
        rows.append(compared(f"a full /brief ÷ “hi” of {title}", samples, "rate", brief, unit="/s"))
    return rows


def _notes(count: int, top: float) -> tuple[str, ...]:
    return (
        f"The load reaches {top:,.0f} acknowledgements/s with a client that does nothing.",
        f"Everybody has {LISTENERS} listeners and answers in the acknowledgement. Like for like is “hi” beside “hi”: "
        f"ours still asks who is asking. The full brief is read from SQLite ({count} customers) and is about 5 KB.",
        f"slack-machine {rivals.SLACK_MACHINE}: commands of one plugin that yield their answer, beside its default "
        f'plugins. Bolt for JavaScript {rivals.BOLT_JS} on Node and Bolt for Python: `ack("hi")` of the listener '
        "registered last, own `authorize`.",
    )
