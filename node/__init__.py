"""One national node: its ways in, its stories, its safeguards, its store, its way out."""
