"""Constants as papers and other programs give them, which are recognised, and what they are here.

Laws here have dimensionless parameters, and the stiffness is the modulus in the network's section. A paper gives
stresses, whose sum is the stiffness and whose proportions are the parameters. A law may say in ``published`` how its
own come out.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

GREEK = str.maketrans({"μ": "mu", "µ": "mu", "κ": "kappa", "λ": "lambda", "ν": "nu", "α": "alpha"})
SHEAR = "modulus = 2 (1 + ν) μ in the network's section"
BULK = "poisson_ratio = (3K − 2μ)/(6K + 2μ), with K = 2/D1 where D1 is given"
SHARED: dict[str, str] = {
    "e|young|modulus|youngs?modulus": "modulus = E in the network's section",
    "g|mu|mu0|shearmodulus": SHEAR,
    "k|kappa|k0|kappa0|bulkmodulus|d|d1": BULK,
    "lambda|lame": "poisson_ratio = λ/(2 (λ + μ))",
    "nu|poissons?ratio|poisson": "poisson_ratio = ν",
}
"""Names of constants that many laws have, as a pattern of what `_plain` makes of them, and what they are here."""


def converted(law: type[Any], given: Iterable[str]) -> str:
    """Return what constants of a paper are here, as a sentence; empty where none of them is recognised.

    Args:
        law: class of the law.
        given: names, of which those of the law's own parameters are passed over.
    """
    own = {field.name for field in fields(law)}
    known: Mapping[str, str] = {**getattr(law, "published", {}), **SHARED}
    names, meanings = [], dict[str, None]()
    for name in given:
        found = next((meaning for pattern, meaning in known.items() if re.fullmatch(pattern, _plain(name))), None)
        if name not in own and found is not None:
            names.append(name)
            meanings[found] = None
    if not names:
        return ""
    return (
        f"{', '.join(names)} {'is a constant' if len(names) == 1 else 'are constants'} as papers give them, while "
        f"{law.name} has dimensionless parameters: {'; '.join(meanings)}"
    )


def _plain(name: str) -> str:
    """The name in small Latin letters and digits."""
    return re.sub(r"[^a-z0-9]", "", name.translate(GREEK).lower())
