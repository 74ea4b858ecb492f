"""`/brief` asked of a server as one side of a comparison."""

from collections.abc import Sequence

from benchmarks import signing
from benchmarks.load import drive
from benchmarks.processes import Child
from benchmarks.rounds import Sample, Side

AT_ONCE = 64
FULL = b'"header"'  # in every real brief, and in no refusal
HI = b"hi"


def side(
    title: str, server: Child, names: Sequence[str], seconds: float, *, at_once: int = AT_ONCE, expect: bytes = FULL
) -> Side:
    """Load for `seconds` on each run; customer and person vary, and every answer must contain `expect`.

    A run goes on where the one before stopped: a short one would else ask for the same few customers again and again.
    """
    asked = 0

    async def run() -> Sample:
        nonlocal asked
        requests = signing.asking("/brief", names)  # signed anew: a signature is good for five minutes
        start = asked % len(requests)
        taken = await drive(server.told["port"], requests[start:] + requests[:start], at_once, seconds, expect)
        asked += len(taken.latencies)
        return taken.sample()

    return Side(title, run)
