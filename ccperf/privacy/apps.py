from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "ccperf.privacy"
    label = "privacy"
    verbose_name = "Privacy"
