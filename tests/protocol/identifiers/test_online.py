import pytest

from protocol.identifiers import Doubt, Kind, Reason
from tests.protocol.identifiers.reading import canonical, doubts, refusal


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


def test_an_address_has_one_key_in_any_case_script_and_disguise() -> None:
    for written in ("Nadie@München.example", "mailto:nadie@münchen.example?subject=a", "nadie[at]xn--mnchen-3ya[.]example"):
        assert canonical(Kind.EMAIL, written) == "nadie@xn--mnchen-3ya.example"


def test_what_is_no_address_is_refused() -> None:
    for written in ("nadie", "nadie@", "nadie@sin-punto", "na die@correo.example", "nadie@[192.0.2.1]"):
        assert refusal(Kind.EMAIL, written) == (Reason.WRONG_CHARACTERS, None)


@pytest.mark.parametrize(
    ("written", "other"),
    [("nadie@ejemplo.com", Kind.EMAIL), ("https://ejemplo.com/a", Kind.URL), ("192.0.2.1", Kind.IP), ("2001:db8::1", Kind.IP)],
)
def test_what_is_more_than_a_domain_is_recorded_as_that(written: str, other: Kind) -> None:
    assert refusal(Kind.DOMAIN, written) == (Reason.IS_OTHER_KIND, other)


def test_a_domain_under_no_public_suffix_is_shown_with_a_doubt() -> None:
    assert doubts(Kind.DOMAIN, "ejemplo.com.br") == frozenset()
    assert doubts(Kind.DOMAIN, "abcdefghij234567abcdefghij234567abcdefghij234567abcdefgh.onion") == frozenset()
    assert doubts(Kind.DOMAIN, "com.br") == {Doubt.NOT_ASSIGNED}
    assert doubts(Kind.DOMAIN, "ejemplo.invalid") == {Doubt.NOT_ASSIGNED}


def test_a_single_label_is_no_domain() -> None:
    assert refusal(Kind.DOMAIN, "ejemplo") == (Reason.WRONG_CHARACTERS, None)


def test_www_is_a_domain_s_name_when_nothing_else_is_left() -> None:
    assert canonical(Kind.DOMAIN, "www.com") == "www.com"


def test_an_ip_address_has_its_shortest_text() -> None:
    assert canonical(Kind.IP, "[2001:4860:4860:0:0:0:0:8888]") == "2001:4860:4860::8888"
    assert canonical(Kind.IP, "::ffff:8.8.8.8") == "8.8.8.8"


def test_an_address_that_many_networks_use_is_shown_with_a_doubt() -> None:
    for private in ("10.0.0.1", "192.168.1.1", "127.0.0.1", "fe80::1", "2001:db8::1"):
        assert doubts(Kind.IP, private) == {Doubt.NOT_UNIQUE}


def test_what_is_no_single_address_is_refused() -> None:
    for written in ("8.8.8.0/24", "8.8.8.08", "8.8.8", "fe80::1%eth0"):
        assert refusal(Kind.IP, written) == (Reason.WRONG_CHARACTERS, None)
