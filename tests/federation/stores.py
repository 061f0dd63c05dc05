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
        # about a day's quota, which the store's own tests count on both
        "test_taking_back",
    )
)
"""These run on PostgreSQL under `make prove`."""

ON_BOTH = {
    "test_questions": (
        *("test_a_peer_that_is_down_is_asked_again", "test_a_holder_stopped_between_receipt_and_answer"),
        "test_an_asker_restarted_while_its_question_was_out",
    ),
    "test_refusals": ("test_a_declined_question_that_comes_again_after_a_crash", "test_a_question_that_the_day_s_budget"),
    "test_holds": (
        *("test_whoever_is_protected_between_asking_and_sending", "test_what_is_released_while_a_peer_is_away"),
        "test_the_peer_is_sent_as_much_and_charges_as_much",
    ),
    "test_outbox": ("test_a_peer_that_hangs_at_a_record", "test_two_processes_on_one_database", "test_what_nobody_foresaw"),
}
"""How the stories of these modules begin that run on both databases every time: those of order, death and return. The others
ask of a store what its own tests, and those of the flows, ask of both; on PostgreSQL they run under `make prove` (ADR 19)."""


def in_the_long_run(module: str, story: str) -> bool:
    """Whether a story is told on PostgreSQL under `make prove` only."""
    return module in IN_THE_LONG_RUN or (module in ON_BOTH and not story.startswith(ON_BOTH[module]))
