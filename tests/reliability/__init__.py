"""The figures of reliability that concern training: ``python -m tests.reliability NAME``."""
