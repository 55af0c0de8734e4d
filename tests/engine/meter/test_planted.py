"""The meter on images of which one knows what harms which class; hit rates are in tests/bench."""

from __future__ import annotations

import pytest

from tests.engine.meter.planted import coloured, digits, mirrored, pipeline_of, reader, sample_cells

pytestmark = pytest.mark.slow

SIDE, PER_CLASS = 16, 30


def test_a_flip_destroys_mirror_images_and_no_other_class() -> None:
    read = reader(mirrored(PER_CLASS, 0, SIDE))
    found = read(pipeline_of("flip", horizontal=True))
    assert found.verdict == "destroys"
    assert found.destroyed == found.harmed == ("left", "right")
    assert "“left”: accuracy " in found.sentence
    assert found.affinity is not None
    assert found.affinity.high < 0.9
    nothing = read(pipeline_of("shift", width=0.001, height=0.001))
    assert nothing.verdict in ("adds_nothing", "harmless")


@pytest.mark.long
def test_a_change_of_hue_destroys_classes_that_differ_by_colour_and_no_other() -> None:
    found = reader(coloured(PER_CLASS, 0, SIDE))(pipeline_of("hue", degrees=180.0))
    assert found.verdict == "destroys"
    assert found.destroyed == found.harmed == ("red", "green")


@pytest.mark.long
def test_a_half_turn_destroys_6_and_9_and_not_8() -> None:
    found = reader(digits(40, 0))(pipeline_of("rotate", degrees=180.0))
    assert found.verdict == "destroys"
    assert found.destroyed == found.harmed == ("6", "9")


@pytest.mark.long
@pytest.mark.timeout(600)
def test_rotation_helps_on_cells_that_have_no_up() -> None:
    found = reader(sample_cells(127, 0))(pipeline_of("rotate", degrees=180.0))
    assert found.verdict == "helps", found.sentence
    assert found.harmed == ()
    assert found.diversity.low > 1
