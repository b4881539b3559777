"""Who is signed in, with what the frame of every page shows of them."""

from django.db.models import Count, Q

from ccperf.people.backends import NameOrEmailBackend
from ccperf.people.models import User


class SignedInBackend(NameOrEmailBackend):
    """Brings the person and ``unread``, the number of unread messages, with the user: one query for all."""

    def get_user(self, user_id: int) -> User | None:
        unread = Count("person__notifications", filter=Q(person__notifications__read_at__isnull=True))
        user = User.objects.select_related("person").annotate(unread=unread).filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
