"""The chips above a plot share the room that there is."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from gui.plots.legend import Legend, LegendChip


def legend(qtbot: QtBot, *names: str, minor: str = "") -> tuple[Legend, list[LegendChip]]:
    """A legend with a chip for each name, and one more that gives way if it is named."""
    made = Legend()
    qtbot.addWidget(made)
    chips = [LegendChip(name) for name in names]
    chips += [LegendChip(minor, minor=True)] if minor else []
    for chip in chips:
        made.add(chip)
    made.show()
    return made, chips


def test_with_room_every_chip_has_its_whole_name(qtbot: QtBot) -> None:
    made, chips = legend(qtbot, "Training", "Validation", minor="2026-11-27-001")
    made.resize(made.sizeHint())
    assert [chip.width() for chip in chips] == [chip.sizeHint().width() for chip in chips]


def test_where_room_is_short_the_minor_one_gives_way_first(qtbot: QtBot) -> None:
    made, (first, second, minor) = legend(qtbot, "Training", "Validation", minor="2026-11-27-001")
    made.resize(made.sizeHint().width() - 20, 22)
    assert first.width() == first.sizeHint().width()
    assert second.width() == second.sizeHint().width()
    assert minor.width() == minor.sizeHint().width() - 20


def test_equals_share_what_is_left(qtbot: QtBot) -> None:
    made, (short, long, longer) = legend(qtbot, "A", "Validation of all", "Validation of some more")
    least = made.minimumSizeHint().width()
    made.resize(least + 80, 22)
    assert short.width() == short.sizeHint().width()
    assert abs(long.width() - longer.width()) <= 1
    assert short.width() + long.width() + longer.width() == made.width()


def test_where_not_all_can_be_read_none_of_the_long_names_is(qtbot: QtBot) -> None:
    made, chips = legend(qtbot, "Training", "Validation")
    least = made.minimumSizeHint().width()
    made.resize(least + 30, 22)
    assert {chip.width() for chip in chips} == {chips[0].minimumSizeHint().width()}
    made.resize(least + 60, 22)
    assert all(chip.width() > chip.minimumSizeHint().width() for chip in chips)
