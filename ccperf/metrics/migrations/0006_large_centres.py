"""Sums are kept in the order of their key alone, and observations carry no index that repeats another."""

import django.db.models.deletion
from django.db import migrations, models

COLUMNS = "scope, grain, scope_id, starts_on, metric_id, numerator, denominator, n"


def keep_rows_in_order_of_the_key(apps, schema_editor):
    """SQLite: the key is the table (WITHOUT ROWID), instead of an index beside it."""
    if schema_editor.connection.vendor != "sqlite":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'metrics_rollup'")
        statement = cursor.fetchone()[0]
    schema_editor.execute("DROP TABLE metrics_rollup")
    schema_editor.execute(f"{statement} WITHOUT ROWID")


def name_the_key(apps, schema_editor):
    """PostgreSQL numbered the key, because the former table still had its name."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER INDEX IF EXISTS metrics_rollup_pkey1 RENAME TO metrics_rollup_pkey")


def observation_key(name, target, **options):
    return migrations.AlterField(
        model_name="observation",
        name=name,
        field=models.ForeignKey(
            db_index=False,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="observations",
            to=target,
            **options,
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("metrics", "0005_metric_versions"), ("people", "0001_people")]

    operations = [
        observation_key("metric", "metrics.metricdefinition"),
        observation_key("person", "people.person", blank=True, null=True),
        observation_key("queue", "metrics.queue", blank=True, null=True),
        observation_key("site", "people.site", blank=True, null=True),
        observation_key("team", "people.team", blank=True, null=True),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(
                condition=models.Q(("site__isnull", False)),
                fields=["site"],
                name="metrics_observation_of_site",
            ),
        ),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(
                condition=models.Q(("queue__isnull", False)),
                fields=["queue"],
                name="metrics_observation_of_queue",
            ),
        ),
        migrations.RemoveIndex(model_name="observation", name="metrics_obs_person__13a374_idx"),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(fields=["person", "day", "metric"], name="metrics_obs_person__362492_idx"),
        ),
        migrations.RemoveConstraint(model_name="rollup", name="metrics_rollup_once"),
        migrations.RemoveIndex(model_name="rollup", name="metrics_rol_grain_dd15fc_idx"),
        migrations.RenameModel("Rollup", "FormerRollup"),
        migrations.CreateModel(
            name="Rollup",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "scope",
                        "grain",
                        "scope_id",
                        "starts_on",
                        "metric_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("scope", models.CharField(max_length=12)),
                (
                    "grain",
                    models.CharField(
                        choices=[("day", "Day"), ("week", "Week"), ("month", "Month")], max_length=5
                    ),
                ),
                ("scope_id", models.BigIntegerField(default=0)),
                ("starts_on", models.DateField()),
                (
                    "metric",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rollups",
                        to="metrics.metricdefinition",
                    ),
                ),
                ("numerator", models.FloatField()),
                ("denominator", models.FloatField()),
                ("n", models.BigIntegerField()),
            ],
        ),
        migrations.RunPython(keep_rows_in_order_of_the_key, migrations.RunPython.noop),
        migrations.RunSQL(
            f"INSERT INTO metrics_rollup ({COLUMNS}) SELECT {COLUMNS} FROM metrics_formerrollup",  # noqa: S608
            migrations.RunSQL.noop,
        ),
        migrations.DeleteModel("FormerRollup"),
        migrations.RunPython(name_the_key, migrations.RunPython.noop),
    ]
