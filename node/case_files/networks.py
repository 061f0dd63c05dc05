"""Rows of networks."""

import re
from collections.abc import Iterator, Mapping

from pydantic import TypeAdapter, ValidationError

from node.case_files.mapping import NetworksFile, folded
from node.case_files.problems import Problem
from node.case_files.reasons import RowReason
from node.case_files.row_cells import RowCells
from node.case_files.rows import NetworkRow
from node.case_files.tables import TableRow
from protocol.vocabulary import (
    Act,
    ControlMethod,
    DocumentFraud,
    HandlingCode,
    InformationEvaluation,
    Means,
    MoneyMovement,
    NetworkSizeBand,
    NetworkStructure,
    Offence,
    PlatformKind,
    Purpose,
    RecruitmentMethod,
    Sector,
    SourceEvaluation,
    Tlp,
    Venue,
    VictimAgeBand,
    VictimCountBand,
)
from protocol.wire import Day, Month

_DAY = TypeAdapter(Day)
_MONTH = TypeAdapter(Month)
_NUMBER = re.compile(r"[0-9]{1,6}", re.ASCII)
# Spreadsheets turn a typed "2024-03" into the first day of that month.
_FIRST_OF_MONTH = re.compile(r"([0-9]{4}-[0-9]{2})-01", re.ASCII)


def read_network(file: NetworksFile, row: TableRow) -> Iterator[NetworkRow | Problem]:
    """The row, or what was wrong with it."""
    cells, columns, words, parted = RowCells(file.name, row), file.columns, file.values, file.list_separator
    network = cells.network(columns.network, None)
    structure = cells.required_code(columns.structure, NetworkStructure, words.structure)
    size = cells.required_code(columns.size, NetworkSizeBand, words.size)
    victim_count = _victims(cells, columns.victim_count, words.victim_count)
    source = cells.required_code(columns.source_evaluation, SourceEvaluation, words.source_evaluation)
    information = cells.required_code(columns.information_evaluation, InformationEvaluation, words.information_evaluation)
    tlp = cells.required_code(columns.tlp, Tlp, words.tlp)
    acts = cells.required_codes(columns.acts, Act, words.acts, parted)
    means = cells.required_codes(columns.means, Means, words.means, parted)
    purposes = cells.required_codes(columns.purposes, Purpose, words.purposes, parted)
    offences = cells.required_codes(columns.offences, Offence, words.offences, parted)
    handling = cells.required_codes(columns.handling, HandlingCode, words.handling, parted)
    sectors = cells.codes(columns.sectors, Sector, words.sectors, parted)
    venues = cells.codes(columns.venues, Venue, words.venues, parted)
    recruitment = cells.codes(columns.recruitment_methods, RecruitmentMethod, words.recruitment_methods, parted)
    control = cells.codes(columns.control_methods, ControlMethod, words.control_methods, parted)
    document_frauds = cells.codes(columns.document_frauds, DocumentFraud, words.document_frauds, parted)
    money = cells.codes(columns.money_movements, MoneyMovement, words.money_movements, parted)
    platforms = cells.codes(columns.platform_kinds, PlatformKind, words.platform_kinds, parted)
    ages = cells.codes(columns.victim_ages, VictimAgeBand, words.victim_ages, parted)
    first = _month(cells, columns.first_activity)
    last = _month(cells, columns.last_activity)
    if first and last and first > last:
        cells.refuse(columns.last_activity, RowReason.MONTHS_REVERSED)
    due = cells.required(columns.review_date, RowReason.MISSING_VALUE)
    review = _of_form(cells, columns.review_date, due, _DAY, RowReason.BAD_DATE)
    if not cells.refused and structure and size and victim_count is not None and source and information and tlp:
        yield NetworkRow(
            line=row.line,
            file=file.name,
            network=network,
            acts=acts,
            means=means,
            purposes=purposes,
            sectors=sectors,
            venues=venues,
            structure=structure,
            size=size,
            recruitment_methods=recruitment,
            control_methods=control,
            document_frauds=document_frauds,
            money_movements=money,
            platform_kinds=platforms,
            offences=offences,
            first_activity=first,
            last_activity=last,
            victim_count=victim_count,
            victim_ages=ages,
            source_evaluation=source,
            information_evaluation=information,
            handling=handling,
            tlp=tlp,
            review_date=review,
        )
    yield from cells.problems(row_imported=False)


def _victims(cells: RowCells, column: str, words: Mapping[str, VictimCountBand]) -> VictimCountBand | int | None:
    """A band, or the number itself: what is published of that is for the safeguards to say."""
    text = cells.text(column)
    if _NUMBER.fullmatch(text) and folded(text) not in words:
        return int(text)
    return cells.required_code(column, VictimCountBand, words)


def _month(cells: RowCells, column: str) -> str:
    text = cells.required(column, RowReason.MISSING_VALUE)
    return _of_form(cells, column, _FIRST_OF_MONTH.sub(r"\1", text), _MONTH, RowReason.BAD_MONTH)


def _of_form(cells: RowCells, column: str, text: str, form: TypeAdapter[str], reason: RowReason) -> str:
    """`text` if it has the form, else "" and the row is refused. An empty text was refused already."""
    if not text:
        return ""
    try:
        return form.validate_python(text)
    except ValidationError:
        cells.refuse(column, reason)
        return ""
