"""The project document: its value, its edits by address, and its folder on disk."""
