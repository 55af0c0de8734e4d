"""The self-test: whether everything that belongs to the program is there and works."""
