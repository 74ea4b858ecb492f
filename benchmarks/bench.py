"""What every measurement is given: how long, how often, and where it may write."""

from dataclasses import dataclass
from pathlib import Path

SLICES = 4  # turns of every side in a round of load


@dataclass(frozen=True, slots=True)
class Bench:
    """`folder` is private to one measurement and removed afterwards; `quick` is for trying out, never for the page."""

    rounds: int
    quick: bool
    folder: Path
    tools: Path  # other bots are installed here, and stay

    def seconds(self, usual: float) -> float:
        """How long one side runs in one round."""
        return usual / 4 if self.quick else usual

    def size(self, usual: int, quick: int) -> int:
        """How much data."""
        return quick if self.quick else usual
