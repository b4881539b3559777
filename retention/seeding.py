"""The reasons for leaving every database starts with. Safe to repeat: what exists is never overwritten."""

from retention.models import ReasonForLeaving

REASONS = [
    # key, name, type, can managers act, special category
    ("pay", "Pay or benefits elsewhere", "pull", "partly", False),
    ("better_role", "Better role or sector", "pull", "partly", False),
    ("career", "No progression", "push", "yes", False),
    ("schedule", "Shift pattern, inflexible leave", "push", "yes", False),
    ("work_life", "Caring duties, work and life", "push", "yes", False),
    ("manager", "Relationship with manager", "push", "yes", False),
    ("colleagues", "Conflict or bullying", "push", "yes", False),
    ("workload", "Pressure, occupancy, targets", "push", "yes", False),
    ("monitoring", "Feeling over-monitored, scripts", "push", "yes", False),
    ("abuse", "Customer abuse, emotional toll", "push", "yes", False),
    ("job_fit", "Job not as described, poor fit", "push", "yes", False),
    ("training_support", "Poor induction, training or support", "push", "yes", False),
    ("monotony", "Repetitive work", "push", "yes", False),
    ("commute", "Travel, return to the office", "push", "partly", False),
    ("study", "Study", "unavoidable", "no", False),
    ("relocation", "Moved away", "unavoidable", "no", False),
    ("health", "Ill health", "unavoidable", "partly", True),
    ("retirement", "Retirement", "unavoidable", "no", False),
    ("end_contract", "End of fixed term or agency contract", "unavoidable", "partly", False),
    ("redundancy", "Redundancy or site closure", "involuntary", "no", False),
    ("dismissal_conduct", "Dismissed for conduct", "involuntary", "partly", False),
    ("dismissal_capability", "Dismissed for capability, probation failed", "involuntary", "yes", False),
    ("internal_move", "Moved inside", "internal", "no", False),
    ("unknown", "Not given", "unknown", "", False),
]


def seed_reasons() -> int:
    """Add the reasons that are missing; returns how many were added."""
    known = set(ReasonForLeaving.objects.values_list("key", flat=True))
    missing = [
        ReasonForLeaving(
            key=key,
            name=name,
            type=kind,
            mitigable=mitigable,
            is_special_category=special,
            position=position * 10,
        )
        for position, (key, name, kind, mitigable, special) in enumerate(REASONS, start=1)
        if key not in known
    ]
    ReasonForLeaving.objects.bulk_create(missing)
    return len(missing)


def seed_after_migrate(**_kwargs: object) -> None:
    """Signal handler: every migrated database holds the taxonomy."""
    seed_reasons()
