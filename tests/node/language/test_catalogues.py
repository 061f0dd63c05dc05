"""The four catalogues say the same things, and everything that the node can mean. A missing text is found here first."""

import inspect
import re
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import pytest
import typer

import node
from node import founding
from node.backup import container, contents
from node.case_files import errors as case_file_errors
from node.case_files.reasons import FileReason, RowReason
from node.case_files.register_feed import FeedFault
from node.cli.app import build
from node.cli.faults import FileFault
from node.custody import KeyFault, KeysUnusable
from node.directory.errors import DirectoryError
from node.durable import ServedAlready
from node.entry import EntryFault, EntryRefused
from node.flows import ask_list, ask_peers, keep_officers, recover, turn_epochs
from node.flows.rebuild_log import RebuildRefused
from node.flows.show_epochs import State, Trouble
from node.founding import FolderNotEmpty
from node.inbound.national.models import JobShown, PeerProgressShown
from node.inbound.problems import STATUS
from node.language import catalogue, say
from node.marking import RegisterFault, RegisterUnusable
from node.officers import Role
from node.outbound import peers as outbound_peers
from node.outbound import time_stamps
from node.safeguards import budgets, grounds, minimisation
from node.safeguards.alerts import AlertKind
from node.settings import SettingsError, SettingsFault
from node.signers import NextKeyFault, NextKeyRefused
from node.store import jobs
from node.store.errors import NotStorable, StoreUnavailable, Unusable
from node.store.jobs import Lane
from node.tls.renewal import LeafFault, LeafRefused
from protocol import errors as protocol_errors
from protocol import matching
from protocol.identifiers import Doubt
from protocol.identifiers.errors import Reason
from protocol.index import manifest
from protocol.messages import QuarantineReason
from protocol.names import PersonReason
from protocol.recognition import PersonDoubt
from protocol.record import Link
from protocol.vocabulary import Language, code_lists

NODE = Path(node.__file__).parent
SOURCE = "\n".join(path.read_text("utf-8") for path in sorted(NODE.rglob("*.py")))
FACT = re.compile(r"\{(\w+)\}")


def family(prefix: str) -> set[str]:
    """What the catalogue words under a prefix."""
    return {key.removeprefix(prefix) for key in catalogue(Language.ES) if key.startswith(prefix)}


def raised(names: Iterable[str], source: str) -> set[str]:
    """First arguments, as literals, of calls to any of `names` in a source text."""
    return set(re.findall(rf'\b(?:{"|".join(names)})\(\s*"([a-z_]+)"', source))


def codes_below(base: type[Exception]) -> set[str]:
    """The codes of an error class and of all that inherit from it."""
    return {str(vars(base)["code"])} | {code for child in base.__subclasses__() for code in codes_below(child)}


def reasons_in(*modules: object) -> set[str]:
    """`reason="…"` in the sources of modules or functions."""
    return {code for each in modules for code in re.findall(r'reason="([a-z_]+)"', inspect.getsource(each))}  # type: ignore[arg-type]


@pytest.mark.parametrize("language", Language)
def test_every_language_has_the_same_keys(language: Language) -> None:
    assert set(catalogue(language)) == set(catalogue(Language.ES))


@pytest.mark.parametrize("language", Language)
def test_every_text_has_words_and_the_facts_of_its_translations(language: Language) -> None:
    for key, text in catalogue(language).items():
        assert text.strip() == text != "", key
        assert sorted(FACT.findall(text)) == sorted(FACT.findall(catalogue(Language.ES)[key])), key


@pytest.mark.parametrize("language", Language)
def test_every_text_can_be_filled_in(language: Language) -> None:
    for key, text in catalogue(language).items():
        assert "{" not in say(language, key, **dict.fromkeys(FACT.findall(text), "x")), key


def test_a_missing_text_or_fact_is_a_defect_and_not_an_empty_line() -> None:
    with pytest.raises(KeyError):
        say(Language.ES, "problem.no_such_problem.title")
    with pytest.raises(KeyError):
        say(Language.ES, "stopped.line_not_attested")


def test_every_problem_says_what_happened_and_what_to_do_next() -> None:
    assert family("problem.") == {f"{code}.{part}" for code in STATUS for part in ("title", "next")}


def test_every_reason_of_an_import_is_worded() -> None:
    rows = {reason.value for reason in RowReason} - {RowReason.NOT_NORMALISABLE, RowReason.NOT_COMPARABLE, RowReason.DOUBTFUL}
    people = {f"{RowReason.NOT_COMPARABLE.value}:{reason.value}" for reason in PersonReason}
    identifiers = {f"{RowReason.NOT_NORMALISABLE.value}:{reason.value}" for reason in Reason}
    files = {reason.value for reason in FileReason} | codes_below(case_file_errors.CaseFileError)
    assert family("import.reason.") == rows | people | identifiers | files


def test_every_ground_and_every_field_of_a_record_is_worded() -> None:
    assert family("ground.") == set(grounds.FIELD_GROUNDS.values())
    assert family("field.") == set(grounds.FIELD_GROUNDS)


