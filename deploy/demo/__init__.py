"""The demonstration: three invented national nodes and the Secretariat's directory, as separate processes on loopback."""
