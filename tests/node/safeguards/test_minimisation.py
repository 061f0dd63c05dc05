"""Minimisation: what of a case may leave. The tables are written by hand, so that the code has to agree with a reader of them."""

from itertools import product
from typing import Any

import pytest

from node.keys import Keys
from node.safeguards import minimisation, protected
from node.safeguards.minimisation import Listing, cleared, listing
from node.store.database import Work
from protocol.identifiers import Identifier, Kind
from protocol.vocabulary import NetworkRole, SubjectCategory, VictimScreening
from tests.node.conftest import Cases, phone
from tests.node.people import LUCIA, LUCIA_ELSEWHERE, NAMESAKE, Named

OF_A_PERSON = "passport national_id tax_id_person"
OF_A_USER = "phone iban cbu clabe pix_key account_other payment_card crypto_address imei imsi mac email social_handle"
OF_A_THING = "tax_id_company domain url ip vehicle_plate vin imo aircraft_reg container"

ALL, NO_DOCUMENTS, NOTHING = {"person", "user", "thing"}, {"user", "thing"}, set[str]()

# What may be listed of a subject by category and screening, its user and registrant screened and its role publishable.
MAY_BE_LISTED: dict[str, dict[str, set[str]]] = {
    "suspect": {"done_no_indicator": ALL, "pending": NOTHING, "not_applicable": NOTHING, "done_indicator": NOTHING},
    "charged": {"done_no_indicator": ALL, "pending": NOTHING, "not_applicable": NOTHING, "done_indicator": NOTHING},
    "convicted": {"done_no_indicator": ALL, "pending": NOTHING, "not_applicable": NOTHING, "done_indicator": NOTHING},
    "legal_person": {
        "done_no_indicator": NO_DOCUMENTS,
        "pending": NO_DOCUMENTS,
        "not_applicable": NO_DOCUMENTS,
        "done_indicator": NOTHING,
    },
    "thing": {
        "done_no_indicator": NO_DOCUMENTS,
        "pending": NO_DOCUMENTS,
        "not_applicable": NO_DOCUMENTS,
        "done_indicator": NOTHING,
    },
    "victim": dict.fromkeys(("done_no_indicator", "pending", "not_applicable", "done_indicator"), NOTHING),
    "presumed_victim": dict.fromkeys(("done_no_indicator", "pending", "not_applicable", "done_indicator"), NOTHING),
    "dual_status": dict.fromkeys(("done_no_indicator", "pending", "not_applicable", "done_indicator"), NOTHING),
    "witness": dict.fromkeys(("done_no_indicator", "pending", "not_applicable", "done_indicator"), NOTHING),
    "relative": dict.fromkeys(("done_no_indicator", "pending", "not_applicable", "done_indicator"), NOTHING),
}

# What may be listed of a cleared suspect, and of a thing, by the worse of the screenings of user and registrant.
BY_USER: dict[str | None, tuple[set[str], set[str]]] = {
    "done_no_indicator": (ALL, NO_DOCUMENTS),
    "not_applicable": (ALL, NO_DOCUMENTS),
    None: ({"thing"}, {"thing"}),
    "pending": (NOTHING, {"thing"}),
    "done_indicator": (NOTHING, NOTHING),
}


def kinds_of(groups: set[str]) -> set[str]:
    words = {"person": OF_A_PERSON, "user": OF_A_USER, "thing": OF_A_THING}
    return {kind for group in groups for kind in words[group].split()}


def one_of_each(label: str) -> tuple[Identifier, ...]:
    """An identifier of every kind, nobody's, other ones for each label."""
    return tuple(Identifier(kind, "1", f"{kind.value} {label}") for kind in Kind)


def test_the_tables_name_every_category_screening_and_kind() -> None:
    assert set(MAY_BE_LISTED) == set(SubjectCategory.all())
    assert all(set(row) == set(VictimScreening.all()) for row in MAY_BE_LISTED.values())
    assert set(BY_USER) == {*VictimScreening.all(), None}
    assert kinds_of(ALL) == {kind.value for kind in Kind}
    assert len(f"{OF_A_PERSON} {OF_A_USER} {OF_A_THING}".split()) == len(Kind)


