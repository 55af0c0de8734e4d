"""Optimizers that torch does not have, as ``torch.optim.Optimizer``."""
