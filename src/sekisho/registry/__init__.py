"""Who is who, dated: the tables of the registry, read, checked and loaded."""

from sekisho.registry.headers import HeaderMap
from sekisho.registry.registry import Registry, read_registry
from sekisho.registry.report import LoadReport

__all__ = ["HeaderMap", "LoadReport", "Registry", "read_registry"]
