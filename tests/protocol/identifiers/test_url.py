import pytest

from protocol.identifiers import Kind, Reason
from tests.protocol.identifiers.reading import canonical, refusal


@pytest.mark.parametrize(
    "written",
    [
        "https://ejemplo.example/a%20b?q=1",
        "http://www.EJEMPLO.example:80/a%20b/?q=1",
        "HXXPS://ejemplo[.]example:443/a%20b?q=1&utm_campaign=x&fbclid=y#z",
        "www.www.ejemplo.example./%61%20b?q=1&",
    ],
)
def test_one_page_has_one_key(written: str) -> None:
    assert canonical(Kind.URL, written) == "https://ejemplo.example/a%20b?q=1"


def test_case_counts_in_a_path_and_not_in_a_host() -> None:
    assert canonical(Kind.URL, "EJEMPLO.example/A") == "https://ejemplo.example/A" != canonical(Kind.URL, "ejemplo.example/a")


def test_a_stray_percent_sign_is_escaped() -> None:
    assert canonical(Kind.URL, "ejemplo.example/100%/é%2f") == "https://ejemplo.example/100%25/%C3%A9%2F"


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("https://wa.me/573102345678", Kind.PHONE),
        ("https://instagram.com/nadie", Kind.SOCIAL_HANDLE),
        ("https://ejemplo.example/", Kind.DOMAIN),
        ("http://192.0.2.1", Kind.IP),
    ],
)
def test_a_url_that_only_names_something_else_is_recorded_as_that(written: str, other: Kind) -> None:
    assert refusal(Kind.URL, written) == (Reason.IS_OTHER_KIND, other)


@pytest.mark.parametrize(
    "written",
    [
        "https://usuario:clave@ejemplo.example/a",
        "https://[1/a",
        "https:///a",
        "ejemplo .example/a",
        "a_b.example/x",
        "x.example:99999/a",
    ],
)
def test_what_is_no_url_is_refused(written: str) -> None:
    assert refusal(Kind.URL, written) == (Reason.WRONG_CHARACTERS, None)


def test_a_long_url_is_refused() -> None:
    assert refusal(Kind.URL, "https://ejemplo.example/" + "a" * 2048) == (Reason.TOO_LONG, None)
