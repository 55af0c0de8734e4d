"""``augment preview``: what training sees, as a picture."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from engine.cli.opening import folder_argument, open_project
from engine.cli.output import Output, json_option, pass_output
from engine.errors import FoveaError, suggest
from engine.numbers import percent
from engine.project.document import Project

if TYPE_CHECKING:
    from engine.augment.preview import Preview
    from engine.data.dataset import Dataset

__all__ = ["preview"]

_CELL = 96  # smaller images are enlarged by whole factors to at least so many pixels
_GAP = 4
_GROUND = 128
_WIDEST = 8


@click.command(
    short_help="Save what training sees as a picture.",
    epilog="Example: python -m engine augment preview cells seen.png --class round --count 23",
)
@folder_argument
@click.argument("out_file", metavar="OUT.png", type=click.Path(path_type=Path))
@click.option("--class", "name", metavar="C", help="An image of this class; else of the first.")
@click.option(
    "--image",
    "number",
    metavar="N",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="The N-th training image of the class.",
)
@click.option(
    "--count",
    metavar="K",
    type=click.IntRange(1, 1000),
    default=23,
    show_default=True,
    help="How many epochs of the image to show after the original.",
)
@click.option(
    "--epoch",
    metavar="E",
    type=click.IntRange(1, 1_000_000),
    default=1,
    show_default=True,
    help="The first epoch to show.",
)
@click.option("--batch", metavar="B", type=click.IntRange(1), help="Show the epoch's B-th batch.")
@json_option
@pass_output
def preview(
    out: Output,
    folder: Path,
    out_file: Path,
    name: str | None,
    number: int,
    count: int,
    epoch: int,
    batch: int | None,
) -> None:
    """Save a contact sheet of training images of the project DIR, made by the training's own code.

    Without --batch: one image, first the original, then as each epoch sees it. With --batch: the
    images of one training batch in their order. Images that are mixed with others are listed with
    both classes and the share of each. OUT.png is replaced when it is there.
    """
    if out_file.suffix.lower() != ".png":
        raise click.UsageError("The picture's name must end in .png.")
    project, folder = open_project(folder, out)
    data = _opened(project, folder, out)
    made = _made(project, data, name, number, count, epoch, batch)
    images = made.images
    if batch is None:
        original = data.images[made.rows[:1]].astype(np.float32) * np.float32(data.scale)
        images = np.concatenate([original, images])
    _save(_sheet(images), out_file)
    facts = [_facts(data, made, place) for place in range(len(made.rows))]
    out.result({"picture": str(out_file.absolute()), "epoch": epoch, "images": facts})
    _tell(out, out_file, facts, epoch, batch)


def _opened(project: Project, folder: Path, out: Output) -> Dataset:
    from engine.data.dataset import open_dataset
    from engine.data.manifest import load_manifest

    manifest = load_manifest(folder, project.data.manifest)
    return open_dataset(project.data, manifest, folder, progress=out.progress)


class _Source:
    """An open data set as a preview wants it."""

    def __init__(self, data: Dataset) -> None:
        several = data.present is not None
        self.labels = np.arange(len(data.labels)) if several else data.labels
        self.train_rows = (data.split == 0).nonzero()[0]
        self.scale = data.scale
        self._images = data.images

    def pixels(self, rows: np.ndarray) -> np.ndarray:
        """The images of these rows."""
        return np.asarray(self._images[rows])


def _made(
    project: Project,
    data: Dataset,
    name: str | None,
    number: int,
    count: int,
    epoch: int,
    batch: int | None,
) -> Preview:
    from engine.augment.preview import preview_batch, preview_image

    source = _Source(data)
    seed = project.training.seed
    sampling = project.training.sampling if data.present is None else "natural"
    if batch is not None:
        size = project.training.batch_size
        return preview_batch(
            project.augment,
            source,
            seed=seed,
            epoch=epoch - 1,
            index=batch - 1,
            batch_size=size,
            sampling=sampling,
        )
    row = _row(data, source.train_rows, name, number)
    epochs = range(epoch - 1, epoch - 1 + count)
    return preview_image(project.augment, source, row, seed=seed, epochs=epochs, sampling=sampling)


def _row(data: Dataset, train_rows: np.ndarray, name: str | None, number: int) -> int:
    name = data.classes[0] if name is None else name
    if name not in data.classes:
        raise FoveaError(
            "FV-H003",
            f"There is no class “{name:.80}”.",
            where="--class",
            why="The project has no class of this name.",
            fix=suggest(name[:80], data.classes),
        )
    label = data.classes.index(name)
    has = data.labels == label if data.present is None else data.present[:, label] == 1
    rows = train_rows[has[train_rows]]
    if number > len(rows):
        raise FoveaError(
            "FV-H003",
            f"There is no training image {number:,} of “{name:.80}”.",
            where="--image",
            why=f"The class has {len(rows):,} training images.",
            fix="Choose a smaller number.",
        )
    return int(rows[number - 1])


def _sheet(images: np.ndarray) -> np.ndarray:
    """uint8 ``[height, width, 3]``: the images ``[n, C, H, W]`` in rows, on grey."""
    levels = (np.clip(images, 0, 1) * 255 + 0.5).astype(np.uint8).transpose(0, 2, 3, 1)
    levels = np.repeat(levels[..., :1], 3, axis=3) if levels.shape[3] != 3 else levels
    factor = max(1, math.ceil(_CELL / max(levels.shape[1:3])))
    levels = levels.repeat(factor, axis=1).repeat(factor, axis=2)
    columns = min(_WIDEST, math.ceil(math.sqrt(1.5 * len(levels))))
    height, width = (side + _GAP for side in levels.shape[1:3])
    lines = math.ceil(len(levels) / columns)
    sheet = np.full((lines * height + _GAP, columns * width + _GAP, 3), _GROUND, np.uint8)
    for place, image in enumerate(levels):
        top, left = (place // columns) * height + _GAP, (place % columns) * width + _GAP
        sheet[top : top + image.shape[0], left : left + image.shape[1]] = image
    return sheet


def _save(sheet: np.ndarray, out_file: Path) -> None:
    from PIL import Image

    from engine.files.atomic import write_bytes

    held = io.BytesIO()
    Image.fromarray(sheet).save(held, format="PNG")
    write_bytes(out_file.absolute(), held.getvalue())


def _facts(data: Dataset, made: Preview, place: int) -> dict[str, Any]:
    other = int(made.other[place])
    return {
        "image": data.paths[int(made.rows[place])],
        "class": _named(data, int(made.own[place])),
        "share": float(made.share[place]),
        "other": _named(data, other) if other >= 0 else None,
    }


def _named(data: Dataset, label: int) -> str:
    """The class of a label; where images can have several, all classes of the row."""
    if data.present is None:
        return data.classes[label]
    own = (data.classes[k] for k in data.present[label].nonzero()[0])
    return ", ".join(own) or "none of the classes"


def _tell(
    out: Output, out_file: Path, facts: list[dict[str, Any]], epoch: int, batch: int | None
) -> None:
    if batch is None:
        last = epoch + len(facts) - 1
        out.say(f"{facts[0]['image']} ({facts[0]['class']}): the original, then epochs {epoch} to")
        out.say(f"{last}, line by line, exactly as training sees them: {out_file}")
    else:
        out.say(f"Batch {batch} of epoch {epoch}, {len(facts)} images line by line: {out_file}")
    for place, fact in enumerate(facts, 1):
        if fact["other"] is not None:
            share = fact["share"]
            mix = f"{percent(share, 0)} {fact['class']}, {percent(1 - share, 0)} {fact['other']}"
            out.say(f"  {place}: {mix}")
