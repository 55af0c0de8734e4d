"""Classes in order: measures against scikit-learn, and from training to a kept evaluation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn import metrics as sk

from engine.cli.main import main
from engine.errors import FoveaError
from engine.evaluate import evaluate, load_evaluation
from engine.evaluate.metrics import confusion_matrix, mean_absolute_error, quadratic_kappa
from engine.losses.ordinal import SoftOrdinal
from engine.runs.events import RunFailed, RunFinished
from engine.train import train
from tests.engine.train.tiny_project import make_project


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_measures_equal_scikit_learn(classes: int) -> None:
    random = np.random.default_rng(classes)
    labels = random.integers(0, classes, 200)
    answers = np.clip(labels + random.integers(-1, 2, 200), 0, classes - 1)
    confusion = confusion_matrix(labels, answers, classes)
    assert mean_absolute_error(confusion) == pytest.approx(sk.mean_absolute_error(labels, answers))
    wanted = sk.cohen_kappa_score(labels, answers, weights="quadratic")
    assert quadratic_kappa(confusion) == pytest.approx(wanted)


def test_kappa_is_undefined_where_chance_cannot_miss() -> None:
    assert quadratic_kappa(np.array([[0, 0], [0, 7]])) is None
    assert quadratic_kappa(np.zeros((3, 3), int)) is None
    assert mean_absolute_error(np.zeros((3, 3), int)) == 0


def test_a_loss_for_order_trains_and_the_evaluation_says_how_far_off(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    project = make_project(folder, epochs=2, loss=SoftOrdinal())
    with pytest.raises(FoveaError, match="not ready"):
        list(train(project, folder, threads=1))
    project = project.with_(data=project.data.with_(targets="ordinal"))
    *_, end = train(project, folder, threads=1)
    assert isinstance(end, RunFinished)
    assert not isinstance(end, RunFailed)
    done = CliRunner().invoke(main, ["evaluate", str(folder), "--split", "test", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    found = evaluate(folder, "last", "test")
    off = np.abs(found.labels - found.predictions).mean()
    assert told["targets"] == "ordinal"
    assert told["mean_absolute_error"] == found.mean_absolute_error == pytest.approx(off)
    assert told["quadratic_kappa"] == found.quadratic_kappa
    assert "classes off" in done.stderr
    kept = load_evaluation(folder / "runs" / found.run, "test")
    assert kept is not None
    assert kept.to_json() == found.to_json()


def test_other_projects_have_no_such_measures(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    list(train(make_project(folder, epochs=1), folder, threads=1))
    found = evaluate(folder, "last", "val")
    assert found.quadratic_kappa is None
    assert "quadratic_kappa" not in found.to_json()
