"""Confusion matrix and bar chart: reading, clicking, keys, saving."""

import pytest
from PySide6.QtCore import Qt

from gui.plots import Bar, BarChart, ConfusionMatrix

COUNTS = [[8, 2, 0], [1, 9, 0], [0, 0, 0]]
NAMES = ["round", "oval", "a class with a very long name"]


@pytest.fixture
def matrix(qtbot):
    made = ConfusionMatrix()
    qtbot.addWidget(made)
    made.set_matrix(COUNTS, NAMES)
    made.resize(420, 420)
    made.show()
    return made


def test_a_click_says_true_and_predicted(matrix, qtbot):
    with qtbot.waitSignal(matrix.cell_clicked) as told:
        at = matrix.cell_rect((0, 1)).center().toPoint()
        qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=at)
    assert told.args == [(0, 1)]


def test_keys_walk_and_enter_opens(matrix, qtbot):
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right):
        qtbot.keyClick(matrix, key)
    with qtbot.waitSignal(matrix.cell_clicked) as told:
        qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert told.args == [(1, 2)]
    assert "taken for" in matrix.accessibleDescription()


def test_readings_are_words(matrix):
    assert matrix.reading((0, 1)) == "round: 2 of 10 taken for oval (20.0\u202f%)"
    assert matrix.reading((2, 2)).endswith("0 of 0 correct (none)")


def test_the_matrix_saves_its_counts(matrix, tmp_path):
    matrix.save(tmp_path / "m.csv")
    lines = (tmp_path / "m.csv").read_text().splitlines()
    assert lines[1] == "round,8,2,0"
    matrix.save(tmp_path / "m.svg")
    assert b"<svg" in (tmp_path / "m.svg").read_bytes()


def test_a_matrix_that_is_not_square_is_refused(matrix):
    with pytest.raises(ValueError, match="3 classes"):
        matrix.set_matrix([[1, 2], [3, 4]], NAMES)


def test_a_hundred_classes_fit_in_a_bounded_widget(qtbot):
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    matrix.set_matrix([[0] * 100 for _ in range(100)], [f"class {i}" for i in range(100)])
    assert matrix.minimumWidth() < 1700
    matrix.grab()


def test_bars_click_keys_and_csv(qtbot):
    chart = BarChart()
    qtbot.addWidget(chart)
    chart.set_bars(
        [Bar("round", (70, 15, 15)), Bar("oval", (7, 2, 1), 1)], ("train", "val", "test")
    )
    chart.show()
    with qtbot.waitSignal(chart.bar_clicked) as told:
        at = chart.row_rect(1).center().toPoint()
        qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=at)
    assert told.args == [1]
    qtbot.keyClick(chart, Qt.Key.Key_Up)
    assert chart.accessibleDescription() == "round: 100 (70 train, 15 val, 15 test)"
    assert chart.csv().splitlines()[2] == "oval,7,2,1"
    with pytest.raises(ValueError, match="counts"):
        chart.set_bars([Bar("round", (1,))], ("train", "val"))
