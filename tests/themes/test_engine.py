"""The engine on its own: what is a comment, where it cuts, what it assigns and why, what it finds."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from feedback.themes.engine.assignment import Assigner, Example, ThemeSpec
from feedback.themes.engine.discovery import discover, match_groups, written_phrases
from feedback.themes.engine.embedding import (
    SENTENCES_UP_TO,
    StaticEmbedder,
    embedder_for,
    from_bytes,
    load_embedder,
    to_bytes,
)
from feedback.themes.engine.ratings import learn
from feedback.themes.engine.reading import clause_scores, read_comments
from feedback.themes.engine.sentiment import mood_of
from feedback.themes.engine.settling import settle
from feedback.themes.engine.text import Clause, clauses, features, is_comment, language_of, phrases_of
from feedback.themes.engine.token_vectors import distilled, wordllama
from feedback.themes.taxonomy import SEED_THEMES
from tests.bench.bench_themes import made_up

pytestmark = pytest.mark.criterion("M5")
SPECS = [ThemeSpec(seed.key, seed.name, seed.definition, phrases_of(seed.phrases)) for seed in SEED_THEMES]


@pytest.fixture(scope="module")
def embedder():
    return load_embedder()


@pytest.fixture(scope="module")
def assigner(embedder):
    return Assigner(SPECS, embedder)


@pytest.fixture
def busy_threads():
    """Threads take turns so often that what they share must hold at every step."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    with ThreadPoolExecutor(8) as threads:
        yield threads
    sys.setswitchinterval(usual)


def test_threads_of_a_worker_read_what_one_thread_reads(busy_threads):
    """A worker reads several imports at once with the same vectors and the same words."""
    known = load_embedder()
    words = " ".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py")).split()
    texts = [" ".join(words[place : place + 5]) for place in range(0, len(words), 5)]
    parts = [texts[start : start + 25] for start in range(0, len(texts), 25)]
    alone = Assigner(SPECS, known)
    expected = [alone.scores(part) for part in parts]
    package = Path(find_spec("wordllama").origin).parent
    fresh = StaticEmbedder(wordllama(package), distilled())  # One that has learnt no word yet.
    found = list(busy_threads.map(Assigner(SPECS, fresh).scores, parts))
    assert all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))


def themes(text, assigner, embedder):
    (result,) = read_comments([text], embedder, assigner)
    return [match.key for match in result.matches]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "Nothing.",
        "N/A",
        "n.a.",
        "Did not answer",
        "none",
        "-",
        "...",
        "😀😀",
        "No",
        "Nothing at all",
        "Can't think of anything.",
        "12345",
    ],
)
def test_no_comment_is_told_from_a_comment(text):
    assert not is_comment(text)


@pytest.mark.parametrize("text", ["None. Quite satisfied.", "No complaints at all", "Rude", "x" * 300])
def test_short_comments_are_comments(text):
    assert is_comment(text)


def test_a_contrast_makes_two_clauses_with_two_themes_and_two_moods(assigner, embedder):
    (result,) = read_comments(["Rude to me, but she fixed it in the end."], embedder, assigner)
    assert [clause.text for clause in result.clauses] == ["Rude to me", "but she fixed it in the end."]
    assert {match.key for match in result.matches} == {"empathy_tone", "resolution"}
    assert [mood.label for mood in result.moods] == ["negative", "positive"]
    assert result.mood.label == "uncertain"


def test_clauses_know_their_place():
    text = "  Waited ages.\nThe lady was kind; it was sorted.  "
    assert all(text[clause.start : clause.end] == clause.text for clause in clauses(text))
    assert len(clauses(text)) == 3


def test_negation_marks_words_and_turns_the_mood():
    assert "!rude" in features("They were not rude")
    assert not {"!rude", "rude"} <= set(features("They were not rude"))
    assert {"!park", "park"} <= set(features("no parking"))
    assert "!rude" not in features("They were rude")
    assert "!rude" not in features("Not only rude")
    assert mood_of("They were not rude").score > mood_of("They were rude").score


MANNERS = [
    ThemeSpec("rude", "Rude", "", ("rude", "not polite")),
    ThemeSpec("polite", "Polite", "", ("polite", "not rude")),
]


@pytest.mark.parametrize(
    ("text", "key", "why"),
    [
        ("He was rude", "rude", "rude"),
        ("He was not rude", "polite", "not rude"),
        ("They weren't rude", "polite", "weren't rude"),
        ("Nobody was rude to me", "polite", "Nobody was rude"),
        ("never polite", "rude", "never polite"),
    ],
)
def test_a_negated_judgement_speaks_for_the_theme_that_makes_it(text, key, why, embedder):
    """And only for that one, though the words of the other are the same."""
    (result,) = read_comments([text], embedder, Assigner(MANNERS, embedder))
    (match,) = result.matches
    assert match.key == key
    assert "; ".join(text[start:end] for start, end in match.words) == why


