"""Ranks: one training by several processes of this machine, each with its share of every batch.

``torchrun`` starts the processes; ``launch`` says as what. ``alone`` is what a training by a single
process asks, and answers without torch.distributed; ``group`` answers the same questions by asking
the other processes. ``spread`` averages the gradients (DistributedDataParallel) and what batch norm
learns. The first process alone has the run's folder and speaks (``lead``); the others compute the
same steps in silence (``follow``).
"""
