"""What each ONNX operator becomes: one file for each family, found by ``handlers``."""
