"""Images in: finding them, reading them safely, splitting them, and a cache that training reads."""
