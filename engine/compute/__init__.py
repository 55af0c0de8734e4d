"""Computing with a model: device and arithmetic, images on the device, scores.

Shared by training, evaluation and everything else that runs a model, so that all of them compute
the same numbers. The modules import torch; import them when there is something to compute.
"""
