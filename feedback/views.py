"""Pages about feedback: list, log form, one item and what can be done with it."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ccperf.core.exports import table_response, wanted_format
from ccperf.core.forms import StaleEdit
from ccperf.core.identifiers import as_id
from ccperf.core.pagination import paginate
from ccperf.people.access import require_capability
from ccperf.privacy.masking import mask_before_save
from feedback import selectors, services
from feedback.forms import FilterForm, ItemForm, LogForm, ReplyForm, WithdrawForm
from feedback.item_columns import items_of
from feedback.item_page import item_page
from feedback.models import FeedbackItem
from feedback.suggestion import suggest

SHARE_AT_ONCE = 200


@require_GET
@require_capability("feedback.read")
def item_list(request: HttpRequest) -> HttpResponse:
    """Feedback the user may read, narrowed by what stands in the address."""
    form = FilterForm(request.GET or None, user=request.user)
    own = request.user.access.person_id
    visible = FeedbackItem.objects.visible_to(request.user)
    filters = form.filters() if request.GET else selectors.Filters()
    if kind := wanted_format(request):
        items = selectors.narrow(visible, filters, own_person_id=own)
        return table_response(kind, "feedback", selectors.EXPORT_HEADER, selectors.export_rows(items))
    readable = items_of(request.user)
    page = paginate(request, readable.newest(readable.narrowed(filters)))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page": page,
        "rows": selectors.rows_of(visible.filter(pk__in=list(page.object_list)), request.user),
        "counts": readable.counts(),
        "state": request.GET.get("state", ""),
        "narrowed": any(value for key, value in query.items() if key != "format"),
        "query": query.urlencode(),
        "may_share": request.user.access.can("feedback.share"),
        "may_log": request.user.access.can("feedback.log"),
        "may_open_themes": request.user.access.can("themes.read"),
    }
    template = (
        "feedback/_item_rows.html" if request.htmx and not request.htmx.boosted else "feedback/item_list.html"
    )
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
@require_capability("feedback.log")
def item_log(request: HttpRequest) -> HttpResponse:
    """The log form: two sentences and Enter save a note."""
    initial = {
        "about": request.GET.get("person", "auto"),
        "share": "now" if request.GET.get("person") else "later",
    }
    form = LogForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        saved: list[FeedbackItem] = []

        def save() -> FeedbackItem:
            saved.append(services.record_feedback(by=request.user, **form.note()))
            return saved[0]

        try:
            address, _ = form.once(save)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            if saved:
                messages.success(request, _saved_sentence(saved[0], form))
            if request.POST.get("next") == "action":
                number = address.rstrip("/").rsplit("/", 1)[-1]
                return redirect(f"{reverse('improvement:action-create')}?item={number}")
            return redirect(_back_to(request) or address)
    status = 422 if form.is_bound else 200
    return render(request, "feedback/item_log.html", {"form": form}, status=status)


def _saved_sentence(item: FeedbackItem, form: LogForm) -> str:
    about = f" about {item.about_person}" if item.about_person else ", about no person"
    shared = " and shared" if item.shared_at else ""
    sentence = f"{item.code} saved{shared}{about}."
    if form.named_by_words and form.cleaned_data.get("share") == "now":
        sentence += " It was not shared yet: check first that your words name the right person."
    if form.masked_sentence:
        sentence += f" {form.masked_sentence}"
    return sentence


def _back_to(request: HttpRequest) -> str:
    """The home page, when the note was written in its panel."""
    return reverse("dashboards:home") if request.POST.get("from") == "home" else ""


@require_POST
@require_capability("feedback.log")
def item_suggest(request: HttpRequest) -> HttpResponse:
    """What the words typed so far suggest; nothing of them is stored."""
    text = request.POST.get("text", "")[:8000]
    suggestion = suggest(text, selectors.log_candidates(request.user))
    context = {
        "suggestion": suggestion,
        "masked": mask_before_save(text).warning,
        "people": suggestion.people[:4],
    }
    return render(request, "feedback/_suggestions.html", context)


@require_GET
@require_capability("feedback.read")
def item_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One item with its story."""
    return _item_page(request, _get_item(request, pk))


def _get_item(request: HttpRequest, pk: int) -> FeedbackItem:
    items = selectors.with_row_data(FeedbackItem.objects.visible_to(request.user)).select_related(
        "shared_by__person"
    )
    return get_object_or_404(items, pk=pk)


