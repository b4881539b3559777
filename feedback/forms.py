"""Forms about feedback: choices narrowed to what the user may see, words masked while they are cleaned."""

from typing import Any

from django import forms

from ccperf.core.dates import today
from ccperf.core.forms import BaseForm, BaseModelForm, SubmissionMixin, VersionMixin, offer_by_name
from ccperf.core.identifiers import as_id
from ccperf.people.models import Person, Team
from ccperf.privacy.masking import mask_before_save
from feedback.catalogue import NOTE_ROUTE
from feedback.models import FeedbackItem, FeedbackRoute
from feedback.registry import theme_source
from feedback.selectors import Filters, log_candidates
from feedback.suggestion import Candidate, Suggestion, suggest

FROM_WORDS, NOBODY = "auto", "nobody"
STRENGTHS = [
    ("strength", "A strength"),
    ("improvement", "To improve"),
    ("mixed", "Both"),
    ("none", "A fact to keep"),
]


class MaskedTextMixin(forms.Form):
    """Masks ``text`` before anything else sees it, also when the form is shown again with errors."""

    masked_sentence = ""

    def clean_text(self) -> str:
        masked = mask_before_save(self.cleaned_data["text"].strip())
        if masked.found:
            self.masked_sentence = masked.sentence
            self.data = self.data.copy()
            self.data[self.add_prefix("text")] = masked.text
        return masked.text


