"""``python -m engine``: everything that the window does, from a shell."""

from engine.cli.main import main

if __name__ == "__main__":
    main(prog_name="python -m engine")
