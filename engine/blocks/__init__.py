"""Layers that are graphs themselves: one file each."""
