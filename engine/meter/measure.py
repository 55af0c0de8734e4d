"""Measuring a project's cards, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import FoveaError
from engine.meter.cache import WHOLE, load_reading, measured, store, title_of
from engine.meter.records import OwnModel, Reading
from engine.project.document import Project
from engine.transforms.base import ImageFacts

if TYPE_CHECKING:
    import numpy as np

    from engine.meter.compare import Comparer
    from engine.meter.subset import Pool

__all__ = ["measure"]

FEWEST_IMAGES = 24
"""Twelve in each half: with fewer, batches and intervals mean nothing."""

Progress = Callable[[int, int, str], None]


def measure(
    project: Project,
    project_dir: Path,
    *,
    cards: Sequence[str] | None = None,
    whole: bool = True,
    seed: int = 0,
    fresh: bool = False,
    progress: Progress | None = None,
) -> Iterator[Reading]:
    """What each card, and then the whole pipeline, does to a model: a reading as each is ready.

    Small models are trained without augmentation once, then with each card alone and last with all
    of them (see :mod:`engine.meter.verdict` for how they are judged). Training and validation
    images are used, never test images. Readings that were kept from before and still hold come at
    once; new ones are kept.

    Args:
        cards: ids of cards, switched off ones too; ``None`` for all that can act.
        whole: whether the whole pipeline is measured, where it has cards that can act.
        seed: of the choice of images, the trainings and the draws; the same seed on the same
            machine gives the same reading.
        fresh: measure anew what is kept.
        progress: told the percentage of the whole work, and what goes on; may raise Cancelled.

    Closing the generator ends the work; what was ready is kept. Raises FoveaError: FV-H003 for an
    id that is not there, FV-T007 for settings that cannot work on these images, FV-T008 for too few
    images, and what opening the data raises.
    """
    ids = list(cards if cards is not None else (card.id for card in project.augment.active))
    ids = [project.augment.card(id).id for id in dict.fromkeys(ids)]
    if whole and project.augment.active:
        ids.append(WHOLE)
    known = {} if fresh else {id: load_reading(project, project_dir, id, seed) for id in ids}
    work = _Work(project, Path(project_dir), seed, progress)
    work.stages = 1 + sum(known.get(id) is None for id in ids)
    for id in ids:
        kept = known.get(id) or (None if fresh else load_reading(project, project_dir, id, seed))
        yield work.read(id) if kept is None else work.renew(kept)


class _Work:
    """What is opened and trained when the first reading is not there yet."""

    def __init__(
        self, project: Project, project_dir: Path, seed: int, progress: Progress | None
    ) -> None:
        self._project, self._dir, self._seed = project, project_dir, seed
        self._progress = progress
        self._comparer: Comparer | None = None
        self._pool: Pool | None = None
        self.stages = 1
        self._stage = 0
        self._steps = 0
        self._per_stage = 1
        self._text = ""

    def read(self, card: str) -> Reading:
        """Measures one card and keeps the reading."""
        _refuse_misfits(self._project, card)
        comparer = self._open()
        title = title_of(self._project.augment, card)
        self._begin(f"Measuring {title}" if card == WHOLE else f"Measuring “{title}”")
        pipeline = measured(self._project.augment, card)
        reading = comparer.read(card, title, pipeline, self._tell)
        reading = replace(reading, own=self._ask(card))
        store(self._project, self._dir, reading, self._seed)
        return reading

    def renew(self, kept: Reading) -> Reading:
        """A kept reading with the answer of the run that fits by now: runs come and go.

        Without one where the images cannot be opened: the reading itself needs them no more.
        """
        from engine.meter.fitting import fitting_run

        run = fitting_run(self._project, self._dir, kept.card)
        if run == ("" if kept.own is None else kept.own.run):
            return kept
        self._text = "Asking the youngest run that fits"
        try:
            reading = replace(kept, own=None if not run else self._ask(kept.card))
        except FoveaError:
            return replace(kept, own=None)
        if reading != kept:
            store(self._project, self._dir, reading, self._seed)
        return reading

    def _ask(self, card: str) -> OwnModel | None:
        from engine.compute.device import use_threads
        from engine.meter.own import ask_own_model

        use_threads(None)
        pipeline = measured(self._project.augment, card)
        return ask_own_model(self._project, self._dir, card, pipeline, self._images(), self._tell)

    def _images(self) -> Pool:
        from engine.meter.subset import open_pool

        if self._pool is None:
            self._pool = open_pool(
                self._project, self._dir, seed=self._seed, progress=self._progress
            )
        return self._pool

    def _open(self) -> Comparer:
        from engine.compute.device import choose_device, use_threads
        from engine.meter.compare import Comparer
        from engine.meter.runs import Runner

        if self._comparer is None:
            use_threads(None)
            pool = self._images()
            _refuse_few(pool.folds)
            device = choose_device(self._project.training.device)
            runner = Runner(pool, device, self._seed)
            self._per_stage = runner.steps
            self._text = "Training without augmentation"
            self._comparer = Comparer(runner, self._tell)
        return self._comparer

    def _begin(self, text: str) -> None:
        self._stage += 1
        self._steps = 0
        self._text = text

    def _tell(self, steps: int) -> None:
        self._steps = min(self._steps + steps, self._per_stage)
        if self._progress is not None:
            share = (self._stage + self._steps / self._per_stage) / self.stages
            self._progress(min(100, int(100 * share)), 100, self._text)


def _refuse_misfits(project: Project, card: str) -> None:
    side = project.data.size
    images = ImageFacts(project.data.channel_count, side, side)
    for one in measured(project.augment, card).cards:
        for misfit in one.transform.misfits(images):
            raise FoveaError(
                "FV-T007",
                f"“{one.transform.title}” cannot be measured on these images.",
                where=f"augment.{one.id}.{misfit.field}".rstrip("."),
                why=misfit.message,
                kept="Nothing was changed.",
                fix=misfit.fix,
            )


def _refuse_few(folds: np.ndarray) -> None:
    half = min(int((folds == fold).sum()) for fold in (0, 1))
    if 2 * half < FEWEST_IMAGES:
        raise FoveaError(
            "FV-T008",
            "There are too few images to measure an augmentation.",
            where="data",
            why=f"Training and validation together hold {len(folds)} images, of which each half "
            f"must have {FEWEST_IMAGES // 2}.",
            kept="Nothing was changed.",
            fix="Add images, or lower the part for the test.",
        )
