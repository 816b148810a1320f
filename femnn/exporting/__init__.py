"""Networks to be printed or cut: STEP, STL, 3MF, DXF, SVG of what they are made into, and tables of what they are."""
