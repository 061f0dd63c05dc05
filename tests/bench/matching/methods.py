"""What is compared: name keys, an exact hash, Bloom filters, and a classifier that sees everything in clear."""

import io
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pandas as pd
from anonlink.similarities import dice_coefficient_accelerated
from clkhash import clk
from clkhash.schema import Schema, from_json_dict
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist
from sklearn.ensemble import HistGradientBoostingClassifier

from protocol.names import Person
from protocol.names.measuring import compare
from protocol.names.sounds import sound
from tests.bench.matching.registers import Registers, people
from tests.bench.matching.scores import Scored


def name_keys(data: Registers) -> tuple[Scored, float]:
    """The product itself; and the OPRF inputs that one person costs."""
    answer = compare(list(people(data.asked)), people(data.held))
    pairs = answer.pairs
    scored = Scored(
        np.array([pair.asked for pair in pairs]),
        np.array([pair.held for pair in pairs]),
        np.array([pair.odds for pair in pairs]),
    )
    return scored, answer.keys / answer.questions


def exact_hash(data: Registers) -> Scored:
    """Equal names and dates, after accents, case, particles and punctuation are gone."""
    rows = defaultdict(list)
    for number, person in enumerate(people(data.held)):
        rows[(person.given, person.surnames, person.born)].append(number)
    asked, held = [], []
    for number, person in enumerate(people(data.asked)):
        for row in rows[(person.given, person.surnames, person.born)]:
            asked.append(number)
            held.append(row)
    return Scored(np.array(asked), np.array(held), np.ones(len(asked)))


# ---- Bloom filters ----------------------------------------------------------------------------------------------------

Weights = tuple[int, int, int]
DOCUMENTED: Weights = (200, 200, 200)
"""Bits for each feature: what clkhash's tutorial gives all of its features."""
TRIED: tuple[Weights, ...] = (
    DOCUMENTED, (100, 100, 200), (100, 100, 250), (100, 100, 300), (100, 100, 400), (80, 80, 300), (60, 60, 300), (60, 60, 400),
    (150, 150, 300), (100, 120, 300), (120, 100, 300), (40, 40, 300),
)  # fmt: skip
_LOWEST_SIMILARITY = 0.65
_CHUNK = 20000


