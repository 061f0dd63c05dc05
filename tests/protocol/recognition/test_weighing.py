import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.identifiers import Kind, NotNormalisable, RawIdentifier, Reason, normalise
from protocol.recognition import Candidate, Clue, Confidence, Said, as_named, named, read_following, weigh, weighing

MRZ = "L898902C36COL7408122F1204159ZE184226B<<<<<10"


def said(word: str, clue: Clue = Clue.WORD) -> tuple[Said, ...]:
    found = named(word)
    assert found is not None
    return (Said(found, clue),)


def proposed(text: str, country: str | None = "CO") -> list[tuple[Kind, Clue]]:
    return [(candidate.kind, candidate.clues[0]) for candidate in weigh(text, country)]


def only(candidates: tuple[Candidate, ...]) -> Candidate:
    (candidate,) = candidates
    return candidate


@pytest.mark.parametrize(
    ("text", "kind", "clue"),
    [
        (MRZ, Kind.PASSPORT, Clue.SYNTAX),
        ("https://wa.me/573102345678", Kind.PHONE, Clue.SYNTAX),
        ("+57 310 234 5678", Kind.PHONE, Clue.SYNTAX),
        ("instagram.com/nadie", Kind.SOCIAL_HANDLE, Clue.SYNTAX),
        ("nadie@correo.example", Kind.EMAIL, Clue.SYNTAX),
        ("ejemplo.com", Kind.DOMAIN, Clue.SYNTAX),
        ("hxxps://ejemplo[.]com/a", Kind.URL, Clue.SYNTAX),
        ("8.8.8.8", Kind.IP, Clue.SYNTAX),
        ("2001:4860:4860::8888", Kind.IP, Clue.SYNTAX),
        ("00:1b:44:11:3a:b7", Kind.MAC, Clue.SYNTAX),
        ("123e4567-e89b-42d3-a456-426614174000", Kind.PIX_KEY, Clue.SYNTAX),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", Kind.CRYPTO_ADDRESS, Clue.SYNTAX),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", Kind.CRYPTO_ADDRESS, Clue.SYNTAX),
        ("123e4567e89b42d3a456426614174000", Kind.PIX_KEY, Clue.SHAPE),
        ("001b44113ab7", Kind.MAC, Clue.SHAPE),
        ("CR05 0152 0200 1026 2840 66", Kind.IBAN, Clue.CHECK_DIGIT),
        ("2850590940090418135201", Kind.CBU, Clue.CHECK_DIGIT),
        ("032180000118359719", Kind.CLABE, Clue.CHECK_DIGIT),
        ("4111 1111 1111 1111", Kind.PAYMENT_CARD, Clue.CHECK_DIGIT),
        ("490154203237518", Kind.IMEI, Clue.CHECK_DIGIT),
        ("732101234567891", Kind.IMSI, Clue.ASSIGNED),
        ("CSQU 305438 3", Kind.CONTAINER, Clue.CHECK_DIGIT),
        ("1M8GDM9AXKP042788", Kind.VIN, Clue.CHECK_DIGIT),
        ("310 234 5678", Kind.PHONE, Clue.ASSIGNED),
        ("LV-ABC", Kind.AIRCRAFT_REG, Clue.SHAPE),
        ("ABC 123", Kind.VEHICLE_PLATE, Clue.SHAPE),
        ("10.203.040", Kind.NATIONAL_ID, Clue.SHAPE),
    ],
)
def test_the_best_candidate_is_what_an_officer_would_say(text: str, kind: Kind, clue: Clue) -> None:
    assert proposed(text)[0] == (kind, clue)


@pytest.mark.parametrize(
    "text",
    [
        *("+57 310 234 5678", "nadie@correo.example", "ejemplo.com", "8.8.8.8", "CR05 0152 0200 1026 2840 66", "111.444.777-35"),
        *("2850590940090418135201", "CSQU 305438 3", MRZ, "BOXW310820HNERXN09"),
    ],
)
def test_own_signs_and_checks_that_chance_seldom_passes_are_certain(text: str) -> None:
    assert only(weigh(text, "CO")).confidence is Confidence.CERTAIN


@pytest.mark.parametrize("text", ["310 234 5678", "4111 1111 1111 1111", "490154203237518", "ABC 123", "1M8GDM9AXKP042788"])
def test_one_check_digit_or_a_length_is_never_certain_on_its_own(text: str) -> None:
    assert Confidence.CERTAIN not in {candidate.confidence for candidate in weigh(text, "CO")}


