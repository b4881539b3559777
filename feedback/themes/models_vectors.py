"""Which kind of vectors comments are compared by."""

from django.db import models

from ccperf.jobs.models import Job


class VectorSwitch(models.Model):
    """One wish to compare by other vectors. The one that finished last rules; before the first, static ones.

    Until its job has made the vectors of all comments anew, those before stay in use.
    """

    class Kind(models.TextChoices):
        STATIC = "static", "Fast: static vectors"
        SENTENCE = "sentence", "Exact: sentence vectors"

    kind = models.CharField(max_length=8, choices=Kind)
    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="vector_switch")
    by_name = models.CharField(max_length=160)
    asked_at = models.DateTimeField(auto_now_add=True)
    made = models.PositiveIntegerField("vectors made anew", default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.get_kind_display()
