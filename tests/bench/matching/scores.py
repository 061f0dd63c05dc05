"""One-to-one precision, recall and F1 of scored pairs, with bootstrap intervals over the questions."""

from dataclasses import dataclass

import numpy as np

RESAMPLES = 400


@dataclass(frozen=True)
class Scored:
    """Pairs of one method: row of `asked`, row of `held`, score; the higher the likelier."""

    asked: np.ndarray
    held: np.ndarray
    score: np.ndarray

    def one_to_one(self) -> "Scored":
        """The likeliest pairs in which nobody stands twice."""
        taken_asked: set[int] = set()
        taken_held: set[int] = set()
        kept = []
        for place in np.lexsort((self.held, self.asked, -self.score)):
            asked, held = int(self.asked[place]), int(self.held[place])
            if asked not in taken_asked and held not in taken_held:
                taken_asked.add(asked)
                taken_held.add(held)
                kept.append(place)
        return Scored(self.asked[kept], self.held[kept], self.score[kept])


@dataclass(frozen=True)
class Score:
    """At one threshold; `f1_interval` is the 95 % bootstrap interval."""

    precision: float
    recall: float
    f1: float
    f1_interval: tuple[float, float]
    recall_at_99: float
    recall_at_99_interval: tuple[float, float]
    false_hits: float
    threshold: float


def score(scored: Scored, truth: np.ndarray, threshold: float | None, seed: int = 7) -> Score:
    """At `threshold`; None stands for the one with the best F1 on these very data: a favour to what is compared with."""
    best = scored.one_to_one()
    right = truth[best.asked] == best.held
    if threshold is None:
        threshold = _best_threshold(best.score, right, len(truth))
    shown = best.score >= threshold
    draw = np.random.default_rng(seed)
    f1s, recalls = [], []
    for _ in range(RESAMPLES):
        times = np.bincount(draw.integers(0, len(truth), len(truth)), minlength=len(truth))[best.asked]
        f1s.append(_f1(right[shown] @ times[shown], times[shown].sum(), len(truth)))
        recalls.append(_recall_at(best.score, right, times, len(truth)))
    found, given = right[shown].sum(), shown.sum()
    wrong = (scored.score >= threshold) & (truth[scored.asked] != scored.held)
    return Score(
        precision=found / max(given, 1),
        recall=found / len(truth),
        f1=_f1(found, given, len(truth)),
        f1_interval=_interval(f1s),
        recall_at_99=_recall_at(best.score, right, np.ones(len(right)), len(truth)),
        recall_at_99_interval=_interval(recalls),
        false_hits=wrong.sum() / len(truth),
        threshold=threshold,
    )


def _f1(found: float, shown: float, questions: int) -> float:
    return float(2 * found / max(shown + questions, 1))


def _interval(values: list[float]) -> tuple[float, float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _ends(scores: np.ndarray) -> np.ndarray:
    """Where a threshold can lie: pairs of the same score are shown together or not at all."""
    return np.append(scores[1:] != scores[:-1], True)


def _best_threshold(scores: np.ndarray, right: np.ndarray, questions: int) -> float:
    shown = np.arange(1, len(scores) + 1)
    f1 = np.where(_ends(scores), 2 * np.cumsum(right) / (shown + questions), 0)
    return float(scores[np.argmax(f1)])


def _recall_at(scores: np.ndarray, right: np.ndarray, times: np.ndarray, questions: int, precision: float = 0.99) -> float:
    found, shown = np.cumsum(right * times), np.cumsum(times)
    good = _ends(scores) & (found >= precision * shown)
    return float((found[good] / questions).max()) if good.any() else 0.0
