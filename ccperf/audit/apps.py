from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "ccperf.audit"
    label = "audit"
    verbose_name = "Audit trail"
