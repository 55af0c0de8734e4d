"""The command line: one module a subcommand. Nothing here imports torch before it is needed."""