@pytest.mark.parametrize("category", MAY_BE_LISTED)
def test_of_each_category_screening_and_role_exactly_what_the_table_says_may_be_listed(
    work: Work, keys: Keys, cases: Cases, category: str
) -> None:
    for (screening, groups), role in product(MAY_BE_LISTED[category].items(), [None, *NetworkRole.all()]):
        label = f"{screening} {role}"
        network = cases.network(work, label)
        cases.subject(work, network, label, category=category, role=role, screening=screening, identifiers=one_of_each(label))
        listed = listing(work, keys, network.digest)
        expected = set() if role == "coerced_participant" else kinds_of(groups)
        assert set(listed.kinds) == expected, (category, screening, role)
        assert len(listed.entries) == len(expected)
        assert sum(listed.withheld.values()) == len(Kind) - len(expected)


@pytest.mark.parametrize(("user", "registrant"), list(product(BY_USER, repeat=2)))
def test_the_actual_user_and_the_registrant_count_for_suspects_and_things_alike(
    work: Work, keys: Keys, cases: Cases, user: str | None, registrant: str | None
) -> None:
    of_suspect = set.intersection(*(BY_USER[each][0] for each in (user, registrant)))
    of_thing = set.intersection(*(BY_USER[each][1] for each in (user, registrant)))
    for category, groups in (("suspect", of_suspect), ("thing", of_thing), ("legal_person", of_thing)):
        network = cases.network(work, category)
        cases.subject(
            work, network, category, category=category, user=user, registrant=registrant, identifiers=one_of_each(category)
        )
        assert set(listing(work, keys, network.digest).kinds) == kinds_of(groups), category


def test_a_number_that_somebody_uncleared_bears_too_is_not_listed_for_anybody(work: Work, keys: Keys, cases: Cases) -> None:
    ours, elsewhere = cases.network(work, "ours"), cases.network(work, "elsewhere")
    cases.subject(work, ours, "cleared", identifiers=(phone(),))
    assert listing(work, keys, ours.digest).kinds == {"phone": 1}
    cases.subject(work, elsewhere, "not cleared", screening="pending", identifiers=(phone(),))
    assert listing(work, keys, ours.digest).kinds == {}
    assert listing(work, keys, ours.digest).withheld == {"screening": 1}


