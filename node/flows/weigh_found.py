"""What was found, as hits: one asked line with one entry of one peer. An entry is all that bears one handle in one record.

Several entries of a record are several people or things of it: none hides another, and the officer sees each with its reasons.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from node.flows.look_up import Found
from protocol.names import KEYS_A_PERSON, Fact, Judgement, Person, Verdict, judge, name_keys


@dataclass(frozen=True, repr=False)
class Compared:
    """What one list was asked for: each input, the lines of the case file in which it stands, and the people of these lines."""

    inputs: tuple[bytes, ...]
    lines: tuple[tuple[int, ...], ...]
    people: Mapping[int, Person]


@dataclass(frozen=True, repr=False)
class Entry:
    """One entry that a line may mean. `indexes`: of the inputs that open it; `judgement`: of a person, how sure that is."""

    line: int
    record: str
    handle: bytes
    key_type: int
    indexes: tuple[int, ...]
    judgement: Judgement | None = None


def entries(compared: Compared, found: Sequence[Found]) -> list[Entry]:
    """The entries that were found, by line. An identifier agrees or does not: nothing is weighed."""
    gathered: dict[tuple[int, str, bytes], Entry] = {}
    for hit in found:
        for line in compared.lines[hit.index]:
            label = hit.label
            new = Entry(line, label.record, label.handle, label.key_type, ())
            known = gathered.get((line, label.record, label.handle), new)
            # While the holder closes a gap, an entry stands under two numbers
            indexes = tuple(dict.fromkeys((*known.indexes, hit.index)))
            gathered[line, label.record, label.handle] = replace(known, indexes=indexes)
    return [gathered[key] for key in sorted(gathered)]


def people(compared: Compared, found: Sequence[Found], list_size: int) -> list[Entry]:
    """Whom of a list of people the lines may mean, by line, the likeliest first.

    All keys of one entry are weighed together, against a list of `list_size` entries; what chance explains is left out.
    """
    told = {line: {key.oprf_input(): key.facts for key in name_keys(person)} for line, person in compared.people.items()}

    def facts(entry: Entry) -> frozenset[Fact]:
        return frozenset[Fact]().union(*(told[entry.line].get(compared.inputs[index], ()) for index in entry.indexes))

    agreeing = [(entry, facts(entry)) for entry in entries(compared, found)]
    alike = Counter((entry.line, agreed) for entry, agreed in agreeing)
    likely = []
    for entry, agreed in agreeing:
        person = compared.people[entry.line]
        judgement = judge(person, agreed, list_size // KEYS_A_PERSON, alike[entry.line, agreed])
        if judgement.verdict is not Verdict.CHANCE:
            likely.append((-judgement.odds, replace(entry, judgement=judgement)))
    return [entry for _, entry in sorted(likely, key=lambda each: (each[1].line, each[0]))]
