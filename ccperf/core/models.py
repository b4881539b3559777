"""Rows that belong to no room of the house."""

from django.conf import settings
from django.db import models


class Submission(models.Model):
    """One form that was sent, and where it led: pressing its button twice leads there again."""

    token = models.CharField(max_length=60)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "token"], name="core_submission_once")]

    def __str__(self) -> str:
        return self.address
