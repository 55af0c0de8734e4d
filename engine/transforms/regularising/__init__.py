"""Transforms that hide parts of images or mix images: they change what there is to learn from."""