def test_a_negated_judgement_is_no_reason_for_its_theme(embedder):
    rudeness = ThemeSpec("rude", "Rudeness", "staff who are rude", ("rude", "shouted at me", "bad manners"))
    assigner = Assigner([rudeness], embedder)
    assert themes("Not rude at all", assigner, embedder) == []
    text = "Not rude at all"
    assert assigner.words([Clause(0, len(text), text)], [0]) == [[]]
    assert themes("Rude to all", assigner, embedder) == ["rude"]


def test_a_negated_thing_is_still_what_the_comment_is_about(embedder):
    parking = ThemeSpec("parking", "Parking", "", ("parking space", "car park"))
    assert themes("There was no parking space", Assigner([parking], embedder), embedder) == ["parking"]


def test_the_theme_that_fits_best_comes_first_also_where_both_are_as_sure_as_can_be(embedder):
    phrases = ("waited ages", "on hold", "on hold for ages", "ages on hold")
    specs = [
        ThemeSpec("a", "On hold", "", phrases),
        ThemeSpec("b", "Waited ages on hold", "", phrases),
        *(ThemeSpec(name, name) for name in ("Parking", "Bills", "Food", "Passwords")),
    ]
    text = "Waited ages on hold"
    (result,) = read_comments([text], embedder, Assigner(specs, embedder))
    assert [match.confidence for match in result.matches] == [0.95, 0.95]
    assert [match.key for match in result.matches] == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Dyma'r trydydd tro i mi ffonio. Doedd neb wedi ffonio yn ôl ac roedd hi yn hir.", "cy"),
        ("Bardzo długo czekałem i nie było nikogo, kto by mi pomógł, jest to złe.", "pl"),
        ("Очень долго ждал ответа оператора", "other"),
        ("I waited for a long time and nobody came.", "en"),
        ("More staff to do the things", "en"),
    ],
)
def test_languages_are_marked(text, code):
    assert language_of(text) == code


def test_another_language_is_left_alone(assigner, embedder):
    (result,) = read_comments(["Очень долго ждал ответа оператора"], embedder, assigner)
    assert (result.is_comment, result.language, result.matches) == (True, "other", [])


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("I was promised a call back on Thursday and nobody rang.", "ownership"),
        ("Waited 40 minutes in the queue", "wait_access"),
        ("She was rude and talked over me", "empathy_tone"),
        ("The screen froze again and the system is slow", "system_tools"),
        ("I was transferred to the wrong department", "transfer"),
        ("My leave was refused and the rota changed", "schedule_flex"),
    ],
)
def test_comments_find_their_theme(text, key, assigner, embedder):
    assert themes(text, assigner, embedder)[0] == key


@pytest.mark.parametrize("text", ["The chocolate fountain spilled.", "The weather was nice in Rome", "Great"])
def test_unassigned_is_an_answer(text, assigner, embedder):
    assert themes(text, assigner, embedder) == []


def test_the_words_that_caused_it_are_shown(assigner, embedder):
    text = "The lady was tall. I was promised a call back and nobody rang."
    (result,) = read_comments([text], embedder, assigner)
    match = next(match for match in result.matches if match.key == "ownership")
    shown = " | ".join(text[start:end] for start, end in match.words)
    assert {"call back" in shown, "nobody rang" in shown, "tall" not in shown} == {True}


def test_confirmed_examples_teach_and_are_named(embedder):
    text = "The passcode by text message never arrives on my phone."
    like = Example("The code you text me does not arrive.", 7)
    before = Assigner(SPECS, embedder)
    taught = [
        ThemeSpec(s.key, s.name, s.definition, s.phrases, right=(like,) if s.key == "process_policy" else ())
        for s in SPECS
    ]
    after = Assigner(taught, embedder)
    column = [spec.key for spec in SPECS].index("process_policy")
    assert after.scores([text])[0, column] > before.scores([text])[0, column] + 0.2
    (matches,) = after.assign([clauses(text)])
    match = next(match for match in matches if match.key == "process_policy")
    assert match.like[0][0] == 7


def test_a_refused_comment_lowers_what_is_like_it(embedder):
    text = "Waited ages in the shop queue for coffee"
    refused = [
        ThemeSpec(
            s.key,
            s.name,
            s.definition,
            s.phrases,
            wrong=(Example("Waited ages in the queue of the coffee shop"),),
        )
        if s.key == "wait_access"
        else s
        for s in SPECS
    ]
    column = [spec.key for spec in SPECS].index("wait_access")
    assert (
        Assigner(refused, embedder).scores([text])[0, column]
        < Assigner(SPECS, embedder).scores([text])[0, column]
    )


