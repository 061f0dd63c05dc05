"""Which stories are told on PostgreSQL in the ordinary run, and which in the long one only."""

IN_THE_LONG_RUN = frozenset(
    (
        # refused at the line, before a store has a say
        *("test_bad_peers", "test_equivocation", "test_floods", "test_hostile_directory", "test_hostile_envelopes"),
        *("test_hostile_indexes", "test_hostile_peers", "test_intruders", "test_revocation"),
        # about clocks, certificates, logs and what is shown
        *("test_clocks", "test_doctor", "test_erasures", "test_evidence", "test_ledger", "test_reconcile", "test_rotation"),
        *("test_telemetry", "test_witnesses"),
        # the longest: each takes minutes there, and what it asks of a store, tests of the store and of flows ask on both
        *("test_epochs", "test_exchange", "test_publishing", "test_restore"),
        # about names and what a peer lists, over the same tables as the stories of questions and publications
        *("test_audiences", "test_lists_of_people", "test_people", "test_read_later"),
    )
)
"""These run on PostgreSQL under `make prove`. What a store does under load, order, death and return runs on both databases every
time: questions, withdrawals, holds, outbox, refusals (ADR 19)."""
