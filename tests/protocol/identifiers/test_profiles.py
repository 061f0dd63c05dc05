import pytest

from protocol.identifiers.profiles import profile_in


@pytest.mark.parametrize(
    ("address", "profile"),
    [
        ("https://www.instagram.com/Nadie.Real/", ("instagram", "Nadie.Real")),
        ("facebook.com/profile.php?v=info&id=1000001", ("facebook", "1000001")),
        ("instagram.com/p/ABC", None),
        ("t.me/joinchat/AbC", None),
        ("nadie", None),
    ],
)
def test_a_profile_s_address_gives_platform_and_name_and_any_other_nothing(address: str, profile: tuple[str, str] | None) -> None:
    assert profile_in(address) == profile
