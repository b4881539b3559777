"""Events of the trail in words. An event is named ``room.noun.verb``; what reads well by itself stands in no
table.
"""

ROOMS = {
    "people": "People and accounts",
    "feedback": "Feedback",
    "themes": "Themes",
    "improvement": "Actions",
    "agreements": "Agreements",
    "metrics": "Measures and targets",
    "retention": "Leavers",
    "strategy": "Objectives and changes",
    "imports": "Imports",
    "jobs": "Jobs",
    "audit": "The trail itself",
}
NOUNS = {
    "feedback.item": "feedback",
    "feedback.items": "feedback of a file",
    "feedback.route": "feedback route",
    "imports.batch": "import",
    "imports.profile": "import profile",
    "improvement.check_in": "check-in of an action",
    "jobs.job": "job",
    "metrics.metric": "measure",
    "metrics.target": "target of a measure",
    "metrics.version": "definition of a measure",
    "metrics.view": "kept view",
    "people.leader": "team leader",
    "people.list": "list of people",
    "people.move": "move to another team",
    "people.people": "people of a file",
    "people.person": "person’s record",
    "people.span": "span of a manager",
    "retention.leaver": "record of a leaver",
    "retention.patterns": "retention patterns",
    "retention.register": "register of leavers",
    "themes.assignment": "theme of a comment",
    "themes.run": "run of the themes",
    "audit.trail": "trail",
}
VERBS = {
    "deactivated": "shut",
    "reactivated": "opened again",
    "lapsed": "lapsed, because the person left",
    "reasons_named": "completed with reasons",
    "viewed": "opened to read",
}


def event_words(event: str) -> str:
    """``people.person.viewed`` is *Person’s record opened to read*."""
    room, _, rest = event.partition(".")
    noun, _, verb = rest.rpartition(".")
    noun_words = NOUNS.get(f"{room}.{noun}", noun.replace("_", " "))
    text = f"{noun_words} {VERBS.get(verb, verb.replace('_', ' '))}".strip()
    return text[:1].upper() + text[1:]
