import pytest

from protocol.names import NotComparable, PersonReason, read_birth_date, read_person


@pytest.mark.parametrize("reason", PersonReason)
def test_every_reason_says_what_is_wrong_and_what_to_do_next(reason: PersonReason) -> None:
    refused = NotComparable(reason)
    assert refused.reason_code is reason
    assert str(refused).startswith(f"name_dob: {reason.value}: ")
    assert str(refused).count(";") == 1


def test_a_refusal_carries_neither_name_nor_date_not_even_in_its_causes() -> None:
    with pytest.raises(NotComparable) as name:
        read_person("", "Quintasecreta " * 40, None)
    with pytest.raises(NotComparable) as date:
        read_birth_date("19771231secreta")
    for refused in (name, date):
        error: BaseException | None = refused.value
        while error is not None:
            told = f"{error!r} {error} {error.args} {vars(error)}".lower()
            assert "secreta" not in told
            assert "1977" not in told
            error = error.__cause__ or error.__context__


def test_a_reason_says_whether_to_look_at_the_name_or_at_the_date() -> None:
    of_names = {reason for reason in PersonReason if not reason.of_birth_date}
    assert of_names == {
        *(PersonReason.TOO_LONG, PersonReason.NO_NAME, PersonReason.UNKNOWN_NAME),
        *(PersonReason.INITIALS_ONLY, PersonReason.WRONG_CHARACTERS),
    }
