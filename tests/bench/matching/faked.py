"""Invented people with names from Faker's locales, and a second register of them through gecko's mutators and regional rules.

For the score; it shares neither code nor lists with `census.py`. Where a locale gives no frequencies, they fall by rank.
"""

import importlib
from collections.abc import Callable

import numpy as np
import pandas as pd
from gecko import mutator

_LOCALES = {
    "spanish": {"es_CO": 0.4, "es_MX": 0.25, "es_AR": 0.15, "es_ES": 0.2},
    "portuguese": {"pt_BR": 0.8, "pt_PT": 0.2},
}
_PARTICLES = frozenset({"de", "la", "las", "los", "del", "da", "das", "do", "dos", "e", "y"})
_SOUNDS = (
    ("v", "b", ""), ("b", "v", ""), ("z", "s", ""), ("s", "z", ""), ("ce", "se", ""), ("ci", "si", ""), ("ll", "y", ""),
    ("y", "i", ""), ("i", "y", ""), ("ge", "je", ""), ("gi", "ji", ""), ("h", "", "^"), ("qu", "k", ""), ("ñ", "n", ""),
    ("ñ", "nn", ""), ("x", "j", ""), ("cc", "c", ""), ("ph", "f", ""), ("lh", "li", ""), ("nh", "ñ", ""), ("ç", "ss", ""),
    ("ss", "s", ""), ("rr", "r", ""), ("j", "y", "^"), ("w", "gu", "^"), ("k", "c", ""),
)  # fmt: skip
_LETTERS = "abcdefghijlmnoprstuvz"
_PLAIN = str.maketrans("áéíóúüñçãõâêôÁÉÍÓÚÑ", "aeiouuncaoaeoAEIOUN")


