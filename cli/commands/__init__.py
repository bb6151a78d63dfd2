"""The commands of ``centralino``: one small module each, attached in ``cli.main``.

A module holds a command, or a group of them as a typer application named ``group``. It parses,
makes one call into what does the work, and turns errors into one line and an exit status; it
decides nothing. What does the work is imported inside the command, so that
``centralino --help`` stays quick.
"""
