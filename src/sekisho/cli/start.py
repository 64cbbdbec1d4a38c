"""Where the ``sekisho`` command begins: before anything big is imported, so that Ctrl-C is quiet from the start."""

import sys

INTERRUPTED = 130


def run() -> None:
    """Run the command line."""
    try:
        from sekisho.cli import main  # noqa: PLC0415  (the import is what takes the time)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    main.run()
