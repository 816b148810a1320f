"""Values with checked parameters: dataclasses that settings files may describe and scripts may write down."""

import functools
from dataclasses import fields
from typing import Any, dataclass_transform

from pydantic import ConfigDict, ValidationError
from pydantic.dataclasses import dataclass

from femnn.errors import ConfigError


@dataclass_transform(frozen_default=True)
def parameters[C](kind: type[C]) -> type[C]:
    """Make a class a frozen dataclass whose fields are checked, in settings and in scripts alike.

    Unknown names are refused, NaN and infinity too. A wrong value raises ConfigError that names the field.
    """
    made: Any = dataclass(kind, frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
    checked = made.__init__

    @functools.wraps(checked)
    def initialise(self: Any, *given: Any, **named: Any) -> None:
        try:
            checked(self, *given, **named)
        except ValidationError as error:
            problem = error.errors()[0]
            # Of values that are given by their place, pydantic names the place
            names = [field.name for field in fields(made)]
            where = ".".join(names[part] if isinstance(part, int) else part for part in problem["loc"])
            message = problem["msg"].removeprefix("Value error, ")
            raise ConfigError(f"{kind.__name__}: {where}: {message}, not {problem['input']!r}.") from error

    made.__init__ = initialise
    checked_kind: type[C] = made
    return checked_kind
