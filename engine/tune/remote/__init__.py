"""Studies that several computers work on, through a database or a server of Optuna's."""
