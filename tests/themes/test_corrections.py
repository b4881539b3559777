"""What people say stands: at once, through every analysis, and it teaches the engine."""

import pytest
from django.core.exceptions import ValidationError

from ccperf.audit.models import AuditEvent
from ccperf.jobs.models import Job
from ccperf.jobs.services import run_job_now
from feedback.models import FeedbackItem
from feedback.services import record_feedback, update_feedback
from feedback.themes import curating, emerging, services
from feedback.themes.engine.embedding import MODEL_ID
from feedback.themes.models import (
    Assignment,
    Correction,
    MoodLesson,
    Reading,
    Theme,
    ThemeRun,
    ThemeSuggestion,
)
from tests.feedback.makers import make_item, make_route
from tests.themes.makers import NOTHING_KNOWN, PROMISE, RUDE, WAIT, keys_of, make_read_item, read, theme

pytestmark = [pytest.mark.django_db, pytest.mark.criterion("M5")]


def analyse(**fields):
    job = run_job_now(services.start_analysis(by=None, **fields).pk)
    assert job.status == Job.Status.DONE, job.error
    return job


def test_a_saved_note_gets_its_themes_by_a_job(centre):
    theme()
    item = record_feedback(
        by=centre.supervisor, text=WAIT, route=make_route(), about_person=centre.people.agent
    )
    assert keys_of(item) == set()
    run_job_now(Job.objects.get(kind="themes.assign").pk)
    assert keys_of(item) == {"wait_access"}
    assert item.reading.sentiment_label
    assert item.segments.get().model == MODEL_ID


def test_new_words_are_read_anew(centre):
    item = make_read_item(centre, WAIT)
    update_feedback(item=item, by=centre.supervisor, version=item.version, text=RUDE)
    run_job_now(Job.objects.filter(kind="themes.assign").latest("pk").pk)
    assert keys_of(item) == {"empathy_tone"}


def test_corrected_then_analysed_again_is_still_corrected(centre):
    item = make_read_item(centre, WAIT)
    services.move_theme(
        item=item, wrong=theme("wait_access"), right=theme("process_policy"), by=centre.supervisor
    )
    assert keys_of(item) == {"process_policy"}
    analyse()
    assert keys_of(item) == {"process_policy"}
    assert item.assignments.get().is_confirmed
    analyse(grain="fine", seed=9)
    assert keys_of(item) == {"process_policy"}


def test_taken_back_it_is_as_if_nothing_had_been_said(centre):
    item = make_read_item(centre, WAIT)
    wait, policy = theme("wait_access"), theme("process_policy")
    services.move_theme(item=item, wrong=wait, right=policy, by=centre.supervisor)
    services.refuse_theme(item=item, theme=wait, by=centre.manager)
    for one in (wait, policy, policy):
        services.take_back(item=item, theme=one, by=centre.supervisor)
    run_job_now(Job.objects.filter(kind="themes.assign").latest("pk").pk)
    assert keys_of(item) == set()  # the other person's word stands
    services.take_back(item=item, theme=wait, by=centre.manager)
    run_job_now(Job.objects.filter(kind="themes.assign").latest("pk").pk)
    assert keys_of(item) == {"wait_access"}
    assert not Correction.objects.exists()


def test_confirmed_with_no_engine_match_stays(centre):
    item = make_read_item(centre, NOTHING_KNOWN)
    services.confirm_theme(item=item, theme=theme("equipment_environment"), by=centre.supervisor)
    analyse()
    assert keys_of(item) == {"equipment_environment"}


def test_the_latest_word_counts_and_a_disagreement_is_kept(centre):
    item = make_read_item(centre, WAIT)
    wait = theme("wait_access")
    services.refuse_theme(item=item, theme=wait, by=centre.supervisor)
    read(item)
    assert keys_of(item) == set()
    services.confirm_theme(item=item, theme=wait, by=centre.manager)
    read(item)
    assert keys_of(item) == {"wait_access"}
    assert set(Correction.objects.values_list("verdict", flat=True)) == {"right", "wrong"}
    services.refuse_theme(item=item, theme=wait, by=centre.supervisor)
    read(item)
    assert keys_of(item) == set()


def test_saying_it_twice_is_saying_it_once(centre):
    item = make_read_item(centre, WAIT)
    for _ in range(2):
        services.confirm_theme(item=item, theme=theme(), by=centre.supervisor)
    assert Correction.objects.count() == 1
    assert AuditEvent.objects.filter(event="themes.assignment.confirmed").count() == 1
    assert Job.objects.filter(kind="themes.learn").count() == 1


def test_a_correction_teaches_the_like_of_it(centre):
    taught = make_read_item(centre, "The passcode you text me never arrives.")
    like = make_read_item(centre, "The passcode text does not arrive, ever.", about="colleague")
    assert "process_policy" not in keys_of(like)
    services.confirm_theme(item=taught, theme=theme("process_policy"), by=centre.supervisor)
    run_job_now(Job.objects.get(kind="themes.learn").pk)
    assert "process_policy" in keys_of(like)
    assert [pk for pk, _ in like.assignments.get(theme__key="process_policy").why["like"]] == [taught.pk]


