"""The README's pictures: the Train page with live curves, light and dark."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtGui import QImage

from engine.augment.pipeline import Pipeline
from engine.project import store
from engine.train.loop import train
from gui.pages.train.page import TrainPage
from gui.sample_project import create_sample
from tests.screens.__main__ import parse
from tests.screens.projects import lasting, small
from tests.screens.scenes import lay_behind
from tests.screens.studio import THEMES, Studio

_EPOCHS = 24
_SHOWN = 18
_MOST_BYTES = 300_000


def main() -> int:
    """Trains the sample without augmentation, then with it, and takes the second in flight."""
    options = parse()
    folder = create_sample(options.stage)
    loaded = store.load(folder)
    project = lasting(small(loaded.project), _EPOCHS)
    store.save(folder, project, expect_digest=loaded.digest)
    for _ in train(project.with_(augment=Pipeline()), folder):
        pass
    studio = Studio(options.stage, "readme")
    try:
        page = studio.open("train")
        assert isinstance(page, TrainPage)
        lay_behind(page)
        studio.train_until(_SHOWN)
        studio.photograph(options.folder, "window", "")
    finally:
        studio.leave()
    for theme in THEMES:
        shrink(options.folder / f"window-{theme}.png")
    return 0


def shrink(path: Path) -> None:
    """Brings a picture to 256 colours if it is larger than a README should carry."""
    if path.stat().st_size > _MOST_BYTES:
        QImage(str(path)).convertToFormat(QImage.Format.Format_Indexed8).save(str(path))


if __name__ == "__main__":
    sys.exit(main())
