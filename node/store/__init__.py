"""What a node keeps, and the one place where it is committed."""
