"""Tools around a training: what to know before hours of it are spent.

:mod:`~engine.train.tools.lr_test` looks for a learning rate, :mod:`~engine.train.tools.batch_size`
for a batch size, :mod:`~engine.train.tools.dry_run` sends one batch through everything, and
:mod:`~engine.train.tools.estimate` says how long and how large the run will be. Each works on a
copy: neither the project nor its runs are changed. Importing them imports no torch.
"""
