"""Fitting a file to a model: by name or by order, the whole of a layer or nothing of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

from engine.blocks.residual import Residual
from engine.compile.module import compile_model
from engine.errors import FoveaError
from engine.graph.edits import rename as rename_node
from engine.graph.edits import set_layer
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.weights.fitting import Fitted, fit_file
from engine.weights.keeping import keep, put_into, read_start
from engine.weights.report import Report, Row
from tests.engine.weights.networks import foreign_resnet18, resnet18_graph, write

RGB = Frame(channels=3, height=64, width=64, classes=1000)


def by_status(report: Report, status: str) -> list[Row]:
    return [row for row in report.rows if row.status == status]


def loaded_model(fitted: Fitted, graph: Graph, frame: Frame) -> nn.Module:
    model = compile_model(graph, frame, seed=1)
    assert put_into(model, dict(fitted.tensors)) == ()
    return model.eval()


@pytest.fixture(scope="module")
def foreign() -> nn.Module:
    return foreign_resnet18()


@pytest.fixture(scope="module")
def original(foreign: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("weights") / "resnet18.pth", foreign.state_dict())


def scores(model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return model(images)


def test_torchvisions_file_gives_torchvisions_answers(
    foreign: nn.Module, original: Path, unpickled: list[str]
) -> None:
    graph = resnet18_graph()
    fitted = fit_file(original, graph, RGB)
    assert fitted.report.how == "order"
    assert fitted.report.complete
    assert fitted.report.count("loaded") == len(fitted.report.rows) == 122
    images = torch.randn(2, 3, 64, 64)
    model = loaded_model(fitted, graph, RGB)
    assert torch.allclose(scores(model, images), scores(foreign, images), atol=1e-5)
    assert unpickled == []


def test_names_with_underscores_are_those_with_dots(tmp_path: Path) -> None:
    graph = resnet18_graph(lambda number: f"layer{number // 2 + 1}_{number % 2}")
    own = compile_model(graph, RGB, seed=4).state_dict()
    given = {}
    for name, value in own.items():
        new = name.replace("_0.", ".0.", 1).replace("_1.", ".1.", 1) if "layer" in name else name
        given[f"module.{new}"] = value
    fitted = fit_file(write(tmp_path / "w.pth", given), graph, RGB)
    assert fitted.report.how == "names"
    assert fitted.report.complete
    assert all(torch.equal(fitted.tensors[name], value) for name, value in own.items())


def test_a_head_of_another_name_is_found_beside_equal_names(tmp_path: Path) -> None:
    graph = resnet18_graph()
    own = compile_model(graph, RGB, seed=4).state_dict()
    given = {name.replace("scores.", "fc."): value for name, value in own.items()}
    report = fit_file(write(tmp_path / "w.pth", given), graph, Frame(3, 64, 64, 4)).report
    assert (report.how, report.complete, report.count("head")) == ("names", True, 2)


def test_weights_of_a_run_fit_by_name(tmp_path: Path) -> None:
    graph, path = resnet18_graph(), tmp_path / "best.safetensors"
    own = compile_model(graph, RGB, seed=4).state_dict()
    given = {f"model.{name}": value for name, value in own.items()}
    path.write_bytes(safetensors.torch.save(given | {"optimizer.0.step": torch.tensor(3.0)}))
    fitted = fit_file(path, graph, RGB)
    assert (fitted.report.how, fitted.report.complete) == ("names", True)


def test_a_head_of_other_classes_starts_anew(original: Path) -> None:
    graph, frame = resnet18_graph(), Frame(3, 64, 64, 5)
    report = fit_file(original, graph, frame).report
    assert report.complete
    assert {row.target for row in by_status(report, "head")} == {"scores.weight", "scores.bias"}
    assert "head" in report.summary
    model = compile_model(graph, frame, seed=1)
    before = model.get_submodule("scores").weight.clone()
    assert put_into(model, dict(fit_file(original, graph, frame).tensors)) == ("scores",)
    assert torch.equal(model.get_submodule("scores").weight, before)


def test_a_grey_stem_gets_the_sum_over_channels(foreign: nn.Module, original: Path) -> None:
    graph, frame = resnet18_graph(), Frame(1, 64, 64, 1000)
    fitted = fit_file(original, graph, frame)
    assert fitted.report.complete
    assert any("summed over 3 channels" in row.note for row in fitted.report.rows)
    grey = torch.randn(2, 1, 64, 64)
    ours = scores(loaded_model(fitted, graph, frame), grey)
    assert torch.allclose(ours, scores(foreign, grey.expand(2, 3, 64, 64)), atol=1e-4)


def test_a_colour_stem_shares_out_grey_weights(tmp_path: Path) -> None:
    graph, grey = resnet18_graph(), Frame(1, 64, 64, 10)
    small = compile_model(graph, grey, seed=2).eval()
    path = write(tmp_path / "w.pth", small.state_dict())
    colour = Frame(3, 64, 64, 10)
    fitted = fit_file(path, graph, colour)
    assert fitted.report.complete
    images = torch.randn(1, 1, 64, 64)
    ours = scores(loaded_model(fitted, graph, colour), images.expand(1, 3, 64, 64))
    assert torch.allclose(ours, scores(small, images), atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_are_converted(
    foreign: nn.Module, tmp_path: Path, dtype: torch.dtype
) -> None:
    given = {
        name: value.to(dtype) if value.is_floating_point() else value
        for name, value in foreign.state_dict().items()
    }
    fitted = fit_file(write(tmp_path / "w.pth", given), resnet18_graph(), RGB)
    assert fitted.report.complete
    assert all(
        not v.is_floating_point() or v.dtype == torch.float32 for v in fitted.tensors.values()
    )
    assert any("converted from" in row.note for row in fitted.report.rows)


def test_old_files_lack_a_counter(foreign: nn.Module, tmp_path: Path) -> None:
    given = {k: v for k, v in foreign.state_dict().items() if "num_batches" not in k}
    assert fit_file(write(tmp_path / "w.pth", given), resnet18_graph(), RGB).report.complete


def damaged(own: dict[str, torch.Tensor]) -> dict[str, tuple[dict[str, torch.Tensor], str]]:
    """Row M08: what can be wrong with a file of the model's own names, and how it is told."""
    name = "block3.conv2.weight"
    without = {k: v for k, v in own.items() if k != name}
    nan, inf = own[name].clone(), own[name].clone()
    nan[0, 0, 0, 0], inf[0, 0, 0, 0] = torch.nan, torch.inf
    return {
        "missing": (without, "missing"),
        "extra": (own | {"aux.weight": torch.zeros(3)}, "extra"),
        "shape": (own | {name: torch.zeros(128, 128, 5, 5)}, "shape"),
        "dtype": (own | {name: torch.zeros(own[name].shape, dtype=torch.int32)}, "dtype"),
        "nan": (own | {name: nan}, "not_finite"),
        "infinity": (own | {name: inf}, "not_finite"),
        "overflow": (own | {name: own[name].double() * 1e300}, "not_finite"),
    }


