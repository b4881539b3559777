"""Small makers of themes and of comments that the engine has read."""

from feedback.models import FeedbackItem
from feedback.themes.engine.embedding import load_embedder, to_bytes
from feedback.themes.models import SuggestionItem, Theme, ThemeSuggestion
from feedback.themes.reading_store import current_reader, read_items
from feedback.themes.taxonomy import seed_taxonomy
from tests.feedback.makers import make_item

WAIT = "I waited ages on hold and could not get through."
RUDE = "The agent was rude and talked over me."
PROMISE = "I was promised a call back on Thursday and nobody rang."
NOTHING_KNOWN = "The chocolate fountain spilled over the carpet."


def theme(key: str = "wait_access") -> Theme:
    """A theme of the starting taxonomy."""
    if not Theme.objects.filter(key=key).exists():
        seed_taxonomy()
    return Theme.objects.get(key=key)


def read(*items: FeedbackItem) -> None:
    """Have the engine read these items as a worker would."""
    read_items(list(items), current_reader())


def make_read_item(centre, text: str = WAIT, **fields) -> FeedbackItem:
    """A comment about a person of the centre that has been read."""
    theme()
    item = make_item(centre, text=text, **fields)
    read(item)
    return item


def keys_of(item: FeedbackItem) -> set[str]:
    return set(item.assignments.values_list("theme__key", flat=True))


def make_suggestion(centre, text: str = "The redesigned bill hides the meter reading") -> ThemeSuggestion:
    """A suggestion with one comment of the centre's team."""
    item = make_read_item(centre, text, about=None, team=centre.team)
    vector = load_embedder().embed([text])[0]
    found = ThemeSuggestion.objects.create(
        name="redesigned bill, meter reading",
        phrases=["redesigned bill", "meter reading"],
        size=6,
        agents=4,
        cohesion=0.8,
        nearest=theme("clarity"),
        centroid=to_bytes(vector),
        model=load_embedder().model_id,
        first_on=item.received_on,
    )
    SuggestionItem.objects.create(suggestion=found, item=item, closeness=0.9)
    return found
