"""Every template's code is the template, for small and large, grey and coloured images."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import save_file

from engine.codegen.model import model_code
from engine.compile.module import compile_model
from engine.layers.base import Frame
from engine.templates import TEMPLATES
from tests.engine.codegen.sameness import check, images, ruff

SIDES = (28, 64, 224)
ALL = tuple(TEMPLATES.values())
SMALL = [template.name for template in ALL if template.group != "Classics"]

ALONE = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("engine", "gui", "pydantic", "PySide6"):
            raise ImportError(f"{name} is not there")

sys.meta_path.insert(0, Refuse())
folder, names = sys.argv[1], sys.argv[2:]

import runpy
from pathlib import Path

import torch
from safetensors.torch import load_file

try:
    import engine
except ImportError:
    print("no engine")
torch.set_num_threads(1)
for name in names:
    path = Path(folder, name)
    runpy.run_path(str(path.with_suffix(".py")), run_name="__main__")
    model = runpy.run_path(str(path.with_suffix(".py")))["Model"]()
    model.load_state_dict(load_file(path.with_suffix(".weights")), strict=True)
    model.eval()
    known = load_file(path.with_suffix(".known"))
    with torch.no_grad():
        print(name, torch.equal(model(known["images"]), known["scores"]))
"""


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    "name",
    [pytest.param(t.name, marks=() if t.name in SMALL else pytest.mark.long) for t in ALL],
)
def test_code_of_a_template_is_the_template(name: str, side: int, channels: int) -> None:
    frame = Frame(channels, side, side, 10)
    assert ruff(check(TEMPLATES[name].build(frame), frame)) == ""


@pytest.mark.parametrize("name", [t.name for t in ALL if t.name not in SMALL])
def test_code_of_a_classic_is_the_classic(name: str) -> None:
    """At one size; the others, which take minutes, are run on purpose."""
    frame = Frame(3, 32, 32, 10)
    assert ruff(check(TEMPLATES[name].build(frame), frame)) == ""


@pytest.mark.slow
def test_code_runs_where_fovea_is_not(tmp_path: Path) -> None:
    frame = Frame(3, 64, 64, 7)
    names = (*SMALL, "mobilenet_v3_small", "densenet121", "googlenet")
    for name in names:
        graph = TEMPLATES[name].build(frame)
        model = compile_model(graph, frame, seed=1).eval()
        given = images(frame)
        (tmp_path / f"{name}.py").write_text(model_code(graph, frame), encoding="utf-8")
        save_file(model.state_dict(), tmp_path / f"{name}.weights")
        save_file({"images": given, "scores": model(given).detach()}, tmp_path / f"{name}.known")
    done = subprocess.run(
        [sys.executable, "-I", "-c", ALONE, str(tmp_path), *names],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "no engine"
    assert [line for line in lines if line.endswith("True")] == [f"{n} True" for n in names]
    assert lines.count("torch.Size([2, 7])") == len(names)  # what the file's own example says