def _item_page(request: HttpRequest, item: FeedbackItem, *, status: int = 200, **forms) -> HttpResponse:
    page = item_page(item, request.user)
    context = {
        "page": page,
        "item": item,
        "reply_form": ReplyForm(user=request.user),
        "may_propose": request.user.access.can("actions.propose") and not page.is_subject,
        **forms,
    }
    return render(request, "feedback/item_detail.html", context, status=status)


@require_http_methods(["GET", "POST"])
@require_capability("feedback.log")
def item_update(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a note."""
    item = _get_item(request, pk)
    _refuse_own(request, item)
    form = ItemForm(request.POST or None, user=request.user, item=item)
    if request.method == "POST" and form.is_valid():
        try:
            version = form.cleaned_data["version"]
            services.update_feedback(item=item, by=request.user, version=version, **form.changes())
        except StaleEdit as error:
            form.show_stale(error)
        except ValidationError as error:
            _add_errors(form, error)
        else:
            messages.success(request, f"{item.code} saved. {form.masked_sentence}".strip())
            return redirect(item)
    status = 422 if form.is_bound else 200
    return render(request, "feedback/item_edit.html", {"form": form, "item": item}, status=status)


def _add_errors(form, error: ValidationError) -> None:
    """A service's refusal as errors of the form, beside the field where it has one."""
    names = {"about_person": "about"}
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for field, sentences in error.message_dict.items():
        name = names.get(field, field)
        form.add_error(name if name in form.fields else None, sentences)


def _refuse_own(request: HttpRequest, item: FeedbackItem) -> None:
    """Nobody changes, shares or withdraws what was noted about themselves."""
    if item.about_person_id and item.about_person_id == request.user.access.person_id:
        raise PermissionDenied


@require_POST
@require_capability("feedback.share")
def item_share(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a note to its subject."""
    item = _get_item(request, pk)
    _refuse_own(request, item)
    return _do(
        request, item, lambda: services.share_feedback(item=item, by=request.user), f"{item.code} shared."
    )


@require_POST
@require_capability("feedback.share")
def item_share_many(request: HttpRequest) -> HttpResponse:
    """Share the chosen notes, each with its own subject."""
    chosen = [pk for text in request.POST.getlist("item") if (pk := as_id(text))][:SHARE_AT_ONCE]
    items = FeedbackItem.objects.visible_to(request.user).unshared().filter(pk__in=chosen)
    items = items.exclude(about_person_id=request.user.access.person_id or 0).select_related("about_person")
    count = services.share_many(items=items, by=request.user)
    if count:
        messages.success(request, f"{count} shared. Each person sees only what is about them.")
    else:
        messages.info(request, "Nothing was shared. Choose notes about a person that are not shared yet.")
    query = request.POST.get("query", "")
    return redirect(f"{request.path.removesuffix('share/')}{'?' + query if query else ''}")


@require_POST
@require_capability("feedback.read")
def item_acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """The subject has read it."""
    item = _get_item(request, pk)
    if item.about_person_id is None or item.about_person_id != request.user.access.person_id:
        raise PermissionDenied
    done = "Thank you. Your team leader sees that you have read it."
    return _do(request, item, lambda: services.acknowledge_feedback(item=item, by=request.user), done)


@require_POST
@require_capability("feedback.read")
def item_reply(request: HttpRequest, pk: int) -> HttpResponse:
    """Words from the subject, or an answer to them."""
    item = _get_item(request, pk)
    form = ReplyForm(request.POST, user=request.user)
    if form.is_valid():
        try:
            services.reply_to_feedback(item=item, by=request.user, text=form.cleaned_data["text"])
        except ValidationError as error:
            _add_errors(form, error)
        else:
            messages.success(request, f"Sent. {form.masked_sentence}".strip())
            return redirect(item)
    return _item_page(request, item, status=422, reply_form=form)


@require_http_methods(["GET", "POST"])
@require_capability("feedback.log")
def item_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a note back, with the reason."""
    item = _get_item(request, pk)
    _refuse_own(request, item)
    form = WithdrawForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        services.withdraw_feedback(item=item, by=request.user, reason=form.cleaned_data["text"])
        messages.success(request, f"{item.code} withdrawn. It stays on record and counts in no figure.")
        return redirect(item)
    status = 422 if form.is_bound else 200
    return render(request, "feedback/item_withdraw.html", {"form": form, "item": item}, status=status)


def _do(request: HttpRequest, item: FeedbackItem, service: Callable[[], object], done: str) -> HttpResponse:
    """Run a step that has no form; a refusal is told on the item's page."""
    try:
        service()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, done)
    return redirect(item)
