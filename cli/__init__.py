"""The ``centralino`` command, for operators, planners and developers."""
