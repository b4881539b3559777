"""Switching the vectors: made beside those in use, killed and resumed, and nothing people said is lost."""

import random
import sys
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ccperf.audit.models import AuditEvent
from ccperf.demo import sentences
from ccperf.jobs.models import Job
from ccperf.jobs.services import enqueue, retry, run_job_now
from feedback.themes import services, vectors, whole_run
from feedback.themes.emerging import dismiss_suggestion
from feedback.themes.engine import embedding
from feedback.themes.engine.assignment import Assigner
from feedback.themes.engine.embedding import MODEL_ID, SENTENCE_MODEL_ID, load_embedder
from feedback.themes.engine.text import clauses
from feedback.themes.kinds import ALL, MOODS
from feedback.themes.likeness import items_like_corrected
from feedback.themes.models import MoodLesson, Segment, Theme, ThemeRun, ThemeSuggestion, VectorSwitch
from feedback.themes.reading_store import current_reader
from feedback.themes.vector_making import embedder_in_use, make_anew
from tests.themes import makers

PAGE, SWITCH = reverse("themes:vector-choice"), reverse("themes:vector-switch")
REWORDED = "On hold for ages before anybody answered."

installed = pytest.mark.skipif(not vectors.are_installed("sentence"), reason="needs the extra quality")


SWITCHED = "themes.vectors.switched"


def run_waiting() -> None:
    while job := Job.objects.filter(status=Job.Status.QUEUED).order_by("pk").first():
        assert run_job_now(job.pk).status == Job.Status.DONE, job.kind


@pytest.mark.django_db
def test_a_kind_is_loaded_once_however_it_is_named():
    reader = current_reader()
    assert load_embedder() is load_embedder("static") is load_embedder(vectors.Kind.STATIC)
    VectorSwitch.objects.create(kind="static", by_name="Test", finished_at="2026-01-01T00:00Z")
    assert current_reader() is reader


@installed
@pytest.mark.django_db
def test_what_was_corrected_stays_corrected_through_a_switch_and_back(client, centre):
    item = makers.make_read_item(centre)
    other = makers.make_read_item(centre, makers.RUDE)
    moved = makers.theme("clarity")
    dismissed = makers.make_suggestion(centre)
    client.force_login(centre.manager)
    services.move_theme(item=item, wrong=makers.theme(), right=moved, by=centre.manager)
    dismiss_suggestion(suggestion=dismissed, by=centre.manager)
    taxonomy = list(Theme.objects.order_by("pk").values())
    run_waiting()

    for kind, model in (("sentence", SENTENCE_MODEL_ID), ("static", MODEL_ID)):
        for _ in range(2):
            assert client.post(SWITCH, {"kind": kind}).status_code == 302
        assert VectorSwitch.objects.filter(kind=kind).count() == 1, "A second press changes nothing."
        assert f"Switching to {vectors.Kind(kind).label}" in client.get(PAGE).content.decode()
        run_waiting()
        assert vectors.kind_in_use() == kind
        assert set(Segment.objects.values_list("model", flat=True)) == {model}
        assert "clarity" in makers.keys_of(item)
        assert "wait_access" not in makers.keys_of(item)
        assert item.assignments.get(theme=moved).is_confirmed
        assert makers.keys_of(other), "Everything was read again."
        assert ThemeRun.objects.first().model == model
        dismissed.refresh_from_db()
        assert (dismissed.status, dismissed.model) == (ThemeSuggestion.Status.DISMISSED, model)
    assert list(Theme.objects.order_by("pk").values()) == taxonomy


@installed
@pytest.mark.django_db
def test_until_all_are_made_those_before_are_used_and_a_killed_job_goes_on(centre, monkeypatch):
    items = [makers.make_read_item(centre, f"{makers.WAIT} Case {number}.") for number in range(5)]
    monkeypatch.setattr("feedback.themes.vector_making.BATCH", 2)
    job = vectors.switch_vectors(kind="sentence", by=centre.manager)

    class Killed(BaseException):
        pass

    class Run:
        """A job's run whose worker dies after its second batch."""

        def __init__(self):
            self.job, self.params, self.batches = job, job.params, 0

        def progress(self, done, total, message=""):
            self.batches += 1
            if self.batches == 2:
                raise Killed

    with pytest.raises(Killed):
        make_anew(Run())
    kept = Segment.objects.filter(spare_model=SENTENCE_MODEL_ID).count()
    assert 0 < kept < Segment.objects.count()
    assert embedder_in_use().model_id == MODEL_ID
    # Meanwhile comments are read, and likeness found, by the vectors before.
    late = makers.make_read_item(centre, REWORDED)
    services.confirm_theme(item=items[0], theme=makers.theme(), by=centre.manager)
    assert late.pk in items_like_corrected(job.created_at)

    assert run_job_now(job.pk).status == Job.Status.DONE
    assert embedder_in_use().model_id == SENTENCE_MODEL_ID
    assert not Segment.objects.exclude(spare_model=SENTENCE_MODEL_ID).exists(), "The late one too."
    assert late.pk in items_like_corrected(job.created_at), "Also before all are read again."
    run_waiting()
    assert not Segment.objects.exclude(model=SENTENCE_MODEL_ID).exists()


@installed
@pytest.mark.django_db
def test_a_comment_whose_words_changed_gets_its_own_vector(centre):
    VectorSwitch.objects.create(kind="sentence", by_name="Test", finished_at="2026-01-01T00:00Z")
    item = makers.make_read_item(centre)
    before = bytes(item.segments.first().vector)
    makers.read(item)
    assert bytes(item.segments.first().vector) == before, "Known words are not embedded again."
    item.text = REWORDED
    item.save()
    makers.read(item)
    assert bytes(item.segments.first().vector) != before


