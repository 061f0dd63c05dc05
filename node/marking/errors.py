"""Why the protected register cannot be looked up, as codes that the catalogues word. Nothing leaves meanwhile."""

from enum import StrEnum


class RegisterFault(StrEnum):
    """What is wrong. The text under `register.fault.<code>` says it and what to do."""

    TURNING = "turning"
    """A rotation of the key is unfinished: marks are under two keys."""
    ANOTHER_KEY = "another_key"
    """The key at hand is not the one that the marks were made under."""
    SILENT = "silent"
    """The process that keeps the key does not answer, or not as it should."""
    SPENT = "spent"
    """It has made as many marks as it makes in a day."""


class RegisterUnusable(Exception):
    """The register cannot be looked up."""

    code = "register_unusable"

    def __init__(self, fault: RegisterFault) -> None:
        self.fault = fault
        super().__init__(f"{self.code}: {fault}")
