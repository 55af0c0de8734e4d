"""Noise, blur and loss of resolution: what cameras, lenses and files do to an image."""