def test_a_number_that_may_be_several_things_offers_them_all_best_first() -> None:
    offered = proposed("310 234 5678")
    assert offered[0] == (Kind.PHONE, Clue.ASSIGNED)
    assert (Kind.NATIONAL_ID, Clue.SHAPE) in offered


def test_a_failed_check_digit_is_shown_not_dropped_and_never_certain() -> None:
    assert proposed("4111 1111 1111 1112") == [(Kind.PAYMENT_CARD, Clue.CHECK_DIGIT_FAILED)]
    named_so = only(weigh("4111 1111 1111 1112", "CO", said("tarjeta de crédito")))
    assert (named_so.confidence, named_so.clues) == (Confidence.LIKELY, (Clue.WORD, Clue.CHECK_DIGIT_FAILED))


def test_what_a_word_names_is_certain_and_what_merely_has_the_length_is_no_longer_shown() -> None:
    candidate = only(weigh("310 234 5678", "CO", said("celular")))
    assert (candidate.kind, candidate.confidence, candidate.clues) == (
        Kind.PHONE,
        Confidence.CERTAIN,
        (Clue.WORD, Clue.ASSIGNED),
    )


def test_a_word_that_names_two_kinds_settles_which_only_by_the_form() -> None:
    assert only(weigh("20-12345678-6", None, said("CUIT"))).kind is Kind.TAX_ID_PERSON
    both = weigh("08011990123456", "HN", said("RTN"))
    assert {(each.kind, each.confidence) for each in both} == {
        (Kind.TAX_ID_PERSON, Confidence.LIKELY),
        (Kind.TAX_ID_COMPANY, Confidence.LIKELY),
    }


def test_a_named_number_that_nobody_was_given_is_for_an_officer_to_look_at() -> None:
    assert weigh("733 333 3333", "CO", said("celular"))[0].confidence is Confidence.LIKELY


def test_a_word_does_not_make_a_value_of_another_form() -> None:
    assert Kind.VEHICLE_PLATE not in {each.kind for each in weigh("310 234 5678 901", "CO", said("placa"))}
    assert weigh("ab", "CO", said("celular")) == ()


def test_where_a_word_and_the_signs_of_another_kind_disagree_an_officer_decides() -> None:
    candidates = weigh("nadie.co", None, said("instagram"))
    assert {each.kind: each.confidence for each in candidates} == {
        Kind.DOMAIN: Confidence.LIKELY,
        Kind.SOCIAL_HANDLE: Confidence.LIKELY,
    }


def test_a_word_further_away_only_speaks_with_the_value() -> None:
    near = weigh("310 234 5678", "CO", said("celular", Clue.HINT))
    assert (near[0].kind, near[0].confidence, near[0].clues) == (Kind.PHONE, Confidence.LIKELY, (Clue.ASSIGNED, Clue.HINT))
    alone = only(weigh("490154203237518", "CO", said("imei", Clue.HINT)))
    assert (alone.confidence, alone.clues) == (Confidence.CERTAIN, (Clue.CHECK_DIGIT, Clue.HINT))


def test_a_ships_number_is_thought_of_where_a_word_speaks_of_it() -> None:
    assert Kind.IMO not in {kind for kind, _ in proposed("9319466")}
    assert Kind.IMO in {each.kind for each in weigh("9319466", "CO", said("buque", Clue.HINT))}


def test_a_document_written_as_another_state_writes_it_is_that_states() -> None:
    candidate = only(weigh("111.444.777-35", "CO"))
    assert (candidate.canonical, candidate.country, candidate.clues) == ("BR:11144477735", "BR", (Clue.FORM, Clue.CHECK_DIGIT))


def test_a_form_whose_number_cannot_be_says_nothing() -> None:
    assert {each.needs for each in weigh("000-00-0000", None)} == {Reason.NEEDS_COUNTRY}
    assert "US" not in {each.country for each in weigh("1.234.567-8", "CO")}


def test_a_form_of_two_states_is_neithers_for_certain() -> None:
    offered = weigh("4.843.587-4", "UY")
    assert {each.country for each in offered} >= {"CL", "UY"}
    assert Confidence.CERTAIN not in {each.confidence for each in offered}


