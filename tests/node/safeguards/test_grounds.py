"""Every field of a record has a ground and a directive; whoever adds one has to say why it may leave."""

from node.safeguards.grounds import FIELD_DIRECTIVES, FIELD_GROUNDS
from protocol.record import ModusOperandi, Network, Route, Withdrawal

# Those that the source plan asks for or bounds records with, as the mission lists them.
OF_THE_PLAN = {
    4,
    9,
    20,
    24,
    31,
    33,
    36,
    39,
    40,
    51,
    59,
    60,
    63,
    64,
    65,
    66,
    83,
    94,
    103,
    105,
    106,
    108,
    111,
    112,
    113,
    114,
    115,
    118,
}


def test_every_field_of_every_record_has_a_ground_and_a_directive() -> None:
    fields = {name for model in (Network, Route, ModusOperandi, Withdrawal) for name in model.model_fields}
    assert fields == set(FIELD_GROUNDS) == set(FIELD_DIRECTIVES)


def test_every_directive_is_one_of_the_plan_and_stands_once() -> None:
    for name, directives in FIELD_DIRECTIVES.items():
        assert directives, name
        assert set(directives) <= OF_THE_PLAN, name
        assert list(directives) == sorted(set(directives)), name
