"""``python -m vinculo`` is the ``vinculo`` command."""

from vinculo.cli import main

if __name__ == "__main__":
    main(prog_name="vinculo")