def test_every_reason_to_withhold_an_identifier_is_worded() -> None:
    assert family("withheld.") == {minimisation.REVIEW, *re.findall(r'return "([a-z_]+)"', inspect.getsource(minimisation))}


def test_every_reason_to_say_less_is_worded() -> None:
    assert family("left_out.") == set(re.findall(r'Minimised\([^)"]*(?:"\w+", )?"(\w+)"', SOURCE))


def test_an_identifier_of_a_protected_person_reads_held_for_review() -> None:
    """Mission rule 2: only the protection liaison sees why."""
    for language in Language:
        text = say(language, "withheld.review").lower()
        assert not any(word in text for word in ("prot", "víctima", "victim", "vítima", "testi", "witness", "témoin"))


def _budgets() -> set[str]:
    """Which of a peer's budgets is spent: the reasons stand in a table there."""
    return set(re.findall(r'\("(peer_[a-z_]+)", ', inspect.getsource(budgets)))


def test_every_reason_of_a_safeguard_is_worded() -> None:
    safeguards = ("Stopped", "NotNecessary", "NotFourEyes", "NotMinimal", "NotInAudience", "OverBudget", "OfficerLocked")
    assert family("stopped.") == raised(safeguards, SOURCE) | _budgets()


def test_every_reason_that_a_peer_has_not_answered_for_is_worded() -> None:
    reasons = set(outbound_peers._REASONS.values()) | raised(("PeerUnavailable", "AnswerVoid"), SOURCE)
    reasons |= set(re.findall(r'_void\(lease, out, peer, "([a-z_]+)"\)', inspect.getsource(ask_list)))
    reasons |= set(re.findall(r'(?:_settle\(lease, row, "[a-z]+"|_put_off\(lease), "([a-z_]+)"', inspect.getsource(ask_peers)))
    of_outcomes = r'"(some_lists_refused|some_lines_not_compared|other_versions|no_list_of_this_class)"'
    reasons |= set(re.findall(of_outcomes, inspect.getsource(ask_peers)))
    reasons |= {reason for reason in raised(("OverBudget",), SOURCE) if reason.startswith("peer_")} | _budgets()
    reasons |= reasons_in(manifest.check_listed, manifest.check_usable, matching.read_answer)
    protocol_codes = {error.code for error in vars(protocol_errors).values() if inspect.isclass(error) and hasattr(error, "code")}
    protocol_codes = protocol_codes - {"protocol"} | {ask_list.AnswerMissing.code}
    worded = family("peer.reason.") | {key.removesuffix(".title") for key in family("problem.")}
    assert reasons - worded == set()
    assert protocol_codes - worded == set()
    assert family("peer.reason.") <= reasons | protocol_codes | {"unknown"}


def test_every_reason_to_put_a_record_aside_and_every_state_of_a_job_is_worded() -> None:
    lost = set(re.findall(r'_fail\(job, [^"]*"([a-z_]+)"', inspect.getsource(jobs)))
    assert family("aside.") == set(get_args(QuarantineReason)) | lost
    assert family("cli.lane.") == set(Lane) == set(get_args(JobShown.model_fields["lane"].annotation))
    assert family("cli.job.") == set(get_args(JobShown.model_fields["state"].annotation))


def test_every_state_of_a_peer_is_worded() -> None:
    documented = (PeerProgressShown.__doc__ or "").partition(":")[2].partition(",")[0:]
    assert all(state in "".join(documented) for state in family("peer.state."))
    assert {"waiting", "asked", "received", "answered", "refused", "failed", "expired"} == family("peer.state.")


def test_every_alert_says_what_was_noticed_and_what_to_do_next() -> None:
    assert family("alert.") == {f"{kind.value}.{part}" for kind in AlertKind for part in ("what", "next")}


@pytest.mark.parametrize("language", Language)
def test_no_alert_says_that_somebody_is_under_protection(language: Language) -> None:
    for kind in AlertKind:
        text = " ".join(say(language, f"alert.{kind.value}.{part}") for part in ("what", "next")).lower()
        assert not any(word in text for word in ("prote", "víctima", "victim", "vítima", "testi", "witness", "témoin")), text


def test_every_doubt_role_and_relation_is_worded() -> None:
    assert family("doubt.") == {doubt.value for doubt in (*Doubt, *PersonDoubt)}
    assert family("cli.role.") == {role.value for role in Role}
    assert family("cli.language.") == {language.value for language in Language}
    assert family("cli.link.") == set(Link.model_json_schema()["properties"]["relation"]["enum"])


