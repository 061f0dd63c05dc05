from protocol.identifiers import NORMALISER_VERSIONS, Kind
from tests.protocol.identifiers.changes import changes
from tests.protocol.identifiers.vectors import FILE, rows_of

ROWS = rows_of(FILE)


def test_the_vectors_of_this_release_show_no_change() -> None:
    assert list(changes(ROWS)) == []


def test_another_form_another_version_and_a_new_kind_are_listed_by_kind() -> None:
    older = [dict(row) for row in ROWS if row["kind"] != Kind.MAC]
    first = next(row for row in older if row["kind"] == Kind.IMEI)
    first["canonical"] = "00000000000000"
    for row in older:
        if row["kind"] == Kind.IMO:
            row["version"] = "imo-0"
    lines = list(changes(older))
    imei, imo = NORMALISER_VERSIONS[Kind.IMEI], NORMALISER_VERSIONS[Kind.IMO]
    count = {kind: sum(row["kind"] == kind for row in older) for kind in (Kind.IMEI, Kind.IMO)}
    assert lines[0] == f"imei: {imei} -> {imei}, 1 of {count[Kind.IMEI]} vectors changed"
    assert lines[1].startswith(f"  {first['value']!r}: 00000000000000 -> ")
    assert lines[2] == f"mac: new, {NORMALISER_VERSIONS[Kind.MAC]}"
    assert lines[3] == f"imo: imo-0 -> {imo}, 0 of {count[Kind.IMO]} vectors changed"


def test_a_value_that_is_no_longer_read_is_listed_with_the_reason() -> None:
    older = [{"kind": "imei", "value": "12", "version": "imei-0", "canonical": "12"}]
    assert "  '12': 12 -> refused: wrong_length" in list(changes(older))
