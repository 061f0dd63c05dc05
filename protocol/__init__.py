"""Values and rules that every Celosia node shares. No clock and no I/O: `now` and randomness are arguments."""