@pytest.mark.parametrize("fault", list(damaged({"block3.conv2.weight": torch.ones(1, 1, 1, 1)})))
def test_m08_a_fault_is_told_and_nothing_half_loaded(tmp_path: Path, fault: str) -> None:
    graph = resnet18_graph()
    own = dict(compile_model(graph, RGB, seed=4).state_dict())
    given, status = damaged(own)[fault]
    path = write(tmp_path / "w.pth", given)
    fitted = fit_file(path, graph, RGB)
    rows = by_status(fitted.report, status)
    assert len(rows) == 1
    assert "block3.conv2.weight" in (rows[0].target, rows[0].source) or status == "extra"
    if status == "extra":
        assert fitted.report.complete
        return
    with pytest.raises(FoveaError) as caught:
        keep(fitted, path, tmp_path)
    assert caught.value.code == "FV-M014"
    assert not (tmp_path / "weights").exists()
    if status == "not_finite":
        with pytest.raises(FoveaError):
            keep(fitted, path, tmp_path, partial=True)


def test_a_layer_is_loaded_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    graph = resnet18_graph()
    own = dict(compile_model(graph, RGB, seed=4).state_dict())
    del own["block3.norm1.bias"]
    fitted = fit_file(write(tmp_path / "w.pth", own), graph, RGB)
    left = {row.target for row in by_status(fitted.report, "left")}
    assert left >= {"block3.norm1.weight", "block3.norm1.running_mean"}
    assert not any(name.startswith("block3.norm1.") for name in fitted.tensors)
    start = keep(fitted, tmp_path / "w.pth", tmp_path, partial=True)
    model = compile_model(graph, RGB, seed=9)
    fresh = {k: v.clone() for k, v in model.state_dict().items()}
    assert put_into(model, read_start(start, tmp_path)) == ("block3",)
    for name, value in model.state_dict().items():
        wanted = fresh if name.startswith("block3.norm1.") else own
        assert torch.equal(value, wanted[name])


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    other = nn.Sequential(nn.Conv2d(3, 7, 5), nn.Flatten(), nn.Linear(7, 3))
    path = write(tmp_path / "w.pth", other.state_dict())
    fitted = fit_file(path, resnet18_graph(), RGB)
    assert fitted.report.refusal
    with pytest.raises(FoveaError, match="does not fit"):
        keep(fitted, path, tmp_path, partial=True)


def test_an_edited_model_takes_what_still_fits(tmp_path: Path, original: Path) -> None:
    graph, frame = resnet18_graph(), Frame(3, 64, 64, 5)
    start = keep(fit_file(original, graph, frame), original, tmp_path)
    assert start.by_node["conv1"] == 9408
    graph = rename_node(graph, "bn1", "first_norm")
    graph = set_layer(graph, "block7", Residual(out_channels=256))
    model = compile_model(graph, frame, seed=1)
    random = put_into(model, read_start(start, tmp_path))
    assert random == ("first_norm", "block7", "scores")


def test_nodes_that_python_calls_otherwise_are_counted_by_their_ids(tmp_path: Path) -> None:
    graph, frame = rename_node(resnet18_graph(), "conv1", "forward"), Frame(3, 64, 64, 1000)
    given = compile_model(graph, frame, seed=3).state_dict()
    assert "forward_.weight" in given
    start = keep(fit_file(write(tmp_path / "w.pth", given), graph, frame), tmp_path / "w", tmp_path)
    assert start.by_node["forward"] == 9408


def test_a_damaged_copy_is_noticed(tmp_path: Path, original: Path) -> None:
    start = keep(fit_file(original, resnet18_graph(), RGB), original, tmp_path)
    path = start.path(tmp_path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    for _ in range(2):
        with pytest.raises(FoveaError) as caught:
            read_start(start, tmp_path)
        assert caught.value.code == "FV-M015"
        path.unlink(missing_ok=True)
