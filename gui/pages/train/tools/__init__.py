"""The tools around a training: learning rate test, batch sizes, dry run, estimate.

:class:`~gui.pages.train.tools.tools.TrainTools` is what the page holds.
"""
