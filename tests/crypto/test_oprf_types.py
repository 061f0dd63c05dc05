"""The steps of the protocol fit together in one order only, and the type checker says so."""

from pathlib import Path

import pytest
from mypy import api

import crypto

PRELUDE = """
from crypto.oprf import Blinding, BlindingFactor, Evaluation, PublicKey, ServerKey, blind, finalize

def exchange(key: ServerKey, factor: BlindingFactor, random: bytes) -> None:
    blinding = blind(b"input", factor)
    evaluation = key.evaluate([blinding.element], lambda size: random)
    {step}
"""

RIGHT = "finalize([blinding], evaluation, key.public)"
WRONG = [
    "finalize([blinding.element], evaluation, key.public)",
    "finalize([blinding], evaluation.elements, key.public)",
    "finalize([blinding], evaluation, key)",
    "finalize([blinding], evaluation, blinding.element)",
    "key.evaluate([blinding], lambda size: random)",
    "key.evaluate(evaluation.elements, lambda size: random)",
    "key.evaluate([b'input'], lambda size: random)",
    "blind(b'input', b'factor')",
    "Evaluation((blinding.element,), evaluation.proof)",
]


def complaints(steps: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Check one module per step; return the positions of those that the type checker refuses."""
    for position, step in enumerate(steps):
        (folder / f"step_{position}.py").write_text(PRELUDE.format(step=step))
    monkeypatch.setenv("MYPYPATH", str(Path(crypto.__path__[0]).parent))
    monkeypatch.chdir(folder)
    options = ["--strict", "--config-file=", "--follow-imports=silent", "--cache-dir", str(folder / "cache")]
    output, errors, _ = api.run([*options, "."])
    assert not errors
    return [position for position in range(len(steps)) if f"step_{position}.py:" in output]


def test_every_step_out_of_order_is_refused_by_the_type_checker_and_the_right_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert complaints([RIGHT, *WRONG], tmp_path, monkeypatch) == list(range(1, len(WRONG) + 1))
