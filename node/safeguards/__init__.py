"""What every way out must pass. `door.py` is the only maker of bytes that may leave for a peer."""