def registers(
    language: str, questions: int, strangers: int, seed: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The holder's people, the asker's rows of the same people, strangers."""
    held = _people(language, questions, seed)
    return held, _second(language, held, seed), _people(language, strangers, seed)


def _pool(locale: str, what: str) -> tuple[np.ndarray, np.ndarray]:
    names = getattr(importlib.import_module(f"faker.providers.person.{locale}").Provider, what)
    if isinstance(names, dict):
        weights = np.fromiter(names.values(), float)
    else:
        names = dict.fromkeys(names)
        weights = 1 / (np.arange(len(names)) + 10)
    return np.array(list(names)), weights / weights.sum()


def _people(language: str, number: int, seed: np.random.Generator) -> pd.DataFrame:
    parts = []
    for locale, share in _LOCALES[language].items():
        count = round(number * share)
        female = seed.random(count) < 0.5
        pools = [_pool(locale, f"first_names_{sex}") for sex in ("female", "male")]
        first, second = (np.where(female, *(seed.choice(pool, count, p=weights) for pool, weights in pools)) for _ in range(2))
        two = (seed.random(count) < 0.5) & (first != second)
        surnames, weights = _pool(locale, "last_names")
        father, mother = (_led(seed.choice(surnames, count, p=weights), language, seed) for _ in range(2))
        both = seed.random(count) < (0.93 if language == "spanish" else 0.7)
        days = (seed.beta(1.5, 3, count) * 70 * 365).astype(int) + 13 * 365
        parts.append(
            pd.DataFrame(
                {
                    "given_names": np.where(two, _joined(first, second), first),
                    "surnames": np.where(both, _joined(father, mother), father),
                    "birth_date": (np.datetime64("2025-03-01") - days).astype("datetime64[D]").astype(str),
                    "female": female,
                }
            )
        )
    everybody = pd.concat(parts, ignore_index=True)
    return everybody.sample(frac=1, random_state=seed).reset_index(drop=True)


def _joined(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.char.add(np.char.add(first.astype(str), " "), second.astype(str))


def _led(surnames: np.ndarray, language: str, seed: np.random.Generator) -> np.ndarray:
    chance, rare, common = seed.random(len(surnames)), *((0.01, 0.03) if language == "spanish" else (0.12, 0.25))
    long, short = ("de la ", "de ") if language == "spanish" else ("dos ", "da ")
    return np.where(chance < rare, np.char.add(long, surnames), np.where(chance < common, np.char.add(short, surnames), surnames))


def _second(language: str, people: pd.DataFrame, seed: np.random.Generator) -> pd.DataFrame:
    """The same people in another office's register."""
    names, weights = _pool(next(iter(_LOCALES[language])), "last_names")
    rows = []
    for row in people.itertuples(index=False):
        given, surnames = (
            _fewer_given(row.given_names.split(), seed),
            _fewer_surnames(_with_particles(row.surnames), language, seed),
        )
        if row.female and seed.random() < 0.05:
            husband = str(seed.choice(names, p=weights))
            surnames = [surnames[0], f"de {husband}"] if language == "spanish" else [*surnames, husband]
        if seed.random() < 0.3:
            surnames = [" ".join(word for word in name.split() if word not in _PARTICLES) for name in surnames]
        if seed.random() < 0.02:
            given, surnames = surnames, given
        rows.append((" ".join(given), " ".join(surnames), _other_date(row.birth_date, seed)))
    second = pd.DataFrame(rows, columns=["given_names", "surnames", "birth_date"])
    return _mutated(second, seed)


def _mutated(frame: pd.DataFrame, seed: np.random.Generator) -> pd.DataFrame:
    sounds = mutator.with_phonetic_replacement_table(pd.DataFrame(_SOUNDS), rng=seed)
    slips = [
        (0.02, slip)
        for slip in (
            mutator.with_insert(_LETTERS, rng=seed),
            mutator.with_delete(rng=seed),
            mutator.with_transpose(rng=seed),
            mutator.with_substitute(_LETTERS, rng=seed),
        )
    ]
    plain = mutator.with_function(_without_accents, rng=seed)
    for share, change in ((0.08, sounds), (None, slips), (0.4, plain), (0.25, mutator.with_uppercase(rng=seed))):
        columns = ("given_names", "surnames")
        frame = mutator.mutate_data_frame(frame, [(name, change if share is None else (share, change)) for name in columns])
    return frame


def _without_accents(text: str, rng: np.random.Generator | None = None) -> str:
    return text.translate(_PLAIN)


def _with_particles(surnames: str) -> list[str]:
    found: list[str] = []
    pending: list[str] = []
    for word in surnames.split():
        pending.append(word)
        if word not in _PARTICLES:
            found.append(" ".join(pending))
            pending = []
    return found or [surnames]


def _fewer_surnames(surnames: list[str], language: str, seed: np.random.Generator) -> list[str]:
    chance = seed.random()
    if len(surnames) > 1 and chance < 0.20:
        return surnames[:1] if language == "spanish" or seed.random() < 0.25 else surnames[1:]
    return surnames[::-1] if chance < 0.22 else surnames


def _fewer_given(given: list[str], seed: np.random.Generator) -> list[str]:
    if len(given) == 1:
        return given
    chance = seed.random()
    changes: tuple[tuple[float, Callable[[list[str]], list[str]]], ...] = (
        (0.18, lambda names: names[:1]),
        (0.25, lambda names: [names[0], names[1][0]]),
        (0.28, lambda names: names[1:]),
    )
    return next((change(given) for below, change in changes if chance < below), given)


def _other_date(date: str, seed: np.random.Generator) -> str:
    year, month, day = (int(part) for part in date.split("-"))
    chance = seed.random()
    if chance < 0.02 and day < 13:
        month, day = day, month
    elif chance < 0.03:
        year += int(seed.choice([-10, -1, 1, 10]))
    elif chance < 0.04:
        month = int(seed.integers(1, 13))
    elif chance < 0.05:
        day = int(seed.integers(1, 29))
    elif chance < 0.065:
        month, day = 1, 1
    elif chance < 0.072:
        day = 1
    elif chance < 0.095:
        return ""
    elif chance < 0.105:
        year, month, day = year + int(seed.integers(-6, 7)), int(seed.integers(1, 13)), int(seed.integers(1, 29))
    return f"{year}-{month:02}-{day:02}"
