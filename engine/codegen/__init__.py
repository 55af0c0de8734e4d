"""From a graph to PyTorch code that a person reads and that runs without this program."""
