from protocol.identifiers.messaging_links import whatsapp_number


def test_only_links_with_a_number_are_whatsapp_numbers() -> None:
    assert whatsapp_number("wa.me/+573102345678") == "573102345678"
    assert whatsapp_number("573102345678:12@s.whatsapp.net") == "573102345678"
    assert whatsapp_number("wa.me/message/ABCDEF") is None
    assert whatsapp_number("573102345678@g.us") is None
