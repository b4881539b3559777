"""The review sheet of a measure."""

from django import forms

from ccperf.core.forms import BaseForm, SubmissionMixin
from ccperf.metrics.health.models import MetricReview

TEXT = 4000


class ReviewForm(SubmissionMixin, BaseForm):
    """Keep, fix or retire; what works well stands first, because a measure is more than its faults."""

    works_well = forms.CharField(
        label="What works well",
        max_length=TEXT,
        widget=forms.Textarea({"rows": 3}),
        help_text="What people would miss if it were gone.",
    )
    verdict = forms.ChoiceField(
        label="Verdict", choices=MetricReview.Verdict.choices, widget=forms.RadioSelect
    )
    to_do = forms.CharField(
        label="What will be done",
        max_length=TEXT,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text="Needed for fix and retire: what, by whom, by when.",
    )
