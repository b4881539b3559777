from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_feedback")]

    operations = [
        migrations.CreateModel(
            name="DayChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("token", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["day", "token"], name="feedback_da_day_b001df_idx")],
            },
        ),
    ]
