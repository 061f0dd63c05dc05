"""A bench of names from three files to figures that were counted by hand, in memory that only the questions take.

All people are invented.
"""

import json
import resource
import tracemalloc
from collections.abc import Iterable, Iterator
from math import exp
from random import Random

import pytest

from node.case_files.errors import CaseFileError, NotMeasurable
from node.case_files.reasons import FileReason, RowReason
from node.case_files.registers import DateForm
from node.flows.bench_names import NamesBench, Source, bench_names
from protocol.names import NAME_KEYS_VERSION, Fact, PersonReason, judge, name_keys, read_birth_date, read_person

HEADER = "id,given_names,surnames,birth_date\n"

ASKED = """\
a1,Rosa María,Quispe Luna,1990-05-31
a2,Wilmer,Zapata Huamán,1955-11-12
a3,Yuleisy,Bracamonte Ticona,1988-03-09
a4,Inés,,
a5,Eulogio,Sotomayor,1971-02-03
a6,Nadie,Desconocido,1930-10-10
"""
# b1 and b2 are found. b8 is nobody's and shares all but the given name with a3, whose own row has neither name nor date right.
# a4 has no key. a5 is written in columns that were exchanged. a6 is in no other register.
HELD = """\
b7,Pedro,Estrella,1960-07-07
b1,Rosa Maria,Kispe Luna,1990-05-31
b2,Wilmer,Sapata Guamán,1955-11-12
b8,Ofelia,Bracamonte Ticona,1988-03-09
b3,Julia,Otra,2001-01-02
b4,Inés,Prado,1999-09-09
b5,Sotomayor,Eulogio,1971-02-03
"""
LINKS = "a1,b1\na2,b2\na3,b3\na4,b4\na5,b5\n"


def bench(asked: str = ASKED, held: str = HELD, links: str = LINKS, dates: DateForm | None = None) -> NamesBench:
    sources = [Source("a.csv", [(HEADER + asked).encode()]), Source("b.csv", [(HEADER + held).encode()])]
    return bench_names(sources[0], sources[1], Source("l.csv", [("id_a,id_b\n" + links).encode()]), dates)


def inputs(*people: tuple[str, str, str]) -> int:
    return sum(len(name_keys(read_person(given, surnames, read_birth_date(born)))) for given, surnames, born in people)


def test_the_figures_are_those_that_a_person_counts() -> None:
    found = bench()
    # Shown, one to one: a1-b1, a2-b2, a5-b5, which are right, and a3-b8, which is wrong. True pairs: 5. Questions: 6.
    assert found.row()["candidate"] == {"precision": 0.75, "recall": 0.6, "f1": 0.6667, "false_hits": 0.1667}
    assert found.linked == 5
    # In their order by odds the three right ones come first: the sibling shares fewer facts than any of them.
    assert found.recall_at_99 == pytest.approx(3 / 5)
    everybody = (line.split(",") for line in ASKED.splitlines())
    costing = [(given, surnames, born) for _, given, surnames, born in everybody if born]
    assert found.inputs == inputs(*costing) / 6


def test_who_is_looked_for_in_vain_counts_against_recall_and_not_against_precision() -> None:
    found = bench(links="a3,b3\n", held="b3,Julia,Otra,2001-01-02\n").candidate
    assert (found.precision, found.recall, found.f1, found.false_hits) == (0, 0, 0, 0)


def test_a_candidate_is_told_apart_from_a_strong_one_by_the_length_of_the_list() -> None:
    person = read_person("Julia", "Quispe", read_birth_date("1990-05"))
    facts = frozenset({Fact.GIVEN_NAME, Fact.FIRST_SURNAME, Fact.YEAR_AND_MONTH})
    people = round(10_000 * exp(judge(person, facts, 10_000).odds + 0.75))  # what leaves odds of -0.75 in a list that long
    strangers = "".join(f"s{number},Nadie,,\n" for number in range(people - 1))
    found = bench("a1,Julia,Quispe,1990-05\n", "b1,Julia,Quispe,1990-05\n" + strangers, "a1,b1\n")
    assert (found.candidate.recall, found.strong.recall) == (1, 0)
    short = bench("a1,Julia,Quispe,1990-05\n", "b1,Julia,Quispe,1990-05\n", "a1,b1\n")
    assert (short.candidate.recall, short.strong.recall) == (1, 1)


def test_every_row_is_accounted_for_and_named_only_by_its_line() -> None:
    found = bench(
        ASKED + "a7\n,Sin,Identificador,1990-01-01\na8,Juan,Mal,ayer\n", HELD + "b9,Un\x07o,Dos,1990-01-01\n", LINKS + ",\n,b6\n"
    )
    shown = found.row()
    assert shown["version"] == NAME_KEYS_VERSION
    assert shown["a"] == {
        "rows": 9,
        "unread": {"ragged_row": {"count": 1, "lines": [8]}, "missing_value": {"count": 1, "lines": [9]}},
        "not_comparable": {"needs_birth_date": {"count": 1, "lines": [5]}, "bad_birth_date": {"count": 1, "lines": [10]}},
        "encodings": {"utf-8": 10},
        "unfit": {"count": 0, "lines": []},
    }
    assert shown["b"]["not_comparable"] == {"control_characters": {"count": 1, "lines": [9]}}
    assert shown["links"]["unread"] == {"missing_value": {"count": 1, "lines": [8]}}
    assert set(found.asked.unread) <= set(RowReason)
    assert PersonReason.BAD_BIRTH_DATE in found.asked.not_comparable
    assert "Rosa" not in json.dumps(shown) and "b9" not in json.dumps(shown)


