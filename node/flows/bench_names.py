"""How well name keys find people again between two registers whose true pairs are known: a country's own, or invented ones.

Nothing leaves this process, and of a row nothing but its number is told. The asker's register is held in memory; the holder's is
read once as a stream, so it may be of any length.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from node.case_files.reasons import RowReason
from node.case_files.registers import (
    DateForm,
    Link,
    RegisterRow,
    asked_table,
    links_table,
    no_rows,
    read_links,
    read_register,
    register_table,
    repeated_id,
    unknown_id,
)
from node.case_files.streamed import Lines, StreamedTable
from node.case_files.tables import UnreadableRow
from protocol.names import NAME_KEYS_VERSION, NameKey, Person, PersonReason, Verdict
from protocol.names.measuring import Measures, compare_keys, measure, recall_at_precision

_PRECISION = 0.99

RowT = TypeVar("RowT", RegisterRow, Link)


@dataclass(frozen=True, slots=True)
class Source:
    """A file: what messages call it, and its bytes as they are read."""

    name: str
    chunks: Iterable[bytes] = field(repr=False)


@dataclass
class FileCount:
    """What became of a file's rows. `unread`: no id could be read; `not_comparable`: a person without a key."""

    table: StreamedTable
    rows: int = 0
    unread: dict[RowReason, Lines] = field(default_factory=lambda: defaultdict(Lines))
    not_comparable: dict[RowReason | PersonReason, Lines] = field(default_factory=lambda: defaultdict(Lines))

    @property
    def rows_unread(self) -> int:
        """How many rows have no id that could be read."""
        return sum(lines.count for lines in self.unread.values())

    def read(self, rows: Iterable[RowT | UnreadableRow]) -> Iterator[RowT]:
        """The rows whose ids could be read, while all are counted."""
        for row in rows:
            self.rows += 1
            if isinstance(row, UnreadableRow):
                self.unread[row.reason].add(row.line)
            else:
                yield row

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "rows": self.rows,
            "unread": {reason.value: lines.row() for reason, lines in self.unread.items()},
            "not_comparable": {reason.value: lines.row() for reason, lines in self.not_comparable.items()},
            "encodings": {encoding.value: count for encoding, count in self.table.encodings.most_common()},
            "unfit": self.table.unfit.row(),
        }


@dataclass(frozen=True)
class NamesBench:
    """`left_out`: links to rows that could not be read; `linked`: the true pairs; `inputs`: OPRF inputs that one person costs."""

    asked: FileCount
    held: FileCount
    links: FileCount
    left_out: Lines
    linked: int
    candidate: Measures
    strong: Measures
    recall_at_99: float
    inputs: float

    def row(self) -> dict[str, Any]:
        """As JSON; rates are rounded to four places."""
        return {
            "version": NAME_KEYS_VERSION,
            "candidate": _rates(self.candidate),
            "strong": _rates(self.strong),
            "recall_at_precision_99": round(self.recall_at_99, 4),
            "inputs_a_person": round(self.inputs, 4),
            "linked": self.linked,
            "a": self.asked.row(),
            "b": self.held.row(),
            "links": self.links.row() | {"left_out": self.left_out.row()},
        }


def _rates(measures: Measures) -> dict[str, float]:
    return {name: round(getattr(measures, name), 4) for name in ("precision", "recall", "f1", "false_hits")}


def bench_names(asked: Source, held: Source, links: Source, dates: DateForm | None) -> NamesBench:
    """Ask every person of `asked` of all in `held`, and see what is found against `links`. `dates`: a form besides ISO 8601.

    Raises `CaseFileError`: a file cannot be read to its end, or the three do not say who is whom.
    """
    return _Bench(asked, held, links).run(dates)


class _Bench:
    def __init__(self, asked: Source, held: Source, links: Source) -> None:
        self._asked = FileCount(asked_table(asked.chunks, asked.name))
        self._held = FileCount(register_table(held.chunks, held.name))
        self._links = FileCount(links_table(links.chunks, links.name))
        self._by_a: dict[str, Link] = {}
        self._asking: dict[str, int] = {}
        self._truth: dict[int, int] = {}
        self._left_out = Lines()

    def run(self, dates: DateForm | None) -> NamesBench:
        self._by_a = {link.id_a: link for link in self._links.read(read_links(self._links.table))}
        if not self._by_a:
            raise no_rows(self._links.table)
        answer = compare_keys(self._questions(dates), self._people(dates))
        shown = frozenset({Verdict.CANDIDATE, Verdict.STRONG})
        return NamesBench(
            asked=self._asked,
            held=self._held,
            links=self._links,
            left_out=self._left_out,
            linked=len(self._truth),
            candidate=measure(answer, self._truth, shown),
            strong=measure(answer, self._truth, frozenset({Verdict.STRONG})),
            recall_at_99=recall_at_precision(answer, self._truth, _PRECISION),
            inputs=answer.keys / answer.questions if answer.questions else 0.0,
        )

    def _questions(self, dates: DateForm | None) -> Iterator[tuple[Person, tuple[NameKey, ...]]]:
        """The asker's people; ends with the number of each that is linked known by the holder's id."""
        seen: set[str] = set()
        for number, row in enumerate(self._everybody(self._asked, dates)):
            if row.id in seen:
                raise repeated_id(self._asked.table, row)
            seen.add(row.id)
            link = self._by_a.get(row.id)
            if link is not None:
                self._asking[link.id_b] = number
            yield row.person, row.keys
        unknown = [link for id_a, link in self._by_a.items() if id_a not in seen]
        self._leave_out(unknown, self._asked, "id_a", some_are_known=bool(self._asking))

    def _people(self, dates: DateForm | None) -> Iterator[tuple[NameKey, ...]]:
        """The holder's people. Only ids that a link names are kept: the others stand for strangers, whoever they are."""
        for number, row in enumerate(self._everybody(self._held, dates)):
            asking = self._asking.get(row.id)
            if asking in self._truth:
                raise repeated_id(self._held.table, row)
            if asking is not None:
                self._truth[asking] = number
            yield row.keys
        asked_for = (link for link in self._by_a.values() if link.id_b in self._asking)
        unknown = [link for link in asked_for if self._asking[link.id_b] not in self._truth]
        self._leave_out(unknown, self._held, "id_b", some_are_known=bool(self._truth))

    def _everybody(self, register: FileCount, dates: DateForm | None) -> Iterator[RegisterRow]:
        for row in register.read(read_register(register.table, dates)):
            if row.reason is not None:
                register.not_comparable[row.reason].add(row.line)
            yield row

    def _leave_out(self, links: list[Link], register: FileCount, column: str, *, some_are_known: bool) -> None:
        """Links to rows that could not be read. Raises `NotMeasurable` where there are more of them: then some name nobody."""
        if len(links) > register.rows_unread or not some_are_known:
            raise unknown_id(self._links.table, links[0], column)
        for link in links:
            self._left_out.add(link.line)
