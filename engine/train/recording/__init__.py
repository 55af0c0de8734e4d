"""A whole update recorded as a CUDA graph, which a card repeats without the processor.

From normalising the images to the meter's numbers nothing is left to launch one by one: forward,
loss, backward, penalties, clipping, the guard, the optimizer and the limit on norms. What changes
from step to step lies in memory that stays where it is and is filled before each repetition: the
batch, the learning rate (a tensor for the optimizer), and the seed that dropout draws from.

A recording proves itself before it is used (:mod:`engine.train.recording.proof`): from the same
state some repeated updates must leave what as many usual ones leave. Where it cannot be made, or
leaves anything else, the run says why and trains the usual way.

The usual way is also taken for what a recording was not made for: a smaller last batch, a step that
somebody looks into, a layer in another mode. And for whole runs that accumulate gradients, look for
flat minima (SAM), let the head begin alone, change the size of images, or train in several
processes; and for optimizers that ask the processor for something in a step, see
``Optimizer.recordable``.

The tests on a processor use a stand-in that repeats torch's operations on the same memory
(``tests/engine/train/recording/tape.py``); those on a card are marked ``gpu``.

The making of a batch, augmentation and mixing, is recorded too, apart from the update: all that it
draws follows from the images' numbers and the epoch (:mod:`engine.train.recording.batches`).
"""
