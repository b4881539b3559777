from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "ccperf.people"
    label = "people"
    verbose_name = "People and teams"
