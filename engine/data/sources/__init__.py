"""The layouts in which images come: class folders, tables, arrays."""