def test_a_number_that_a_protected_person_bears_is_not_listed_for_anybody(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    cases.subject(work, network, identifiers=(phone(), phone("+573005550199")))
    assert listing(work, keys, network.digest).kinds == {"phone": 2}
    protected.protect(work, keys, protected.guarded(keys, [phone().oprf_input()]))
    listed = listing(work, keys, network.digest)
    assert (listed.kinds, listed.withheld) == ({"phone": 1}, {"review": 1})  # the word of any hold: rule 2
    assert keys.digest("identifier", phone().oprf_input()) not in {entry.digest for entry in listed.entries}


def test_a_value_that_stands_for_anybody_is_not_listed_and_a_listed_one_is_not_cleared_any_more(
    work: Work, keys: Keys, cases: Cases
) -> None:
    network, hotline = cases.network(work), phone("+18005550199")
    cases.subject(work, network, identifiers=(phone(), hotline))
    listed = listing(work, keys, network.digest)
    assert (listed.kinds, listed.withheld) == ({"phone": 1}, {"too_common": 1})
    digest = keys.digest("identifier", hotline.oprf_input())
    assert cleared(work, keys, network.digest, [digest]) == set()


def test_one_number_of_two_cleared_subjects_is_listed_once_in_their_record(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    first, _ = (cases.subject(work, network, name, identifiers=(phone(),)).digest for name in ("one", "other"))
    assert [entry.subject for entry in listing(work, keys, network.digest).entries] == [first]


def test_a_listing_is_cut_to_what_was_proposed(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    cases.subject(work, network, identifiers=(phone(), phone("+573005550199")))
    proposed = keys.digest("identifier", phone().oprf_input())
    cut = listing(work, keys, network.digest).only([proposed])
    assert ([entry.digest for entry in cut.entries], cut.kinds) == ([proposed], {"phone": 1})


# People

SISTERS = Named("Rosa", "Quispe Ñahuí", "1990-05-12"), Named("Elena", "Quispe Ñahuí", "1990-05-12")
"""Twins: their keys of surname and birth date are equal."""


def people(listed: Listing) -> set[str | None]:
    return {entry.bearer for entry in listed.entries}


def test_a_person_is_counted_once_however_many_keys_there_are(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    subject = cases.subject(work, network, identifiers=(phone(),), named=LUCIA)
    listed = listing(work, keys, network.digest)
    assert listed.kinds == {"phone": 1, "name_dob": 1}
    assert {entry.digest for entry in listed.of("name_keys").entries} == {
        keys.digest("identifier", value) for value in LUCIA.inputs
    }
    assert people(listed.of("name_keys")) == {subject.digest}
    assert [entry.kind for entry in listed.of("identifiers").entries] == ["phone"]
    subject.screening = "pending"
    work.session.add(subject)
    work.session.flush()
    held = listing(work, keys, network.digest)
    assert (held.entries, held.withheld) == ((), {"screening": 2})  # the phone, and the person once


@pytest.mark.parametrize("category", MAY_BE_LISTED)
def test_a_name_is_listed_where_a_document_of_the_person_would_be(work: Work, keys: Keys, cases: Cases, category: str) -> None:
    for screening, groups in MAY_BE_LISTED[category].items():
        network = cases.network(work, screening)
        named = Named("Lucía", f"Quispe {screening.replace('_', '')}", "1990-05-12")  # nobody's neighbour
        cases.subject(work, network, screening, category=category, screening=screening, role=None, named=named)
        expected = {"name_dob": 1} if "person" in groups else {}
        assert listing(work, keys, network.digest).kinds == expected, (category, screening)


def test_two_people_with_an_equal_key_are_both_listed_under_it(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    bearers = {cases.subject(work, network, each.given, named=each).digest for each in SISTERS}
    listed = listing(work, keys, network.digest)
    assert listed.kinds == {"name_dob": 2}
    assert len(listed.entries) == sum(len(each.keys) for each in SISTERS)
    equal = {keys.digest("identifier", value) for value in set(SISTERS[0].inputs) & set(SISTERS[1].inputs)}
    assert len(equal) >= 2
    assert all({each.bearer for each in listed.entries if each.digest == digest} == bearers for digest in equal)


def test_what_was_proposed_of_one_person_lets_no_equal_key_of_another_through(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    rosa = cases.subject(work, network, "rosa", named=SISTERS[0]).digest
    proposed = [entry.proposed_as for entry in listing(work, keys, network.digest).entries]
    cases.subject(work, network, "elena", named=SISTERS[1])
    cut = listing(work, keys, network.digest).only(proposed)
    assert (people(cut), cut.kinds) == ({rosa}, {"name_dob": 1})


@pytest.mark.parametrize(
    "other",
    [{"screening": "pending"}, {"screening": "done_indicator"}, {"category": "dual_status"}, {"role": "coerced_participant"}],
)
def test_somebody_who_stands_uncleared_under_another_reference_and_spelling_is_held_back(
    work: Work, keys: Keys, cases: Cases, other: dict[str, Any]
) -> None:
    ours, elsewhere = cases.network(work, "ours"), cases.network(work, "elsewhere")
    subject = cases.subject(work, ours, "cleared", named=LUCIA).digest
    names = [keys.digest("identifier", value) for value in LUCIA.inputs]
    assert minimisation.cleared(work, keys, ours.digest, names) == {(each, subject) for each in names}
    cases.subject(work, elsewhere, "not cleared", named=LUCIA_ELSEWHERE, **other)
    assert (listing(work, keys, ours.digest).kinds, listing(work, keys, ours.digest).withheld) == ({}, {"screening": 1})
    assert minimisation.cleared(work, keys, ours.digest, names) == set()


def test_an_uncleared_namesake_born_on_another_day_holds_nobody_back(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    subject = cases.subject(work, network, "cleared", named=LUCIA).digest
    cases.subject(work, network, "namesake", named=NAMESAKE, screening="pending")
    assert people(listing(work, keys, network.digest)) == {subject}


def test_a_cleared_person_who_stands_twice_is_listed_twice(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    both = {cases.subject(work, network, label, named=each).digest for label, each in (("a", LUCIA), ("b", LUCIA_ELSEWHERE))}
    assert people(listing(work, keys, network.digest)) == both


def test_a_suspect_whom_a_protected_person_may_be_is_held_back_in_the_word_of_any_hold(
    work: Work, keys: Keys, cases: Cases
) -> None:
    network = cases.network(work)
    cases.subject(work, network, named=LUCIA_ELSEWHERE)
    protected.protect(work, keys, protected.guarded(keys, [], [NAMESAKE.inputs]))
    assert listing(work, keys, network.digest).kinds == {"name_dob": 1}
    protected.protect(work, keys, protected.guarded(keys, [], [LUCIA.inputs]))
    held = listing(work, keys, network.digest)
    assert (held.kinds, held.withheld) == ({}, {"review": 1})
