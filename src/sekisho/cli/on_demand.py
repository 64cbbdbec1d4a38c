"""Groups of commands of which only the one that was asked for is imported: a question at the counter should not wait
for compilers, typesetters and readers that it does not need.
"""

import importlib
from collections.abc import Mapping
from typing import Any

import typer
from typer.core import TyperGroup


class OnDemand(TyperGroup):
    """A group whose commands are imported when they are asked for. ``places``: command → ``module:name``."""

    package = ""
    places: Mapping[str, str] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.places)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        place = self.places.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        found = getattr(importlib.import_module(f"{self.package}.{module}"), name)
        if isinstance(found, typer.Typer):
            found._add_completion = False  # the command itself offers it
            command = typer.main.get_command(found)
        else:
            alone = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
            alone.command(cmd_name)(found)
            command = typer.main.get_command(alone)
        command.name = cmd_name
        return command


def on_demand(package: str, places: Mapping[str, str]) -> type[OnDemand]:
    """The class of a group with these commands, in modules of ``package``."""
    return type("Group", (OnDemand,), {"package": package, "places": places})
