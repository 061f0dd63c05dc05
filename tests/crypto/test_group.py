"""The group ristretto255 and its scalars."""

import json
import os
import pickle
from hashlib import sha512
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import group
from crypto.errors import BadElement, BadInput, BadScalar
from crypto.group import Element, Scalar, hash_to_group, hash_to_scalar

VECTORS = Path(__file__).parents[1] / "vectors"
RFC9496 = json.loads((VECTORS / "rfc9496-ristretto255.json").read_text())
MULTIPLES = [bytes.fromhex(text) for text in RFC9496["multiples_of_generator"]]
INVALID = [(why, text) for why, texts in RFC9496["invalid_encodings"].items() for text in texts]
OPRF_MODE = json.loads((VECTORS / "rfc9497-ristretto255.json").read_text())[0]

ORDER = 2**252 + 27742317777372353535851937790883648493


def scalar(value: int) -> Scalar:
    return Scalar.from_bytes(value.to_bytes(32, "little"))


def value_of(some: Scalar) -> int:
    return int.from_bytes(some.reveal(), "little")


values = st.integers(1, ORDER - 1)


# --- elements -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", range(1, 16))
def test_multiples_of_the_generator_are_the_published_ones(factor: int) -> None:
    generator = scalar(1).to_public()
    assert bytes(generator) == MULTIPLES[1]
    assert bytes(scalar(factor).to_public()) == MULTIPLES[factor]
    assert bytes(generator.multiply(scalar(factor))) == MULTIPLES[factor]


@pytest.mark.parametrize("factor", range(1, 15))
def test_adding_the_generator_leads_to_the_next_multiple(factor: int) -> None:
    step = Element.from_bytes(MULTIPLES[factor]).add(Element.from_bytes(MULTIPLES[1]))
    assert bytes(step) == MULTIPLES[factor + 1]


@pytest.mark.parametrize(("why", "encoding"), INVALID)
def test_published_invalid_encodings_are_refused_at_birth(why: str, encoding: str) -> None:
    with pytest.raises(BadElement, match="canonical"):
        Element.from_bytes(bytes.fromhex(encoding))


def test_the_identity_is_refused_though_its_encoding_is_canonical() -> None:
    assert group._service.sodium().is_valid_point(MULTIPLES[0])
    with pytest.raises(BadElement, match="identity"):
        Element.from_bytes(MULTIPLES[0])


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_an_element_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(BadElement, match=f"32 bytes, not {size}"):
        Element.from_bytes(bytes(size))


@given(values)
def test_a_sum_that_is_the_identity_is_refused(value: int) -> None:
    point = scalar(value).to_public()
    with pytest.raises(BadElement, match="identity"):
        point.add(scalar(value).negate().to_public())


@given(values, values)
def test_elements_follow_their_scalars(one: int, other: int) -> None:
    product = scalar(one).to_public().multiply(scalar(other))
    assert product == scalar(one).multiply(scalar(other)).to_public()
    if (one + other) % ORDER:
        total = scalar(one).to_public().add(scalar(other).to_public())
        assert total == scalar(one).add(scalar(other)).to_public()


def test_an_element_is_a_value_that_cannot_change_and_does_not_show_itself() -> None:
    element = Element.from_bytes(MULTIPLES[5])
    assert {element, Element.from_bytes(MULTIPLES[5])} == {element}
    assert MULTIPLES[5].hex() not in f"{element!r} {element}"
    with pytest.raises(AttributeError):
        element._encoding = MULTIPLES[6]  # type: ignore[misc]


def test_a_pickled_element_is_checked_again_when_it_is_read_back() -> None:
    element = Element.from_bytes(MULTIPLES[5])
    pickled = pickle.dumps(element)
    assert pickle.loads(pickled) == element  # noqa: S301 - our own bytes
    with pytest.raises(BadElement):
        pickle.loads(pickled.replace(MULTIPLES[5], bytes.fromhex(INVALID[0][1])))  # noqa: S301 - our own bytes


# --- hashing to the group -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("label", "encoding"), RFC9496["derived_from_sha512_of"].items())
def test_the_map_to_the_group_gives_the_published_elements(label: str, encoding: str) -> None:
    assert group._service.sodium().from_hash(sha512(label.encode()).digest()).hex() == encoding


