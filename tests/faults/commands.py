"""Where commands of an administrator are killed; `kills.py` has the points of a node that serves."""

FOUNDING_KILLS = (
    "celosia.durable.written",
    "celosia.durable.renamed",
    "celosia.founding.keys_made",
    "celosia.founding.certified",
    "celosia.store.commit",
    "celosia.founding.listed",
)
EPOCH_KILLS = ("celosia.turn_epochs.seed_made",)
OFFICER_KILLS = ("celosia.keep_officers.created", "celosia.keep_officers.token_made")
RENEWAL_KILLS = ("celosia.own.certificate_written",)
REWRAP_KILLS = ("celosia.vault.rewrapped",)
REGISTER_KILLS = ("celosia.rotate_register.begun", "celosia.rotate_register.portion", "celosia.rotate_register.turned")
BACKUP_KILLS = ("celosia.contents.files_put", "celosia.contents.rows_put")
RESTORE_KILLS = (
    "celosia.contents.files_restored",
    "celosia.contents.rows_restored",
    "celosia.recover.marked",
    "celosia.backups.restored",
    "celosia.backups.in_place",
)
RECOVERY_KILLS = ("celosia.recover.own_kept", "celosia.recover.theirs_kept", "celosia.recover.finished")
COMMAND_KILLS = frozenset(
    (
        *(*FOUNDING_KILLS, *EPOCH_KILLS, *OFFICER_KILLS, *RENEWAL_KILLS, *REWRAP_KILLS, *REGISTER_KILLS),
        *(*BACKUP_KILLS, *RESTORE_KILLS, *RECOVERY_KILLS),
    )
)
