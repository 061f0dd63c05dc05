"""What normalising costs, kind by kind, as a part of what the oblivious function costs for the same identifiers.

    python tests/bench/identifiers.py [--json] [--library PATH] [--rounds N]

The identifiers and people are those of the published vectors. The unit is what both sides pay for their inputs in the same
round: blind and finalize with the proof for the asker, evaluate with the proof for the holder. Figures are medians over the
rounds. Exits with 1 if a kind costs more than a quarter of that.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any

from crypto import group, oprf
from crypto.errors import LibraryUnusable
from crypto.group import Scalar
from protocol.identifiers import Kind, RawIdentifier, normalise
from protocol.names import NAME_KIND, NameKey, name_keys, read_birth_date, read_person
from protocol.names.sounds import pronounced, sound

VECTORS = Path(__file__).parents[1] / "vectors"
CONTEXT = ("country", "subdivision", "platform", "bank")
CEILING = 0.25
LEAST = 64
"""Inputs a batch: what is paid once a batch, the proof, would weigh too much in a smaller one."""


@dataclass(frozen=True)
class Batch:
    """Values of one kind as somebody wrote them: `work` makes the keys of all of them, which are `inputs`."""

    kind: str
    size: int
    work: Callable[[], object]
    inputs: Sequence[bytes]


def batches() -> Iterator[Batch]:
    """The values of the vectors by kind, repeated until a batch is full; people come last."""
    found: dict[Kind, list[RawIdentifier]] = {}
    for row in rows("identifiers.json", "rows"):
        kind = Kind(row["kind"])
        raw = RawIdentifier(kind, row["value"], **{name: row.get(name) for name in CONTEXT})
        found.setdefault(kind, []).append(raw)
    for kind, raws in found.items():
        full = raws * -(-LEAST // len(raws))
        inputs = [identifier.oprf_input() for raw in full for identifier in normalise(raw)]
        yield Batch(kind.value, len(full), partial(each, normalise, full), inputs)
    people = [row for row in rows("names.json", "people") if "keys" in row]
    yield Batch(NAME_KIND, len(people), partial(unheard, people), [key.oprf_input() for row in people for key in keys_of(row)])


def rows(file: str, member: str) -> list[dict[str, Any]]:
    """One list of a file of vectors."""
    found: list[dict[str, Any]] = json.loads((VECTORS / file).read_text(encoding="utf-8"))[member]
    return found


def keys_of(row: Mapping[str, str]) -> tuple[NameKey, ...]:
    """The keys of a person of the vectors."""
    return name_keys(read_person(row["given_names"], row["surnames"], read_birth_date(row["birth_date"])))


def unheard(people: Iterable[Mapping[str, str]]) -> None:
    """The keys of people none of whose words was met before: a register's words are, mostly, and cost less."""
    pronounced.cache_clear()
    sound.cache_clear()
    each(keys_of, people)


def each(work: Callable[[Any], object], values: Iterable[object]) -> None:
    """`work` on one value after the other."""
    for value in values:
        work(value)


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


def measure(rounds: int) -> dict[str, tuple[float, float]]:
    """(microseconds to make the keys of one value, ratio to the function's cost of these keys), medians by kind."""
    key = oprf.ServerKey.from_scalar(Scalar.random(os.urandom))
    figures: dict[str, tuple[float, float]] = {}
    for batch in batches():
        costs, ratios = [], []
        for _ in range(rounds):
            cost = microseconds(batch.work)
            costs.append(cost / batch.size)
            ratios.append(cost / microseconds(partial(oblivious, key, batch.inputs)))
        figures[batch.kind] = median(costs), median(ratios)
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
            kind: {"microseconds": round(cost, 2), "a_second": round(1e6 / cost), "ratio": round(ratio, 4)}
            for kind, (cost, ratio) in figures.items()
        }
        sys.stdout.write(json.dumps({"rounds": arguments.rounds, "ceiling": CEILING, "kinds": rows}, indent=2) + "\n")
    else:
        sys.stdout.write(f"{'kind':<18}{'µs':>8}{'a second':>11}{'ratio':>8}\n")
        for kind, (cost, ratio) in figures.items():
            sys.stdout.write(f"{kind:<18}{cost:>8.1f}{1e6 / cost:>11,.0f}{ratio:>8.3f}\n")
    exceeded = [kind for kind, (_, ratio) in figures.items() if ratio > CEILING]
    if exceeded:
        sys.stderr.write(f"over a quarter of the function's cost: {', '.join(exceeded)}\n")
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main())
