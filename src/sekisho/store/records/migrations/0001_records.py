"""The tables of records, as they were first made."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = ()

    operations = [
        migrations.CreateModel(
            name="IncidentRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.TextField()),
                ("own_party", models.TextField()),
                ("causes", models.JSONField(default=list)),
                ("legal_character", models.TextField()),
                ("medium", models.TextField()),
                ("known_on", models.DateField()),
                ("known_by", models.TextField(default="")),
                ("first_day", models.DateField(null=True)),
                ("last_day", models.DateField(null=True)),
                ("outline", models.TextField(default="")),
                ("secondary_damage", models.TextField(default="")),
                ("publication", models.TextField(default="")),
                ("response", models.TextField(default="")),
                ("other", models.TextField(default="")),
                ("by_hand", models.JSONField(default=list)),
                ("facts", models.JSONField(default=dict)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("close_reason", models.TextField(default="")),
            ],
            options={
                "db_table": "incident",
            },
        ),
        migrations.CreateModel(
            name="LedgerRow",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.TextField()),
                ("actor", models.TextField()),
                ("action", models.TextField()),
                ("subject", models.TextField(db_index=True)),
                ("content", models.TextField()),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "db_table": "record_ledger",
            },
        ),
        migrations.CreateModel(
            name="FindingsRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                ("row_count", models.BigIntegerField()),
                ("added_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                ("remove_reason", models.TextField(default="")),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.incidentrow"
                    ),
                ),
            ],
            options={
                "db_table": "incident_findings",
            },
        ),
        migrations.CreateModel(
            name="EventRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("text", models.TextField()),
                ("actor", models.TextField(default="")),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.incidentrow"
                    ),
                ),
            ],
            options={
                "db_table": "incident_event",
            },
        ),
        migrations.CreateModel(
            name="EnquiryRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("clerk", models.TextField()),
                ("caller", models.TextField(db_index=True)),
                ("said", models.JSONField(default=list)),
                ("outcome", models.TextField()),
                ("person", models.TextField(default="")),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.incidentrow"
                    ),
                ),
            ],
            options={
                "db_table": "incident_enquiry",
            },
        ),
        migrations.CreateModel(
            name="JudgementRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("actor", models.TextField()),
                ("duty", models.TextField()),
                ("decision", models.TextField()),
                ("reason", models.TextField(default="")),
                ("facts", models.JSONField()),
                ("duties", models.JSONField()),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.incidentrow"
                    ),
                ),
            ],
            options={
                "db_table": "incident_judgement",
            },
        ),
        migrations.CreateModel(
            name="MailingRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField()),
                ("folder", models.TextField()),
                ("made_at", models.DateTimeField()),
                ("letter_count", models.BigIntegerField()),
                ("held_count", models.BigIntegerField()),
                ("print_ledger_sha256", models.CharField(max_length=64)),
                ("letters_sha256", models.CharField(max_length=64)),
                ("last_change", models.TextField(default="")),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.incidentrow"
                    ),
                ),
            ],
            options={
                "db_table": "mailing",
            },
        ),
        migrations.CreateModel(
            name="LetterRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("serial", models.TextField()),
                ("person", models.TextField()),
                ("postal_code", models.TextField(default="")),
                ("number", models.TextField(default="")),
                ("has_bars", models.BooleanField(default=False)),
                ("state", models.TextField()),
                ("since", models.DateField(null=True)),
                ("reason", models.TextField(default="")),
                (
                    "mailing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.mailingrow"
                    ),
                ),
            ],
            options={
                "db_table": "mailing_letter",
            },
        ),
        migrations.CreateModel(
            name="HeldRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person", models.TextField()),
                ("reason", models.TextField()),
                ("detail", models.TextField(default="")),
                (
                    "mailing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.mailingrow"
                    ),
                ),
            ],
            options={
                "db_table": "mailing_held",
            },
        ),
        migrations.CreateModel(
            name="MeasureRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("cause", models.TextField(default="")),
                ("owner", models.TextField(default="")),
                ("due", models.DateField(null=True)),
                ("done_on", models.DateField(null=True)),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.incidentrow"
                    ),
                ),
            ],
            options={
                "db_table": "incident_measure",
            },
        ),
        migrations.CreateModel(
            name="PairRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first", models.TextField()),
                ("second", models.TextField()),
                ("is_same", models.BooleanField()),
                ("reason", models.TextField(default="")),
                ("actor", models.TextField(default="")),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "person_pair",
                "constraints": [models.UniqueConstraint(fields=("first", "second"), name="one_decision_a_pair")],
            },
        ),
        migrations.CreateModel(
            name="ReasonRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("cause", models.TextField(default="")),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.incidentrow"
                    ),
                ),
            ],
            options={
                "db_table": "incident_reason",
            },
        ),
        migrations.CreateModel(
            name="StatementRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField()),
                ("as_of", models.DateField()),
                ("told_to", models.TextField()),
                ("told_on", models.DateField(null=True)),
                ("unit", models.TextField()),
                ("figures", models.JSONField()),
                ("counted_sha256", models.CharField(max_length=64)),
                ("rule_versions", models.JSONField(default=list)),
                ("registry_version", models.TextField(default="")),
                ("made_at", models.DateTimeField()),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.incidentrow"
                    ),
                ),
            ],
            options={
                "db_table": "incident_statement",
            },
        ),
        migrations.CreateModel(
            name="TaskRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField()),
                ("party_id", models.TextField()),
                ("text", models.TextField()),
                ("owner", models.TextField(default="")),
                ("due", models.DateField(null=True)),
                ("done_on", models.DateField(null=True)),
                ("result", models.TextField(default="")),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.incidentrow"
                    ),
                ),
            ],
            options={
                "db_table": "incident_task",
            },
        ),
        migrations.AddConstraint(
            model_name="mailingrow",
            constraint=models.UniqueConstraint(fields=("incident", "number"), name="one_mailing_a_number"),
        ),
        migrations.AddConstraint(
            model_name="letterrow",
            constraint=models.UniqueConstraint(fields=("mailing", "serial"), name="one_letter_a_serial"),
        ),
        migrations.AddConstraint(
            model_name="statementrow",
            constraint=models.UniqueConstraint(fields=("incident", "number"), name="one_statement_a_number"),
        ),
    ]
