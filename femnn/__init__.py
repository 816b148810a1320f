"""Mechanical neural networks in real material: forward, adjoint and in situ gradients by finite elements.

Importing the package checks that a working DOLFINx with real-scalar PETSc is there, and says what mends it if not.
"""

from femnn import stack

__version__ = "0.1.0"

stack.require()
