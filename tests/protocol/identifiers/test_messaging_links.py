import pytest

from protocol.identifiers.messaging_links import chat_number, dialled_number


@pytest.mark.parametrize(
    "link",
    [
        "wa.me/+573102345678",
        "https://api.whatsapp.com/send?text=hola&phone=573102345678",
        "573102345678:12@s.whatsapp.net",
        "https://t.me/+573102345678?profile",
        "tg://resolve?domain=x&phone=573102345678",
        "sgnl://signal.me/#p/+573102345678",
        "viber://add?number=573102345678",
    ],
)
def test_a_messenger_s_link_to_a_person_holds_the_number(link: str) -> None:
    assert chat_number(link) == "573102345678"


@pytest.mark.parametrize(
    "link",
    [
        "wa.me/message/ABCDEF",
        "573102345678@g.us",
        "https://t.me/+AbCdEf012345",
        "https://signal.me/#eu/AbCdEf",
        "chat.whatsapp.com/573102345678",
        "+573102345678",
    ],
)
def test_invitations_groups_and_plain_numbers_are_no_links_to_a_person(link: str) -> None:
    assert chat_number(link) is None


@pytest.mark.parametrize(
    ("uri", "written"),
    [
        ("tel:+57-310-234-5678", "+57-310-234-5678"),
        ("TEL;TYPE=CELL:3102345678", "3102345678"),
        ("tel:234-5678;phone-context=+57-310", "+57-310234-5678"),
        ("tel:+573102345678;phone-context=+1;isub=7", "+573102345678"),
        ("tel:2345678;phone-context=ejemplo.example", "2345678"),
        ("tel:+573102345678;ext=12", "+573102345678 ext 12"),
        ("sms:%2B573102345678?body=hola", "+573102345678"),
        ("skype:+573102345678?call", "+573102345678"),
        ("skype:nadie?chat", "skype:nadie?chat"),
        ("310 234 5678", "310 234 5678"),
    ],
)
def test_a_uri_that_is_dialled_gives_what_would_be_written(uri: str, written: str) -> None:
    assert dialled_number(uri) == written
