"""Search spaces against the project: row H06 of the fault table, trials, and presets."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import FoveaError
from engine.parameter import Param
from engine.project.address import get, put
from engine.project.document import Project
from engine.project.search_presets import PRESETS, preset
from engine.project.searching import chosen, proposed, search_problems, with_choices
from engine.search import EMPTY, Searched, SearchSpace
from engine.search.records import Choice
from engine.templates import TEMPLATES
from tests.engine.project.examples import example_project

PROJECT = example_project()
LR, OPTIMIZER = "training.optimizer.lr", "training.optimizer"


def searching(*entries: Searched) -> Project:
    return PROJECT.with_(search=SearchSpace(entries))


def picker(seed: int):
    """Chooses any allowed value, as a sampler does."""
    draw = random.Random(seed)

    def pick(entry: Searched, item: Param) -> Choice:
        if entry.choices:
            return draw.choice(entry.choices)
        assert entry.low is not None
        assert entry.high is not None
        if item.type == "int":
            return draw.randrange(int(entry.low), int(entry.high) + 1, int(entry.step or 1))
        return draw.uniform(entry.low, entry.high)

    return pick


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Searched(LR), "no range"),
        (Searched(LR, 1e-5), "no range"),
        (Searched(LR, 0.1, 0.001), "down to"),
        (Searched(LR, 0.1, 0.1), "only be 0.1"),
        (Searched(LR, 0, 0.1, log=True), "cannot begin at 0"),
        (Searched(LR, -1, 0.1), "cannot be -1"),
        (Searched(LR, 0.1, 7), "cannot be 7"),
        (Searched(LR, 1e-5, 0.1, log=True, step=0.1), "step and a logarithmic"),
        (Searched("training.dropout", 0, 0.5, step=0.7), "longer than its range"),
        (Searched("training.dropout", 0, 0.5, step=0), "above 0"),
        (Searched("training.batch_size", 8, 64, step=1.5), "whole number"),
        (Searched("training.batch_size", 8.5, 64), "cannot be 8.5"),
        (Searched(OPTIMIZER), "no choices"),
        (Searched(OPTIMIZER, choices=("sgd",)), "one choice only"),
        (Searched(OPTIMIZER, choices=("sgd", "sgd")), "same choice twice"),
        (Searched(OPTIMIZER, choices=("sgd", "none of them")), "cannot be none of them"),
        (Searched("training.batch_size", choices=(True, 32)), "cannot be True"),
        (Searched("training.batch_size", choices=(None, 32)), "cannot be empty"),
        (Searched("training.seed", 0, 9), "seed is luck"),
        (Searched("data.split_seed", 0, 9), "do not compare"),
        (Searched("training.optimizer.nothing", 0, 9), "no setting"),
        (Searched("model.gone.width", 0, 9), "no setting"),
        (Searched("training.optimizer.momentum", 0, 0.9), "no setting"),
    ],
)
def test_an_impossible_row_is_named_and_stops_no_training(entry: Searched, words: str) -> None:
    project = searching(entry)
    found = search_problems(project)
    assert any(words in problem.message for problem in found), found
    for problem in found:
        assert (problem.severity, problem.code) == ("error", "FV-H006")
        assert problem.where == f"search.{entry.address}"
        assert problem.fix
    assert project.errors() == PROJECT.errors()


def test_an_empty_space_is_said() -> None:
    (found,) = search_problems(PROJECT.with_(search=EMPTY))
    assert (found.where, found.code) == ("search", "FV-H006")


def test_a_row_may_belong_to_another_rows_choice() -> None:
    momentum = Searched("training.optimizer.momentum", 0.8, 0.99)
    project = searching(momentum, Searched(OPTIMIZER, choices=("adamw", "sgd")))
    assert search_problems(project) == ()
    seen = set()
    for seed in range(30):
        made, values = chosen(project, picker(seed))
        seen.add((made.training.optimizer.kind, momentum.address in values))
    assert seen == {("adamw", False), ("sgd", True)}


def test_what_is_off_is_not_searched() -> None:
    strength = Searched("augment.rotate.degrees", 0, 45)
    project = searching(strength, Searched("augment.rotate.on", choices=(False, True)))
    for seed in range(20):
        made, values = chosen(project, picker(seed))
        assert (strength.address in values) == get(made, "augment.rotate.on")


@given(st.integers(0, 10_000), st.sampled_from(list(PRESETS)))
def test_a_trial_is_its_values(seed: int, name: str) -> None:
    project = PROJECT.with_(search=preset(PROJECT, name))
    made, values = chosen(project, picker(seed))
    assert with_choices(project, values) == made
    for address, value in values.items():
        if "." in address and not address.endswith(".present"):
            found = get(made, address)
            assert getattr(found, "kind", found) == value
    assert set(values) <= {entry.address for entry in project.search.entries}


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_preset_fits_its_project(name: str) -> None:
    project = PROJECT.with_(search=preset(PROJECT, name))
    assert project.search
    assert search_problems(project) == ()


def test_the_basic_preset_is_the_textbooks_search() -> None:
    assert preset(PROJECT, "basic").entries == (
        Searched(LR, 1e-5, 0.1, log=True),
        Searched("training.batch_size", choices=(32, 64, 128)),
        Searched(OPTIMIZER, choices=("adam", "rmsprop", "sgd")),
    )


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(FoveaError, match="no preset"):
        preset(PROJECT, "basics")


def test_a_template_is_built_for_the_trials_image_size() -> None:
    project = searching(
        Searched("model", choices=(None, "small_resnet")), Searched("data.size", choices=(32, 64))
    )
    assert search_problems(project) == ()
    for size in (32, 64):
        values = {"model": "small_resnet", "data.size": size}
        made, _ = chosen(project, lambda entry, _, values=values: values[entry.address])
        assert made.model == TEMPLATES["small_resnet"].build(made.frame())
    same, _ = chosen(project, lambda entry, _: None if entry.address == "model" else 64)
    assert same.model is project.model


def test_a_node_can_be_left_out() -> None:
    made = put(PROJECT, "model.norm.present", value=False)
    assert "norm" not in made.model
    assert made.model.arriving("act")[0].source == "stem"
    assert put(PROJECT, "model.norm.present", value=True) is PROJECT
    with pytest.raises(FoveaError):
        put(PROJECT, "model.image.present", value=False)
    with pytest.raises(FoveaError):
        put(PROJECT, "model.norm.present", value=1)


def test_what_no_search_may_vary_is_not_offered() -> None:
    with pytest.raises(FoveaError, match="seed is luck") as caught:
        proposed(PROJECT, "training.seed")
    assert caught.value.code == "FV-H006"
    assert proposed(PROJECT, LR).log
