"""``python -m gui`` is ``fovea``."""

import sys

from gui.app import main

sys.exit(main())
