from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "ccperf.agreements"
    label = "agreements"
    verbose_name = "Agreements"
