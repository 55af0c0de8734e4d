"""The packages for Linux: recipe, runtime, Debian packages, the installer for one user."""
