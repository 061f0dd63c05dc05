import json
import string

import phonenumbers
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from protocol.authority import MEMBER_STATES
from protocol.identifiers import NORMALISER_VERSIONS, Kind, NotNormalisable, RawIdentifier, Reason, normalise
from tests.protocol.identifiers.vectors import FILE, Row, completed, raw_of, rows_of

VECTORS = json.loads(FILE.read_text(encoding="utf-8"))
ROWS = rows_of(FILE)
CASE_CARRIES_MEANING = {Kind.CRYPTO_ADDRESS, Kind.URL}
SEPARATORS_CARRY_MEANING = {Kind.CRYPTO_ADDRESS, Kind.URL, Kind.EMAIL, Kind.SOCIAL_HANDLE, Kind.DOMAIN, Kind.IP}


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['kind']}-{i}" for i, row in enumerate(ROWS)])
def test_every_vector_gives_its_canonical_form_doubts_and_oprf_input(row: Row) -> None:
    assert completed(row) == row


def test_every_kind_has_six_vectors_and_the_file_says_that_they_are_invented() -> None:
    count = {kind: sum(row["kind"] == kind for row in ROWS) for kind in Kind}
    assert min(count.values()) >= 6
    assert "invented" in VECTORS["fiction"]


def test_the_file_says_what_each_field_is() -> None:
    assert {name for row in ROWS for name in row} == set(VECTORS["fields"])


def test_the_telephones_of_all_35_states_have_vectors() -> None:
    codes = {phonenumbers.parse(row["canonical"]).country_code for row in ROWS if row["kind"] == Kind.PHONE}
    assert codes >= {phonenumbers.country_code_for_region(state) for state in MEMBER_STATES}
    shared = {row.get("country") for row in ROWS if row["kind"] == Kind.PHONE and row["canonical"].startswith("+1")}
    assert shared >= {state for state in MEMBER_STATES if phonenumbers.country_code_for_region(state) == 1}


def test_the_version_names_the_rule_and_the_release_of_the_data_that_decides() -> None:
    assert set(NORMALISER_VERSIONS) == set(Kind)
    assert NORMALISER_VERSIONS[Kind.PHONE] == f"phone-2+{phonenumbers.__version__}"
    assert NORMALISER_VERSIONS[Kind.IMEI] == "imei-1"
    assert len(set(NORMALISER_VERSIONS.values())) == len(Kind)


def test_the_identity_documents_of_all_35_states_have_vectors() -> None:
    assert {row["canonical"][:2] for row in ROWS if row["kind"] == Kind.NATIONAL_ID} >= set(MEMBER_STATES)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['kind']}-{i}" for i, row in enumerate(ROWS)])
def test_a_canonical_form_needs_no_context_and_gives_itself(row: Row) -> None:
    for identifier in normalise(raw_of(row)):
        again = normalise(RawIdentifier(identifier.kind, identifier.canonical))
        assert again[0].canonical == identifier.canonical


@example(row=next(row for row in ROWS if "<" in row["value"]), noise=[(1, "\n"), (0, "\u200e")])
@given(
    row=st.sampled_from(ROWS), noise=st.lists(st.tuples(st.integers(0, 99), st.sampled_from("  \t\n\u200e\u2060")), max_size=6)
)
def test_spaces_around_and_invisible_characters_within_change_nothing(row: Row, noise: list[tuple[int, str]]) -> None:
    value: str = row["value"]
    for position, character in noise:
        if character in " \t\n":
            value = character + value if position % 2 else value + character
        else:
            value = value[: position % len(value)] + character + value[position % len(value) :]
    raw = raw_of(row | {"value": value})
    assert normalise(raw)[0].canonical == row["canonical"]


@given(row=st.sampled_from(ROWS), upper=st.booleans())
def test_case_changes_nothing_where_it_has_no_meaning(row: Row, upper: bool) -> None:
    assume(row["kind"] not in CASE_CARRIES_MEANING)
    value = row["value"].upper() if upper else row["value"].lower()
    assert normalise(raw_of(row | {"value": value}))[0].canonical == row["canonical"]


@given(row=st.sampled_from(ROWS), data=st.data())
def test_separators_between_the_characters_of_a_number_change_nothing(row: Row, data: st.DataObject) -> None:
    canonical: str = row["canonical"]
    kind = Kind(row.get("canonical_kind") or row["kind"])
    assume(kind not in SEPARATORS_CARRY_MEANING and not canonical.startswith(("PA:", "AR:ALIAS:")))
    place, colon, number = canonical.rpartition(":")
    at = data.draw(st.integers(1, len(number) - 2))
    separator = data.draw(st.sampled_from([" ", ".", "-", "\u2013"]))
    again = RawIdentifier(kind, f"{place}{colon}{number[:at]}{separator}{number[at:]}")
    assert normalise(again)[0].canonical == canonical


TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(string.digits + "+- ()", min_size=4, max_size=24),
    st.text(string.ascii_letters + string.digits + ".-/:@_", min_size=3, max_size=48),
    st.sampled_from([row["value"] for row in ROWS]),
)
COUNTRIES = (*sorted(MEMBER_STATES), "ES", None)


@given(kind=st.sampled_from(Kind), value=TEXTS, country=st.sampled_from(COUNTRIES))
def test_whatever_is_typed_either_has_a_stable_form_or_a_reason(kind: Kind, value: str, country: str | None) -> None:
    subdivision = "TX" if country == "US" else None
    try:
        found = normalise(RawIdentifier(kind, value, country, subdivision, "instagram", "0999"))
    except NotNormalisable as refused:
        assert refused.kind is kind
        return
    for identifier in found:
        assert normalise(RawIdentifier(identifier.kind, identifier.canonical))[0].canonical == identifier.canonical


REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS & {"AR", "BR", "CL", "CO", "EC", "MX", "PE", "US", "VE", "IT", "GB", "PY"})


@given(region=st.sampled_from(REGIONS), digits=st.text(string.digits, min_size=6, max_size=14), plus=st.booleans())
def test_every_number_that_is_read_as_a_phone_has_a_stable_key(region: str, digits: str, plus: bool) -> None:
    value = f"+{phonenumbers.country_code_for_region(region)}{digits}" if plus else digits
    try:
        found = normalise(RawIdentifier(Kind.PHONE, value, region))
    except NotNormalisable:
        return
    for identifier in found:
        assert normalise(RawIdentifier(Kind.PHONE, identifier.canonical))[0].canonical == identifier.canonical


BENT = "\x00\ud800\udfff\u0410\u043e\u200b\u202e\ufeff\ufdfa\u0130\u0131ßİ０Ａ+0123456789abc@:/.-%#?"
HOSTILE = st.one_of(
    st.text(st.characters(), max_size=80),  # surrogates, NUL, private use and unassigned code points too
    st.text(
        st.sampled_from("\x00\ud800\udfff\u0410\u043e\u200b\u202e\ufeff\ufdfa\u0130\u0131ßİ０Ａ+0123456789abc@:/.-%#?"),
        max_size=60,
    ),
    st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")),
    st.binary(max_size=60).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
)


@given(kind=st.sampled_from(Kind), value=HOSTILE, country=st.sampled_from(sorted(MEMBER_STATES)), context=st.text(max_size=8))
def test_nothing_in_unicode_raises_anything_but_our_refusal(kind: Kind, value: str, country: str, context: str) -> None:
    for raw in (RawIdentifier(kind, value, country), RawIdentifier(kind, value, context, context, context, context)):
        try:
            found = normalise(raw)
        except NotNormalisable as refused:
            assert refused.kind is kind
            continue
        for identifier in found:
            assert normalise(RawIdentifier(identifier.kind, identifier.canonical))[0].canonical == identifier.canonical


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("piece", ["9", "A", " ", "\x00", "\ufdfa", "+57 310 234 5678 ", "<", "x@", "1/"])
def test_a_line_of_ten_megabytes_is_refused_at_once(kind: Kind, piece: str) -> None:
    with pytest.raises(NotNormalisable) as refused:
        normalise(RawIdentifier(kind, piece * (10_000_000 // len(piece)), "CO"))
    assert refused.value.reason_code is Reason.TOO_LONG


# The text behind a QR code is for machines: its checksum covers each character as it is.
BY_HAND = [row for row in ROWS if not row["value"].startswith("000201")]


@pytest.mark.parametrize("row", BY_HAND, ids=[f"{row['kind']}-{i}" for i, row in enumerate(BY_HAND)])
def test_full_width_characters_and_marks_of_direction_change_nothing(row: Row) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isalnum() and c.isascii() else c for c in row["value"])
    again = normalise(raw_of(row | {"value": f"\u202b{wide}\u202c\u200f"}))
    assert [each.canonical for each in again] == [each.canonical for each in normalise(raw_of(row))]


# Cyrillic capitals that look like the Latin ones.
LOOK_LATIN = dict(zip("ABCEHKMOP", "\u0410\u0412\u0421\u0415\u041d\u041a\u041c\u041e\u0420", strict=True))


@pytest.mark.parametrize("kind", [Kind.VEHICLE_PLATE, Kind.PASSPORT, Kind.NATIONAL_ID, Kind.VIN, Kind.CONTAINER, Kind.IBAN])
def test_a_letter_that_only_looks_latin_is_never_taken_for_another_identifier_s(kind: Kind) -> None:
    refused = 0
    for row in (row for row in ROWS if row["kind"] == kind):
        disguised = "".join(LOOK_LATIN.get(c, c) for c in row["value"].upper())
        try:
            # where the disguise is in words around the number only, the number is still read
            assert normalise(raw_of(row | {"value": disguised}))[0].canonical == row["canonical"]
        except NotNormalisable:
            refused += 1
    assert refused > 0
