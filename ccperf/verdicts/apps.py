from django.apps import AppConfig


class VerdictsConfig(AppConfig):
    name = "ccperf.verdicts"
    label = "verdicts"
    verbose_name = "Verdicts"
