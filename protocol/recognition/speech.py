"""What the words around a value say of it: which kind it is, of which state, and how far one word reaches."""

import re
from dataclasses import dataclass

from protocol.recognition.candidates import Clue
from protocol.recognition.nationalities import take_state
from protocol.recognition.weighing import Said
from protocol.recognition.words import FILLERS, JOINERS, LONGEST_PHRASE, SETS_ASIDE, Word, folded, named

_WORDS = re.compile(r"[^\W\d_]+(?:['\-/][^\W\d_]+)*|[#&°º]")
_DOTTED = re.compile(r"(?<=\b[^\W\d_])\.(?=[^\W\d_]\b)")
_STOP = re.compile(r"(?<=[^\W\d_]{3})[.;!?]\s")
_BRACKETED = re.compile(r"\s?[(\[]\s*([^)\]]{2,40})[)\]]")
_HINT_WORDS = 9


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said of a value. `plural`: the word before it speaks for a whole list. `state`: whose it is, None if not said."""

    said: tuple[Said, ...] = ()
    plural: bool = False
    state: str | None = None

    @property
    def is_named(self) -> bool:
        """Whether a word right before names a kind: "DNI 12.345.678 …" is no amount."""
        return any(each.clue is Clue.WORD for each in self.said)

    def as_hints(self) -> "Spoken":
        """The same for what stands further away."""
        hints = tuple(Said(each.word, Clue.HINT) if each.clue is Clue.WORD else each for each in self.said)
        return Spoken(hints, state=self.state)

    def carried(self, standing: tuple[Said, ...]) -> "Spoken":
        """For the next value of a list: a plural names them all, a singular only hints at those after the first."""
        return self if self.plural else Spoken((*standing, *self.as_hints().said))


def words_of(text: str) -> list[str]:
    """The words of the sentence that `text` ends in; a dot after its last word, as in "Tel. ", ends none."""
    sentences = _STOP.split(_DOTTED.sub("", text))
    return _WORDS.findall(" ".join(sentences[-2:]) if len(sentences) > 1 and not _WORDS.search(sentences[-1]) else sentences[-1])


def is_list(words: list[str]) -> bool:
    """Whether what stands between two values only joins them."""
    return all(each in JOINERS for each in map(folded, words))


def is_set_aside(before: str) -> bool:
    """Whether a number belongs to a paper, an article or a street: such a word stands before it, and no other number between."""
    words = _without_fillers(words_of(re.split(r"\d", before)[-1]))
    return bool(words) and folded(words[-1]) in SETS_ASIDE


def said_behind(text: str, end: int) -> Spoken | None:
    """What the brackets right behind a value say, None if there are none or they name no kind."""
    after = _BRACKETED.match(text, end)
    word = named(after[1]) if after else None
    return None if word is None else Spoken((Said(word, Clue.WORD if word.names else Clue.HINT),))


def said_before(words: list[str], standing: tuple[Said, ...]) -> Spoken:
    """What the words before a value say. `standing`: what the column says of a value that no word names."""
    rest, state = list(words), None
    direct, length = _phrase(rest)
    while direct is None and rest:
        found, shorter = take_state(rest)
        if found is None and folded(rest[-1]) not in FILLERS:
            break
        state, rest = state or found, shorter if found else rest[:-1]
        direct, length = _phrase(rest)
    if direct is not None and direct.names:
        label, before = rest[-1], rest[: len(rest) - length]
        return Spoken((Said(direct, Clue.WORD, label),), _is_plural(rest), state or take_state(before)[0])
    hints = [word for word in map(named, reversed(rest[-_HINT_WORDS:])) if word is not None]
    found_words = dict.fromkeys([*([] if direct is None else [direct]), *hints][:2])
    # "desde Perú al 300 …": without a word for the value, a state before it is where somebody was
    return Spoken((*standing, *(Said(word, Clue.HINT) for word in found_words)))


def _phrase(words: list[str]) -> tuple[Word | None, int]:
    """What the longest phrase at the end of `words` names, and of how many words it is."""
    for count in range(min(LONGEST_PHRASE, len(words)), 0, -1):
        word = named(" ".join(words[-count:]))
        if word is not None:
            return word, count
    return None, 0


def _is_plural(words: list[str]) -> bool:
    return folded(words[-1]).endswith("s")


def _without_fillers(words: list[str]) -> list[str]:
    rest = list(words)
    while rest and folded(rest[-1]) in FILLERS:
        rest.pop()
    return rest
