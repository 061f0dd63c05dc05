import pytest

from protocol.identifiers import Kind, NotNormalisable
from protocol.identifiers.hosts import host_name, ip_address, rearmed


def test_disguises_are_undone() -> None:
    assert rearmed("hxxps[:]//nadie[at]ejemplo[.]example") == "https://nadie@ejemplo.example"


def test_a_host_has_one_name_in_ascii_without_www_and_root() -> None:
    assert host_name(Kind.DOMAIN, "www.MÜNCHEN.example.") == "xn--mnchen-3ya.example"
    with pytest.raises(NotNormalisable):
        host_name(Kind.DOMAIN, "a_b.example")


def test_only_a_whole_address_is_an_address() -> None:
    assert str(ip_address("192.0.2.1")) == "192.0.2.1"
    assert ip_address("192.0.2.1/24") is None
