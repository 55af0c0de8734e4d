"""The training recipe and its defaults."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine.errors import FoveaError
from engine.recipe import Training, default_recipe


def test_json_there_and_back() -> None:
    recipe = Training(epochs=3, early_stopping=2, device="cuda:1")
    assert Training.from_json(recipe.to_json()) == recipe


@pytest.mark.parametrize(
    ("images", "epochs", "batch"),
    [(2, 120, 32), (420, 120, 32), (960, 80, 32), (51_000, 14, 128), (10**7, 14, 128)],
)
def test_the_default_suits_the_number_of_images(images: int, epochs: int, batch: int) -> None:
    recipe = default_recipe(images)
    assert (recipe.epochs, recipe.batch_size) == (epochs, batch)
    assert recipe.keep == "one_se"


@pytest.mark.parametrize("device", ["tpu", "cuda:x", "cuda:-1", "", "CPU"])
def test_an_unknown_device_is_refused(device: str) -> None:
    with pytest.raises(FoveaError) as caught:
        Training(device=device)
    assert caught.value.where == "device"


def test_the_recipe_imports_no_torch() -> None:
    code = "import sys, engine.recipe, engine.train, engine.runs; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
