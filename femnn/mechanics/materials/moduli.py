"""Moduli of small strains, and the ranges in which parameters of a law have a meaning."""

from __future__ import annotations

from collections.abc import Callable

from femnn.errors import ConfigError
from femnn.runtime.stack import Expr


def shear_modulus(modulus: Expr, poisson_ratio: float) -> Expr:
    """μ = E/(2(1 + ν)) (Pa)."""
    return modulus / (2 * (1 + poisson_ratio))


def bulk_modulus(name: str, modulus: Expr, poisson_ratio: float) -> Expr:
    """κ = E/(3(1 − 2ν)) (Pa).

    Raises:
        ConfigError: ν = 0.5; the message begins with the law's name.
    """
    if poisson_ratio == 0.5:
        raise ConfigError(
            f"{name}: with poisson_ratio = 0.5 the bulk modulus is infinite. "
            "Use an incompressible form, or a poisson_ratio below 0.5."
        )
    return modulus / (3 * (1 - 2 * poisson_ratio))


def require[T](law: str, parameter: str, value: T, allowed: Callable[[T], bool], condition: str) -> None:
    """Check a parameter of a law.

    Where a UFL constant stands for the parameter, so that it can be varied without compiling again as fitting does,
    there is no value to check.

    Args:
        law: name of the law.
        parameter: name of its parameter.
        value: of the parameter.
        allowed: tells whether a value has a physical meaning.
        condition: what is allowed, to follow "must be".

    Raises:
        ConfigError: the value is not allowed.
    """
    if not hasattr(value, "ufl_shape") and not allowed(value):
        raise ConfigError(f"{law}: {parameter} is {value}, must be {condition}.")
