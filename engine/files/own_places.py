"""Where the program keeps what belongs to the person, as the platform wants: all its places."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

__all__ = ["LOG_FILE", "cache_folder", "log_folder", "settings_file"]

LOG_FILE = "fovea.log"


def cache_folder() -> Path:
    """The folder of what may be deleted between two starts; ``FOVEA_CACHE`` names another.

    It may not exist yet. Once, the working files of searches lay in ``fovea`` beside it. They
    are removed at the end of each search; what a kill has left there is a copy that nobody reads,
    and not ours to delete, since an older program may be at work in it.
    """
    usual = platformdirs.user_cache_dir("Fovea", appauthor=False)
    return Path(os.environ.get("FOVEA_CACHE") or usual)


def log_folder() -> Path:
    """The folder of logs and of what a crash left; it may not exist yet."""
    return Path(platformdirs.user_log_dir("Fovea", appauthor=False))


def settings_file() -> Path:
    """The window's settings; ``FOVEA_SETTINGS`` names another file."""
    named = os.environ.get("FOVEA_SETTINGS", "")
    if named:
        return Path(named)
    return Path(platformdirs.user_config_dir("Fovea", appauthor=False, roaming=True), "Fovea.ini")
