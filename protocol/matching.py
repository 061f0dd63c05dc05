"""One question, seen from both ends: padding, shuffling, blinding, the commitment to what was asked, and its opening.

The asker's side is `prepare` and `read_answer`; the holder's is `answer`; a court's is `check_opening`. Source: RFC 9497 (VOPRF)
and `docs/spec/matching.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from crypto.derivation import keyed_digest, length_prefixed
from crypto.errors import BadElement, BadInput, BadPath, BadProof, BadScalar
from crypto.group import RandomBytes
from crypto.merkle import inclusion_path, leaf_hash, root_from, root_of
from crypto.oprf import (
    BlindedElement,
    Blinding,
    BlindingFactor,
    EvaluatedElement,
    Evaluation,
    Proof,
    PublicKey,
    ServerKey,
    blind,
    finalize,
)
from protocol import limits
from protocol.authority import Authority
from protocol.errors import Malformed, ProtocolError, TooLarge
from protocol.messages import MatchAnswer, MatchRequest
from protocol.wire import Octets, Octets32, WireModel

_PROTOCOL = b"celosia/1"


class OpeningRefused(ProtocolError):
    """An opening does not fit the commitment that was signed: a recorded breach."""

    code = "opening_refused"


def epoch_info(authority: Authority, list_id: str, epoch: int) -> bytes:
    """The `info` of DeriveKeyPair (RFC 9497 section 3.2.1): one seed, one key, for one list in one epoch."""
    return length_prefixed(_PROTOCOL, authority.encode(), bytes.fromhex(list_id), epoch.to_bytes(4, "big"))


def padded_size(count: int) -> int:
    """The next power of two from `BATCH_SMALLEST` up. Raises `Malformed` for none, `TooLarge` past `BATCH_LARGEST`."""
    if count < 1:
        raise Malformed("question", reason="empty")
    if count > limits.BATCH_LARGEST:
        raise TooLarge("question", count=count, limit=limits.BATCH_LARGEST)
    return max(limits.BATCH_SMALLEST, 1 << (count - 1).bit_length())


def dummy_input(seed: bytes, position: int) -> bytes:
    """What stands at a position without an identifier: nobody's, and provably so once the seed is opened."""
    return length_prefixed(b"celosia/dummy/1", seed, position.to_bytes(4, "big"))


def _salt(master: bytes, position: int) -> bytes:
    return keyed_digest(master, length_prefixed(b"celosia/salt/1", position.to_bytes(4, "big")), 32)


def _commitment(salt: bytes, position: int, value: bytes, factor: bytes) -> bytes:
    return leaf_hash(length_prefixed(b"celosia/commitment/1", salt, position.to_bytes(4, "big"), value, factor))


def _seed_commitment(salt: bytes, seed: bytes) -> bytes:
    return leaf_hash(length_prefixed(b"celosia/seed/1", salt, seed))


class Opened(WireModel):
    """One position of a question, opened: OPRF input, blinding factor, salt, and the path to the committed root."""

    position: int
    value: Octets
    factor: Octets32
    salt: Octets32
    path: tuple[Octets32, ...]

    def __repr__(self) -> str:
        return f"Opened(position={self.position})"

    __str__ = __repr__


class Openings(WireModel):
    """Everything that opens one question. Kept sealed under the audit key; never in a log, never sent."""

    seed: Octets32
    salts: Octets32
    values: tuple[Octets, ...]
    factors: tuple[Octets32, ...]

    def __repr__(self) -> str:
        return f"Openings({len(self.values)} positions)"

    __str__ = __repr__

    def _leaves(self) -> list[bytes]:
        """One leaf a position, and last the commitment to the seed of the dummies."""
        leaves = [
            _commitment(_salt(self.salts, position), position, value, factor)
            for position, (value, factor) in enumerate(zip(self.values, self.factors, strict=True))
        ]
        return [*leaves, _seed_commitment(_salt(self.salts, len(leaves)), self.seed)]

    def root(self) -> bytes:
        """The commitment that the question carries."""
        return root_of(self._leaves())

    def open(self, position: int) -> Opened:
        """One position, with what proves it."""
        leaves = self._leaves()
        return Opened(
            position=position,
            value=self.values[position],
            factor=self.factors[position],
            salt=_salt(self.salts, position),
            path=tuple(inclusion_path(position, leaves)),
        )