@pytest.mark.django_db
def test_without_the_packages_the_page_says_so_and_static_vectors_serve(client, centre, monkeypatch):
    monkeypatch.setattr(vectors, "PACKAGES_OF_SENTENCES", ("no_such_package",))
    client.force_login(centre.manager)
    assert "Not installed here" in client.get(PAGE).content.decode()
    assert client.post(SWITCH, {"kind": "sentence"}).status_code == 422
    assert client.post(SWITCH, {"kind": "other"}).status_code == 422
    assert not VectorSwitch.objects.exists()
    VectorSwitch.objects.create(kind="sentence", by_name="Test", finished_at="2026-01-01T00:00Z")
    assert "Static vectors are used until" in client.get(PAGE).content.decode()
    assert embedder_in_use().model_id == MODEL_ID


@installed
@pytest.mark.django_db
def test_two_switches_do_not_cross(client, centre):
    client.force_login(centre.manager)
    client.post(SWITCH, {"kind": "sentence"})
    answer = client.post(SWITCH, {"kind": "static"})
    assert answer.status_code == 422
    assert "Another switch is under way" in answer.content.decode()


@installed
@pytest.mark.django_db
def test_a_worker_without_the_packages_says_so(client, centre, monkeypatch):
    makers.make_read_item(centre)
    client.force_login(centre.manager)
    client.post(SWITCH, {"kind": "sentence"})
    embedding._loaded.cache_clear()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert run_job_now(VectorSwitch.objects.get().job_id).status == Job.Status.FAILED
    assert "not installed where the workers run" in client.get(PAGE).content.decode()
    assert embedder_in_use().model_id == MODEL_ID


@installed
@pytest.mark.django_db
def test_a_failed_switch_tried_again_rules_from_then_on(centre):
    suggestion = makers.make_suggestion(centre)
    failed = vectors.switch_vectors(kind="sentence", by=centre.manager)
    Job.objects.filter(pk=failed.pk).update(status=Job.Status.FAILED)
    VectorSwitch.objects.create(kind="static", by_name="Test", finished_at=timezone.now())
    retry(failed, by=centre.manager)
    run_waiting()
    suggestion.refresh_from_db()
    assert embedder_in_use().model_id == suggestion.model == SENTENCE_MODEL_ID


@installed
@pytest.mark.django_db
def test_a_job_killed_after_it_switched_switches_nothing_twice(centre):
    suggestion = makers.make_suggestion(centre)
    job = vectors.switch_vectors(kind="sentence", by=centre.manager)
    run_waiting()
    runs = Job.objects.filter(kind=ALL).count()
    VectorSwitch.objects.create(kind="static", by_name="Test", finished_at=timezone.now())
    ThemeSuggestion.objects.update(model=MODEL_ID)
    past = timezone.now() - timedelta(hours=1)
    Job.objects.filter(pk=job.pk).update(status=Job.Status.RUNNING, lease_until=past)
    assert run_job_now(job.pk).status == Job.Status.DONE
    assert Job.objects.filter(kind=ALL).count() == runs
    assert AuditEvent.objects.filter(event=SWITCHED).count() == 1
    suggestion.refresh_from_db()
    assert suggestion.model == MODEL_ID, "Another switch rules since."


@installed
@pytest.mark.django_db
@pytest.mark.parametrize("is_on", [True, False])
def test_learnt_moods_are_measured_by_the_new_vectors(centre, is_on):
    makers.make_read_item(centre)
    MoodLesson.objects.create(switched_on=is_on)
    job = vectors.switch_vectors(kind="sentence", by=centre.manager)
    assert run_job_now(job.pk).status == Job.Status.DONE
    kinds = list(Job.objects.filter(status=Job.Status.QUEUED).order_by("pk").values_list("kind", flat=True))
    assert kinds == ([MOODS, ALL] if is_on else [ALL])


@installed
@pytest.mark.django_db
def test_an_analysis_overtaken_by_a_switch_leaves_suggestions_to_the_next(centre, monkeypatch):
    open_one = makers.make_suggestion(centre)
    for day in range(8):
        makers.make_read_item(centre, f"{makers.NOTHING_KNOWN} Day {day}.", about=None, team=centre.team)
    job = enqueue(ALL, {"grain": "medium", "seed": 1})
    look = whole_run.discover

    def switch_then_look(*args, **kwargs):
        found = look(*args, **kwargs)
        VectorSwitch.objects.create(kind="sentence", by_name="Test", finished_at=timezone.now())
        return found

    monkeypatch.setattr(whole_run, "discover", switch_then_look)
    assert run_job_now(job.pk).status == Job.Status.DONE
    assert list(ThemeSuggestion.objects.all()) == [open_one]
    assert ThemeSuggestion.objects.get().status == ThemeSuggestion.Status.OPEN


@installed
@pytest.mark.django_db
def test_sentence_vectors_place_about_as_many_comments_as_static_ones():
    makers.theme()
    rng = random.Random(7)
    voices = {tone: sentences.themes_of_voice("customer", tone) for tone in ("good", "bad")}
    told = [
        sentences.customer_comment(rng, [rng.choice(themes)], tone).text
        for tone, themes in voices.items()
        for _ in range(150)
    ]
    static = current_reader().assigner
    sentence = Assigner(static.specs, load_embedder("sentence"))
    placed = [
        sum(map(bool, assigner.assign([clauses(text) for text in told]))) for assigner in (static, sentence)
    ]
    assert 0.9 * placed[0] < placed[1] < 1.1 * placed[0], placed
