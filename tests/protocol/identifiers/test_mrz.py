"""The specimens of ICAO Doc 9303, whose holders and state (Utopia, UTO) are invented, and variations of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.identifiers import Kind, NotNormalisable, Reason
from protocol.identifiers.mrz import Checked, Layout, MachineReadable, check_digit, find_mrz, read_mrz

PASSPORT = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
CARD = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
SHEET = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6"


def found(text: str) -> MachineReadable:
    zone = find_mrz(text)
    assert zone is not None
    return zone


def facts(zone: MachineReadable) -> tuple[str, str, str, tuple[int | None, int | None, int | None]]:
    return zone.number, zone.surnames, zone.given_names, zone.birth


def test_the_check_digits_of_icao_9303_hold() -> None:
    assert check_digit("L898902C3") == 6
    assert check_digit("740812") == 2
    assert check_digit("120415") == 9
    assert check_digit("ZE184226B<<<<<") == 1


@pytest.mark.parametrize(
    ("text", "layout", "number"),
    [(PASSPORT, Layout.TD3, "L898902C3"), (CARD, Layout.TD1, "D23145890"), (SHEET, Layout.TD2, "D23145890")],
)
def test_the_specimens_of_icao_9303_are_read(text: str, layout: Layout, number: str) -> None:
    zone = found(text)
    assert zone.layout is layout
    assert facts(zone) == (number, "ERIKSSON", "ANNA MARIA", (74, 8, 12))
    assert (zone.issuer, zone.issuing_state, zone.nationality) == ("UTO", None, None)
    assert (zone.failed, zone.corrected, zone.names_cut) == (frozenset(), False, False)


def test_the_optional_fields_are_told_apart() -> None:
    assert found(PASSPORT).optional == "ZE184226B"
    card = found(CARD.replace("07<<<<<<<<<<<<<<<", "07S74<<<<<<<<<<<<").replace("UTO<<<<<<<<<<<6", "UTO16123456<1<6"))
    assert (card.more, card.optional) == ("S74", "16123456 1")


@pytest.mark.parametrize("text", [PASSPORT, CARD, SHEET])
def test_lines_may_follow_each_other_or_have_spaces_between_or_lack_their_last_fillers(text: str) -> None:
    whole = found(text)
    for written in (
        text.replace("\n", ""),
        text.replace("\n", " "),
        text.replace("\n", "\r\n\r\n"),
        text.lower(),
        "\n".join(line.rstrip("<") for line in text.split("\n")),
        " ".join(line.rstrip("<") for line in text.split("\n")),
        text.replace("<<", "«"),
        text.translate({ord("<"): "\N{FULLWIDTH LESS-THAN SIGN}"}),
    ):
        assert found(written) == whole


def test_the_second_line_of_a_passport_is_enough_for_its_number() -> None:
    zone = found(PASSPORT.split("\n")[1])
    assert facts(zone) == ("L898902C3", "", "", (74, 8, 12))
    assert (zone.code, zone.issuer, zone.issuing_state, zone.names_cut) == ("", "", None, False)


def test_a_digit_is_corrected_where_only_digits_can_stand_and_a_letter_where_only_letters_can() -> None:
    zone = found(PASSPORT.replace("7408122F", "74O8I22F").replace("P<UTOERIKSSON", "P<UT0ER1KSSON"))
    assert facts(zone) == ("L898902C3", "ERIKSSON", "ANNA MARIA", (74, 8, 12))
    assert zone.corrected
    assert not zone.failed


def test_a_number_is_never_corrected() -> None:
    zone = found(PASSPORT.replace("L898902C3", "L8989O2C3"))
    assert zone.number == "L8989O2C3"
    assert zone.failed == {Checked.NUMBER, Checked.COMPOSITE}
    assert zone.number_in_doubt


@pytest.mark.parametrize(
    ("old", "new", "failed"),
    [
        ("7408122", "7408132", Checked.BIRTH),
        ("1204159", "1204169", Checked.EXPIRY),
        ("ZE184226B", "ZE184226C", Checked.OPTIONAL),
    ],
)
def test_a_slip_elsewhere_is_told_and_leaves_the_number_alone(old: str, new: str, failed: Checked) -> None:
    zone = found(PASSPORT.replace(old, new))
    assert zone.failed == {failed, Checked.COMPOSITE}
    assert not zone.number_in_doubt


def test_a_slip_that_only_the_last_digit_shows_may_be_in_the_number() -> None:
    zone = found(PASSPORT[:-1] + "1")
    assert zone.failed == {Checked.COMPOSITE}
    assert zone.number_in_doubt


def test_unknown_parts_of_a_birth_date_stay_unknown() -> None:
    line = PASSPORT.split("\n")[1].replace("7408122", "74<<<<" + str(check_digit("74<<<<")))
    assert found(line).birth == (74, None, None)


def test_of_the_expiry_the_year_is_kept() -> None:
    assert found(PASSPORT).expiry_year == 12
    assert found(PASSPORT.replace("1204159", "<<<<<<0")).expiry_year is None


def test_names_that_fill_their_field_may_go_on() -> None:
    assert found(f"P<UTO{'PAPANDROPOULOUS<<JONATHON<WARREN<TREVOR'}\n{PASSPORT.split()[1]}").names_cut


def test_a_number_longer_than_its_field_goes_on_behind() -> None:
    # Part 5, appendix: D23145890734 with the check digit 9 and a filler in place of the first one.
    zone = found("I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<")
    assert zone.number == "D23145890734"
    assert Checked.NUMBER not in zone.failed
    assert zone.more == ""


def test_a_filler_in_place_of_the_check_digit_without_more_behind_is_no_longer_number() -> None:
    zone = found("I<UTOD23145890<<<<<<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<")
    assert zone.number == "D23145890"
    assert Checked.NUMBER in zone.failed


@pytest.mark.parametrize(
    ("code", "state"), [("COL", "CO"), ("D<<", "DE"), ("GBD", "GB"), ("UNO", "UNO"), ("XCC", "XCC"), ("XXA", None), ("ZZZ", None)]
)
def test_states_and_organisations_have_their_codes_of_icao(code: str, state: str | None) -> None:
    assert found(PASSPORT.replace("P<UTO", f"P<{code}")).issuing_state == state


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0" * 44,
        PASSPORT[:-1],
        PASSPORT.replace("P<UTO", "V<UTO"),
        PASSPORT.replace("L898902C3", "L8989?2C3"),
        PASSPORT.replace("UTO7", "U9O7"),
        PASSPORT.replace("F1204159", "Q1204159"),
        "A" * 44,
        "<" * 321,
    ],
)
def test_what_is_no_zone_is_not_taken_for_one(text: str) -> None:
    assert find_mrz(text) is None


def test_a_caller_that_needs_a_zone_is_told_what_is_wrong() -> None:
    for text, why in ((PASSPORT[:-1], Reason.WRONG_LENGTH), ("A" * 44, Reason.WRONG_CHARACTERS)):
        with pytest.raises(NotNormalisable) as refused:
            read_mrz(text)
        assert (refused.value.kind, refused.value.reason_code) == (Kind.PASSPORT, why)
    assert read_mrz(PASSPORT) == find_mrz(PASSPORT)


def test_nothing_of_the_holder_is_in_the_representation() -> None:
    shown = repr(found(PASSPORT))
    assert not any(secret in shown for secret in ("L898902C3", "ERIKSSON", "ANNA", "ZE184226B", "74"))


@given(st.text(max_size=330) | st.text("ABCP<0123456789\n", min_size=40, max_size=94))
def test_any_text_is_a_zone_or_is_not(text: str) -> None:
    zone = find_mrz(text)
    assert zone is None or set(zone.number) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


@given(st.data())
def test_any_single_misread_digit_of_the_number_is_seen(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, 8))
    line = PASSPORT.split("\n")[1]
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if (ord(digit) - ord(line[at])) % 10]))
    if line[at].isdigit():
        assert found(line[:at] + other + line[at + 1 :]).number_in_doubt
