"""Augmentation: the pipeline of cards as a document, and the engine that runs it over batches."""
