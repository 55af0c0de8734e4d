"""Policies: cards that choose among other transforms anew for each image."""
