"""Configuration: TOML files checked by pydantic, with messages that a user can act on."""

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from femnn.config.limits_of_input import DEEPEST
from femnn.config.quantities import WITH_UNITS
from femnn.config.settings_paths import RENAMED, Renaming, written_in
from femnn.config.toml_files import toml_value
from femnn.errors import ConfigError


class Settings(BaseModel):
    """Base of all settings: unknown keys are refused, NaN and infinity too, and values cannot change later."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def validated[S: BaseModel](kind: type[S], values: Mapping[str, Any], where: str) -> S:
    """Settings of the given kind from plain values.

    Args:
        kind: the pydantic model.
        values: tables as read from TOML.
        where: what the values belong to, for the message.

    Raises:
        ConfigError: the first thing that is wrong, with the nearest known name for an unknown key.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise ConfigError(f"{where}: {_explained(kind, error)}") from error


UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
"""What pydantic calls an unknown key, of a model and of a dataclass."""
BOUNDS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")
"""What pydantic calls a number that is out of bounds."""
TAG = re.compile(r"<.*>|function-\w+\[.*\]")
"""How the kinds of a value that may be of several are tagged, which is no part of a key."""


def _explained(kind: type[BaseModel], error: ValidationError) -> str:
    # An unknown key first: it is the likeliest cause of another one's absence
    # and a number that is none before what else the value might have been
    problem = min(error.errors(), key=lambda e: (e["type"] not in UNKNOWN, e["type"] != "finite_number"))
    key = ".".join(str(part) for part in problem["loc"] if not TAG.fullmatch(str(part)))
    if problem["type"] in UNKNOWN:
        return f"unknown key {key!r}; {nearest(str(problem['loc'][-1]), _known_keys(kind, problem['loc'][:-1]))}"
    message = problem["msg"].removeprefix("Value error, ").rstrip(".")
    if problem["type"] == "too_short":
        message = f"give at least {problem['ctx']['min_length']}, not {problem['ctx']['actual_length']}"
    if problem["type"] in BOUNDS:
        given = problem["input"]
        message += f", not {given}{'' if isinstance(given, str) else _unit(kind, problem['loc'])}"
    ending = "" if message.endswith("?") else "."
    return f"{key}: {message}{ending}" if key else f"{message}{ending}"


def _known_keys(kind: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Names of the fields of the settings at ``path`` below ``kind``."""
    return sorted({key for schema in _schemas(kind, path) for key in schema.get("properties", {})})


def _unit(kind: type[BaseModel], path: tuple[int | str, ...]) -> str:
    """Unit of the quantity at ``path`` below ``kind``, after a space; nothing where it has none."""
    return next((f" {schema['unit']}" for schema in _schemas(kind, path) if "unit" in schema), "")


def _schemas(kind: type[BaseModel], path: tuple[int | str, ...]) -> list[dict[str, Any]]:
    """What may be at ``path`` below ``kind``, as JSON schemas."""
    definitions = kind.model_json_schema(ref_template="{model}")
    schemas = [definitions]
    for part in path:
        below = [s for schema in schemas for s in _variants(schema, definitions)]
        schemas = [s for schema in below for s in _children(schema, part)] or below
    return [variant for schema in schemas for variant in _variants(schema, definitions)]


def _variants(schema: dict[str, Any], definitions: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in schema:
        return _variants(definitions["$defs"][schema["$ref"]], definitions)
    alternatives = [*schema.get("anyOf", []), *schema.get("oneOf", [])]
    return [v for s in alternatives for v in _variants(s, definitions)] if alternatives else [schema]


def _children(schema: dict[str, Any], part: int | str) -> list[dict[str, Any]]:
    below = [schema.get("properties", {}).get(part), schema.get("items"), schema.get("additionalProperties")]
    return [s for s in below if isinstance(s, dict)]


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint for a mistyped word: the nearest known one, or all of them."""
    choices = list(known)
    close = difflib.get_close_matches(word, choices, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(choices)}."


def with_units(settings: BaseModel, renamed: Renaming | None = None) -> dict[str, Any]:
    """Settings as plain values, quantities with their unit; they validate to the same settings, bit by bit.

    Args:
        settings: the settings.
        renamed: what is written in the place of each file that they name; its path where None.
    """
    context = {**WITH_UNITS, RENAMED: renamed}
    return settings.model_dump(mode="json", by_alias=True, exclude_none=True, context=context)


def assigned(values: Mapping[str, Any], assignments: Iterable[str]) -> dict[str, Any]:
    """Tables with assignments of the command line laid over them.

    Args:
        values: nested tables.
        assignments: ``"key=value"`` or ``"table.key=value"``; a value is read as TOML, else as a string.
            Paths in it are relative to the working folder.

    Raises:
        ConfigError: an assignment without "=", into something that is no table, or too long or nested too deeply.
    """
    result = {key: dict(value) if isinstance(value, dict) else value for key, value in values.items()}
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals or not path.strip():
            raise ConfigError(f"--set takes key=value, not {assignment!r}.")
        *tables, key = path.strip().split(".")
        if len(tables) > DEEPEST:
            raise ConfigError(f"--set {path.strip()!r}: more than {DEEPEST} tables in each other.")
        target = result
        for table in tables:
            inner = target.get(table, {})
            if not isinstance(inner, dict):
                raise ConfigError(f"--set {assignment!r}: {table!r} is no table.")
            target[table] = dict(inner)
            target = target[table]
        try:
            target[key] = written_in(toml_value(text.strip()), Path.cwd())
        except ValueError as error:
            raise ConfigError(f"--set {path.strip()}: {error}.") from error
    return result


def assigned_keys(assignments: Iterable[str]) -> frozenset[str]:
    """Return the keys of assignments of the command line, with dots between tables."""
    return frozenset(assignment.partition("=")[0].strip() for assignment in assignments)


def at_default[S: BaseModel](settings: S, key: str) -> S:
    """Return settings with one of them at its default.

    Args:
        settings: the settings.
        key: name of a field, with dots between tables.
    """
    name, _, rest = key.partition(".")
    default = type(settings).model_fields[name].get_default(call_default_factory=True)
    return settings.model_copy(update={name: at_default(getattr(settings, name), rest) if rest else default})


def one_of(what: str, choices: Iterable[str]) -> AfterValidator:
    """A validator that takes the known names only and names the nearest to a mistyped one.

    Args:
        what: what is named, for the message.
        choices: the known names.
    """
    known = list(choices)

    def check(name: str) -> str:
        require_known(what, [name], known)
        return name

    return AfterValidator(check)


def require_known(what: str, names: Iterable[str], choices: Iterable[str]) -> None:
    """Refuse names that are not known.

    Args:
        what: what is named, for the message.
        names: what settings name.
        choices: the known names.

    Raises:
        ValueError: one of them is not known; the message has the nearest that is.
    """
    known = list(choices)
    for name in names:
        if name not in known:
            raise ValueError(f"there is no {what} {name!r}; {nearest(name, known).rstrip('.')}")
