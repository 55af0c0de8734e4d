"""The engine of Fovea: projects, data, models, training and evaluation, without any user interface.

Everything the window does can be done with this package from Python or with ``python -m engine``.
Importing it is cheap: torch is imported where a network is built or run, and nowhere before.
"""

__version__ = "0.1.0"
