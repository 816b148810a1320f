"""Settings files, quantities with units, names, and the user's own Python files."""
