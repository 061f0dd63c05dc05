"""A question that is opened: every position is an identifier or a dummy, or a breach that is named."""

from dataclasses import replace

import pytest

from crypto.derivation import length_prefixed
from protocol.errors import Malformed
from protocol.matching import OpeningRefused, Openings, Prepared, dummy_input, prepare
from protocol.messages import MatchRequest
from protocol.opened_question import OpenedQuestion, Standing, check_opened, check_openings, read_opened
from protocol.wire import canonical, to_base64url
from tests.protocol.federation import envelope, question, seeded, signed

INPUTS = [length_prefixed(b"phone", b"phone-1", f"+57300555{number:04}".encode()) for number in range(5)]
PREPARED = prepare(INPUTS, seeded("opened question"))
REQUEST = signed(envelope(question(PREPARED)))
WHOLE = OpenedQuestion(request=REQUEST.raw, openings=PREPARED.openings)


def lied(**changes: object) -> tuple[MatchRequest, Openings]:
    """What a dishonest asker can sign: a commitment over these openings, beside the elements that were sent."""
    openings = PREPARED.openings.model_copy(update=changes)
    return question(PREPARED).model_copy(update={"commitment": openings.root()}), openings


def at(values: tuple[bytes, ...], position: int, value: bytes) -> tuple[bytes, ...]:
    return (*values[:position], value, *values[position + 1 :])


def sent_as_committed(value: bytes) -> tuple[MatchRequest, Openings, int]:
    """A question that really has `value` at the position of its first input."""
    prepared: Prepared = prepare([value], seeded("as committed"))
    return question(prepared), prepared.openings, prepared.order[0]


def refused(request: MatchRequest, openings: Openings) -> str:
    with pytest.raises(OpeningRefused) as caught:
        check_openings(request, openings)
    return caught.value.where


def test_every_position_is_an_identifier_of_the_case_or_a_dummy() -> None:
    checked = check_opened(read_opened(canonical(WHOLE)))
    assert (checked.digest, checked.envelope.x, checked.breaches) == (REQUEST.digest, REQUEST.envelope.x, ())
    shown = {each.position: each for each in checked.positions}
    assert len(shown) == 16
    for line, position in enumerate(PREPARED.order):
        told = shown.pop(position)
        assert (told.standing, told.kind, told.version, told.canonical) == (
            *(Standing.IDENTIFIER, "phone", "phone-1", f"+57300555{line:04}"),
        )
    assert {each.standing for each in shown.values()} == {Standing.DUMMY}


def test_a_part_proves_its_positions_and_says_nothing_of_the_others() -> None:
    part = WHOLE.part([PREPARED.order[3], PREPARED.order[1]])
    checked = check_opened(read_opened(canonical(part)))
    assert [(each.position, each.canonical) for each in checked.positions] == [
        (PREPARED.order[3], "+573005550003"),
        (PREPARED.order[1], "+573005550001"),
    ]
    raw = canonical(part)
    for line, where in enumerate(PREPARED.order):
        value, factor = PREPARED.openings.values[where], PREPARED.openings.factors[where]
        assert all((to_base64url(secret).encode() in raw) == (line in (1, 3)) for secret in (value, factor))
    with pytest.raises(ValueError, match="whole"):
        part.part([0])


def test_a_part_with_a_changed_position_is_refused() -> None:
    part = WHOLE.part([PREPARED.order[0]])
    assert part.positions is not None
    changed = part.model_copy(update={"positions": (part.positions[0].model_copy(update={"value": INPUTS[1]}),)})
    with pytest.raises(OpeningRefused):
        check_opened(changed)


def test_another_questions_openings_are_refused() -> None:
    other = prepare(INPUTS, seeded("another question"))
    assert refused(question(PREPARED), other.openings) == "openings.commitment"


@pytest.mark.parametrize("name", ["values", "factors"])
def test_openings_that_lack_a_position_are_refused(name: str) -> None:
    shorter = PREPARED.openings.model_copy(update={name: getattr(PREPARED.openings, name)[:-1]})
    assert refused(question(PREPARED), shorter) == "openings.count"


@pytest.mark.parametrize("name", ["seed", "salts"])
def test_a_changed_seed_or_salt_is_refused(name: str) -> None:
    assert refused(question(PREPARED), PREPARED.openings.model_copy(update={name: bytes(32)})) == "openings.commitment"


def test_a_changed_value_or_factor_is_refused() -> None:
    openings, position = PREPARED.openings, PREPARED.order[0]
    changed = openings.model_copy(update={"values": at(openings.values, position, INPUTS[0] + b"1")})
    assert refused(question(PREPARED), changed) == "openings.commitment"
    changed = openings.model_copy(update={"values": at(openings.values, position, bytes(1 << 16))})
    assert refused(question(PREPARED), changed) == "openings.value"
    changed = openings.model_copy(update={"factors": at(openings.factors, position, bytes(32))})
    assert refused(question(PREPARED), changed) == "openings.commitment"


def test_who_commits_to_one_thing_and_sends_another_is_found() -> None:
    position = PREPARED.order[2]
    request, openings = lied(values=at(PREPARED.openings.values, position, dummy_input(PREPARED.openings.seed, position)))
    told = check_openings(request, openings)
    assert [each.position for each in told if each.standing is Standing.OTHER_ELEMENT] == [position]
    request, openings = lied(factors=at(PREPARED.openings.factors, position, bytes(32)))
    assert check_openings(request, openings)[position].standing is Standing.OTHER_ELEMENT


@pytest.mark.parametrize(
    "value",
    [
        b"invented, and of no form",
        length_prefixed(b"phone", b"phone-1"),
        length_prefixed(b"phone", b"phone-1", b"\xff"),
        length_prefixed(b"", b"phone-1", b"+573005550000"),
        dummy_input(bytes(32), 1),
    ],
)
def test_what_is_neither_an_identifier_nor_the_positions_dummy_is_found(value: bytes) -> None:
    request, openings, position = sent_as_committed(value)
    told = check_openings(request, openings)
    assert [each.position for each in told if each.standing is Standing.NO_INPUT] == [position]


def test_a_breach_is_told_with_its_position_and_nothing_else() -> None:
    request, openings, position = sent_as_committed(b"invented")
    raw = signed(envelope(request)).raw
    (breach,) = check_opened(OpenedQuestion(request=raw, openings=openings)).breaches
    assert str(breach) == f"Position({position}, no_input)"
    assert "+57" not in f"{WHOLE} {WHOLE!r} {WHOLE.part([1])!r} {replace(breach, canonical='+57')!r}"


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        canonical(WHOLE) + b" ",
        canonical(WHOLE.model_copy(update={"openings": None})),
        canonical(WHOLE.model_copy(update={"positions": WHOLE.part([0]).positions})),
    ],
)
def test_a_file_has_one_form(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_opened(raw)


def test_a_request_that_is_no_question_is_refused() -> None:
    with pytest.raises(Malformed):
        check_opened(WHOLE.model_copy(update={"request": b"{}"}))
