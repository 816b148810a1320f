"""Networks to be printed or cut: STEP, STL, DXF and SVG of what they are made into, and tables of what they are."""
