"""Rows of routes: one place a row."""

import re
from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from node.case_files.mapping import RoutesFile, folded
from node.case_files.problems import Problem
from node.case_files.reasons import RowReason
from node.case_files.row_cells import RowCells
from node.case_files.rows import RouteRow
from node.case_files.tables import TableRow
from protocol.record import RouteNode
from protocol.vocabulary import BorderCrossing, RouteNodeKind, TransportMode

# Only the order counts, so offices may number in tens.
_ORDER = re.compile(r"[0-9]{1,4}", re.ASCII)


def read_route(file: RoutesFile, networks: frozenset[str] | None, row: TableRow) -> Iterator[RouteRow | Problem]:
    """The row, or what was wrong with it. `networks` as in `read_subject`."""
    cells, columns, words = RowCells(file.name, row), file.columns, file.values
    network = cells.network(columns.network, networks)
    route = cells.required(columns.route, RowReason.MISSING_ROUTE)
    order = cells.required(columns.order, RowReason.MISSING_VALUE)
    if order and not _ORDER.fullmatch(order):
        cells.refuse(columns.order, RowReason.BAD_ORDER)
    kind = cells.required_code(columns.kind, RouteNodeKind, words.kind)
    country = cells.required(columns.country, RowReason.MISSING_VALUE)
    subdivision = cells.text(columns.subdivision)
    locode = cells.text(columns.locode)
    transport = cells.code(columns.transport, TransportMode, words.transport)
    crossing = cells.code(columns.crossing, BorderCrossing, words.crossing)
    if kind is not None and not cells.refused:
        try:
            node = RouteNode(
                kind=kind,
                country=words.country.get(folded(country), country),
                subdivision=_place(subdivision, words.subdivision),
                locode=_place(locode, words.locode),
                transport=transport,
                crossing=crossing,
            )
            yield RouteRow(row.line, file.name, network, route, int(order), node)
        except ValidationError as error:
            _refuse_place(cells, file, error)
    yield from cells.problems(row_imported=False)


def _place(text: str, words: Mapping[str, str]) -> str | None:
    return words.get(folded(text), text) or None


def _refuse_place(cells: RowCells, file: RoutesFile, error: ValidationError) -> None:
    """The model's first complaint at the column it is about; about the places together, it is the country's."""
    first = error.errors(include_input=False, include_url=False)[0]
    by_field = {"subdivision": file.columns.subdivision, "locode": file.columns.locode}
    column = by_field.get(str(first["loc"][0]) if first["loc"] else "") or file.columns.country
    cells.refuse(column, RowReason.OTHER_COUNTRY if first["type"] == "other_country" else RowReason.UNKNOWN_PLACE)
