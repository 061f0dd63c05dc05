import re

import pytest

from node.tls import errors


def _drawn() -> set[str]:
    return set(re.findall(r"(\w+) {2,}\w", errors.__doc__ or "")) | {"TlsError"}


def test_the_tree_that_is_drawn_is_the_tree_there_is() -> None:
    built = {name for name, value in vars(errors).items() if isinstance(value, type) and value.__module__ == errors.__name__}
    assert _drawn() == built


@pytest.mark.parametrize("name", sorted(_drawn() - {"TlsError"}))
def test_one_except_clause_catches_them_all(name: str) -> None:
    kind: type[Exception] = getattr(errors, name)
    with pytest.raises(errors.TlsError, match="what to do next"):
        raise kind("what to do next")
