"""Proof that many pairs of elements share one discrete logarithm with the public key (RFC 9497, 2.2).

The context string carries mode and suite, so that a proof made for one protocol is worth nothing in another.

Soundness in large batches. The weight of a pair hashes that pair alone (RFC 9497, 2.2.1), so a prover who picks all
pairs can look for errors that cancel; a generalised birthday search makes this cheaper the larger the batch. He cannot
evaluate under another key that way: each error has to be a known multiple of the generator, which turns the outputs
into noise. What depends on a truthful "no hit" must not rest on this proof alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha512
from typing import Final, final

from crypto.derivation import length_prefixed
from crypto.errors import BadElement, BadInput, BadProof, BadScalar
from crypto.group import SCALAR_SIZE, Element, RandomBytes, Scalar, hash_to_scalar

PROOF_SIZE: Final = 2 * SCALAR_SIZE
MAX_BATCH: Final = 2**16 - 1  # positions are written in two bytes (RFC 9497, 2.2.1)


@final
@dataclass(frozen=True, slots=True)
class Proof:
    """A challenge and a response, written one after the other: 64 bytes (RFC 9497, 3.3.2)."""

    challenge: Scalar
    response: Scalar

    @classmethod
    def from_bytes(cls, encoding: bytes) -> "Proof":
        """Read 64 bytes. Raises BadProof on another length or a scalar that is zero or not canonical."""
        if len(encoding) != PROOF_SIZE:
            raise BadProof(f"a proof is {PROOF_SIZE} bytes, not {len(encoding)}")
        try:
            return cls(Scalar.from_bytes(encoding[:SCALAR_SIZE]), Scalar.from_bytes(encoding[SCALAR_SIZE:]))
        except BadScalar as error:
            raise BadProof("a scalar of the proof is zero or not canonical") from error

    def __bytes__(self) -> bytes:
        return self.challenge.reveal() + self.response.reveal()


def generate(
    key: Scalar,
    public: Element,
    elements: Sequence[Element],
    products: Sequence[Element],
    *,
    context: bytes,
    random: RandomBytes,
) -> Proof:
    """Prove that public = key * G and each products[i] = key * elements[i] (GenerateProof, RFC 9497, 2.2.1).

    `random` is asked once, for 64 bytes. Raises BadInput unless both sequences have the same length from 1 to 65535;
    BadElement if the weighted sum of the elements is the identity, as only an asker who built the batch for that
    purpose can bring about: refuse the batch.
    """
    weights = _weights(public, elements, products, context)
    combined = _combine(weights, elements)
    nonce = Scalar.random(random)
    transcript = (public, combined, combined.multiply(key), nonce.to_public(), combined.multiply(nonce))
    challenge = _challenge(transcript, context)
    return Proof(challenge, nonce.subtract(challenge.multiply(key)))


def verify(
    public: Element,
    elements: Sequence[Element],
    products: Sequence[Element],
    proof: Proof,
    *,
    context: bytes,
) -> None:
    """Check a proof made by `generate` (VerifyProof, RFC 9497, 2.2.2).

    Returns nothing. Raises BadProof if the proof does not hold; BadInput unless both sequences have the same length
    from 1 to 65535.
    """
    weights = _weights(public, elements, products, context)
    try:
        combined = _combine(weights, elements)
        combined_product = _combine(weights, products)
        base_commitment = proof.response.to_public().add(public.multiply(proof.challenge))
        commitment = combined.multiply(proof.response).add(combined_product.multiply(proof.challenge))
    except BadElement as error:
        raise BadProof("the proof leads to the identity, which no honest prover's does") from error
    expected = _challenge((public, combined, combined_product, base_commitment, commitment), context)
    if expected != proof.challenge:
        raise BadProof("the proof does not hold for this key and these elements: discard the whole batch")


def _weights(public: Element, elements: Sequence[Element], products: Sequence[Element], context: bytes) -> list[Scalar]:
    """The factors d_i of ComputeComposites (RFC 9497, 2.2.1)."""
    if len(elements) != len(products):
        raise BadInput(f"{len(elements)} elements do not pair with {len(products)} products")
    if not 1 <= len(elements) <= MAX_BATCH:
        raise BadInput(f"a batch has 1 to {MAX_BATCH} elements, not {len(elements)}")
    seed = sha512(length_prefixed(bytes(public), b"Seed-" + context)).digest()
    prefix = length_prefixed(seed)
    dst = b"HashToScalar-" + context
    return [
        hash_to_scalar(
            # every element has 32 bytes, so the two-byte length in front of each is a constant
            b"%b%b\x00\x20%b\x00\x20%bComposite" % (prefix, position.to_bytes(2), bytes(element), bytes(product)),
            dst,
        )
        for position, (element, product) in enumerate(zip(elements, products, strict=True))
    ]


def _combine(weights: Sequence[Scalar], elements: Sequence[Element]) -> Element:
    """Sum of weights[i] * elements[i]."""
    terms = [element.multiply(weight) for weight, element in zip(weights, elements, strict=True)]
    total = terms[0]
    for term in terms[1:]:
        total = total.add(term)
    return total


def _challenge(transcript: Iterable[Element], context: bytes) -> Scalar:
    return hash_to_scalar(length_prefixed(*map(bytes, transcript)) + b"Challenge", b"HashToScalar-" + context)
