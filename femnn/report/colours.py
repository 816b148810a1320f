"""Colours of all figures."""

INK, FAINT, GRID, PALE = "#1f2933", "#9aa5b1", "#e4e7eb", "#dde1e6"
GREY = "#616e7c"
"""Of reference lines and their texts."""
COLOURS = ("#0b6e99", "#d9480f", "#2b8a3e", "#862e9c", "#b08900", "#c2255c", "#495057")
"""Distinct in hue and in lightness, so that they can be told apart in grey and by colour-blind readers."""
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
"""Shapes of dots, so that models are told apart without colours."""


def colour_of(name: object, names: "list[str] | tuple[str, ...]") -> str:
    """Return the colour of one of several names, by its place among them."""
    return COLOURS[list(names).index(str(name)) % len(COLOURS)]
