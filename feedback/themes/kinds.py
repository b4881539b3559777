"""Names of this room's kinds of job."""

NEW = "themes.assign"
ALL = "themes.run"
LIKE_IT = "themes.learn"
MOODS = "themes.moods"
VECTORS = "themes.vectors"
WHAT_IF = "themes.what_if"
