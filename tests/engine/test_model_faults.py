"""Rows M01 to M04, M06 and M11 of the fault table: what the engine says, and what it refuses.

The other half of M01 (the loop is selected on the canvas) is in ``tests/gui/pages``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.augment.mixing import batches_in_epoch
from engine.compile import memory
from engine.compile import module as module_under_test
from engine.compile.module import compile_model
from engine.data.manifest import Item, Manifest
from engine.data.split import split
from engine.errors import FoveaError
from engine.graph.edits import add_node, connect, remove, set_layer
from engine.graph.records import Graph, Wire
from engine.layers.activation import Relu
from engine.layers.convolution import Conv2d
from engine.layers.ends import Output
from engine.layers.merge import Add
from engine.layers.pooling import MaxPool
from engine.problems import Problem
from engine.project import check as check_module
from engine.project import store
from engine.project.address import put
from engine.project.check import check
from engine.project.document import Project
from engine.train.prepare import check_project
from tests.engine.project.examples import example_project

PROJECT = example_project()


def with_model(graph: Graph) -> Project:
    return PROJECT.with_(model=graph)


def refused(graph: Graph, tmp_path: Path) -> list[Problem]:
    """The errors of a model that can be saved and opened, and not trained."""
    project = with_model(graph)
    store.create(tmp_path, project)
    assert store.load(tmp_path).project.model == graph
    errors = [problem for problem in check(project) if problem.severity == "error"]
    with pytest.raises(FoveaError) as caught:
        check_project(project)
    assert caught.value.code == "FV-T007"
    with pytest.raises(FoveaError) as caught:
        compile_model(graph, project.frame())
    assert caught.value.code == errors[0].code
    return errors


@pytest.mark.parametrize(
    ("wires", "loop"),
    [
        ([Wire("act", "stem", 1)], {"stem", "norm", "act"}),
        ([Wire("norm", "norm", 1)], {"norm"}),
        ([Wire("act", "norm", 1)], {"norm", "act"}),
    ],
    ids=["cycle", "self-loop", "short"],
)
def test_m01_the_nodes_of_a_loop_are_named(
    wires: list[Wire], loop: set[str], tmp_path: Path
) -> None:
    graph = replace(PROJECT.model, wires=(*PROJECT.model.wires, *wires))
    found = [problem for problem in refused(graph, tmp_path) if problem.code == "FV-M001"]
    assert len(found) == 1
    assert set(found[0].nodes) == loop
    assert found[0].where in loop
    assert all(name in found[0].message for name in loop)


def loose() -> Graph:
    return add_node(PROJECT.model, Relu(), 0, 0, "loose")[0]


def twice() -> Graph:
    graph, _ = add_node(PROJECT.model, Output(), 0, 0, "second")
    return connect(graph, "pool", "second")


@pytest.mark.parametrize(
    ("graph", "said"),
    [
        (loose(), "“loose”"),
        (connect(loose(), "act", "loose"), "“loose” leads nowhere"),
        (remove(PROJECT.model, ["image"]), "no image input"),
        (remove(PROJECT.model, ["scores"]), "no class scores"),
        (twice(), "“second” is a second output"),
        (Graph(PROJECT.model.nodes, PROJECT.model.wires[:-1]), "connected to “scores”"),
    ],
    ids=["disconnected", "dead end", "no input", "no output", "two outputs", "cut"],
)
def test_m02_what_is_not_joined_is_named(graph: Graph, said: str, tmp_path: Path) -> None:
    found = refused(graph, tmp_path)
    assert {problem.code for problem in found} == {"FV-M002"}
    assert any(said in problem.message for problem in found)
    assert all(problem.fix for problem in found)


def test_m03_a_misfit_names_both_nodes_both_shapes_and_the_parameter(tmp_path: Path) -> None:
    graph, _ = add_node(PROJECT.model, Conv2d(out_channels=12), 0, 0, "branch")
    graph = connect(graph, "image", "branch")
    graph, _ = add_node(graph, Add(), 0, 0, "sum")
    graph = connect(connect(graph, "act", "sum"), "branch", "sum")
    graph = connect(graph, "sum", "pool")
    [problem] = refused(graph, tmp_path)
    assert (problem.where, problem.code) == ("sum", "FV-M003")
    for part in ("“act”", "16 × 32 × 32", "“branch”", "12 × 32 × 32", "output channels"):
        assert part in problem.message, part


def test_m04_too_small_an_image_names_the_node_and_the_size_needed(tmp_path: Path) -> None:
    graph = PROJECT.model
    for number in range(7):
        graph, name = add_node(graph, MaxPool(), 0, 0, f"pool{number}")
        feeder = f"pool{number - 1}" if number else "act"
        graph = connect(connect(graph, feeder, name), name, "pool")
    [problem] = refused(graph, tmp_path)
    assert (problem.where, problem.code) == ("pool5", "FV-M004")
    assert "at least 64 × 64 px" in problem.fix
    larger = put(with_model(graph), "data.size", 64)
    assert "at least 128 × 128 px" in next(p.fix for p in check(larger) if p.code == "FV-M004")


def enormous() -> Graph:
    """10^12 parameters: a width of 10^6, twice."""
    graph = set_layer(
        PROJECT.model,
        "stem",
        Conv2d(out_channels=1_000_000, kernel_size=1, bias=False),
    )
    graph, name = add_node(graph, Conv2d(out_channels=1_000_000, kernel_size=1), 0, 0, "more")
    return connect(connect(graph, "act", name), name, "pool")


def test_m06_an_enormous_model_is_refused_before_anything_is_allocated(tmp_path: Path) -> None:
    before = memory.available_memory()
    assert before is not None
    found = refused(enormous(), tmp_path)
    assert [problem.code for problem in found] == ["FV-M006"]
    for text in (found[0].message, _refusal(enormous())):
        assert "16,000." in text  # GB needed: 16 bytes for each of 10^12
        assert "GB are free" in text
    after = memory.available_memory()
    assert after is not None
    assert after > before - 2**30


def _refusal(graph: Graph) -> str:
    with pytest.raises(FoveaError) as caught:
        compile_model(graph, PROJECT.frame())
    return caught.value.why


def test_m06_what_fits_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (check_module, module_under_test):
        monkeypatch.setattr(module, "available_memory", lambda: 10**15)
    assert "FV-M006" not in [problem.code for problem in check(with_model(enormous()))]


def test_m11_a_batch_of_one_is_refused_and_a_last_one_is_left_out() -> None:
    with pytest.raises(FoveaError) as caught:
        put(PROJECT, "training.batch_size", 1)
    assert "batch" in str(caught.value).lower()
    items = [
        Item(f"{label}/{i}.png", label, f"{label:032x}{i:032x}", 32, 32, "RGB")
        for label in range(3)
        for i in range(40)
    ]
    manifest = Manifest("folders", ("a", "b", "c"), tuple(items))
    images = int((split(manifest, PROJECT.data) == 0).sum())
    project = put(PROJECT, "training.batch_size", images - 1)
    assert images % project.training.batch_size == 1
    told = [p for p in check(project, manifest) if "one image" in p.message]
    assert [p.where for p in told] == ["training.batch_size"]
    assert told[0].severity != "error"
    assert batches_in_epoch(images, project.training.batch_size) == 1
