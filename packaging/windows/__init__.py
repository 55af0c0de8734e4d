"""The packages for Windows: recipe, runtime, the installer and its parts."""
