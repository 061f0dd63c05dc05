"""Every failure says what, where, why and what next, under a stable code."""

import inspect

import pytest
from tuf.api import exceptions as tuf_errors

from node.directory import errors
from node.directory.errors import DirectoryError, foreign_failures

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, DirectoryError)]


def test_codes_are_stable_and_no_two_errors_share_one() -> None:
    assert sorted(kind.code for kind in KINDS) == sorted(
        ["directory"]
        + [
            f"directory_{name}"
            for name in [
                "expired",
                "folder_unusable",
                "forged",
                "key_unusable",
                "malformed",
                "not_read_aloud",
                "publication_refused",
                "rogue_delegation",
                "rolled_back",
                "substituted",
                "too_large",
                "too_many_ahead",
                "unreachable",
            ]
        ]
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_says_what_where_why_and_what_next(kind: type[DirectoryError]) -> None:
    told = str(kind("role XA", "it is invented"))
    assert told == f"{kind.code} at role XA: it is invented; {kind.advice}"


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        (tuf_errors.ExpiredMetadataError("x"), errors.Expired),
        (tuf_errors.EqualVersionNumberError("x"), errors.RolledBack),
        (tuf_errors.UnsignedMetadataError("x"), errors.Forged),
        (tuf_errors.LengthOrHashMismatchError("x"), errors.Substituted),
        (tuf_errors.DownloadLengthMismatchError("x"), errors.TooLarge),
        (tuf_errors.SlowRetrievalError(), errors.Unreachable),
        (tuf_errors.DownloadHTTPError("x", 500), errors.Unreachable),
        (tuf_errors.RepositoryError("x"), errors.Malformed),
        (ValueError("x"), errors.Malformed),
        (OSError(28, "No space left on device"), errors.FolderUnusable),
        (OSError(), errors.FolderUnusable),
    ],
)
def test_foreign_failures_become_ours_without_their_traceback(foreign: Exception, ours: type[DirectoryError]) -> None:
    with pytest.raises(ours) as caught, foreign_failures("here"):
        raise foreign
    assert type(caught.value) is ours
    assert caught.value.__suppress_context__ and caught.value.__cause__ is None


def test_a_fault_of_our_own_is_not_dressed_up() -> None:
    with pytest.raises(KeyError), foreign_failures("here"):
        raise KeyError("ours")
