"""The real settings, with one more app that brings a job to interrupt."""

from ccperf.settings import *  # noqa: F403
from ccperf.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.operations.extra"]
