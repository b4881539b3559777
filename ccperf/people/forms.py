"""Forms for people, teams, accounts and delegations."""

from django import forms
from django.contrib.auth import forms as auth_forms
from django.core.exceptions import ValidationError
from django.forms import CheckboxSelectMultiple, DateInput, RadioSelect

from ccperf.core.dates import refuse_implausible_day, today
from ccperf.core.forms import BaseForm, SubmissionMixin, VersionMixin
from ccperf.people.models import Employment, Person, Role, RoleAssignment, Site, Team, User


class Dressed:
    """A form whose controls wear our classes; its template draws label, help and error around them."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field.widget, forms.Select):
                field.widget.attrs.setdefault("class", "form-select")
            elif isinstance(field.widget, forms.TextInput | forms.PasswordInput):
                field.widget.attrs.setdefault("class", "form-control")


class DayField(forms.DateField):
    """A day, picked from the browser's calendar, in years that somebody can mean."""

    default_validators = [refuse_implausible_day]
    widget = DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TeamField(forms.ModelChoiceField):
    """An open team, named with its site."""

    def __init__(self, **options) -> None:
        super().__init__(Team.objects.none(), **options)

    def label_from_instance(self, team: Team) -> str:
        return f"{team.name}, {team.site.name}"


def open_teams():
    """The teams one may be put into, with their sites."""
    return Team.objects.open().select_related("site").order_by("site__name", "name")


class PersonForm(Dressed, VersionMixin, BaseForm):
    name = forms.CharField(max_length=160)
    email = forms.EmailField(label="E-mail", required=False, help_text="Invitations and digests go here.")
    employee_number = forms.CharField(
        max_length=60, required=False, help_text="As payroll writes it. Imports find people by it."
    )

    def __init__(self, *args, person: Person, **kwargs) -> None:
        self.person = person
        super().__init__(*args, **kwargs)

    def clean_employee_number(self) -> str:
        number = self.cleaned_data["employee_number"].strip()
        taken = (
            Person.objects.filter(employee_number=number).exclude(pk=self.person.pk).first()
            if number
            else None
        )
        if taken:
            raise ValidationError(f"{taken.name} has this employee number. Check both, one of them is wrong.")
        return number


class InvitationForm(Dressed, SubmissionMixin, BaseForm):
    name = forms.CharField(max_length=160, help_text="First name and family name, as the person writes them.")
    email = forms.EmailField(label="E-mail", help_text="The link to set a password goes here.")
    username = forms.CharField(
        label="User name",
        max_length=150,
        required=False,
        help_text="Optional. Left empty it is made from the name. Signing in works with the e-mail as well.",
    )
    employee_number = forms.CharField(max_length=60, required=False, help_text="Optional.")
    role = forms.ChoiceField(choices=Role.choices, initial=Role.AGENT)
    starts_on = DayField(label="First day", initial=today)
    team = TeamField(required=False, label="Works in team", help_text="For agents.")
    leads = TeamField(required=False, label="Leads team", help_text="For supervisors.")
    site = forms.ModelChoiceField(
        Site.objects.all(), required=False, label="Responsible for site", help_text="For managers."
    )

    def narrow(self) -> None:
        self.fields["team"].queryset = self.fields["leads"].queryset = open_teams()

    def clean_username(self) -> str:
        name = self.cleaned_data["username"].strip()
        if name and User.objects.filter(username__iexact=name).exists():
            raise ValidationError(f"The user name “{name}” is taken. Choose another.")
        return name

    def clean_email(self) -> str:
        email = self.cleaned_data["email"]
        if User.objects.filter(email__iexact=email).exists():
            raise ValidationError(f"An account with {email} exists already. Find that person instead.")
        return email

    def clean_employee_number(self) -> str:
        number = self.cleaned_data["employee_number"].strip()
        known = Person.objects.filter(employee_number=number).first() if number else None
        if known:
            raise ValidationError(
                f"{known.name} has this employee number. Open an account for that person instead."
            )
        return number

    def clean(self) -> dict:
        data = super().clean()
        role = data.get("role")
        wrong = {"team": Role.AGENT, "leads": Role.SUPERVISOR, "site": Role.MANAGER}
        for field, needed in wrong.items():
            if data.get(field) and role and role != needed:
                self.add_error(field, f"This is for the role {needed.label.lower()} only. Leave it empty.")
        return data


class AccountForm(Dressed, BaseForm):
    username = forms.CharField(label="User name", max_length=150)

    def clean_username(self) -> str:
        name = self.cleaned_data["username"].strip()
        if User.objects.filter(username__iexact=name).exists():
            raise ValidationError(f"The user name “{name}” is taken. Choose another.")
        return name


class RolesForm(Dressed, VersionMixin, BaseForm):
    roles = forms.MultipleChoiceField(
        choices=Role.choices,
        required=False,
        widget=CheckboxSelectMultiple,
        help_text="They hold from today. What a role lets people see is decided by teams and sites.",
    )


