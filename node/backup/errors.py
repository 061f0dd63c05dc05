"""Why a backup is not made, or not taken back."""


class BackupRefused(Exception):
    """`code` says what is wrong, and nothing is left half done: what was made on the way is taken away again.

    `backup_unknown` · `backup_not_opened` · `backup_damaged` · `backup_newer` · `backup_secret_short` · `backup_store_not_empty`
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)
