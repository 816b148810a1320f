"""Equilibrium, its linearisation and its adjoint, by PETSc."""