def test_every_fault_of_a_local_command_says_what_happened_and_what_to_do_next() -> None:
    codes = raised(("AccountRefused",), inspect.getsource(keep_officers)) | {"directory_unusable", "file_unusable"}
    codes |= raised(("FoundingRefused",), inspect.getsource(founding)) | raised(("EpochRefused",), inspect.getsource(turn_epochs))
    codes |= raised(("BackupRefused",), "".join(map(inspect.getsource, (container, contents)))) | {"backup_damaged"}
    codes |= raised(("RecoveryRefused",), inspect.getsource(recover)) | {
        "secret_open_to_others",
        "backup_not_opened",
        "register_key_missing",
    }
    codes |= {FolderNotEmpty.code, SettingsError.code, KeysUnusable.code, StoreUnavailable.code, NotStorable.code, *Unusable}
    codes |= {ServedAlready.code, RebuildRefused.code}
    codes |= {NextKeyRefused.code, LeafRefused.code, EntryRefused.code, RegisterUnusable.code, "tls_unusable"}
    codes |= {"no_time_stamp"}
    assert issubclass(DirectoryError, Exception)
    assert family("local.") == {f"{code}.{part}" for code in codes for part in ("title", "next")}


def test_whatever_is_wrong_with_a_time_stamp_is_worded() -> None:
    assert family("cli.evidence.stamp.") == raised(("TimeStampUnusable",), inspect.getsource(time_stamps))


def test_every_state_of_an_epoch_and_everything_to_do_about_one_is_worded() -> None:
    assert family("cli.epoch.state.") == set(get_args(State))
    assert family("epoch.") == {f"{code}.{part}" for code in get_args(Trouble) for part in ("title", "next")}


def test_every_fault_of_files_settings_and_keys_is_worded() -> None:
    assert family("file.fault.") == {fault.value for fault in FileFault}
    assert family("settings.fault.") == {fault.value for fault in SettingsFault}
    assert family("keys.fault.") == {fault.value for fault in KeyFault}
    assert family("entry.fault.") == {fault.value for fault in EntryFault}
    assert family("feed.fault.") == {fault.value for fault in FeedFault}
    assert family("register.fault.") == {fault.value for fault in RegisterFault}
    assert family("next_key.fault.") == {fault.value for fault in NextKeyFault}
    assert family("leaf.fault.") == {fault.value for fault in LeafFault}


@pytest.mark.parametrize("language", Language)
def test_every_command_that_a_text_names_exists(language: Language) -> None:
    program = typer.main.get_command(build())
    for key, text in catalogue(language).items():
        for named in re.findall(r"\bcelosia((?: [a-z][a-z-]*)+)", text):
            assert names_a_command(program, named.split()), (key, named)


def names_a_command(program: object, words: list[str]) -> bool:
    """Whether the first word is a command, and the second one of its commands where it has any by itself."""
    commands = getattr(program, "commands", {})
    if words[0] not in commands:
        return False
    return (
        len(words) == 1
        or words[1] in getattr(commands[words[0]], "commands", {words[1]})
        or words[0] in ("outbox", "peers", "records")
    )


def test_a_command_that_does_not_exist_would_be_found() -> None:
    program = typer.main.get_command(build())
    assert names_a_command(program, ["publish", "list"])
    assert not names_a_command(program, ["publish", "lists"])
    assert not names_a_command(program, ["nodes"])


OTHER_WORDS = {
    Language.ES: r"periodo",
    Language.PT: r"periodo|[Ii]mpress(ão|ões)",  # of a person's finger, where police reads it: a digest is a resumo criptográfico
    Language.FR: r"[Rr]épertoire|[Ii]nscription",
}
"""Second words for one thing: of the directory, of a state's entry, of a key's digest."""
OF_EPOCHS = re.compile(r"epoch_|\.epochs$|\bepoch\b")


@pytest.mark.parametrize("language", OTHER_WORDS)
def test_one_thing_has_one_word(language: Language) -> None:
    for key, text in catalogue(language).items():
        assert not re.search(OTHER_WORDS[language], text), (key, text)
        if OF_EPOCHS.search(key) and "{period}" not in text:
            assert not re.search(r"per[ií]odo|période", text, re.IGNORECASE), (key, text)


def test_french_has_a_space_before_a_colon_and_no_command_puts_one_down_by_itself() -> None:
    for key, text in catalogue(Language.FR).items():
        assert not re.search(r"[\w}»)]:(?=\s|$)", re.sub(r"\b(prompt|file|env|pkcs11):", "", text)), (key, text)
    for path in sorted((NODE / "cli").glob("*.py")):
        assert not re.search(r'f"[^"]*\}: ', path.read_text("utf-8")), path.name


def unsaid(keys: Iterable[str]) -> set[str]:
    """Keys that the source has neither in full nor by the words before a part that varies."""
    stems = (*re.findall(r'f"((?:[a-z_]+\.){1,3})\{', SOURCE), "doubt.")
    return {key for key in keys if not re.search(rf"""["']{re.escape(key)}["']""", SOURCE) and not key.startswith(stems)}


def test_no_text_is_kept_that_nothing_says() -> None:
    assert unsaid(catalogue(Language.ES)) == set()


def test_a_text_that_nothing_says_would_be_found() -> None:
    assert unsaid({"cli.ask." + "about_nothing", "problem_of." + "nobody"}) == {"cli.ask.about_nothing", "problem_of.nobody"}


def test_no_text_copies_a_label_of_the_vocabulary_under_a_family_of_its_own() -> None:
    assert not {key.partition(".")[0] for key in catalogue(Language.ES)} & set(code_lists())
