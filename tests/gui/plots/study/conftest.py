"""Plots of a study, shown."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication


@pytest.fixture
def shown(qtbot, looks):
    """``shown(HistoryPlot(), table)`` gives the plot, shown and laid out."""

    def show(plot, table=None):
        qtbot.addWidget(plot)
        plot.resize(720, 420)
        plot.show()
        qtbot.waitExposed(plot)
        if table is not None:
            plot.set_table(table)
        for _ in range(2):  # the axes take their width when they are painted
            plot.grab()
            QApplication.processEvents()
        return plot

    return show
