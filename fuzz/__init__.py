"""Fuzzing of everything that reads what somebody sent (``make fuzz SECONDS=1800``).

Coverage-guided with atheris (libFuzzer) where it is installed, otherwise by a plain mutation loop. ``targets`` says
what is run, ``oracle`` what must hold, ``seeds`` what it begins with, ``mutate`` how containers are changed so that
their checksums still fit, ``one`` runs one target, ``__main__`` runs them all in turn.
"""
