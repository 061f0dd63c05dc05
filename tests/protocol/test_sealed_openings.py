"""Openings that take any two of their holders: no one half opens them, and neither do the wrong two."""

import json

import pytest

from crypto.sealing import SealingKey, seal_to
from protocol.errors import Malformed
from protocol.limits import AUDIT_HOLDERS
from protocol.matching import OpeningRefused
from protocol.opened_question import check_opened, read_opened
from protocol.sealed_openings import (
    Boxes,
    Handed,
    HandedOn,
    SealedOpenings,
    hand_on,
    open_openings,
    read_boxes,
    read_handed,
    read_sealed,
    seal_openings,
)
from protocol.wire import canonical
from tests.protocol.federation import octets, prepared_question, seeded
from tests.protocol.vectors import FOLDER

X = "5c" * 16
ALICE, BEATRIZ, CARLA = (SealingKey.from_bytes(octets(f"holder {number}")) for number in range(3))
HOLDERS = (ALICE, BEATRIZ, CARLA)
OPENINGS = prepared_question().openings
RAW = seal_openings(OPENINGS, X, [holder.public for holder in HOLDERS], seeded("sealing"))
SEALED = read_sealed(RAW)


def refused(sealed: SealedOpenings, x: str, handed: tuple[Handed, ...], holder: SealingKey) -> str:
    with pytest.raises(OpeningRefused) as caught:
        open_openings(sealed, x, handed, holder)
    return caught.value.where


@pytest.mark.parametrize("first", HOLDERS)
@pytest.mark.parametrize("second", HOLDERS)
def test_any_two_holders_open_in_either_order_and_nobody_alone(first: SealingKey, second: SealingKey) -> None:
    handed = hand_on(SEALED.boxes, first)
    assert len(handed) == len(HOLDERS) - 1
    if first is second:
        assert refused(SEALED, X, handed, second) == "openings.holder"
    else:
        assert open_openings(SEALED, X, handed, second) == OPENINGS


def test_one_half_opens_nothing() -> None:
    boxes = tuple(Handed(first=box.first, second=box.second, box=box.box[:80]) for box in SEALED.boxes)
    # the second holder alone, with the outer seal still on, and with a half that was made up
    assert refused(SEALED, X, boxes, BEATRIZ) == "openings.handed"
    made_up = Handed(first=bytes(ALICE.public), second=bytes(BEATRIZ.public), box=seal_to(BEATRIZ.public, bytes(32)))
    assert refused(SEALED, X, (made_up,), BEATRIZ) == "openings.handed"
    # the first holder alone cannot read what is handed on
    handed = hand_on(SEALED.boxes, ALICE)
    to_herself = tuple(each.model_copy(update={"second": bytes(ALICE.public)}) for each in handed)
    assert refused(SEALED, X, to_herself, ALICE) == "openings.handed"


def test_swapped_halves_and_halves_of_another_question_open_nothing() -> None:
    handed = hand_on(SEALED.boxes, ALICE)
    swapped = tuple(one.model_copy(update={"second": other.second}) for one, other in zip(handed, reversed(handed), strict=True))
    assert refused(SEALED, X, swapped, BEATRIZ) == "openings.handed"
    other = read_sealed(seal_openings(OPENINGS, X, [holder.public for holder in HOLDERS], seeded("another")))
    assert refused(SEALED, X, hand_on(other.boxes, ALICE), BEATRIZ) == "openings.handed"


def test_who_is_no_holder_has_nothing_to_hand_on() -> None:
    stranger = SealingKey.from_bytes(octets("a stranger"))
    with pytest.raises(OpeningRefused) as caught:
        hand_on(SEALED.boxes, stranger)
    assert caught.value.where == "openings.holder"
    assert refused(SEALED, X, hand_on(SEALED.boxes, ALICE), stranger) == "openings.holder"


def test_boxes_that_were_altered_are_told_from_another_holders() -> None:
    altered = [box.model_copy(update={"box": bytes([box.box[0] ^ 1]) + box.box[1:]}) for box in SEALED.boxes]
    with pytest.raises(OpeningRefused) as caught:
        hand_on(altered, ALICE)
    assert caught.value.where == "openings.boxes"


def test_a_body_that_was_altered_or_moved_is_a_breach() -> None:
    handed = hand_on(SEALED.boxes, ALICE)
    assert refused(SEALED, "5d" * 16, handed, BEATRIZ) == "openings.body"
    altered = SEALED.model_copy(update={"body": SEALED.body[:-1] + bytes([SEALED.body[-1] ^ 1])})
    assert refused(altered, X, handed, BEATRIZ) == "openings.body"


@pytest.mark.parametrize(
    "holders", [(), (ALICE,), (ALICE, ALICE), tuple(SealingKey.from_bytes(octets(str(n))) for n in range(AUDIT_HOLDERS + 1))]
)
def test_one_holder_or_the_same_twice_keeps_nothing(holders: tuple[SealingKey, ...]) -> None:
    with pytest.raises(ValueError, match="different holders"):
        seal_openings(OPENINGS, X, [holder.public for holder in holders], seeded("none"))


def test_what_is_handed_on_has_one_form() -> None:
    boxes, handed = canonical(Boxes(boxes=SEALED.boxes)), canonical(HandedOn(boxes=hand_on(SEALED.boxes, ALICE)))
    assert (read_boxes(boxes), read_handed(handed)) == (SEALED.boxes, hand_on(SEALED.boxes, ALICE))
    assert read_handed(b'{"boxes":[]}') == ()
    for read in (read_boxes, read_handed):
        with pytest.raises(Malformed):
            read(b'{"boxes":[{}]}')


def test_what_is_sealed_has_one_form_and_shows_no_value() -> None:
    with pytest.raises(Malformed):
        read_sealed(RAW + b"\n")
    assert not any(value in RAW for value in OPENINGS.values)


def test_the_vector_opens_for_its_two_holders() -> None:
    told = json.loads((FOLDER / "openings.json").read_text("utf-8"))
    first, second = (SealingKey.from_bytes(bytes.fromhex(told[name]["secret"])) for name in ("first", "second"))
    assert [bytes(key.public).hex() for key in (first, second)] == [told["first"]["public"], told["second"]["public"]]
    sealed = read_sealed(told["sealed"].encode())
    handed = read_handed(told["handed"].encode())
    assert hand_on(sealed.boxes, first) == handed
    openings = open_openings(sealed, told["exchange"], handed, second)
    assert read_opened(told["whole"].encode()).openings == openings
    for file, positions in (("whole", told["identifiers"]), ("part", None)):
        checked = check_opened(read_opened(told[file].encode()))
        assert checked.digest == told["request_digest"]
        found = {str(each.position): each.canonical for each in checked.positions if each.canonical}
        assert found == positions if positions is not None else found.items() <= told["identifiers"].items() and len(found) == 1
