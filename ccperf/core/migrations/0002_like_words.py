"""PostgreSQL compares words by shared groups of three letters; SQLite gets the same from the program."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0001_submission")]

    operations = [TrigramExtension()]
