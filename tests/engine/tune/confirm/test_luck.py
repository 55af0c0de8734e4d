"""Planted studies: the check calls a lucky winner lucky, and a better one better.

Studies, tables, candidates, records and judgements are the real ones; only a training is a draw
from ``quality(settings) + noise``. For more of them see ``python -m tests.bench luck``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.luck import planted, rates

REPEATS = 50


@pytest.mark.slow
def test_a_lucky_winner_is_called_lucky_and_a_better_one_better(tmp_path: Path) -> None:
    """Better by twice the spread between seeds, and no other trial is: the hardest case."""
    study = planted(tmp_path / "p")
    lucky = rates(study, tmp_path / "lucky", REPEATS, margin=0.0)
    better = rates(study, tmp_path / "better", REPEATS, margin=2.0, single=True)
    assert lucky["luck"] >= 0.9 * REPEATS
    assert better["better"] >= 0.8 * REPEATS
