"""Networks of bonds as plain arrays: generators, checks, rigidity, damage. NumPy and SciPy only."""
