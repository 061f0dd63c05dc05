"""The demonstration as a person meets it: its language, and that it outlives one of its nodes."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.demo import __main__ as demo
from node.language import catalogue
from protocol.vocabulary import Language

MAKEFILE = Path(__file__).parents[3] / "Makefile"


def spoken(monkeypatch: pytest.MonkeyPatch, *argv: str, **environment: str) -> str:
    """The language that a start with these arguments and this environment speaks."""
    heard: list[Language] = []

    class Heard(demo.Teller):
        def __init__(self, language: Language) -> None:
            heard.append(language)
            raise KeyboardInterrupt

    for name in ("CELOSIA_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(demo, "Teller", Heard)
    monkeypatch.setattr("sys.argv", ["demo", *argv])
    with pytest.raises(KeyboardInterrupt):
        demo.main()
    return heard[0].value


def test_the_language_is_chosen_as_by_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert spoken(monkeypatch) == "es"
    assert spoken(monkeypatch, LANGUAGE="fr:pt", LANG="en_US.UTF-8") == "en"
    assert spoken(monkeypatch, CELOSIA_LANG="odd value", LC_ALL="pt_BR") == "pt"
    assert spoken(monkeypatch, "--language", "fr", CELOSIA_LANG="en") == "fr"


@pytest.mark.parametrize("odd", ["es_CO:es", "de", ""])
def test_an_odd_language_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, capsys: Any, odd: str) -> None:
    monkeypatch.setattr("sys.argv", ["demo", "--language", odd])
    monkeypatch.setenv("CELOSIA_LANG", "en")
    with pytest.raises(SystemExit) as ended:
        demo.main()
    assert ended.value.code == 2
    assert f'The language "{odd}" is not known. Use es, en, pt or fr.' in capsys.readouterr().err


def test_the_makefile_does_not_read_the_variable_of_gettext() -> None:
    assert "$(LANGUAGE)" not in MAKEFILE.read_text("utf-8")
    assert "$(DEMO_LANG)" in MAKEFILE.read_text("utf-8")


def test_a_node_that_ends_is_told_once_and_the_others_stay(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    beats = []

    def beat(_seconds: float) -> None:
        beats.append(processes[1].ended)
        processes[1].ended = True
        if len(beats) == 4:
            raise KeyboardInterrupt

    log = Path.cwd() / "BR.log"
    processes: list[Any] = [
        SimpleNamespace(name=name, ended=False, log=log, command=f"serve --node .demo/{name}") for name in ("PE", "BR")
    ]
    monkeypatch.setattr("time.sleep", beat)
    with pytest.raises(KeyboardInterrupt):
        demo._stay_up(processes, demo.Teller(Language.EN))
    said = capsys.readouterr().out
    assert said.count("celosia serve --node .demo/BR") == 1
    assert "The process BR has ended; its log: BR.log." in said
    assert ".demo/PE" not in said


def test_the_four_catalogues_of_the_demonstration_have_the_same_keys() -> None:
    keys = [set(catalogue(language, "deploy.demo.language")) for language in Language]
    assert all(each == keys[0] for each in keys)