def test_a_telephone_in_a_range_that_nobody_was_given_is_thought_of_where_nothing_else_fits() -> None:
    candidate = only(weigh("(876) 608-4381", "JM"))
    assert (candidate.kind, candidate.confidence) == (Kind.PHONE, Confidence.POSSIBLE)
    assert [each.kind for each in weigh("868-606-8567", "TT", said("contact", Clue.HINT))] == [Kind.PHONE]


def test_a_form_that_only_zeros_fill_is_no_document() -> None:
    assert all(each.country not in ("CL", "UY") for each in weigh("0.063.123-7", "CO"))


def test_a_document_that_only_its_abbreviation_tells_apart_is_read_with_it() -> None:
    (plain,) = weigh("123456", "CO", said("cédula"))
    word = named("CE")
    assert word is not None
    (marked,) = weigh("123456", "CO", (Said(word, Clue.WORD, "CE"),))
    assert (plain.canonical, marked.canonical) == ("CO:123456", "CO:CE123456")
    register = named("RG")
    assert register is not None
    (asked,) = weigh("12.345.678", "BR", (Said(register, Clue.WORD, "RG"),))
    assert asked.needs is Reason.NEEDS_SUBDIVISION


def test_the_identity_number_within_a_tax_number_is_no_rival() -> None:
    candidate = only(weigh("11144477735", "BR"))
    assert (candidate.kind, [key.kind for key in candidate.identifiers]) == (
        Kind.TAX_ID_PERSON,
        [Kind.TAX_ID_PERSON, Kind.NATIONAL_ID],
    )


def test_any_number_may_be_a_tax_number_so_it_is_said_only_where_nothing_else_can_be() -> None:
    assert {kind for kind, _ in proposed("12345678901234", "HN")} == {Kind.TAX_ID_PERSON, Kind.TAX_ID_COMPANY}
    assert Kind.TAX_ID_PERSON not in {kind for kind, _ in proposed("310 234 5678")}


def test_a_bare_name_asks_for_its_platform() -> None:
    candidate = only(weigh("@nadie", None))
    assert (candidate.kind, candidate.canonical, candidate.needs) == (Kind.SOCIAL_HANDLE, None, Reason.NEEDS_PLATFORM)
    assert only(weigh("nadie", None, said("TikTok"))).canonical == "tiktok:nadie"


def test_a_zone_names_its_own_state_whatever_the_default() -> None:
    assert only(weigh(MRZ, "PE")).canonical == "CO:L898902C3"


def test_a_zone_with_a_wrong_check_digit_is_not_certain() -> None:
    assert only(weigh(MRZ.replace("C36COL", "C37COL"), "PE")).confidence is not Confidence.CERTAIN


def test_without_a_country_what_needs_one_says_so() -> None:
    assert {each.needs for each in weigh("310 234 5678", None)} == {Reason.NEEDS_COUNTRY}
    assert only(weigh("310 234 5678", None, said("celular"))).needs is Reason.NEEDS_COUNTRY
    assert proposed("+57 310 234 5678", None)[0] == (Kind.PHONE, Clue.SYNTAX)
    assert weigh("310 2345 6", None, said("bank account"))[0].needs is Reason.NEEDS_COUNTRY


def test_an_account_without_its_bank_says_so() -> None:
    assert only(weigh("191-0000000-0-12", "PE", said("cuenta bancaria"))).needs is Reason.NEEDS_BANK


def test_a_plate_of_a_state_whose_parts_number_alone_asks_for_the_part() -> None:
    assert {each.needs for each in weigh("ABC 1234", "US") if each.kind is Kind.VEHICLE_PLATE} == {Reason.NEEDS_SUBDIVISION}


def test_a_number_dialled_from_abroad_without_its_plus_is_a_guess() -> None:
    phone = next(each for each in weigh("20273141529", "SV") if each.kind is Kind.PHONE)
    assert phone.confidence is Confidence.POSSIBLE


def test_an_unassigned_international_number_is_a_shape() -> None:
    assert weigh("+57 733 333 3333", None)[0].confidence is not Confidence.CERTAIN


@pytest.mark.parametrize("text", ["", "hola", "dos palabras", "\x00", "x" * 5000, "1", "nadie.inventada", "a:b"])
def test_nothing_is_offered_for_what_is_nothing(text: str) -> None:
    assert weigh(text, "CO") == ()