def test_only_what_is_nearest_to_a_correction_is_read_again(centre, monkeypatch):
    from feedback.themes import likeness

    taught = make_read_item(centre, "The passcode you text me never arrives.")
    far = make_read_item(centre, NOTHING_KNOWN, about="colleague")
    like = make_read_item(centre, "The passcode text does not arrive, ever.", about="colleague")
    monkeypatch.setattr(likeness, "NEAREST", 2)
    before = far.reading.read_at
    services.confirm_theme(item=taught, theme=theme("process_policy"), by=centre.supervisor)
    assert run_job_now(Job.objects.get(kind="themes.learn").pk).result["read"] == 2
    assert "process_policy" in keys_of(like)
    far.reading.refresh_from_db()
    assert far.reading.read_at == before


def test_a_comment_cannot_be_moved_to_where_it_is_or_to_what_is_not_used(centre):
    item = make_read_item(centre, WAIT)
    with pytest.raises(ValidationError, match="already"):
        services.move_theme(item=item, wrong=theme(), right=theme(), by=centre.supervisor)
    curating.merge_theme(theme=theme("transfer"), into=theme("ownership"), by=centre.manager)
    with pytest.raises(ValidationError, match="no longer in use"):
        services.move_theme(item=item, wrong=theme(), right=theme("transfer"), by=centre.supervisor)
    assert keys_of(item) == {"wait_access"}


# ---- analyses


def test_two_analyses_started_become_one(centre):
    first = services.start_analysis(by=centre.manager)
    assert services.start_analysis(by=centre.manager, grain="fine") == first
    Job.objects.filter(pk=first.pk).update(status=Job.Status.RUNNING)
    assert services.start_analysis(by=centre.manager) == first
    assert Job.objects.filter(kind="themes.run").count() == 1


def test_another_grain_wished_while_an_analysis_waits_is_taken_and_while_it_runs_is_refused(client, centre):
    client.force_login(centre.manager)

    def press(grain):
        return client.post("/feedback/themes/analyse/", {"grain": grain}, follow=True).text

    assert "under way" not in press("medium")
    assert "under way" not in press("fine")
    assert Job.objects.get(kind="themes.run").params["grain"] == "fine"
    services.start_analysis(by=None)
    assert Job.objects.get(kind="themes.run").params["grain"] == "fine", "The night wishes nothing else."
    Job.objects.update(status=Job.Status.RUNNING)
    assert "it cuts new themes fine" in press("coarse")
    assert "it cuts new themes" not in press("fine")
    assert Job.objects.get(kind="themes.run").params["grain"] == "fine"


