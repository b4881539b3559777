"""The inbox: things a person should know once."""

from typing import Self

from django.db import models


class NotificationQuerySet(models.QuerySet):
    def visible_to(self, user) -> Self:
        """One's own notifications, nobody else's."""
        return self.filter(person_id=user.access.person_id) if user.access.person_id else self.none()

    def unread(self) -> Self:
        return self.filter(read_at__isnull=True)


class Notification(models.Model):
    """One message to one person about one thing; ``key`` makes sure that it is told once."""

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=60)
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=300)
    key = models.CharField(max_length=160)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="notify_told_once")]
        indexes = [models.Index(fields=["person", "read_at"])]

    def __str__(self) -> str:
        return self.text
