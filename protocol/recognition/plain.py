"""A line as it is searched: signs that look alike made one, each with its place in the line as it was given."""

import unicodedata
from bisect import bisect_left
from dataclasses import dataclass, field

from protocol.recognition.candidates import Span
from protocol.recognition.words import folded

_ALIKE = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-") | {"\u2019": "'"})


@dataclass(frozen=True, slots=True)
class Plain:
    """`text` is searched; `origins[i]` is the place in the line of its character `i`, None where both are the same."""

    text: str = field(repr=False)
    origins: tuple[int, ...] | None

    @classmethod
    def of(cls, line: str) -> "Plain":
        """NFKC, without invisible characters, with controls as blanks."""
        if line.isascii() and line.isprintable():
            return cls(line, None)
        signs: list[str] = []
        origins: list[int] = []
        start = 0
        while start < len(line):
            end = start + 1
            while end < len(line) and unicodedata.combining(line[end]):
                end += 1
            written = unicodedata.normalize("NFKC", line[start:end]).translate(_ALIKE)
            if len(written) > 1 and any(sign.isdigit() for sign in written):
                written = " "  # ½ and ⑴ are no digits of any number
            for sign in written:
                category = unicodedata.category(sign)
                if category != "Cf":
                    signs.append(" " if category[0] in "CZ" else sign)
                    origins.append(start)
            start = end
        return cls("".join(signs), (*origins, len(line)))

    def span(self, start: int, end: int) -> Span:
        """Where `text[start:end]` stands in the line; `end` is greater than `start`."""
        if self.origins is None:
            return Span(start, end)
        return Span(self.origins[start], self.origins[end - 1] + 1)

    def place(self, origin: int) -> int:
        """Where the character at `origin` of the line stands in `text`, or what follows it if it was left out."""
        return origin if self.origins is None else bisect_left(self.origins, origin)


def flat(text: str) -> str:
    """Lower case without accents, character by character, so that places are those of `text`."""
    return text.lower() if text.isascii() else "".join(folded(sign)[:1] or sign for sign in text)
