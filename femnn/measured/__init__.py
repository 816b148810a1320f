"""What was measured on real lattices: published figures, and readers of a user's own measurements."""
