"""Views of figures that people keep, pin to their home and share: an address, never what it shows."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse

from ccperf.people.models import Role, User


class SavedViewQuerySet(models.QuerySet):
    def visible_to(self, user) -> Self:
        """Everybody sees their own and what is shared with everybody or with a role they hold."""
        shared = Q(shared_with__in=[SavedView.Shared.EVERYONE, *user.access.roles])
        return self.filter(Q(owner=user) | shared)


class SavedView(models.Model):
    """The address of a performance page with its filters, under a name.

    Opening it answers as the address would: each reader sees what they may see, else nothing.
    """

    class Shared(models.TextChoices):
        NOBODY = "", "Only me"
        SUPERVISORS = Role.SUPERVISOR.value, "Team leaders"
        MANAGERS = Role.MANAGER.value, "Managers"
        EVERYONE = "everyone", "Everybody"

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=500)
    is_pinned = models.BooleanField("on my home page", default=False)
    shared_with = models.CharField(max_length=20, choices=Shared, default=Shared.NOBODY, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="metrics_saved_view_name_once",
                violation_error_message="You keep a view of this name already.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("metrics:view-list")
