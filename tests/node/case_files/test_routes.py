"""A place of a route is one that a record can carry."""

from collections.abc import Callable
from typing import Any

import pytest

from node.case_files import Mapping, Problem, RouteRow, RowReason, read_rows
from tests.node.case_files.conftest import TODAY

PLACE = {
    "network": "RED-CO-1",
    "route": "A",
    "order": "10",
    "kind": "origin",
    "country": "Perú",
    "subdivision": "PE-LOR",
    "locode": "PEIQT",
    "transport": "",
    "crossing": "",
}
Read = Callable[..., list[RouteRow | Problem]]


@pytest.fixture
def read(mapping_of: Callable[..., Mapping], routes: Callable[..., dict[str, Any]]) -> Read:
    """Reads one place, with the cells given changed."""

    def one(**changes: str) -> list[RouteRow | Problem]:
        cells = PLACE | changes
        raw = "\n".join(";".join(line) for line in ([column.upper() for column in cells], list(cells.values())))
        results = list(read_rows(mapping_of(routes()), {"rutas.csv": raw.encode()}, TODAY))
        return [result for result in results if isinstance(result, RouteRow | Problem)]

    return one


def test_a_place_becomes_a_node_of_a_record(read: Read) -> None:
    (row,) = read()
    assert isinstance(row, RouteRow)
    assert (row.network, row.route, row.order) == ("RED-CO-1", "A", 10)
    assert (row.node.kind, row.node.country, row.node.subdivision, row.node.locode) == ("origin", "PE", "PE-LOR", "PEIQT")
    assert row.node.transport is None


def test_a_country_alone_is_a_place(read: Read) -> None:
    (row,) = read(country="CO", subdivision="", locode="")
    assert isinstance(row, RouteRow)
    assert (row.node.country, row.node.subdivision, row.node.locode) == ("CO", None, None)


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"network": ""}, "NETWORK", "missing_network"),
        ({"route": ""}, "ROUTE", "missing_route"),
        ({"order": ""}, "ORDER", "missing_value"),
        ({"order": "first"}, "ORDER", "bad_order"),
        ({"order": "٣"}, "ORDER", "bad_order"),
        ({"kind": "somewhere"}, "KIND", "unknown_code"),
        ({"kind": ""}, "KIND", "missing_value"),
        ({"transport": "teleport"}, "TRANSPORT", "unknown_code"),
        ({"crossing": "invented"}, "CROSSING", "unknown_code"),
        ({"country": ""}, "COUNTRY", "missing_value"),
        ({"country": "Atlantis"}, "COUNTRY", "unknown_place"),
        ({"subdivision": "PE-QQQ"}, "SUBDIVISION", "unknown_place"),
        ({"locode": "Calle 1 # 2-3"}, "LOCODE", "unknown_place"),
        ({"subdivision": "CO-AMA"}, "COUNTRY", "other_country"),
        ({"locode": "COLET"}, "COUNTRY", "other_country"),
    ],
)
def test_a_place_that_no_record_can_carry_is_refused(read: Read, changes: dict[str, str], column: str, reason: str) -> None:
    assert read(**changes) == [Problem("rutas.csv", 2, column, RowReason(reason), row_imported=False)]
