"""The Tune page: what the tuner may choose, the plan of a search, and its trials."""
