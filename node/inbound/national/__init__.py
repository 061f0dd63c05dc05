"""The way in for this state's officers: the national API, on its own port, loopback by default, behind a token."""