def bloom(data: Registers, weights: Weights) -> Scored:
    """Cryptographic long-term keys of 1024 bits, compared by Dice's coefficient; of each person the twenty best of a chunk."""
    schema = _schema(weights)
    asked, held = _encoded(data.asked, schema), _encoded(data.held, schema)
    parts = []
    for start in range(0, len(held), _CHUNK):
        similarity, (left, right) = dice_coefficient_accelerated([asked, held[start : start + _CHUNK]], _LOWEST_SIMILARITY, k=20)
        parts.append((np.array(left), np.array(right) + start, np.array(similarity)))
    return Scored(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _schema(weights: Weights) -> Schema:
    names = ("given_names", "surnames", "birth_date")
    features = [
        {
            "identifier": name,
            "format": {"type": "string", "encoding": "utf-8"},
            "hashing": {
                "comparison": {"type": "ngram", "n": 1 if name == "birth_date" else 2, "positional": name == "birth_date"},
                "strategy": {"bitsPerFeature": bits},
                "hash": {"type": "doubleHash"},
                "missingValue": {"sentinel": ""},
            },
        }
        for name, bits in zip(names, weights, strict=True)
    ]
    derivation = {"type": "HKDF", "hash": "SHA256", "info": "", "salt": "", "keySize": 64}
    return from_json_dict({"version": 3, "clkConfig": {"l": 1024, "kdf": derivation}, "features": features})


def _encoded(frame: pd.DataFrame, schema: Schema) -> list[object]:
    clean = pd.DataFrame(_clear(frame))
    text = io.StringIO(clean.to_csv(index=False))
    return list(clk.generate_clk_from_csv(text, "a secret of the two", schema, progress_bar=False))


# ---- unprotected ------------------------------------------------------------------------------------------------------


def unprotected(data: Registers, trained_on: Registers) -> Scored:
    """Gradient boosting over Jaro-Winkler similarities and the digits of the dates, of every pair that shares a block."""
    asked, held = _blocked_pairs(trained_on)
    classifier = HistGradientBoostingClassifier(max_iter=250, learning_rate=0.08, min_samples_leaf=40, random_state=1)
    classifier.fit(_features(trained_on, asked, held), trained_on.truth[asked] == held)
    asked, held = _blocked_pairs(data)
    return Scored(asked, held, classifier.predict_proba(_features(data, asked, held))[:, 1])


_MOST_IN_A_BLOCK = 400


def _blocked_pairs(data: Registers) -> tuple[np.ndarray, np.ndarray]:
    rows = defaultdict(list)
    wanted = defaultdict(list)
    for number, person in enumerate(people(data.asked)):
        for block in _blocks(person, data.asked["birth_date"].iat[number]):
            wanted[block].append(number)
    dates = data.held["birth_date"].to_numpy()
    for number, person in enumerate(people(data.held)):
        for block in _blocks(person, dates[number]):
            if block in wanted:
                rows[block].append(number)
    pairs = {
        (asking, row)
        for block, found in rows.items()
        if len(found) <= _MOST_IN_A_BLOCK
        for row in found
        for asking in wanted[block]
    }
    both = np.array(sorted(pairs))
    return both[:, 0], both[:, 1]


def _blocks(person: Person, date: str) -> Iterator[tuple[str, ...]]:
    digits = date.replace("-", "")
    sounds = sorted({sound(word) for word in person.given + person.surnames})
    if digits:
        yield ("date", digits)
        for code in sounds:
            yield ("year", code, digits[:4])
            yield ("day", code, digits[4:])
            yield ("century and exchanged day", code, digits[:2] + digits[6:] + digits[4:6])
    for place, code in enumerate(sounds):
        for other in sounds[place + 1 :]:
            yield ("names", code, other)


def _clear(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    everybody = list(people(frame))
    return {
        "given_names": np.array([" ".join(person.given) for person in everybody]),
        "surnames": np.array([" ".join(person.surnames) for person in everybody]),
        "birth_date": frame["birth_date"].str.replace("-", "").to_numpy().astype(str),
    }


def _features(data: Registers, asked: np.ndarray, held: np.ndarray) -> np.ndarray:
    left, right = _clear(data.asked), _clear(data.held)

    def similar(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return cpdist(one[asked].tolist(), other[held].tolist(), scorer=JaroWinkler.similarity, dtype=np.float32)

    def first(column: np.ndarray) -> np.ndarray:
        return np.array([text.split(" ")[0] for text in column])

    def last(column: np.ndarray) -> np.ndarray:
        return np.array([text.split(" ")[-1] for text in column])

    given, surnames = (left["given_names"], right["given_names"]), (left["surnames"], right["surnames"])
    columns = [
        similar(*given),
        similar(*surnames),
        similar(*map(first, given)),
        similar(*map(first, surnames)),
        similar(*map(last, surnames)),
        np.maximum(similar(first(surnames[0]), last(surnames[1])), similar(last(surnames[0]), first(surnames[1]))),
        similar(given[0], surnames[1]),
        similar(surnames[0], given[1]),
    ]
    for one, other in (given, surnames):
        columns += [(one == "")[asked] + 2 * (other == "")[held]]
        columns += [np.char.count(column, " ")[rows] for column, rows in ((one, asked), (other, held))]
    dates = [
        np.array([list(date.ljust(8, filling)[:8]) for date in side["birth_date"]])[rows]
        for side, rows, filling in ((left, asked, "!"), (right, held, "?"))
    ]
    equal = dates[0] == dates[1]
    columns += [equal.sum(1), equal[:, :4].sum(1), equal[:, 4:6].sum(1), equal[:, 6:].sum(1)]
    columns += [(dates[0][:, [0, 1, 2, 3, 6, 7, 4, 5]] == dates[1]).all(1)]
    columns += [(dates[0][:, 0] == "!") | (dates[1][:, 0] == "?")]
    return np.stack([np.asarray(column, np.float32) for column in columns], axis=1)
