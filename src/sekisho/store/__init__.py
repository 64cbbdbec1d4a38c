"""The workspace: a folder with its settings, its operational database and what was loaded into it."""

from sekisho.store.workspace import Workspace

__all__ = ["Workspace"]
