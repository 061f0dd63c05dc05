"""Which stories are told on PostgreSQL in the ordinary run, and which in the long one only."""

AT_THE_DOOR = frozenset(
    (
        "test_clocks",
        "test_equivocation",
        "test_floods",
        "test_hostile_directory",
        "test_hostile_envelopes",
        "test_hostile_indexes",
        "test_hostile_peers",
        "test_intruders",
        "test_rotation",
        "test_telemetry",
    )
)
"""Stories that end before a store has a say: what comes is refused at the line, or the clock, the certificates or the logs are
what they are about. On PostgreSQL they run under `make prove`; all others on both databases every time (ADR 19)."""
