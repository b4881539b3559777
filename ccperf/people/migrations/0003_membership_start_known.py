"""Memberships learn whether their first day was stated.

Those that began with an employment whose first day nobody stated were placed by the same guess.
"""

from django.db import migrations, models
from django.db.models import Exists, OuterRef

MEANING = "Not so for whoever came with a file that does not say: there the first day seen stands."


def mark_guesses(apps, schema_editor) -> None:
    Employment = apps.get_model("people", "Employment")
    guessed = Employment.objects.filter(
        person=OuterRef("person"), starts_on=OuterRef("starts_on"), start_is_known=False
    )
    apps.get_model("people", "Membership").objects.filter(Exists(guessed)).update(start_is_known=False)


class Migration(migrations.Migration):
    dependencies = [("people", "0002_first_day_known")]

    operations = [
        migrations.AlterField(
            model_name="employment",
            name="start_is_known",
            field=models.BooleanField(default=True, help_text=MEANING, verbose_name="first day is known"),
        ),
        migrations.AddField(
            model_name="membership",
            name="start_is_known",
            field=models.BooleanField(default=True, help_text=MEANING, verbose_name="first day is known"),
        ),
        migrations.RunPython(mark_guesses, migrations.RunPython.noop),
    ]