class MoveForm(Dressed, VersionMixin, BaseForm):
    team = TeamField(required=False, empty_label="No team")
    on = DayField(
        label="From",
        initial=today,
        help_text="Figures and feedback of earlier days stay with the earlier team.",
    )

    def narrow(self) -> None:
        self.fields["team"].queryset = open_teams()


class LeaveForm(Dressed, BaseForm):
    last_day = DayField(label="Last day employed")
    notice_on = DayField(label="Notice given on", required=False, help_text="Optional.")


class SpanForm(Dressed, BaseForm):
    site = forms.ModelChoiceField(Site.objects.all(), required=False, label="Whole site")
    team = TeamField(required=False, label="Or one team")
    on = DayField(label="From", initial=today)

    def narrow(self) -> None:
        self.fields["team"].queryset = open_teams()

    def clean(self) -> dict:
        data = super().clean()
        if bool(data.get("site")) == bool(data.get("team")):
            raise ValidationError("Choose a site or a team, one of the two.")
        return data


class SiteForm(Dressed, SubmissionMixin, BaseForm):
    name = forms.CharField(label="Name of the site", max_length=120)

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].strip()
        if Site.objects.filter(name__iexact=name).exists():
            raise ValidationError("There is a site of that name already.")
        return name


class TeamForm(Dressed, SubmissionMixin, BaseForm):
    name = forms.CharField(label="Name of the team", max_length=120)
    site = forms.ModelChoiceField(Site.objects.all(), empty_label=None)

    def clean(self) -> dict:
        data = super().clean()
        same = Team.objects.filter(site=data.get("site"), name__iexact=(data.get("name") or "").strip())
        if same.exists():
            self.add_error("name", "This site already has a team of that name.")
        return data


class TeamNameForm(Dressed, VersionMixin, BaseForm):
    read_as, version = "was", None  # None takes the inherited field away.
    name = forms.CharField(label="Name of the team", max_length=120)
    was = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args, team: Team, **kwargs) -> None:
        self.team = team
        super().__init__(*args, **kwargs)

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].strip()
        if Team.objects.filter(site=self.team.site_id, name__iexact=name).exclude(pk=self.team.pk).exists():
            raise ValidationError("This site already has a team of that name.")
        return name


class LeaderForm(Dressed, BaseForm):
    person = forms.ModelChoiceField(Person.objects.none(), label="Leader")
    on = DayField(label="From", initial=today)
    instead = forms.ChoiceField(
        label="The present leader",
        choices=[("yes", "hands over on that day"), ("no", "goes on, both lead the team")],
        initial="yes",
        widget=RadioSelect,
    )

    def narrow(self) -> None:
        # Agents may step up, so everybody employed today can be chosen.
        employed = Person.objects.visible_to(self.user).filter(employments__in=Employment.objects.on())
        self.fields["person"].queryset = employed.order_by("name")


class DelegationForm(Dressed, BaseForm):
    delegator = forms.ModelChoiceField(Person.objects.none(), label="Who is away")
    deputy = forms.ModelChoiceField(
        Person.objects.none(),
        label="Who stands in",
        help_text="Sees and does for these teams what the other may.",
    )
    first_day = DayField(initial=today)
    last_day = DayField()
    reason = forms.CharField(max_length=200, help_text="For example annual leave. No health details.")

    def narrow(self) -> None:
        leading = RoleAssignment.objects.on().filter(role__in=[Role.SUPERVISOR, Role.MANAGER])
        leaders = Person.objects.deputies_of(self.user).filter(
            pk__in=leading.values("person_id"), user__is_active=True
        )
        self.fields["deputy"].queryset = leaders.exclude(user=self.user).order_by("name")
        if self.user.access.can("people.manage"):
            self.fields["delegator"].queryset = leaders.order_by("name")
        else:
            del self.fields["delegator"]

    def clean(self) -> dict:
        data = super().clean()
        first, last = data.get("first_day"), data.get("last_day")
        if first and first < today():
            self.add_error("first_day", f"{first:%-d %B %Y} has passed. Choose today or later.")
        if first and last and last < first:
            self.add_error("last_day", "The last day is before the first day. Choose a later last day.")
        if data.get("deputy") and data.get("deputy") == data.get("delegator"):
            self.add_error("deputy", "Choose someone else to stand in.")
        return data


class SignInForm(Dressed, auth_forms.AuthenticationForm):
    """Sign-in by user name or e-mail; the message never tells which of the two was wrong."""

    error_messages = {
        "invalid_login": "This user name and password do not match. Passwords distinguish capitals.",
        "inactive": "This account is shut. Ask your administrator.",
    }

    def __init__(self, request=None, *args, **kwargs) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].label = "User name or e-mail"


class PasswordChangeForm(Dressed, auth_forms.PasswordChangeForm):
    """Django's form in our look."""


class PasswordResetForm(Dressed, auth_forms.PasswordResetForm):
    """Django's form in our look."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail"


class PasswordSetForm(Dressed, auth_forms.SetPasswordForm):
    """Django's form in our look."""
