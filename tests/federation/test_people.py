"""People asked after by name and birth date, over real TLS: found however they are written, and never if they are protected.

All names are invented. Each story has people of its own, whose names no other story's sound like.
"""

import pytest

from node.officers import Role
from tests.federation.cases import Suspect, ask, hits, import_suspects, people, phone, publish_suspects, reference, settled
from tests.federation.running import CO, PE, Federation

pytestmark = pytest.mark.federation

Name = tuple[str, str, str]


def found(federation: Federation, *names: Name) -> dict[int, tuple[str, list[str]]]:
    """What Colombia is shown of Peru's people: of each line with a hit, the verdict and why."""
    officer = federation[CO].officer(Role.INVESTIGATOR)
    shown = hits(officer, peers=[PE], case_file=people(*names))
    assert len({hit["line"] for hit in shown}) == len(shown)
    assert {hit["kind"] for hit in shown} <= {"name_dob"}
    return {hit["line"]: (hit["verdict"], hit["agreements"]) for hit in shown}


def test_a_suspect_is_found_in_every_writing_with_how_sure_that_is_and_why_and_a_namesake_is_not(federation: Federation) -> None:
    suspect = Suspect(name=("Rosa Elvira", "Chuquimango Tapia", "1981-06-03"))
    publish_suspects(federation[PE], reference(), suspect)
    federation.beat()
    shown = found(
        federation,
        ("ROSA", "CHUQUIMANGO TAPIA", "1981-06-03"),
        ("Rosa E.", "Chuquimanco", "1981-06-03"),
        ("Chuquimango Tapia", "Rosa Elvira", "1981-06-03"),
        ("Rosa", "Chuquimango Tapia", "1981-01-00"),
        ("Rosa", "Chuquimango", "1981-03-06"),
        ("Rosa", "Chuquimango", "06/12/1979"),
        ("Rosa", "Mamani Quispe", "1981-06-03"),
        ("Elvira", "Tapia", "25/12/1990"),
    )
    assert {line: verdict for line, (verdict, _) in shown.items()} == {
        **dict.fromkeys((2, 3, 4, 6), "strong"),
        **dict.fromkeys((5, 8), "candidate"),
    }
    assert shown[2][1] == ["same_given_name", "same_first_surname", "same_second_surname", "same_birth_date"]
    assert "day_and_month_exchanged" in shown[6][1]
    assert shown[8][1] == ["same_given_name", "other_first_surname", "other_second_surname", "same_birth_date"]


def test_a_protected_person_is_found_in_no_writing_though_listed_as_a_suspect_in_another_one(federation: Federation) -> None:
    hers, known_as = ("Yorgelis Andreína", "Marcano Urdaneta", "2001-09-09"), ("YORGELIS", "MARCANO", "2001-09-09")
    number, writings = (
        phone(),
        [hers, known_as, ("Yorjelis", "Urdaneta Marcano", "2001-09-09"), ("Y. Andreina", "Marcano U.", "2001-09-09")],
    )
    network = reference()
    publish_suspects(federation[PE], network, Suspect((number,), "S-1", name=known_as))
    federation.beat()
    officer = federation[CO].officer(Role.INVESTIGATOR)
    # without protection both she and her telephone are found: the search can find her
    assert set(found(federation, *writings)) >= {2, 3, 4}
    assert len(hits(officer, number, peers=[PE])) == 1
    import_suspects(federation[PE], reference(), Suspect((), "V-1", "victim", "done_indicator", name=hers))
    federation.beat()
    assert found(federation, *writings) == {}
    assert hits(officer, number, peers=[PE]) == []
    # and she cannot be listed again
    again = publish_suspects(federation[PE], network, Suspect((number,), "S-1", name=known_as))
    federation.beat()
    assert again["listed"] == {}
    assert found(federation, *writings) == {}


def test_a_namesake_of_somebody_protected_stays_listed(federation: Federation) -> None:
    namesake, protected = ("Wilmer", "Cabanillas", "1979-09-17"), ("Wilmer", "Cabanillas", "2004-02-03")
    publish_suspects(federation[PE], reference(), Suspect(name=namesake))
    import_suspects(federation[PE], reference(), Suspect((), "V-2", "victim", "done_indicator", name=protected))
    federation.beat()
    assert set(found(federation, namesake, protected)) == {2}


def test_who_is_cleared_under_one_reference_and_not_under_another_is_held_back_under_both(federation: Federation) -> None:
    number = phone()
    publish_suspects(federation[PE], reference(), Suspect((number,), "S-3", name=("Iván", "Yarlequé Ñahui", "1982-11-23")))
    federation.beat()
    assert set(found(federation, ("Iván", "Yarlequé Ñahui", "1982-11-23"))) == {2}
    import_suspects(federation[PE], reference(), Suspect((), "S-4", screening="pending", name=("IVAN", "YARLEQUE", "1982-11-23")))
    federation.beat()
    assert found(federation, ("Iván", "Yarlequé Ñahui", "1982-11-23")) == {}
    assert hits(federation[CO].officer(Role.INVESTIGATOR), number, peers=[PE]) == []


def test_people_and_identifiers_are_asked_in_one_question_and_each_of_its_own_list(federation: Federation) -> None:
    number, name = phone(), ("Aníbal", "Huamancayo Pizango", "1966-02-02")
    publish_suspects(federation[PE], reference(), Suspect((number,), "S-5", name=name))
    federation.beat()
    file = f"kind,value,given_names,surnames,birth_date,attests_not_protected\nphone,{number},,,,yes\n,,{','.join(name)},yes"
    officer = federation[CO].officer(Role.INVESTIGATOR)
    shown = hits(officer, peers=[PE], case_file=file)
    assert [(hit["line"], hit["kind"], hit["verdict"]) for hit in shown] == [(2, "phone", None), (3, "name_dob", "strong")]
    assert len({hit["record_id"] for hit in shown}) == 1


def test_a_question_without_people_asks_no_list_of_names_and_waits_for_none(federation: Federation) -> None:
    federation.beat()
    officer = federation[CO].officer(Role.INVESTIGATOR)
    (of_identifiers,) = settled(officer, ask(officer, phone(), peers=[PE]))
    (of_people,) = settled(officer, ask(officer, peers=[PE], case_file=people(("Nadie", "Inventado Ninguno", "1970-01-02"))))
    for shown in (of_identifiers, of_people):
        assert len(shown["lists"]) == shown["lists_known"] == 2
    assert {each["list_id"] for each in of_identifiers["lists"]}.isdisjoint(each["list_id"] for each in of_people["lists"])
