"""What themes were called and how they were described on any day, and what a merge moved."""

from django.conf import settings
from django.db import models


class ThemeVersion(models.Model):
    """A theme as it stood from ``since`` until its next version."""

    theme = models.ForeignKey("themes.Theme", on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    since = models.DateTimeField()
    reason = models.CharField(max_length=160)
    by_name = models.CharField(max_length=160, blank=True)
    name = models.CharField(max_length=80)
    definition = models.CharField(max_length=300, blank=True)
    phrases = models.JSONField(default=list)
    attribution = models.CharField(max_length=10)
    parent_name = models.CharField(max_length=80, blank=True)
    owner_name = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["theme_id", "number"]
        constraints = [models.UniqueConstraint(fields=["theme", "number"], name="themes_version_once")]

    def __str__(self) -> str:
        return f"{self.name}, version {self.number}"


class ThemeMerge(models.Model):
    """What one merge moved, so that it can be undone: ids of corrections and sub-themes, phrases added."""

    theme = models.ForeignKey("themes.Theme", on_delete=models.CASCADE, related_name="merges")
    into = models.ForeignKey("themes.Theme", on_delete=models.CASCADE, related_name="merges_in")
    parent = models.ForeignKey("themes.Theme", null=True, on_delete=models.SET_NULL, related_name="+")
    corrections = models.JSONField(default=list)
    children = models.JSONField(default=list)
    phrases = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.theme_id} into {self.into_id}"
