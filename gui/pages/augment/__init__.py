"""The Augment page: what changes the training images, and exactly what training will see."""
