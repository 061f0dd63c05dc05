"""The stories of a node, one a file, each from door to door. They take admitted values and officers in their roles."""
