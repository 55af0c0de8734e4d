"""The tests of Fovea: contracts, units, properties, the window, and the main job end to end."""
