"""The vocabulary's file is complete in four languages, and a code of one list is not a code of another."""

import re

import pytest
from pydantic import TypeAdapter, ValidationError

from protocol.errors import UnknownCode
from protocol.vocabulary import Act, Code, Language, Means, code_lists, entropy_class_of
from protocol.vocabulary import codes as classes

LISTS = [kind for kind in vars(classes).values() if isinstance(kind, type) and issubclass(kind, Code) and kind is not Code]
CODES = [(name, code) for name, entries in code_lists().items() for code in entries]


@pytest.mark.parametrize("name, code", CODES)
def test_every_code_is_labelled_in_four_languages(name: str, code: str) -> None:
    entry = code_lists()[name][code]
    assert all(entry[language.value].strip() == entry[language.value] != "" for language in Language)


@pytest.mark.parametrize("name, code", CODES)
def test_a_code_is_a_short_word_and_cannot_hold_a_sentence(name: str, code: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_]{1,40}", code)


@pytest.mark.parametrize("kind", LISTS)
def test_every_list_has_its_class_with_all_its_codes(kind: type[Code]) -> None:
    assert [str(code) for code in kind.all()] == list(code_lists()[kind.list_name])
    assert all(type(code) is kind for code in kind.all())
    assert kind.__doc__


@pytest.mark.parametrize("kind", LISTS)
def test_a_code_knows_its_label_and_whether_it_may_leave(kind: type[Code]) -> None:
    for code in kind.all():
        assert code.label(Language.ES) == code.entry["es"]
        assert code.publishable == code.entry.get("publish", True)


def test_a_code_of_another_list_is_refused() -> None:
    assert Means("force") == "force"
    with pytest.raises(UnknownCode) as caught:
        Act("force")
    assert caught.value.where == "act"


def test_an_invented_code_is_not_repeated_in_the_error() -> None:
    with pytest.raises(UnknownCode) as caught:
        Act("Juana Inventada")
    assert "Juana" not in str(caught.value)


def test_on_the_wire_a_code_is_its_text() -> None:
    wire: TypeAdapter[Act] = TypeAdapter(Act)
    read = wire.validate_json(b'"recruitment"')
    assert type(read) is Act
    assert wire.dump_json(read) == b'"recruitment"'
    for wrong in (b'"force"', b"1", b'"Recruitment"'):
        with pytest.raises(ValidationError):
            wire.validate_json(wrong)
    assert wire.json_schema() == {"type": "string", "enum": [str(code) for code in Act.all()]}


def test_the_lists_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        code_lists()["act"] = {}  # type: ignore[index]


def test_the_entropy_class_of_a_kind_is_told() -> None:
    assert entropy_class_of("phone") == "low"
    with pytest.raises(UnknownCode):
        entropy_class_of("birth date")
