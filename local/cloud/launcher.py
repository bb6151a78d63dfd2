"""Runs the emulator inside its own virtual environment: `python -m local.cloud.launcher`.

Decides nothing about addresses or places: those come from the environment that
`local.cloud.cloud` builds. Applies the patches, then hands over to the emulator's own entry
point. Imports nothing but the standard library, the emulator and `local.cloud.patches`,
because the project's packages are not installed here.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import threading

WITH_PARENT = "--with-parent"
DISCARD = "--discard"


def _end_with_parent(orphaned: threading.Event) -> None:
    """Stop when standard input closes.

    A test run that is killed cannot clean up; the pipe it held closes with it.
    """

    def wait() -> None:
        while os.read(0, 1024):
            pass
        orphaned.set()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="parent-watch").start()


def main() -> None:
    """Patch the emulator and run it until it is told to stop."""
    parser = argparse.ArgumentParser(prog="local.cloud.launcher", description=__doc__)
    parser.add_argument(WITH_PARENT, action="store_true", help="stop when standard input closes")
    parser.add_argument(DISCARD, metavar="DIRECTORY", help="what nobody else will remove")
    options = parser.parse_args()
    # The emulator reads the command line too.
    del sys.argv[1:]
    orphaned = threading.Event()
    if options.with_parent:
        _end_with_parent(orphaned)

    from local.cloud import patches

    patches.require_release()
    patches.apply_all()

    from ministack.app import main as serve

    try:
        serve()
    finally:
        # While the starter lives it reads the log, and tries again in the same directory.
        if options.discard and orphaned.is_set():
            shutil.rmtree(options.discard, ignore_errors=True)


if __name__ == "__main__":
    main()
