"""Where the program keeps what belongs to the person: settings and logs, as the platform wants."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

__all__ = ["LOG_FILE", "log_folder", "settings_file"]

LOG_FILE = "fovea.log"


def log_folder() -> Path:
    """The folder of logs and of what a crash left; it may not exist yet."""
    return Path(platformdirs.user_log_dir("Fovea", appauthor=False))


def settings_file() -> Path:
    """The window's settings; ``FOVEA_SETTINGS`` names another file."""
    named = os.environ.get("FOVEA_SETTINGS", "")
    if named:
        return Path(named)
    return Path(platformdirs.user_config_dir("Fovea", appauthor=False, roaming=True), "Fovea.ini")
