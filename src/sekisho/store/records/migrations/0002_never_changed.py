"""The ledger, what was told (statements) and what was judged never change: the database itself refuses it."""

from typing import Any

from django.db import migrations

TABLES = ("record_ledger", "incident_statement", "incident_judgement")
_SAID = "this table is only ever added to"


def make(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"create function never_changed() returns trigger language plpgsql as "
            f"$$ begin raise exception '{_SAID}'; end $$"
        )
    for table in TABLES:
        for event in ("update", "delete"):
            if schema_editor.connection.vendor == "postgresql":
                statement = (
                    f"create trigger {table}_no_{event} before {event} on {table} "
                    "for each statement execute function never_changed()"
                )
            else:
                statement = (
                    f"create trigger {table}_no_{event} before {event} on {table} "
                    f"begin select raise(abort, '{_SAID}'); end"
                )
            schema_editor.execute(statement)


def remove(apps: Any, schema_editor: Any) -> None:
    for table in TABLES:
        for event in ("update", "delete"):
            on = f" on {table}" if schema_editor.connection.vendor == "postgresql" else ""
            schema_editor.execute(f"drop trigger {table}_no_{event}{on}")
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("drop function never_changed()")


class Migration(migrations.Migration):
    dependencies = (("records", "0001_records"),)
    operations = (migrations.RunPython(make, remove),)
