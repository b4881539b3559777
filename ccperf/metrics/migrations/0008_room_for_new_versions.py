"""PostgreSQL: half of each page of sums stays free, so that a changed sum finds room beside its former one."""

from django.db import migrations


def leave_room(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE metrics_rollup SET (fillfactor = 50)")


class Migration(migrations.Migration):
    dependencies = [("metrics", "0007_saved_views")]

    operations = [migrations.RunPython(leave_room, migrations.RunPython.noop)]
