"""The registers for tuning: people of `tests/bench/invented.py`, and how a second register has them."""

from random import Random

import numpy as np
import pandas as pd

from tests.bench import invented


def registers(
    language: str, questions: int, strangers: int, seed: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The holder's people, the asker's rows of the same people, strangers."""
    draw = Random(int(seed.integers(1 << 62)))  # noqa: S311 -- invented people
    names = invented.names(spanish=language == "spanish")
    people = [invented.person(draw, names) for _ in range(questions)]
    columns = ["given_names", "surnames", "birth_date"]
    held = pd.DataFrame([person.row() for person in people], columns=columns)
    asked = pd.DataFrame([invented.second(draw, person, names) for person in people], columns=columns)
    return held, asked, pd.DataFrame([invented.person(draw, names).row() for _ in range(strangers)], columns=columns)
