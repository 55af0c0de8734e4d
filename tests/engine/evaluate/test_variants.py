"""Test-time augmentation: which cards take part, and that the average is the average."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from engine.augment.engine import augment
from engine.augment.pipeline import Card, Group, Pipeline
from engine.augment.test_time import evaluation_cards, variants_seed
from engine.cli.main import main
from engine.compile.module import compile_model
from engine.data.dataset import open_dataset
from engine.data.manifest import load_manifest
from engine.errors import FoveaError
from engine.evaluate import Evaluation, evaluate, load_evaluation, scoring
from engine.project.document import Project
from engine.runs.checkpoints import read_checkpoint
from engine.runs.folder import RunFolder
from engine.runs.listing import find_run
from engine.train import train
from engine.transforms.base import TRANSFORMS
from engine.transforms.colour.tone import BrightnessContrast
from engine.transforms.geometry.affine import Rotate
from engine.transforms.geometry.mirror import Flip
from engine.transforms.regularising.mixup import MixUp
from tests.engine.train.tiny_project import make_project

CARDS = Pipeline(
    (
        Card("mixup", MixUp()),
        Card("flip", Flip()),
        Card("tone", BrightnessContrast(), on=False),
        Card("rotate", Rotate(), probability=0.5),
    ),
    fill="wrap",
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project trained for one epoch with flips, turns and mixed images."""
    folder = tmp_path_factory.mktemp("variants") / "p"
    list(train(make_project(folder, epochs=1).with_(augment=CARDS), folder, threads=1))
    return folder


@pytest.fixture(scope="module")
def flipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with flips alone."""
    folder = tmp_path_factory.mktemp("variants") / "p"
    flips = Pipeline((Card("flip", Flip()),))
    list(train(make_project(folder, epochs=1).with_(augment=flips), folder, threads=1))
    return folder


def by_hand(folder: Path, variants: int) -> np.ndarray:
    """The mean of the probabilities, image by image, from the run's files alone."""
    path = find_run(folder, "last").path
    facts, project = RunFolder(path).read(), Project.from_json(RunFolder(path).read_project())
    data = open_dataset(project.data, load_manifest(folder, project.data.manifest), folder)
    kept = read_checkpoint(path / "checkpoints", "best")
    assert kept is not None
    model = compile_model(project.model, project.frame())
    model.load_state_dict({k.removeprefix("model."): v for k, v in kept.tensors.items()})
    model.eval()
    mean, std = (torch.tensor(facts["normalisation"][k]) for k in ("mean", "std"))
    cards = replace(CARDS, cards=(CARDS.cards[1], CARDS.cards[3]))
    found = []
    for row in np.flatnonzero(data.split == 1):
        image, number = torch.from_numpy(np.array(data.images[row : row + 1])), torch.tensor([row])
        seen = [image * data.scale]
        for epoch in range(variants):
            seed = variants_seed(project.training.seed)
            seen.append(augment(cards, image, number, seed=seed, epoch=epoch, scale=data.scale))
        with torch.inference_mode():
            scores = torch.cat([model((one - mean) / std) for one in seen])
        found.append(scores.double().softmax(1).mean(0).numpy())
    return np.array(found)


def same(one: Evaluation, other: Evaluation) -> bool:
    return one.to_json() == other.to_json() and np.array_equal(
        one.probabilities, other.probabilities
    )


@pytest.mark.parametrize("variants", [0, 1, 5])
def test_probabilities_are_the_mean_over_the_image_and_its_variants(
    trained: Path, variants: int
) -> None:
    result = evaluate(trained, "last", "val", variants=variants)
    np.testing.assert_allclose(result.probabilities, by_hand(trained, variants), atol=2e-6)
    assert result.variants == variants
    if variants:
        copies = "1 variant" if variants == 1 else "5 variants"
        said = f"Averaged over each image and {copies} of it, made by: Flip, Rotate."
        assert result.notes == (said,)


