from protocol.identifiers import Doubt, Kind, Reason
from tests.protocol.identifiers.reading import canonical, doubts, refusal


def test_an_ip_address_has_its_shortest_text() -> None:
    assert canonical(Kind.IP, "[2001:4860:4860:0:0:0:0:8888]") == "2001:4860:4860::8888"
    assert canonical(Kind.IP, "::ffff:8.8.8.8") == "8.8.8.8"


def test_an_address_that_many_networks_use_is_shown_with_a_doubt() -> None:
    for private in ("10.0.0.1", "192.168.1.1", "127.0.0.1", "fe80::1", "2001:db8::1"):
        assert doubts(Kind.IP, private) == {Doubt.NOT_UNIQUE}


def test_what_is_no_single_address_is_refused() -> None:
    for written in ("8.8.8.0/24", "8.8.8.08", "8.8.8", "fe80::1%eth0"):
        assert refusal(Kind.IP, written) == (Reason.WRONG_CHARACTERS, None)
