"""The verifiable oblivious pseudorandom function: vectors, another implementation, and attacks."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import pytest
import voprf.ristretto as peer
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import BadElement, BadInput, BadProof, BadScalar
from crypto.group import Scalar
from crypto.oprf import (
    MAX_BATCH,
    MAX_INPUT,
    BlindedElement,
    Blinding,
    BlindingFactor,
    EvaluatedElement,
    Evaluation,
    Proof,
    PublicKey,
    ServerKey,
    blind,
    blind_batch,
    element_of,
    finalize,
)


class ProofVector(TypedDict):
    proof: str
    r: str


class Vector(TypedDict):
    Batch: int
    Blind: str
    BlindedElement: str
    EvaluationElement: str
    Input: str
    Output: str
    Proof: ProofVector


SUITE = json.loads((Path(__file__).parents[1] / "vectors" / "rfc9497-ristretto255.json").read_text())[1]
VECTORS: list[Vector] = SUITE["vectors"]
SEED, INFO = bytes.fromhex(SUITE["seed"]), bytes.fromhex(SUITE["keyInfo"])
KEY = ServerKey.derive(SEED, INFO)

inputs = st.lists(st.binary(max_size=40), min_size=1, max_size=4)


def parts(listed: str) -> list[bytes]:
    return [bytes.fromhex(part) for part in listed.split(",")]


def ask(*data: bytes) -> tuple[list[Blinding], Evaluation]:
    blindings = blind_batch(data, os.urandom)
    return blindings, KEY.evaluate([blinding.element for blinding in blindings], os.urandom)


# --- published vectors ----------------------------------------------------------------------------------------------


def test_the_key_derived_from_the_published_seed_is_the_published_one() -> None:
    assert SUITE["mode"] == 1
    assert bytes(KEY.public).hex() == SUITE["pkSm"]
    secret = Scalar.from_bytes(bytes.fromhex(SUITE["skSm"]))
    assert ServerKey.from_scalar(secret).public == KEY.public


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"batch-{vector['Batch']}-{vector['Input'][:8]}")
def test_every_step_gives_the_published_bytes(vector: Vector) -> None:
    data = parts(vector["Input"])
    factors = [BlindingFactor.from_bytes(encoding) for encoding in parts(vector["Blind"])]

    blindings = [blind(item, factor) for item, factor in zip(data, factors, strict=True)]
    assert [bytes(blinding.element) for blinding in blindings] == parts(vector["BlindedElement"])

    published = bytes.fromhex(vector["Proof"]["r"])
    evaluation = KEY.evaluate([blinding.element for blinding in blindings], lambda size: published.ljust(size, b"\0"))
    assert list(map(bytes, evaluation.elements)) == parts(vector["EvaluationElement"])
    assert bytes(evaluation.proof).hex() == vector["Proof"]["proof"]

    assert finalize(blindings, evaluation, KEY.public) == parts(vector["Output"])
    assert [KEY.evaluate_input(item) for item in data] == parts(vector["Output"])


# --- another implementation -----------------------------------------------------------------------------------------


@given(seed=st.binary(min_size=32, max_size=32), info=st.binary(max_size=80), data=st.binary(min_size=1))
def test_both_derive_the_same_key_and_evaluate_a_known_input_alike(seed: bytes, info: bytes, data: bytes) -> None:
    ours, theirs = ServerKey.derive(seed, info), peer.Evaluator.from_seed(seed, info)
    assert bytes(ours.public) == theirs.public_key.serialize()
    assert ours.evaluate_input(data) == theirs.evaluate_known_input(data)


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=8))
def test_we_ask_and_they_answer(data: list[bytes]) -> None:
    holder = peer.Evaluator.from_seed(SEED, INFO)
    blindings = blind_batch(data, os.urandom)
    sent = [peer.BlindedInput.deserialize(bytes(blinding.element)) for blinding in blindings]
    answer = holder.evaluate_batch(sent).serialize()  # the proof, then the elements
    evaluation = Evaluation(
        tuple(EvaluatedElement.from_bytes(answer[start : start + 32]) for start in range(64, len(answer), 32)),
        Proof.from_bytes(answer[:64]),
    )
    outputs = finalize(blindings, evaluation, PublicKey.from_bytes(holder.public_key.serialize()))
    assert outputs == [holder.evaluate_known_input(item) for item in data]


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=8))
def test_they_ask_and_we_answer(data: list[bytes]) -> None:
    askers, sent = zip(*map(peer.Client.blind, data), strict=True)
    evaluation = KEY.evaluate([BlindedElement.from_bytes(item.serialize()) for item in sent], os.urandom)
    answer = bytes(evaluation.proof) + b"".join(map(bytes, evaluation.elements))
    outputs = peer.Client.finalize_batch(
        askers,
        peer.VerifiableBatchOutput.deserialize(answer),
        peer.PublicKey.deserialize(bytes(KEY.public)),
    )
    assert outputs == [KEY.evaluate_input(item) for item in data]


# --- the protocol ---------------------------------------------------------------------------------------------------


@given(inputs)
def test_asking_gives_what_the_holder_computes_for_the_same_inputs(data: list[bytes]) -> None:
    blindings, evaluation = ask(*data)
    assert finalize(blindings, evaluation, KEY.public) == [KEY.evaluate_input(item) for item in data]


def test_the_same_input_is_blinded_differently_each_time() -> None:
    blindings, evaluation = ask(b"same", b"same")
    assert blindings[0].element != blindings[1].element
    assert len(set(finalize(blindings, evaluation, KEY.public))) == 1


def test_a_blinded_element_opens_with_its_input_and_factor_only() -> None:
    blinding = blind(b"input", BlindingFactor.random(os.urandom))
    opened = BlindingFactor.from_bytes(blinding.factor.reveal())
    assert bytes(opened.apply(element_of(b"input"))) == bytes(blinding.element)
    assert bytes(opened.apply(element_of(b"another"))) != bytes(blinding.element)
    assert bytes(BlindingFactor.random(os.urandom).apply(element_of(b"input"))) != bytes(blinding.element)


def test_keys_of_other_seeds_and_other_uses_give_other_outputs() -> None:
    keys = [KEY, ServerKey.derive(SEED, b"another use"), ServerKey.derive(bytes(32), INFO)]
    assert len({key.evaluate_input(b"input") for key in keys}) == 3


# --- attacks --------------------------------------------------------------------------------------------------------


def test_a_holder_who_marks_an_asker_with_a_key_of_its_own_is_found_out() -> None:
    secret = Scalar.random(os.urandom)
    marking = ServerKey.from_scalar(secret)
    blindings = blind_batch([b"input"], os.urandom)
    marked = marking.evaluate([blinding.element for blinding in blindings], os.urandom)

    # An asker who unblinds without verifying takes the mark home: the input under the other key.
    taken = blindings[0].factor.remove(marked.elements[0].element)
    assert taken == element_of(b"input").multiply(secret)

    with pytest.raises(BadProof):
        finalize(blindings, marked, KEY.public)
    assert finalize(blindings, marked, marking.public) == [marking.evaluate_input(b"input")]


def exchange_elements(evaluation: Evaluation) -> Evaluation:
    return Evaluation(evaluation.elements[::-1], evaluation.proof)


def repeat_an_element(evaluation: Evaluation) -> Evaluation:
    return Evaluation((evaluation.elements[0],) * 2, evaluation.proof)


def replace_the_proof(evaluation: Evaluation) -> Evaluation:
    return Evaluation(evaluation.elements, ask(b"one", b"two")[1].proof)


def swap_challenge_and_response(evaluation: Evaluation) -> Evaluation:
    encoded = bytes(evaluation.proof)
    return Evaluation(evaluation.elements, Proof.from_bytes(encoded[32:] + encoded[:32]))


@pytest.mark.parametrize("tamper", [exchange_elements, repeat_an_element, replace_the_proof, swap_challenge_and_response])
def test_a_tampered_answer_gives_no_output(tamper: Callable[[Evaluation], Evaluation]) -> None:
    blindings, evaluation = ask(b"one", b"two")
    finalize(blindings, evaluation, KEY.public)
    with pytest.raises(BadProof):
        finalize(blindings, tamper(evaluation), KEY.public)


def test_a_question_that_was_tampered_with_on_the_way_gives_no_output() -> None:
    blindings = blind_batch([b"one"], os.urandom)
    foreign = blind_batch([b"other"], os.urandom)
    evaluation = KEY.evaluate([blinding.element for blinding in foreign], os.urandom)
    with pytest.raises(BadProof):
        finalize(blindings, evaluation, KEY.public)


@pytest.mark.parametrize("kept", [0, 1])
def test_an_answer_with_fewer_elements_than_were_asked_is_refused(kept: int) -> None:
    blindings, evaluation = ask(b"one", b"two")
    with pytest.raises(BadInput, match="do not pair"):
        finalize(blindings, Evaluation(evaluation.elements[:kept], evaluation.proof), KEY.public)
    with pytest.raises(BadInput, match="do not pair"):
        finalize(blindings[:kept], evaluation, KEY.public)


@pytest.mark.parametrize("message", [BlindedElement, EvaluatedElement, PublicKey])
def test_no_message_can_carry_the_identity_or_another_length(
    message: type[BlindedElement] | type[EvaluatedElement] | type[PublicKey],
) -> None:
    encoded = bytes(KEY.public)
    assert bytes(message.from_bytes(encoded)) == encoded
    for wrong in (bytes(32), encoded[:31], encoded + b"\0", b"\xff" * 32):
        with pytest.raises(BadElement):
            message.from_bytes(wrong)


# --- blinding factors -----------------------------------------------------------------------------------------------


@given(st.integers(1, 9))
def test_each_factor_of_a_batch_undoes_itself_and_no_two_are_alike(count: int) -> None:
    element = element_of(b"input")
    factors = BlindingFactor.batch(count, os.urandom)
    assert [factor.remove(factor.apply(element)) for factor in factors] == [element] * count
    assert len({factor.reveal() for factor in factors}) == count


def test_a_batch_draws_its_factors_in_order_as_single_draws_would() -> None:
    drawn = [os.urandom(64) for _ in range(4)]
    pending = iter(drawn)
    batch = BlindingFactor.batch(4, lambda _: next(pending))
    assert [factor.reveal() for factor in batch] == [Scalar.reduce(item).reveal() for item in drawn]


def test_a_source_that_returns_zeros_or_too_little_makes_no_factor() -> None:
    with pytest.raises(BadScalar):
        BlindingFactor.random(bytes)
    with pytest.raises(BadInput):
        BlindingFactor.random(lambda _: os.urandom(63))


@pytest.mark.parametrize("encoding", [b"", bytes(31), bytes(32), b"\xff" * 32])
def test_a_factor_is_read_from_a_canonical_scalar_only(encoding: bytes) -> None:
    with pytest.raises(BadScalar):
        BlindingFactor.from_bytes(encoding)


# --- limits ---------------------------------------------------------------------------------------------------------


def test_an_input_has_at_most_65535_bytes_and_may_be_empty() -> None:
    blindings, evaluation = ask(b"", bytes(MAX_INPUT))
    assert finalize(blindings, evaluation, KEY.public)[0] == KEY.evaluate_input(b"")
    too_long = bytes(MAX_INPUT + 1)
    for use in (element_of, KEY.evaluate_input):
        with pytest.raises(BadInput, match="at most 65535 bytes, not 65536"):
            use(too_long)
    with pytest.raises(BadInput, match="at most 65535 bytes"):
        blind(too_long, BlindingFactor.random(os.urandom))


@pytest.mark.parametrize("count", [0, MAX_BATCH + 1])
def test_a_batch_has_1_to_65535_elements(count: int) -> None:
    blinded = blind(b"input", BlindingFactor.random(os.urandom)).element
    with pytest.raises(BadInput, match="1 to 65535"):
        KEY.evaluate([blinded] * count, os.urandom)
    with pytest.raises(BadInput, match="1 to 65535"):
        blind_batch([b"input"] * count, os.urandom)
    with pytest.raises(BadInput, match="1 to 65535"):
        BlindingFactor.batch(count, os.urandom)


def test_an_empty_question_has_no_answer() -> None:
    with pytest.raises(BadInput, match="1 to 65535"):
        finalize([], Evaluation((), ask(b"one")[1].proof), KEY.public)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_seed_has_32_bytes(size: int) -> None:
    with pytest.raises(BadInput, match=f"32 bytes, not {size}"):
        ServerKey.derive(bytes(size), b"use")


def test_the_use_of_a_key_is_named_in_at_most_65535_bytes() -> None:
    with pytest.raises(BadInput, match="65536 bytes"):
        ServerKey.derive(SEED, bytes(65536))