@pytest.mark.parametrize(
    ("kind", "value", "found", "canonical"),
    [
        (Kind.PHONE, "300 555 0147", Kind.PHONE, "+573005550147"),
        (Kind.PIX_KEY, "nobody@example.org", Kind.EMAIL, "nobody@example.org"),
        (Kind.SOCIAL_HANDLE, "https://wa.me/573005550147", Kind.PHONE, "+573005550147"),
        (Kind.SOCIAL_HANDLE, "https://example.org/", Kind.DOMAIN, "example.org"),
    ],
)
def test_a_value_is_read_as_what_it_is_also_under_another_kinds_name(kind: Kind, value: str, found: Kind, canonical: str) -> None:
    first = read_following(RawIdentifier(kind, value, "CO"))[0]
    assert (first.kind, first.canonical) == (found, canonical)


def test_what_is_no_identifier_at_all_is_told_without_its_value() -> None:
    with pytest.raises(NotNormalisable) as caught:
        read_following(RawIdentifier(Kind.PHONE, "12", "CO"))
    assert "12" not in str(caught.value)


def test_two_kinds_that_send_a_value_to_each_other_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def tossed(raw: RawIdentifier) -> tuple[()]:
        other = Kind.URL if raw.kind is Kind.DOMAIN else Kind.DOMAIN
        raise NotNormalisable(raw.kind, Reason.IS_OTHER_KIND, other)

    monkeypatch.setattr(weighing, "normalise", tossed)
    with pytest.raises(NotNormalisable):
        read_following(RawIdentifier(Kind.URL, "x"))


@given(st.text(max_size=60) | st.text("0123456789ABCDEF+-. ", max_size=30), st.sampled_from(["CO", "BR", "AR", "US", None]))
def test_every_candidate_normalises_to_itself_and_only_one_kind_is_certain(text: str, country: str | None) -> None:
    candidates = weigh(text, country)
    for candidate in candidates:
        if candidate.canonical is not None:
            again = normalise(RawIdentifier(candidate.kind, candidate.canonical))
            assert again[0].canonical == candidate.canonical
    certain = {candidate.kind for candidate in candidates if candidate.confidence is Confidence.CERTAIN}
    assert len(certain) <= 1
    assert not certain or len(candidates) == 1


@pytest.mark.parametrize(
    ("word", "raw", "expected"),
    [
        ("DUI", RawIdentifier(Kind.PHONE, "012345678"), (Kind.NATIONAL_ID, "SV", None)),
        ("DUI", RawIdentifier(Kind.PHONE, "012345678", "PE"), (Kind.NATIONAL_ID, "PE", None)),
        ("DNI", RawIdentifier(Kind.PHONE, "012345678"), (Kind.NATIONAL_ID, "CO", None)),
        ("instagram", RawIdentifier(Kind.PHONE, "nobody.invented"), (Kind.SOCIAL_HANDLE, "CO", "instagram")),
        ("instagram", RawIdentifier(Kind.PHONE, "nobody.invented", platform="tiktok"), (Kind.SOCIAL_HANDLE, "CO", "tiktok")),
        ("CUIT", RawIdentifier(Kind.PHONE, "20-12345678-6"), (Kind.TAX_ID_PERSON, "AR", None)),
        ("", RawIdentifier(Kind.PHONE, "111.444.777-35"), (Kind.TAX_ID_PERSON, "BR", None)),
        ("", RawIdentifier(Kind.PHONE, "nobody@example.org"), (Kind.EMAIL, "CO", None)),
        ("cuenta", RawIdentifier(Kind.PHONE, "2850590940090418135201", "AR"), (Kind.ACCOUNT_OTHER, "AR", None)),
    ],
)
def test_a_word_says_kind_state_and_platform_where_the_writer_did_not(
    word: str, raw: RawIdentifier, expected: tuple[Kind, str, str | None]
) -> None:
    found = as_named(raw, named(word), "CO")
    assert isinstance(found, RawIdentifier)
    assert (found.kind, found.country, found.platform, found.value) == (*expected, raw.value)


@pytest.mark.parametrize(("word", "value", "kinds"), [("", "AX555147", {Kind.PASSPORT}), ("documento", "%", set())])
def test_what_may_be_several_things_under_a_word_is_none_of_them(word: str, value: str, kinds: set[Kind]) -> None:
    found = as_named(RawIdentifier(Kind.PHONE, value), named(word), "CO")
    assert isinstance(found, tuple)
    assert kinds <= set(found)
