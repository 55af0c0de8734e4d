"""The package for macOS: a bundle Fovea.app and the disk image that carries it."""
