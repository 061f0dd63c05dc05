"""Every parser under fire: its corpus as it is, and bent in every way that bytes are bent. It raises what it may, or nothing.

What a run finds goes into the corpus, so that it is asked again at every run.
"""

import ast
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.parser import CORPORA, Parser, as_text
from tests.fuzz.parsers import PARSERS

ROOT = Path(__file__).parents[2]
SECONDS, MEMORY = 20.0, 64 << 20
"""What one call may cost, on a loaded machine. An input is at most a few hundred kilobytes."""
LONGEST = 1 << 18
SHORT = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(SHORT, max_examples=3000)
SURE = settings(SHORT, max_examples=300, derandomize=True)
"""The same shots at every run: whether the fire would find a fault must not be a matter of luck."""
TOKENS = (
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\n", b'"', b"'", b"\\", b"{}", b"[]", b"null", b"NaN", b"-1", b"0", b"1e999"),
    *(
        b"9" * 400,
        b"[" * 3000,
        b'{"a":' * 3000,
        b"<a>" * 500,
        b"&#x0;",
        "\u202e\u200b\u0301".encode(),
        b"\xed\xa0\x80",
        b"%00",
        b"=",
    ),
    *(b"\xd9\xa1\xd9\xa2\xd9\xa3", "ſ\u212a\u0130".encode(), b"\x1b[31m", b"\x7f", b" " * 2000, b";" * 300, b"A" * 5000),
)


def corpus(parser: Parser) -> list[bytes]:
    return [path.read_bytes() for path in sorted((CORPORA / parser.name).iterdir())]


def ask(parser: Parser, raw: bytes) -> None:
    """Run the parser once: only what it may raise, within its time, and what it took prints as it came."""
    began = time.process_time()
    try:
        value = parser.run(raw)
    except parser.allowed:
        return
    finally:
        assert time.process_time() - began < SECONDS
    if parser.prints is not None:
        assert parser.prints(value) in (raw, as_text(raw).encode())


@st.composite
def bent(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A seed after one to four changes: flipped, cut, doubled, spliced with another seed, or with something hostile put in."""
    raw = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(raw)))
        change = draw(st.sampled_from(("flip", "cut", "head", "tail", "double", "splice", "token", "token", "edge", "bytes")))
        if change == "flip" and at < len(raw):
            raw = raw[:at] + bytes([raw[at] ^ (1 << draw(st.integers(0, 7)))]) + raw[at + 1 :]
        elif change == "cut":
            raw = raw[:at] + raw[at + draw(st.integers(0, 40)) :]
        elif change == "head":
            raw = raw[:at]
        elif change == "tail":
            raw = raw[at:]
        elif change == "double":
            raw = raw[:at] + raw[max(0, at - draw(st.integers(1, 60))) :]
        elif change == "splice":
            other = draw(st.sampled_from(seeds))
            raw = raw[:at] + other[draw(st.integers(0, len(other))) :]
        elif change == "edge":
            token = draw(st.sampled_from((b" ", b"\n", b"\t", *TOKENS)))
            raw = token + raw if draw(st.booleans()) else raw + token
        else:
            raw = raw[:at] + (draw(st.sampled_from(TOKENS)) if change == "token" else draw(st.binary(max_size=20))) + raw[at:]
    return raw[:LONGEST]


def bombard(parser: Parser, length: settings) -> None:
    @length
    @given(bent(corpus(parser)))
    def bombarded(raw: bytes) -> None:
        ask(parser, raw)

    bombarded()


NAMED = pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)


@NAMED
def test_a_parser_takes_or_refuses_its_corpus(parser: Parser) -> None:
    seeds = corpus(parser)
    assert seeds
    for raw in [*seeds, b"", *TOKENS]:
        ask(parser, raw)


@NAMED
def test_a_corpus_has_something_that_is_taken(parser: Parser) -> None:
    def taken(raw: bytes) -> bool:
        try:
            parser.run(raw)
        except parser.allowed:
            return False
        return True

    assert any(map(taken, corpus(parser))), "a corpus that is refused at the first step reaches nothing"


@NAMED
def test_a_parser_holds_under_fire(parser: Parser) -> None:
    bombard(parser, SHORT)


@NAMED
@pytest.mark.deep
def test_a_parser_holds_under_long_fire(parser: Parser) -> None:
    bombard(parser, LONG)


@NAMED
def test_a_parser_takes_no_more_memory_than_its_input_is_worth(parser: Parser) -> None:
    largest = max(corpus(parser), key=len)
    tracemalloc.start()
    try:
        for raw in (largest, largest + b"[" * 100_000, largest * (1 + 100_000 // max(1, len(largest)))):
            ask(parser, raw)
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


def test_a_parser_that_raises_anything_else_or_prints_otherwise_is_seen() -> None:
    careless = Parser("base64url", lambda raw: raw[10], (ValueError,), ())
    with pytest.raises(IndexError):
        bombard(careless, SURE)
    lenient = Parser("base64url", lambda raw: raw.strip(), (ValueError,), (), bytes)
    with pytest.raises(AssertionError):
        bombard(lenient, SURE)


def parsers_by_convention() -> set[str]:
    """Functions that take bytes or text from outside, by their names and the type of their first argument."""
    found = set()
    for package in ("crypto", "protocol", "node"):
        for path in sorted((ROOT / package).rglob("*.py")):
            module = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
            tree = ast.parse(path.read_text("utf-8"))
            classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
            for owner in (None, *classes):
                for function in (owner or tree).body:
                    if isinstance(function, ast.FunctionDef) and is_parser(function):
                        found.add(f"{module}:{owner.name + '.' if owner else ''}{function.name}")
    return found


def is_parser(function: ast.FunctionDef) -> bool:
    name = function.name
    if not (name.startswith(("from_", "parse", "read_", "admit", "normalise", "recognise")) or name == "load_certificate"):
        return False
    arguments = [each for each in function.args.args if each.arg not in ("cls", "self")]
    first = arguments[0].annotation if arguments else None
    return first is not None and ast.unparse(first) in ("bytes", "str")


def test_every_function_that_is_a_parser_by_its_name_stands_in_the_table() -> None:
    covered = {name for parser in PARSERS for name in parser.covers}
    missing = parsers_by_convention() - covered
    assert missing == set(), "give it a line in tests/fuzz/parsers.py and a corpus"


def test_every_corpus_has_a_parser_and_no_two_parsers_share_one() -> None:
    names = [parser.name for parser in PARSERS]
    assert sorted(names) == sorted({path.name for path in CORPORA.iterdir()})
