from protocol.identifiers import Doubt, Kind, RawIdentifier, Reason, normalise
from tests.protocol.identifiers.reading import canonical, doubts, refusal

# The specimen of ICAO Doc 9303 part 4, with an invented holder of an existing state.
LINE_1 = "P<{}PRUEBA<<PERSONA<INVENTADA<<<<<<<<<<<<<<"
LINE_2 = "L898902C36COL7408122F1204159ZE184226B<<<<<10"


def test_two_pasted_lines_name_state_and_number_and_nothing_else() -> None:
    assert canonical(Kind.PASSPORT, f"{LINE_1.format('COL')}\n{LINE_2}") == "CO:L898902C3"
    assert canonical(Kind.PASSPORT, f"{LINE_1.format('D<<')} {LINE_2}".lower()) == "DE:L898902C3"
    assert canonical(Kind.PASSPORT, f"{LINE_1.format('COL')}{LINE_2}", "CO") == "CO:L898902C3"


def test_an_organisation_issues_passports_under_its_own_code() -> None:
    assert canonical(Kind.PASSPORT, f"{LINE_1.format('UNO')}{LINE_2}") == "UNO:L898902C3"
    assert canonical(Kind.PASSPORT, "uno: l898902c3") == "UNO:L898902C3"
    assert refusal(Kind.PASSPORT, "UNO:L898902C3", "CO") == (Reason.CONFLICTING_CONTEXT, None)


def test_the_zone_contradicts_another_state() -> None:
    assert refusal(Kind.PASSPORT, f"{LINE_1.format('COL')}{LINE_2}", "PE") == (Reason.CONFLICTING_CONTEXT, None)


def test_a_state_that_is_no_state_is_refused() -> None:
    assert refusal(Kind.PASSPORT, f"{LINE_1.format('UTO')}{LINE_2}") == (Reason.UNKNOWN_COUNTRY, None)


def test_the_second_line_alone_takes_the_given_state_else_the_nationality_and_says_so() -> None:
    assert canonical(Kind.PASSPORT, LINE_2, "PE") == "PE:L898902C3"
    assert doubts(Kind.PASSPORT, LINE_2, "PE") == frozenset()
    assert canonical(Kind.PASSPORT, LINE_2) == "CO:L898902C3"
    assert doubts(Kind.PASSPORT, LINE_2) == {Doubt.ASSUMED_COUNTRY}


def test_a_stateless_holder_s_second_line_needs_the_issuing_state() -> None:
    assert refusal(Kind.PASSPORT, LINE_2.replace("COL", "XXA")) == (Reason.NEEDS_COUNTRY, None)


def test_a_wrong_check_digit_is_shown_not_dropped() -> None:
    assert doubts(Kind.PASSPORT, LINE_2.replace("C36", "C37"), "CO") == {Doubt.CHECK_DIGIT_FAILED}
    # A slip in the birth date says nothing against the number.
    assert doubts(Kind.PASSPORT, LINE_2.replace("7408122", "7408132"), "CO") == frozenset()


def test_a_corrected_zone_says_so() -> None:
    assert doubts(Kind.PASSPORT, LINE_2.replace("7408122", "74O8122"), "CO") == {Doubt.LETTERS_CORRECTED}


def test_an_identity_card_s_zone_is_asked_as_card_and_as_identity_number() -> None:
    zone = "ICCOL000000012516001<<<<<<<<<<\n9007150F3407150COL1020304050<5\nPRUEBA<<PERSONA<INVENTADA<<<<<"
    card, identity = normalise(RawIdentifier(Kind.PASSPORT, zone))
    assert (card.kind, card.canonical) == (Kind.PASSPORT, "CO:000000012")
    assert (identity.kind, identity.canonical) == (Kind.NATIONAL_ID, "CO:1020304050")


def test_a_short_number_in_the_zone_loses_its_filler() -> None:
    line = f"AB12345<<1{LINE_2[10:]}"
    assert canonical(Kind.PASSPORT, line, "CO") == canonical(Kind.PASSPORT, "ab 12345", "CO") == "CO:AB12345"


def test_words_in_front_of_a_number_are_no_part_of_it() -> None:
    for written in ("pasaporte AB123456", "Passport No. AB123456", "Passaporte nº AB 123456", "passeport n° AB-123456"):
        assert canonical(Kind.PASSPORT, written, "CO") == "CO:AB123456"


def test_what_is_no_passport_number_is_refused() -> None:
    assert refusal(Kind.PASSPORT, "AB1234567890", "CO") == (Reason.WRONG_LENGTH, None)
    assert refusal(Kind.PASSPORT, "ABCDEF", "CO") == (Reason.WRONG_CHARACTERS, None)
    assert refusal(Kind.PASSPORT, "AB123456") == (Reason.NEEDS_COUNTRY, None)
    assert refusal(Kind.PASSPORT, "AB1234**", "CO") == (Reason.MASKED, None)
