"""Runs of digits and capitals, and how they fall apart into values: "300 123 45 67" is one, "3001234567 3109876543" are two."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from protocol.identifiers import Doubt, Kind
from protocol.recognition.candidates import Candidate, Clue, Confidence
from protocol.recognition.words import FILLERS, JOINERS, SETS_ASIDE, folded, named

_PIECE = re.compile(r"[^\W_&]+")
_GLUED = re.compile(r"([^\W\d_]{2,})(\d\w*)")
_WEAK = re.compile(r" ?|[.\-/·']|\. ?|\) ?-?| ?\(|-\(|[.\-]{2}| ?[\-–] ?(?=\d)", re.ASCII)
"""What people put between the parts of one number."""
_OPENING = re.compile(r"(?:\+\s?\(?|\(\+?)$")

_LAST_WORD = re.compile(r"([^\W\d_]+)[\s:.º°#]*$")
_NEAR = 30
_WITH_LETTERS = frozenset({Kind.VEHICLE_PLATE, Kind.PASSPORT, Kind.CONTAINER})
"""Kinds whose letters count as such when written small after their name: "placa abc 123"."""

LONGEST_RUN = 24
"""Pieces that are tried together; a longer run is cut, so that a line of numbers costs what its length is."""
_WIDEST = 7
"""Pieces of one value: no document and no telephone number is written in more."""
_SHORTEST, _LONGEST = 4, 40
"""Letters and digits of one value."""
_LONGEST_LETTERS = 4
_ALONE = 12
"""Characters of a line that holds one plate and nothing else: capitals are then no word of a shouted sentence."""

Weigh = Callable[[int, int], tuple[Candidate, ...]]
"""(start, end) -> candidates."""

_WORTH = {Confidence.CERTAIN: 3.0, Confidence.LIKELY: 2.0, Confidence.POSSIBLE: 0.5}
_NAMED_WITH_A_SLIP = 2.9
_CUT = 20.0
"""What it costs to cut a number where no blank is: rather the whole of "1.077.151.620" by its length than a part by more."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Letters and digits without a break. `tied`: by a sign without a blank to the piece before it, as in "1.020"."""

    start: int
    end: int
    has_digit: bool
    tied: bool = False


def runs(text: str, start: int, end: int, *, shouted: bool) -> Iterator[list[Piece]]:
    """Runs of pieces between `start` and `end`; words stand between them. `shouted`: the whole text is in capitals."""
    run: list[Piece] = []
    for piece in _pieces(text, start, end, shouted=shouted):
        joined = run and len(run) < LONGEST_RUN and _WEAK.fullmatch(text, run[-1].end, piece.start)
        if run and not joined:
            yield run
            run = []
        run.append(replace(piece, tied=bool(run) and not any(map(str.isspace, text[run[-1].end : piece.start]))))
    if run:
        yield run


def split(run: list[Piece], weigh: Weigh) -> list[tuple[int, int, tuple[Candidate, ...]]]:
    """The values of a run as (start, end, candidates): the run as a whole if it is one, else the cut that explains most."""
    if len(run) <= _WIDEST:
        whole = weigh(run[0].start, run[-1].end)
        if _is_good(whole) or (len(run) == 1 and whole):
            return [(run[0].start, run[-1].end, whole)]
    # best[i]: the worth of the pieces from i on, and the values that give it
    best: list[tuple[float, list[tuple[int, int, tuple[Candidate, ...]]]]] = [(0.0, [])] * (len(run) + 1)
    for first in range(len(run) - 1, -1, -1):
        best[first] = best[first + 1]
        for last in range(first, min(first + _WIDEST, len(run))):
            window = run[first : last + 1]
            length = sum(piece.end - piece.start for piece in window)
            if not _SHORTEST <= length <= _LONGEST or not any(piece.has_digit for piece in window):
                continue
            candidates = weigh(window[0].start, window[-1].end)
            if candidates:
                cuts = (first > 0 and window[0].tied) + (last + 1 < len(run) and run[last + 1].tied)
                worth = _worth(candidates, length) - _CUT * cuts + best[last + 1][0]
                if worth > best[first][0]:
                    best[first] = worth, [(window[0].start, window[-1].end, candidates), *best[last + 1][1]]
    return best[0][1]


def _is_good(candidates: tuple[Candidate, ...]) -> bool:
    if not candidates or Clue.CHECK_DIGIT_FAILED in candidates[0].clues:
        return False
    return candidates[0].confidence is not Confidence.POSSIBLE and Doubt.NOT_ASSIGNED not in candidates[0].doubts


def _worth(candidates: tuple[Candidate, ...], characters: int) -> float:
    """Every character counts by how well it is explained; each value costs something, so that few long ones win."""
    best = candidates[0]
    if best.confidence is Confidence.LIKELY and Clue.CHECK_DIGIT_FAILED in best.clues:
        # named, with a slip in it: not to be passed over for a part of it that has none
        return _NAMED_WITH_A_SLIP * characters - 1.5
    return _WORTH[best.confidence] * characters - 1.5


def _pieces(text: str, start: int, end: int, *, shouted: bool) -> Iterator[Piece]:
    """What may be part of a value: pieces with a digit, and short capitals that no sentence is made of."""
    for match in _PIECE.finditer(text, start, end):
        written, begin = match[0], match.start()
        if any(sign.isdigit() for sign in written):
            glued = _GLUED.fullmatch(written)
            if glued and (len(glued[1]) > 2 or len(glued[2]) > 5) and _is_word(glued[1]):
                begin += len(glued[1])
            opening = _OPENING.search(text, max(start, begin - 3), begin)
            yield Piece(opening.start() if opening else begin, match.end(), True)
        elif len(written) <= _LONGEST_LETTERS and written.isalpha() and _is_mark(text, match, shouted):
            yield Piece(begin, match.end(), False)


def _is_mark(text: str, match: re.Match[str], shouted: bool) -> bool:
    """Whether letters are those of a plate or document: next to a digit, in capitals, and no word of ours."""
    beside = re.match(r"(?:[.\-][A-Z]{1,4})?[ .\-]?\d", text[match.end() : match.end() + 7]) or re.search(
        r"\d\w{0,4}[ .\-]?$", text[: match.start()][-6:]
    )
    if not beside or _is_word(match[0]) or not match[0].isascii():
        return False
    if match[0].isupper():
        return not shouted or len(match[0]) <= 3 or match[0][-1] in "UJZ" or len(text) <= _ALONE
    before = _LAST_WORD.search(text, max(0, match.start() - _NEAR), match.start())
    word = named(before[1]) if before else None
    return word is not None and len(match[0]) <= 3 and not _WITH_LETTERS.isdisjoint(word.kinds)


def _is_word(letters: str) -> bool:
    plain = folded(letters)
    return plain in FILLERS or plain in JOINERS or plain in SETS_ASIDE or named(letters) is not None