def test_an_analysis_stopped_half_way_resumes_and_counts_nothing_twice(centre, monkeypatch, settings):
    from datetime import timedelta

    from feedback.themes import whole_run

    theme()
    for number in range(25):
        make_item(centre, text=f"{WAIT} Case {number}.", about="agent" if number % 2 else "colleague")
    monkeypatch.setattr(whole_run, "BATCH", 10)
    job = services.start_analysis(by=None)
    whole = whole_run._read_batch
    read_batches = []

    def dies_in_the_second(run, batch, reader):
        if len(read_batches) == 1:
            raise KeyboardInterrupt
        read_batches.append([item.pk for item in batch])
        whole(run, batch, reader)

    monkeypatch.setattr(whole_run, "_read_batch", dies_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        run_job_now(job.pk)
    assert ThemeRun.objects.get().comments == 10

    def goes_on(run, batch, reader):
        read_batches.append([item.pk for item in batch])
        whole(run, batch, reader)

    monkeypatch.setattr(whole_run, "_read_batch", goes_on)
    settings.JOB_LEASE = timedelta(seconds=20)
    Job.objects.update(lease_until=Job.objects.get().started_at - timedelta(seconds=1))
    done = run_job_now(job.pk)
    assert (done.status, done.attempts) == ("done", 2)
    run = ThemeRun.objects.get()
    assert (run.comments, run.placed) == (25, 25)
    assert run.finished_at
    ids = [pk for batch in read_batches for pk in batch]
    assert len(ids) == len(set(ids)) == 25
    assert Assignment.objects.filter(theme__key="wait_access").count() == 25


def test_withdrawn_and_empty_comments_are_not_analysed(centre):
    from django.utils import timezone

    theme()
    make_item(centre, text=WAIT, withdrawn_at=timezone.now())
    make_item(centre, text="", rating=3)
    make_item(centre, text="n/a")
    job = analyse()
    assert (job.result["comments"], job.result["placed"]) == (0, 0)
    assert Assignment.objects.count() == 0


def test_a_taxonomy_without_themes_is_analysed_without_error(centre):
    Theme.objects.all().delete()
    make_item(centre, text=WAIT)
    assert analyse().result["placed"] == 0


# ---- new themes

NEW_BILL = [
    "The redesigned bill hides the meter reading",
    "Redesigned bill with no meter reading on it",
    "Where is the meter reading on the redesigned bill",
    "The redesigned bill shows no meter reading",
    "No meter reading printed on the redesigned bill",
    "Meter reading missing from the redesigned bill",
    "My redesigned bill has lost the meter reading",
]


@pytest.fixture
def suggestion(centre):
    theme()
    for text in NEW_BILL:
        make_item(centre, text=text, about=None, team=centre.team)
    analyse()
    return ThemeSuggestion.objects.get()


def test_what_fits_nowhere_is_suggested_with_a_name(suggestion):
    assert suggestion.size == len(NEW_BILL)
    assert "bill" in suggestion.name or "meter" in suggestion.name
    assert suggestion.members.count() == len(NEW_BILL)


def test_a_suggestion_keeps_its_identity_and_a_dismissed_one_returns_only_when_grown(suggestion, centre):
    analyse()
    assert ThemeSuggestion.objects.get().pk == suggestion.pk
    emerging.dismiss_suggestion(suggestion=suggestion, by=centre.manager)
    analyse()
    suggestion.refresh_from_db()
    assert suggestion.status == "dismissed"
    for number in range(6):
        make_item(centre, text=f"{NEW_BILL[number]} again", about=None, team=centre.team)
    analyse()
    suggestion.refresh_from_db()
    assert (suggestion.status, ThemeSuggestion.objects.count()) == ("open", 1)


def test_a_promoted_suggestion_takes_its_comments(suggestion, centre):
    made = emerging.promote_suggestion(
        suggestion=suggestion, by=centre.manager, name="New bill", attribution="product"
    )
    again = emerging.promote_suggestion(
        suggestion=suggestion, by=centre.manager, name="New bill", attribution="product"
    )
    assert made == again
    run_job_now(Job.objects.filter(kind="themes.learn").latest("pk").pk)
    assert made.assignments.count() == len(NEW_BILL)
    assert made.assignments.by_people().count() == 5
    analyse()
    assert not ThemeSuggestion.objects.open().exists()


# ---- the tree


def test_merging_takes_comments_corrections_and_phrases_along(centre):
    item = make_read_item(centre, PROMISE)
    other = make_read_item(centre, WAIT, about="colleague")
    services.confirm_theme(item=item, theme=theme("ownership"), by=centre.supervisor)
    curating.merge_theme(theme=theme("ownership"), into=theme("wait_access"), by=centre.manager)
    assert keys_of(item) == keys_of(other) == {"wait_access"}
    assert "chased three times" in theme("wait_access").phrases
    analyse()
    assert keys_of(item) == {"wait_access"}
    merged = Theme.objects.get(key="ownership")
    assert (merged.status, merged.merged_into.key) == ("merged", "wait_access")
    assert curating.merge_theme(theme=merged, into=theme("clarity"), by=centre.manager).key == "wait_access"


def test_the_tree_has_two_levels(centre):
    child = curating.create_theme(
        by=centre.manager, name="Call-backs", attribution="process", parent=theme("ownership")
    )
    with pytest.raises(ValidationError, match="two levels"):
        curating.create_theme(by=centre.manager, name="Third", attribution="process", parent=child)
    with pytest.raises(ValidationError, match="sub-themes"):
        curating.update_theme(theme=theme("ownership"), by=centre.manager, version=1, parent=theme("clarity"))
    with pytest.raises(ValidationError, match="already has this name"):
        curating.create_theme(by=centre.manager, name="Call-backs", attribution="process")


def test_seeding_again_changes_nothing(centre):
    from feedback.themes.taxonomy import SEED_THEMES, seed_taxonomy

    theme()
    curating.update_theme(theme=theme("clarity"), by=centre.manager, version=1, name="Plain words")
    assert seed_taxonomy() == 0
    assert Theme.objects.count() == len(SEED_THEMES) == 23
    assert theme("clarity").name == "Plain words"


def test_ratings_of_the_site_teach_the_mood_of_its_comments_once_switched_on(centre):
    """Words that no lexicon knows get their mood from three hundred ratings, of which 1 is the best."""
    like = make_item(centre, text="Snail of a line", rating=5, rating_scale=5, rating_best=1)
    before = read_mood(like)
    told = [("Snail", 5), ("Rocket", 1)] * 200
    FeedbackItem.objects.bulk_create(
        FeedbackItem(
            route=like.route,
            recorded_by=like.recorded_by,
            about_person=like.about_person,
            team=like.team,
            text=f"{word} of a line, ticket {number}",
            rating=rating,
            rating_scale=5,
            rating_best=1,
        )
        for number, (word, rating) in enumerate(told)
    )
    assert (before, read_mood(like)) == ("neutral", "neutral")
    MoodLesson.objects.create(switched_on=True)
    assert read_mood(like) == "negative"


def read_mood(item):
    read(item)
    return Reading.objects.get(item=item).sentiment_label
