"""Energies of networks, one a file, and the structure that puts one on a mesh."""
