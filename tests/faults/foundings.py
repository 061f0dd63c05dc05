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
