"""The kinds of augmentation that a card can hold: one declaration each, found by their registry."""