def test_dates_of_the_form_given_are_read() -> None:
    asked = "a1,Rosa,Quispe,31/05/1990\n"
    assert bench(asked, "b1,Rosa,Quispe,1990-05-31\n", "a1,b1\n").candidate.recall == 0
    assert bench(asked, "b1,Rosa,Quispe,1990-05-31\n", "a1,b1\n", DateForm("%d/%m/%Y")).candidate.recall == 1


def refusal(asked: str = ASKED, held: str = HELD, links: str = LINKS) -> CaseFileError:
    with pytest.raises(NotMeasurable) as refused:
        bench(asked, held, links)
    return refused.value


@pytest.mark.parametrize(
    ("files", "file", "reason", "line", "column"),
    [
        ((ASKED + "a1,Otra,Persona,1990-01-01\n",), "a.csv", FileReason.REPEATED_ID, 8, "id"),
        ((ASKED, HELD + "b3,Otra,Persona,1990-01-01\n"), "b.csv", FileReason.REPEATED_ID, 9, "id"),
        ((ASKED, HELD, LINKS + "a0,b8\n"), "l.csv", FileReason.UNKNOWN_ID, 7, "id_a"),
        ((ASKED, HELD, LINKS + "a6,b0\n"), "l.csv", FileReason.UNKNOWN_ID, 7, "id_b"),
        ((ASKED, HELD, LINKS + "a6,b1\n"), "l.csv", FileReason.REPEATED_LINK, 7, "id_b"),
        ((ASKED, HELD, ",\n,b6\n"), "l.csv", FileReason.NO_ROWS, None, None),
        ((ASKED, HELD, ",b6\n"), "l.csv", FileReason.NO_ROWS, None, None),
        (("", HELD), "a.csv", FileReason.NO_ROWS, None, None),
        ((ASKED, ""), "b.csv", FileReason.NO_ROWS, None, None),
        (("a1\n" * 9,), "l.csv", FileReason.UNKNOWN_ID, 2, "id_a"),
        ((ASKED, "b1\n" * 9), "l.csv", FileReason.UNKNOWN_ID, 2, "id_b"),
    ],
)
def test_files_that_do_not_say_who_is_whom_are_refused_with_the_place(
    files: tuple[str, ...], file: str, reason: FileReason, line: int | None, column: str | None
) -> None:
    refused = refusal(*files)
    assert (refused.file, refused.reason, refused.line, refused.column) == (file, reason, line, column)


def test_a_stranger_s_id_may_stand_twice_for_it_says_of_nobody_who_he_is() -> None:
    assert bench(held=HELD + "b7,Otro,Extraño,1961-01-01\n").row()["candidate"] == bench().row()["candidate"]


def test_a_link_to_a_row_that_cannot_be_read_is_left_out_and_named_but_not_more_links_than_such_rows() -> None:
    found = bench(ASKED.replace("a2,Wilmer,", "a2,"), HELD.replace("b1,Rosa Maria,", "b1,"))
    assert (found.linked, found.left_out.row()) == (3, {"count": 2, "lines": [3, 2]})
    assert found.candidate.recall == pytest.approx(1 / 3)
    refused = refusal(ASKED.replace("a2,Wilmer,", "a2,"), HELD, LINKS + "a0,b8\n")
    assert (refused.reason, refused.line) == (FileReason.UNKNOWN_ID, 3)


SOUNDS = ("ba", "co", "di", "fu", "ge", "lla", "mi", "ño", "pa", "qui", "ro", "sa", "tu", "vi", "za")


def strangers(rows: int) -> Iterator[bytes]:
    """Rows of invented words, a chunk of a hundred at a time; those of the first are asked for."""
    draw = Random(7)  # noqa: S311 -- invented people
    yield HEADER.encode()
    for start in range(0, rows, 100):
        names = (" ".join("".join(draw.choices(SOUNDS, k=3)) for _ in range(3)) for _ in range(100))
        dates = (f"{draw.randint(1930, 2010)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}" for _ in range(100))
        people = zip(range(start, start + 100), names, dates, strict=True)
        yield "".join(f"{number},{name.replace(' ', ',', 1)},{date}\n" for number, name, date in people).encode()


def asking(questions: int) -> tuple[Source, Source]:
    links = "id_a,id_b\n" + "".join(f"{number},{number}\n" for number in range(questions))
    return Source("a.csv", strangers(questions)), Source("l.csv", [links.encode()])


def run(questions: int, held: Iterable[bytes]) -> NamesBench:
    asked, links = asking(questions)
    return bench_names(asked, Source("b.csv", held), links, None)


def test_a_long_register_takes_no_more_memory_than_a_short_one() -> None:
    run(100, strangers(2_000))  # what libraries keep is loaded
    peaks = []
    for rows in (2_000, 12_000):
        tracemalloc.start()
        assert run(100, strangers(rows)).candidate.recall == 1
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + (1 << 20)


@pytest.mark.deep
@pytest.mark.timeout(3600)
def test_a_million_people_are_read_in_memory_that_only_the_questions_take() -> None:
    run(1_000, strangers(20_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = run(1_000, strangers(1_000_000))
    assert found.held.rows == 1_000_000
    assert found.candidate.recall > 0.9
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 32 << 10, "kilobytes"
