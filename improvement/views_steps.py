"""What is done with one action: answer, change, check in, close, withdraw, tick off."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from ccperf.core.forms import StaleEdit
from ccperf.people.access import require_capability
from improvement import services
from improvement.drafting import present_wording
from improvement.forms import ChangeForm
from improvement.forms_steps import AnswerForm, CheckInForm, CloseForm, ReasonForm
from improvement.models import ImprovementAction, Promise
from improvement.views import action_page, add_errors, get_action
from improvement.wording import Terms

ANSWERED = {
    "agreed": "Thank you. Your agreement is recorded.",
    "countered": "Sent. The others read what you would agree to.",
    "disagreed": "Recorded in your words. It stays beside the agreement.",
}


def _require_party(request: HttpRequest, action: ImprovementAction) -> None:
    """Only the people named in an action answer it, change it or hold its check-ins."""
    if not action.agreement.parties.filter(person_id=request.user.access.person_id or 0).exists():
        raise PermissionDenied


def _leads(request: HttpRequest, action: ImprovementAction) -> bool:
    """Whether the user leads or manages today the people an action is for."""
    return request.user.access.can("actions.propose") and action.is_led_by(request.user)


def _require_leader(request: HttpRequest, action: ImprovementAction) -> None:
    """Who leads the people it is for today ends it; owning it alone gives no right to."""
    if not _leads(request, action):
        raise PermissionDenied


@require_POST
@require_capability("actions.agree")
def action_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree, make a counter-proposal or disagree."""
    action = get_action(request, pk)
    _require_party(request, action)
    form = AnswerForm(request.POST, user=request.user, action=action)
    if form.is_valid():
        try:
            services.answer_action(action=action, by=request.user, **form.cleaned_data)
        except StaleEdit as error:
            form.show_stale(error)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, ANSWERED[form.cleaned_data["answer"]])
            return redirect(action)
    return action_page(request, action, status=422, answer_form=form)


@require_http_methods(["GET", "POST"])
@require_capability("actions.agree")
def action_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Put another text on the table."""
    action = get_action(request, pk)
    _require_party(request, action)
    present = present_wording(action)
    initial = ChangeForm.initial_of(action, Terms.from_json(present.terms))
    form = ChangeForm(request.POST or None, user=request.user, action=action, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_action(
                action=action,
                by=request.user,
                terms=form.terms(),
                note=form.cleaned_data["note"],
                wording_number=form.cleaned_data["wording_number"],
            )
        except StaleEdit as error:
            form.show_stale(error)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, "Proposed. The others have been asked to answer the new text.")
            return redirect(action)
    context = {"form": form, "action": action, "present": present}
    return render(request, "improvement/action_change.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@require_capability("actions.agree")
def check_in_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Note how it goes."""
    action = get_action(request, pk)
    if not _leads(request, action):
        _require_party(request, action)
    form = CheckInForm(request.POST or None, user=request.user, action=action)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def save() -> ImprovementAction:
            services.check_in(
                action=action,
                by=request.user,
                note=data["note"],
                held_on=data["held_on"],
                with_person=data["with_person"],
                kept=data.get("kept") or (),
            )
            return action

        try:
            address, _ = form.once(save)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, "Check-in saved.")
            return redirect(address)
    status = 422 if form.is_bound else 200
    return render(request, "improvement/check_in.html", {"form": form, "action": action}, status=status)


@require_http_methods(["GET", "POST"])
@require_capability("actions.propose")
def action_close(request: HttpRequest, pk: int) -> HttpResponse:
    """End an action with what came of it."""
    action = get_action(request, pk)
    _require_leader(request, action)
    form = CloseForm(request.POST or None, user=request.user, initial={"version": action.version})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.close_action(
                action=action, by=request.user, outcome=data["outcome"], version=data["version"]
            )
        except StaleEdit as error:
            form.show_stale(error)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, "Closed. The people named in it have been told.")
            return redirect(action)
    status = 422 if form.is_bound else 200
    return render(request, "improvement/action_close.html", {"form": form, "action": action}, status=status)


@require_http_methods(["GET", "POST"])
@require_capability("actions.propose")
def action_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a proposal back, or stop an action before its review."""
    action = get_action(request, pk)
    _require_leader(request, action)
    form = ReasonForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            services.withdraw_action(action=action, by=request.user, reason=form.cleaned_data["text"])
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, "Withdrawn. The people named in it have been told.")
            return redirect(action)
    status = 422 if form.is_bound else 200
    return render(
        request, "improvement/action_withdraw.html", {"form": form, "action": action}, status=status
    )


@require_POST
@require_capability("actions.agree")
def promise_keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick a promise off, or take the tick back."""
    actions = ImprovementAction.objects.visible_to(request.user)
    promise = get_object_or_404(Promise.objects.filter(action__in=actions).select_related("action"), pk=pk)
    if not _leads(request, promise.action):
        _require_party(request, promise.action)
    if promise.action.status != ImprovementAction.Status.AGREED:
        messages.error(request, "Promises are ticked off while the action is being done.")
    else:
        services.keep_promise(promise=promise, by=request.user, kept=request.POST.get("kept") == "yes")
    return redirect(f"{promise.action.get_absolute_url()}#h-p")
