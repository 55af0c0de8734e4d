"""Random legal models: their code computes the same bits and is formatted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.graph.analysis import analyse
from tests.engine.codegen.random_graphs import KINDS, random_model
from tests.engine.codegen.sameness import check, ruff

SEEDS = st.integers(0, 1_000_000)


def _try(seed: int) -> None:
    graph, frame = random_model(seed)
    assert analyse(graph, frame).ok
    assert ruff(check(graph, frame)) == ""


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_code_of_any_model_is_the_model(seed: int) -> None:
    _try(seed)


@pytest.mark.long
@pytest.mark.timeout(900)
@given(SEEDS)
@settings(max_examples=200, deadline=None)
def test_code_of_200_models_is_the_model(seed: int) -> None:
    _try(seed)


def test_random_models_use_every_layer() -> None:
    found = {node.layer.kind for seed in range(1500) for node in random_model(seed)[0].nodes}
    assert set(KINDS) <= found
