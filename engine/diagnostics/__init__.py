"""Diagnostics: what helps to find a fault, without images and without anybody's names."""
