"""What normalising costs, kind by kind, as a part of what the oblivious function costs for the same identifiers.

    python tests/bench/identifiers.py [--json] [--library PATH] [--rounds N]

The identifiers are those of the published vectors. The unit is what both sides pay for their inputs in the same round: blind and
finalize with the proof for the asker, evaluate with the proof for the holder. Figures are medians over the rounds. Exits with 1
if a kind costs more than a quarter of that.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any

from crypto import group, oprf
from crypto.errors import LibraryUnusable
from crypto.group import Scalar
from protocol.identifiers import Kind, RawIdentifier, normalise

VECTORS = Path(__file__).parents[1] / "vectors" / "identifiers.json"
CONTEXT = ("country", "subdivision", "platform", "bank")
CEILING = 0.25
LEAST = 64
"""Inputs a batch: what is paid once a batch, the proof, would weigh too much in a smaller one."""


def identifiers() -> dict[Kind, list[RawIdentifier]]:
    """The values of the vectors by kind, repeated until a batch is full."""
    rows: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["rows"]
    found: dict[Kind, list[RawIdentifier]] = {}
    for row in rows:
        kind = Kind(row["kind"])
        raw = RawIdentifier(kind, row["value"], **{name: row.get(name) for name in CONTEXT})
        found.setdefault(kind, []).append(raw)
    return {kind: raws * -(-LEAST // len(raws)) for kind, raws in found.items()}


def microseconds(work: Callable[[], object]) -> float:
    """Of one run."""
    start = perf_counter_ns()
    work()
    return (perf_counter_ns() - start) / 1000


def oblivious(key: oprf.ServerKey, inputs: Sequence[bytes]) -> None:
    """Both sides of one question."""
    factors = oprf.BlindingFactor.batch(len(inputs), os.urandom)
    blindings = [oprf.blind(data, factor) for data, factor in zip(inputs, factors, strict=True)]
    evaluation = key.evaluate([blinding.element for blinding in blindings], os.urandom)
    oprf.finalize(blindings, evaluation, key.public)


def measure(rounds: int) -> dict[Kind, tuple[float, float]]:
    """(microseconds to normalise one identifier, ratio to the function's cost of its keys), medians by kind."""
    key = oprf.ServerKey.from_scalar(Scalar.random(os.urandom))
    figures: dict[Kind, tuple[float, float]] = {}
    for kind, raws in identifiers().items():
        inputs = [identifier.oprf_input() for raw in raws for identifier in normalise(raw)]
        costs, ratios = [], []
        for _ in range(rounds):
            cost = microseconds(lambda raws=raws: list(map(normalise, raws)))  # type: ignore[misc]
            costs.append(cost / len(raws))
            ratios.append(cost / microseconds(lambda inputs=inputs: oblivious(key, inputs)))  # type: ignore[misc]
        figures[kind] = median(costs), median(ratios)
    return figures


def options(description: str, rounds: int) -> argparse.Namespace:
    """What the caller wants: `json`, and `rounds`, of which `rounds` is the default. The library is in use from here on."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--library", type=Path, help="absolute path of a libsodium; the one in rbcl by default")
    parser.add_argument("--rounds", type=int, default=rounds, help=f"rounds to take the median of (default {rounds})")
    chosen = parser.parse_args()
    if chosen.rounds < 1:
        parser.error("--rounds must be at least 1")
    try:
        group.use_library(chosen.library)
    except LibraryUnusable as error:
        parser.error(str(error))
    return chosen


def main() -> int:
    """Run the benchmark; return the exit code."""
    arguments = options("Cost of normalising identifiers, by kind.", 21)
    figures = measure(arguments.rounds)
    if arguments.json:
        rows = {
            kind.value: {"microseconds": round(cost, 2), "a_second": round(1e6 / cost), "ratio": round(ratio, 4)}
            for kind, (cost, ratio) in figures.items()
        }
        sys.stdout.write(json.dumps({"rounds": arguments.rounds, "ceiling": CEILING, "kinds": rows}, indent=2) + "\n")
    else:
        sys.stdout.write(f"{'kind':<18}{'µs':>8}{'a second':>11}{'ratio':>8}\n")
        for kind, (cost, ratio) in figures.items():
            sys.stdout.write(f"{kind.value:<18}{cost:>8.1f}{1e6 / cost:>11,.0f}{ratio:>8.3f}\n")
    exceeded = [kind.value for kind, (_, ratio) in figures.items() if ratio > CEILING]
    if exceeded:
        sys.stderr.write(f"over a quarter of the function's cost: {', '.join(exceeded)}\n")
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main())
