"""From pasted bytes to what each line may hold: read, recognised, counted. Nothing is kept, and nothing is told to any log.

Officers run it on their own machines and over the API; both give the same rows.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from node.case_files.pasted import Encoding, PastedLine, read_pasted, read_sheets
from protocol.recognition import Candidate, Found, PersonCandidate, ReadLine, State, read_text, with_births_judged

_UNFIT_NAMED = 20
"""Line numbers that are told; of more, only the count."""


@dataclass
class Summary:
    """What became of all lines so far, and how they were read."""

    lines: int = 0
    states: Counter[State] = field(default_factory=Counter)
    encodings: Counter[Encoding] = field(default_factory=Counter)
    values: int = 0
    unfit: int = 0
    unfit_lines: list[int] = field(default_factory=list)

    def add(self, line: PastedLine, read: ReadLine) -> None:
        """Count a line."""
        self.lines += 1
        self.states[read.state] += 1
        self.encodings[line.encoding] += 1
        self.values += len(read.found)
        if line.unfit:
            self.unfit += 1
            if len(self.unfit_lines) < _UNFIT_NAMED:
                self.unfit_lines.append(line.number)

    def row(self) -> dict[str, Any]:
        """As JSON: every state, and the encodings that lines were read in."""
        return {
            "lines": self.lines,
            "values": self.values,
            "states": {state.value: self.states[state] for state in State},
            "encodings": {encoding.value: count for encoding, count in self.encodings.most_common()},
            "unfit": self.unfit,
            "unfit_lines": list(self.unfit_lines),
        }


def identify(
    chunks: Iterable[bytes],
    country: str | None,
    summary: Summary,
    encoding: Encoding | None = None,
    file: str = "text",
    today: date | None = None,
) -> Iterator[tuple[PastedLine, ReadLine]]:
    """Every line with what it may hold, in order; `summary` counts along.

    `country` (ISO 3166-1 alpha-2) reads what names no country of its own; without one, what needs it says so. `today` tells
    births that cannot be; without it, every date is taken at its word. Raises `CaseFileError`, before any line, for what is no
    text; `file` is what the error calls it.
    """
    return _counted(read_pasted(chunks, encoding, file), country, summary, today)


def identify_sheets(
    raw: bytes, file: str, country: str | None, summary: Summary, today: date | None = None
) -> Iterator[tuple[str, Iterator[tuple[PastedLine, ReadLine]]]]:
    """(name, lines as `identify` gives them) of every sheet of a workbook, each a text of its own. Raises `CaseFileError`.

    A sheet's lines are read before the next sheet is taken. `file` is what an error calls it.
    """
    for name, lines in read_sheets(raw, file):
        yield name, _counted(lines, country, summary, today)


def _counted(
    lines: Iterable[PastedLine], country: str | None, summary: Summary, today: date | None
) -> Iterator[tuple[PastedLine, ReadLine]]:
    for line, found in read_text(lines, country):
        read = found if today is None else with_births_judged(found, today)
        summary.add(line, read)
        yield line, read


def row_of(line: PastedLine, read: ReadLine) -> dict[str, Any]:
    """A line as JSON, for programs; docs/spec/recognition.md names the fields."""
    return {
        "sheet": line.sheet,
        "line": line.number,
        "input": line.text,
        "state": read.state.value,
        "encoding": line.encoding.value,
        "unfit": line.unfit,
        "candidates": [_candidate(found, each) for found in read.found for each in found.candidates],
        "left": [[span.start, span.end] for span in read.left],
    }


def _candidate(found: Found, candidate: Candidate | PersonCandidate) -> dict[str, Any]:
    """A candidate as JSON. Of what is kept from asking there is no form that a question takes: a program might pass it on."""
    identifiers, country, headings = (
        (candidate.identifiers, candidate.country, ()) if isinstance(candidate, Candidate) else ((), None, candidate.headings)
    )
    further = () if found.protected_as else identifiers[1:]
    return {
        "start": found.span.start,
        "end": found.span.end,
        "kind": str(candidate.kind),
        "canonical": None if found.protected_as else candidate.canonical,
        "confidence": candidate.confidence.value,
        "reason": candidate.clues[0].value,
        "further_reasons": [clue.value for clue in candidate.clues[1:]],
        "doubts": sorted(doubt.value for doubt in candidate.doubts),
        "needs": None if candidate.needs is None else candidate.needs.value,
        "country": country,
        "further_keys": [{"kind": key.kind.value, "canonical": key.canonical} for key in further],
        "further_places": [[span.start, span.end] for span in found.further],
        "headings": list(headings),
        "protected_as": None if found.protected_as is None else found.protected_as.value,
    }
