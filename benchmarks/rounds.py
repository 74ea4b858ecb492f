"""Interleaved rounds, A B A B …: a machine that slows down slows every side alike; ratios are taken per round."""

import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

Sample = Mapping[str, float]  # what one run of one side measured, by the name of the quantity


@dataclass(frozen=True, slots=True)
class Side:
    """One of the things compared; `run` measures it once."""

    name: str
    run: Callable[[], Awaitable[Sample]]


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and extremes of the rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Samples:
    """Every side's samples, one per round, in the order of the rounds."""

    taken: Mapping[str, Sequence[Sample]]

    def spread(self, side: str, quantity: str) -> Spread:
        """One side alone."""
        return Spread.of([sample[quantity] for sample in self.taken[side]])

    def ratio(self, quantity: str, over: str, under: str) -> Spread:
        """`over` ÷ `under`, divided within each round."""
        pairs = zip(self.taken[over], self.taken[under], strict=True)
        return Spread.of([ours[quantity] / theirs[quantity] for ours, theirs in pairs])

    def pooled(self, side: str, quantity: str) -> float:
        """The median over the rounds."""
        return self.spread(side, quantity).median


async def interleave(sides: Sequence[Side], rounds: int, slices: int = 1) -> Samples:
    """One warm-up round that is thrown away, then `rounds` that count.

    A round is `slices` turns of every side, averaged: short turns share what else the machine does more evenly.
    """
    taken: dict[str, list[Sample]] = {side.name: [] for side in sides}
    for number in range(rounds + 1):
        turns: dict[str, list[Sample]] = {side.name: [] for side in sides}
        for _ in range(slices):
            for side in sides:
                turns[side.name].append(await side.run())
        for name, samples in turns.items() if number else ():
            taken[name].append(_mean(samples))
    return Samples(taken)


def _mean(samples: Sequence[Sample]) -> Sample:
    return {quantity: statistics.fmean(one[quantity] for one in samples) for quantity in samples[0]}
