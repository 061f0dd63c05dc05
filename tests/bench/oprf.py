"""What one element costs, in microseconds and as a multiple of one bare scalar multiplication.

    python tests/bench/oprf.py [--json] [--library PATH] [--rounds N]

The unit is a loop of `crypto_scalarmult_ristretto255` by bare ctypes on ready buffers, in the same library and the same
round: it says what the machine can do, so that the ratios compare between machines. Figures are medians over the rounds
of a batch of 64. Exits with 1 if a ratio exceeds its ceiling.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from ctypes import CDLL, c_char_p, create_string_buffer
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from unittest.mock import patch

from crypto import dleq, group, oprf
from crypto.errors import LibraryUnusable
from crypto.group import Scalar

BATCH = 64
# The highest ratio that is acceptable; None where none is set.
CEILINGS: dict[str, float | None] = {
    "bare multiplication": None,
    "blinding pair": None,
    "blind": 1.5,
    "evaluate": 1.1,
    "prove": 1.6,
    "verify": 2.9,
    "finalize": 1.2,
    "own index item": 1.5,
}


def load(path: Path | None) -> CDLL:
    """Choose the library and return the very one that now serves."""
    loaded: list[CDLL] = []

    def open_and_remember(name: str) -> CDLL:
        loaded.append(CDLL(name))
        return loaded[-1]

    with patch.object(group, "CDLL", open_and_remember):
        group.use_library(path)
    return loaded[-1]


def per_element(work: Callable[[], object]) -> float:
    """Microseconds per element of one run over the batch."""
    start = perf_counter_ns()
    work()
    return (perf_counter_ns() - start) / 1000 / BATCH


def measure(library: CDLL, rounds: int) -> dict[str, float]:
    """Medians in microseconds per element, by operation."""
    multiply = library.crypto_scalarmult_ristretto255
    multiply.argtypes = (c_char_p, c_char_p, c_char_p)
    result = create_string_buffer(32)
    secret = Scalar.random(os.urandom)
    scalar, point = secret.reveal(), bytes(secret.to_public())

    key = oprf.ServerKey.from_scalar(secret)
    public = key.public.element
    inputs = [b"an input of common length %02d" % number for number in range(BATCH)]
    factors = oprf.BlindingFactor.batch(BATCH, os.urandom)
    blindings = [oprf.blind(data, factor) for data, factor in zip(inputs, factors, strict=True)]
    blinded = [blinding.element for blinding in blindings]
    evaluation = key.evaluate(blinded, os.urandom)
    elements = [item.element for item in blinded]
    products = [item.element for item in evaluation.elements]
    context = oprf._CONTEXT

    def bare() -> None:
        for _ in range(BATCH):
            multiply(result, scalar, point)

    def prove() -> None:
        dleq.generate(secret, public, elements, products, context=context, random=os.urandom)

    def verify() -> None:
        dleq.verify(public, elements, products, evaluation.proof, context=context)

    samples: dict[str, list[float]] = {name: [] for name in CEILINGS}
    for _ in range(rounds):
        samples["bare multiplication"].append(per_element(bare))
        samples["blinding pair"].append(per_element(lambda: oprf.BlindingFactor.batch(BATCH, os.urandom)))
        samples["blind"].append(per_element(lambda: list(map(oprf.blind, inputs, factors))))
        proving = per_element(prove)
        samples["prove"].append(proving)
        samples["evaluate"].append(per_element(lambda: key.evaluate(blinded, os.urandom)) - proving)
        verifying = per_element(verify)
        samples["verify"].append(verifying)
        whole = per_element(lambda: oprf.finalize(blindings, evaluation, key.public))
        samples["finalize"].append(whole - verifying)
        samples["own index item"].append(per_element(lambda: list(map(key.evaluate_input, inputs))))
    return {name: median(values) for name, values in samples.items()}


def main() -> int:
    """Run the benchmark; return the exit code."""
    parser = argparse.ArgumentParser(description="Cost of the oblivious pseudorandom function per element.")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--library", type=Path, help="absolute path of a libsodium; the one in rbcl by default")
    parser.add_argument("--rounds", type=int, default=51, help="rounds to take the median of (default 51)")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    try:
        library = load(arguments.library)
    except LibraryUnusable as error:
        parser.error(str(error))
    cost = measure(library, arguments.rounds)
    unit = cost["bare multiplication"]
    ratios = {name: microseconds / unit for name, microseconds in cost.items()}
    exceeded = [name for name, ceiling in CEILINGS.items() if ceiling is not None and ratios[name] > ceiling]
    if arguments.json:
        rows = {
            name: {"microseconds": round(cost[name], 2), "ratio": round(ratios[name], 3), "ceiling": ceiling}
            for name, ceiling in CEILINGS.items()
        }
        sys.stdout.write(json.dumps({"batch": BATCH, "rounds": arguments.rounds, "operations": rows}, indent=2) + "\n")
    else:
        sys.stdout.write(f"{'operation':<22}{'µs':>9}{'ratio':>8}{'ceiling':>9}\n")
        for name, ceiling in CEILINGS.items():
            shown = "" if ceiling is None else f"{ceiling:.2f}"
            sys.stdout.write(f"{name:<22}{cost[name]:>9.1f}{ratios[name]:>8.2f}{shown:>9}\n")
    if exceeded:
        sys.stderr.write(f"over the ceiling: {', '.join(exceeded)}\n")
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main())
