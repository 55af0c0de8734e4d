"""The window of Fovea: everything a person sees, built on :mod:`engine` and Qt.

Reading order: ``app`` starts it, ``window`` frames it, ``pages`` fill it; ``document`` holds the
project and its undo history, ``runner`` is the only bridge to other threads.
"""
