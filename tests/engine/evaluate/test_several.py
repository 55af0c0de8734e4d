"""Several classes an image: from a new project over training to a kept evaluation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn import metrics as sk

from engine.augment.pipeline import Card, Pipeline
from engine.cli.main import main
from engine.data.dataset import open_dataset
from engine.data.manifest import load_manifest
from engine.errors import FoveaError
from engine.evaluate import SeveralEvaluation, evaluate, load_evaluation
from engine.evaluate.keeping import save_evaluation
from engine.evaluate.record import Basis
from engine.evaluate.several import assess_several
from engine.losses import LOSSES
from engine.losses.cross_entropy import CrossEntropy
from engine.meter.subset import open_pool
from engine.project.document import Project
from engine.project.new import new_project
from engine.project.store import load
from engine.runs.events import EpochDone, RunFinished
from engine.runs.folder import RunFolder
from engine.train import train
from engine.transforms.regularising.mixup import MixUp
from tests.engine.train.tiny_project import small_graph

NAMES = ("left", "right", "rare")


def source(folder: Path) -> Path:
    """150 images of 8 px with a bright left half, right half, both or none, as a table of marks."""
    from PIL import Image

    draw = np.random.default_rng(5)
    lines = ["path,left,right,rare"]
    folder.mkdir()
    for number in range(150):
        left, right = draw.integers(0, 2, 2)
        rare = int(number % 12 == 0)
        pixels = draw.integers(0, 90, (8, 8))
        pixels[:, :4] += 100 * left
        pixels[:, 4:] += 100 * right
        pixels[:2] += 60 * rare
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number:03d}.png")
        lines.append(f"{number:03d}.png,{left},{right},{rare}")
    (folder / "labels.csv").write_text("\n".join(lines))
    return folder / "labels.csv"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Path]:
    """A new project of them as Fovea makes it, with a small model, and its folder."""
    root = tmp_path_factory.mktemp("several")
    made = new_project(root / "p", source(root / "images"), template="small_cnn")
    made = made.with_(
        model=small_graph(),
        augment=Pipeline(),
        training=made.training.with_(epochs=12, batch_size=8),
    )
    return made, root / "p"


@pytest.fixture(scope="module")
def trained(project: tuple[Project, Path]) -> tuple[SeveralEvaluation, Path]:
    """Its run of twelve epochs, evaluated on the test images."""
    made, folder = project
    *_, end = train(made, folder, threads=1)
    assert isinstance(end, RunFinished)
    assert end.status == "done"
    found = evaluate(folder, end.run, "test")
    assert isinstance(found, SeveralEvaluation)
    return found, folder


def test_a_new_project_asks_for_each_class_alone(project: tuple[Project, Path]) -> None:
    _, folder = project
    made = load(folder).project
    assert made.data.targets == "multi"
    assert made.data.classes == NAMES
    assert made.training.loss.kind == "binary_cross_entropy"
    assert made.training.monitor == "loss"
    manifest = load_manifest(folder, made.data.manifest)
    from engine.project.check import check

    assert not [problem for problem in check(made, manifest) if problem.severity == "error"]


def test_it_learns_what_is_there(trained: tuple[SeveralEvaluation, Path]) -> None:
    found, _ = trained
    assert all(row.auc is not None and row.auc > 0.9 for row in found.per_class[:2])
    assert found.accuracy > 0.8


def basis(classes: tuple[str, ...], probabilities: np.ndarray) -> Basis:
    """An answer that belongs to no run."""
    return Basis(
        run="",
        split="",
        epoch=1,
        classes=classes,
        probabilities=probabilities,
        rows=np.arange(len(probabilities)),
        paths=(),
    )


def test_measures_equal_scikit_learn() -> None:
    draw = np.random.default_rng(3)
    present = (draw.random((80, 3)) < (0.5, 0.3, 0.1)).astype(np.uint8)
    chance = np.clip(0.4 * present + 0.2 + draw.normal(0, 0.25, (80, 3)), 0, 1).round(2)
    told = chance > 0.5
    found = assess_several(basis(NAMES, chance), present)
    assert found.accuracy == pytest.approx((told == present).mean())
    assert found.exact_match == pytest.approx(sk.accuracy_score(present, told))
    assert found.auc == pytest.approx(sk.roc_auc_score(present, chance))
    mean_ap = sk.average_precision_score(present, chance)
    assert found.mean_average_precision == pytest.approx(mean_ap)
    balanced = [sk.balanced_accuracy_score(present[:, k], told[:, k]) for k in range(3)]
    assert found.balanced_accuracy == pytest.approx(np.mean(balanced))
    assert [row.f1 for row in found.per_class] == pytest.approx(
        sk.f1_score(present, told, average=None)
    )
    confusion = sk.multilabel_confusion_matrix(present, told)
    assert (np.array(found.confusion) == confusion).all()
    one = found.of_class(1)
    assert one.confusion == found.confusion[1]
    assert one.auc == pytest.approx(found.per_class[1].auc)
    assert one.classes == ("Not right", "right")


def test_a_class_that_no_image_has_gives_no_auc_and_spoils_no_mean() -> None:
    present, chance = np.array([[1, 0], [0, 0]], np.uint8), np.array([[0.9, 0.2], [0.1, 0.7]])
    found = assess_several(basis(("a", "b"), chance), present)
    assert found.per_class[1].auc is None
    assert (found.auc, found.mean_average_precision) == (1.0, 1.0)
    assert found.exact_match == 0.5


def test_what_is_kept_reads_back_equal(
    trained: tuple[SeveralEvaluation, Path], tmp_path: Path
) -> None:
    found, folder = trained
    run = RunFolder(folder / "runs" / found.run).path
    kept = load_evaluation(run, "test")
    assert isinstance(kept, SeveralEvaluation)
    assert kept.to_json() == found.to_json()
    assert (kept.probabilities == found.probabilities).all()
    from dataclasses import replace

    save_evaluation(tmp_path, replace(found, weights="", present=found.present + 1))
    assert load_evaluation(tmp_path, "test") is None


def test_probabilities_are_each_classes_own(trained: tuple[SeveralEvaluation, Path]) -> None:
    found, folder = trained
    made = load(folder).project
    data = open_dataset(made.data, load_manifest(folder, made.data.manifest), folder)
    assert data.present is not None
    assert (found.present == data.present[found.rows]).all()
    assert not np.allclose(found.probabilities.sum(axis=1), 1)


def test_the_command_tells_the_measures(trained: tuple[SeveralEvaluation, Path]) -> None:
    found, folder = trained
    done = CliRunner().invoke(main, ["evaluate", str(folder), "--run", found.run, "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["targets"] == "multi"
    assert len(told["confusion"]) == len(told["per_class"]) == 3
    assert "exact match" in done.stderr
    assert "average precision" in done.stderr


@pytest.mark.parametrize(
    ("change", "place"),
    [({"loss": CrossEntropy()}, "training.loss"), ({"sampling": "balanced"}, "training.sampling")],
)
def test_what_needs_one_class_an_image_is_refused_in_a_sentence(
    project: tuple[Project, Path], change: dict[str, object], place: str
) -> None:
    made, folder = project
    made = made.with_(training=made.training.with_(**change))
    with pytest.raises(FoveaError) as caught:
        list(train(made, folder, threads=1))
    assert (caught.value.code, caught.value.where) == ("FV-T007", place)


@pytest.mark.parametrize("kind", [kind.kind for kind in LOSSES if "multi" in kind.suits])
def test_every_loss_for_several_learns_also_from_mixed_images(
    project: tuple[Project, Path], kind: str
) -> None:
    made, folder = project
    recipe = made.training.with_(loss=LOSSES.get(kind)(), epochs=4)
    mixed = Pipeline((Card("mixup", MixUp(), probability=0.5),))
    events = list(train(made.with_(training=recipe, augment=mixed), folder, threads=1))
    done = [event for event in events if isinstance(event, EpochDone)]
    assert done[-1].train_loss < done[0].train_loss
    assert 0 < done[-1].train_accuracy <= 1


def test_the_meter_says_that_it_cannot_measure(project: tuple[Project, Path]) -> None:
    made, folder = project
    with pytest.raises(FoveaError, match="several classes"):
        open_pool(made, folder, seed=0)


def test_the_picture_of_a_batch_names_all_classes(
    project: tuple[Project, Path], tmp_path: Path
) -> None:
    _, folder = project
    for more in ([], ["--batch", "1"], ["--class", "rare"]):
        out = str(tmp_path / "seen.png")
        done = CliRunner().invoke(main, ["augment", "preview", str(folder), out, "--json", *more])
        assert done.exit_code == 0, done.output
        images = json.loads(done.stdout)["images"]
        known = {"none of the classes", *NAMES}
        assert all(set(fact["class"].split(", ")) <= known for fact in images)
