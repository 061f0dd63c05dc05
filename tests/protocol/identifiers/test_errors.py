import pytest
from idna import IDNAError, encode

from protocol.identifiers import IdentifierError, Kind, NotNormalisable, RawIdentifier, Reason, normalise


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_says_what_is_wrong_and_what_to_do_next(reason: Reason) -> None:
    message = str(NotNormalisable(Kind.PHONE, reason))
    assert message.startswith(f"phone: {reason.value}: ")
    assert message.count(";") == 1


def test_another_kind_is_named() -> None:
    assert "(email)" in str(NotNormalisable(Kind.PIX_KEY, Reason.IS_OTHER_KIND, Kind.EMAIL))


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    "secret", ["SECRETO.9(arroba)correo", "CR0501520200102628406SECRETO", "se_creto.example/SECRETO", "https://[SECRETO"]
)
def test_a_refusal_carries_the_value_nowhere_not_even_in_its_causes(kind: Kind, secret: str) -> None:
    with pytest.raises(IdentifierError) as refused:
        for country in ("CO", None):
            normalise(RawIdentifier(kind, f"{secret} \x00" if country is None else secret, country, platform="x", bank="1"))
    error: BaseException | None = refused.value
    while error is not None:
        assert "secreto" not in f"{error!r} {error} {error.args} {vars(error)}".lower()
        error = error.__cause__ or error.__context__


def test_the_libraries_do_quote_the_value_so_the_test_above_can_fail() -> None:
    with pytest.raises(IDNAError, match="secreto"):
        encode("SECRETO_.example")
