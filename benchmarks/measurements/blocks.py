"""Building a brief's blocks: in our words, as the literal they stand for, and with the SDK's models."""

from datetime import timedelta
from time import perf_counter

from benchmarks import documents, seeds
from benchmarks.bench import Bench
from benchmarks.dialects import Build, Dialects
from benchmarks.outcome import Outcome, at_most, compared
from benchmarks.rounds import Sample, Side, interleave
from commands.brief import render
from customers import health, weeks
from customers.documents import parse
from customers.model import Week
from customers.records import Card, Record

WHY = "Every text is a call of a function that looks at its length."


async def measure(bench: Bench) -> Outcome:
    """The same message three ways, and the brief's own rendering with its dates and sentences."""
    card = _card()
    message = render(card)
    blocks = message.blocks + message.more
    made = Dialects(blocks)
    for build in (made.literal, made.words):
        if build(*made.texts) != blocks:
            raise AssertionError("two dialects build different messages")
    if len(made.models(*made.texts)) != len(blocks):
        raise AssertionError("the models build another message")
    times = bench.size(4_000, 400)
    samples = await interleave(
        [
            Side("words", Timed(made.words, made.texts, times)),
            Side("literal", Timed(made.literal, made.texts, times)),
            Side("models", Timed(made.models, made.texts, max(20, times // 40))),
            Side("render", Timed(lambda *_: list(render(card).blocks), made.texts, times)),
        ],
        bench.rounds,
    )
    rows = (
        compared(
            "commands.blocks ÷ the literal", samples, "us", ("words", "literal"), at_most(1.5), unit="µs", why=WHY
        ),
        compared("slack_sdk.models ÷ the literal", samples, "us", ("models", "literal"), unit="µs"),
        compared("the whole rendering of a brief ÷ the literal", samples, "us", ("render", "literal"), unit="µs"),
    )
    note = (
        f"The brief of a customer with five issues and ten history entries: {len(blocks)} blocks with "
        f"{len(made.texts)} texts. Our words also cut each text to Slack's limit; the "
        "literal and the models do not. The last line includes dates, sentences and choosing what is shown."
    )
    return Outcome("blocks", rows, (note,))


class Timed:
    """Microseconds of one call."""

    def __init__(self, build: Build, texts: list[str], times: int) -> None:
        self._build = build
        self._texts = texts
        self._times = times

    async def __call__(self) -> Sample:
        build, texts = self._build, self._texts
        began = perf_counter()
        for _ in range(self._times):
            build(*texts)
        return {"us": (perf_counter() - began) / self._times * 1e6}


def _card() -> Card:
    now = seeds.now()
    profile = parse(documents.customer(3), "bench").customers[0]
    last = weeks.monday(now.date()) - timedelta(weeks=1)
    recent = tuple(Week(last - timedelta(weeks=back), 120 - back, 200) for back in range(13))
    record = Record(3, profile, recent, last, now, now, None, None, None, None, (), 1)
    judged = health.of(profile, recent, last, now.date(), health.Thresholds())
    return Card(record, judged, now, now.date())
