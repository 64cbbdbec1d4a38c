"""``python -m sekisho`` is the same as the ``sekisho`` command."""

from sekisho.cli.start import run

if __name__ == "__main__":
    run()
