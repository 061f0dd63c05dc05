"""The saved mapping: how one country's export is read. An officer makes it once, and it serves every later export of that form.

Every model refuses unknown fields, and no error repeats a value: word lists may hold names.
"""

import json
import re
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from node.case_files.errors import FileTooLarge, MappingRefused
from node.case_files.limits import COLUMNS, MAPPED_FILES, MAPPING_BYTES
from node.case_files.reasons import FileReason
from protocol.identifiers import Kind
from protocol.record import Country
from protocol.vocabulary import (
    Act,
    BorderCrossing,
    ControlMethod,
    DocumentFraud,
    HandlingCode,
    InformationEvaluation,
    Means,
    MoneyMovement,
    NetworkRole,
    NetworkSizeBand,
    NetworkStructure,
    Offence,
    PlatformKind,
    Purpose,
    RecruitmentMethod,
    RouteNodeKind,
    Sector,
    SourceEvaluation,
    SubjectCategory,
    Tlp,
    TransportMode,
    Venue,
    VictimAgeBand,
    VictimCountBand,
    VictimScreening,
)

_FILE = "mapping"

AnyText = TypeVar("AnyText", bound=str)


def folded(word: str) -> str:
    """A national word as it is compared: case and the number of blanks do not count."""
    return " ".join(word.split()).casefold()


def _folded_words(words: dict[str, AnyText]) -> dict[str, AnyText]:
    by_word: dict[str, AnyText] = {}
    for word, code in words.items():
        if by_word.setdefault(folded(word), code) != code:
            raise PydanticCustomError("ambiguous_word", "two spellings of one word stand for different codes")
    return by_word


Words = Annotated[dict[str, AnyText], AfterValidator(_folded_words)]
"""National word -> code."""
Header = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\s\x00-\x1f](.*[^\s])?$")]
"""A column's name as the first row has it, without blanks around it."""
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$")]


