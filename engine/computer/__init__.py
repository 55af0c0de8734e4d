"""This computer: its graphics cards and processor, how fast they train, and why one is not used."""
