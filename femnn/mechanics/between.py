"""Models whose effects lie between those of two others, by which these are told apart step by step."""

from collections.abc import Mapping, Sequence

from femnn.mechanics.model import Model


def with_models_between(names: Sequence[str], models: Mapping[str, Model]) -> list[str]:
    """Return models and, before each of lines, those that have a part of what tells it from an earlier one.

    That one must be of lines and not linear: so there are straight beams between bars and beams with thinned ends, but
    nothing between linear springs and what follows them.

    Args:
        names: of the models, each with more effects than the one before it.
        models: all models by name.
    """
    found: list[str] = []
    lines = {name: set(model.traits.effects) for name, model in models.items() if model.traits.lines}
    for name in names:
        before = [lines[other] for other in found if other in lines and not models[other].linear]
        for other, effects in lines.items() if name in lines else ():
            if other not in (*names, *found) and any(fewer < effects < lines[name] for fewer in before):
                found.append(other)
        found.append(name)
    return found