class MappingModel(BaseModel):
    """A part of the mapping."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class IdentifierColumn(MappingModel):
    """A column that holds identifiers of one kind, and where what is needed to read them stands.

    A fixed `country`, `platform`, `bank` or `subdivision` and a column of the same exclude each other. Without either, the
    country is the mapping's own. `split` parts a cell that holds several values.
    """

    column: Header
    kind: Kind
    split: Annotated[str, StringConstraints(min_length=1, max_length=8)] | None = None
    country: Country | None = None
    country_column: Header | None = None
    subdivision: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$")] | None = None
    subdivision_column: Header | None = None
    platform: Header | None = None
    platform_column: Header | None = None
    bank: Header | None = None
    bank_column: Header | None = None

    @model_validator(mode="after")
    def _one_source_each(self) -> "IdentifierColumn":
        for fixed in ("country", "subdivision", "platform", "bank"):
            if getattr(self, fixed) is not None and getattr(self, f"{fixed}_column") is not None:
                raise PydanticCustomError("two_sources", "a fixed value and a column exclude each other")
        return self


class MappedFile(MappingModel):
    """Where a table is: a CSV file, or one sheet of a workbook."""

    path: FileName
    format: Literal["csv", "xlsx"]
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    encoding: Literal["utf-8", "utf-8-sig", "iso-8859-1", "windows-1252"] | None = None
    sheet: Header | None = None

    @model_validator(mode="after")
    def _as_the_format_needs(self) -> "MappedFile":
        is_csv = self.format == "csv"
        if (self.encoding is not None, self.sheet is not None) != (is_csv, not is_csv) or (self.delimiter and not is_csv):
            raise PydanticCustomError("format_fields", "csv needs an encoding and may name a delimiter, xlsx needs a sheet")
        return self

    @property
    def name(self) -> str:
        """How errors name the table: the file, and the sheet in brackets."""
        return self.path if self.sheet is None else f"{self.path}[{self.sheet}]"


class SubjectColumns(MappingModel):
    """Columns of a table of persons, companies and things."""

    network: Header
    subject: Header
    case: Header
    category: Header
    role: Header | None = None
    screening: Header | None = None
    user_screening: Header | None = None
    registrant_screening: Header | None = None
    given_names: Header | None = None
    surnames: Header | None = None
    birth_date: Header | None = None


class SubjectValues(MappingModel):
    """National words of the coded columns, and of the columns that identifiers are read with."""

    category: Words[SubjectCategory] = {}
    role: Words[NetworkRole] = {}
    screening: Words[VictimScreening] = {}
    user_screening: Words[VictimScreening] = {}
    registrant_screening: Words[VictimScreening] = {}
    country: Words[Country] = {}
    subdivision: Words[str] = {}
    platform: Words[str] = {}
    bank: Words[str] = {}


class SubjectsFile(MappedFile):
    """A table with one person, company or thing a row."""

    rows: Literal["subjects"]
    columns: SubjectColumns
    birth_date_format: str = "%Y-%m-%d"
    identifiers: Annotated[tuple[IdentifierColumn, ...], Field(max_length=COLUMNS)] = ()
    values: SubjectValues = SubjectValues()

    @field_validator("birth_date_format")
    @classmethod
    def _says_the_whole_date(cls, pattern: str) -> str:
        """Only a form that gives back every date it prints: `%y` and a missing day do not."""
        sample = date(1931, 12, 24)
        try:
            read_back = datetime.strptime(sample.strftime(pattern), pattern).date()  # noqa: DTZ007 -- a birth date has no zone
        except (ValueError, re.error):
            read_back = None
        if read_back != sample:
            raise PydanticCustomError("date_format", "day, month and the year in four digits are needed")
        return pattern


class NetworkColumns(MappingModel):
    """Columns of a table of networks. What a published record cannot do without is required here."""

    network: Header
    acts: Header
    means: Header
    purposes: Header
    sectors: Header | None = None
    venues: Header | None = None
    structure: Header
    size: Header
    recruitment_methods: Header | None = None
    control_methods: Header | None = None
    document_frauds: Header | None = None
    money_movements: Header | None = None
    platform_kinds: Header | None = None
    offences: Header
    first_activity: Header
    last_activity: Header
    victim_count: Header
    victim_ages: Header | None = None
    source_evaluation: Header
    information_evaluation: Header
    handling: Header
    tlp: Header
    review_date: Header


class NetworkValues(MappingModel):
    """National words of the coded columns of a table of networks."""

    acts: Words[Act] = {}
    means: Words[Means] = {}
    purposes: Words[Purpose] = {}
    sectors: Words[Sector] = {}
    venues: Words[Venue] = {}
    structure: Words[NetworkStructure] = {}
    size: Words[NetworkSizeBand] = {}
    recruitment_methods: Words[RecruitmentMethod] = {}
    control_methods: Words[ControlMethod] = {}
    document_frauds: Words[DocumentFraud] = {}
    money_movements: Words[MoneyMovement] = {}
    platform_kinds: Words[PlatformKind] = {}
    offences: Words[Offence] = {}
    victim_count: Words[VictimCountBand] = {}
    victim_ages: Words[VictimAgeBand] = {}
    source_evaluation: Words[SourceEvaluation] = {}
    information_evaluation: Words[InformationEvaluation] = {}
    handling: Words[HandlingCode] = {}
    tlp: Words[Tlp] = {}


class NetworksFile(MappedFile):
    """A table with one network a row; cells of several codes are parted by `list_separator`."""

    rows: Literal["networks"]
    columns: NetworkColumns
    list_separator: Annotated[str, StringConstraints(min_length=1, max_length=8)] = "|"
    values: NetworkValues = NetworkValues()


class RouteColumns(MappingModel):
    """Columns of a table of routes."""

    network: Header
    route: Header
    order: Header
    kind: Header
    country: Header
    subdivision: Header | None = None
    locode: Header | None = None
    transport: Header | None = None
    crossing: Header | None = None


class RouteValues(MappingModel):
    """National words of the coded columns of a table of routes."""

    kind: Words[RouteNodeKind] = {}
    country: Words[Country] = {}
    subdivision: Words[str] = {}
    locode: Words[str] = {}
    transport: Words[TransportMode] = {}
    crossing: Words[BorderCrossing] = {}


class RoutesFile(MappedFile):
    """A table with one place of a route a row; `transport` and `crossing` say how one arrives there."""

    rows: Literal["routes"]
    columns: RouteColumns
    values: RouteValues = RouteValues()


AnyFile = SubjectsFile | NetworksFile | RoutesFile


def headers_of(file: AnyFile) -> frozenset[str]:
    """Every column that the mapping names for this table."""
    named = set(file.columns.model_dump().values())
    if isinstance(file, SubjectsFile):
        for column in file.identifiers:
            beside = (column.country_column, column.subdivision_column, column.platform_column, column.bank_column)
            named.update((column.column, *beside))
    return frozenset(named - {None})


class Mapping(MappingModel):
    """How the export of `country` (ISO 3166-1 alpha-2) is read."""

    country: Country
    files: Annotated[tuple[Annotated[AnyFile, Field(discriminator="rows")], ...], Field(min_length=1, max_length=MAPPED_FILES)]

    @model_validator(mode="after")
    def _each_table_once(self) -> "Mapping":
        names = [file.name for file in self.files]
        if len(set(names)) != len(names):
            raise PydanticCustomError("table_twice", "one table is mapped twice")
        return self

    @classmethod
    def from_json(cls, raw: bytes) -> "Mapping":
        """Read a mapping (JSON, UTF-8). Raises `MappingRefused`, whose column is the path to the fault, and `FileTooLarge`."""
        if len(raw) > MAPPING_BYTES:
            raise FileTooLarge(FileReason.TOO_MANY_BYTES, file=_FILE)
        try:
            mapping = cls.model_validate_json(raw)
        except ValidationError as error:
            raise _refused(error) from None
        # After the strict model, whose shape bounds how deep the document nests.
        json.loads(raw, object_pairs_hook=_no_key_twice)
        return mapping


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON leaves open which of two equal keys counts (RFC 8259, 4): two readers could see two mappings."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MappingRefused(FileReason.DUPLICATE_KEY, file=_FILE)
    return found


_REASONS = {
    "json_invalid": FileReason.NOT_JSON,
    "extra_forbidden": FileReason.UNKNOWN_FIELD,
    "missing": FileReason.MISSING_FIELD,
}


def _refused(error: ValidationError) -> MappingRefused:
    """Where the mapping is wrong. Names that its author chose are not repeated: only fields of our models and positions."""
    first = error.errors(include_input=False, include_url=False)[0]
    ours = [str(part) for part in first["loc"] if isinstance(part, int) or part in _FIELDS]
    reason = _REASONS.get(first["type"], FileReason.BAD_VALUE)
    return MappingRefused(reason, file=_FILE, column=".".join(ours) or None)


_FIELDS = frozenset(
    name
    for model in (
        *(Mapping, SubjectsFile, NetworksFile, RoutesFile, IdentifierColumn),
        *(SubjectColumns, SubjectValues, NetworkColumns, NetworkValues, RouteColumns, RouteValues),
    )
    for name in model.model_fields
)
