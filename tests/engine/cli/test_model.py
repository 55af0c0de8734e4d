"""``python -m engine model``: a project's model from an ONNX file."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result
from safetensors.numpy import load_file

from engine.cli.main import main
from engine.compile.module import compile_model
from engine.project import store
from engine.weights.keeping import read_start
from tests.engine.onnx_import.samples import model, node
from tests.engine.onnx_import.test_hostile import CONSTANTS, PLAIN
from tests.engine.project.examples import example_project


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["model", *(str(argument) for argument in arguments)])


def test_a_model_comes_from_a_file_with_its_weights(tmp_path: Path) -> None:
    store.create(tmp_path, example_project())
    source, weights = tmp_path / "net.onnx", tmp_path / "start.safetensors"
    source.write_bytes(model(PLAIN, CONSTANTS).SerializeToString())
    result = run(tmp_path, "--from", source, "--weights", weights, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["event"] == "model_imported"
    assert told["weights_file"] == str(weights)
    project = store.load(tmp_path).project
    assert [n.layer.kind for n in project.model.nodes] == [
        "input",
        "conv2d",
        "relu",
        "global_avg_pool",
        "output",
    ]
    names = compile_model(project.model, project.frame()).state_dict()
    assert set(load_file(weights)) <= set(names)
    assert "note:" in result.stderr
    kept = read_start(project.start, tmp_path)
    conv = f"{project.model.nodes[1].id}.weight"
    assert (kept[conv].numpy() == load_file(weights)[conv]).all(), "training starts from them"
    assert "Training starts from its weights" in result.stderr


def test_a_file_that_cannot_be_mapped_changes_nothing(tmp_path: Path) -> None:
    store.create(tmp_path, example_project())
    before = store.load(tmp_path).project
    source, weights = tmp_path / "net.onnx", tmp_path / "start.safetensors"
    source.write_bytes(model([node("Det", "x", "y")]).SerializeToString())
    result = run(tmp_path, "--from", source, "--weights", weights, "--json")
    assert result.exit_code == 1
    assert "Det (/net/y/Det)" in result.stderr
    assert json.loads(result.stdout)["code"] == "FV-M041"
    assert store.load(tmp_path).project == before
    assert not weights.exists()
