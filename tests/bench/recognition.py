"""What recognition costs, as a part of what the oblivious function costs for the identifiers that it finds.

    python -m tests.bench.recognition [--json] [--library PATH] [--rounds N]

The lines are those of `tests/vectors/recognition.json`: sentences, lists and bare values in four languages, one in eight without
any value. The unit is what both sides pay in the same round for all keys that were found. Figures are medians over the rounds.
Exits with 1 if recognition costs more than that: it comes before the asking, and must not be what one waits for.
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from crypto import oprf
from crypto.group import Scalar
from protocol.identifiers import Identifier
from protocol.names import NameKey, name_keys
from protocol.recognition import Candidate, PersonCandidate, read_line
from tests.bench.identifiers import microseconds, oblivious, options

VECTORS = Path(__file__).parents[1] / "vectors" / "recognition.json"
CEILING = 1.0
MILLION = 1_000_000


def measure(rounds: int) -> tuple[float, float]:
    """(microseconds a line, ratio to the function's cost of what the lines hold), medians."""
    rows: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["rows"]
    key = oprf.ServerKey.from_scalar(Scalar.random(os.urandom))
    found = [each for row in rows for each in read_line(row["line"], row["country"]).found]
    inputs = [key.oprf_input() for each in found for key in _keys(each.candidates[0])]

    def lines() -> None:
        for row in rows:
            read_line(row["line"], row["country"])

    costs, ratios = [], []
    for _ in range(rounds):
        cost = microseconds(lines)
        costs.append(cost / len(rows))
        ratios.append(cost / microseconds(lambda: oblivious(key, inputs)))
    return median(costs), median(ratios)


def _keys(candidate: Candidate | PersonCandidate) -> Sequence[Identifier | NameKey]:
    """What is asked of a candidate; nothing of a person who lacks a date."""
    if isinstance(candidate, Candidate):
        return candidate.identifiers
    return () if candidate.needs else name_keys(candidate.person)


def main() -> int:
    """Run the benchmark; return the exit code."""
    arguments = options("Cost of recognising identifiers in lines of text.", 11)
    cost, ratio = measure(arguments.rounds)
    shown = {"microseconds": round(cost, 1), "lines_a_second": round(1e6 / cost), "ratio": round(ratio, 3)}
    if arguments.json:
        sys.stdout.write(json.dumps({"rounds": arguments.rounds, "ceiling": CEILING, **shown}, indent=2) + "\n")
    else:
        sys.stdout.write(f"a line           {cost:>9.1f} µs {1e6 / cost:>9,.0f} a second; {ratio:.2f} of the function's cost\n")
        sys.stdout.write(f"a million lines  {cost * MILLION / 60e6:>9.1f} minutes of one core\n")
    if ratio > CEILING:
        sys.stderr.write("over the function's cost\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
