"""What only the asker's node can see: whether a question looks like a case file or like a search through numbers.

Peers see blinded elements. So the limits on what an officer may ask stand here, before anything is blinded.
"""

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import islice

from node.safeguards.entropy import is_too_common
from node.safeguards.errors import NotNecessary
from protocol import limits
from protocol.identifiers import Identifier, Kind
from protocol.names import NAME_KEYS_VERSION, NAME_KIND, Person, class_of, name_keys

RUN_LENGTH = 8
"""This many consecutive numbers of one kind are a search, not a case: eight neighbours by chance among a few hundred phones of
a country with a hundred million numbers have a probability far below one in a billion."""
STEP_LARGEST = 1000
"""Numbers at even steps are a search like neighbours. Of steps up to this, 2,000 numbers by chance among a hundred million give
eight with a probability below one in 10^26, among a hundred thousand below one in 300,000."""
STEPPED_DIGITS = 6
"""Shorter numbers, such as the years and ages in mailboxes, lie so close that steps among them say nothing; neighbours do."""

CHECKED = frozenset(
    {
        *(Kind.NATIONAL_ID, Kind.TAX_ID_PERSON, Kind.TAX_ID_COMPANY, Kind.IBAN, Kind.CBU, Kind.CLABE, Kind.ACCOUNT_OTHER),
        *(Kind.PAYMENT_CARD, Kind.VIN, Kind.IMO, Kind.CONTAINER),
    }
)
"""Kinds whose numbers may bear check digits: two neighbours differ in these as well, so they are compared without them."""


@dataclass(frozen=True, repr=False)
class AskedLine:
    """One line of a case file: an identifier, normalised, or a person.

    `attested`: the officer says that it belongs to no victim, witness or relative.
    """

    line: int
    written: str
    asked: tuple[Identifier, ...] | Person
    attested: bool

    @property
    def person(self) -> Person | None:
        """Whom the line asks after, if it is a person."""
        return self.asked if isinstance(self.asked, Person) else None

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """The forms of the identifier, the main one first; none of a person."""
        return () if isinstance(self.asked, Person) else self.asked

    @property
    def kind(self) -> str:
        """The vocabulary's code."""
        return NAME_KIND if isinstance(self.asked, Person) else self.asked[0].kind.value

    def inputs(self) -> list[tuple[str, str, bytes]]:
        """(kind, version of its rule, OPRF input) of every key that the line is asked under."""
        if isinstance(self.asked, Person):
            return [(NAME_KIND, NAME_KEYS_VERSION, key.oprf_input()) for key in name_keys(self.asked)]
        return [(each.kind.value, each.version, each.oprf_input()) for each in self.asked]


def check_necessity(lines: Sequence[AskedLine], *, attested: bool) -> None:
    """Return if the lines make a question; raise `NotNecessary` otherwise, naming the first line at fault."""
    if not lines:
        raise NotNecessary("no_lines")
    if not attested:
        raise NotNecessary("batch_not_attested")
    for line in lines:
        if not line.attested:
            raise NotNecessary("line_not_attested", line=line.line)
    # of each class a list of its own is asked
    forms = Counter(class_of(kind) for kind, value in {(kind, value) for line in lines for kind, _, value in line.inputs()})
    if max(forms.values()) > limits.BATCH_LARGEST:
        raise NotNecessary("too_many_forms", forms=max(forms.values()), limit=limits.BATCH_LARGEST)
    numbers: dict[tuple[Kind, str], set[int]] = {}
    for line in lines:
        for identifier in line.identifiers[:1]:
            for reading, text in readings(identifier):
                digits = "".join(character for character in text if character.isdigit())
                if digits:
                    numbers.setdefault((identifier.kind, reading), set()).add(int(digits))
    for (kind, _), values in numbers.items():
        if _has_run(values, 1) or _has_run({each for each in values if each >= 10 ** (STEPPED_DIGITS - 1)}, STEP_LARGEST):
            raise NotNecessary("looks_like_enumeration", kind=kind.value, run=RUN_LENGTH)
    for line in lines:
        for identifier in line.identifiers:
            if is_too_common(identifier.kind, identifier.canonical):
                raise NotNecessary("too_common", line=line.line, kind=identifier.kind.value)


def readings(identifier: Identifier) -> Iterator[tuple[str, str]]:
    """(name of the reading, text): the number as it stands and, of a kind with check digits, without what may be one.

    Each reading is compared by itself.
    """
    text = identifier.canonical
    yield "whole", text
    if identifier.kind not in CHECKED:
        return
    yield "one_at_the_end", text[:-1]  # Luhn, RUT, cédula, CLABE, IMO, ISO 6346
    yield "two_at_the_end", text[:-2]  # CPF and CNPJ
    if identifier.kind is Kind.VIN:
        yield "in_the_ninth_place", text[:8] + text[9:]
    if identifier.kind is Kind.IBAN:  # ISO 13616: after the country; what a bank adds of its own stands at the end
        yield "after_the_country", text[4:]
        yield "after_the_country_and_one_at_the_end", text[4:-1]
        yield "after_the_country_and_two_at_the_end", text[4:-2]


def _has_run(values: Set[int], largest: int) -> bool:
    """Whether `RUN_LENGTH` of `values` stand at one even step, which is `largest` at most."""
    ordered = sorted(values)
    for at, first in enumerate(ordered):
        for second in islice(ordered, at + 1, None):
            step = second - first
            if step > largest:
                break
            if all(first + step * each in values for each in range(2, RUN_LENGTH)):
                return True
    return False
