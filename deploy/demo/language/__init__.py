"""The demonstration's texts, in the four languages."""
