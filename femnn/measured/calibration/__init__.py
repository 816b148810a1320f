"""Parameters of a printed lattice, fitted to what was measured on it, and what is then known of them."""