def test_a_theme_without_phrases_and_a_taxonomy_without_themes_do_not_break(embedder):
    (matches,) = Assigner([ThemeSpec("parking", "Parking")], embedder).assign(
        [clauses("No parking at all there")]
    )
    assert [match.key for match in matches] == ["parking"]
    assert Assigner([], embedder).assign([clauses("Anything at all")]) == [[]]


def test_one_best_theme_for_every_comment_by_the_help_of_the_whole_file(assigner):
    texts = ["The chocolate fountain spilled over", *[f"Waited {n} minutes in the queue" for n in range(60)]]
    places, likely = settle(assigner, texts)
    assert {SPECS[place].key for place in places[1:]} == {"wait_access"}
    assert len(places) == 61
    assert ((likely > 0) & (likely <= 1)).all()


def test_a_comment_that_its_file_reads_otherwise_is_shown_as_unsure(embedder):
    specs = [ThemeSpec("bill", "the bill"), ThemeSpec("parking", "the parking")]
    texts = [f"The bill was wrong in month {n}, my bill again" for n in range(80)]
    doubtful = "the bill for the parking"
    _, alone = settle(Assigner(specs, embedder), [doubtful])
    places, likely = settle(Assigner(specs, embedder), [*texts, doubtful])
    assert {specs[place].key for place in places[:-1]} == {"bill"}
    assert alone[0] > 0.8
    assert likely[-1] < 0.6 < likely[:-1].min()


def test_praise_and_complaint_are_told_apart_by_their_mood(embedder):
    """Vectors alone put all of these under praise."""
    specs = [
        ThemeSpec("good", "Praise", "", ("very good service", "excellent care")),
        ThemeSpec("bad", "Complaints", "", ("very poor service", "awful care")),
    ]
    praise = [f"The service was good in room {n}" for n in range(40)]
    complaints = [f"The service was not good in room {n}" for n in range(40)]
    places, _ = settle(Assigner(specs, embedder), [*praise, *complaints])
    assert {specs[place].key for place in places[:40]} == {"good"}
    assert {specs[place].key for place in places[40:]} == {"bad"}


def test_words_that_speak_for_a_theme_are_found_where_they_stand(assigner):
    """Places count the letters as they were written, also behind signs that lower case makes longer."""
    text = "\u0130\u0130 – I WAITED ages, Rude"
    keys = [spec.key for spec in SPECS]
    (spans,) = assigner.words([Clause(5, 5 + len(text), text)], [keys.index("wait_access")])
    start, end = spans[0]
    assert text[start - 5 : end - 5].startswith("WAITED")


def test_equal_texts_are_read_alike_and_once(assigner, embedder):
    one, two = read_comments(["Waited ages in the queue"] * 2, embedder, assigner)
    assert one is two


def test_a_very_long_comment_is_cut_but_read(assigner, embedder):
    text = "I waited ages on hold. " * 2_500
    (result,) = read_comments([text], embedder, assigner)
    assert len(result.clauses) <= 1_000
    assert result.matches[0].key == "wait_access"


def test_the_end_of_a_very_long_comment_is_read(assigner, embedder):
    text = (
        "The weather was nice and we went for a walk to the sea. " * 900 + "She was rude and talked over me."
    )
    assert len(text) > 50_000
    assert themes(text, assigner, embedder) == ["empathy_tone"]


TOPICS = {
    "a": ["my new bill is confusing", "the new bill layout is hard to read", "cannot read the new bill"],
    "b": [
        "the lift in the car park is broken",
        "car park lift out of order",
        "lift broken in the car park again",
    ],
    "c": [
        "coffee machine out of beans",
        "no beans in the coffee machine",
        "the coffee machine is empty again",
    ],
}


def test_discovery_separates_topics_and_repeats_itself(embedder):
    texts = [
        f"{text} {tail}"
        for group in TOPICS.values()
        for text in group
        for tail in ("today", "", "sadly", "once more")
    ]
    truth = [key for key, group in TOPICS.items() for _ in group for _ in range(4)]
    labels, groups = discover(texts, embedder, grain="fine", seed=3)
    again, _ = discover(texts, embedder, grain="fine", seed=3)
    assert labels.tolist() == again.tolist()
    for label in set(labels.tolist()):
        assert len({truth[row] for row in np.flatnonzero(labels == label)}) == 1
    assert sorted(row for group in groups for row in group.members) == list(range(len(texts)))
    assert any("coffee machine" in group.name for group in groups)


def test_discovery_gives_the_same_answer_however_often_a_process_has_run_it(embedder):
    texts = made_up(1_500)
    once = [discover(texts, embedder, grain="fine", seed=seed)[0].tolist() for seed in (3, 3, 4, 3)]
    assert once[0] == once[1] == once[3] != once[2]


