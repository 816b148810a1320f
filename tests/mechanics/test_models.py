"""Models are found by name."""

import pytest

from femnn.errors import ConfigError
from femnn.mechanics.models import MODELS, model


def test_models_carry_the_names_by_which_they_are_found():
    assert {name: model(name).name for name in MODELS} == {name: name for name in MODELS}


def test_an_unknown_model_lists_those_there_are():
    with pytest.raises(ConfigError, match="no model 'truss'; there are: spring, bar, bar-green"):
        model("truss")
