"""Colour cards: what changes the values of pixels and leaves them where they are."""
