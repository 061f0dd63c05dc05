"""Backups: a node's settings, keys and tables in one sealed file, and back. What stays out, and why, is in `contents.py`."""
