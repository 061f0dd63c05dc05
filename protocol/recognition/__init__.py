"""From what an officer pastes to what it may be: a value, a line of a report, a column, a table, a machine-readable zone.

`weigh` takes one value, `read_line` one line, `read_text` a text of any length. Every line is accounted for, every candidate says
why it is one, and what can be several things is asked, never guessed. Nothing here opens a file or prints a value.
"""

from protocol.recognition.candidates import (
    Candidate,
    Clue,
    Confidence,
    Found,
    PersonCandidate,
    PersonDoubt,
    ProtectedAs,
    ReadLine,
    Span,
    State,
)
from protocol.recognition.lines import read_line
from protocol.recognition.possible_births import with_births_judged
from protocol.recognition.texts import Line, read_text
from protocol.recognition.weighing import Said, as_named, read_following, weigh
from protocol.recognition.words import Word, folded, named

__all__ = [
    "Candidate",
    "Clue",
    "Confidence",
    "Found",
    "Line",
    "PersonCandidate",
    "PersonDoubt",
    "ProtectedAs",
    "ReadLine",
    "Said",
    "Span",
    "State",
    "Word",
    "as_named",
    "folded",
    "named",
    "read_following",
    "read_line",
    "read_text",
    "weigh",
    "with_births_judged",
]
