"""What somebody does to the file that a court gets: other names, other forms, files too many or too few."""

import io
import struct
import zipfile
from collections.abc import Callable, Sequence

import pytest

from deploy.verify_bundle import verify
from protocol.asic import _manifest, _zip, unpack
from tests.deploy.verdicts import told
from tests.protocol.bundles import ROOT_DIGEST, bundle, repacked

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
    assert found in ("missing", "surplus", "other_cover" if "envelopes" in name else None, OTHERWISE.get(name)), found


OTHERWISE = {"directory/roots/2.json": "other_root", "logs/CO/directory-1.entry": "no_adoption"}
"""What is noticed first where a file of that name is missing."""


@pytest.mark.parametrize(
    "name",
    [
        *("envelopes/03.json", "logs/CO/03.entry", "logs/BR/01.entry", "logs/CO/01.opening.json", "logs/CO/local-01.entry"),
        *("logs/CO/directory-3.entry", "directory/3/states/BR.json", "directory/3/members/AR.json", "directory/roots/3.json"),
        *("directory/7/targets.json", "directory/3/roles/EC.json", "logs/PE/interval.early.tlog-proof"),
    ],
)
def test_a_file_that_is_surplus(name: str) -> None:
    assert told(repacked(bundle(), {name: FILES["logs/CO/01.entry"]})) in ("surplus", "missing", "malformed", "other_place")


@pytest.mark.parametrize("ending", [".entry", ".tlog-proof", ".early.tlog-proof"])
def test_two_sides_files_that_were_swapped(ending: str) -> None:
    one, other = f"logs/CO/01{ending}", f"logs/PE/01{ending}"
    swapped = told(repacked(bundle(), {one: FILES[other], other: FILES[one]}))
    assert swapped in ("not_in_tree", "other_log", "other_place", "other_entry")


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
        assert told(raw) in ("not_one_form", "bad_name", "malformed")
    for raw in (bundle() + b"\0", b"\0" + bundle(), bundle()[:-1], bundle() + bundle(), b"", b"PK\x05\x06" + bytes(18)):
        assert told(raw) in ("not_one_form", "bad_name")


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
