"""From a graph to a torch module with a straight-line forward."""
