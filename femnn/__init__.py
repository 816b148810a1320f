"""Mechanical neural networks in real material: forward, adjoint and in situ gradients by finite elements."""

__version__ = "0.1.0"
