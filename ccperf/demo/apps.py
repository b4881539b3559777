from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "ccperf.demo"
    label = "demo"
    verbose_name = "Demonstration centre"