def test_no_variants_is_what_it_was_and_variants_change_it(trained: Path) -> None:
    plain = evaluate(trained, "last", "val")
    assert plain.notes == ()
    assert same(plain, evaluate(trained, "last", "val", variants=0))
    averaged = evaluate(trained, "last", "val", variants=4)
    assert not np.array_equal(plain.probabilities, averaged.probabilities)
    assert same(averaged, evaluate(trained, "last", "val", variants=4))


def test_the_kept_evaluation_says_how_it_was_made(trained: Path) -> None:
    averaged = evaluate(trained, "last", "val", variants=3)
    path = find_run(trained, "last").path
    kept = load_evaluation(path, "val")
    assert kept is not None
    assert same(kept, averaged)
    file = path / "evaluation-val.json"
    value = json.loads(file.read_bytes())
    del value["variants"]  # as earlier versions wrote it
    file.write_text(json.dumps(value))
    old = load_evaluation(path, "val")
    assert old is not None
    assert old.variants == 0


def test_variants_of_symmetric_images_change_nothing(
    flipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = scoring._open

    def symmetric(project: Project, folder: Path) -> object:
        data = usual(project, folder)
        half = data.images[..., :4]
        return replace(data, images=np.concatenate([half, half[..., ::-1]], axis=-1))

    assert evaluate(flipped, "last", "val").variants == 0
    different = [evaluate(flipped, "last", "val", variants=n).probabilities for n in (0, 3)]
    assert not np.array_equal(*different)
    monkeypatch.setattr(scoring, "_open", symmetric)
    alike = [evaluate(flipped, "last", "val", variants=n).probabilities for n in (0, 3)]
    assert np.array_equal(*alike)


@pytest.mark.parametrize("pipeline", [Pipeline(), Pipeline((Card("mixup", MixUp()),))])
def test_a_run_without_such_cards_refuses_in_a_sentence(tmp_path: Path, pipeline: Pipeline) -> None:
    folder = tmp_path / "p"
    list(train(make_project(folder, epochs=1).with_(augment=pipeline), folder, threads=1))
    with pytest.raises(FoveaError) as caught:
        evaluate(folder, "last", "val", variants=2)
    assert caught.value.code == "FV-T014"
    assert "no variants" in caught.value.what
    assert load_evaluation(find_run(folder, "last").path, "val") is None
    assert evaluate(folder, "last", "val").n == 15


@pytest.mark.parametrize("variants", [-1, 101])
def test_an_impossible_number_is_refused(trained: Path, variants: int) -> None:
    with pytest.raises(FoveaError) as caught:
        evaluate(trained, "last", "val", variants=variants)
    assert caught.value.code == "FV-H001"


def test_progress_counts_all_looks_at_all_images(trained: Path) -> None:
    told: list[tuple[int, int]] = []
    evaluate(
        trained,
        "last",
        "val",
        variants=2,
        progress=lambda done, total, _text: told.append((done, total)),
    )
    assert told == [(15, 45), (30, 45), (45, 45)]


def test_the_command_line_averages_too(trained: Path) -> None:
    result = CliRunner().invoke(main, ["evaluate", str(trained), "--variants", "2", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["variants"] == 2
    told = CliRunner().invoke(main, ["evaluate", str(trained), "--variants", "2"])
    assert "Averaged over each image and 2 variants" in told.output


def test_only_changes_that_a_camera_makes_take_part() -> None:
    for kind in TRANSFORMS:
        taken = evaluation_cards(Pipeline((Card("card", kind()),))).cards
        assert bool(taken) == (kind.family in ("geometric", "colour", "noise"))


def test_groups_keep_the_cards_that_are_left() -> None:
    cards = (
        Card("flip", Flip(), group="one"),
        Card("mixup", MixUp(), group="one"),
        Card("more", MixUp(), group="two"),
    )
    pipeline = Pipeline(cards, groups=(Group("one"), Group("two")))
    left = evaluation_cards(pipeline)
    assert [card.id for card in left.cards] == ["flip"]
    assert [group.id for group in left.groups] == ["one"]
