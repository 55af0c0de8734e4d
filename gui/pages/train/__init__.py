"""The Train page: the recipe, the live curves, and the history of runs."""