@dataclass(frozen=True)
class Prepared:
    """A question ready to send. `order[i]` is the position of the i-th input; the rest are dummies."""

    order: tuple[int, ...]
    blindings: tuple[Blinding, ...] = field(repr=False)
    openings: Openings = field(repr=False)

    @property
    def elements(self) -> bytes:
        """The blinded elements, 32 bytes each."""
        return b"".join(bytes(blinding.element) for blinding in self.blindings)


def prepare(inputs: Sequence[bytes], random: RandomBytes, *, held: int = 0) -> Prepared:
    """Pad `inputs` (OPRF inputs, distinct) with dummies, shuffle, blind each under a fresh factor, and commit.

    `held`: so many more have a place that a dummy takes. What is sent, and all that is done, is as if they were asked.
    Raises `Malformed` for none, `TooLarge` past 8,192, `ValueError` when an input stands twice: an officer's budget is
    not for that.
    """
    if len(set(inputs)) != len(inputs):
        raise ValueError("inputs must be distinct")
    size = padded_size(len(inputs) + held)
    seed, salts = random(32), random(32)
    order = _shuffled(size, random)[: len(inputs)]
    values = [dummy_input(seed, position) for position in range(size)]
    for position, value in zip(order, inputs, strict=True):
        values[position] = value
    blindings = tuple(blind(value, factor) for value, factor in zip(values, BlindingFactor.batch(size, random), strict=True))
    openings = Openings(
        seed=seed, salts=salts, values=tuple(values), factors=tuple(blinding.factor.reveal() for blinding in blindings)
    )
    return Prepared(order, blindings, openings)


def _shuffled(size: int, random: RandomBytes) -> tuple[int, ...]:
    """A uniform permutation: positions sorted by 16 random bytes each (a tie has a chance below 2^-100)."""
    keys = [random(16) for _ in range(size)]
    return tuple(sorted(range(size), key=keys.__getitem__))


def blinded_elements(question: MatchRequest) -> list[BlindedElement]:
    """The elements of a question as group elements. Raises `Malformed` for the identity and for what is no element."""
    try:
        return [BlindedElement.from_bytes(raw) for raw in _elements(question.elements)]
    except BadElement:
        raise Malformed("body.elements", reason="not_an_element") from None


def _elements(run: bytes) -> list[bytes]:
    return [run[at : at + 32] for at in range(0, len(run), 32)]


def answer(elements: Sequence[BlindedElement], key: ServerKey, random: RandomBytes) -> MatchAnswer:
    """The holder's part: evaluate every element under the list's key and prove it once for the batch."""
    evaluation = key.evaluate(elements, random)
    return MatchAnswer(elements=b"".join(map(bytes, evaluation.elements)), proof=bytes(evaluation.proof))


def read_answer(prepared: Prepared, reply: MatchAnswer, public: PublicKey) -> list[bytes]:
    """Verify the proof, then finalize: one 64-byte output for each input of `prepare`, in its order.

    Raises `Malformed` for another count or bad elements, `crypto.errors.BadProof` when the holder used another key: then the
    whole answer is void.
    """
    if len(reply.elements) != 32 * len(prepared.blindings):
        raise Malformed("body.elements", reason="other_count")
    try:
        elements = tuple(EvaluatedElement.from_bytes(raw) for raw in _elements(reply.elements))
        proof = Proof.from_bytes(reply.proof)
    except BadElement:
        raise Malformed("body.elements", reason="not_an_element") from None
    except BadProof:
        raise Malformed("body.proof", reason="not_a_proof") from None
    outputs = finalize(prepared.blindings, Evaluation(elements, proof), public)
    return [outputs[position] for position in prepared.order]


def check_opening(question: MatchRequest, opened: Opened) -> None:
    """Return if `opened` is what `question` committed to at that position; raise `OpeningRefused` otherwise.

    Binding needs both halves: the path to the signed root, and B = r·H(value) for the element that was really sent.
    """
    position = opened.position
    if not 0 <= position < question.size:
        raise OpeningRefused("opening.position")
    # 1 the commitment holds
    try:
        leaf = _commitment(opened.salt, position, opened.value, opened.factor)
        root = root_from(position, question.size + 1, leaf, opened.path)
    except BadInput:
        raise OpeningRefused("opening.value") from None
    except BadPath:
        raise OpeningRefused("opening.path") from None
    if root != question.commitment:
        raise OpeningRefused("opening.path")
    # 2 the element that was sent is this value under this factor
    try:
        sent = blind(opened.value, BlindingFactor.from_bytes(opened.factor)).element
    except BadScalar:
        raise OpeningRefused("opening.factor") from None
    if bytes(sent) != question.elements[32 * position : 32 * position + 32]:
        raise OpeningRefused("opening.value")
