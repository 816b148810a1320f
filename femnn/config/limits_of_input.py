"""How much settings may ask for: enough for any study, and little enough to be refused before it fills a machine."""

LARGEST, SMALLEST = 1e60, 1e-60
"""Quantities in SI units that are not 0: powers of what lies between can still be computed with."""
LARGEST_SIZE, SMALLEST_SIZE = 1e15, 1e-15
"""Coordinates, sections and moduli of networks in SI units, of whose products quantities are made."""
MOST = 1_000_000
"""Repeats, draws, epochs, samples: whatever is counted in settings."""
MOST_SWEPT = 10_000
"""Values of a sweep."""
MOST_ITEMS = 10_000
"""Items of a list in settings."""
MOST_POINTS = 100_000
"""Points of a study."""
MOST_CELLS = 1_000_000
"""Cells of a generated lattice."""
MOST_SEED = 2**63 - 1
LONGEST_TEXT = 200_000
"""Characters of one setting."""
LARGEST_TOML = 20_000_000
"""Bytes of a TOML file."""
DEEPEST = 50
"""Tables and lists in each other."""
