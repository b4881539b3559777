"""Signing in with either the user name or the e-mail address."""

from django.contrib.auth.backends import ModelBackend

from ccperf.people.models import User


class NameOrEmailBackend(ModelBackend):
    """ModelBackend that also takes an e-mail address, as long as only one account has it."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        if username and "@" in username and not User.objects.filter(username=username).exists():
            matches = list(User.objects.filter(email__iexact=username).values_list("username", flat=True)[:2])
            if len(matches) == 1:
                username = matches[0]
        return super().authenticate(request, username=username, password=password, **kwargs)
