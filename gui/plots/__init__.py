"""Curves, confusion matrix and bars: the drawings of numbers, each with readout and saving."""

from gui.plots.bars import Bar, BarChart
from gui.plots.confusion import ConfusionMatrix
from gui.plots.curve_plot import CurvePlot
from gui.plots.linking import link

__all__ = ["Bar", "BarChart", "ConfusionMatrix", "CurvePlot", "link"]
