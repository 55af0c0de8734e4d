"""What a study's trials tell: nine plots, each with readout and saving, and the panel of them."""

from gui.plots.study.panel import StudyPlots

__all__ = ["StudyPlots"]
