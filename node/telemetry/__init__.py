"""Traces and metrics for this state's own administrators: codes and numbers, through an allow-list, to a national collector."""
