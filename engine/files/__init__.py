"""Safe writing, hashing and strict reading of small files."""