@pytest.mark.parametrize("vector", OPRF_MODE["vectors"], ids=lambda vector: vector["Input"][:8])
def test_hashed_inputs_blind_and_evaluate_as_published_for_the_base_mode(vector: dict[str, str]) -> None:
    element = hash_to_group(bytes.fromhex(vector["Input"]), bytes.fromhex(OPRF_MODE["groupDST"]))
    blinded = element.multiply(Scalar.from_bytes(bytes.fromhex(vector["Blind"])))
    assert bytes(blinded).hex() == vector["BlindedElement"]
    evaluated = blinded.multiply(Scalar.from_bytes(bytes.fromhex(OPRF_MODE["skSm"])))
    assert bytes(evaluated).hex() == vector["EvaluationElement"]


def test_hash_to_scalar_derives_the_published_key_of_the_base_mode() -> None:
    seed, info = bytes.fromhex(OPRF_MODE["seed"]), bytes.fromhex(OPRF_MODE["keyInfo"])
    material = seed + len(info).to_bytes(2) + info + b"\x00"
    key = hash_to_scalar(material, b"DeriveKeyPairOPRFV1-\x00-ristretto255-SHA512")
    assert key.reveal().hex() == OPRF_MODE["skSm"]


@pytest.mark.parametrize("size", [0, 256])
def test_a_domain_separation_tag_has_1_to_255_bytes(size: int) -> None:
    for hashed in (hash_to_group, hash_to_scalar):
        hashed(b"message", bytes(255))
        with pytest.raises(BadInput, match="1 to 255 bytes"):
            hashed(b"message", bytes(size))


# --- scalars --------------------------------------------------------------------------------------------------------


@given(values, values)
def test_scalars_compute_modulo_the_order(one: int, other: int) -> None:
    assert value_of(scalar(one).multiply(scalar(other))) == one * other % ORDER
    assert value_of(scalar(one).inverse()) == pow(one, -1, ORDER)
    assert value_of(scalar(one).negate()) == -one % ORDER
    if (one + other) % ORDER:
        assert value_of(scalar(one).add(scalar(other))) == (one + other) % ORDER
    if one != other:
        assert value_of(scalar(one).subtract(scalar(other))) == (one - other) % ORDER


@given(values)
def test_a_result_of_zero_is_refused(value: int) -> None:
    with pytest.raises(BadScalar, match="zero"):
        scalar(value).subtract(scalar(value))
    with pytest.raises(BadScalar, match="zero"):
        scalar(value).add(scalar(value).negate())


@given(st.integers(1, 2**512 - 1).filter(lambda value: value % ORDER))
def test_64_bytes_reduce_modulo_the_order(value: int) -> None:
    assert value_of(Scalar.reduce(value.to_bytes(64, "little"))) == value % ORDER


@pytest.mark.parametrize("value", [0, ORDER, ORDER + 1, 2**255 - 1, 2**256 - 1])
def test_a_scalar_that_is_zero_or_not_below_the_order_is_refused(value: int) -> None:
    with pytest.raises(BadScalar):
        scalar(value)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_scalar_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(BadScalar, match=f"32 bytes, not {size}"):
        Scalar.from_bytes(bytes(size))


def test_random_scalars_differ_and_take_64_bytes_of_the_source() -> None:
    asked: list[int] = []

    def source(size: int) -> bytes:
        asked.append(size)
        return os.urandom(size)

    assert Scalar.random(source) != Scalar.random(source)
    assert asked == [64, 64]


def test_a_broken_source_of_randomness_is_refused() -> None:
    with pytest.raises(BadScalar, match="zero"):
        Scalar.random(bytes)
    with pytest.raises(BadInput, match="64"):
        Scalar.random(lambda _: os.urandom(32))


def test_scalars_compare_by_value_with_scalars_only_and_are_not_hashable() -> None:
    assert scalar(5) == scalar(5)
    assert scalar(5) != scalar(6)
    assert scalar(5) != scalar(5).reveal()
    with pytest.raises(TypeError):
        hash(scalar(5))
