from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "ccperf.dashboards"
    label = "dashboards"
    verbose_name = "Dashboards"
