import pytest

from protocol.identifiers.profiles import has_plain_names, profile_in


@pytest.mark.parametrize(
    ("address", "profile"),
    [
        ("https://www.instagram.com/Nadie.Real/", ("instagram", "Nadie.Real")),
        ("facebook.com/profile.php?v=info&id=1000001", ("facebook", "1000001")),
        ("https://www.m.facebook.com/Nadie", ("facebook", "Nadie")),
        ("m.me/Nadie", ("facebook", "Nadie")),
        ("https://Nadie.t.me/", ("telegram", "Nadie")),
        ("www.t.me/", None),
        ("instagram.com/p/ABC", None),
        ("t.me/joinchat/AbC", None),
        ("nadie", None),
    ],
)
def test_a_profile_s_address_gives_platform_and_name_and_any_other_nothing(address: str, profile: tuple[str, str] | None) -> None:
    assert profile_in(address) == profile


def test_where_names_have_the_letters_a_to_z_only() -> None:
    assert has_plain_names("instagram")
    assert not has_plain_names("youtube")
    assert not has_plain_names("mastodon")
