"""What learning moods from ratings achieved here, and whether it is used."""

from django.db import models

# What throwing dice after the shares of the ratings reaches.
GUESSING_F1 = 0.5


class MoodLesson(models.Model):
    """One measurement on comments that were held back; no figures where too few comments are rated.

    The newest one rules: only when it is switched on are moods learnt from ratings.
    """

    measured_at = models.DateTimeField(auto_now_add=True)
    comments = models.PositiveIntegerField("rated comments learnt from", default=0)
    held_back_f1 = models.FloatField("macro-F1 of what was learnt", null=True)
    lexicon_f1 = models.FloatField("macro-F1 of the lexicon", null=True)
    switched_on = models.BooleanField(default=False)
    switched_by_name = models.CharField(max_length=160, blank=True)
    switched_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Moods learnt from {self.comments} ratings"

    @property
    def is_better(self) -> bool:
        """Whether it did better than the lexicon, and than guessing, on comments it had not seen."""
        if self.held_back_f1 is None or self.lexicon_f1 is None:
            return False
        return self.held_back_f1 > max(self.lexicon_f1, GUESSING_F1)
