import pytest

from protocol.identifiers import Kind, Reason
from tests.protocol.identifiers.reading import canonical, refusal

HANDLE = Kind.SOCIAL_HANDLE


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://www.instagram.com/Nadie.Real/", "instagram:nadie.real"),
        ("https://instagram.com/stories/nadie.real/123/", "instagram:nadie.real"),
        ("facebook.com/profile.php?v=info&id=1000001", "facebook:1000001"),
        ("https://es-la.facebook.com/nadie.real", "facebook:nadiereal"),
        ("facebook.com/people/Nadie-Real/1000001/", "facebook:1000001"),
        ("https://x.com/nadie/status/1", "x:nadie"),
        ("https://twitter.com/Nadie?lang=es", "x:nadie"),
        ("https://t.me/s/nadie_real", "telegram:nadie_real"),
        ("tiktok.com/@nadie.real", "tiktok:nadie.real"),
        ("youtube.com/@nadie-real/videos", "youtube:nadie-real"),
        ("snapchat.com/add/nadie-real", "snapchat:nadie-real"),
        ("threads.net/@nadie", "threads:nadie"),
        ("reddit.com/user/nadie", "reddit:nadie"),
        ("onlyfans.com/nadie", "onlyfans:nadie"),
        ("linkedin.com/in/nadie-real-1", "linkedin:nadie-real-1"),
        ("twitch.tv/nadie#fragmento", "twitch:nadie"),
        ("https://m.facebook.com/nadie.real?mibextid=x", "facebook:nadiereal"),
        ("https://mbasic.facebook.com/profile.php?id=1000001", "facebook:1000001"),
        ("m.me/nadie.real", "facebook:nadiereal"),
        ("https://www.messenger.com/t/1000001", "facebook:1000001"),
        ("https://ig.me/m/nadie.real", "instagram:nadie.real"),
        ("https://mobile.twitter.com/nadie", "x:nadie"),
        ("tg://resolve?domain=nadie_real", "telegram:nadie_real"),
        ("nadie_real.t.me", "telegram:nadie_real"),
        ("https://telegram.dog/nadie_real/12", "telegram:nadie_real"),
        ("https://m.tiktok.com/@nadie.real?lang=es", "tiktok:nadie.real"),
        ("https://br.pinterest.com/nadie/", "pinterest:nadie"),
        ("pinterest.com.mx/nadie", "pinterest:nadie"),
        ("https://pe.linkedin.com/in/Jos%C3%A9-Nadie", "linkedin:josé-nadie"),
        ("https://www.youtube.com/@Nadie%C3%B1", "youtube:nadieñ"),
        ("https://kik.me/nadie.real", "kik:nadie.real"),
        ("kik.com/u/nadie.real", "kik:nadie.real"),
        ("https://line.me/ti/p/~nadie", "line:nadie"),
        ("https://vk.com/id1000001", "vk:id1000001"),
        ("https://m.vk.ru/nadie", "vk:nadie"),
        ("https://discord.com/users/100000000000000001", "discord:100000000000000001"),
        ("https://privacy.com.br/@nadie", "privacy:nadie"),
        ("https://fansly.com/nadie/posts", "fansly:nadie"),
        ("https://tinder.com/@nadie", "tinder:nadie"),
        ("https://badoo.com/es/profile/01000001", "badoo:1000001"),
        ("skype:live:.cid.nadie?chat", "skype:live:.cid.nadie"),
    ],
)
def test_a_profile_s_address_gives_platform_and_name(address: str, key: str) -> None:
    assert canonical(HANDLE, address) == key


@pytest.mark.parametrize(
    "address",
    [
        "facebook.com/share/AbC",
        "x.com/i/user/1",
        "discord.com/channels/1/2",
        "kik.com/bots",
        "instagram.com/p/ABC",
        "facebook.com/groups/1",
        "t.me/+AbCdEf",
        "t.me/joinchat/AbC",
        "ejemplo.example/nadie",
        "x.com/",
    ],
)
def test_a_page_that_is_nobody_s_profile_is_a_url(address: str) -> None:
    assert refusal(HANDLE, address) == (Reason.IS_OTHER_KIND, Kind.URL)


def test_a_name_alone_needs_its_platform() -> None:
    assert refusal(HANDLE, "@nadie") == (Reason.NEEDS_PLATFORM, None)
    assert refusal(HANDLE, "@nadie", platform="¿?") == (Reason.NEEDS_PLATFORM, None)


@pytest.mark.parametrize(("said", "meant"), [("IG", "instagram"), ("Twitter", "x"), ("Only Fans", "onlyfans"), ("kwai", "kwai")])
def test_platforms_have_short_and_old_names(said: str, meant: str) -> None:
    assert canonical(HANDLE, "@Nadie", platform=said) == f"{meant}:nadie"
    assert canonical(HANDLE, f"{said.replace(' ', '')}: @Nadie") == f"{meant}:nadie"


def test_facebook_does_not_count_full_stops() -> None:
    assert canonical(HANDLE, "na.die", platform="facebook") == canonical(HANDLE, "Nadie", platform="fb")
    assert refusal(HANDLE, "...", platform="facebook") == (Reason.EMPTY, None)


def test_the_address_s_platform_contradicts_another() -> None:
    assert refusal(HANDLE, "instagram.com/nadie", platform="tiktok") == (Reason.CONFLICTING_CONTEXT, None)
    assert canonical(HANDLE, "instagram.com/nadie", platform="ig") == "instagram:nadie"


def test_a_whatsapp_account_is_a_phone() -> None:
    assert refusal(HANDLE, "https://wa.me/573102345678") == (Reason.IS_OTHER_KIND, Kind.PHONE)
    assert refusal(HANDLE, "573102345678", platform="WhatsApp") == (Reason.IS_OTHER_KIND, Kind.PHONE)


def test_a_messenger_s_account_may_have_a_name_too() -> None:
    assert refusal(HANDLE, "+57 310 234 5678", platform="Signal") == (Reason.IS_OTHER_KIND, Kind.PHONE)
    assert canonical(HANDLE, "nadie.01", platform="Signal") == "signal:nadie.01"


def test_a_letter_that_only_looks_latin_is_refused_where_names_have_none_other() -> None:
    disguised = "n\u0430die"  # CYRILLIC SMALL LETTER A
    assert refusal(HANDLE, disguised, platform="instagram") == (Reason.WRONG_CHARACTERS, None)
    assert refusal(HANDLE, f"instagram.com/{disguised}") == (Reason.WRONG_CHARACTERS, None)
    assert canonical(HANDLE, disguised, platform="youtube") == f"youtube:{disguised}" != "youtube:nadie"


def test_names_of_the_fediverse_and_of_old_discord_are_whole() -> None:
    assert canonical(HANDLE, "@nadie@servidor.example", platform="mastodon") == "mastodon:nadie@servidor.example"
    assert canonical(HANDLE, "Nadie#0001", platform="discord") == "discord:nadie#0001"


def test_what_is_no_name_is_refused() -> None:
    assert refusal(HANDLE, "dos palabras", platform="x") == (Reason.WRONG_CHARACTERS, None)
    assert refusal(HANDLE, "a" * 65, platform="x") == (Reason.WRONG_LENGTH, None)
