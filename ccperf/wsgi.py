"""The WSGI entry point served by gunicorn."""

import os

from django.core.wsgi import get_wsgi_application
from django.db.backends.signals import connection_created

from ccperf.core.collecting import collect_seldom
from ccperf.core.compiling import compile_nothing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ccperf.settings")
application = get_wsgi_application()
connection_created.connect(compile_nothing, dispatch_uid="core.compile_nothing")
collect_seldom()
