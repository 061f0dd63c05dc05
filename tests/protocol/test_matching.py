"""One question from both ends, with real keys: what comes back, what it hides, and that it can be opened before a court."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import BadPath, BadProof
from crypto.merkle import inclusion_path, leaf_hash, root_from, root_of
from crypto.oprf import BlindingFactor, blind
from protocol import limits
from protocol.errors import Malformed, TooLarge
from protocol.index.entry import KEY_TYPE_IDENTIFIER, Label, Place, make_entry, make_padding, open_entry, tag_of
from protocol.index.segment import Segment, build_segment
from protocol.matching import (
    Opened,
    OpeningRefused,
    Openings,
    Prepared,
    _commitment,
    answer,
    blinded_elements,
    check_opening,
    dummy_input,
    epoch_info,
    padded_size,
    prepare,
    read_answer,
)
from protocol.messages import MatchAnswer, MatchRequest
from protocol.wire import canonical, parse
from tests.protocol.federation import (
    BR,
    CO,
    EPOCH,
    INPUTS,
    PE,
    list_id,
    octets,
    prepared_question,
    question,
    seeded,
    server_key,
)

PREPARED = prepared_question()
QUESTION = question(PREPARED)
SIZE = 16
ELEMENT = QUESTION.elements[:32]


def answered(prepared: Prepared, by: object = PE) -> MatchAnswer:
    key = server_key(PE if by is PE else BR)
    return answer(blinded_elements(question(prepared)), key, seeded("answer"))


# The round trip.


@settings(max_examples=15, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=20, unique=True), st.integers(0, 1000))
def test_the_asker_gets_the_outputs_of_its_inputs_in_its_order(inputs: list[bytes], seed: int) -> None:
    prepared = prepare(inputs, seeded(f"question {seed}"))
    outputs = read_answer(prepared, answered(prepared), server_key(PE).public)
    assert outputs == [server_key(PE).evaluate_input(value) for value in inputs]


@pytest.mark.parametrize(("asked", "held"), [(3, 0), (0, 3), (0, 16), (15, 2), (1, 40)])
def test_what_is_held_has_its_place_and_nothing_that_is_drawn_or_sent_differs_in_number_or_size(asked: int, held: int) -> None:
    inputs = [f"invented {number}".encode() for number in range(asked + held)]
    drawn: list[list[int]] = []

    def counted() -> Callable[[int], bytes]:
        sizes: list[int] = []
        drawn.append(sizes)
        source = seeded("held")

        def random(size: int) -> bytes:
            sizes.append(size)
            return source(size)

        return random

    whole, partly = prepare(inputs, counted()), prepare(inputs[:asked], counted(), held=held)
    assert len(whole.elements) == len(partly.elements)
    assert drawn[0] == drawn[1]
    assert set(partly.openings.values).isdisjoint(inputs[asked:])
    outputs = read_answer(partly, answered(partly), server_key(PE).public)
    assert outputs == [server_key(PE).evaluate_input(value) for value in inputs[:asked]]


def test_an_answer_survives_the_wire() -> None:
    reply = answered(PREPARED)
    assert parse(MatchAnswer, canonical(reply), limit=1 << 20, where="body") == reply


def test_a_published_identifier_is_found_opened_and_nothing_else_is() -> None:
    key, place = server_key(PE), Place(PE, list_id(PE), EPOCH)
    label = Label(octets("a record").hex()[:32], KEY_TYPE_IDENTIFIER, octets("a handle")[:16])
    published = make_entry(key.evaluate_input(INPUTS[2]), 0, label, place, seeded("entry"))
    padding = seeded("padding")
    index = Segment(build_segment([published, *(make_padding(padding) for _ in range(15))]))
    outputs = read_answer(PREPARED, answered(PREPARED), key.public)
    found = [index.find(tag_of(output, 0)) for output in outputs]
    hit = found[2]
    assert hit is not None
    assert [position for position in found if position is not None] == [hit]
    assert open_entry(index.entry(hit), outputs[2], 0, place) == label


def test_an_answer_under_another_key_is_void() -> None:
    with pytest.raises(BadProof):
        read_answer(PREPARED, answered(PREPARED, by=BR), server_key(PE).public)


def test_an_answer_with_one_element_exchanged_is_void() -> None:
    reply = answered(PREPARED)
    spoilt = reply.model_copy(update={"elements": ELEMENT + reply.elements[32:]})
    with pytest.raises(BadProof):
        read_answer(PREPARED, spoilt, server_key(PE).public)


@pytest.mark.parametrize(
    "change, where",
    [
        ({"elements": ELEMENT * 32}, "body.elements"),
        ({"elements": bytes(32) * SIZE}, "body.elements"),
        ({"elements": b"\xff" * 32 * SIZE}, "body.elements"),
        ({"proof": bytes(64)}, "body.proof"),
        ({"proof": b"\xff" * 64}, "body.proof"),
    ],
)
def test_an_answer_of_another_form_is_malformed(change: dict[str, object], where: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_answer(PREPARED, answered(PREPARED).model_copy(update=change), server_key(PE).public)
    assert caught.value.where == where


@pytest.mark.parametrize("element", [bytes(32), b"\xff" * 32, b"\x01" + bytes(31)])
def test_a_question_with_what_is_no_element_is_malformed(element: bytes) -> None:
    with pytest.raises(Malformed, match="not_an_element"):
        blinded_elements(QUESTION.model_copy(update={"elements": element + QUESTION.elements[32:]}))


# What a question tells.


@given(st.integers(1, limits.BATCH_LARGEST))
def test_a_question_is_padded_to_the_next_power_of_two_from_sixteen_up(count: int) -> None:
    size = padded_size(count)
    assert size.bit_count() == 1
    assert count <= size
    assert size == 16 or size < 2 * count


@pytest.mark.parametrize("count, size", [(1, 16), (16, 16), (17, 32), (4096, 4096), (4097, 8192), (8192, 8192)])
def test_padded_sizes(count: int, size: int) -> None:
    assert padded_size(count) == size


@pytest.mark.parametrize("count", [1, 2, 15, 16])
def test_the_number_of_identifiers_up_to_sixteen_does_not_show(count: int) -> None:
    prepared = prepare([f"invented {number}".encode() for number in range(count)], seeded("size"))
    sent = canonical(question(prepared))
    assert len(sent) == len(canonical(QUESTION))
    assert len({QUESTION.elements[at : at + 32] for at in range(0, 512, 32)}) == SIZE


def test_asking_for_nothing_or_too_much_is_refused() -> None:
    with pytest.raises(Malformed, match="empty"):
        prepare([], seeded("none"))
    with pytest.raises(TooLarge) as caught:
        prepare([number.to_bytes(2, "big") for number in range(limits.BATCH_LARGEST + 1)], seeded("many"))
    assert caught.value.facts == {"count": 8193, "limit": 8192}


def test_asking_twice_for_one_identifier_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="distinct"):
        prepare([b"same", b"same"], seeded("twice"))


def test_no_element_of_one_question_stands_in_another_about_the_same_identifiers() -> None:
    again = prepare(INPUTS, seeded("another question"))
    assert not {bytes(b.element) for b in PREPARED.blindings} & {bytes(b.element) for b in again.blindings}


def test_identifiers_stand_anywhere_among_the_dummies() -> None:
    places = {prepare([b"invented"], seeded(f"order {number}")).order[0] for number in range(150)}
    assert places == set(range(SIZE))


def test_nothing_secret_is_shown() -> None:
    shown = f"{PREPARED!r} {PREPARED.openings!r} {PREPARED.openings} {PREPARED.openings.open(0)!r} {PREPARED.openings.open(0)}"
    assert "invented" not in shown
    assert "seed" not in shown
    assert "b'" not in shown


def test_each_list_and_epoch_has_a_key_of_its_own() -> None:
    infos = {epoch_info(state, ident, epoch) for state in (CO, PE) for ident in ("0" * 32, "1" * 32) for epoch in (1, 2)}
    assert len(infos) == 8


# The commitment and its openings.


@pytest.mark.parametrize("position", range(SIZE))
def test_every_position_opens_as_an_identifier_of_the_case_or_a_dummy_of_the_seed(position: int) -> None:
    opened = PREPARED.openings.open(position)
    check_opening(QUESTION, opened)
    if position in PREPARED.order:
        assert opened.value == INPUTS[PREPARED.order.index(position)]
    else:
        assert opened.value == dummy_input(PREPARED.openings.seed, position)


@settings(max_examples=6, deadline=None)
@given(st.integers(1, 40), st.data())
def test_questions_of_any_size_open(count: int, data: st.DataObject) -> None:
    prepared = prepare([f"invented {number}".encode() for number in range(count)], seeded("sizes"))
    check_opening(question(prepared), prepared.openings.open(data.draw(st.integers(0, padded_size(count) - 1))))


def test_openings_survive_their_storage() -> None:
    openings = PREPARED.openings
    assert parse(Openings, canonical(openings), limit=1 << 20, where="openings") == openings
    assert openings.root() == QUESTION.commitment


HONEST = PREPARED.openings.open(3)
OTHER = PREPARED.openings.open(4)

TAMPERINGS: dict[str, tuple[dict[str, object], str]] = {
    "another value": ({"value": b"another"}, "opening.path"),
    "another factor": ({"factor": OTHER.factor}, "opening.path"),
    "another salt": ({"salt": OTHER.salt}, "opening.path"),
    "another position": ({"position": 4}, "opening.path"),
    "another path": ({"path": OTHER.path}, "opening.path"),
    "a shorter path": ({"path": HONEST.path[:-1]}, "opening.path"),
    "a longer path": ({"path": (*HONEST.path, HONEST.path[0])}, "opening.path"),
    "no path": ({"path": ()}, "opening.path"),
    "the seed's position": ({"position": SIZE}, "opening.position"),
    "a position before the first": ({"position": -1}, "opening.position"),
    "a position that is no position": ({"position": 1 << 52}, "opening.position"),
    "a value longer than any input": ({"value": bytes(1 << 16)}, "opening.value"),
}


@pytest.mark.parametrize("change, where", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_an_opening_that_was_tampered_with_is_refused(change: dict[str, object], where: str) -> None:
    check_opening(QUESTION, HONEST)
    with pytest.raises(OpeningRefused) as caught:
        check_opening(QUESTION, HONEST.model_copy(update=change))
    assert caught.value.where == where


def test_another_questions_opening_is_refused() -> None:
    other = prepare(INPUTS, seeded("another question"))
    with pytest.raises(OpeningRefused):
        check_opening(QUESTION, other.openings.open(3))


def committed(values: Sequence[bytes], factors: Sequence[bytes], elements: bytes) -> tuple[MatchRequest, Callable[[int], Opened]]:
    """What a dishonest asker can sign: a commitment to these values and factors, beside these elements."""
    salts = [octets(f"salt {position}") for position in range(len(values) + 1)]
    leaves = [_commitment(salts[n], n, value, factor) for n, (value, factor) in enumerate(zip(values, factors, strict=True))]
    leaves.append(leaf_hash(b"a seed, never opened here"))
    asked = QUESTION.model_copy(update={"elements": elements, "commitment": root_of(leaves)})

    def opening(n: int) -> Opened:
        path = tuple(inclusion_path(n, leaves))
        return Opened(position=n, value=values[n], factor=factors[n], salt=salts[n], path=path)

    return asked, opening


def check_path_only(asked: MatchRequest, opened: Opened) -> None:
    """The weakened copy: the commitment holds, whatever element was sent."""
    leaf = _commitment(opened.salt, opened.position, opened.value, opened.factor)
    if root_from(opened.position, asked.size + 1, leaf, opened.path) != asked.commitment:
        raise BadPath


def test_who_commits_to_one_identifier_and_asks_for_another_is_caught_and_would_pass_a_check_of_the_path_alone() -> None:
    factors = BlindingFactor.batch(SIZE, seeded("dishonest"))
    harmless = [f"harmless {position}".encode() for position in range(SIZE)]
    really = b"".join(bytes(blind(b"really asked %d" % n, factor).element) for n, factor in enumerate(factors))
    asked, opening = committed(harmless, [factor.reveal() for factor in factors], really)
    check_path_only(asked, opening(0))
    with pytest.raises(OpeningRefused) as caught:
        check_opening(asked, opening(0))
    assert caught.value.where == "opening.value"


@pytest.mark.parametrize("factor", [bytes(32), b"\xff" * 32])
def test_a_commitment_to_what_is_no_blinding_factor_is_caught(factor: bytes) -> None:
    asked, opening = committed([b"value"] * SIZE, [factor] * SIZE, QUESTION.elements)
    with pytest.raises(OpeningRefused) as caught:
        check_opening(asked, opening(0))
    assert caught.value.where == "opening.factor"


@settings(max_examples=40)
@given(st.integers(0, 20), st.binary(max_size=40), st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_an_invented_opening_is_refused(position: int, value: bytes, factor: bytes, salt: bytes) -> None:
    with pytest.raises(OpeningRefused):
        check_opening(QUESTION, Opened(position=position, value=value, factor=factor, salt=salt, path=HONEST.path))
