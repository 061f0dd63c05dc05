import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.identifiers import Clue, Kind, RawIdentifier, normalise, recognise

MRZ = "L898902C36COL7408122F1204159ZE184226B<<<<<10"


def proposed(text: str, country: str | None = "CO") -> list[tuple[Kind, Clue]]:
    return [(candidate.kind, candidate.reason_code) for candidate in recognise(text, country)]


@pytest.mark.parametrize(
    ("text", "kind", "clue"),
    [
        (MRZ, Kind.PASSPORT, Clue.SYNTAX),
        ("https://wa.me/573102345678", Kind.PHONE, Clue.SYNTAX),
        ("instagram.com/nadie", Kind.SOCIAL_HANDLE, Clue.SYNTAX),
        ("nadie@correo.example", Kind.EMAIL, Clue.SYNTAX),
        ("ejemplo.com", Kind.DOMAIN, Clue.SYNTAX),
        ("hxxps://ejemplo[.]com/a", Kind.URL, Clue.SYNTAX),
        ("8.8.8.8", Kind.IP, Clue.SYNTAX),
        ("2001:4860:4860::8888", Kind.IP, Clue.SYNTAX),
        ("00:1b:44:11:3a:b7", Kind.MAC, Clue.SYNTAX),
        ("123e4567-e89b-42d3-a456-426614174000", Kind.PIX_KEY, Clue.SYNTAX),
        ("001b44113ab7", Kind.MAC, Clue.SHAPE),
        ("CR05 0152 0200 1026 2840 66", Kind.IBAN, Clue.CHECK_DIGIT),
        ("2850590940090418135201", Kind.CBU, Clue.CHECK_DIGIT),
        ("032180000118359719", Kind.CLABE, Clue.CHECK_DIGIT),
        ("4111 1111 1111 1111", Kind.PAYMENT_CARD, Clue.CHECK_DIGIT),
        ("490154203237518", Kind.IMEI, Clue.CHECK_DIGIT),
        ("732101234567891", Kind.IMSI, Clue.ASSIGNED),
        ("CSQU 305438 3", Kind.CONTAINER, Clue.CHECK_DIGIT),
        ("1M8GDM9AXKP042788", Kind.VIN, Clue.CHECK_DIGIT),
        ("IMO 9319466", Kind.IMO, Clue.CHECK_DIGIT),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", Kind.CRYPTO_ADDRESS, Clue.CHECK_DIGIT),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", Kind.CRYPTO_ADDRESS, Clue.SHAPE),
        ("310 234 5678", Kind.PHONE, Clue.ASSIGNED),
        ("wa: +57 310 2345678", Kind.PHONE, Clue.ASSIGNED),
        ("LV-ABC", Kind.AIRCRAFT_REG, Clue.SHAPE),
        ("ABC 123", Kind.VEHICLE_PLATE, Clue.SHAPE),
        ("10.203.040", Kind.NATIONAL_ID, Clue.SHAPE),
    ],
)
def test_the_best_candidate_is_what_an_officer_would_say(text: str, kind: Kind, clue: Clue) -> None:
    assert proposed(text)[0] == (kind, clue)


def test_a_number_that_may_be_several_things_offers_them_all_strongest_first() -> None:
    offered = proposed("310 234 5678")
    assert offered[0] == (Kind.PHONE, Clue.ASSIGNED)
    assert (Kind.NATIONAL_ID, Clue.SHAPE) in offered
    assert [clue for _, clue in offered] == sorted((clue for _, clue in offered), key=list(Clue).index)


def test_a_failed_check_digit_is_shown_last_not_dropped() -> None:
    assert proposed("4111 1111 1111 1112") == [(Kind.PAYMENT_CARD, Clue.CHECK_DIGIT_FAILED)]


def test_a_bare_name_asks_for_its_platform() -> None:
    (candidate,) = recognise("@nadie", None)
    assert (candidate.kind, candidate.identifier) == (Kind.SOCIAL_HANDLE, None)


def test_a_zone_names_its_own_state_whatever_the_default() -> None:
    (candidate,) = recognise(MRZ, "PE")
    assert candidate.identifier is not None
    assert candidate.identifier.canonical == "CO:L898902C3"


def test_without_a_default_country_only_what_needs_none_is_offered() -> None:
    assert proposed("310 234 5678", None) == []
    assert proposed("+57 310 234 5678", None)[0] == (Kind.PHONE, Clue.ASSIGNED)


@pytest.mark.parametrize("text", ["", "hola", "dos palabras", "\x00", "x" * 5000, "1"])
def test_nothing_is_offered_for_what_is_nothing(text: str) -> None:
    assert recognise(text, "CO") == ()


@given(st.text(max_size=60) | st.text("0123456789ABCDEF+-. ", max_size=30), st.sampled_from(["CO", "BR", "AR", "US", None]))
def test_every_candidate_normalises_to_itself(text: str, country: str | None) -> None:
    for candidate in recognise(text, country):
        if candidate.identifier is not None:
            again = normalise(RawIdentifier(candidate.kind, candidate.identifier.canonical))
            assert again[0].canonical == candidate.identifier.canonical
