"""The WSGI entry point served by gunicorn."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ccperf.settings")
application = get_wsgi_application()
gc.freeze()  # What is loaded now stays: going through all of it again would hold up one request in many.
