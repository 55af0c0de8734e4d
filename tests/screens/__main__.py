"""Writes the pictures: ``python -m tests.screens DIR [--only SUBSTRING] [--readme]``.

Every scene gives ``NAME-light.png``, ``NAME-dark.png`` at 1280 x 720 and ``...@2x.png`` at 200 %.
Qt takes its scale when it starts, so each scale is a process of its own; both use the same
projects, which are made and trained once before.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCALES = (1, 2)


def main() -> int:
    """Makes the projects, then draws at each scale; the exit code is 1 when a scene failed."""
    options = parse()
    if options.stage is not None:
        from tests.screens.studio import draw_all

        return draw_all(options.folder, options.stage, options.only, options.scale)
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fovea-screens-") as place:
        stage = Path(place)
        if options.readme:
            return child(options.folder, stage, options.only, 1, readme=True)
        from tests.screens.projects import prepare

        prepare(stage)
        codes = [child(options.folder, stage, options.only, scale) for scale in SCALES]
    return max(codes)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.screens", description=__doc__)
    parser.add_argument(
        "folder", type=Path, nargs="?", default=ROOT / "resources" / "pictures", metavar="DIR"
    )
    parser.add_argument("--only", default="", help="only scenes with this in their names")
    parser.add_argument(
        "--readme", action="store_true", help="instead the README's pictures (DIR may be left out)"
    )
    parser.add_argument("--stage", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--scale", type=int, default=1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.folder = options.folder.absolute()
    return options


def child(folder: Path, stage: Path, only: str, scale: int, *, readme: bool = False) -> int:
    """Draws at one scale in a process of its own, without a display."""
    surroundings = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "QT_SCALE_FACTOR": str(scale),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2"),
    }
    module = "tests.screens.readme" if readme else "tests.screens"
    words = [sys.executable, "-m", module, str(folder), "--stage", str(stage)]
    words += ["--only", only, "--scale", str(scale)]
    return subprocess.run(words, cwd=ROOT, env=surroundings, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
