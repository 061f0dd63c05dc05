import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.identifiers import Kind
from protocol.recognition import Line, ProtectedAs, read_text
from protocol.recognition.candidates import Clue
from protocol.recognition.columns import Columns, cells

PHONES = [f"30055501{place:02d}" for place in range(20)]
CARDS = ["4111111111111111"] * 19
CPFS = ["11144477735", "52998224725", "12345678909"]
"""Published examples and invented numbers."""


def said(columns: Columns) -> list[list[tuple[Kind, Clue]]]:
    return [[(each.word.kinds[0], each.clue) for each in column] for column in columns.said]


def test_known_headings_of_four_languages_name_their_columns() -> None:
    columns = Columns.of(["Nombre;Teléfono celular;N.º de passaporte;plaque_immatriculation;observaciones", "a;b;c;d;e"], "CO")
    assert (columns.delimiter, columns.has_header) == (";", True)
    assert said(columns) == [
        [],
        [(Kind.PHONE, Clue.HEADER)],
        [(Kind.PASSPORT, Clue.HEADER)],
        [(Kind.VEHICLE_PLATE, Clue.HEADER)],
        [],
    ]


def calls(heading: str, *rows: str) -> list[list[ProtectedAs | None]]:
    """What each value of the rows is called; a mobile telephone stands in each."""
    read = read_text([Line(number, text) for number, text in enumerate([heading, *rows], 1)], "CO")
    return [[found.protected_as for found in line.found] for _, line in read][1:]


def test_a_heading_marks_its_own_column() -> None:
    marked = calls("celular;celular de la víctima;placa", "3005550147;3005550158;ABC123", "3005550147;;")
    assert marked == [[None, ProtectedAs.VICTIM, None], [None]]
    assert calls("celular;número de víctimas", "3005550147;3", "3005550158;4") == [[None], [None]]


def test_a_cell_that_says_what_somebody_is_marks_its_row() -> None:
    marked = calls("calidad;celular", "imputado;3005550147", "Testigo protegido;3005550158", "menor;3005550169")
    assert marked == [[None], [ProtectedAs.WITNESS], [ProtectedAs.MINOR]]
    assert calls("celular;víctima", "3005550147;no", "3005550158;Sí", "3005550169;") == [[None], [ProtectedAs.VICTIM], [None]]
    told = calls("celular;hechos", "3005550147;captó a la víctima en Lima", "3005550158;otra cosa")
    assert told == [[None], [None]]


def test_lists_that_look_like_a_table_are_marked_by_the_words_of_the_whole_row() -> None:
    assert calls("uno, dos, tres", "agraviada Torres Vega, Ana, celular 3005550147", "Vega, Luis, celular 3005550158") == [
        [ProtectedAs.VICTIM],
        [None],
    ]


def test_a_heading_of_two_kinds_only_hints() -> None:
    columns = Columns.of(["celular o correo", "300 555 0147"], "CO")
    assert said(columns) == [[(Kind.PHONE, Clue.HINT), (Kind.EMAIL, Clue.HINT)]]


@pytest.mark.parametrize("delimiter", ["\t", ";", "|", ","])
def test_the_delimiter_is_what_cuts_nearly_all_lines_alike(delimiter: str) -> None:
    lines = [delimiter.join(("celular", "correo")), *(delimiter.join((phone, "nobody@example.org")) for phone in PHONES)]
    assert Columns.of(lines, "CO").delimiter == delimiter


@pytest.mark.parametrize(
    "lines",
    [[], ["celular"], ["celular, placa"], ["uno, dos", "tres", "cuatro, cinco, seis"], ["300 555 0147", "300 555 0158"]],
)
def test_other_texts_are_one_column_without_a_heading(lines: list[str]) -> None:
    columns = Columns.of(lines, "CO")
    assert (columns.delimiter, columns.has_header, len(columns.said)) == (None, False, 1)


def test_a_first_line_with_a_value_is_no_heading() -> None:
    assert not Columns.of(["celular nobody@example.org", "300 555 0147"], "CO").has_header
    assert not Columns.of(["x" * 61 + " celular", "300 555 0147"], "CO").has_header


def test_a_column_in_which_nearly_all_show_one_kind_is_of_that_kind() -> None:
    assert said(Columns.of([*PHONES, "?"], "CO")) == [[(Kind.PHONE, Clue.COLUMN)]]
    assert said(Columns.of([*CPFS * 7], "BR")) == [[(Kind.TAX_ID_PERSON, Clue.COLUMN)]]


def test_too_few_cells_or_too_many_others_say_nothing() -> None:
    assert said(Columns.of(PHONES[:19], "CO")) == [[]]
    assert said(Columns.of([*PHONES, "?", "?", "?"], "CO")) == [[]]
    assert said(Columns.of([*CARDS, "4111111111111112"], None)) == [[(Kind.PAYMENT_CARD, Clue.COLUMN)]]


def test_a_column_of_countries_is_known_by_its_heading() -> None:
    columns = Columns.of(["país,dato", *(f"PE,{phone}" for phone in PHONES)], "CO")
    assert (columns.country_column, columns.has_header) == (0, True)
    assert Columns.of(["pais,country,dato", "PE,CO,x"], "CO").country_column is None


def test_headings_of_people_alone_make_a_heading() -> None:
    columns = Columns.of(["Nombre;Apellidos;FN", "Ana;Ruiz;13/04/1990"], "CO")
    assert columns.has_header
    assert columns.people is not None
    assert Columns.of(["Nombre;Apellidos;FN;Celular 2", "Ana;Ruiz;13/04/1990;3005550147"], "CO").has_header
    assert not Columns.of(["Nombre;Apellidos;FN;nobody@example.org", "Ana;Ruiz;13/04/1990;x"], "CO").has_header
    assert Columns.of(["Nombre;Apellidos;FN"], "CO").people is None
    assert not Columns.of(["Nombre;Apellidos;ingreso", "Ana;Ruiz;13/04/1990"], "CO").has_header


def test_rows_of_another_width_do_not_count() -> None:
    columns = Columns.of(["celular;correo", *(f"{phone};nobody@example.org" for phone in PHONES), "un;dos;tres"], "CO")
    assert (columns.delimiter, len(columns.said)) == (";", 2)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("a;b;;c", ["a", "b", "", "c"]),
        ('"a;b";c', ["a;b", "c"]),
        (' "a" ; c', ["a", " c"]),
        ('"a""b";c', ['a""b', "c"]),
        ('a"b;c', ['a"b', "c"]),
        ('"a;c', ['"a', "c"]),
        ("", [""]),
        (";", ["", ""]),
    ],
)
def test_cells_stand_between_delimiters_without_their_quotes(line: str, found: list[str]) -> None:
    assert [line[cell.start : cell.end] for cell in cells(line, ";")] == found


@given(st.text(alphabet='a"; ', max_size=30))
def test_any_line_has_cells_in_order(line: str) -> None:
    spans = list(cells(line, ";"))
    assert [*(span.start for span in spans)] == sorted(span.start for span in spans)
    assert all(0 <= span.start <= span.end <= len(line) for span in spans)
