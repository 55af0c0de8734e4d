"""Searches for better settings: studies of many trials, each a whole run."""
