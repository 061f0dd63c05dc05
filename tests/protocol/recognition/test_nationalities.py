import pytest

from protocol.authority import MEMBER_STATES
from protocol.recognition.nationalities import STATES, state_behind, take_state
from protocol.recognition.words import FILLERS, JOINERS, SETS_ASIDE, WORDS, folded


@pytest.mark.parametrize(
    ("words", "state", "rest"),
    [
        (["pasaporte", "venezolano"], "VE", ["pasaporte"]),
        (["passeport", "HAÏTIEN"], "HT", ["passeport"]),
        (["cédulas", "colombianas"], "CO", ["cédulas"]),
        (["placa", "de", "Costa", "Rica"], "CR", ["placa", "de"]),
        (["placa", "República", "Dominicana"], "DO", ["placa"]),
        (["Costa", "placa"], None, ["Costa", "placa"]),
        ([], None, []),
    ],
)
def test_the_last_words_may_name_a_state_in_any_of_the_languages(words: list[str], state: str | None, rest: list[str]) -> None:
    assert take_state(words) == (state, rest)


@pytest.mark.parametrize(
    ("behind", "state"),
    [
        (" (Colombia)", "CO"),
        (" de Colombia", "CO"),
        (" do Brasil, ontem", "BR"),
        (" from the United States", None),
        (" from United States", "US"),
        (" de la República Dominicana", "DO"),
        (" de María", None),
        (" a Perú", None),
        ("", None),
    ],
)
def test_a_state_right_behind_a_value_is_the_values(behind: str, state: str | None) -> None:
    assert state_behind(f"ABC 123{behind}", 7) == state


def test_states_are_members_and_their_words_mean_nothing_else() -> None:
    assert set(STATES.values()) <= MEMBER_STATES
    assert [word for word in STATES if word != folded(word)] == []
    assert STATES.keys() & (FILLERS | JOINERS | SETS_ASIDE | WORDS.keys()) == set()
