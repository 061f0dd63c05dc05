"""The way out to peers. It carries what the door has cleared, and nothing else."""
