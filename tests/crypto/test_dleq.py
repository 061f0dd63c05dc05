"""Proofs that many pairs of elements share one discrete logarithm."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import dleq
from crypto.dleq import MAX_BATCH, Proof
from crypto.errors import BadElement, BadInput, BadProof
from crypto.group import Element, Scalar, hash_to_group

CONTEXT = b"context of these tests"
KEY = Scalar.random(os.urandom)
PUBLIC = KEY.to_public()
ELEMENTS = [hash_to_group(bytes((number,)), CONTEXT) for number in range(5)]
PRODUCTS = [element.multiply(KEY) for element in ELEMENTS]
PROOF = dleq.generate(KEY, PUBLIC, ELEMENTS, PRODUCTS, context=CONTEXT, random=os.urandom)

ONE = Scalar.from_bytes(b"\x01" + bytes(31))


@given(st.integers(1, 5))
def test_an_honest_proof_holds_for_a_batch_of_any_size(size: int) -> None:
    elements, products = ELEMENTS[:size], PRODUCTS[:size]
    proof = dleq.generate(KEY, PUBLIC, elements, products, context=CONTEXT, random=os.urandom)
    dleq.verify(PUBLIC, elements, products, proof, context=CONTEXT)


def test_two_proofs_of_the_same_batch_differ_and_both_hold() -> None:
    again = dleq.generate(KEY, PUBLIC, ELEMENTS, PRODUCTS, context=CONTEXT, random=os.urandom)
    assert bytes(again) != bytes(PROOF)
    dleq.verify(PUBLIC, ELEMENTS, PRODUCTS, again, context=CONTEXT)


@given(st.integers(0, 511))
def test_a_proof_with_one_bit_turned_is_refused(position: int) -> None:
    altered = bytearray(bytes(PROOF))
    altered[position // 8] ^= 1 << position % 8
    with pytest.raises(BadProof):
        dleq.verify(PUBLIC, ELEMENTS, PRODUCTS, Proof.from_bytes(bytes(altered)), context=CONTEXT)


@given(st.integers(0, 4))
def test_a_proof_does_not_hold_where_one_product_or_element_is_another(position: int) -> None:
    wrong = hash_to_group(b"wrong", CONTEXT)
    products = [*PRODUCTS[:position], wrong, *PRODUCTS[position + 1 :]]
    with pytest.raises(BadProof, match="discard the whole batch"):
        dleq.verify(PUBLIC, ELEMENTS, products, PROOF, context=CONTEXT)
    elements = [*ELEMENTS[:position], wrong, *ELEMENTS[position + 1 :]]
    with pytest.raises(BadProof, match="discard the whole batch"):
        dleq.verify(PUBLIC, elements, PRODUCTS, PROOF, context=CONTEXT)


def test_a_proof_does_not_hold_for_another_key_context_or_order() -> None:
    with pytest.raises(BadProof):
        dleq.verify(Scalar.random(os.urandom).to_public(), ELEMENTS, PRODUCTS, PROOF, context=CONTEXT)
    with pytest.raises(BadProof):
        dleq.verify(PUBLIC, ELEMENTS, PRODUCTS, PROOF, context=b"another context")
    with pytest.raises(BadProof):
        dleq.verify(PUBLIC, ELEMENTS[::-1], PRODUCTS[::-1], PROOF, context=CONTEXT)
    with pytest.raises(BadProof):
        dleq.verify(PUBLIC, ELEMENTS[:4], PRODUCTS[:4], PROOF, context=CONTEXT)


def test_a_prover_who_uses_another_key_cannot_prove_it() -> None:
    other = Scalar.random(os.urandom)
    products = [element.multiply(other) for element in ELEMENTS]
    for claimed in (KEY, other):
        proof = dleq.generate(claimed, PUBLIC, ELEMENTS, products, context=CONTEXT, random=os.urandom)
        with pytest.raises(BadProof):
            dleq.verify(PUBLIC, ELEMENTS, products, proof, context=CONTEXT)


def equal_weights(public: Element, elements: list[Element], products: list[Element], context: bytes) -> list[Scalar]:
    """A weakened batching: every pair weighs the same."""
    return [ONE] * len(elements)


def test_without_weights_products_could_be_exchanged_and_with_them_they_cannot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exchanged = [PRODUCTS[1], PRODUCTS[0], *PRODUCTS[2:]]
    with monkeypatch.context() as weakened:
        weakened.setattr(dleq, "_weights", equal_weights)
        proof = dleq.generate(KEY, PUBLIC, ELEMENTS, exchanged, context=CONTEXT, random=os.urandom)
        dleq.verify(PUBLIC, ELEMENTS, exchanged, proof, context=CONTEXT)
    proof = dleq.generate(KEY, PUBLIC, ELEMENTS, exchanged, context=CONTEXT, random=os.urandom)
    with pytest.raises(BadProof):
        dleq.verify(PUBLIC, ELEMENTS, exchanged, proof, context=CONTEXT)


def test_a_pair_weighs_the_same_in_every_batch_as_the_rfc_has_it() -> None:
    # The limit that the module states: a prover can weigh each pair alone before it fixes the others.
    alone = dleq._weights(PUBLIC, ELEMENTS[:1], PRODUCTS[:1], CONTEXT)
    assert dleq._weights(PUBLIC, ELEMENTS, PRODUCTS, CONTEXT)[:1] == alone
    assert dleq._weights(PUBLIC, ELEMENTS[:1], PRODUCTS[1:2], CONTEXT) != alone


def test_a_batch_whose_weighted_sum_vanishes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # Weights that an asker could foresee, so that the sum can be brought to the identity at no cost.
    monkeypatch.setattr(dleq, "_weights", equal_weights)
    cancelling = [PUBLIC, KEY.negate().to_public()]
    with pytest.raises(BadElement, match="identity"):
        dleq.generate(KEY, PUBLIC, cancelling, cancelling, context=CONTEXT, random=os.urandom)


def test_a_proof_that_leads_to_the_identity_is_refused() -> None:
    # response = -challenge * key makes response * G + challenge * public vanish
    challenge = Scalar.random(os.urandom)
    proof = Proof(challenge, challenge.multiply(KEY).negate())
    with pytest.raises(BadProof, match="identity"):
        dleq.verify(PUBLIC, ELEMENTS, PRODUCTS, proof, context=CONTEXT)


def test_a_nonce_used_twice_would_reveal_the_key_so_randomness_is_drawn_for_each_proof() -> None:
    def stuck(size: int) -> bytes:
        return b"\x05" * size

    one = dleq.generate(KEY, PUBLIC, ELEMENTS, PRODUCTS, context=CONTEXT, random=stuck)
    two = dleq.generate(KEY, PUBLIC, ELEMENTS[:4], PRODUCTS[:4], context=CONTEXT, random=stuck)
    # s = r - c * key, twice with one r
    recovered = two.response.subtract(one.response).multiply(one.challenge.subtract(two.challenge).inverse())
    assert recovered == KEY

    other = dleq.generate(KEY, PUBLIC, ELEMENTS[:4], PRODUCTS[:4], context=CONTEXT, random=os.urandom)
    guess = other.response.subtract(one.response).multiply(one.challenge.subtract(other.challenge).inverse())
    assert guess != KEY


@pytest.mark.parametrize(("elements", "products"), [(1, 2), (2, 1), (0, 0), (MAX_BATCH + 1, MAX_BATCH + 1)])
def test_batches_that_are_uneven_empty_or_too_large_are_refused(elements: int, products: int) -> None:
    left, right = ELEMENTS[:1] * elements, PRODUCTS[:1] * products
    with pytest.raises(BadInput, match="elements"):
        dleq.generate(KEY, PUBLIC, left, right, context=CONTEXT, random=os.urandom)
    with pytest.raises(BadInput, match="elements"):
        dleq.verify(PUBLIC, left, right, PROOF, context=CONTEXT)


def test_a_proof_is_64_bytes_of_two_canonical_scalars() -> None:
    encoded = bytes(PROOF)
    assert Proof.from_bytes(encoded) == PROOF
    for wrong in (encoded[:63], encoded + b"\x00", b""):
        with pytest.raises(BadProof, match="64 bytes"):
            Proof.from_bytes(wrong)
    for wrong in (bytes(32) + encoded[32:], encoded[:32] + b"\xff" * 32):
        with pytest.raises(BadProof, match="zero or not canonical"):
            Proof.from_bytes(wrong)
