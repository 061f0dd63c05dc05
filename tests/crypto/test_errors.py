"""One tree of errors, drawn as it is."""

import re

import pytest

from crypto import errors


def test_the_docstring_draws_every_error_and_no_other() -> None:
    assert errors.__doc__ is not None
    drawn = set(re.findall(r"── (\w+)", errors.__doc__))
    assert drawn == {kind.__name__ for kind in errors.CryptoError.__subclasses__()}


@pytest.mark.parametrize("kind", errors.CryptoError.__subclasses__())
def test_one_except_clause_catches_them_all(kind: type[errors.CryptoError]) -> None:
    with pytest.raises(errors.CryptoError, match="what and where"):
        raise kind("what and where")
