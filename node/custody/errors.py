"""Why a key cannot be used, as codes that the catalogues word in four languages."""

from enum import StrEnum


class KeyFault(StrEnum):
    """What is wrong. The text under `keys.fault.<code>` says it and what to do, with the facts named there."""

    # a file that holds a secret
    MISSING = "missing"
    UNREADABLE = "unreadable"
    NOT_A_FILE = "not_a_file"
    NOT_OURS = "not_ours"
    OPEN_TO_OTHERS = "open_to_others"
    FOLDER_OPEN = "folder_open"
    # what is in it
    NOT_A_KEY = "not_a_key"
    ALTERED = "altered"
    ANOTHER_KEY = "another_key"
    NOT_A_HOLDERS_KEY = "not_a_holders_key"
    TOO_FEW_HOLDERS = "too_few_holders"
    WRONG_PASSPHRASE = "wrong_passphrase"  # noqa: S105  the name of a fault
    # where the node key or the passphrase comes from
    VARIABLE_MISSING = "variable_missing"
    SECRET_MALFORMED = "secret_malformed"  # noqa: S105  the name of a fault
    NO_TERMINAL = "no_terminal"
    PASSPHRASE_LENGTH = "passphrase_length"  # noqa: S105  the name of a fault
    PASSPHRASES_DIFFER = "passphrases_differ"
    URI_UNUSABLE = "uri_unusable"
    # a PKCS #11 token
    MODULE_UNUSABLE = "module_unusable"
    TOKEN_MISSING = "token_missing"  # noqa: S105  the name of a fault
    OBJECT_MISSING = "object_missing"
    PIN_REFUSED = "pin_refused"
    TOKEN_FAILED = "token_failed"  # noqa: S105  the name of a fault
    # making keys
    MADE_ONCE = "made_once"
    EXISTS = "exists"


class KeysUnusable(Exception):
    """A key is missing, can be read by others, does not open, or cannot be made.

    `fault` says which; `facts` name the file, variable or token. No part of a secret is ever among them.
    """

    code = "keys_unusable"

    def __init__(self, fault: KeyFault, **facts: str | int) -> None:
        self.fault, self.facts = fault, facts
        super().__init__(f"{fault}: {', '.join(f'{name}={value}' for name, value in facts.items())}")