def test_discovery_takes_repeats_and_almost_nothing(embedder):
    texts = ["the same words"] * 5_000
    _, groups = discover(texts, embedder)
    assert [group.size for group in groups] == [5_000]
    assert discover([], embedder)[1] == []
    assert discover(["alone here"], embedder)[1][0].size == 1


def test_an_unknown_grain_is_refused(embedder):
    with pytest.raises(ValueError, match="coarse, medium or fine"):
        discover(["a b"], embedder, grain="huge")


def test_groups_keep_their_identity_between_runs(embedder):
    old = embedder.embed(["the coffee machine is empty", "my bill is confusing"])
    new = embedder.embed(
        ["my new bill is confusing", "the parking is full", "the coffee machine is empty again"]
    )
    assert match_groups(old, new) == {0: 1, 2: 0}


def test_vectors_survive_their_half_precision(embedder):
    vector = embedder.embed(["waited ages"])[0]
    (stored,) = from_bytes([to_bytes(vector)])
    assert len(to_bytes(vector)) == 768
    assert float(stored @ vector) > 0.999


def test_no_network_and_no_home_folder_is_ever_tried(tmp_path):
    """With sockets that raise and an empty home, the engine still loads and reads."""
    script = (
        "import socket\n"
        "def refuse(*args, **kwargs): raise AssertionError('network')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from feedback.themes.engine.embedding import load_embedder\n"
        "print(load_embedder().embed(['waited ages on hold']).shape)\n"
        "import os; print(os.listdir(os.environ['HOME']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={"HOME": str(tmp_path), "PATH": ""},
    )
    assert done.stdout.splitlines() == ["(1, 384)", "[]"], done.stderr


def test_ratings_teach_words_that_the_lexicon_does_not_know(embedder):
    """*Snail* and *rocket* say nothing to the lexicon; three hundred ratings say what they mean here."""
    texts = [f"{'Snail' if n % 3 else 'Rocket'} of a line, ticket {n}" for n in range(300)]
    good = [n % 3 == 0 for n in range(300)]
    scores = [clause_scores(text) for text in texts]
    head = learn(embedder.embed(texts), scores, good)
    assert head.held_back_f1 > head.lexicon_f1
    assert head.held_back_f1 > 0.95
    slow, quick = read_comments(["Snail of a line", "Rocket of a line"], embedder, ratings=head)
    assert (slow.mood.label, quick.mood.label) == ("negative", "positive")
    assert learn(embedder.embed(texts[:100]), scores[:100], good[:100]) is None


def test_comments_written_again_and_again_are_held_back_together(embedder):
    """Ratings by the toss of a coin teach nothing, however often the same comment is sent in."""
    toss = np.random.default_rng(1)
    words = "tomato cress bean beet corn kale pear rocket onion pepper lentil apple cheese olive".split()  # noqa: SIM905
    texts = [f"{' '.join(toss.choice(words, 4, replace=False))} salad" for _ in range(80)] * 6
    good = (toss.random(80) < 0.5).tolist() * 6
    head = learn(embedder.embed(texts), [clause_scores(text) for text in texts], good)
    assert head.held_back_f1 < 0.55
    few = ["Snail of a line", "Rocket of a line"] * 300
    assert learn(embedder.embed(few), [[0.0]] * 600, [False, True] * 300) is None


def test_addresses_are_no_words(assigner, embedder):
    text = "Waited ages for mail from help.desk@mail.example.com, see www.mail.example.com/queue"
    (result,) = read_comments([text], embedder, assigner)
    shown = " ".join(text[start:end] for match in result.matches for start, end in match.words)
    assert "Waited ages" in shown
    assert "example" not in shown
    assert features("mail help@mail.example.com") == features("mail")


def test_names_of_groups_hold_no_lone_negation_no_address_and_no_long_number():
    phrases = written_phrases("Still not fixed, ref 12345678, write to help@mail.example.com or ring 999")
    assert {"not fixed", "fixed", "999"} <= set(phrases)
    assert not any(word in phrase.split() for phrase in phrases for word in ("12345678", "mail", "example"))
    assert "not" not in phrases


def test_sentence_vectors_are_a_tier_of_their_own(embedder):
    sentences = load_embedder("sentence")
    alike = sentences.embed(["The card never came", "My card has not arrived", "I love the food", " "])
    assert alike.shape == (4, sentences.dimensions)
    assert alike[0] @ alike[1] > 0.5 > alike[0] @ alike[2]
    assert not alike[3].any()
    assert embedder_for(SENTENCES_UP_TO).model_id == sentences.model_id
    assert embedder_for(SENTENCES_UP_TO + 1).model_id == embedder.model_id
