"""Weight files: read without executing anything, fitted to a model, kept with the project."""
