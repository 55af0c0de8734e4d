"""Does the recommended augmentation help: paired trainings on real images, test accuracy.

Each seed trains twice, without augmentation and with the preset that Fovea recommends; weights,
split and order of the images are the same in both. The images come from the folder of real images
(``FOVEA_TEST_IMAGES``, or ``../shared/data`` beside the repository).
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.augment.pipeline import Pipeline
from engine.augment.safety import NO_ANSWERS, Answers
from engine.augment.text import to_text
from engine.data.manifest import load_manifest
from engine.data.split import TRAIN, split
from engine.evaluate import evaluate
from engine.project.document import Project
from engine.project.new import new_project, recommended
from engine.runs.events import RunFailed, RunStarted
from engine.train import train

TITLE = "Presets: test accuracy with the recommended augmentation against none, paired seeds"
ROOT = Path(__file__).resolve().parents[2]
IMAGES = Path(os.environ.get("FOVEA_TEST_IMAGES", ROOT.parent / "shared" / "data"))


@dataclass(frozen=True)
class Work:
    """A data set: where it is, the side it is read at, and what a person who knows it answers."""

    source: str
    size: int | None
    answers: Answers
    why: str


WORKS = {
    "breastmnist": Work(
        "medmnist/breastmnist.npz",
        None,
        Answers(
            {
                "mirror": False,  # left and right breast show the same lesions
                "upside_down": True,  # the probe is at the top, shadows fall below
                "turn": True,  # a mass that is taller than wide is a sign of malignancy
                "colour": False,
                "brightness": False,  # gain is set by hand
                "size": False,
            }
        ),
        "ultrasound of the breast, 28 px grey, its own split",
    ),
    "pollen_bees": Work(
        "pollen_bees",
        64,
        Answers(
            {
                "mirror": False,  # a bee carries pollen on either side
                "upside_down": True,  # all bees climb up the board
                "turn": False,
                "brightness": False,  # outdoor light
                "size": False,
            }
        ),
        "bees with and without pollen, colour, read at 64 px, split drawn anew by each seed",
    ),
}


def trained(project: Project, folder: Path, device: str | None) -> tuple[float, float, str]:
    """Test accuracy and area under ROC of one training, and where it ran."""
    run = where = ""
    for event in train(project, folder, device=device):
        if isinstance(event, RunStarted):
            run, where = event.run, f"{event.device} ({event.precision})"
        if isinstance(event, RunFailed):
            raise event.error()
    found = evaluate(folder, run, "test", device=device)
    return found.accuracy, math.nan if found.auc is None else found.auc, where


def paired(differences: Sequence[float]) -> str:
    """Mean difference with its 95 % interval by Student's t over the pairs."""
    mean = statistics.fmean(differences)
    if len(differences) < 2:
        return f"{100 * mean:+.2f} points (one pair: no interval)"
    from scipy.stats import t

    spread = statistics.stdev(differences) / math.sqrt(len(differences))
    half = float(t.ppf(0.975, len(differences) - 1)) * spread
    low, high = 100 * (mean - half), 100 * (mean + half)
    return f"{100 * mean:+.2f} points (95 % interval {low:+.2f} to {high:+.2f})"


def arms(project: Project, folder: Path, answers: Answers) -> tuple[Mapping[str, Pipeline], str]:
    """The two pipelines by name, and the reason of the recommendation."""
    manifest = load_manifest(folder, project.data.manifest)
    count = int((split(manifest, project.data) == TRAIN).sum())
    found = recommended(project.with_(answers=answers), count)
    return {"none": Pipeline(), found.preset: found.pipeline}, found.reason


def pairs(
    project: Project, folder: Path, both: Mapping[str, Pipeline], asked: argparse.Namespace
) -> Iterator[list[tuple[float, float]]]:
    """Accuracy and area under ROC of both arms, seed after seed, printed as they come."""
    for seed in range(asked.seeds):
        row = []
        began = time.perf_counter()
        where = ""
        for pipeline in both.values():
            one = project.with_(
                augment=pipeline,
                data=project.data.with_(split_seed=seed),
                training=project.training.with_(seed=seed),
            )
            *scores, where = trained(one, folder, asked.device)
            row.append((scores[0], scores[1]))
        shown = "   ".join(
            f"{name} {accuracy:.4f} (AUC {auc:.4f})"
            for name, (accuracy, auc) in zip(both, row, strict=True)
        )
        taken = time.perf_counter() - began
        print(f"  seed {seed}: {shown}   {taken:.0f} s on {where}", flush=True)
        yield row


def measure(name: str, work: Work, asked: argparse.Namespace) -> None:
    """All pairs of one data set, their means and the mean difference."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / name
        project = new_project(folder, IMAGES / work.source, size=work.size)
        if asked.epochs:
            project = project.with_(training=project.training.with_(epochs=asked.epochs))
        answers = NO_ANSWERS if asked.unanswered else work.answers
        both, reason = arms(project, folder, answers)
        recipe = project.training
        print(f"\n{name}: {work.why}")
        print(f"  answers: {dict(answers) or 'none given'}")
        print(f"  recommended: {list(both)[-1]}. {reason}")
        print("    " + to_text(list(both.values())[-1]).rstrip().replace("\n", "\n    "))
        print(f"  {recipe.epochs} epochs of batches of {recipe.batch_size}, template default")
        rows = list(pairs(project, folder, both, asked))
    for place, arm in enumerate(both):
        accuracies = [row[place][0] for row in rows]
        spread = f", sd {statistics.stdev(accuracies):.4f}" if len(rows) > 1 else ""
        print(f"  mean test accuracy, {arm}: {statistics.fmean(accuracies):.4f}{spread}")
    gains = [row[-1][0] - row[0][0] for row in rows]
    print(f"  recommended against none, n = {len(rows)} seeds: {paired(gains)}")
    aucs = [row[-1][1] - row[0][1] for row in rows]
    print(f"  area under ROC, the same way: {paired(aucs)}")


def main(argv: list[str]) -> None:
    """Trains and prints; ends with a sentence where the real images are not there."""
    parser = argparse.ArgumentParser(prog="tests.bench presets", description=TITLE)
    parser.add_argument("--data", default=",".join(WORKS), help="Data sets, with commas.")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, help="Instead of the recipe's own number.")
    parser.add_argument("--device", help="auto, cpu or cuda.")
    parser.add_argument(
        "--unanswered", action="store_true", help="Recommend before any question was answered."
    )
    asked = parser.parse_args(argv)
    names = asked.data.split(",")
    unknown = [name for name in names if name not in WORKS]
    if unknown:
        parser.error(f"no data set {unknown[0]!r}; known: {', '.join(WORKS)}")
    for name in names:
        if not (IMAGES / WORKS[name].source).exists():
            parser.error(f"{IMAGES / WORKS[name].source} is not there (see FOVEA_TEST_IMAGES)")
        measure(name, WORKS[name], asked)
