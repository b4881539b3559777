"""What rooms below have happen, told to whom it concerns."""

from datetime import timedelta

from django.db.models.signals import post_save
from django.dispatch import receiver
from django.urls import reverse

from ccperf.notify.services import notify
from ccperf.people.models import Delegation


@receiver(post_save, sender=Delegation)
def tell_deputy(instance: Delegation, created: bool, **_: object) -> None:
    """Whoever is asked to stand in learns of it, with the days."""
    if created:
        first, last = instance.starts_on, instance.ends_before - timedelta(days=1)
        notify(
            instance.delegate,
            kind="people.delegation.given",
            text=f"You stand in for {instance.delegator} from {first:%-d %B} to {last:%-d %B %Y}",
            url=reverse("people:delegation-list"),
            key=f"people.delegation.{instance.pk}",
        )
