"""How a name sounds in the Americas, whoever wrote it down: rules for Spanish and Portuguese that do no harm to the French,
English, Quechua and Aymara names of the region.

`pronounced` writes a word as it is spoken; `sound` keeps its first sound and the next three consonants, as Soundex does
(Odell and Russell, US patents 1,261,167 and 1,435,663, with the vowel rule of the US National Archives' form). A typing mistake
in one of the later letters or in a vowel often leaves it as it is.
"""

import re
from functools import lru_cache

_RULES: tuple[tuple[str, str], ...] = (
    ("ph", "f"),
    ("sch|sh", "s"),
    ("tch", "ch"),
    ("nh|ny|gn", "n"),  # Portuguese nh and Catalan or anglicised ny are ñ, which is written n here
    ("lh|ll|y", "i"),
    ("^(?:gu|hu)(?=[ao])", "w"),  # Huamán, Guamán and Waman
    ("qu(?=[ei])|q", "k"),
    ("ch", "ʃ"),  # so that the h is not taken for a mute one
    ("cc", "c"),
    ("c(?=[ei])", "s"),
    ("(?:gu?|x)(?=[ei])", "j"),  # gu too, so that Gerra, written by ear, still is Guerra
    ("[zx]", "s"),
    ("v", "b"),
    ("c", "k"),
    ("h", ""),
    ("^i(?=[aeou])", "j"),  # Yeison and Jeison, Yulieth and Julieth
    ("w", "u"),
    (r"(.)\1+", r"\1"),
)
_COMPILED = tuple((re.compile(pattern), spoken) for pattern, spoken in _RULES)
_CLASSES = {
    letter: digit
    for digit, letters in {"1": "bfp", "2": "gjksʃ", "3": "dt", "4": "l", "5": "mn", "6": "r"}.items()
    for letter in letters
}
_LENGTH = 4


@lru_cache(maxsize=65536)
def pronounced(word: str) -> str:
    """A word of `a`-`z` as it is spoken; "" if nothing of it is."""
    for pattern, spoken in _COMPILED:
        word = pattern.sub(spoken, word)
    return word


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """Four characters: the first sound, then classes of consonants, filled up with zeros; "" if nothing is spoken."""
    spoken = pronounced(word)
    code, last = spoken[:1], _CLASSES.get(spoken[:1])
    for letter in spoken[1:]:
        digit = _CLASSES.get(letter)
        if digit is not None and digit != last:
            code += digit
        last = digit
    return code[:_LENGTH].ljust(_LENGTH, "0") if code else ""
