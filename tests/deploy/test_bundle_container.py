"""What somebody does to the file that a court gets: other names, other forms, files too many or too few."""

import io
import struct
import zipfile
from collections.abc import Callable, Sequence

import pytest

from deploy.verify_bundle import verify
from node.directory import ceremony
from protocol.asic import _manifest, _zip, unpack
from protocol.authority import Authority
from tests.deploy.verdicts import told
from tests.protocol.bundles import BEFORE, EC, ROOT_DIGEST, bundle, date, holder, member_file, repacked, roots, signed
from tests.protocol.federation import BR, DAY, NOW, working_entry

FILES = unpack(bundle())


def zipped(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A container of these files with a manifest that names them, whatever they are called."""
    return _zip([("mimetype", b"application/vnd.etsi.asic-e+zip"), ("META-INF/ASiCManifest.xml", _manifest(list(files))), *files])


@pytest.mark.parametrize("name", sorted({name.replace("PE", "CO") for name in FILES if not name.startswith("cover")}))
def test_a_file_that_is_missing(name: str) -> None:
    report = verify(repacked(bundle(), {name: None}), ROOT_DIGEST)
    if ".early." in name:
        # the one that a bundle holds without: then nobody says when
        assert (report.exit_code, [line.code for line in report.lines if line.status == "unsaid"]) == (3, ["no_early"])
        return
    if name.endswith(("members/BR.json", "members/EC.json", "members/UY.json")):
        # a witness less: the newest directory needs three of four, and of the older two one will do
        assert report.exit_code == ("directory/5" in name)
        assert ("too_few_witnesses" in [line.code for line in report.lines]) == ("directory/5" in name)
        return
    assert report.exit_code == 1
    (found,) = (line.code for line in report.lines if line.status == "fails")
    assert found == OTHERWISE.get(name, "missing")


OTHERWISE = {
    "directory/roots/2.json": "other_root",
    "envelopes/02.json": "other_cover",
    "logs/CO/directory-1.entry": "no_adoption",
    "logs/CO/directory-2.entry": "surplus",
    "logs/CO/interval.entry": "surplus",
}
"""What is noticed first where a file of that name is missing: without the last of a sequence, what belongs to it is left over."""


def under(stem: str, as_of: str) -> dict[str, bytes]:
    """All files of one entry of the bundle, again under another name."""
    return {stem + name.removeprefix(as_of): content for name, content in FILES.items() if name.startswith(f"{as_of}.")}


def role_of(state: Authority) -> bytes:
    """The role of a state in the first directory, signed by two of its officers."""
    draft = ceremony.draft_state(state, BEFORE, date(NOW + 300 * DAY), working_entry(state).to_bytes())
    return signed(draft, f"officer {state} 0", f"officer {state} 1")


def next_root() -> bytes:
    """A third root, signed by the holders of the second, who stay."""
    draft = ceremony.draft_root(
        version=3,
        expires=date(NOW + 900 * DAY),
        root_keys=[holder(f"root {number}").public_key for number in (0, 1, 3)],
        targets_keys=[holder(f"targets {number}").public_key for number in range(3)],
        online_key=holder("online").public_key,
    )
    return signed(draft, "root 0", "root 1")


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"envelopes/04.json": FILES["envelopes/02.json"]}, id="a message after a gap"),
        pytest.param(under("logs/CO/03", "logs/CO/02"), id="an entry of a message that is not here"),
        pytest.param(under("logs/BR/01", "logs/CO/01"), id="an entry of a state that has no part in it"),
        pytest.param({"logs/CO/01.opening.json": FILES["logs/CO/interval.opening.json"]}, id="an opening of a message's entry"),
        pytest.param(under("logs/CO/local-17", "logs/CO/interval"), id="an opened entry past the most"),
        pytest.param(under("logs/CO/directory-4", "logs/CO/directory-2"), id="an adoption after a gap"),
        pytest.param({"directory/3/states/BR.json": working_entry(BR).to_bytes()}, id="what a witness says of itself"),
        pytest.param(
            {"directory/3/members/AR.json": member_file(Authority("AR"))}, id="a member that the directory does not have"
        ),
        pytest.param({"directory/3/roles/EC.json": role_of(EC)}, id="a witness's role"),
        pytest.param({"directory/roots/4.json": roots()[-1]}, id="a root after a gap"),
        pytest.param({"logs/PE/03.early.tlog-proof": FILES["logs/PE/02.early.tlog-proof"]}, id="a proof of no entry"),
        pytest.param({"logs/PE/03.tst": b"0\x82"}, id="a time stamp of no entry"),
    ],
)
def test_files_that_are_surplus(files: dict[str, bytes]) -> None:
    report = verify(repacked(bundle(), files), ROOT_DIGEST)
    (found,) = (line for line in report.lines if line.status == "fails")
    assert (found.code, found.facts) == ("surplus", {"name": min(files)})


def test_the_same_files_in_a_place_that_there_is_are_not_surplus() -> None:
    report = verify(repacked(bundle(), under("logs/CO/local-01", "logs/CO/interval")), ROOT_DIGEST)
    assert {line.code for line in report.lines if line.status in ("fails", "unsaid")} == {"opened_date"}


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("envelopes/03.json", FILES["envelopes/02.json"], "not_one_exchange"),
        ("logs/CO/local-01.entry", FILES["logs/CO/interval.entry"], "missing"),
        ("logs/CO/directory-3.entry", FILES["logs/CO/directory-2.entry"], "missing"),
        ("logs/PE/interval.early.tlog-proof", FILES["logs/PE/01.early.tlog-proof"], "other_place"),
        ("directory/7/targets.json", FILES["directory/5/targets.json"], "missing"),
        ("directory/roots/3.json", next_root(), "other_root"),
    ],
)
def test_a_file_in_a_place_that_there_is_has_to_be_what_belongs_there(name: str, content: bytes, code: str) -> None:
    assert told(repacked(bundle(), {name: content})) == code


@pytest.mark.parametrize(
    ("endings", "code"),
    [
        ([".entry"], "not_in_tree"),
        ([".tlog-proof"], "other_log"),
        ([".early.tlog-proof"], "other_log"),
        ([".entry", ".tlog-proof", ".early.tlog-proof"], "other_log"),
    ],
)
def test_two_sides_files_that_were_swapped(endings: Sequence[str], code: str) -> None:
    sides = (("CO", "PE"), ("PE", "CO"))
    swapped = {f"logs/{one}/01{ending}": FILES[f"logs/{other}/01{ending}"] for ending in endings for one, other in sides}
    assert told(repacked(bundle(), swapped)) == code


def test_two_messages_that_were_swapped() -> None:
    changes = {"envelopes/01.json": FILES["envelopes/02.json"], "envelopes/02.json": FILES["envelopes/01.json"]}
    assert told(zipped(sorted((FILES | changes).items()))) == "not_the_reply"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../../etc/x.json",
            "/etc/x.json",
            "a\\b.json",
            "directory/3/../4/x.json",
            "envelopes/01.json\0.txt",
            "envelopes//03.json",
        ),
        *(
            "envelopes/03.JSON",
            "logs/co/01.entry",
            "META-INF/x.json",
            "cover.de.txt",
            "directory/03/policy.json",
            "envelopes/1.json",
        ),
        "directory/٣/policy.json",
        "envelopes/" + "9" * 300 + ".json",
    ],
)
def test_a_path_that_leads_elsewhere(name: str) -> None:
    started = [("mimetype", b"application/vnd.etsi.asic-e+zip"), ("META-INF/ASiCManifest.xml", b"")]
    assert told(_zip([*started, *FILES.items(), (name, b"{}")])) == "bad_name"


def rewritten(write: Callable[[zipfile.ZipFile], object] = lambda _: None, method: int = zipfile.ZIP_STORED) -> bytes:
    """The same files by another program."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bundle())) as before, zipfile.ZipFile(made, "w", method) as after:
        for each in before.infolist():
            after.writestr(zipfile.ZipInfo(each.filename, (1980, 1, 1, 0, 0, 0)), before.read(each), method)
        write(after)
    return made.getvalue()


def test_what_other_programs_read_in_the_container() -> None:
    with zipfile.ZipFile(io.BytesIO(bundle())) as read:
        assert read.testzip() is None
        assert read.infolist()[0].filename == "mimetype"
        assert {each.filename: read.read(each) for each in read.infolist()[2:]} == FILES


def test_another_form_of_the_same_files() -> None:
    def comment(made: zipfile.ZipFile) -> None:
        made.comment = b"see also"

    for raw in (rewritten(), rewritten(comment), rewritten(method=zipfile.ZIP_DEFLATED)):
        assert told(raw) == "not_one_form"
    for raw in (bundle() + b"\0", b"\0" + bundle(), bundle()[:-1], bundle() + bundle(), b"", b"PK\x05\x06" + bytes(18)):
        assert told(raw) == "not_one_form"


def test_a_file_that_stands_twice() -> None:
    files = sorted(FILES.items())
    assert told(zipped([*files[:1], *files])) == "not_one_form"


def test_bombs_are_refused_before_anything_is_inflated() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("mimetype", "application/vnd.etsi.asic-e+zip")
        made.writestr("envelopes/01.json", bytes(50_000_000))
    assert len(packed.getvalue()) < 100_000
    assert told(packed.getvalue()) == "not_one_form"
    # a size that the file does not have
    claimed = bytearray(bundle())
    struct.pack_into("<I", claimed, 22, 0xFFFFFFFF)
    assert told(bytes(claimed)) == "not_one_form"
    assert told(bytes(65 << 20)) == "too_large"
    assert told(zipped([("cover.es.txt", bytes(2 << 20))])) == "file_too_large"
    # as many files as one likes: they are not looked at
    assert told(zipped([(f"envelopes/{number:02d}.json", b"") for number in range(100)] * 50)) == "not_one_form"


def test_a_manifest_that_names_other_bytes() -> None:
    other = _zip(
        [
            ("mimetype", b"application/vnd.etsi.asic-e+zip"),
            ("META-INF/ASiCManifest.xml", _manifest(sorted((FILES | {"cover.es.txt": b"x"}).items()))),
            *sorted(FILES.items()),
        ]
    )
    assert told(other) == "other_manifest"


def test_a_page_that_says_more_than_is_proved() -> None:
    assert told(repacked(bundle(), {"cover.es.txt": FILES["cover.es.txt"] + b"CULPABLE\n"})) == "other_cover"
    assert told(repacked(bundle(), {f"cover.{each}.txt": None for each in ("es", "en", "pt", "fr")})) == "missing"
