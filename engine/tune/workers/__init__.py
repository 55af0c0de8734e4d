"""Processes that train the trials of one study side by side, told what to do by its coordinator."""
