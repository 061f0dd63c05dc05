"""The page for people says which exchange it is and how it is checked, and nothing else."""

import pytest

from protocol.evidence_cover import cover_of
from protocol.vocabulary import Language
from tests.protocol.federation import CO, NOW, PE


@pytest.mark.parametrize("language", Language)
def test_a_page_names_the_exchange_and_how_to_check_it(language: Language) -> None:
    page = cover_of(language, x="5e" * 16, sender=CO, to=PE, iat=NOW, count=2).decode()
    for told in ("5e" * 16, "CO", "PE", "2026-09-21 14:13:20 UTC", "verify_bundle.py --root-sha256", f"--language {language}"):
        assert told in page
    assert page.endswith("\n")


def test_the_last_instant_has_a_date() -> None:
    page = cover_of(Language.EN, x="5e" * 16, sender=CO, to=PE, iat=253_402_300_799, count=1).decode()
    assert "First message: 9999-12-31 23:59:59 UTC." in page
