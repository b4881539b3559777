"""The WSGI entry point served by gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

from ccperf.core.collecting import collect_seldom

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ccperf.settings")
application = get_wsgi_application()
collect_seldom()