class LogForm(SubmissionMixin, MaskedTextMixin, BaseForm):
    """Two sentences are enough: whom it is about and what kind it is follow from the words unless told."""

    text = forms.CharField(
        label="What happened?",
        help_text="Say what you saw or heard, not what you think of the person.",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=8000,
        error_messages={"required": "Write what happened. Two sentences are enough."},
    )
    about = forms.ChoiceField(
        label="About",
        initial=FROM_WORDS,
        error_messages={
            "required": "Choose one of your people, or nobody.",
            "invalid_choice": "Choose one of your people, or nobody.",
        },
    )
    process_name = forms.CharField(
        label="Process, tool, policy or product",
        help_text="Optional. Only when it is about no person.",
        max_length=120,
        required=False,
    )
    strength = forms.ChoiceField(label="It is", choices=STRENGTHS, required=False, widget=forms.RadioSelect)
    route = forms.ModelChoiceField(
        label="Came by",
        queryset=FeedbackRoute.objects.none(),
        to_field_name="key",
        required=False,
        empty_label=None,
        error_messages={"invalid_choice": "Choose a live route."},
    )
    received_on = forms.DateField(
        label="When",
        required=False,
        initial=today,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    share = forms.ChoiceField(
        label="Who may read it",
        choices=[("now", "Share with the person now"), ("later", "Keep until our next talk")],
        required=False,
        initial="later",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args, candidates: list[Candidate] | None = None, **kwargs):
        """``candidates`` spares reading the people whom the user may write about, where that is done."""
        self.candidates = candidates
        super().__init__(*args, **kwargs)

    def narrow(self) -> None:
        if self.candidates is None:
            self.candidates = log_candidates(self.user)
        self.fields["about"].choices = [
            (FROM_WORDS, "Whoever my words name"),
            (NOBODY, "Nobody: a process, tool, policy or product"),
            *((str(candidate.id), candidate.name) for candidate in self.candidates),
        ]
        self.fields["route"].queryset = FeedbackRoute.objects.visible_to(self.user).live()
        self.fields["route"].initial = NOTE_ROUTE

    def clean_received_on(self):
        day = self.cleaned_data["received_on"] or today()
        if day > today():
            raise forms.ValidationError("This day has not come yet. Choose today or an earlier day.")
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.suggestion: Suggestion = suggest(data.get("text", ""), self.candidates)
        about = data.get("about") or FROM_WORDS
        self.named_by_words = about == FROM_WORDS and self.suggestion.person is not None
        if about == FROM_WORDS:
            data["person_id"] = self.suggestion.person.id if self.suggestion.person else None
        else:
            data["person_id"] = int(about) if about.isdigit() else None
        if not data.get("strength"):
            data["strength"] = self.suggestion.strength
        elif data["strength"] == "none":
            data["strength"] = ""
        if data.get("share") == "now" and data["person_id"] is None and "about" not in self.errors:
            self.add_error("about", "Choose whom to share it with, or keep it for now.")
        return data

    def note(self) -> dict[str, Any]:
        """What ``record_feedback`` needs; sharing at once takes a person somebody chose, not a guess."""
        data = self.cleaned_data
        person = Person.objects.get(pk=data["person_id"]) if data["person_id"] else None
        return {
            "text": data["text"],
            "about_person": person,
            "strength": data["strength"],
            "process_name": data["process_name"],
            "route": data["route"] or FeedbackRoute.objects.get(key=NOTE_ROUTE),
            "received_on": data["received_on"],
            "given_by_role": self._role(),
            "given_by_person": getattr(self.user, "person", None),
            "team": self._own_team() if person is None else None,
            "share": data["share"] == "now" and person is not None and not self.named_by_words,
        }

    def _role(self) -> str:
        role = self.user.access.home_role
        return role if role in FeedbackItem.GiverRole.values else FeedbackItem.GiverRole.OTHER

    def _own_team(self) -> Team | None:
        """A note about no person belongs to the writer's team when they have only one."""
        teams = self.user.access.scope_team_ids
        return Team.objects.get(pk=next(iter(teams))) if len(teams) == 1 else None


class ItemForm(VersionMixin, MaskedTextMixin, BaseForm):
    """Correct a note."""

    text = forms.CharField(
        label="What was noted",
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=8000,
        error_messages={"required": "Write what happened. To take the note back, withdraw it."},
    )
    about = forms.ChoiceField(
        label="About", error_messages={"required": "Choose whom it is about, or nobody."}
    )
    process_name = forms.CharField(
        label="Process, tool, policy or product",
        help_text="Optional. Only when it is about no person.",
        max_length=120,
        required=False,
    )
    strength = forms.ChoiceField(label="It is", choices=STRENGTHS, required=False, widget=forms.RadioSelect)
    received_on = forms.DateField(
        label="When", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args, item: FeedbackItem, **kwargs):
        self.item = item
        kwargs.setdefault(
            "initial",
            {
                "text": item.text,
                "about": str(item.about_person_id or NOBODY),
                "process_name": item.process_name,
                "strength": item.strength or "none",
                "received_on": item.received_on,
                "version": item.version,
            },
        )
        super().__init__(*args, **kwargs)

    def narrow(self) -> None:
        self.fields["text"].required = self.item.rating is None
        choices = [(str(candidate.id), candidate.name) for candidate in log_candidates(self.user)]
        present = self.item.about_person
        if present and str(present.pk) not in dict(choices):
            choices.append((str(present.pk), present.name))
        self.fields["about"].choices = [(NOBODY, "Nobody: a process, tool, policy or product"), *choices]

    def changes(self) -> dict[str, Any]:
        """What ``update_feedback`` needs."""
        data = self.cleaned_data
        about = data["about"]
        person = Person.objects.get(pk=int(about)) if about.isdigit() else None
        return {
            "text": data["text"],
            "about_person": person,
            "process_name": data["process_name"] if person is None else "",
            "strength": "" if data["strength"] == "none" else data["strength"],
            "received_on": data["received_on"],
        }


class ReplyForm(MaskedTextMixin, BaseForm):
    """Words to the other side."""

    text = forms.CharField(
        label="Your reply",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        error_messages={"required": "Write your reply."},
    )


class WithdrawForm(MaskedTextMixin, BaseForm):
    """Why a note is taken back."""

    text = forms.CharField(
        label="Why it is withdrawn",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
        error_messages={"required": "Say why, in a sentence. It stays in the record."},
    )


class FilterForm(BaseForm):
    """Narrows the list; everything is optional and stands in the address."""

    q = forms.CharField(label="Words", required=False, max_length=120)
    about = forms.CharField(label="About", required=False, max_length=120)
    person = forms.CharField(required=False, widget=forms.HiddenInput)
    theme = forms.TypedChoiceField(label="Theme", required=False, coerce=int, empty_value=None)
    route = forms.ModelChoiceField(
        label="Came by", queryset=FeedbackRoute.objects.none(), required=False, empty_label="Any route",
        to_field_name="key",
    )  # fmt: skip
    team = forms.ModelChoiceField(
        label="Team", queryset=Team.objects.none(), required=False, empty_label="All my teams"
    )
    strength = forms.ChoiceField(label="It is", required=False, choices=[("", "Anything"), *STRENGTHS])
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[
            ("", "Any state"),
            ("waiting", "Waiting for me"),
            ("unshared", "Not shared"),
            ("late", "Not shared in time"),
            ("unread", "Shared, not read"),
            ("replied", "Reply to answer"),
            ("shared", "Shared"),
            ("withdrawn", "Withdrawn"),
        ],
    )
    start = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    end = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def narrow(self) -> None:
        access = self.user.access
        self.fields["theme"].choices = [("", "All themes"), *theme_source().choices()]
        self.fields["route"].queryset = FeedbackRoute.objects.visible_to(self.user).only("key", "name")
        if len(access.scope_team_ids) > 1:
            self.fields["team"].queryset = Team.objects.performance_visible_to(self.user)
        else:
            del self.fields["team"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("start") and data.get("end") and data["start"] > data["end"]:
            self.add_error("end", "The last day is before the first. Choose a later one.")
        return data

    def filters(self) -> Filters:
        """The valid parts of what was asked; a part that makes no sense narrows nothing."""
        self.is_valid()
        data = {name: value for name, value in self.cleaned_data.items() if name not in self.errors}
        team, route = data.get("team"), data.get("route")
        return Filters(
            words=data.get("q", ""),
            about=data.get("about", ""),
            person_id=as_id(data.get("person")),
            team_id=team.pk if team else None,
            route_id=route.pk if route else None,
            theme_id=data.get("theme"),
            strength=data.get("strength", ""),
            state=data.get("state", ""),
            start=data.get("start"),
            end=data.get("end"),
        )


class RouteForm(VersionMixin, BaseModelForm):
    """An entry of the route register."""

    class Meta:
        model = FeedbackRoute
        fields = (
            "name", "method", "kind", "direction", "from_whom", "audience", "grain", "cadence", "owner",
            "lawful_basis",
            "is_anonymous", "status", "review_on", "notes",
        )  # fmt: skip
        widgets = {
            "review_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "notes": forms.Textarea(attrs={"rows": 3}),
        }

    def narrow(self) -> None:
        self.fields["owner"].empty_label = "Nobody yet"
        offer_by_name(self.fields["owner"], Person.objects.visible_to(self.user))
        self.fields["method"].empty_label = "Our own method"
        self.fields["version"].initial = self.instance.version

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("status") == FeedbackRoute.Status.LIVE and not data.get("audience"):
            self.add_error("audience", "Say who gets it before the route goes live.")
        return data
