"""Believable comments from a small grammar: themes and tone in, natural sentences out, by seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from ccperf.demo import phrases_customer as customer
from ccperf.demo import phrases_staff as staff

SLOTS: dict[str, tuple[str, ...]] = {
    "who": (
        "she", "he", "the adviser", "the lady I spoke to", "the man on the phone", "the young woman",
        "your agent", "the gentleman in billing", "the person on the chat",
    ),
    "role": (
        "adviser", "young lady", "gentleman", "agent", "colleague of yours",
    ),
    "issue": (
        "my direct debit", "my refund", "the final bill", "my smart meter", "the house move",
        "a missed payment", "my tariff", "the estimated reading", "the meter exchange",
        "my late father's account", "a double charge", "the warm home discount", "the broken display",
        "my payment plan", "the engineer visit",
    ),
    "want": (
        "change my payment date", "get a refund", "close an account", "book an engineer",
        "give a meter reading", "change the name on the account", "move my tariff to the new house",
        "set up a payment plan", "report a broken meter",
    ),
    "topic": (
        "payment plans", "smart meter faults", "moving house", "refunds over two hundred pounds",
        "the price cap", "back billing", "bereavement cases", "prepayment meters", "direct debit reviews",
        "solar export", "engineer bookings", "the winter support scheme",
    ),
    "tool": (
        "the CRM", "the billing screen", "the softphone", "the payment window", "the chat console",
    ),
    "mins": (
        "twenty minutes", "25 minutes", "half an hour", "over half an hour", "40 minutes",
        "nearly an hour", "three quarters of an hour", "fifty minutes",
    ),
    "times": (
        "twice", "three times", "four times", "at least three times",
    ),
    "ordinal": (
        "second", "third", "fourth", "fifth",
    ),
    "ago": (
        "last week", "two weeks ago", "a month ago", "on Monday", "last Thursday", "the other day",
    ),
    "when": (
        "two days later", "the next morning", "within a week", "the following month",
    ),
    "day": (
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ),
    "amount": (
        "£48.20", "£112", "£260", "£75.50", "£1,180", "£19.99",
    ),
    "years": (
        "two", "three", "six", "eleven", "over twenty", "nearly fifteen",
    ),
    "age": (
        "81", "76", "90", "84",
    ),
    "n": (
        "four", "five", "six", "seven", "nine",
    ),
}  # fmt: skip

PERSONS = (
    ("the adviser", "she"),
    ("the adviser", "he"),
    ("she", "she"),
    ("he", "he"),
    ("the lady I spoke to", "she"),
    ("the man on the phone", "he"),
    ("the young woman", "she"),
    ("your agent", "he"),
    ("the gentleman in billing", "he"),
    ("the person on the chat", "she"),
)
"""How a customer first speaks of an agent, and goes on."""

PLANTED: dict[str, dict[str, tuple[str, ...]]] = {
    "new_bill": {"customer": customer.NEW_BILL, "agent": staff.NEW_BILL_AGENT},
    "desktop": {"customer": customer.SILENCES, "agent": staff.DESKTOP_AGENT},
    "handed_on": {"customer": customer.HANDED_ON},
    "nesting": {"agent": staff.NESTING},
}
"""Comments that a planted truth causes, by voice."""

BANKS = {"customer": customer.CUSTOMER, "agent": staff.AGENT, "leader": staff.LEADER}


@dataclass(frozen=True)
class Comment:
    """A comment and what was meant by it; ``themes`` is never stored, it is the truth to test against."""

    text: str
    tone: str
    themes: tuple[str, ...]


def themes_of_voice(voice: str, tone: str) -> tuple[str, ...]:
    """The themes a voice has something to say about in that tone."""
    return tuple(theme for theme, tones in BANKS[voice].items() if tones.get(tone))


def customer_comment(
    rng: random.Random, themes: Sequence[str], tone: str, *, agent_name: str = ""
) -> Comment:
    """One to four sentences of a customer on the themes given; ``tone`` is good, bad or mixed."""
    if tone == "mixed" and len(themes) < 2:
        tone = "bad"
    tones = [_tone_of(tone, position) for position in range(len(themes))]
    noun, pronoun = rng.choice(PERSONS)
    issue = rng.choice(SLOTS["issue"])
    sentences = [
        _sentence(rng, customer.CUSTOMER[theme][each], who=noun if position == 0 else pronoun, issue=issue)
        for position, (theme, each) in enumerate(zip(themes, tones, strict=True))
    ]
    text = _join(rng, sentences, mixed=tone == "mixed")
    if rng.random() < 0.3:
        text = f"{_fill(rng, rng.choice(customer.OPENINGS), issue=issue)} {text}"
    if rng.random() < 0.25:
        closings = customer.CLOSINGS_GOOD if tones[-1] == "good" else customer.CLOSINGS_BAD
        text = f"{text} {_fill(rng, rng.choice(closings))}"
    if agent_name and rng.random() < 0.35:
        first = agent_name.split()[0]
        text = f"{text} The name was {first}." if rng.random() < 0.5 else f"{text} I think it was {first}."
    return Comment(_as_typed(rng, text), tone, tuple(themes))


def staff_comment(rng: random.Random, voice: str, theme: str, tone: str, *, name: str = "") -> Comment:
    """What an agent writes about work, or a leader notes about the contact of ``name``."""
    first = name.split()[0] if name else "my team leader"
    text = _sentence(rng, BANKS[voice][theme][tone], name=first, leader=first)
    if voice == "leader" and rng.random() < 0.5:
        text = f"{text} {_fill(rng, rng.choice(_LEADER_CLOSINGS[tone]), name=first)}"
    return Comment(text, tone, (theme,))


def planted_comment(rng: random.Random, truth: str, voice: str) -> Comment:
    """A comment caused by one of the planted truths, now and then with an ordinary opening or close."""
    sentences = rng.sample(PLANTED[truth][voice], k=2 if rng.random() < 0.3 else 1)
    text = " ".join(_finish(_fill(rng, sentence)) for sentence in sentences)
    if voice == "customer" and rng.random() < 0.25:
        text = f"{text} {_fill(rng, rng.choice(customer.CLOSINGS_BAD))}"
    return Comment(text, "bad", (truth,))


def short_comment(rng: random.Random, tone: str) -> Comment:
    """A word or two, as half of all survey boxes hold."""
    return Comment(rng.choice(customer.SHORT[tone]), tone, ())


def foreign_comment(rng: random.Random) -> Comment:
    """A comment in another language, which the theme engine has to mark and leave alone."""
    text, tone = rng.choice(customer.OTHER_LANGUAGES)
    return Comment(text, tone, ())


_LEADER_CLOSINGS = {
    "good": ("Worth sharing in the huddle.", "I said so at once.", "{name} should hear this from all of us."),
    "bad": (
        "To go through in our next talk.",
        "We looked at the call together.",
        "One call, not yet a pattern.",
    ),
}


def _tone_of(tone: str, position: int) -> str:
    if tone != "mixed":
        return tone
    return "good" if position == 0 else "bad"


def _join(rng: random.Random, sentences: list[str], *, mixed: bool) -> str:
    if not mixed:
        return " ".join(sentences)
    first, rest = sentences[0], " ".join(sentences[1:])
    turn = rng.choice(customer.MIXED_JOINS).format(rest=_lower_first(rest).rstrip("."))
    return f"{first} {turn}"


def _sentence(rng: random.Random, choices: Sequence[str], **given: str) -> str:
    return _finish(_fill(rng, rng.choice(choices), **given))


def _fill(rng: random.Random, template: str, **given: str) -> str:
    values = {slot: given.get(slot) or rng.choice(options) for slot, options in SLOTS.items()}
    return template.format(**{**values, **given})


def _finish(sentence: str) -> str:
    sentence = sentence[0].upper() + sentence[1:]
    question = sentence.startswith(("Why ", "What is", "When "))
    return sentence + ("" if sentence.endswith((".", "?", "!")) else "?" if question else ".")


def _lower_first(sentence: str) -> str:
    return sentence if sentence.startswith(("I ", "I’", "'")) else sentence[0].lower() + sentence[1:]


def _as_typed(rng: random.Random, text: str) -> str:
    """People type in a hurry: some without capitals, some without the last full stop, some shouting."""
    roll = rng.random()
    if roll < 0.07:
        return text.lower()
    if roll < 0.085:
        return text.upper()
    if roll < 0.17:
        return text.rstrip(".")
    return text
