"""The Evaluate page: how good a run's model is, and on which images it fails."""
