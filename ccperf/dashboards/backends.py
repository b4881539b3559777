"""Who is signed in, with what the frame of every page and the home page show of them."""

from django.db.models import Aggregate, Count, JSONField, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject

from ccperf.metrics.models import SavedView
from ccperf.people.backends import NameOrEmailBackend
from ccperf.people.models import User


class JSONList(Aggregate):
    """The values of a group as a JSON list; None without any."""

    function = "JSON_GROUP_ARRAY"
    output_field = JSONField()

    def as_postgresql(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, function="JSONB_AGG", **context)


class SignedInBackend(NameOrEmailBackend):
    """Brings with the user, in one query: the person, the number of unread messages as ``unread``, and name
    and address of the views of figures on their home page as ``pinned``.
    """

    def get_user(self, user_id: int) -> User | None:
        unread = Count("person__notifications", filter=Q(person__notifications__read_at__isnull=True))
        kept = SavedView.objects.filter(owner=OuterRef("pk"), is_pinned=True).order_by().values("owner")
        pinned = kept.annotate(views=JSONList(JSONObject(name="name", address="address"))).values("views")
        users = User.objects.select_related("person").annotate(unread=unread, pinned=Subquery(pinned))
        user = users.filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
